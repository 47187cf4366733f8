package testkit

import (
	"runtime"
	"testing"
)

// ZeroAllocs fails the test when f allocates. Name says in the message what f
// is. It runs f a hundred times, so a single allocation that is spread over
// many calls (a map or a slice that grows) may slip through: warm f up and
// measure what is steady.
//
// Under the race detector nothing is measured, since the detector allocates;
// f still runs once.
func ZeroAllocs(tb testing.TB, name string, f func()) {
	tb.Helper()
	if raceEnabled {
		f()
		return
	}
	if n := testing.AllocsPerRun(100, f); n != 0 {
		tb.Errorf("%s: got %v allocations per run, want 0", name, n)
	}
}

// FewBytes fails the test when f allocates more than that many bytes a run, of twenty.
// What it keeps for the next run should be there by then: warm f up. Under the race
// detector nothing is measured.
func FewBytes(tb testing.TB, name string, most uint64, f func()) {
	tb.Helper()
	if raceEnabled {
		f()
		return
	}
	const runs = 20
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	for range runs {
		f()
	}
	runtime.ReadMemStats(&after)
	if n := (after.TotalAlloc - before.TotalAlloc) / runs; n > most {
		tb.Errorf("%s: got %d bytes per run, want at most %d", name, n, most)
	}
}
