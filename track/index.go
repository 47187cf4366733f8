// Hot path: no allocation, but where a segment grows.

package track

// index finds the slot of a flow by the hash of its key. It is 256 small
// open-addressing tables, chosen by the hash's top byte, so that growth moves a
// few thousand entries at a time instead of a million. An entry is the hash's
// low half and the slot+1; 0 is free. Probing is linear; removal shifts back,
// so there are no tombstones.
type index struct {
	segs [256]segment
}

type segment struct {
	entries []uint64
	mask    uint32
	used    uint32
}

const minSegment = 16

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
		s.grow()
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

func (s *segment) grow() {
	old := s.entries
	s.entries = make([]uint64, 2*len(old))
	s.mask = uint32(len(s.entries) - 1)
	for _, e := range old {
		if e != 0 {
			s.place(e)
		}
	}
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
