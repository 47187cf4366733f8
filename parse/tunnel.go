// Hot path: no allocation.

package parse

// UDP ports of tunnels (IANA; 8472 is what Linux used for VXLAN before there
// was a number, 51820 the usual port of WireGuard).
const (
	portL2TP       = 1701
	portGTPU       = 2152
	portTeredo     = 3544
	portVXLAN      = 4789
	portGeneve     = 6081
	portVXLANLinux = 8472
	portWireGuard  = 51820
)

// enter reads the packet of EtherType et that begins at off within a tunnel
// and makes it the packet's own, if Decap asks for that and nothing was
// entered yet. When it cannot be read all stays as it is. A fragment holds a
// part of the inner packet only and is not entered.
func (p *Packet) enter(b []byte, et uint16, off, end int) {
	if !p.Decap || p.Status&(Inner|Fragment) != 0 {
		return
	}
	outer := *p
	p.reset()
	p.VLAN = outer.VLAN
	p.Status = outer.Status | Inner | Stray
	if et == EtherTypeTEB {
		p.ethernet(b, off, end)
	} else {
		p.networkOrLink(b, et, off, end)
	}
	if p.Family == FamilyNone {
		*p = outer
	}
}

// ipTunnel notes a tunnel right on IP and enters it.
func (p *Packet) ipTunnel(b []byte, off, end int) {
	p.Status |= Tunnelled
	switch p.Proto {
	case ProtoIPIP:
		p.Status |= Stray
		p.enter(b, EtherTypeIPv4, off, end)
	case ProtoIPv6:
		p.Status |= Stray
		p.enter(b, EtherTypeIPv6, off, end)
	case ProtoGRE:
		p.Status |= Stray
		if et, at := gre(b, off); et != nothingInside {
			p.enter(b, et, at, end)
		}
	case ProtoMPLSInIP: // RFC 4023
		p.enter(b, EtherTypeMPLS, off, end)
	case ProtoEtherIP: // RFC 3378
		if len(b) >= off+2 && b[off]>>4 == 3 {
			p.enter(b, EtherTypeTEB, off+2, end)
		}
	}
}

// gre returns the EtherType and the place of what a GRE header carries (RFC
// 2784, RFC 2890; version 1 is PPTP's, RFC 2637).
func gre(b []byte, off int) (et uint16, at int) {
	const checksum, routing, key, sequence, ack, version = 0x8000, 0x4000, 0x2000, 0x1000, 0x0080, 7
	const erspan2, erspan3, wccp = 0x88be, 0x22eb, 0x883e
	if len(b) < off+4 {
		return nothingInside, 0
	}
	flags, proto := be16(b[off:]), be16(b[off+2:])
	at = off + 4
	for _, f := range [...]uint16{checksum, key, sequence} {
		if flags&f != 0 {
			at += 4
		}
	}
	switch {
	case flags&routing != 0:
		return nothingInside, 0
	case flags&version == 1:
		if flags&ack != 0 {
			at += 4
		}
		return EtherTypePPP, at
	case flags&version != 0:
		return nothingInside, 0
	}
	switch proto {
	case EtherTypeIPv4, EtherTypeIPv6, EtherTypeTEB, EtherTypeMPLS:
		return proto, at
	case erspan2:
		if flags&sequence != 0 { // without it, type I: no header of its own
			at += 8
		}
		return EtherTypeTEB, at
	case erspan3:
		if len(b) > at+11 && b[at+11]&1 != 0 { // platform specific subheader
			at += 8
		}
		return EtherTypeTEB, at + 12
	case wccp:
		if len(b) > at && b[at]>>4 != 4 { // version 2 has a redirect header
			at += 4
		}
		return EtherTypeIPv4, at
	}
	return nothingInside, 0
}

// udpTunnel notes a tunnel in UDP, whose payload is at off, and enters it.
// Ports alone are not believed.
func (p *Packet) udpTunnel(b []byte, off, end int) {
	src, dst := p.Key.APort, p.Key.BPort
	if p.Swapped {
		src, dst = dst, src
	}
	switch dst {
	case portVXLAN, portVXLANLinux:
		p.vxlan(b, off, end)
	case portGeneve:
		p.geneve(b, off, end)
	case portGTPU:
		p.gtpu(b, off, end)
	case portL2TP:
		p.l2tp(b, off, end)
	case portTeredo:
		p.teredo(b, off, end)
	case portWireGuard:
		p.wireGuard(b, off)
	default:
		switch src {
		case portL2TP:
			p.l2tp(b, off, end)
		case portTeredo:
			p.teredo(b, off, end)
		case portWireGuard:
			p.wireGuard(b, off)
		}
	}
}

