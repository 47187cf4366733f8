package track

import (
	"math/rand/v2"
	"testing"

	"sockeye/track/proc"
)

func TestRemotesAreBounded(t *testing.T) {
	var r remotes
	for i := range uint64(3 * maxRemotes) {
		r.note(1, i*0x9e3779b97f4a7c15)
		r.note(0, i)
	}
	used := 0
	for _, p := range r.places {
		if p.ref == 1 {
			used++
		}
	}
	if len(r.places) != maxRemotes || used < maxRemotes*9/10 {
		t.Errorf("%d of %d places are used, want most of %d", used, len(r.places), maxRemotes)
	}
	r = remotes{}
	for range 3 {
		for i := range uint64(1000) {
			r.note(proc.Ref(1+i%2), i/2)
		}
	}
	used = 0
	for _, p := range r.places {
		used += b2i(p.ref != 0)
	}
	if used != 1000 {
		t.Errorf("%d pairs are remembered, want 1000", used)
	}
}

func TestDistinct(t *testing.T) {
	var d distinct
	rng := rand.New(rand.NewPCG(3, 4))
	for range 3 {
		seen := map[uint64]bool{1: true}
		d.add(0) // as 1
		for range 60_000 {
			h := rng.Uint64N(40_000) + 1
			if got := d.add(h); got == seen[h] {
				t.Fatalf("%d is new: got %t, want %t", h, got, !seen[h])
			}
			seen[h] = true
		}
		if d.n != len(seen) {
			t.Fatalf("got %d, want %d", d.n, len(seen))
		}
		d.reset()
	}
	d.reset() // twice unused
	if d.places != nil {
		t.Errorf("%d places are kept for nothing", len(d.places))
	}
}
