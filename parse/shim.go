// Hot path: no allocation.

package parse

// The layers between an Ethernet header and the network layer. Each reader
// returns the EtherType of what it carries and where that begins, or
// nothingInside or tooShort.

// llc reads IEEE 802.2 LLC, where only SNAP with OUI 0 names an EtherType
// (RFC 1042), and SAP 6 is IPv4. The kernel's dissector stops here.
func (p *Packet) llc(b []byte, off, end int) (uint16, int) {
	if len(b) < off+3 {
		p.short(off+3, end)
		return tooShort, off
	}
	sap := be16(b[off:])
	if sap != 0xaaaa && sap != 0x0606 || b[off+2] != 3 {
		return nothingInside, off
	}
	p.Status |= Stray
	if sap == 0x0606 {
		return EtherTypeIPv4, off + 3
	}
	if len(b) < off+8 {
		p.short(off+8, end)
		return tooShort, off
	}
	oui, pid := be32(b[off+2:])&0xffffff, be16(b[off+6:])
	switch {
	case oui == 0, oui == 0x0000f8: // 802.1H bridge tunnel
		if pid >= etherTypeMin {
			return pid, off + 8
		}
	case oui == 0x0080c2 && (pid == 1 || pid == 7): // bridged 802.3 (RFC 2427, RFC 2684)
		return p.bridged(b, off+8, end)
	}
	return nothingInside, off
}

// bridged reads an Ethernet frame behind a SNAP header: at once in frame
// relay, behind two zero bytes in ATM.
func (p *Packet) bridged(b []byte, off, end int) (uint16, int) {
	if len(b) >= off+16 && be16(b[off:]) == 0 {
		if next, at := p.innerEthernet(b, off+2, end); next != nothingInside {
			return next, at
		}
	}
	return p.innerEthernet(b, off, end)
}

// innerEthernet reads an Ethernet frame within a frame. Its addresses do not
// count, and it must carry something known: it is often a guess.
func (p *Packet) innerEthernet(b []byte, off, end int) (uint16, int) {
	if len(b) < off+14 {
		if off+14 > end {
			return nothingInside, off
		}
		p.short(off+14, end)
		return tooShort, off
	}
	switch et := be16(b[off+12:]); et {
	case EtherTypeIPv4, EtherTypeIPv6, EtherTypeARP, EtherTypeVLAN, EtherTypeQinQ, EtherTypeMPLS, EtherTypePPPoE:
		return et, off + 14
	}
	return nothingInside, off
}

// mpls reads a label stack (RFC 3032). Nothing in it names what it carries:
// the first four bits tell IP from a pseudowire, where an Ethernet frame is
// tried without and with the control word before it (RFC 4385, RFC 4448).
func (p *Packet) mpls(b []byte, off, end int) (uint16, int) {
	p.Status |= Stray
	for range maxTags {
		if len(b) < off+4 {
			p.short(off+4, end)
			return tooShort, off
		}
		bottom := b[off+2]&1 != 0
		off += 4
		if !bottom {
			continue
		}
		if len(b) <= off {
			p.short(off+1, end)
			return tooShort, off
		}
		switch b[off] >> 4 {
		case 4:
			if b[off]&15 >= 5 {
				return EtherTypeIPv4, off
			}
		case 6:
			return EtherTypeIPv6, off
		case 0:
			if next, at := p.innerEthernet(b, off, end); next != nothingInside {
				return next, at
			}
			return p.innerEthernet(b, off+4, end)
		case 1: // associated channel of a pseudowire (RFC 4385)
			return nothingInside, off
		}
		return p.innerEthernet(b, off, end)
	}
	return nothingInside, off
}

// pppoe reads a PPPoE header (RFC 2516) and the PPP protocol behind it. Code
// 0 is a session packet.
func (p *Packet) pppoe(b []byte, off, end int) (uint16, int) {
	if len(b) < off+6 {
		p.short(off+6, end)
		return tooShort, off
	}
	if b[off+1] != 0 {
		return nothingInside, off
	}
	return p.ppp(b, off+6, end)
}

// ppp reads a PPP header: address and control field, if they are there, and
// the protocol, which is compressed to one byte when that is odd (RFC 1661).
func (p *Packet) ppp(b []byte, off, end int) (uint16, int) {
	if len(b) >= off+2 && be16(b[off:]) == 0xff03 {
		off += 2
	}
	if len(b) <= off || b[off] == 0xff && len(b) < off+2 {
		p.short(off+1, end)
		return tooShort, off
	}
	proto, n := uint16(b[off]), 1
	if proto&1 == 0 {
		if len(b) < off+2 {
			p.short(off+2, end)
			return tooShort, off
		}
		proto, n = be16(b[off:]), 2
	}
	switch proto {
	case 0x0021:
		return EtherTypeIPv4, off + n
	case 0x0057:
		return EtherTypeIPv6, off + n
	case 0x0281:
		return EtherTypeMPLS, off + n
	case 0x0283:
		return EtherTypeMPLSMulti, off + n
	}
	return nothingInside, off
}

// rareTag reads the tags that few networks use. The kernel's dissector knows
// none of them.
func (p *Packet) rareTag(b []byte, et uint16, off, end int) (uint16, int) {
	switch et {
	case EtherTypePBB: // IEEE 802.1ah: I-TAG of four bytes
		p.Status |= Stray
		return p.innerEthernet(b, off+4, end)
	case EtherTypeFabric: // two bytes: tag and TTL
		p.Status |= Stray
		return p.innerEthernet(b, off+2, end)
	case EtherTypeVNTag:
		return p.tag(b, off, 4, end)
	case EtherTypeETag:
		return p.tag(b, off, 6, end)
	case EtherTypeMACsec, EtherTypeNSH, EtherTypeArista:
		if len(b) < off+4 {
			p.short(off+4, end)
			return tooShort, off
		}
	}
	switch et {
	case EtherTypeMACsec: // IEEE 802.1AE: in clear unless E or C is set; SC adds eight bytes
		const encrypted, changed, channel = 0x08, 0x04, 0x20
		if b[off]&(encrypted|changed) != 0 {
			return nothingInside, off
		} else if b[off]&channel != 0 {
			return p.tag(b, off, 14, end)
		}
		return p.tag(b, off, 6, end)
	case EtherTypeArista: // subtype 1, then 64 or 48 bits of time
		switch be16(b[off+2:]) & 0xf0 {
		case 0x10:
			return p.tag(b, off, 12, end)
		case 0x20:
			return p.tag(b, off, 10, end)
		}
	case EtherTypeNSH: // length in words, next protocol
		p.Status |= Stray
		at := off + int(b[off+1]&0x3f)*4
		switch b[off+3] {
		case 1:
			return EtherTypeIPv4, at
		case 2:
			return EtherTypeIPv6, at
		case 3:
			return p.innerEthernet(b, at, end)
		}
	}
	return nothingInside, off
}

// tag skips a tag of so many bytes and reads the EtherType behind it.
func (p *Packet) tag(b []byte, off, length, end int) (uint16, int) {
	p.Status |= Stray
	off += length
	if len(b) < off+2 {
		p.short(off+2, end)
		return tooShort, off
	}
	return lengthOrType(be16(b[off:])), off + 2
}