// vxlan reads a VXLAN header (RFC 7348) with a valid network identifier. Its
// reserved bits are to be ignored.
func (p *Packet) vxlan(b []byte, off, end int) {
	if len(b) < off+8 || b[off]&0x08 == 0 {
		return
	}
	p.Status |= Tunnelled
	p.enter(b, EtherTypeTEB, off+8, end)
}

// geneve reads a Geneve header (RFC 8926) of version 0.
func (p *Packet) geneve(b []byte, off, end int) {
	if len(b) < off+8 || b[off]>>6 != 0 {
		return
	}
	switch et := be16(b[off+2:]); et {
	case EtherTypeIPv4, EtherTypeIPv6, EtherTypeTEB:
		p.Status |= Tunnelled
		p.enter(b, et, off+8+int(b[off]&0x3f)*4, end)
	}
}

// gtpu reads a GTP-U header (3GPP TS 29.281) and enters a G-PDU, which is IP.
func (p *Packet) gtpu(b []byte, off, end int) {
	const userPlane, anyOptional, hasExtension = 255, 0x07, 0x04
	if len(b) < off+8 || b[off]>>4 != 3 { // version 1, not GTP'
		return
	}
	p.Status |= Tunnelled
	if b[off+1] != userPlane {
		return
	}
	at := off + 8
	if b[off]&anyOptional != 0 {
		at += 4
		if len(b) < at {
			return
		}
		next := b[at-1]
		if b[off]&hasExtension == 0 {
			next = 0
		}
		for range maxExtensions {
			if next == 0 {
				break
			}
			if len(b) <= at || b[at] == 0 {
				return
			}
			at += int(b[at]) * 4
			if len(b) < at {
				return
			}
			next = b[at-1]
		}
	}
	p.enterIP(b, at, end)
}

// enterIP enters IP of the version that its first four bits tell.
func (p *Packet) enterIP(b []byte, off, end int) {
	if len(b) <= off {
		return
	}
	switch b[off] >> 4 {
	case 4:
		p.enter(b, EtherTypeIPv4, off, end)
	case 6:
		p.enter(b, EtherTypeIPv6, off, end)
	}
}

// l2tp reads an L2TP header of version 2 (RFC 2661) and enters a data
// message, which is PPP.
func (p *Packet) l2tp(b []byte, off, end int) {
	const control, hasLength, hasSequence, hasOffset = 0x8000, 0x4000, 0x0800, 0x0200
	if len(b) < off+6 || b[off+1]&0x0f != 2 {
		return
	}
	p.Status |= Tunnelled
	flags := be16(b[off:])
	if flags&control != 0 {
		return
	}
	at := off + 6
	if flags&hasLength != 0 {
		at += 2
	}
	if flags&hasSequence != 0 {
		at += 4
	}
	if flags&hasOffset != 0 {
		if len(b) < at+2 {
			return
		}
		at += 2 + int(be16(b[at:]))
	}
	p.enter(b, EtherTypePPP, at, end)
}

// teredo skips the authentication and the origin indication of Teredo (RFC
// 4380) and enters the IPv6 packet behind them.
func (p *Packet) teredo(b []byte, off, end int) {
	if len(b) >= off+4 && be16(b[off:]) == 1 { // authentication
		off += 13 + int(b[off+2]) + int(b[off+3])
	}
	if len(b) >= off+8 && be16(b[off:]) == 0 { // origin
		off += 8
	}
	if len(b) <= off || b[off]>>4 != 6 {
		return
	}
	p.Status |= Tunnelled
	p.enter(b, EtherTypeIPv6, off, end)
}

// wireGuard notes a WireGuard message: one of four types, then three zero
// bytes. What it carries is encrypted.
func (p *Packet) wireGuard(b []byte, off int) {
	if len(b) >= off+4 && b[off] >= 1 && b[off] <= 4 && be32(b[off:])&0xffffff == 0 {
		p.Status |= Tunnelled
	}
}
