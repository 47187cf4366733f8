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
	base uint32 // sequence number of the first byte
	hold int    // unread bytes that it leaves
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
	r.Add(r.base+seq, b, uint32(max(wire, len(b))))
	r.take()
	clear(b)
}

func (r *reader) ack(n uint32) {
	r.Acked(r.base + n)
	r.take()
}

func TestHalf(t *testing.T) {
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
		{"too much is early, and nobody acknowledges", func(r *reader) {
			r.add(2, string(make([]byte, Limit))+"x", 0)
			r.add(0, "ab", 0)
		}, "<2>" + string(make([]byte, Limit)) + "x"},
		{"too much is early, but may still come", func(r *reader) {
			r.ack(0)
			r.add(2, string(make([]byte, Limit))+"x", 0)
			r.add(0, "ab", 0)
			r.ack(Limit + 3)
			r.add(Limit+3, "yz", 0)
			r.add(Limit+5, "!", 0)
		}, "ab" + string(make([]byte, Limit-2)) + "<3>yz!"},
		{"at the end of the memory", func(r *reader) {
			r.add(Limit-2, "abcd", 0)
		}, fmt.Sprintf("<%d>abcd", Limit-2)},
		{"too many early pieces", func(r *reader) {
			for n := range uint32(2 * maxEarly) {
				r.add(2*n+1, "x", 0)
			}
		}, "<1>x<1>x<1>x<1>x<1>x<1>x<1>x<1>x"},
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
		for _, base := range []uint32{1000, 1<<32 - 3} { // the second wraps
			t.Run(fmt.Sprint(tt.name, "/", base), func(t *testing.T) {
				m := NewMemory(4 * Limit)
				r := reader{base: base}
				r.Reset(m)
				r.Syn(base - 1)
				tt.play(&r)
				if got := r.log.String(); got != tt.want {
					t.Errorf("got %.100q, want %.100q", got, tt.want)
				}
				if r.Reset(m); m.Lent() != 0 {
					t.Errorf("got %d bytes lent in the end, want 0", m.Lent())
				}
			})
		}
	}
}

// TestSkip reads more than there is: what was skipped is not shown, not kept, and
// need not come.
func TestSkip(t *testing.T) {
	const base = 1<<32 - 2
	for _, skip := range []int{1, 9, Limit, 1 << 20, 1<<31 - 1, 1 << 31, 5 << 32} {
		for _, with := range []string{"all of it", "holes in it"} {
			m := NewMemory(4 * Limit)
			r := reader{base: base}
			r.Reset(m)
			r.Syn(base - 1)
			r.Add(base, []byte("ab"), 2)
			r.Read(2 + skip)
			r.Keep()
			at, step := uint64(2), max(1, skip/100)
			for left := skip; left > 0; left -= min(left, step) {
				n := min(left, step)
				if with == "all of it" || left == n || left%3 != 0 {
					r.add(uint32(at), "x", n)
				}
				at += uint64(n)
			}
			if m.Lent() != 0 || r.log.Len() != 0 {
				t.Errorf("%d, %s: got %d bytes kept, %q shown, want nothing", skip, with, m.Lent(), r.log.String())
			}
			r.add(uint32(at), "end", 0)
			if got := r.log.String(); got != "end" {
				t.Errorf("%d, %s: got %q, want %q", skip, with, got, "end")
			}
		}
	}
}

func TestEnded(t *testing.T) {
	var r reader
	r.Reset(NewMemory(Limit))
	r.Syn(99)
	r.base = 100
	r.add(3, "def", 0)
	if r.Fin(106); r.Ended() {
		t.Error("got the end before all bytes have come")
	}
	if r.add(0, "abc", 0); !r.Ended() {
		t.Error("got no end behind the last byte")
	}
}

// TestAnyOrder cuts a stream at random, shuffles and doubles the pieces, and has
// them read in any portions: the bytes are always the same, and none is kept.
func TestAnyOrder(t *testing.T) {
	m := NewMemory(1 << 20)
	for seed := range uint64(3000) {
		rng := rand.New(rand.NewPCG(seed, 1))
		want := make([]byte, 1+rng.IntN(6000))
		for i := range want {
			want[i] = byte(rng.Uint32())
		}
		isn := 1<<32 - 1 - uint32(rng.IntN(3000)) // wraps on the way
		r := reader{base: isn + 1}
		r.Reset(m)
		r.Syn(isn)
		for _, p := range shuffled(rng, len(want)) {
			r.hold = rng.IntN(300)
			r.add(uint32(p[0]), string(want[p[0]:p[1]]), 0)
		}
		r.hold = 0
		r.take()
		if !bytes.Equal(r.log.Bytes(), want) {
			t.Fatalf("seed %d: got %d bytes, want %d, or others", seed, r.log.Len(), len(want))
		}
		if m.Lent() != 0 {
			t.Fatalf("seed %d: got %d bytes kept when all is read, want 0", seed, m.Lent())
		}
	}
}

// shuffled cuts n bytes into pieces of which some come late and some twice.
func shuffled(rng *rand.Rand, n int) [][2]int {
	var pieces [][2]int
	for at := 0; at < n; {
		to := min(n, at+1+rng.IntN(1500))
		pieces = append(pieces, [2]int{at, to})
		at = to
	}
	for range rng.IntN(4) {
		from := rng.IntN(n)
		pieces = append(pieces, [2]int{from, min(n, from+1+rng.IntN(2000))})
	}
	window := 1 + rng.IntN(6)
	for i := range pieces {
		j := min(len(pieces)-1, i+rng.IntN(window))
		pieces[i], pieces[j] = pieces[j], pieces[i]
	}
	return pieces
}

