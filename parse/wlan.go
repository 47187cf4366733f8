// Hot path: no allocation.

package parse

// radio skips the header that a wireless driver puts before each frame.
func (p *Packet) radio(t LinkType, b []byte, off, end int) {
	if len(b) < off+8 {
		p.short(off+8, end)
		return
	}
	if t == LinkRadiotap {
		p.wlan(b, off+int(le16(b[off+2:])), end, radiotapPadded(b[off:]))
		return
	}
	header := be32(b[off+4:])
	if be32(b[off:])>>12 != 0x80211 { // not AVS: Prism, whose length is in the driver's byte order
		header = min(header, le32(b[off+4:]))
	}
	if header < 8 || header > maxL3 {
		p.Status |= Malformed
		p.cut(b, end)
		return
	}
	p.wlan(b, off+int(header), end, false)
}

// radiotapPadded reports whether a radiotap header (www.radiotap.org) says
// that the 802.11 header is padded to four bytes.
func radiotapPadded(b []byte) bool {
	const (
		hasTSFT, hasFlags, hasMore = 1 << 0, 1 << 1, 1 << 31
		flagPadded                 = 0x20
	)
	present := le32(b[4:])
	if present&hasFlags == 0 {
		return false
	}
	at := 8
	for more := present; more&hasMore != 0; at += 4 {
		if len(b) < at+4 {
			return false
		}
		more = le32(b[at:])
	}
	if present&hasTSFT != 0 {
		at = (at+7)&^7 + 8
	}
	return len(b) > at && b[at]&flagPadded != 0
}

// wlan reads an IEEE 802.11 frame. Only whole data frames in clear are looked
// into; A-MSDUs are not. Padded tells that the header is padded to four bytes.
func (p *Packet) wlan(b []byte, off, end int, padded bool) {
	const (
		typeControl, typeData         = 1, 2
		toDS, fromDS, protected, ordr = 0x01, 0x02, 0x40, 0x80
		subtypeNoData, subtypeQoS     = 4, 8
	)
	if len(b) < off+10 {
		p.short(off+10, end)
		return
	}
	typ, subtype, flags := b[off]>>2&3, b[off]>>4, b[off+1]
	if typ == typeControl {
		p.notIP(b, EtherType80211, off, end)
		var src uint64
		if subtype != 12 && subtype != 13 && len(b) >= off+16 { // CTS and ACK name no sender
			src = be48(b[off+10:])
		}
		p.linkKey(src, be48(b[off+4:]))
		return
	}
	header := 24
	if flags&(toDS|fromDS) == toDS|fromDS {
		header = 30
	}
	if len(b) < off+header {
		p.short(off+header, end)
		return
	}
	src, dst := wlanAddrs(b[off:], flags)
	at, et := off+header, uint16(EtherType80211)
	if typ == typeData && subtype&subtypeNoData == 0 && flags&protected == 0 {
		whole := b[off+22]&0x0f == 0 // fragment number
		if subtype&subtypeQoS != 0 {
			if len(b) < at+2 {
				p.short(at+2, end)
				return
			}
			whole = whole && b[at]&0x80 == 0 // A-MSDU
			at += 2
			if flags&ordr != 0 {
				at += 4 // HT control
			}
		}
		if padded {
			at = off + (at-off+3)&^3
		}
		if whole {
			et = EtherTypeLLC
		}
	}
	if !p.network(b, et, at, end) {
		p.linkKey(src, dst)
	}
}

// wlanAddrs returns the source and the destination of a data or management
// frame, which the DS bits put into different places (IEEE 802.11, 9.3.2).
func wlanAddrs(b []byte, flags byte) (src, dst uint64) {
	switch flags & 3 {
	case 1: // to DS
		return be48(b[10:]), be48(b[16:])
	case 2: // from DS
		return be48(b[16:]), be48(b[4:])
	case 3:
		return be48(b[24:]), be48(b[16:])
	}
	return be48(b[10:]), be48(b[4:])
}
