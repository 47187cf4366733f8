package stream

import (
	"bytes"
	"math/rand/v2"
	"testing"
)

// fragment is what one fragment carries.
type fragment struct {
	offset int
	b      string
	more   bool
}

func TestPieces(t *testing.T) {
	for _, tt := range []struct {
		name      string
		fragments []fragment
		want      string // "" for not whole
		lost      bool
	}{
		{"in order", []fragment{{0, "abc", true}, {3, "def", true}, {6, "g", false}}, "abcdefg", false},
		{"the last first", []fragment{{6, "g", false}, {3, "def", true}, {0, "abc", true}}, "abcdefg", false},
		{"the middle last", []fragment{{0, "abc", true}, {6, "g", false}, {3, "def", true}}, "abcdefg", false},
		{"one missing", []fragment{{0, "abc", true}, {6, "g", false}}, "", false},
		{"the first missing", []fragment{{3, "def", true}, {6, "g", false}}, "", false},
		{"the last missing", []fragment{{0, "abc", true}, {3, "def", true}}, "", false},
		{"one twice", []fragment{{0, "abc", true}, {0, "abc", true}, {3, "d", false}, {3, "d", false}}, "abcd", false},
		{"one twice, as part of what is there", []fragment{{0, "abc", true}, {3, "def", true}, {3, "def", true}, {6, "g", false}}, "abcdefg", false},
		{"one twice, otherwise", []fragment{{0, "abc", true}, {0, "xbc", true}, {3, "d", false}}, "", true},
		{"overlapping", []fragment{{0, "abc", true}, {2, "cd", false}}, "", true},
		{"around another", []fragment{{1, "b", true}, {0, "abc", true}, {3, "d", false}}, "", true},
		{"two ends", []fragment{{0, "abc", true}, {3, "d", false}, {4, "e", false}}, "", true},
		{"behind the end", []fragment{{3, "d", false}, {4, "e", true}}, "", true},
		{"an end before another fragment", []fragment{{4, "e", true}, {0, "abc", false}}, "", true},
		{"an empty one", []fragment{{0, "", true}}, "", true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var p Pieces
			ok := true
			for _, f := range tt.fragments {
				ok = p.Add(f.offset, len(f.b), []byte(f.b), f.more)
			}
			b, wire := p.Whole()
			if string(b) != tt.want || wire != len(tt.want) || ok == tt.lost {
				t.Errorf("got %q of %d bytes, lost %t, want %q, %t", b, wire, !ok, tt.want, tt.lost)
			}
		})
	}
}

// TestPiecesCut loses a datagram of which not all was captured, unless that lies
// behind what is kept.
func TestPiecesCut(t *testing.T) {
	var p Pieces
	if p.Add(0, 100, make([]byte, 99), true) {
		t.Error("a fragment that was cut: got true")
	}
	p = Pieces{}
	for offset := 0; offset < Limit; offset += 1024 {
		if !p.Add(offset, 1024, make([]byte, 1024), true) {
			t.Fatalf("offset %d: got false", offset)
		}
	}
	if !p.Add(Limit, 3000, nil, false) {
		t.Error("what is not kept was cut: got false")
	}
	if b, wire := p.Whole(); len(b) != Limit || wire != Limit+3000 {
		t.Errorf("got %d bytes of %d, want %d of %d", len(b), wire, Limit, Limit+3000)
	}
}

// FuzzPieces cuts bytes into fragments, which come in any order, some twice, and with
// forged ones among them. What comes out whole is what went in, or was forged from the
// first to the last bit.
func FuzzPieces(f *testing.F) {
	f.Add([]byte("a datagram"), uint64(1), false)
	f.Add(bytes.Repeat([]byte("long"), 9000), uint64(2), true)
	f.Fuzz(func(t *testing.T, want []byte, seed uint64, forged bool) {
		rng := rand.New(rand.NewPCG(seed, 1))
		var all []fragment
		for at := 0; at < len(want); {
			n := min(1+rng.IntN(1500), len(want)-at)
			all = append(all, fragment{at, string(want[at : at+n]), at+n < len(want)})
			at += n
		}
		if len(all) > maxPieces {
			return
		}
		all = append(all, all[:rng.IntN(len(all)+1)]...)
		rng.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
		var p Pieces
		for _, f := range all {
			if forged && rng.IntN(2) == 0 {
				p.Add(max(0, f.offset+rng.IntN(9)-4), rng.IntN(2000), make([]byte, rng.IntN(2000)), rng.IntN(2) == 0)
			}
			p.Add(f.offset, len(f.b), []byte(f.b), f.more)
		}
		b, wire := p.Whole()
		if p.Size() > 3*Limit || len(b) > Limit || len(b) > wire {
			t.Fatalf("got %d bytes of %d, %d in memory", len(b), wire, p.Size())
		}
		if !forged && (wire != len(want) || !bytes.Equal(b, want[:min(len(want), Limit)])) {
			t.Fatalf("got %q of %d, want %q", b, wire, want)
		}
	})
}
