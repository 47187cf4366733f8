// Hot path: no allocation.

package parse

// sctp reads the common header of SCTP (RFC 9260). All chunks are payload.
func (p *Packet) sctp(b []byte, off, end int) {
	if !p.ports(b, off, end) {
		return
	}
	if len(b) < off+12 {
		p.lacking(off+12, end)
		return
	}
	p.carried(off+12, end)
}

// dccp reads a DCCP header (RFC 4340), whose length is in words.
func (p *Packet) dccp(b []byte, off, end int) {
	if !p.ports(b, off, end) {
		return
	}
	if len(b) < off+12 {
		p.lacking(off+12, end)
		return
	}
	header := int(b[off+4]) * 4
	p.behind(b, off, header, 12, end)
}
