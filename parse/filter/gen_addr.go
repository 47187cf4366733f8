package filter

import (
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"sockeye/parse"
)

// Offsets of addresses: RFC 791, RFC 8200, and RFC 826 for IPv4 over Ethernet.
const (
	ip4Src = 12
	ip4Dst = 16
	ip6Src = 8
	ip6Dst = 24
	arpSrc = 14
	arpDst = 24
)

// host generates "host id", "id" behind a direction or a protocol, and the link
// layer's hosts.
func (g *gen) host(n *primitive) (frag, error) {
	switch n.q.proto {
	case protoLink:
		return g.etherHost(n)
	case protoDECnet:
		return g.decnetHost(n)
	}
	switch n.id.form {
	case formNumber:
		return g.net4(n, wordHost, n.id.num, ^uint32(0))
	case formIPv4:
		if n.id.mask.IsValid() || strings.Contains(n.id.text, "/") {
			return frag{}, fault(n, "a host has no mask: write net %s", n.id.text)
		}
		return g.net4(n, wordHost, word4(n.id.addr), prefix4(n.id.bits))
	case formIPv6:
		if n.id.bits >= 0 && n.id.bits != 128 {
			return frag{}, fault(n, "a host has no mask: write net %s", n.id.text)
		}
		return g.net6(n, wordHost, n.id.addr, 128)
	case formName:
		return g.namedHost(n)
	case formMAC, formAID:
		return frag{}, fault(at(n.id.at), "a link-layer address needs ether before it")
	}
	return frag{}, fault(at(n.id.at), "%q is no host", n.id.text)
}

// etherHost generates "ether host id".
func (g *gen) etherHost(n *primitive) (frag, error) {
	switch n.id.form {
	case formMAC, formAID:
		return g.linkHost(n.id.mac, n.q.dir, n)
	case formName:
		mac, ok := lookupEther(n.id.text)
		if !ok {
			return frag{}, fault(at(n.id.at), "unknown link-layer host %q: /etc/ethers has no such name", n.id.text)
		}
		return g.linkHost([8]byte(append(mac[:], 0, 0)), n.q.dir, n)
	}
	return frag{}, fault(at(n.id.at), "%q is no link-layer address", n.id.text)
}

// gateway generates "gateway name": packets that the host passes on, with its
// link-layer address and not with its own network address.
func (g *gen) gateway(n *primitive) (frag, error) {
	if n.id.form != formName {
		return frag{}, fault(at(n.id.at), "gateway needs a name that is in /etc/ethers")
	}
	if n.q.dir != dirNone {
		return frag{}, fault(n, "gateway has no direction")
	}
	if err := g.hostProto(n, wordHost); err != nil {
		return frag{}, err
	}
	link := *n
	link.q.proto = protoLink
	passes, err := g.etherHost(&link)
	if err != nil {
		return frag{}, err
	}
	own, err := g.namedHost(n)
	if err != nil {
		return frag{}, err
	}
	return both(passes, inverse(own)), nil
}

// namedHost looks a host up, and generates all its addresses: those of IPv4
// first, so that the order of the answers makes no difference.
func (g *gen) namedHost(n *primitive) (frag, error) {
	if err := g.hostProto(n, wordHost); err != nil {
		return frag{}, err
	}
	addrs, err := lookupHost(g.o.Resolver, n.id.text)
	if err != nil {
		return frag{}, fault(at(n.id.at), "%v", err)
	}
	slices.SortStableFunc(addrs, func(a, b netip.Addr) int { return a.BitLen() - b.BitLen() })
	var found frag
	for _, a := range addrs {
		var f frag
		switch {
		case a.Is4() && n.q.proto != protoIPv6:
			f, err = g.net4(n, wordHost, word4(a), ^uint32(0))
		case a.Is6() && (n.q.proto == protoNone || n.q.proto == protoIPv6):
			f, err = g.net6(n, wordHost, a, 128)
		default:
			continue
		}
		if err != nil {
			return frag{}, err
		}
		found = orElse(found, f)
	}
	if found.entry == nil {
		return frag{}, fault(at(n.id.at), "host %q has no address that %s knows", n.id.text, n.q.proto)
	}
	return found, nil
}

