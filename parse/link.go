// Hot path: no allocation.

package parse

const (
	// maxTags bounds the VLAN tags, label stacks and other layers between the
	// Ethernet header and the network layer.
	maxTags = 16
	// maxL3 is the highest offset at which a network header is read, so that no
	// offset behind it leaves 16 bits. Only false lengths in radio and capture
	// headers lead beyond.
	maxL3 = 1 << 14
)

// link reads the frame that starts at off as link type t. The captured bytes
// are b; on the wire the frame ends at end.
func (p *Packet) link(t LinkType, b []byte, off, end int) {
	switch t {
	case LinkEthernet:
		p.ethernet(b, off, end)
	case LinkRaw, LinkIPv4, LinkIPv6:
		p.rawIP(b, off, end)
	case LinkCooked:
		p.networkOrLink(b, p.Proto2, off, end)
	case LinkSLL:
		p.sll(b, off, end)
	case LinkSLL2:
		p.sll2(b, off, end)
	case LinkNull, LinkLoop:
		p.null(b, off, end)
	case LinkPPP, LinkPPPHDLC:
		p.pppLink(b, off, end)
	case LinkPPPPPPD, LinkPPPWithDir:
		p.pppLink(b, off+1, end)
	case LinkPPPEther:
		p.networkOrLink(b, EtherTypePPPoE, off, end)
	case LinkCHDLC, LinkJuniperCHDLC:
		p.etherTyped(b, off+2, off+4, end)
	case LinkCHDLCWithDir:
		p.etherTyped(b, off+3, off+5, end)
	case LinkFrameRelay:
		p.frameRelay(b, off, end)
	case LinkFRelayWithDir:
		p.frameRelay(b, off+1, end)
	case Link80211:
		p.wlan(b, off, end, false)
	default:
		p.otherLink(t, b, off, end)
	}
}

// otherLink is link for the types that are seldom met.
func (p *Packet) otherLink(t LinkType, b []byte, off, end int) {
	switch t {
	case LinkMPLS:
		p.networkOrLink(b, EtherTypeMPLS, off, end)
	case LinkRadiotap, LinkPrism, LinkAVS:
		p.radio(t, b, off, end)
	case LinkPPI:
		p.ppi(b, off, end)
	case LinkPKTAP, LinkUser2:
		p.pktap(t, b, off, end)
	case LinkNFLog:
		p.nflog(b, off, end)
	case LinkMFR:
		p.multilink(b, off, end)
	case LinkENC: // address family, SPI, flags: four bytes each (enc(4) of OpenBSD)
		p.rawIP(b, off+12, end)
	case LinkPFLog: // the first byte is the header's length, without its padding
		if len(b) <= off {
			p.short(off+1, end)
			return
		}
		p.rawIP(b, off+(int(b[off])+3)&^3, end)
	case LinkSLIP: // direction, compressed header of 15 bytes
		p.rawIP(b, off+16, end)
	case LinkIPOver1394: // two addresses of eight bytes, EtherType
		p.etherTyped(b, off+16, off+18, end)
	case LinkARCNETLinux:
		p.arcnet(b, off, end)
	case LinkFDDI:
		p.fddi(b, off, end)
	case LinkTokenRing:
		p.tokenRing(b, off, end)
	case LinkATMRFC1483:
		p.networkOrLink(b, EtherTypeLLC, off, end)
	case LinkATMCLIP, LinkSunATM:
		p.atm(t, b, off, end)
	case LinkJuniperEther, LinkJuniperPPP, LinkJuniperFRelay:
		p.juniper(t, b, off, end)
	case LinkDSAPrepend:
		p.ethernet(b, off+4, end)
	case LinkDSATagBRCM, LinkDSATagDSA:
		p.etherFrame(b, off, off+16, end)
	case LinkDSATagEDSA:
		p.etherFrame(b, off, off+20, end)
	default:
		p.cut(b, end)
	}
}

// cut notes that a frame which is not looked into was cut by the capture.
func (p *Packet) cut(b []byte, end int) {
	if len(b) < end {
		p.Status |= Truncated
	}
}

// ethernet reads an Ethernet frame.
func (p *Packet) ethernet(b []byte, off, end int) { p.etherFrame(b, off, off+12, end) }

// etherFrame reads an Ethernet frame whose type field is at typ: behind the
// addresses, unless a switch put its tag between.
func (p *Packet) etherFrame(b []byte, off, typ, end int) {
	if len(b) < typ+2 {
		p.short(typ+2, end)
		return
	}
	if !p.network(b, lengthOrType(be16(b[typ:])), typ+2, end) {
		p.linkKey(be48(b[off+6:]), be48(b[off:]))
	}
}

