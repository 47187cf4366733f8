package track

import (
	"math/rand/v2"
	"testing"
)

// lookup finds the slot that has the hash and the number.
func (x *index) lookup(h uint64, slot uint32) bool {
	s := x.segment(h)
	for i := uint32(h) & s.mask; s.entries[i] != 0; i = (i + 1) & s.mask {
		if s.entries[i] == h&0xffffffff<<32|uint64(slot+1) {
			return true
		}
	}
	return false
}

func TestIndexAgainstMap(t *testing.T) {
	for name, mask := range map[string]uint64{
		"spread":     ^uint64(0),
		"few homes":  0x01000000_00000007,
		"one run":    0x00000000_0000ffff,
		"all at one": 0,
	} {
		t.Run(name, func(t *testing.T) {
			rng := rand.New(rand.NewPCG(1, 2))
			x, want := newIndex(), map[uint32]uint64{}
			var slots []uint32
			for step := range 20_000 {
				if len(slots) < 50 || rng.IntN(5) < 3 && len(slots) < 1500 {
					h, slot := rng.Uint64()&mask, uint32(step)
					x.insert(h, slot)
					want[slot] = h
					slots = append(slots, slot)
				} else {
					i := rng.IntN(len(slots))
					slot := slots[i]
					slots[i] = slots[len(slots)-1]
					slots = slots[:len(slots)-1]
					x.remove(want[slot], slot)
					if x.lookup(want[slot], slot) {
						t.Fatalf("step %d: slot %d is still found after its removal", step, slot)
					}
					delete(want, slot)
				}
				if step%500 == 0 {
					for slot, h := range want {
						if !x.lookup(h, slot) {
							t.Fatalf("step %d: slot %d is lost", step, slot)
						}
					}
				}
			}
		})
	}
}

func TestIndexRemoveAbsent(t *testing.T) {
	x := newIndex()
	x.insert(5, 1)
	x.remove(5, 2)
	x.remove(6, 1)
	if !x.lookup(5, 1) {
		t.Error("removing what is not there took another entry out")
	}
}

// TestIndexLarge grows one segment into the reservation, past all of it, and then
// without one.
func TestIndexLarge(t *testing.T) {
	x := newIndex()
	defer x.release()
	hash := func(i uint32) uint64 { return uint64(i) * 0x9e3779b97f4a7c15 >> 8 } // all in segment 0
	const n = 20_000
	for i := range uint32(n) {
		if i == n/2 {
			if x.spent == 0 {
				t.Error("a large segment is not in the reservation")
			}
			x.spent = arenaBytes
		}
		x.insert(hash(i), i)
	}
	for i := range uint32(n) {
		if !x.lookup(hash(i), i) {
			t.Fatalf("slot %d is lost", i)
		}
	}
}
