package filter

import (
	endian "encoding/binary"
	"slices"

	"sockeye/parse"
)

// EtherTypes (IEEE) and 802.2 SAPs that filters name and parse does not.
const (
	etherNS     = 0x0600 // Xerox NS
	etherMOPDL  = 0x6001
	etherMOPRC  = 0x6002
	etherDECnet = 0x6003
	etherLAT    = 0x6004
	etherSCA    = 0x6007
	etherRARP   = 0x8035
	etherATalk  = 0x809b
	etherAARP   = 0x80f3
	etherIPX    = 0x8137

	sapIP      = 0x06
	sapSTP     = 0x42
	sapSNAP    = 0xaa
	sapIPX     = 0xe0
	sapNetBEUI = 0xf0
	sapISO     = 0xfe

	maxSAP = 0xff // a SAP is a byte

	// maxLength is the highest value of an Ethernet type field that is a length
	// (IEEE 802.3); what etherType is asked for below is a SAP.
	maxLength = 1500
)

// etherType tests that the network layer is that EtherType, or for values up to
// maxLength that an 802.2 header has that SAP.
func (g *gen) etherType(t uint32) frag {
	if t > maxSAP && t <= maxLength && g.mayHaveLLC() {
		g.fail(g.here, "802.2 SAP %d is greater than the maximum of %d", t, maxSAP)
	}
	switch {
	case g.inMPLS():
		return g.mplsType(t)
	case isEthernet(g.link):
		if f, ok := g.laneData(); ok {
			return both(f, g.ethernetType(t))
		}
		return g.ethernetType(t)
	case isWLAN(g.link):
		return both(g.wlanData(), g.llcType(t))
	case isPPP(g.link):
		return g.pppType(t)
	}
	switch g.link {
	case parse.LinkFDDI, parse.LinkTokenRing, parse.LinkATMRFC1483, parse.LinkATMCLIP, linkIPOverFC:
		return g.llcType(t)
	case parse.LinkSunATM:
		return both(g.sunATM(sunATMLLC), g.llcType(t))
	case parse.LinkSLL:
		return g.sllType(t)
	case parse.LinkCooked:
		if g.o.Kernel {
			return g.sllType(t)
		}
		return g.ipVersion(t)
	case parse.LinkRaw, parse.LinkSLIP, linkSLIPBSDOS:
		return g.ipVersion(t)
	case parse.LinkIPv4:
		return g.known(t == parse.EtherTypeIPv4)
	case parse.LinkIPv6:
		return g.known(t == parse.EtherTypeIPv6)
	case linkLocalTalk:
		return g.known(t == etherATalk)
	case parse.LinkNull, parse.LinkLoop, parse.LinkENC:
		return g.loopbackType(t)
	}
	return g.rareType(t)
}

// rareType is etherType for link types that are seldom met.
func (g *gen) rareType(t uint32) frag {
	switch g.link {
	case parse.LinkCHDLC, parse.LinkCHDLCWithDir:
		if t == sapISO {
			t = sapISO<<8 | sapISO
		}
		return g.cmp(layerLinkType, 0, 2, t)
	case parse.LinkFrameRelay, parse.LinkFRelayWithDir:
		return g.frameRelayType(t)
	case parse.LinkPFLog:
		return g.pflogType(t)
	case linkARCNETBSD, parse.LinkARCNETLinux:
		return g.arcnetType(t)
	case linkIPNet:
		switch t {
		case parse.EtherTypeIPv4:
			return g.cmp(layerLinkType, 0, 1, 2)
		case parse.EtherTypeIPv6:
			return g.cmp(layerLinkType, 0, 1, 26)
		}
		return g.never()
	}
	if l, ok := juniperLayouts[g.link]; ok && l != noPayload {
		return g.maskedCmp(layerLink, 0, 4, juniperMagic, 0xffffff00)
	}
	if g.off.linkType.base == notSet {
		g.fail(g.here, "protocols and addresses cannot be told in packets of link type %s", g.link)
		return g.never()
	}
	return g.cmp(layerLinkType, 0, 2, t)
}

