package testkit

import "testing"

// A recorder stands in for the test that ZeroAllocs would fail.
type recorder struct {
	testing.TB
	failed bool
}

func (r *recorder) Helper()               {}
func (r *recorder) Errorf(string, ...any) { r.failed = true }

func TestZeroAllocs(t *testing.T) {
	if raceEnabled {
		t.Skip("nothing is measured under the race detector")
	}
	var sink []byte
	var r recorder
	if ZeroAllocs(&r, "nothing", func() {}); r.failed {
		t.Error("ZeroAllocs failed on a function that does nothing")
	}
	if ZeroAllocs(&r, "make", func() { sink = make([]byte, 64) }); !r.failed {
		t.Error("ZeroAllocs passed a function that makes a slice")
	}
	_ = sink
}
