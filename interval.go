// Hot path: no allocation.

package main

import (
	"math"

	"sockeye/capture"
	"sockeye/parse"
)

// counter is a sink that counts behind the caller's back, until Sync waits for it.
type counter interface {
	capture.Sink
	Sync()
}

// intervalSink cuts the packets of a file into intervals of their own time. The
// grid of intervals begins at the first packet.
type intervalSink struct {
	next  counter
	every int64 // ns; 0 for one interval without an end

	// cut is told the end of an interval that had packets, when the first packet
	// behind it has come. Everything before is counted then.
	cut func(end int64)

	begun  bool
	end    int64 // of the interval that runs
	last   bool  // nothing can come after it
	newest int64 // time of the latest packet
}

// Packets passes a batch on, in parts where an interval ends within it. A packet
// that is older than the interval belongs to it all the same: what was cut stays
// cut.
func (s *intervalSink) Packets(ps []parse.Packet) {
	from := 0
	for i := range ps {
		t := ps[i].Time
		if !s.begun {
			s.begun, s.newest = true, t
			s.end, s.last = later(t, s.every)
		}
		s.newest = max(s.newest, t)
		if s.every == 0 || s.last || t < s.end {
			continue
		}
		if i > from {
			s.next.Packets(ps[from:i])
		}
		from = i
		s.next.Sync()
		s.cut(s.end)
		// A damaged time may be far off: no stepping through what is between, which
		// may be more than an int64 holds.
		into := (uint64(t) - uint64(s.end)) % uint64(s.every)
		s.end, s.last = later(t-int64(into), s.every)
	}
	if from < len(ps) {
		s.next.Packets(ps[from:])
	}
}

// EndBlock passes the end of a block on.
func (s *intervalSink) EndBlock() { s.next.EndBlock() }

// later returns t+d, held at the end of time, and whether it had to be.
func later(t, d int64) (int64, bool) {
	if t > math.MaxInt64-d {
		return math.MaxInt64, true
	}
	return t + d, false
}
