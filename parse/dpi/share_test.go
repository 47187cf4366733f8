package dpi

import (
	"bytes"
	"strings"
	"testing"

	"sockeye/internal/testkit"
)

// Texts and sums are what they would be without being shared, whatever was asked for
// before; those that come again take no memory.
func TestShared(t *testing.T) {
	var s shared
	for round := range 3 {
		for n := range 2000 {
			b := bytes.Repeat([]byte{byte(n), byte(n >> 8)}, n)
			if got, want := s.text(b), text(b); got != want {
				t.Fatalf("round %d: text %d: got %q, want %q", round, n, got, want)
			}
			full, sum := s.md5(b)
			if wantFull, want := md5Text(b); full != wantFull || sum != want {
				t.Fatalf("round %d: MD5 of text %d: got %s, want %s", round, n, sum, want)
			}
		}
	}
	again := []byte(strings.Repeat("again", 20))
	testkit.ZeroAllocs(t, "a text again", func() {
		s.text(again)
		s.md5(again)
	})
}
