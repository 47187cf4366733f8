package main

import (
	"runtime"
	"runtime/debug"
	"testing"
)

func TestGarbage(t *testing.T) {
	before := debug.SetGCPercent(100)
	defer debug.SetGCPercent(before)
	percent := func() int {
		n := debug.SetGCPercent(100)
		debug.SetGCPercent(n)
		return n
	}
	t.Setenv("GOGC", "70")
	if collectOften().adapt(); percent() != 100 {
		t.Errorf("what the environment says is overruled by %d", percent())
	}
	t.Setenv("GOGC", "")
	g := collectOften()
	if g.adapt(); percent() != oftenPercent {
		t.Errorf("with a small heap: got %d, want %d", percent(), oftenPercent)
	}
	heap := make([][]byte, 0, 80)
	for range cap(heap) {
		heap = append(heap, make([]byte, 1<<20))
	}
	runtime.GC()
	if g.adapt(); percent() != seldomPercent {
		t.Errorf("with a large heap: got %d, want %d", percent(), seldomPercent)
	}
	runtime.KeepAlive(heap)
	runtime.GC()
	if g.adapt(); percent() != oftenPercent {
		t.Errorf("when it is small again: got %d, want %d", percent(), oftenPercent)
	}
}
