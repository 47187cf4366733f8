package filter

import (
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"
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
		if n.id.masked {
			return frag{}, fault(n, "a host has no mask").with("write net for a network")
		}
		return g.net4(n, wordHost, word4(n.id.addr), prefix4(n.id.bits))
	case formIPv6:
		if n.id.bits >= 0 && n.id.bits != 128 {
			return frag{}, fault(n, "a host has no mask").with("write net for a network")
		}
		return g.net6(n, wordHost, n.id.addr, 128)
	case formName:
		return g.namedHost(n)
	case formMAC, formAID:
		return frag{}, fault(n.id, "a link-layer address needs ether before it").with("write ether host " + n.id.text)
	}
	return frag{}, fault(n.id, "%s is no host", quote(n.id.text))
}

// etherHost generates "ether host id".
func (g *gen) etherHost(n *primitive) (frag, error) {
	switch n.id.form {
	case formMAC:
		return g.linkHost(n, n.id.mac[:])
	case formAID:
		return g.linkHost(n, n.id.mac[:1])
	case formName:
		mac, ok := lookupEther(n.id.text)
		if !ok {
			return frag{}, fault(n.id, "unknown link-layer host %s: /etc/ethers has no such name", quote(n.id.text))
		}
		return g.linkHost(n, mac[:])
	}
	return frag{}, fault(n.id, "%s is no link-layer address", quote(n.id.text))
}

// gateway generates "gateway name": packets that the host passes on, with its
// link-layer address and not with its own network address.
func (g *gen) gateway(n *primitive) (frag, error) {
	if n.id.form != formName {
		return frag{}, fault(n.id, "gateway needs a name that is in /etc/ethers")
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
		return frag{}, fault(n.id, "%v", err)
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
		return frag{}, fault(n.id, "host %s has no address that %s knows", quote(n.id.text), n.q.proto)
	}
	return found, nil
}

// hostProto refuses the protocols that have no hosts.
func (g *gen) hostProto(n *primitive, what string) error {
	switch n.q.proto {
	case protoNone, protoIP, protoIPv6, protoARP, protoRARP:
		return nil
	}
	return fault(n, "%s has no %ss", n.q.proto, what).with(fmt.Sprintf("write %s and %s %s", n.q.proto, what, n.id.text))
}

// decnetHost generates "decnet host area.node": data packets with a long or a
// short header, with no padding or with one byte of it. The address on the wire
// is little-endian.
func (g *gen) decnetHost(n *primitive) (frag, error) {
	area, host, _ := strings.Cut(n.id.text, ".")
	a, errArea := strconv.ParseUint(area, 10, 6)
	b, errNode := strconv.ParseUint(host, 10, 10)
	if n.id.form != formDECnet || errArea != nil || errNode != nil {
		return frag{}, fault(n.id, "%s is no DECnet address: AREA.NODE, up to 63.1023", quote(n.id.text))
	}
	addr := uint16(a<<10 | b)
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
