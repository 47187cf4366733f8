package dpi

import "encoding/binary"

var utpSignature = signature{
	proto: UTP, packet: func(s *sample) match {
		if utpHead(s.datagram(), s.wire) {
			return likely
		}
		return no
	},
	new: func() decoder { return &utpDecoder{} },
}

// Kinds of packet of µTP (BEP 29), the high half of its first byte.
const (
	utpData  = 0
	utpFin   = 1
	utpState = 2
	utpReset = 3
	utpSyn   = 4

	utpSize = 20
)

// utpHead reports whether a datagram can be of µTP: version 1, a kind, a chain of
// extensions that fits, and what the kind demands.
func utpHead(b []byte, wire int) bool {
	if len(b) < utpSize || b[0]&0xf != 1 || b[0]>>4 > utpSyn || b[1] > 3 {
		return false
	}
	at, next := utpSize, b[1]
	for n := 0; next != 0; n++ {
		if n > 4 || len(b) < at+2 || next > 3 || b[at+1] == 0 || b[at+1]%4 != 0 && next == 1 {
			return false
		}
		next, at = b[at], at+2+int(b[at+1])
	}
	window := binary.BigEndian.Uint32(b[12:])
	switch b[0] >> 4 {
	case utpData:
		return wire > at && binary.BigEndian.Uint16(b[16:]) != 0 && window < 1<<26
	case utpSyn:
		return wire == at && binary.BigEndian.Uint16(b[16:]) == 1 && binary.BigEndian.Uint16(b[18:]) == 0
	case utpReset:
		return wire == at
	}
	return wire == at && window < 1<<26
}

// utpDecoder waits until packets agree on a connection: the end that answers uses
// the identifier of the one that began, or the next above it.
type utpDecoder struct {
	d     BitTorrentDetail
	shown bool
	ways  [2]struct {
		id    uint16
		seq   uint16
		stamp uint32
		run   int
	}
	seen int
}

func (u *utpDecoder) datagram(c *conv, dir Dir, b []byte, wire int) {
	u.seen++
	if !utpHead(b, wire) {
		switch {
		case !u.shown:
			c.wrong()
		case u.seen > 32:
			c.done()
		}
		return
	}
	w, o := &u.ways[dir], &u.ways[dir.other()]
	id, seq := binary.BigEndian.Uint16(b[2:]), binary.BigEndian.Uint16(b[16:])
	stamp := binary.BigEndian.Uint32(b[4:])
	same := w.run > 0 && (w.id == id || b[0]>>4 != utpSyn && w.id+1 == id)
	if same && int16(seq-w.seq) >= -1 && int16(seq-w.seq) < 64 && stamp-w.stamp < 1<<26 {
		w.run++
	} else {
		w.run = 1
	}
	w.id, w.seq, w.stamp = id, seq, stamp
	// The answer acknowledges what was sent.
	ack := binary.BigEndian.Uint16(b[18:])
	answers := o.run > 0 && (id == o.id || id == o.id+1 || id+1 == o.id) && int16(o.seq-ack) >= -2 && int16(o.seq-ack) < 64
	if answers || w.run >= 4 {
		u.show(c, answers)
	}
	if b[0]>>4 == utpData && u.shown {
		u.payload(c, dir, b[min(utpEnd(b), len(b)):])
	}
	if u.seen > 32 {
		if u.shown {
			c.done()
		} else {
			c.wrong()
		}
	}
}

func (u *utpDecoder) show(c *conv, confirmed bool) {
	if !u.shown {
		u.shown = true
		u.d.proto = UTP
		c.detail(&u.d)
	}
	if confirmed {
		c.confirm()
	}
}

// payload looks for a peer's handshake at the beginning of what is carried.
func (u *utpDecoder) payload(c *conv, dir Dir, b []byte) {
	if u.d.handshake(b, dir) {
		c.changed()
	}
}

// utpEnd returns where the header and its extensions end.
func utpEnd(b []byte) int {
	at, next := utpSize, b[1]
	for next != 0 && len(b) >= at+2 {
		next, at = b[at], at+2+int(b[at+1])
	}
	return at
}
