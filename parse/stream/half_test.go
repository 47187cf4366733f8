package stream

import (
	"bytes"
	"math/rand/v2"
	"testing"
)

// reader takes everything from a Half and notes the gaps.
type reader struct {
	h    Half
	got  []byte
	gaps []uint32
	skip int // how much more than there is it reads, once
}

func (r *reader) drain() {
	for {
		for {
			b := r.h.Unread()
			r.got = append(r.got, b...)
			r.h.Read(len(b) + r.skip)
			r.skip = 0
			if r.h.Missing() == 0 {
				break
			}
			r.gaps = append(r.gaps, r.h.Pass())
		}
		if !r.h.Keep() {
			return
		}
	}
}

// TestAnyOrder cuts a stream at random, shuffles and doubles the pieces, and has
// them read in any portions: the bytes are always the same.
func TestAnyOrder(t *testing.T) {
	m := NewMemory(1 << 20)
	for seed := range uint64(3000) {
		rng := rand.New(rand.NewPCG(seed, 1))
		want := make([]byte, 1+rng.IntN(6000))
		for i := range want {
			want[i] = byte(rng.Uint32())
		}
		isn := rng.Uint32()
		if seed%2 == 0 {
			isn = -uint32(rng.IntN(3000)) // wraps on the way
		}
		type piece struct{ from, to int }
		var pieces []piece
		for at := 0; at < len(want); {
			to := min(len(want), at+1+rng.IntN(1500))
			pieces = append(pieces, piece{at, to})
			at = to
		}
		for range rng.IntN(4) { // repeated in other cuts
			from := rng.IntN(len(want))
			pieces = append(pieces, piece{from, min(len(want), from+1+rng.IntN(2000))})
		}
		window := 1 + rng.IntN(6)
		for i := range pieces {
			j := min(len(pieces)-1, i+rng.IntN(window))
			pieces[i], pieces[j] = pieces[j], pieces[i]
		}
		var h Half
		h.Reset(m)
		h.Syn(isn)
		var got []byte
		for _, p := range pieces {
			borrowed := bytes.Clone(want[p.from:p.to])
			h.Add(isn+1+uint32(p.from), borrowed, uint32(len(borrowed)))
			for {
				b := h.Unread()
				n := len(b)
				if n > 0 && rng.IntN(2) == 0 {
					n = rng.IntN(n)
				}
				got = append(got, b[:n]...)
				h.Read(n)
				if h.Missing() != 0 {
					t.Fatalf("seed %d: %d bytes are missing", seed, h.Missing())
				}
				if !h.Keep() {
					break
				}
			}
			clear(borrowed) // it was only lent
		}
		got = append(got, h.Unread()...)
		if !bytes.Equal(got, want) {
			t.Fatalf("seed %d: got %d bytes, want %d, or others", seed, len(got), len(want))
		}
		h.Read(int(h.have))
		if m.Lent() != 0 {
			t.Fatalf("seed %d: got %d bytes kept when all is read, want 0", seed, m.Lent())
		}
	}
}
