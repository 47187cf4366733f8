package dpi

import "encoding/binary"

// quicSignature finds QUIC by its long headers: a version that is known, and
// lengths that add up. A packet with a short header shows nothing that tells it
// from noise; only several together may, see quicGuess.
var quicSignature = signature{
	proto: QUIC, ports: []uint16{443}, packet: matchQUIC, new: func() decoder { return newQUICFlow() },
}

// quicMinClient is the least length of a datagram with a client's Initial packet:
// RFC 9000, section 14.1.
const quicMinClient = 1200

func matchQUIC(s *sample) match {
	b := s.head[ToServer]
	if len(b) == 0 {
		b = s.head[ToClient]
	}
	var g googleHeader
	if g.parse(b) {
		return sure
	}
	if len(b) >= guessLeast && b[0]&0xc0 == 0x40 {
		if s.n < guessAfter {
			return more
		}
		return likely
	}
	var h quicLong
	if !h.parse(b, s.wire) {
		return no
	}
	switch h.kind {
	case quicNegotiation:
		return matchNegotiation(h.rest)
	case quicRetry:
		if len(h.token) > quicTagLen && len(h.scid) > 0 {
			return likely
		}
		return no
	case quicOpaque:
		// A version that asks to be refused, in a datagram of the size that makes
		// servers do that: RFC 9000, sections 15 and 6.1.
		if quicReserved(h.number) && s.wire >= quicMinClient && len(h.dcid) >= 8 &&
			len(h.dcid) <= quicMaxID && len(h.scid) <= quicMaxID {
			return likely
		}
		return no
	}
	if b[0]&0x40 == 0 || h.end < s.wire && !quicFollows(b, &h) {
		return no
	}
	return sure
}

// quicFollows reports whether what stands behind a packet in its datagram can: a
// packet of the same version, one with a short header, or padding (which some
// clients add outside of packets).
func quicFollows(b []byte, h *quicLong) bool {
	if h.end >= len(b) {
		return true
	}
	b = b[h.end:]
	if b[0]&0x80 == 0 || len(b) < 5 {
		return true
	}
	return binary.BigEndian.Uint32(b[1:]) == h.number
}

// matchNegotiation judges a list of versions: one of them is known.
func matchNegotiation(b []byte) match {
	for ; len(b) >= 4; b = b[4:] {
		n := binary.BigEndian.Uint32(b)
		if _, google := googleName(n); google || quicVersionOf(n) != nil {
			return sure
		}
	}
	return no
}
