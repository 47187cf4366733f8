package filter

import "sockeye/parse"

// Headers of the tunnels behind UDP.
const (
	udpHeader = 8

	genevePort    = 6081 // RFC 8926
	geneveVersion = 0xc0 // first byte
	geneveLength  = 0x3f // first byte: of the options, in words
	geneveHeader  = 8    // without options

	vxlanPort   = 4789 // RFC 7348
	vxlanHasVNI = 0x08 // first byte
	vxlanHeader = 8

	vniAt    = 4 // network identifier, in both
	vniShift = 8
	vniMax   = 0xffffff
)

// tunnel tests for a UDP packet to port over IPv4 or IPv6 that holds tests, which
// count from the UDP header, and stores in word where UDP's payload starts.
func (g *gen) tunnel(port uint32, to *word, holds func(udp layer) frag) frag {
	slot := g.slot(to)
	base4, index4 := g.index(layerTransport4)
	store4 := append(index4, insn{op: codeTXA}, insn{codeAdd, base4 + udpHeader}, insn{codeStoreA, slot})
	base6, index6 := g.index(layerTransport6)
	store6 := []insn{{codeLoadImm, base6 + udpHeader}, {codeStoreA, slot}}
	if len(index6) > 0 {
		store6 = append(index6, insn{op: codeTXA}, insn{codeAdd, base6 + udpHeader}, insn{codeStoreA, slot})
	}
	ip4 := all(g.ip4Proto(parse.ProtoUDP), g.firstFragment(),
		g.cmp(layerTransport4, portDst, 2, port), holds(layerTransport4), step(store4...))
	ip6 := all(g.etherType(parse.EtherTypeIPv6), g.cmp(layerNet, ip6Next, 1, parse.ProtoUDP),
		g.cmp(layerTransport6, portDst, 2, port), holds(layerTransport6), step(store6...))
	return either(ip4, ip6)
}

// vni tests the network identifier behind a tunnel's primitive.
func (g *gen) vni(f frag, udp layer, n uint32, given bool) frag {
	if !given {
		return f
	}
	return both(f, g.maskedCmp(udp, udpHeader+vniAt, 4, n<<vniShift, vniMax<<vniShift))
}

// vxlan is "vxlan" and "vxlan N".
func (g *gen) vxlan(s *special) (frag, error) {
	n, given, err := tag(s, vniMax, "VXLAN network")
	if err != nil {
		return frag{}, err
	}
	inner := g.newWord()
	f := g.tunnel(vxlanPort, inner, func(udp layer) frag {
		return g.vni(g.cmp(udp, udpHeader, 1, vxlanHasVNI), udp, n, given)
	})
	g.enter(origin{vxlanHeader, inner}, origin{vxlanHeader + 12, inner}, origin{vxlanHeader + 14, inner})
	g.off.netNoSNAP, g.in.geneve = 3, false
	return f, nil
}

// geneve is "geneve" and "geneve N".
func (g *gen) geneve(s *special) (frag, error) {
	n, given, err := tag(s, vniMax, "Geneve network")
	if err != nil {
		return frag{}, err
	}
	header := g.newWord()
	f := g.tunnel(genevePort, header, func(udp layer) frag {
		return g.vni(g.maskedCmp(udp, udpHeader, 1, 0, geneveVersion), udp, n, given)
	})
	return both(f, g.geneveOffsets(header)), nil
}

// geneveOffsets works out where the layers in a Geneve tunnel are, whose header
// starts where a word says. The type field is Geneve's own or, if that announces
// an Ethernet frame, the one of the frame. The word becomes the end of the header.
func (g *gen) geneveOffsets(header *word) frag {
	linkType, payload := g.newWord(), g.newWord()
	link, typ, net := g.slot(header), g.slot(linkType), g.slot(payload)
	plain := step(
		insn{codeIndexMem, link}, insn{op: codeTXA}, insn{codeAdd, 2}, insn{codeStoreA, typ},
		insn{codeLoadXB, 0}, insn{codeAnd, geneveLength}, insn{codeMul, 4}, insn{codeAdd, geneveHeader},
		insn{op: codeAdd | codeSrcX}, insn{codeStoreA, link}, insn{codeStoreA, net})
	isFrame := test([]insn{{codeIndexMem, typ}, {op: codeLoadXH}}, codeJumpEq, parse.EtherTypeTEB)
	frame := step(insn{codeLoadMem, link}, insn{codeAdd, 12}, insn{codeStoreA, typ},
		insn{codeAdd, 2}, insn{codeStoreA, net})
	g.enter(origin{vary: header}, origin{vary: linkType}, origin{vary: payload})
	g.in.geneve = true
	return both(plain, when(isFrame, frame))
}

// enter makes what a tunnel carries the packet for the primitives that follow.
// It is Ethernet for them, also if there is only a type: etherType and the layers
// above do without the addresses.
func (g *gen) enter(link, linkType, payload origin) {
	g.push(parse.LinkEthernet, link)
	g.off.linkType, g.off.payload = linkType, payload
	g.off.net = 0
	g.in.labels = 0
}
