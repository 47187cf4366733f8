// Hot path: no allocation.

package parse

// Link layers of wide-area and of old local networks.

// frameRelay reads a Q.922 address of two to four bytes, then an NLPID (RFC
// 2427) or, as Cisco has it, an EtherType.
func (p *Packet) frameRelay(b []byte, off, end int) {
	addr := off
	for n := 1; ; n++ {
		if len(b) < addr+1 {
			p.short(addr+1, end)
			return
		}
		addr++
		if b[addr-1]&1 != 0 { // address extension bit: this byte is the last
			break
		}
		if n == 4 {
			p.networkOrLink(b, EtherTypeFRelay, off, end)
			return
		}
	}
	if len(b) < addr+2 {
		p.short(addr+2, end)
		return
	}
	if b[addr] != 3 { // no unnumbered information: Cisco's EtherType
		if et := be16(b[addr:]); et >= etherTypeMin {
			p.networkOrLink(b, et, addr+2, end)
			return
		}
	}
	nlpid := addr + 1
	if b[nlpid] == 0 { // padding
		nlpid++
	}
	if len(b) < nlpid+1 {
		p.short(nlpid+1, end)
		return
	}
	et, at := uint16(EtherTypeFRelay), addr
	switch b[nlpid] {
	case 0xcc:
		et, at = EtherTypeIPv4, nlpid+1
	case 0x8e:
		et, at = EtherTypeIPv6, nlpid+1
	case 0xcf:
		et, at = EtherTypePPP, nlpid+1
	case 0x80: // SNAP, without the LLC before it
		if len(b) < nlpid+6 {
			p.short(nlpid+6, end)
			return
		}
		if be16(b[nlpid+1:]) == 0 && b[nlpid+3] == 0 {
			et, at = be16(b[nlpid+4:]), nlpid+6
		} else if be32(b[nlpid+1:]) == 0x0080c200 && (b[nlpid+5] == 1 || b[nlpid+5] == 7) { // bridged 802.3
			if next, from := p.bridged(b, nlpid+6, end); next == tooShort {
				return
			} else if next != nothingInside {
				et, at = next, from
			}
		}
	}
	p.networkOrLink(b, et, at, end)
}

// multilink reads a frame of a frame relay bundle (FRF.16.1), if it is whole.
func (p *Packet) multilink(b []byte, off, end int) {
	const first, last, control = 0x80, 0x40, 0x20
	if len(b) < off+2 {
		p.short(off+2, end)
		return
	}
	if b[off]&(first|last|control) == first|last {
		p.frameRelay(b, off+2, end)
		return
	}
	p.networkOrLink(b, EtherTypeFRelay, off, end)
}

// fddi reads an FDDI frame: frame control, addresses, LLC.
func (p *Packet) fddi(b []byte, off, end int) {
	if len(b) < off+13 {
		p.short(off+13, end)
		return
	}
	et := uint16(EtherTypeLLC)
	if b[off]&0xf0 != 0x50 { // not an LLC frame: token, station management
		et = 0
	}
	if !p.network(b, et, off+13, end) {
		p.linkKey(be48(b[off+7:]), be48(b[off+1:]))
	}
}

// tokenRing reads an IEEE 802.5 frame: access and frame control, addresses,
// the routing information that the source address' first bit announces, LLC.
func (p *Packet) tokenRing(b []byte, off, end int) {
	if len(b) < off+15 {
		p.short(off+15, end)
		return
	}
	at := off + 14
	src := be48(b[off+8:])
	if src>>47 != 0 {
		at += int(b[at] & 0x1f)
		src &^= 1 << 47
	}
	et := uint16(EtherTypeLLC)
	if b[off+1]&0xc0 != 0x40 { // not an LLC frame
		et = 0
	}
	if !p.network(b, et, at, end) {
		p.linkKey(src, be48(b[off+2:]))
	}
}

// arcnet reads Linux's ARCNET header: addresses, offset, a protocol (RFC
// 1201), and but for the old ones (RFC 1051) the split flag and a sequence
// number.
func (p *Packet) arcnet(b []byte, off, end int) {
	if len(b) < off+5 {
		p.short(off+5, end)
		return
	}
	var et uint16
	at := off + 8
	switch b[off+4] {
	case 212:
		et = EtherTypeIPv4
	case 213:
		et = EtherTypeARP
	case 196:
		et = EtherTypeIPv6
	case 240:
		et, at = EtherTypeIPv4, off+5
	case 241:
		et, at = EtherTypeARP, off+5
	}
	p.networkOrLink(b, et, at, end)
}

// atm reads classical IP over ATM, with LLC or without, and SunATM frames,
// whose header of four bytes tells LLC from LAN emulation.
func (p *Packet) atm(t LinkType, b []byte, off, end int) {
	if t == LinkSunATM {
		if len(b) < off+4 {
			p.short(off+4, end)
			return
		}
		switch b[off] & 0x0f {
		case 1: // LAN emulation: client identifier, then Ethernet
			p.ethernet(b, off+6, end)
			return
		case 2:
			p.networkOrLink(b, EtherTypeLLC, off+4, end)
			return
		}
		p.networkOrLink(b, 0, off+4, end)
		return
	}
	if len(b) >= off+3 && be16(b[off:]) == 0xaaaa && b[off+2] == 3 {
		p.networkOrLink(b, EtherTypeLLC, off, end)
		return
	}
	p.rawIP(b, off, end)
}

// juniper reads the header that Juniper's routers put before the frames of an
// interface: magic, flags, and extensions if the flags say so.
func (p *Packet) juniper(t LinkType, b []byte, off, end int) {
	const noLink, extensions = 0x02, 0x80
	if len(b) < off+6 {
		p.short(off+6, end)
		return
	}
	at := off + 4
	if flags := b[off+3]; be32(b[off:])>>8 != 0x4d4743 || flags&noLink != 0 {
		p.cut(b, end)
		return
	} else if flags&extensions != 0 {
		at += 2 + int(be16(b[at:]))
	}
	switch t {
	case LinkJuniperPPP:
		p.pppLink(b, at, end)
	case LinkJuniperFRelay:
		p.frameRelay(b, at, end)
	default:
		p.ethernet(b, at, end)
	}
}