// known is a condition that is known now.
func (g *gen) known(holds bool) frag {
	if holds {
		return g.always()
	}
	return g.never()
}

// ethernetType is etherType for Ethernet's type field, which may be a length.
func (g *gen) ethernetType(t uint32) frag {
	isLength := func() frag { return inverse(g.jump(layerLinkType, 0, 2, codeJumpGt, maxLength)) }
	isType := func() frag { return g.cmp(layerLinkType, 0, 2, t) }
	switch t {
	case sapISO, sapIP, sapNetBEUI: // these use 802.2 always
		return both(isLength(), g.cmp(layerPayload, 0, 2, t<<8|t))
	case sapIPX: // all of Novell's four frame types: Ethernet II, SNAP, 802.2, "raw" 802.3
		t = etherIPX
		return either(isType(), both(isLength(), anyOf(
			g.snap(0, etherIPX), g.cmp(layerPayload, 0, 1, sapIPX), g.cmp(layerPayload, 0, 2, 0xffff))))
	case etherATalk, etherAARP: // EtherTalk phase 1 has the EtherType, phase 2 has SNAP
		return either(isType(), both(isLength(), g.talkSNAP(t)))
	}
	if t <= maxLength {
		return both(isLength(), g.cmp(layerLinkType, 2, 1, t))
	}
	return isType()
}

// sllType is etherType for Linux's cooked header or, where the kernel tells it,
// for the protocol of a packet without a link header. Values below 0x600 are not
// lengths there but kinds of frames, linux/if_ether.h.
func (g *gen) sllType(t uint32) frag {
	const (
		frame8023 = 1 // ETH_P_802_3: Novell's "raw" frames
		frame8022 = 4 // ETH_P_802_2
	)
	switch t {
	case sapISO, sapIP, sapNetBEUI:
		return both(g.linkTypeIs(frame8022), g.cmp(layerPayload, 0, 2, t<<8|t))
	case sapIPX:
		return anyOf(g.linkTypeIs(etherIPX), g.linkTypeIs(frame8023), both(g.linkTypeIs(frame8022),
			either(g.cmp(layerPayload, 0, 1, sapIPX), g.snap(0, etherIPX))))
	case etherATalk, etherAARP:
		return either(g.linkTypeIs(t), both(g.linkTypeIs(frame8022), g.talkSNAP(t)))
	}
	if t <= maxLength {
		return both(g.linkTypeIs(frame8022), g.cmp(layerPayload, 0, 1, t))
	}
	return g.linkTypeIs(t)
}

// llcType is etherType for links on which every packet has an 802.2 header. For
// EtherTypes only the place in the SNAP header is looked at, as libpcap does.
func (g *gen) llcType(t uint32) frag {
	switch t {
	case sapISO, sapIP, sapNetBEUI:
		return g.cmp(layerPayload, 0, 2, t<<8|t)
	case etherATalk:
		return g.talkSNAP(t)
	}
	if t <= maxLength {
		return g.cmp(layerPayload, 0, 1, t)
	}
	return g.cmp(layerPayload, 6, 2, t)
}

// snap tests an 802.2 header with SNAP.
func (g *gen) snap(oui, t uint32) frag {
	return g.bytesCmp(layerPayload, 0, []byte{
		sapSNAP, sapSNAP, 3, byte(oui >> 16), byte(oui >> 8), byte(oui), byte(t >> 8), byte(t)})
}

// talkSNAP tests the SNAP header of AppleTalk, which has Apple's OUI, or of its
// ARP, which has none.
func (g *gen) talkSNAP(t uint32) frag {
	if t == etherATalk {
		return g.snap(0x080007, t)
	}
	return g.snap(0, t)
}

// ipVersion is etherType for packets without a link header. As in libpcap it is
// the first byte that must have the version, also where a pseudo header (SLIP)
// takes its place.
func (g *gen) ipVersion(t uint32) frag {
	switch t {
	case parse.EtherTypeIPv4:
		return g.maskedCmp(layerLink, 0, 1, 0x40, 0xf0)
	case parse.EtherTypeIPv6:
		return g.maskedCmp(layerLink, 0, 1, 0x60, 0xf0)
	}
	return g.never()
}

