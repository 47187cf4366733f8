package packet

import "encoding/binary"

// PKTAP is the header of Apple's pktap interfaces (bsd/net/pktap.h of XNU), as the
// kernel writes it. PIDs of 0 are written as -1, which is what it knows none by, unless
// they have a name.
type PKTAP struct {
	V2    bool   // of the second form, with only those names in it that there are
	Link  uint32 // DLT_ value of what follows; 1, Ethernet, if zero
	Iface string // en0 if empty
	Flags uint32 // 1 came in, 2 went out; of the second form the bit that says so is added

	PID, EPID   int32
	Comm, EComm string
}

func (l PKTAP) wrap(payload []byte, _ []Layer, _ Layer) []byte {
	if l.V2 {
		return append(l.second(), payload...)
	}
	b := make([]byte, 156)
	le := binary.LittleEndian
	le.PutUint32(b, uint32(len(b)))
	le.PutUint32(b[4:], 1) // a packet follows
	le.PutUint32(b[8:], or(l.Link, 1))
	copy(b[12:36], or(l.Iface, "en0"))
	le.PutUint32(b[36:], l.Flags)
	le.PutUint32(b[52:], pid(l.PID, l.Comm))
	copy(b[56:72], l.Comm)
	le.PutUint32(b[84:], pid(l.EPID, l.EComm))
	copy(b[88:104], l.EComm)
	return append(b, payload...)
}

// second returns a header of the second form.
func (l PKTAP) second() []byte {
	b := make([]byte, 40)
	add := func(place int, text string) {
		if text != "" {
			b[place] = byte(len(b))
			b = append(append(b, text...), 0)
		}
	}
	add(3, or(l.Iface, "en0"))
	add(4, l.Comm)
	add(5, l.EComm)
	b[0] = byte(len(b))
	le := binary.LittleEndian
	le.PutUint16(b[6:], uint16(or(l.Link, 1)))
	le.PutUint32(b[28:], pid(l.PID, l.Comm))
	le.PutUint32(b[32:], pid(l.EPID, l.EComm))
	le.PutUint32(b[36:], l.Flags|1<<19)
	return b
}

func pid(n int32, comm string) uint32 {
	if n == 0 && comm == "" {
		n = -1
	}
	return uint32(n)
}
