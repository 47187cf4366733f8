package dpi

import (
	"bytes"
	"math/rand/v2"
	"testing"
)

// TestQUICCryptoPieces cuts a handshake at random, sends the pieces in any order,
// twice and overlapping, and wants it back message by message.
func TestQUICCryptoPieces(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for round := range 2000 {
		var stream []byte
		var want [][]byte
		for range 1 + rng.IntN(3) {
			n := rng.IntN(700)
			m := append([]byte{1, 0, byte(n >> 8), byte(n)}, make([]byte, n)...)
			for i := range n {
				m[4+i] = byte(rng.Uint32())
			}
			stream, want = append(stream, m...), append(want, m)
		}
		type piece struct{ from, to int }
		var pieces []piece
		for at := 0; at < len(stream); {
			to := min(len(stream), at+1+rng.IntN(300))
			pieces = append(pieces, piece{max(0, at-rng.IntN(50)), min(len(stream), to+rng.IntN(50))})
			if rng.IntN(4) == 0 {
				pieces = append(pieces, piece{at, to})
			}
			at = to
		}
		rng.Shuffle(len(pieces), func(i, j int) { pieces[i], pieces[j] = pieces[j], pieces[i] })

		var q quicCrypto
		var got [][]byte
		for _, p := range pieces {
			b, offset := stream[p.from:p.to], uint64(p.from)
			if m := q.first(offset, b); m != nil {
				got = append(got, bytes.Clone(m))
				b, offset = b[len(m):], uint64(len(m))
			}
			if !q.add(offset, b) {
				t.Fatalf("round %d: a piece was refused", round)
			}
			for m := q.next(); m != nil; m = q.next() {
				got = append(got, bytes.Clone(m))
			}
		}
		if len(got) != len(want) {
			t.Fatalf("round %d: got %d messages, want %d", round, len(got), len(want))
		}
		for i := range want {
			if !bytes.Equal(got[i], want[i]) {
				t.Fatalf("round %d: message %d: got %x, want %x", round, i, got[i], want[i])
			}
		}
	}
}

func TestQUICCryptoBounds(t *testing.T) {
	var q quicCrypto
	for i := range 3 * quicMaxSpans {
		q.add(uint64(8*i), []byte{1})
	}
	if len(q.spans) > quicMaxSpans {
		t.Errorf("pieces: got %d, want at most %d", len(q.spans), quicMaxSpans)
	}
	if q.add(quicMaxCrypto, []byte{1}) || q.add(1<<62-1, []byte{1}) || q.add(1, make([]byte, quicMaxCrypto)) {
		t.Error("bytes beyond the bound were taken")
	}
	if len(q.buf) > quicMaxCrypto {
		t.Errorf("buffer: got %d bytes, want at most %d", len(q.buf), quicMaxCrypto)
	}
	var first quicCrypto
	first.add(2, []byte("cc"))
	first.add(0, []byte("aaaaaa"))
	if got := string(first.buf); got != "aaccaa" {
		t.Errorf("overlap: got %q, want the first copy, \"aaccaa\"", got)
	}
}