// etherTyped reads a frame without MAC addresses that has an EtherType at typ
// and its network layer at off.
func (p *Packet) etherTyped(b []byte, typ, off, end int) {
	if len(b) < typ+2 {
		p.short(typ+2, end)
		return
	}
	p.networkOrLink(b, be16(b[typ:]), off, end)
}

// networkOrLink is network for a link without addresses.
func (p *Packet) networkOrLink(b []byte, et uint16, off, end int) {
	if !p.network(b, et, off, end) {
		p.linkKey(0, 0)
	}
}

// linkKey sets the key of a frame that is not IP from its MAC addresses.
func (p *Packet) linkKey(src, dst uint64) {
	p.Family = FamilyLink
	p.Key.Family = FamilyLink
	p.Key.Proto = p.EtherType
	p.Swapped = p.Key.setLink(src, dst)
}

// rawIP reads an IP packet without a link header.
func (p *Packet) rawIP(b []byte, off, end int) {
	if len(b) <= off {
		p.short(off+1, end)
		return
	}
	switch b[off] >> 4 {
	case 4:
		p.network(b, EtherTypeIPv4, off, end)
	case 6:
		p.network(b, EtherTypeIPv6, off, end)
	default:
		p.Status |= Malformed
		p.cut(b, end)
	}
}

// What the readers of layers between link and network return in place of the
// next EtherType.
const (
	nothingInside uint16 = 0 // nothing to go into: the frame counts under the layer that was reached
	tooShort      uint16 = 1 // the layer is not all there; the status is set
)

// network walks from EtherType et at off through tags and labels to the
// network layer and reads that. It returns false when the frame is neither IP
// nor ARP nor too short to tell: then the caller sets the key from the link's
// addresses.
func (p *Packet) network(b []byte, et uint16, off, end int) bool {
	tagged := p.TagTPID != 0 || p.Status&Inner != 0
	for range maxTags {
		next, at := et, off
		switch et {
		case EtherTypeIPv4:
			return p.ip4(b, off, end)
		case EtherTypeIPv6:
			return p.ip6(b, off, end)
		case EtherTypeARP:
			return p.arp(b, off, end)
		case EtherTypeVLAN, EtherTypeQinQ, EtherTypeQinQ9100, EtherTypeQinQ9200:
			if len(b) < off+4 {
				p.short(off+4, end)
				next = tooShort
				break
			}
			if et >= EtherTypeQinQ9100 || p.Hint == HintOutgoing {
				p.Status |= Stray
			}
			if !tagged {
				p.VLAN, tagged = be16(b[off:])&0xfff, true
			}
			next, at = lengthOrType(be16(b[off+2:])), off+4
		case EtherTypeLLC:
			next, at = p.llc(b, off, end)
		case EtherTypeMPLS, EtherTypeMPLSMulti:
			next, at = p.mpls(b, off, end)
		case EtherTypePPPoE:
			next, at = p.pppoe(b, off, end)
		case EtherTypePPP:
			next, at = p.ppp(b, off, end)
		default:
			next, at = p.rareTag(b, et, off, end)
		}
		if next == tooShort {
			p.EtherType, p.Key.Proto = et, et
			return true
		}
		if next == nothingInside {
			break
		}
		et, off = next, at
	}
	return p.notIP(b, et, off, end)
}

// lengthOrType returns the EtherType of an Ethernet type field, which below
// 0x600 is the length of an 802.3 frame.
func lengthOrType(v uint16) uint16 {
	if v < etherTypeMin {
		return EtherTypeLLC
	}
	return v
}

// notIP notes a frame with nothing to read behind its EtherType. It returns
// false.
func (p *Packet) notIP(b []byte, et uint16, off, end int) bool {
	p.EtherType = et
	if off <= maxL3 {
		p.L3 = uint16(min(off, len(b)))
	}
	switch et {
	case EtherTypeBatman, EtherTypePRP, EtherTypeHSR, EtherTypeTIPC, EtherTypePPPoE:
		p.Status |= Stray
	}
	p.cut(b, end)
	return false
}

// unread notes that the IP or ARP header at off could not be read, since it
// is cut short of need or contradicts itself (need 0). It returns true.
func (p *Packet) unread(b []byte, et uint16, off, need, end int) bool {
	p.EtherType, p.Key.Proto = et, et
	if off <= maxL3 {
		p.L3 = uint16(min(off, len(b)))
	}
	if need > 0 {
		return p.short(need, end)
	}
	p.Status |= Malformed
	p.cut(b, end)
	return true
}

// be48 reads a MAC address as a number.
func be48(b []byte) uint64 { return uint64(be32(b))<<16 | uint64(be16(b[4:])) }
