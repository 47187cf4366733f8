package dpi

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
)

// Google's versions before those with the header of RFC 8999: Q024 to Q046. Their
// hello is not encrypted. The header is that of "QUIC Wire Layout Specification"
// up to Q043, and an early draft's in Q046.
const (
	googleVersion = 0x01 // the version is there: the client's first packets
	googleReset   = 0x02 // a public reset
	googleID      = 0x08 // an ID of eight bytes is there; 0x0c before Q033

	googleQ046 = 0x51303436
)

// googleName names a version of Google's: a letter and three digits.
func googleName(number uint32) (name string, ok bool) {
	b := binary.BigEndian.AppendUint32(nil, number)
	ok = (b[0] == 'Q' || b[0] == 'T') && b[1] == '0' && isDigit(b[2]) && isDigit(b[3])
	return string(b), ok
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

// googleHeader is the header of a client's packet that has a version in it.
type googleHeader struct {
	number uint32
	id     []byte // borrowed
	body   []byte // behind the version: packet number, checksum, frames
}

// parse returns false when b is no such packet.
func (h *googleHeader) parse(b []byte) bool {
	if len(b) < 18 {
		return false
	}
	if b[0]&0x80 != 0 { // Q046: one byte has the lengths of both IDs; a client sends none of its own
		h.number, h.id, h.body = binary.BigEndian.Uint32(b[1:]), b[6:14], b[14:]
		return h.number == googleQ046 && b[0]&0x40 != 0 && b[5] == 0x50
	}
	h.number, h.id, h.body = binary.BigEndian.Uint32(b[9:]), b[1:9], b[13:]
	_, ok := googleName(h.number)
	return ok && b[9] == 'Q' && h.number < googleQ046 && b[0]&(googleVersion|googleReset|googleID) == googleVersion|googleID
}

// isGoogleQUIC reports whether a datagram is one that only Google's first versions
// have.
func isGoogleQUIC(b []byte) bool {
	var h googleHeader
	return h.parse(b) || len(b) >= 6 && b[0]&0xc0 == 0xc0 && binary.BigEndian.Uint32(b[1:]) == googleQ046
}

// google reads a datagram of one of those versions. The client leaves the version
// away when it has the keys of the connection.
func (q *quicFlow) google(c *conv, dir Dir, b []byte) {
	q.legacy = true
	q.came[dir] = true
	var h googleHeader
	switch {
	case dir == ToServer && h.parse(b):
		q.googleHello(c, &h)
	case len(b) > 13 && b[0]&0x80 == 0 && b[0]&googleReset != 0 && string(b[9:13]) == "PRST":
		q.advance(c, quicStateClosed)
		c.done()
	case dir == ToClient:
		q.advance(c, quicStateHandshake)
	case q.d.Phase == quicStateHandshake && b[0]&0x80 == 0:
		q.advance(c, quicStateConnected)
		c.done()
	}
}

// googleHello reads what the client says in the clear. Behind the packet number is
// a checksum of twelve bytes, then the first frame has the hello.
func (q *quicFlow) googleHello(c *conv, h *googleHeader) {
	if q.offered == nil {
		q.offered = bytes.Clone(h.id)
		q.d.Version, q.d.DCID = quicName(h.number), hex.EncodeToString(h.id)
		q.learn(c, ToServer, h.id)
	}
	if at := bytes.Index(h.body[:min(len(h.body), 128)], []byte("CHLO")); at >= 0 && q.d.SNI == "" {
		q.chlo(c, h.body[at:])
	}
	c.changed()
}

// chlo reads a hello of Google's own handshake: a list of tags and the ends of
// their values, then the values ("QUIC Crypto", section "Handshake messages").
func (q *quicFlow) chlo(c *conv, b []byte) {
	if len(b) < 8 || string(b[:4]) != "CHLO" {
		return
	}
	n := int(binary.LittleEndian.Uint16(b[4:]))
	if n > 128 || len(b) < 8+8*n {
		return
	}
	values, from := b[8+8*n:], 0
	for e := b[8 : 8+8*n]; len(e) > 0; e = e[8:] {
		to := int(binary.LittleEndian.Uint32(e[4:]))
		if to < from || to > len(values) {
			return
		}
		switch v := values[from:to]; string(e[:4]) {
		case "SNI\x00":
			q.d.SNI = text(v)
		case "UAID":
			q.d.UserAgent = text(v)
		case "ICSL":
			if len(v) == 4 {
				q.d.IdleTimeoutMS = uint64(binary.LittleEndian.Uint32(v)) * 1000
			}
		}
		from = to
	}
	c.changed()
}