// The numbers of AF_INET6 in the BSDs; AF_INET is 2 everywhere.
var inet6BSD = [...]uint32{30, 24, 28} // macOS; NetBSD and OpenBSD; FreeBSD

const inetBSD = 2

// familyType is etherType for a field with the BSDs' address families.
func (g *gen) familyType(t uint32, is func(family uint32) frag) frag {
	switch t {
	case parse.EtherTypeIPv4:
		return is(inetBSD)
	case parse.EtherTypeIPv6:
		return anyOf(is(inet6BSD[0]), is(inet6BSD[1]), is(inet6BSD[2]))
	}
	return g.never()
}

// loopbackType is etherType for an address family in four bytes: in the order of
// whoever captured, but for OpenBSD's loopback.
func (g *gen) loopbackType(t uint32) frag {
	return g.familyType(t, func(v uint32) frag {
		var b [4]byte
		endian.NativeEndian.PutUint32(b[:], v)
		if g.o.Swapped {
			slices.Reverse(b[:])
		}
		if g.link == parse.LinkLoop {
			endian.BigEndian.PutUint32(b[:], v)
		}
		return g.bytesCmp(layerLink, 0, b[:])
	})
}

// frameRelayType is etherType for frames with a Q.922 address of two bytes and
// an NLPID behind the control byte of unnumbered information (RFC 2427).
func (g *gen) frameRelayType(t uint32) frag {
	nlpid := func(v uint32) frag { return g.cmp(layerLink, 2, 2, 3<<8|v) }
	switch t {
	case parse.EtherTypeIPv4:
		return nlpid(0xcc)
	case parse.EtherTypeIPv6:
		return nlpid(0x8e)
	case sapISO:
		return anyOf(nlpid(isoCLNP), nlpid(isoESIS), nlpid(isoISIS))
	}
	return g.never()
}

// arcnetTypes are ARCNET's one-byte types (RFC 1201). Frames of the older types 240
// and 241 (RFC 1051) have another header, in which filters know no offsets.
var arcnetTypes = map[uint32]uint32{
	parse.EtherTypeIPv4: 212,
	parse.EtherTypeARP:  213,
	parse.EtherTypeIPv6: 196,
	etherRARP:           214,
	etherATalk:          221,
}

// arcnetType is etherType for ARCNET.
func (g *gen) arcnetType(t uint32) frag {
	if v, ok := arcnetTypes[t]; ok {
		return g.cmp(layerLinkType, 0, 1, v)
	}
	return g.never()
}

// pppMPLS is PPP's number of MPLS unicast, RFC 3032 section 4.3.
const pppMPLS = 0x0281

// pppTypes are the PPP protocol numbers (IANA) of EtherTypes and SAPs.
var pppTypes = map[uint32]uint32{
	parse.EtherTypeIPv4: 0x0021,
	parse.EtherTypeIPv6: 0x0057,
	sapISO:              0x0023,
	etherNS:             0x0025,
	etherDECnet:         0x0027,
	etherATalk:          0x0029,
	sapIPX:              0x002b,
	sapSTP:              0x0031, // bridging PDUs
}

// pppType is etherType for PPP. Numbers that are no known EtherType are taken for
// PPP's own.
func (g *gen) pppType(t uint32) frag {
	const vjCompressed, vjUncompressed = 0x2d, 0x2f // RFC 1144
	v, ok := pppTypes[t]
	if !ok {
		v = t
	}
	f := g.cmp(layerLinkType, 0, 2, v)
	if g.link == linkPPPBSDOS && t == parse.EtherTypeIPv4 {
		f = anyOf(f, g.cmp(layerLinkType, 0, 2, vjCompressed), g.cmp(layerLinkType, 0, 2, vjUncompressed))
	}
	return f
}
