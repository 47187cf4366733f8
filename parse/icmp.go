// Hot path: no allocation.

package parse

// icmpHeader is the length of the ICMP headers that have a payload: type,
// code, checksum and four bytes that depend on the type. A quoted packet
// follows.
const icmpHeader = 8

// icmp4 reads an ICMP header (RFC 792).
func (p *Packet) icmp4(b []byte, off, end int) {
	if !p.icmp(b, off, end) {
		return
	}
	switch p.ICMPType {
	case 3, 4, 5, 11, 12: // unreachable, source quench, redirect, time exceeded, parameter problem
		p.Status |= ICMPError
	case 0, 8:
		p.echo(b, off, end)
	}
}

// icmp6 reads an ICMPv6 header (RFC 4443).
func (p *Packet) icmp6(b []byte, off, end int) {
	if !p.icmp(b, off, end) {
		return
	}
	switch p.ICMPType {
	case 1, 2, 3, 4: // unreachable, packet too big, time exceeded, parameter problem
		p.Status |= ICMPError
	case 128, 129:
		p.echo(b, off, end)
	}
}

// icmp reads type and code, and returns whether they are there.
func (p *Packet) icmp(b []byte, off, end int) bool {
	if len(b) < off+2 {
		p.lacking(off+4, end)
		return false
	}
	p.ICMPType, p.ICMPCode = b[off], b[off+1]
	switch {
	case off+4 > end:
		p.lacking(off+4, end)
	case off+icmpHeader <= len(b):
		p.carried(off+icmpHeader, end)
	case off+icmpHeader <= end:
		p.Status |= Truncated
	}
	return true
}

// echo puts the identifier of an echo request or reply into both ports.
func (p *Packet) echo(b []byte, off, end int) {
	if len(b) < off+6 {
		p.lacking(off+6, end)
		return
	}
	id := be16(b[off+4:])
	p.Key.APort, p.Key.BPort = id, id
}

// Quoted returns the key of the packet that an ICMP error quotes, and whether
// that packet ran from Key.B to Key.A. It was sent by the end to which the
// error went. Ok is false when p is no ICMP error or quotes nothing readable.
// A quote holds as little as the IP header and eight bytes, so its ports are
// there, but for later fragments.
func (p *Packet) Quoted() (k Key, swapped, ok bool) {
	if p.Status&ICMPError == 0 || p.Payload == 0 {
		return k, false, false
	}
	q := Packet{Data: p.PayloadBytes(), Link: LinkRaw}
	q.decode()
	return q.Key, q.Swapped, q.Family == FamilyIPv4 || q.Family == FamilyIPv6
}
