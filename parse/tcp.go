// Hot path: no allocation.

package parse

// TCP flags (RFC 9293, RFC 3168) as in Packet.TCPFlags.
const (
	FlagFIN uint8 = 1 << iota
	FlagSYN
	FlagRST
	FlagPSH
	FlagACK
	FlagURG
	FlagECE
	FlagCWR
)

// tcp reads a TCP header (RFC 9293), as far as it was captured.
func (p *Packet) tcp(b []byte, off, end int) {
	if len(b) < off+20 {
		if p.ports(b, off, end) {
			p.tcpCut(b, off)
			p.lacking(off+20, end)
		}
		return
	}
	h := b[off : off+20 : off+20]
	p.Swapped = p.Key.setPorts(be16(h), be16(h[2:]), p.Swapped)
	p.Seq, p.Ack = be32(h[4:]), be32(h[8:])
	p.TCPFlags, p.Window = h[13], be16(h[14:])
	header := int(h[12]>>4) * 4
	p.behind(b, off, header, 20, end)
}

// behind sets the payload behind a header that gives its own length, which is at
// least `least` bytes.
func (p *Packet) behind(b []byte, off, header, least, end int) {
	switch {
	case header < least:
		p.Status |= Malformed
	case off+header > end:
		p.lacking(off+header, end)
	case off+header > len(b):
		p.Status |= Truncated
		p.PayLen = uint32(end - off - header)
	default:
		p.carried(off+header, end)
	}
}

// tcpCut reads what is there of a TCP header that is not all there.
func (p *Packet) tcpCut(b []byte, off int) {
	if len(b) >= off+8 {
		p.Seq = be32(b[off+4:])
	}
	if len(b) >= off+12 {
		p.Ack = be32(b[off+8:])
	}
	if len(b) >= off+14 {
		p.TCPFlags = b[off+13]
	}
	if len(b) >= off+16 {
		p.Window = be16(b[off+14:])
	}
}
