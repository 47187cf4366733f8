// Hot path: no allocation.

package track

import (
	"encoding/binary"

	"sockeye/parse"
)

// tcpOptions are the options of a segment (RFC 9293, 2018, 2883, 7323).
type tcpOptions struct {
	mss       uint16
	scale     uint8 // with scales
	scales    bool
	selective bool // SACK is permitted
	stamps    bool
	stamp     uint32    // TSval
	echo      uint32    // TSecr
	blocks    uint8     // how many SACK blocks there are, two at most
	sack      [2]extent // the first two
}

const (
	// maxScale is the largest shift that RFC 7323 allows; larger ones count as it.
	maxScale = 14
	// maxWindow bounds every window (RFC 7323 2.3), and so what an end sends again.
	maxWindow = 1 << 30
)

// readOptions reads as much of a segment's options as was captured. A packet
// without Data has none.
func readOptions(p *parse.Packet) (o tcpOptions) {
	at := int(p.L4)
	if at == 0 || len(p.Data) <= at+20 {
		return o
	}
	b := p.Data[at+20 : max(at+20, min(len(p.Data), at+int(p.Data[at+12]>>4)*4))]
	for len(b) > 0 {
		switch b[0] {
		case 0: // end of the list
			return o
		case 1: // padding
			b = b[1:]
			continue
		}
		if len(b) < 2 || b[1] < 2 || int(b[1]) > len(b) {
			return o
		}
		o.read(b[0], b[2:b[1]])
		b = b[b[1]:]
	}
	return o
}

// read reads one option. One of the wrong length is left out.
func (o *tcpOptions) read(kind byte, b []byte) {
	switch {
	case kind == 2 && len(b) == 2:
		o.mss = binary.BigEndian.Uint16(b)
	case kind == 3 && len(b) == 1:
		o.scale, o.scales = min(b[0], maxScale), true
	case kind == 4 && len(b) == 0:
		o.selective = true
	case kind == 5 && len(b) >= 8 && len(b)%8 == 0:
		o.blocks = uint8(min(len(b)/8, len(o.sack)))
		for i := range int(o.blocks) {
			o.sack[i] = extent{binary.BigEndian.Uint32(b[8*i:]), binary.BigEndian.Uint32(b[8*i+4:])}
		}
	case kind == 8 && len(b) == 8:
		o.stamp, o.echo, o.stamps = binary.BigEndian.Uint32(b), binary.BigEndian.Uint32(b[4:]), true
	}
}

// learn takes from an end's first segment what it tells of the connection.
func (c *conn) learn(p *parse.Packet, way int) {
	e, opt := &c.end[way], readOptions(p)
	if opt.stamps {
		e.flags |= stamps
	}
	if p.TCPFlags&parse.FlagSYN == 0 {
		return
	}
	c.mss[way] = opt.mss
	if opt.scales {
		e.flags |= scales
		e.scale = opt.scale
	}
	if opt.selective {
		e.flags |= selective
	}
}

// both reports whether both ends have agreed on an option. A SYN-ACK has it only
// if the SYN had it.
func (c *wire) both(option endFlags) bool {
	a, b := c.end[0].flags, c.end[1].flags
	switch {
	case a&option == 0:
		return b&(option|answered) == option|answered && a&sawSYN == 0
	case b&option == 0:
		return a&(option|answered) == option|answered && b&sawSYN == 0
	}
	return true
}
