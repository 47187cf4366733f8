package filter

import "sockeye/parse"

// What the kernel knows of a packet, as offsets of absolute loads: SKF_AD_OFF
// plus the offset of linux/filter.h.
const (
	ancillaryProtocol    = ancillary + 0
	ancillaryPacketType  = ancillary + 4
	ancillaryInterface   = ancillary + 8
	ancillaryVLANTag     = ancillary + 44
	ancillaryVLANPresent = ancillary + 48
)

// outgoing is PACKET_OUTGOING of linux/if_packet.h, also in cooked headers.
const outgoing = 4

// special generates a primitive with a grammar of its own, but for those of
// lengths and of addresses.
func (g *gen) special(s *special) (frag, error) {
	switch s.what {
	case specialInbound:
		return g.direction(s, false)
	case specialOutbound:
		return g.direction(s, true)
	case specialIfindex:
		return g.ifindex(s)
	case specialVLAN:
		return g.vlan(s)
	case specialMPLS:
		return g.mpls(s)
	case specialPPPoED:
		return g.etherType(parse.EtherTypePPPoEDisc), nil
	case specialPPPoES:
		return g.pppoes(s)
	case specialGeneve:
		return g.geneve(s)
	case specialVXLAN:
		return g.vxlan(s)
	case specialLLC:
		return g.llc(s)
	case specialWLANType, specialWLANSubtype:
		return g.wlanKind(s)
	case specialWLANDir:
		return g.wlanDir(s)
	case specialPFIfname, specialPFRuleset, specialPFRnr, specialPFSrnr, specialPFReason, specialPFAction:
		return g.pflog(s)
	case specialATM:
		return g.atm(s)
	case specialMTP:
		return g.mtp(s)
	}
	return frag{}, fault(s, "unknown kind of primitive")
}

// direction is "inbound" and "outbound".
func (g *gen) direction(s *special, out bool) (frag, error) {
	sent := func(f frag) (frag, error) { // f tells packets that were sent
		if !out {
			f = inverse(f)
		}
		return f, nil
	}
	value := func(off uint32, size int, received, transmitted uint32) (frag, error) {
		v := received
		if out {
			v = transmitted
		}
		return g.cmp(layerLink, off, size, v), nil
	}
	switch g.link {
	case parse.LinkSLL:
		return sent(g.cmp(layerLink, 0, 2, outgoing))
	case parse.LinkSLL2:
		return sent(g.cmp(layerLink, 10, 1, outgoing))
	case parse.LinkPPPWithDir, parse.LinkCHDLCWithDir, parse.LinkFRelayWithDir:
		return sent(inverse(g.cmp(layerPacket, 0, 1, 0)))
	case parse.LinkPPPPPPD, parse.LinkSLIP:
		return value(0, 1, 0, 1)
	case linkIPNet:
		return value(2, 2, 2, 1)
	case parse.LinkPFLog:
		return value(pflogDirection, 1, 1, 2)
	case parse.LinkDSATagBRCM, parse.LinkDSAPrepend:
		return g.brcmDirection(out), nil
	}
	if _, ok := juniperLayouts[g.link]; ok {
		return sent(g.maskedCmp(layerLink, 3, 1, 0, 1))
	}
	if g.o.Kernel {
		return sent(test([]insn{{codeLoadH, ancillaryPacketType}}, codeJumpEq, outgoing))
	}
	return frag{}, fault(s, "packets of link type %s do not say whether they were sent or received", g.link)
}

// brcmDirection tests the opcode in a Broadcom switch's tag: 0 for packets to the
// host, 1 for those from it.
func (g *gen) brcmDirection(out bool) frag {
	tag := uint32(12)
	if g.link == parse.LinkDSAPrepend {
		tag = 0
	}
	v := uint32(0)
	if out {
		v = 0x20
	}
	return g.maskedCmp(layerPacket, tag, 1, v, 0xe0)
}

// ifindex is "ifindex N".
func (g *gen) ifindex(s *special) (frag, error) {
	n := s.args[0].num
	switch {
	case g.link == parse.LinkSLL2:
		return g.cmp(layerLink, 4, 4, n), nil
	case g.o.Kernel:
		return test([]insn{{codeLoadW, ancillaryInterface}}, codeJumpEq, n), nil
	}
	return frag{}, fault(s, "packets of link type %s do not say which interface they passed", g.link)
}

// linkTypeIs tests the field that names the network layer for a value of 16 bits.
// The kernel knows it of packets without a link header, until that is in a VLAN
// tag in the packet.
func (g *gen) linkTypeIs(v uint32) frag {
	if g.link != parse.LinkCooked {
		return g.cmp(layerLinkType, 0, 2, v)
	}
	protocol := func() frag { return test([]insn{{codeLoadH, ancillaryProtocol}}, codeJumpEq, v) }
	const behindTCI = 2
	switch g.in.vlans {
	case 0:
		return protocol()
	case 1:
		inPlace := test([]insn{{codeLoadMem, g.slot(g.off.payload.vary)}}, codeJumpEq, 0)
		return choose(inPlace, protocol(), g.cmp(layerPacket, behindTCI, 2, v))
	}
	return g.cmp(layerNet, ^uint32(1), 2, v) // the last of the tags before the network layer
}
