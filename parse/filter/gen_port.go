package filter

import (
	"strings"

	"sockeye/parse"
)

// Offsets in the IPv4 and IPv6 headers and in those of TCP, UDP and SCTP.
const (
	ip4Fragment = 6
	ip4Protocol = 9
	ip6Next     = 6
	portSrc     = 0
	portDst     = 2
)

// ports generates "port id" and "portrange id".
func (g *gen) ports(n *primitive) (frag, error) {
	switch n.q.proto {
	case protoNone, protoTCP, protoUDP, protoSCTP:
	default:
		return frag{}, fault(n, "%s has no ports: only tcp, udp and sctp have", n.q.proto)
	}
	low, high, p, err := portsOf(n)
	if err != nil {
		return frag{}, err
	}
	if n.q.proto != protoNone {
		if p != protoNone && p != n.q.proto {
			return frag{}, fault(n.id, "port %s is one of %s, not of %s", quote(n.id.text), p, n.q.proto)
		}
		p = n.q.proto
	}
	over6, err := g.portsOver(n, layerTransport6, low, high, p)
	if err != nil {
		return frag{}, err
	}
	over4, err := g.portsOver(n, layerTransport4, low, high, p)
	if err != nil {
		return frag{}, err
	}
	return either(
		both(g.etherType(parse.EtherTypeIPv6), over6),
		both(g.etherType(parse.EtherTypeIPv4), over4)), nil
}

// portProtos are the transport protocols with ports, in the order that they are
// tested in.
var portProtos = []proto{protoSCTP, protoTCP, protoUDP}

// portsOver tests the transport protocol and the ports behind one IP version's
// header, without a protocol those of all that have ports. Each protocol gets
// tests of its own, since another part of the filter may know which it is; where
// none does, the optimiser makes one of them.
func (g *gen) portsOver(n *primitive, from layer, low, high uint32, p proto) (frag, error) {
	protos := portProtos
	if p != protoNone {
		protos = []proto{p}
	}
	var found frag
	for _, p := range protos {
		var is frag
		if number := ipProtocols[p].number; from == layerTransport6 {
			is = g.cmp(layerNet, ip6Next, 1, number)
		} else {
			is = both(g.cmp(layerNet, ip4Protocol, 1, number), g.firstFragment())
		}
		ports, err := g.portsAt(n, from, low, high)
		if err != nil {
			return frag{}, err
		}
		found = orElse(found, both(is, ports))
	}
	return found, nil
}

// firstFragment tests that an IPv4 packet has a transport header.
func (g *gen) firstFragment() frag {
	return inverse(g.jump(layerNet, ip4Fragment, 2, codeJumpSet, 0x1fff))
}

// portsAt tests the ports of a transport header.
func (g *gen) portsAt(n *primitive, from layer, low, high uint32) (frag, error) {
	return g.withDirection(n,
		func() frag { return g.between(from, portSrc, low, high) },
		func() frag { return g.between(from, portDst, low, high) })
}

// between tests that a half-word lies in a range.
func (g *gen) between(from layer, off, low, high uint32) frag {
	switch {
	case low == high:
		return g.cmp(from, off, 2, low)
	case high == 0xffff:
		return g.jump(from, off, 2, codeJumpGe, low)
	case low == 0:
		return inverse(g.jump(from, off, 2, codeJumpGt, high))
	}
	return both(g.jump(from, off, 2, codeJumpGe, low), inverse(g.jump(from, off, 2, codeJumpGt, high)))
}

// portsOf is the range that an identifier stands for, and the protocol when it
// is a name that only one has.
func portsOf(n *primitive) (low, high uint32, p proto, err error) {
	id := n.id
	switch {
	case id.form == formNumber:
		low, high = id.num, id.num
	case n.q.kind == kindPort && id.form == formName:
		low, p, err = onePort(id)
		high = low
	case id.form == formRange:
		low, high = id.num, id.high
	case n.q.kind == kindPortRange && id.form == formName:
		low, high, p, err = rangeOf(id)
	default:
		return 0, 0, 0, fault(id, "%s is no port", quote(id.text))
	}
	if err == nil && max(low, high) > 0xffff {
		err = fault(id, "port %d is above 65535", max(low, high))
	}
	return min(low, high), max(low, high), p, err
}

// onePort is the port behind "port".
func onePort(id identifier) (uint32, proto, error) {
	v, p, err := portOf(id, id.text)
	if err != nil {
		if _, _, _, rangeErr := rangeOf(id); rangeErr == nil {
			return 0, 0, fault(id, "%s is a range, no port", quote(id.text)).with("write portrange " + id.text)
		}
	}
	return v, p, err
}

// rangeOf is the two ends of a range, which may be numbers or names.
func rangeOf(id identifier) (low, high uint32, p proto, err error) {
	first, second, ok := strings.Cut(id.text, "-")
	if !ok || first == "" || second == "" || strings.Contains(second, "-") {
		return 0, 0, 0, fault(id, "%s is no range of ports: write two numbers or names with one '-' between them", quote(id.text))
	}
	low, p, err = portOf(id, first)
	if err != nil {
		return 0, 0, 0, err
	}
	high, q, err := portOf(id, second)
	if p != q {
		p = protoNone
	}
	return low, high, p, err
}

// portOf is the port of a number or a name.
func portOf(id identifier, text string) (uint32, proto, error) {
	if text != "" && spanNumber(text) == len(text) {
		t := readNumber(token{kind: tokenNumber, text: text})
		if t.kind == tokenBad {
			return 0, protoNone, fault(id, "%s", t.reason)
		}
		return t.num, protoNone, nil
	}
	if v, p, ok := lookupPort(text); ok {
		return v, p, nil
	}
	return 0, protoNone, fault(id, "unknown port %s", quote(text)).with(hintName(text, serviceTable()))
}
