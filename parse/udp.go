// Hot path: no allocation.

package parse

// udp reads a UDP header (RFC 768). Its length may be less than what IP
// carries; 0 stands for more than 65,535 bytes (RFC 2675) and for what the
// kernel has not cut yet.
func (p *Packet) udp(b []byte, off, end int) {
	if len(b) < off+8 {
		if p.ports(b, off, end) {
			p.lacking(off+8, end)
		}
		return
	}
	h := b[off : off+8 : off+8]
	p.Swapped = p.Key.setPorts(be16(h), be16(h[2:]), p.Swapped)
	length := int(be16(h[4:]))
	switch {
	case length == 0:
		if end-off <= 0xffff && p.Status&TSO == 0 {
			p.Status |= Malformed
		}
	case length < 8:
		p.Status |= Malformed
		return
	case off+length <= end:
		end = off + length
	case p.Status&FirstFrag == 0: // a first fragment gives the length of the datagram
		p.Status |= Malformed
	}
	p.carried(off+8, end)
	p.udpTunnel(b, off+8, end)
}

// udpLite reads a UDP-Lite header (RFC 3828), where the place of the length
// says how much the checksum covers.
func (p *Packet) udpLite(b []byte, off, end int) {
	if !p.ports(b, off, end) {
		return
	}
	if len(b) < off+8 {
		p.lacking(off+8, end)
		return
	}
	p.carried(off+8, end)
}
