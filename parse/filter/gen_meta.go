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

// direction is "inbound" and "outbound".
func (g *gen) direction(s *special) (frag, error) {
	out := s.what == specialOutbound
	sent := func(f frag) frag { // f tells packets that were sent
		if out {
			return f
		}
		return inverse(f)
	}
	value := func(received, transmitted uint32) uint32 {
		if out {
			return transmitted
		}
		return received
	}
	switch g.link {
	case parse.LinkSLL:
		return sent(g.cmp(layerLink, 0, 2, outgoing)), nil
	case parse.LinkSLL2:
		return sent(g.cmp(layerLink, 10, 1, outgoing)), nil
	case parse.LinkPPPWithDir, parse.LinkCHDLCWithDir, parse.LinkFRelayWithDir:
		return sent(inverse(g.cmp(layerPacket, 0, 1, 0))), nil
	case parse.LinkPPPPPPD, parse.LinkSLIP:
		return g.cmp(layerLink, 0, 1, value(0, 1)), nil
	case linkIPNet:
		return g.cmp(layerLink, 2, 2, value(2, 1)), nil
	case parse.LinkPFLog:
		return g.cmp(layerLink, pflogDirection, 1, value(1, 2)), nil
	case parse.LinkDSATagBRCM: // the opcode in a Broadcom switch's tag: 0 to the host, 1 from it
		return g.maskedCmp(layerPacket, 12, 1, value(0, 1<<5), 0xe0), nil
	case parse.LinkDSAPrepend:
		return g.maskedCmp(layerPacket, 0, 1, value(0, 1<<5), 0xe0), nil
	}
	if _, ok := juniperLayouts[g.link]; ok {
		return sent(g.maskedCmp(layerLink, 3, 1, 0, 1)), nil
	}
	if g.o.Kernel {
		return sent(test([]insn{{codeLoadH, ancillaryPacketType}}, codeJumpEq, outgoing)), nil
	}
	return frag{}, fault(s, "packets of link type %s do not say whether they were sent or received", g.link)
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
