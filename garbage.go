package main

import (
	"os"
	"runtime/debug"
	"runtime/metrics"
)

// garbage says how often a live capture, which runs for days, collects it. Flows and
// rings are outside the collector's heap, which is small then and hardly grows: to
// let it double would only show as memory in use. What is known of applications is
// in the heap, and where that is much, to go through it often takes more time than
// the packets do: with 200,000 connections of TLS and 8,000 new ones a second, 3.4 s
// of CPU at 25 percent, 2.7 s at 50, for 11 MB.
//
// A file is soon read, and starts 5 ms sooner without.
type garbage struct {
	percent int // GOGC; 0 leaves it as it is
	live    [1]metrics.Sample
}

const (
	oftenPercent  = 25
	seldomPercent = 50
	largeHeap     = 64 << 20 // bytes
)

// collectOften begins to.
func collectOften() *garbage {
	g := &garbage{live: [1]metrics.Sample{{Name: "/gc/heap/live:bytes"}}}
	if os.Getenv("GOGC") == "" {
		g.set(oftenPercent)
	}
	return g
}

// adapt is called now and then. The heap has to shrink by half before it is
// collected often again.
func (g *garbage) adapt() {
	if g.percent == 0 {
		return
	}
	metrics.Read(g.live[:])
	switch n := g.live[0].Value.Uint64(); {
	case n >= largeHeap:
		g.set(seldomPercent)
	case n < largeHeap/2:
		g.set(oftenPercent)
	}
}

func (g *garbage) set(percent int) {
	if g.percent != percent {
		g.percent = percent
		debug.SetGCPercent(percent)
	}
}
