package cbpf

import (
	"encoding/binary"
	"math/rand/v2"
)

// An origin says which bytes of the packet a value was read from.
type origin struct {
	off, size int // size 0: it was not read from the packet, or was changed since
	mask      uint32
}

// Steer runs the program on the packet and, at about half of the conditional
// jumps that depend on one field, changes the bytes of that field so that a side
// drawn by lot is taken. It leads random packets to the depths of a filter, which
// they would hardly ever see. Data is changed in place.
func (p Program) Steer(pkt *Packet, r *rand.Rand) {
	m := machine{pkt: pkt}
	m.steer = func(in Insn, m *machine) {
		if m.src.size == 0 || in.Op&withX != 0 || r.IntN(2) == 0 {
			return
		}
		old, _ := m.fetch(uint64(m.src.off), m.src.size)
		v := old&^m.src.mask | wanted(in, r)&m.src.mask
		put(pkt.Data[m.src.off:][:m.src.size], v)
		m.a = v & m.src.mask & (1<<(8*m.src.size) - 1)
	}
	m.run(p)
}

// wanted draws a value near the constant of a jump, on either side of it.
func wanted(in Insn, r *rand.Rand) uint32 {
	switch in.Op & 0xf0 {
	case opJEQ:
		if r.IntN(4) > 0 {
			return in.K
		}
		return in.K ^ 1<<r.IntN(32)
	case opJSET:
		switch r.IntN(3) {
		case 0:
			return 0
		case 1:
			return in.K & r.Uint32()
		}
		return in.K
	default:
		return in.K + uint32(r.IntN(5)) - 2
	}
}

// put writes the low bytes of v into the packet.
func put(b []byte, v uint32) {
	var word [4]byte
	binary.BigEndian.PutUint32(word[:], v)
	copy(b, word[4-len(b):])
}
