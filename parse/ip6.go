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
	if length > end-off {
		if p.WireLen == 0 {
			end = off + length
		} else {
			p.Status |= Malformed
			length = end - off
		}
	}
	p.IPLen = uint32(length)
	end = off + length
	if end <= len(b) {
		b = b[:end]
	} else {
		p.Status |= Truncated
	}
	p.ip6Carried(b, h[6], off+40, end)
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
		var after uint8
		at := 0
		switch next {
		case ProtoHopByHop, ProtoRouting, ProtoDestOpts:
			after, at = p.extension(b, off, end, 8, 1)
		case ProtoFragment:
			after, at = p.ip6Fragment(b, off, end)
			if p.Status&NoPorts != 0 {
				p.setProto(after)
				p.transport(b, at, end)
				return
			}
		case ProtoAH:
			p.Status |= Stray
			after, at = p.extension(b, off, end, 4, 2)
		case ProtoMobility, ProtoHIP, ProtoShim6: // signalling of their own, or before another header
			p.Status |= Stray
			after, at = p.extension(b, off, end, 8, 1)
			if at != 0 && after == ProtoNoNext {
				p.setProto(next)
				p.transport(b, off, end)
				return
			}
		default:
			p.setProto(next)
			p.transport(b, off, end)
			return
		}
		if at == 0 {
			return
		}
		next, off = after, at
	}
	p.Status |= Malformed
}

// extension returns the next header and the end of an extension header whose
// length byte counts units, of which it leaves out the first ones. The end is
// 0 when the header is not all there.
func (p *Packet) extension(b []byte, off, end, unit, first int) (next uint8, at int) {
	if len(b) < off+2 {
		p.short(off+2, end)
		return 0, 0
	}
	at = off + (int(b[off+1])+first)*unit
	if len(b) < at {
		p.short(at, end)
		return 0, 0
	}
	return b[off], at
}

// ip6Fragment reads a fragment header. A fragment that is the whole datagram
// (RFC 6946) is an ordinary packet, but not to the kernel's dissector.
func (p *Packet) ip6Fragment(b []byte, off, end int) (next uint8, at int) {
	if len(b) < off+8 {
		p.short(off+8, end)
		return 0, 0
	}
	v := be16(b[off+2:])
	p.FragID = be32(b[off+4:])
	p.Status |= Stray
	p.fragment(v>>3, v&1 != 0)
	return b[off], off + 8
}
