package filter

import "sockeye/parse"

// encap is what the primitives that go into a layer leave for those after them.
type encap struct {
	outer   offsets // of the packet itself
	labels  int     // MPLS labels gone into
	atLabel bool    // the first label is there without "mpls": LinkMPLS
	vlans   int     // "vlan" met
	geneve  bool    // in a Geneve tunnel, which may carry no Ethernet header
	late    []*word // words set in the midst of the program
}

// newWord takes a scratch word that the midst of the program sets.
func (g *gen) newWord() *word {
	w := new(word)
	g.slot(w)
	g.in.late = append(g.in.late, w)
	return w
}

// inMPLS reports whether the network layer is behind a label stack.
func (g *gen) inMPLS() bool { return g.in.labels > 0 }

// push makes the layer at o a link layer of its own.
func (g *gen) push(t parse.LinkType, o origin) {
	g.prevLinkType, g.off.prevLink = g.link, g.off.link
	g.link, g.off.link = t, o
}

// tag returns the number behind a primitive, if there is one.
func tag(s *special, highest uint32, what string) (n uint32, given bool, err error) {
	if len(s.args) == 0 {
		return 0, false, nil
	}
	if n = s.args[0].num; n > highest {
		return 0, true, fault(s.args[0], "%s %d is greater than the maximum of %d", what, n, highest)
	}
	return n, true, nil
}

// vlanID are the bits of a VLAN tag that are its identifier, IEEE 802.1Q.
const vlanID = 0xfff

// vlan is "vlan" and "vlan N".
func (g *gen) vlan(s *special) (frag, error) {
	if g.inMPLS() {
		return frag{}, fault(s, "VLAN tags cannot be tested behind MPLS labels")
	}
	id, given, err := tag(s, vlanID, "VLAN")
	if err != nil {
		return frag{}, err
	}
	has := func(body []insn) frag {
		if !given {
			return test(body, codeJumpEq, 0)
		}
		return test(append(body, insn{codeAnd, vlanID}), codeJumpEq, id)
	}
	cooked := g.link == parse.LinkCooked && g.o.Kernel
	if !cooked && !isEthernet(g.link) && (!isWLAN(g.link) || g.link == parse.LinkPPI) {
		return frag{}, g.lacks(s, "VLAN tags")
	}
	inPacket := g.vlanTPID()
	if given {
		inPacket = both(inPacket, has(g.load(layerNet, 0, 2)))
	}
	g.in.vlans++
	if g.o.Kernel && g.in.vlans == 1 && (cooked || g.link == parse.LinkEthernet) && g.off.link == g.in.outer.link {
		return g.vlanLive(inPacket, given, has), nil
	}
	g.off.payload.base += 4
	g.off.linkType.base += 4
	return inPacket, nil
}

// vlanTPID tests for the EtherTypes of a VLAN tag in the packet.
func (g *gen) vlanTPID() frag {
	return anyOf(g.etherType(parse.EtherTypeVLAN), g.etherType(parse.EtherTypeQinQ), g.etherType(parse.EtherTypeQinQ9100))
}

// vlanLive is vlan for the outermost tag of a live packet. Mostly the kernel has
// taken it out of the packet; if not, what follows moves by four bytes. As in
// files it moves also where there is no tag.
func (g *gen) vlanLive(inPacket frag, given bool, has func([]insn) frag) frag {
	taken := g.always()
	if given {
		taken = has([]insn{{codeLoadH, ancillaryVLANTag}})
	}
	moved := g.newWord()
	g.off.payload.vary, g.off.linkType.vary = moved, moved
	move := step(insn{codeLoadImm, 4}, insn{codeStoreA, g.slot(moved)})
	isTaken := test([]insn{{codeLoadB, ancillaryVLANPresent}}, codeJumpEq, 1)
	return choose(isTaken, taken, both(move, inPacket))
}

// mpls is "mpls" and "mpls N". Nothing names what is behind a label but the bit
// that ends the stack (RFC 3032).
func (g *gen) mpls(s *special) (frag, error) {
	const labelShift, labelMask = 12, 0xfffff000
	n, given, err := tag(s, labelMask>>labelShift, "MPLS label")
	if err != nil {
		return frag{}, err
	}
	var f frag
	label := uint32(0) // from the network layer before it moves
	switch {
	case g.in.atLabel:
		f, label = g.always(), ^uint32(3)
	case g.inMPLS():
		f = inverse(g.lastLabel())
	case g.link == parse.LinkPPP, g.link == parse.LinkPPPWithDir:
		f = g.etherType(pppMPLS)
	case isEthernet(g.link), g.link == parse.LinkCHDLC, g.link == parse.LinkCHDLCWithDir:
		f = g.etherType(parse.EtherTypeMPLS)
	default:
		return frag{}, g.lacks(s, "MPLS labels")
	}
	if given {
		f = both(f, g.maskedCmp(layerNet, label, 4, n<<labelShift, labelMask))
	}
	if g.in.atLabel {
		g.in.atLabel = false
		return f, nil
	}
	g.off.net += 4
	g.off.netNoSNAP += 4
	g.in.labels++
	return f, nil
}

// lastLabel tests that the label before the network layer ends the stack.
func (g *gen) lastLabel() frag {
	const bottom = 0x01
	return g.jump(layerNet, ^uint32(1), 1, codeJumpSet, bottom)
}

// mplsType is etherType behind a label stack: the version of IP.
func (g *gen) mplsType(t uint32) frag {
	switch t {
	case parse.EtherTypeIPv4:
		return both(g.lastLabel(), g.maskedCmp(layerNet, 0, 1, 0x40, 0xf0))
	case parse.EtherTypeIPv6:
		return both(g.lastLabel(), g.maskedCmp(layerNet, 0, 1, 0x60, 0xf0))
	}
	g.fail(g.here, "behind MPLS labels only ip and ip6 can be told apart")
	return g.never()
}

// pppoes is "pppoes" and "pppoes N", RFC 2516.
func (g *gen) pppoes(s *special) (frag, error) {
	const header = 6
	id, given, err := tag(s, 0xffff, "PPPoE session")
	if err != nil {
		return frag{}, err
	}
	f := g.etherType(parse.EtherTypePPPoE)
	if given {
		f = both(f, g.maskedCmp(layerNet, 0, 4, id, 0xffff))
	}
	ppp := g.off.payload.plus(g.off.net + header)
	g.push(parse.LinkPPP, ppp)
	g.off.linkType, g.off.payload = ppp, ppp.plus(2)
	g.off.net, g.off.netNoSNAP = 0, 0
	return f, nil
}
