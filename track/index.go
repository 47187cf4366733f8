// Hot path: no allocation, but where a segment grows.

package track

import "unsafe"

// index finds the slot of a flow by the hash of its key. It is 256 small
// open-addressing tables, chosen by the hash's top byte, so that growth moves a
// few thousand entries at a time instead of a million. An entry is the hash's
// low half and the slot+1; 0 is free. Probing is linear; removal shifts back,
// so there are no tombstones.
type index struct {
	segs [256]segment

	// Large segments are taken from a reservation on huge pages, one after the
	// other: with small pages each look-up among a million flows misses the TLB,
	// a seventh of what a packet costs then. What a segment grows out of is not
	// used again; that is at most as much as all segments have in the end.
	arena []byte
	spent int // bytes of it
}

type segment struct {
	entries []uint64
	mask    uint32
	used    uint32
}

const (
	minSegment   = 16
	largeSegment = 2048     // entries: from 200,000 flows on
	arenaBytes   = 64 << 20 // of address space: up to 3 million flows, all sizes before included
)

func newIndex() *index {
	x := &index{}
	all := make([]uint64, minSegment*len(x.segs))
	for i := range x.segs {
		x.segs[i] = segment{entries: all[i*minSegment : (i+1)*minSegment : (i+1)*minSegment], mask: minSegment - 1}
	}
	return x
}

// reset makes the index empty.
func (x *index) reset() {
	for i := range x.segs {
		s := &x.segs[i]
		clear(s.entries)
		s.used = 0
	}
}

func (x *index) segment(h uint64) *segment { return &x.segs[h>>56] }

// insert adds a slot that is not in the index.
func (x *index) insert(h uint64, slot uint32) {
	s := x.segment(h)
	if s.used >= s.mask-s.mask/4 {
		x.grow(s)
	}
	s.place(h&0xffffffff<<32 | uint64(slot+1))
	s.used++
}

func (s *segment) place(e uint64) {
	i := uint32(e>>32) & s.mask
	for s.entries[i] != 0 {
		i = (i + 1) & s.mask
	}
	s.entries[i] = e
}

func (x *index) grow(s *segment) {
	old := s.entries
	s.entries = x.words(2 * len(old))
	s.mask = uint32(len(s.entries) - 1)
	for _, e := range old {
		if e != 0 {
			s.place(e)
		}
	}
}

// words returns n zero words for a segment.
func (x *index) words(n int) []uint64 {
	if n < largeSegment {
		return make([]uint64, n)
	}
	if x.arena == nil {
		arena, err := reserve(arenaBytes)
		if err != nil {
			return make([]uint64, n) // slower, no more
		}
		x.arena = arena
	}
	size := n * int(unsafe.Sizeof(uint64(0)))
	if len(x.arena)-x.spent < size {
		return make([]uint64, n)
	}
	// Proof: the reservation is aligned to pages, sizes are powers of two, and the
	// size was checked.
	w := unsafe.Slice((*uint64)(unsafe.Pointer(&x.arena[x.spent])), n)
	x.spent += size
	return w
}

// release gives the memory back; the index may not be used afterwards.
func (x *index) release() {
	unreserve(x.arena)
	*x = index{}
}

// remove takes a slot out of the index.
func (x *index) remove(h uint64, slot uint32) {
	s := x.segment(h)
	e := h&0xffffffff<<32 | uint64(slot+1)
	i := uint32(h) & s.mask
	for s.entries[i] != e {
		if s.entries[i] == 0 {
			return
		}
		i = (i + 1) & s.mask
	}
	s.used--
	for hole := i; ; {
		s.entries[hole] = 0
		for {
			i = (i + 1) & s.mask
			e := s.entries[i]
			if e == 0 {
				return
			}
			// e may fill the hole unless it lies between the hole and its own
			// place, seen cyclically.
			ideal := uint32(e>>32) & s.mask
			if (i-ideal)&s.mask >= (i-hole)&s.mask {
				s.entries[hole] = e
				hole = i
				break
			}
		}
	}
}