// net generates "net id".
func (g *gen) net(n *primitive) (frag, error) {
	id := n.id
	if n.q.proto == protoLink {
		return frag{}, fault(n, "the link layer has no networks")
	}
	switch id.form {
	case formNumber:
		v, mask := classless(id.num)
		return g.net4(n, wordNet, v, mask)
	case formIPv4:
		v, mask, err := masked4(id)
		if err != nil {
			return frag{}, err
		}
		return g.net4(n, wordNet, v, mask)
	case formIPv6:
		bits := id.bits
		if bits < 0 {
			bits = 128
		}
		if p := netip.PrefixFrom(id.addr, bits); p.Masked() != p {
			return frag{}, &Error{Offset: id.at, Reason: "bits are set behind the prefix of " + id.text,
				Hint: "net " + p.Masked().String()}
		}
		return g.net6(n, wordNet, id.addr, bits)
	case formName:
		addr, ok := lookupNet(id.text)
		if !ok {
			return frag{}, fault(at(id.at), "unknown network %q: /etc/networks has no such name", id.text)
		}
		v, mask := classless(word4(addr))
		return g.net4(n, wordNet, v, mask)
	}
	return frag{}, fault(at(id.at), "%q is no network", id.text)
}

// classless is the network that a number alone stands for: its bytes are the
// first ones of the address.
func classless(v uint32) (addr, mask uint32) {
	mask = ^uint32(0)
	for v != 0 && v>>24 == 0 {
		v, mask = v<<8, mask<<8
	}
	return v, mask
}

// masked4 is the network of an IPv4 identifier.
func masked4(id identifier) (addr, mask uint32, err error) {
	addr, mask = word4(id.addr), prefix4(id.bits)
	if id.mask.IsValid() {
		mask = word4(id.mask)
	}
	if addr&^mask != 0 {
		return 0, 0, &Error{Offset: id.at, Reason: "bits are set behind the mask of " + id.text,
			Hint: hint4(addr&mask, mask)}
	}
	return addr, mask, nil
}

// prefix4 is the mask of a prefix length, all ones for -1.
func prefix4(bits int) uint32 {
	if bits < 0 {
		bits = 32
	}
	return uint32(uint64(0xffffffff) << (32 - bits))
}

// hint4 is the text of a network.
func hint4(addr, mask uint32) string {
	for bits := range 33 {
		if prefix4(bits) == mask {
			return "net " + ip4(addr) + "/" + strconv.Itoa(bits)
		}
	}
	return "net " + ip4(addr) + " mask " + ip4(mask)
}

// word4 is an IPv4 address as a number.
func word4(a netip.Addr) uint32 {
	b := a.As4()
	return bigEndian(b[:])
}

// ip4 is the text of an address.
func ip4(v uint32) string {
	return netip.AddrFrom4([4]byte{byte(v >> 24), byte(v >> 16), byte(v >> 8), byte(v)}).String()
}

// hostProto refuses the protocols that have no hosts.
func (g *gen) hostProto(n *primitive, what string) error {
	switch n.q.proto {
	case protoNone, protoIP, protoIPv6, protoARP, protoRARP:
		return nil
	}
	return fault(n, "%s has no %ss: write ip %[2]s, or %[1]s and %[2]s", n.q.proto, what)
}

// net4 tests an IPv4 address under a mask, in the headers of the protocol that
// is asked for, or of all that have one.
func (g *gen) net4(n *primitive, what string, addr, mask uint32) (frag, error) {
	switch n.q.proto {
	case protoIP:
		return g.inHeader(n, g.etherType(parse.EtherTypeIPv4), ip4Src, ip4Dst, addr, mask)
	case protoARP:
		return g.inHeader(n, g.etherType(parse.EtherTypeARP), arpSrc, arpDst, addr, mask)
	case protoRARP:
		return g.inHeader(n, g.etherType(etherRARP), arpSrc, arpDst, addr, mask)
	case protoIPv6:
		return frag{}, fault(n, "an IPv4 address is no %s of ip6", what)
	case protoNone:
		ip, err := g.inHeader(n, g.etherType(parse.EtherTypeIPv4), ip4Src, ip4Dst, addr, mask)
		if err != nil || g.inMPLS() {
			return ip, err
		}
		arp, err := g.inHeader(n, either(g.etherType(parse.EtherTypeARP), g.etherType(etherRARP)), arpSrc, arpDst, addr, mask)
		if err != nil {
			return frag{}, err
		}
		return either(ip, arp), nil
	}
	return frag{}, g.hostProto(n, what)
}

