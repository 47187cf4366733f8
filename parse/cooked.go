// Hot path: no allocation.

package parse

// Link layers without addresses of their own, or with one only: what kernels
// put before packets of any device.

// sll reads the Linux cooked header (LINKTYPE_LINUX_SLL). Its EtherType is a
// protocol of another kind on some devices, but those are small numbers.
func (p *Packet) sll(b []byte, off, end int) {
	if len(b) < off+16 {
		p.short(off+16, end)
		return
	}
	if !p.network(b, be16(b[off+14:]), off+16, end) {
		p.linkKey(sllAddr(b[off+6:], int(be16(b[off+4:]))), 0)
	}
}

// sll2 reads the second Linux cooked header (LINKTYPE_LINUX_SLL2).
func (p *Packet) sll2(b []byte, off, end int) {
	if len(b) < off+20 {
		p.short(off+20, end)
		return
	}
	if !p.network(b, be16(b[off:]), off+20, end) {
		p.linkKey(sllAddr(b[off+12:], int(b[off+11])), 0)
	}
}

// sllAddr returns the sender's address in a cooked header, if it is a MAC
// address.
func sllAddr(b []byte, length int) uint64 {
	if length != 6 {
		return 0
	}
	return be48(b)
}

// null reads the BSD loopback header: an address family, in the byte order of
// whoever captured (LINKTYPE_NULL) or of the network (LINKTYPE_LOOP). AF_INET
// is 2 everywhere; AF_INET6 is 10 in Linux, 24, 28 or 30 in the BSDs, 23 in
// Windows.
func (p *Packet) null(b []byte, off, end int) {
	if len(b) < off+4 {
		p.short(off+4, end)
		return
	}
	family := be32(b[off:])
	if family&0xffff == 0 {
		family = family>>24 | family>>8&0xff00
	}
	var et uint16
	switch {
	case family == 2:
		et = EtherTypeIPv4
	case family == 10, family == 23, family == 24, family == 28, family == 30:
		et = EtherTypeIPv6
	case family >= etherTypeMin && family <= 0xffff: // some systems write an EtherType
		et = uint16(family)
	}
	p.networkOrLink(b, et, off+4, end)
}

// pppLink reads a frame of a PPP link, which may hold Cisco HDLC instead
// (LINKTYPE_PPP_HDLC).
func (p *Packet) pppLink(b []byte, off, end int) {
	if len(b) < off+4 {
		p.short(off+4, end)
		return
	}
	if (b[off] == 0x0f || b[off] == 0x8f) && b[off+1] == 0 {
		p.etherTyped(b, off+2, off+4, end)
		return
	}
	if b[off] == 3 { // control without address: pppd's own header
		off++
	}
	p.networkOrLink(b, EtherTypePPP, off, end)
}

// ppi reads CACE's capture header, and goes on with the packet.
func (p *Packet) ppi(b []byte, off, end int) {
	if len(b) < off+12 {
		p.short(off+12, end)
		return
	}
	p.wrapped(le32(b[off+4:]), uint32(le16(b[off+2:])), b, off, end)
}

// wrapped reads what follows a capture header of some length that names the packet's
// link type.
func (p *Packet) wrapped(dlt, header uint32, b []byte, off, end int) {
	inner, ok := dltLink(dlt)
	if !ok || header > maxL3 {
		p.cut(b, end)
		return
	}
	p.link(inner, b, off+int(header), end)
}

// dltLink returns the link type of a DLT_ value within a capture header. ok is false
// where nothing can be made of it, and for such headers themselves.
func dltLink(dlt uint32) (l LinkType, ok bool) {
	switch l = LinkType(dlt); {
	case dlt == 12 || dlt == 14:
		return LinkRaw, true // DLT_RAW, which is LINKTYPE_RAW in files
	case dlt > 0xffff, l == LinkPPI, l == LinkPKTAP, l == LinkUser2, l == LinkCooked:
		return 0, false
	}
	return l, true
}

// nflog reads Linux's netfilter log messages: a header of four bytes that
// starts with an address family, then attributes whose length and type are in
// the byte order of whoever captured (LINKTYPE_NFLOG).
func (p *Packet) nflog(b []byte, off, end int) {
	const payload = 9 // NFULA_PAYLOAD of nfnetlink_log.h
	if len(b) < off+8 {
		p.short(off+8, end)
		return
	}
	big := le16(b[off+4:]) > be16(b[off+4:])
	at := off + 4
	for len(b) >= at+4 {
		n, kind := int(le16(b[at:])), le16(b[at+2:])
		if big {
			n, kind = int(be16(b[at:])), be16(b[at+2:])
		}
		if n < 4 {
			p.Status |= Malformed
			p.cut(b, end)
			return
		}
		if kind == payload {
			to := min(at+n, end)
			p.rawIP(b[:min(to, len(b))], at+4, to)
			return
		}
		at += (n + 3) &^ 3
	}
	p.cut(b, end)
}

func le16(b []byte) uint16 { return uint16(b[0]) | uint16(b[1])<<8 }
func le32(b []byte) uint32 { return uint32(le16(b)) | uint32(le16(b[2:]))<<16 }
