package stream

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"testing"

	"sockeye/internal/testkit"
)

// reader reads all that a Half has at once, and notes it: bytes as they are,
// gaps as "<n>".
type reader struct {
	Half
	log  bytes.Buffer
	hold int // unread bytes that it leaves
}

func (r *reader) take() {
	for {
		for {
			b := r.Unread()
			n := max(len(b)-r.hold, 0)
			r.log.Write(b[:n])
			if r.Read(n); r.Missing() == 0 {
				break
			}
			fmt.Fprintf(&r.log, "<%d>", r.Pass())
		}
		if !r.Keep() {
			return
		}
	}
}

// add takes a segment whose bytes are only lent.
func (r *reader) add(seq uint32, s string, wire int) {
	b := []byte(s)
	r.Add(seq, b, uint32(max(wire, len(b))))
	r.take()
	clear(b)
}

func (r *reader) ack(n uint32) {
	r.Acked(n)
	r.take()
}

func TestHalf(t *testing.T) {
	const isn = 1<<32 - 6 // wraps behind five bytes
	tests := []struct {
		name string
		play func(r *reader)
		want string
	}{
		{"in order", func(r *reader) {
			r.add(0, "abc", 0)
			r.add(3, "def", 0)
		}, "abcdef"},
		{"swapped", func(r *reader) {
			r.add(3, "def", 0)
			r.add(0, "abc", 0)
			r.add(6, "g", 0)
		}, "abcdefg"},
		{"early pieces that touch", func(r *reader) {
			r.add(6, "gh", 0)
			r.add(2, "cd", 0)
			r.add(4, "ef", 0)
			r.add(0, "ab", 0)
		}, "abcdefgh"},
		{"retransmitted", func(r *reader) {
			r.add(0, "abc", 0)
			r.add(0, "XYZ", 0)
			r.add(1, "YZdef", 0)
		}, "abcdef"},
		{"first copy of early bytes", func(r *reader) {
			r.add(2, "cd", 0)
			r.add(6, "gh", 0)
			r.add(1, "bXXefXXi", 0)
			r.add(0, "aX", 0)
		}, "abcdefghi"},
		{"first copy of unread bytes", func(r *reader) {
			r.hold = 3
			r.add(0, "abc", 0)
			r.add(0, "XXXd", 0)
			r.hold = 0
			r.add(4, "e", 0)
		}, "abcde"},
		{"keep-alive and window probe", func(r *reader) {
			r.add(0, "abc", 0)
			r.add(2, "\x00", 0)
			r.add(3, "d", 0)
			r.add(3, "d", 0)
			r.add(4, "e", 0)
		}, "abcde"},
		{"acknowledged but not captured", func(r *reader) {
			r.add(0, "ab", 0)
			r.add(6, "gh", 0)
			r.ack(8)
			r.add(8, "i", 0)
		}, "ab<4>ghi"},
		{"acknowledged in part", func(r *reader) {
			r.add(6, "gh", 0)
			r.ack(3)
			r.add(3, "def", 0)
		}, "<3>defgh"},
		{"the acknowledgement comes first", func(r *reader) {
			r.ack(6)
			r.add(3, "def", 0)
			r.add(0, "abc", 0)
		}, "abcdef"},
		{"the acknowledgement came before, the segment never", func(r *reader) {
			r.ack(6)
			r.add(3, "def", 0)
			r.add(6, "g", 0)
		}, "<3>defg"},
		{"cut by the capture", func(r *reader) {
			r.add(0, "ab", 10)
			r.add(10, "kl", 0)
		}, "ab<8>kl"},
		{"cut, and the reader waits", func(r *reader) {
			r.hold = 1
			r.add(0, "ab", 10)
			r.hold = 0
			r.add(10, "kl", 0)
		}, "a<9>kl"},
		{"early and cut", func(r *reader) {
			r.add(3, "de", 6)
			r.add(0, "abc", 0)
			r.add(9, "j", 0)
		}, "abcde<4>j"},
		{"early and cut, then whole", func(r *reader) {
			r.add(3, "de", 6)
			r.add(3, "defghi", 0)
			r.add(0, "abc", 0)
		}, "abcdefghi"},
		{"nothing of it was captured", func(r *reader) {
			r.add(0, "", 10)
			r.add(10, "k", 0)
		}, "<10>k"},
		{"longer than the memory", func(r *reader) {
			r.add(2, string(make([]byte, Limit))+"x", 0)
			r.add(0, "ab", 0)
		}, "ab" + string(make([]byte, Limit)) + "x"},
		{"nobody acknowledges, too much is early", func(r *reader) {
			r.add(Limit-2, "abcd", 0)
		}, fmt.Sprintf("<%d>cd", Limit)},
		{"far ahead, acknowledged", func(r *reader) {
			r.add(0, "a", 0)
			r.ack(1)
			r.add(5*Limit, "b", 0) // may still be retransmitted
			r.ack(5*Limit + 1)
			r.add(5*Limit+1, "c", 0)
		}, fmt.Sprintf("a<%d>c", 5*Limit)},
		{"not of this connection", func(r *reader) {
			r.add(0, "a", 0)
			r.add(1<<30+1000, "zzz", 0)
			r.add(1, "b", 0)
		}, "ab"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			m := NewMemory(4 * Limit)
			got := func(shift uint32) string {
				var r reader
				r.Reset(m)
				r.Syn(shift - 1)
				play := r
				tt.play(&play)
				_ = isn
				play.Reset(m)
				return play.log.String()
			}(0)
			if got != tt.want {
				t.Errorf("got %.100q, want %.100q", got, tt.want)
			}
			if m.Lent() != 0 {
				t.Errorf("got %d bytes lent in the end, want 0", m.Lent())
			}
		})
	}
}