// TestBounded has many connections keep all that they can: the memory is never
// exceeded, and all of it comes back.
func TestBounded(t *testing.T) {
	const limit = 8 * Limit
	m := NewMemory(limit)
	halves := make([]Half, 100)
	for i := range halves {
		h := &halves[i]
		h.Reset(m)
		h.Syn(0)
		for n := range uint32(200) {
			h.Add(2+n*500, make([]byte, 500), 500)
			for h.Keep() {
				h.Pass()
			}
			if m.Lent() > limit {
				t.Fatalf("got %d bytes lent, want at most %d", m.Lent(), limit)
			}
		}
	}
	for i := range halves {
		halves[i].Reset(m)
	}
	if m.Lent() != 0 {
		t.Errorf("got %d bytes lent in the end, want 0", m.Lent())
	}
}

// TestSteady requires that nothing is allocated once buffers have been lent before.
func TestSteady(t *testing.T) {
	m := NewMemory(4 * Limit)
	var h Half
	h.Reset(m)
	b := make([]byte, 1400)
	seq := uint32(0)
	testkit.ZeroAllocs(t, "in order", func() {
		h.Add(seq, b, 1400)
		h.Read(len(h.Unread()))
		h.Keep()
		seq += 1400
	})
	testkit.ZeroAllocs(t, "swapped, and read late", func() {
		for _, at := range []uint32{1400, 0, 4200, 2800} {
			h.Add(seq+at, b, 1400)
			h.Keep()
		}
		h.Read(len(h.Unread()))
		seq += 5600
	})
}

// FuzzHalf plays any segments, acknowledgements and portions. Every byte that is
// given out is a copy that was sent for its place, no place comes twice, and memory
// is bounded.
func FuzzHalf(f *testing.F) {
	f.Add([]byte{0, 0, 10, 1, 5, 3, 2, 9, 4, 0, 20, 200, 3, 77, 1})
	f.Add([]byte{0, 255, 10, 0, 254, 250, 2, 255, 4, 3, 20, 200, 0, 0, 1})
	f.Fuzz(func(t *testing.T, ops []byte) {
		const base = 1<<32 - 300
		m := NewMemory(2 * Limit)
		var h Half
		h.Reset(m)
		h.Syn(base - 1)
		sent := map[uint32]byte{} // by place: the copies that were sent, a bit each
		at := uint32(0)
		ops = ops[:min(len(ops), 3*64)]
		for copyNo := byte(0); len(ops) >= 3; copyNo = (copyNo + 1) % 8 {
			op, x, y := ops[0], uint32(ops[1]), uint32(ops[2])
			ops = ops[3:]
			from := at + x*uint32(1+op>>4*20) - 64
			switch op & 3 {
			case 0, 1:
				b := bytes.Repeat([]byte{copyNo}, int(y)*8)
				for i := range b {
					sent[from+uint32(i)] |= 1 << copyNo
				}
				h.Add(base+from, b, uint32(len(b))+x>>7*y)
			case 2:
				h.Acked(base + from)
			}
			for {
				b := h.Unread()
				n := len(b)
				if op&4 != 0 {
					n /= 2
				}
				for i, c := range b[:n] {
					if sent[at+uint32(i)]&(1<<c) == 0 {
						t.Fatalf("got copy %d for byte %d, which was not sent", c, at+uint32(i))
					}
				}
				if op&8 != 0 && n == len(b) {
					n += int(y)
				}
				h.Read(n)
				if at += uint32(n); h.Missing() != 0 {
					at += h.Pass()
				} else if !h.Keep() {
					break
				}
			}
			if len(h.Unread()) > Limit || m.Lent() > 2*Limit {
				t.Fatalf("got %d bytes unread, %d lent", len(h.Unread()), m.Lent())
			}
		}
		if h.Reset(m); m.Lent() != 0 {
			t.Fatalf("got %d bytes lent in the end", m.Lent())
		}
	})
}

func BenchmarkHalf(b *testing.B) {
	data := make([]byte, 1448)
	for _, bb := range []struct {
		name  string
		order [4]uint32
		n     int
	}{
		{"in order", [4]uint32{0, 1, 2, 3}, 1448},
		{"swapped", [4]uint32{1, 0, 3, 2}, 1448},
		{"one byte each, every other missing", [4]uint32{1, 3, 5, 7}, 1},
	} {
		b.Run(bb.name, func(b *testing.B) {
			var h Half
			h.Reset(NewMemory(4 * Limit))
			h.Syn(1<<32 - 1)
			b.ReportAllocs()
			b.SetBytes(int64(bb.n))
			at, i := uint32(0), 0
			for b.Loop() {
				h.Add(at+bb.order[i]*uint32(bb.n), data[:bb.n], uint32(bb.n))
				for {
					if h.Read(len(h.Unread())); h.Missing() != 0 {
						h.Pass()
					} else if !h.Keep() {
						break
					}
				}
				if i++; i == len(bb.order) {
					i, at = 0, at+(max(bb.order[3], bb.order[2])+1)*uint32(bb.n)
				}
			}
		})
	}
}
