package prefetch_test

import (
	"testing"
	"unsafe"

	"sockeye/internal/prefetch"
	"sockeye/internal/testkit"
)

// TestLines asks for what is there, for its end, and for what is not there: a
// hint never faults.
func TestLines(t *testing.T) {
	b := make([]byte, 64)
	testkit.ZeroAllocs(t, "Lines", func() {
		prefetch.Lines(unsafe.Pointer(&b[0]))
		prefetch.Lines(unsafe.Pointer(&b[63]))
		prefetch.Lines(nil)
		prefetch.Line(unsafe.Pointer(&b[63]))
		prefetch.Line(nil)
	})
	if b[0] != 0 || b[63] != 0 {
		t.Error("the memory has changed")
	}
}
