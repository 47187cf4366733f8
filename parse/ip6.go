// Hot path: no allocation.

package parse

// maxExtensions bounds the chain of extension headers.
const maxExtensions = 16

// ip6 reads an IPv6 header (RFC 8200) at off, its extension headers and what
// they carry. It returns true.
func (p *Packet) ip6(b []byte, off, end int) bool {
	if len(b) < off+40 {
		return p.unread(b, EtherTypeIPv6, off, off+40, end)
	}
	h := b[off : off+40 : off+40]
	if h[0]>>4 != 6 || off > maxL3 {
		return p.unread(b, EtherTypeIPv6, off, 0, end)
	}
	p.EtherType, p.L3 = EtherTypeIPv6, uint16(off)
	p.Family, p.Key.Family = FamilyIPv6, FamilyIPv6
	p.Swapped = p.Key.set6(be64(h[8:]), be64(h[16:]), be64(h[24:]), be64(h[32:]))

	length := 40 + int(be16(h[4:]))
	if length == 40 && h[6] != ProtoNoNext {
		length = p.ip6Unsized(b, h[6], off, end)
	}
	if length > end-off && p.WireLen != 0 {
		p.Status |= Malformed
		length = end - off
	}
	p.IPLen = uint32(length)
	end = off + length
	if end <= len(b) {
		b = b[:end]
	} else {
		p.Status |= Truncated
	}
	switch next := h[6]; next {
	case ProtoTCP, ProtoUDP, ProtoICMPv6: // no extension headers, as a rule
		p.setProto(next)
		p.transport(b, off+40, end)
	default:
		p.ip6Carried(b, next, off+40, end)
	}
	return true
}

// ip6Unsized returns the length of an IPv6 packet whose payload length is 0:
// by its jumbo payload option (RFC 2675), or else by the wire, since the
// kernel hands over what it has not cut yet in this way (BIG TCP).
func (p *Packet) ip6Unsized(b []byte, next uint8, off, end int) int {
	const jumbo, pad1 = 0xc2, 0
	if next == ProtoHopByHop && len(b) >= off+48 {
		options := off + 40 + (int(b[off+41])+1)*8
		for at := off + 42; at+1 < min(options, len(b)); {
			switch b[at] {
			case pad1:
				at++
				continue
			case jumbo:
				if b[at+1] != 4 || at+6 > min(options, len(b)) {
					p.Status |= Malformed
					return end - off
				}
				length := int(be32(b[at+2:]))
				if length <= 0xffff {
					p.Status |= Malformed
				}
				return 40 + length
			}
			at += 2 + int(b[at+1])
		}
	}
	p.Status |= TSO
	return end - off
}

// ip6Carried walks the extension headers, of which the first is next, and
// reads what is behind them. The number of the last one counts as the
// protocol only when the chain could be followed to its end.
func (p *Packet) ip6Carried(b []byte, next uint8, off, end int) {
	for range maxExtensions {
		shift, first := 3, 1 // the unit of the length byte, and how many it leaves out
		switch next {
		case ProtoHopByHop, ProtoRouting, ProtoDestOpts:
		case ProtoMobility, ProtoHIP, ProtoShim6: // before another header, or signalling of their own
			p.Status |= Stray
			if len(b) > off && b[off] == ProtoNoNext {
				p.setProto(next)
				p.transport(b, off, end)
				return
			}
		case ProtoAH:
			p.Status |= Stray
			shift, first = 2, 2
		case ProtoFragment:
			if len(b) < off+8 {
				p.short(off+8, end)
				return
			}
			later := p.ip6Fragment(b[off : off+8])
			next, off = b[off], off+8
			if !later {
				continue
			}
			p.setProto(next)
			p.transport(b, off, end)
			return
		default:
			p.setProto(next)
			p.transport(b, off, end)
			return
		}
		if len(b) < off+8 {
			p.short(off+8, end)
			return
		}
		at := off + max((int(b[off+1])+first)<<(shift&3), 8) // the mask spares a check of the shift
		if len(b) < at {
			p.short(at, end)
			return
		}
		next, off = b[off], at
	}
	p.Status |= Malformed
}

// ip6Fragment reads a fragment header and returns whether the packet is a
// later fragment. One that is the whole datagram (RFC 6946) is an ordinary
// packet, but not to the kernel's dissector.
func (p *Packet) ip6Fragment(h []byte) bool {
	v := be16(h[2:])
	p.FragID = be32(h[4:])
	p.Status |= Stray
	p.fragment(v>>3, v&1 != 0)
	return p.Status&NoPorts != 0
}
