package filter

import "sockeye/parse"

// Words for the messages about primitives. What libpcap refuses is refused.
const (
	wordHost = "host"
	wordNet  = "net"
)

// primitive generates a set of qualifiers with its identifier.
func (g *gen) primitive(n *primitive) (frag, error) {
	if n.id.form == formNone {
		return g.abbreviation(n)
	}
	if n.q.proto == protoDECnet && n.q.kind != kindNone && n.q.kind != kindHost {
		return frag{}, fault(n, "decnet has hosts only: decnet host AREA.NODE")
	}
	switch n.q.kind {
	case kindNone, kindHost:
		return g.host(n)
	case kindNet:
		return g.net(n)
	case kindPort, kindPortRange:
		return g.ports(n)
	case kindProto:
		return g.ofProto(n)
	case kindProtoChain:
		return g.ofChain(n)
	case kindGateway:
		return g.gateway(n)
	}
	return frag{}, fault(n, "unknown kind of primitive")
}

// withDirection combines the tests of a packet's two ends. Only those that the
// direction asks for are generated, the source's first.
func (g *gen) withDirection(n *primitive, src, dst func() frag) (frag, error) {
	switch n.q.dir {
	case dirNone, dirSrcOrDst:
		return either(src(), dst()), nil
	case dirSrcAndDst:
		return both(src(), dst()), nil
	case dirSrc:
		return src(), nil
	case dirDst:
		return dst(), nil
	}
	return frag{}, fault(n, "%s is for the MAC addresses of 802.11", n.q.dir)
}

// special generates a primitive that has a grammar of its own.
func (g *gen) special(n *special) (frag, error) {
	switch n.what {
	case specialLess:
		return inverse(test([]insn{{op: codeLoadLen}}, codeJumpGt, n.args[0].num)), nil
	case specialGreater:
		return test([]insn{{op: codeLoadLen}}, codeJumpGe, n.args[0].num), nil
	case specialByte:
		return g.byteTest(n)
	case specialBroadcast:
		return g.broadcast(n)
	case specialMulticast:
		return g.multicast(n)
	case specialInbound, specialOutbound:
		return g.direction(n)
	case specialIfindex:
		return g.ifindex(n)
	case specialVLAN:
		return g.vlan(n)
	case specialMPLS:
		return g.mpls(n)
	case specialPPPoED:
		return g.etherType(parse.EtherTypePPPoEDisc), nil
	case specialPPPoES:
		return g.pppoes(n)
	case specialGeneve:
		return g.geneve(n)
	case specialVXLAN:
		return g.vxlan(n)
	case specialLLC:
		return g.llc(n)
	case specialWLANType, specialWLANSubtype:
		return g.wlanKind(n)
	case specialWLANDir:
		return g.wlanDir(n)
	case specialPFIfname, specialPFRuleset, specialPFRnr, specialPFSrnr, specialPFReason, specialPFAction:
		return g.pflog(n)
	case specialATM:
		return g.atm(n)
	case specialMTP:
		return g.mtp(n)
	}
	return frag{}, fault(n, "unknown kind of primitive")
}

// byteTest is "byte offset operator value", counted from the link-layer header.
func (g *gen) byteTest(n *special) (frag, error) {
	off, v := n.args[0].num, n.args[2].num
	if v > 0xff {
		return frag{}, fault(n.args[2], "a byte is at most 255, not %d", v)
	}
	switch n.args[1].text {
	case "<":
		return inverse(g.jump(layerLink, off, 1, codeJumpGe, v)), nil
	case ">":
		return g.jump(layerLink, off, 1, codeJumpGt, v), nil
	case "&":
		return g.jump(layerLink, off, 1, codeJumpSet, v), nil
	case "|":
		body := append(g.load(layerLink, off, 1), insn{codeOr, v})
		return inverse(test(body, codeJumpEq, 0)), nil
	}
	return g.cmp(layerLink, off, 1, v), nil
}

// broadcast tests the destination. Where no network mask is known, IPv4's are
// 0.0.0.0 and 255.255.255.255, as for tcpdump -r.
func (g *gen) broadcast(n *special) (frag, error) {
	switch n.proto {
	case protoNone, protoLink:
		return g.linkBroadcast(n)
	case protoIP:
		host := ^g.o.Netmask
		return both(g.etherType(parse.EtherTypeIPv4), either(
			g.maskedCmp(layerNet, ip4Dst, 4, 0, host),
			g.maskedCmp(layerNet, ip4Dst, 4, host, host))), nil
	}
	return frag{}, fault(n, "%s has no broadcast: only ether and ip have", n.proto)
}

// multicast tests the destination.
func (g *gen) multicast(n *special) (frag, error) {
	switch n.proto {
	case protoNone, protoLink:
		return g.linkMulticast(n)
	case protoIP: // 224.0.0.0/4
		return both(g.etherType(parse.EtherTypeIPv4), g.maskedCmp(layerNet, ip4Dst, 1, 0xe0, 0xf0)), nil
	case protoIPv6: // ff00::/8
		return both(g.etherType(parse.EtherTypeIPv6), g.cmp(layerNet, ip6Dst, 1, 0xff)), nil
	}
	return frag{}, fault(n, "%s has no multicast: only ether, ip and ip6 have", n.proto)
}