// inHeader tests the addresses of a network header behind the test that it is
// there. A mask of no bits leaves that test alone.
func (g *gen) inHeader(n *primitive, is frag, src, dst, addr, mask uint32) (frag, error) {
	if mask == 0 && addr == 0 {
		return is, nil
	}
	f, err := g.withDirection(n,
		func() frag { return g.maskedCmp(layerNet, src, 4, addr, mask) },
		func() frag { return g.maskedCmp(layerNet, dst, 4, addr, mask) })
	if err != nil {
		return frag{}, err
	}
	return both(is, f), nil
}

// net6 tests the first bits of an IPv6 address.
func (g *gen) net6(n *primitive, what string, addr netip.Addr, bits int) (frag, error) {
	if n.q.proto != protoNone && n.q.proto != protoIPv6 {
		if err := g.hostProto(n, what); err != nil {
			return frag{}, err
		}
		return frag{}, fault(n, "an IPv6 address is no %s of %s", what, n.q.proto)
	}
	is := g.etherType(parse.EtherTypeIPv6)
	if bits == 0 {
		return is, nil
	}
	f, err := g.withDirection(n,
		func() frag { return g.prefix6(ip6Src, addr, bits) },
		func() frag { return g.prefix6(ip6Dst, addr, bits) })
	if err != nil {
		return frag{}, err
	}
	return both(is, f), nil
}

// prefix6 compares the words of an address that a prefix reaches into.
func (g *gen) prefix6(off uint32, addr netip.Addr, bits int) frag {
	b := addr.As16()
	var f frag
	for i := 0; i*32 < bits; i++ {
		mask := prefix4(min(bits-i*32, 32))
		f = andThen(f, g.maskedCmp(layerNet, off+uint32(4*i), 4, bigEndian(b[4*i:4*i+4]), mask))
	}
	return f
}

// decnetHost generates "decnet host area.node": data packets with a long or a
// short header, with no padding or with one byte of it. The address on the wire
// is little-endian.
func (g *gen) decnetHost(n *primitive) (frag, error) {
	if n.id.form != formDECnet {
		return frag{}, fault(at(n.id.at), "%q is no DECnet address: AREA.NODE", n.id.text)
	}
	area, node, _ := strings.Cut(n.id.text, ".")
	a, err := strconv.ParseUint(area, 10, 16)
	b, err2 := strconv.ParseUint(node, 10, 16)
	if err != nil || err2 != nil {
		return frag{}, fault(at(n.id.at), "%q is no DECnet address: AREA.NODE", n.id.text)
	}
	addr := uint16(a<<10 | b&0x3ff)
	v := uint32(addr>>8 | addr<<8)
	// Behind the two bytes of length: 0x81 for one byte of padding, then the
	// flags, whose low three bits are 2 in a short header and 6 in a long one.
	end := func(short, long uint32) func() frag {
		return func() frag {
			return anyOf(
				both(g.maskedCmp(layerNet, 2, 1, 0x02, 0x07), g.cmp(layerNet, 2+short, 2, v)),
				both(g.maskedCmp(layerNet, 2, 2, 0x8102, 0xff07), g.cmp(layerNet, 3+short, 2, v)),
				both(g.maskedCmp(layerNet, 2, 1, 0x06, 0x07), g.cmp(layerNet, 2+long, 2, v)),
				both(g.maskedCmp(layerNet, 2, 2, 0x8106, 0xff07), g.cmp(layerNet, 3+long, 2, v)))
		}
	}
	f, err := g.withDirection(n, end(3, 15), end(1, 7))
	if err != nil {
		return frag{}, err
	}
	return both(g.etherType(etherDECnet), f), nil
}
