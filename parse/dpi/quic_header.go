package dpi

import "encoding/binary"

// quicMaxID is the longest connection ID of the versions that are known: RFC
// 9000, section 17.2.
const quicMaxID = 20

// quicLong is the long header of a packet: RFC 8999, section 5.1, and RFC 9000,
// section 17.2. Its slices are borrowed.
type quicLong struct {
	number     uint32
	version    *quicVersion // nil when it is not known
	kind       quicKind
	dcid, scid []byte
	token      []byte // of Initial; of Retry with the integrity tag behind it
	pn         int    // where the packet number begins, which is protected
	end        int    // where the packet ends in the datagram; not beyond wire, but maybe beyond what was captured
	rest       []byte // of version negotiation: the versions
}

// parse reads a long header at the beginning of b, whose length on the wire is
// wire. It returns false when b holds none, or contradicts itself. The fixed bit may
// be missing: RFC 9287.
func (h *quicLong) parse(b []byte, wire int) bool {
	if len(b) < 7 || b[0]&0x80 == 0 {
		return false
	}
	*h = quicLong{number: binary.BigEndian.Uint32(b[1:]), end: wire}
	h.version = quicVersionOf(h.number)
	at, ok := h.ids(b)
	if !ok {
		return false
	}
	if h.number == 0 {
		h.kind, h.rest = quicNegotiation, b[at:]
		return wire > at && (wire-at)%4 == 0
	}
	if h.version == nil {
		h.kind = quicOpaque
		return true
	}
	if len(h.dcid) > quicMaxID || len(h.scid) > quicMaxID {
		return false
	}
	h.kind = h.version.kinds[b[0]>>4&3]
	if h.kind == quicRetry {
		h.token = b[at:]
		return true
	}
	if h.kind == quicInitial {
		n, size := quicInt(b[at:])
		if size == 0 || n > uint64(wire-at-size) || n > uint64(len(b)-at-size) {
			return false
		}
		at += size
		h.token = b[at : at+int(n)]
		at += int(n)
	}
	return h.length(b, at, wire)
}

// ids reads both connection IDs and returns where they end.
func (h *quicLong) ids(b []byte) (at int, ok bool) {
	at = 5
	for _, id := range [...]*[]byte{&h.dcid, &h.scid} {
		if at >= len(b) {
			return 0, false
		}
		n := int(b[at])
		if at++; n > len(b)-at {
			return 0, false
		}
		*id = b[at : at+n : at+n]
		at += n
	}
	return at, true
}

// length reads how long the packet is from its number on.
func (h *quicLong) length(b []byte, at, wire int) bool {
	n, size := quicInt(b[at:])
	at += size
	// A packet number, and the sample that its protection takes: RFC 9001, 5.4.2.
	if size == 0 || n < quicSampleAt+quicSampleLen || n > uint64(wire-at) {
		return false
	}
	h.pn, h.end = at, at+int(n)
	return true
}

// quicInt reads a variable-length integer (RFC 9000, section 16) and returns how
// long it is, 0 when b is too short for it.
func quicInt(b []byte) (v uint64, size int) {
	if len(b) == 0 {
		return 0, 0
	}
	size = 1 << (b[0] >> 6)
	if len(b) < size {
		return 0, 0
	}
	v = uint64(b[0] & 0x3f)
	for _, c := range b[1:size] {
		v = v<<8 | uint64(c)
	}
	return v, size
}
