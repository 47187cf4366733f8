package dpi

import "encoding/hex"

// Renewed reports whether a datagram begins another connection than the one that d
// is of: with a client's Initial packet whose connection IDs are none of this one's.
// One that is sent again has the same, as have those after a Retry. wire is the
// datagram's length; b may be cut.
func (d *QUICDetail) Renewed(b []byte, wire int) bool {
	var h quicLong
	if wire < quicMinClient || !h.parse(b, wire) || h.version == nil || h.kind != quicInitial || h.end < wire && !quicFollows(b, &h) {
		return false
	}
	const least = 8 // bytes of the ID that a client chooses: RFC 9000, section 7.2
	if len(h.dcid) < least || d.Retry && len(h.token) > 0 {
		return false
	}
	to, from := hex.EncodeToString(h.dcid), hex.EncodeToString(h.scid)
	return to != d.DCID && to != d.Server && to != d.SCID && (from == "" || from != d.SCID && from != d.Server)
}
