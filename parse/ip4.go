// Hot path: no allocation.

package parse

// ip4 reads an IPv4 header (RFC 791) at off and what it carries. It returns
// true.
func (p *Packet) ip4(b []byte, off, end int) bool {
	if len(b) < off+20 {
		return p.unread(b, EtherTypeIPv4, off, off+20, end)
	}
	h := b[off : off+20 : off+20]
	header := int(h[0]&15) * 4
	if h[0]>>4 != 4 || header < 20 || off > maxL3 {
		return p.unread(b, EtherTypeIPv4, off, 0, end)
	}
	p.EtherType, p.L3 = EtherTypeIPv4, uint16(off)
	p.Family, p.Key.Family = FamilyIPv4, FamilyIPv4
	p.Proto, p.Key.Proto = h[9], uint16(h[9])
	p.Swapped = p.Key.set4(be32(h[12:]), be32(h[16:]), 0, 0)
	p.FragID = uint32(be16(h[4:]))

	length := int(be16(h[2:]))
	switch {
	case length == 0:
		p.Status |= TSO
		length = end - off
	case length > end-off && p.WireLen != 0:
		p.Status |= Malformed
		length = end - off
	}
	p.IPLen = uint32(length)
	if length < header {
		p.Status |= Malformed
		return true
	}
	end = off + length
	if end <= len(b) {
		b = b[:end]
	} else {
		p.Status |= Truncated
		if len(b) < off+header {
			if p.Proto == ProtoAH && be16(h[6:])&0x1fff == 0 {
				p.setProto(0) // the protocol behind it is cut off
			}
			return true
		}
	}
	frag := be16(h[6:])
	if frag&0x3fff != 0 {
		p.fragment(frag&0x1fff, frag&0x2000 != 0)
	}
	if p.Proto == ProtoAH && p.Status&NoPorts == 0 {
		p.authenticated(b, off+header, end)
	} else {
		p.transport(b, off+header, end)
	}
	return true
}

// authenticated reads what is behind one or more authentication headers in
// IPv4 (RFC 4302), whose length is in words and leaves out two.
func (p *Packet) authenticated(b []byte, off, end int) {
	p.Status |= Stray
	for range maxExtensions {
		if p.Proto != ProtoAH {
			p.transport(b, off, end)
			return
		}
		at := off + 12
		if len(b) >= at {
			at = max(at, off+(int(b[off+1])+2)*4)
		}
		if len(b) < at {
			p.setProto(0)
			p.short(at, end)
			return
		}
		p.setProto(b[off])
		off = at
	}
	p.Status |= Malformed
}

// fragment notes an IP fragment at offset/8.
func (p *Packet) fragment(offset uint16, more bool) {
	p.FragOff = offset
	switch {
	case offset > 0:
		p.Status |= Fragment | NoPorts | Stray
	case more:
		p.Status |= Fragment | FirstFrag | Stray
	}
	if more {
		p.Status |= MoreFrags
	}
}

func (p *Packet) setProto(proto uint8) {
	p.Proto, p.Key.Proto = proto, uint16(proto)
}
