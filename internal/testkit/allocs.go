package testkit

import "testing"

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
