package filter

import "sockeye/parse"

// Protocol numbers (IANA) that filters name and parse does not.
const (
	ipIGRP = 9
	ipPIM  = 103
	ipVRRP = 112 // also CARP
)

// ipProtocols are the protocols with a number in the IP header, and which of
// IPv4 and IPv6 carry them as far as filters are concerned.
var ipProtocols = map[proto]struct {
	number uint32
	over4  bool
	over6  bool
}{
	protoTCP:    {parse.ProtoTCP, true, true},
	protoUDP:    {parse.ProtoUDP, true, true},
	protoSCTP:   {parse.ProtoSCTP, true, true},
	protoPIM:    {ipPIM, true, true},
	protoAH:     {parse.ProtoAH, true, true},
	protoESP:    {parse.ProtoESP, true, true},
	protoICMP:   {parse.ProtoICMP, true, false},
	protoIGMP:   {parse.ProtoIGMP, true, false},
	protoIGRP:   {ipIGRP, true, false},
	protoVRRP:   {ipVRRP, true, false},
	protoCARP:   {ipVRRP, true, false},
	protoICMPv6: {parse.ProtoICMPv6, false, true},
}

// abbreviation generates a protocol that stands alone, such as "tcp".
func (g *gen) abbreviation(n *primitive) (frag, error) {
	p := n.q.proto
	if n.q.dir != dirNone || n.q.kind != kindNone {
		return frag{}, fault(n, "nothing stands behind the qualifiers")
	}
	ip, ok := ipProtocols[p]
	switch {
	case ok && ip.over4 && ip.over6:
		return either(g.ip6Proto(ip.number), g.ip4Proto(ip.number)), nil
	case ok && ip.over4:
		return g.ip4Proto(ip.number), nil
	case ok:
		return g.ip6Proto(ip.number), nil
	}
	f, ok := g.linkProto(p)
	if !ok {
		return frag{}, fault(n, "%s alone says nothing about a packet", p)
	}
	return f, nil
}

// ip4Proto tests for IPv4 that carries a protocol.
func (g *gen) ip4Proto(v uint32) frag {
	return both(g.etherType(parse.EtherTypeIPv4), g.cmp(layerNet, ip4Protocol, 1, v))
}

// ip6Proto tests for IPv6 that carries a protocol, at once or behind a fragment
// header.
func (g *gen) ip6Proto(v uint32) frag {
	return both(g.etherType(parse.EtherTypeIPv6), either(
		g.cmp(layerNet, ip6Next, 1, v),
		both(g.cmp(layerNet, ip6Next, 1, parse.ProtoFragment), g.cmp(layerNet, ip6Header, 1, v))))
}

// ofProto generates "proto id" behind a protocol that carries others.
func (g *gen) ofProto(n *primitive) (frag, error) {
	p := n.q.proto
	if n.q.dir != dirNone {
		return frag{}, fault(n, "proto has no direction")
	}
	switch p {
	case protoNone, protoIP, protoIPv6, protoLink, protoISO, protoISIS:
	default:
		return frag{}, fault(n, "%s proto is not supported: only ip, ip6, ether, iso and isis have it", p)
	}
	v, err := protoNumber(n)
	if err != nil {
		return frag{}, err
	}
	switch p {
	case protoLink:
		if v > maxEtherType {
			return frag{}, fault(n.id, "a protocol of the link layer is at most %d, not %d", maxEtherType, v)
		}
		return g.etherType(v), nil
	case protoISO, protoISIS:
		return g.linkProtoValue(p, v, n)
	}
	if v > maxProtocol {
		return frag{}, protocolTooLarge(n.id, v)
	}
	switch p {
	case protoIP:
		return g.ip4Proto(v), nil
	case protoIPv6:
		return g.ip6Proto(v), nil
	}
	return either(g.ip4Proto(v), g.ip6Proto(v)), nil
}

// The largest protocol numbers of an IP header and of a link layer.
const (
	maxProtocol  = 0xff
	maxEtherType = 0xffff
)

func protocolTooLarge(id identifier, v uint32) error {
	return fault(id, "a protocol number is at most %d, not %d", maxProtocol, v)
}

// protoNumber is the number of the identifier behind proto or protochain, in the
// numbers of the protocol before it.
func protoNumber(n *primitive) (uint32, error) {
	id := n.id
	switch id.form {
	case formNumber:
		return id.num, nil
	case formName:
	default:
		return 0, fault(id, "%s is no protocol", quote(id.text))
	}
	names := protocolNames(n.q.proto)
	v, ok := names[id.text]
	if !ok {
		return 0, fault(id, "unknown protocol %s", quote(id.text)).with(hintName(id.text, names))
	}
	return v, nil
}

// protoWords are the protocols as they are written.
var protoWords = [...]string{
	protoNone: "nothing", protoLink: "ether", protoIP: "ip", protoIPv6: "ip6", protoARP: "arp", protoRARP: "rarp",
	protoTCP: "tcp", protoUDP: "udp", protoSCTP: "sctp", protoICMP: "icmp", protoICMPv6: "icmp6",
	protoIGMP: "igmp", protoIGRP: "igrp", protoPIM: "pim", protoVRRP: "vrrp", protoCARP: "carp",
	protoAH: "ah", protoESP: "esp", protoATalk: "atalk", protoAARP: "aarp", protoDECnet: "decnet",
	protoLAT: "lat", protoSCA: "sca", protoMOPRC: "moprc", protoMOPDL: "mopdl", protoISO: "iso",
	protoESIS: "esis", protoISIS: "isis", protoCLNP: "clnp", protoL1: "l1", protoL2: "l2", protoIIH: "iih",
	protoLSP: "lsp", protoSNP: "snp", protoCSNP: "csnp", protoPSNP: "psnp", protoSTP: "stp", protoIPX: "ipx",
	protoNetBEUI: "netbeui", protoRadio: "radio",
}

// String returns the protocol as it is written.
func (p proto) String() string { return protoWords[p] }

// dirWords are the directions as they are written.
var dirWords = [...]string{
	dirNone: "", dirSrc: "src", dirDst: "dst", dirSrcOrDst: "src or dst", dirSrcAndDst: "src and dst",
	dirRA: "ra", dirTA: "ta", dirAddr1: "addr1", dirAddr2: "addr2", dirAddr3: "addr3", dirAddr4: "addr4",
}

// String returns the direction as it is written.
func (d dir) String() string { return dirWords[d] }
