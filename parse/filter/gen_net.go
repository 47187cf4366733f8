package filter

import (
	"math/bits"
	"net/netip"
	"strconv"

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

// net generates "net id".
func (g *gen) net(n *primitive) (frag, error) {
	id := n.id
	if n.q.proto == protoLink {
		return frag{}, fault(n, "the link layer has no networks")
	}
	switch id.form {
	case formNumber:
		v, mask := leading(id.num)
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
			return frag{}, behindMask(id, p.Masked().String())
		}
		return g.net6(n, wordNet, id.addr, bits)
	case formName:
		addr, ok := lookupNet(id.text)
		if !ok {
			return frag{}, fault(id, "unknown network %s: /etc/networks has no such name", quote(id.text))
		}
		v, mask := leading(word4(addr))
		return g.net4(n, wordNet, v, mask)
	}
	return frag{}, fault(id, "%s is no network", quote(id.text))
}

// leading is the network that a number alone stands for: its bytes are the first
// ones of the address, so that 10 is 10.0.0.0/8.
func leading(v uint32) (addr, mask uint32) {
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
		return 0, 0, behindMask(id, network4(addr&mask, mask))
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

// behindMask refuses a network with bits that its mask leaves out.
func behindMask(id identifier, network string) error {
	return fault(id, "%s has bits set that its mask leaves out", id.text).with("write net " + network)
}

// network4 is the text of a network.
func network4(addr, mask uint32) string {
	if bits := bits.OnesCount32(mask); prefix4(bits) == mask {
		return ip4(addr) + "/" + strconv.Itoa(bits)
	}
	return ip4(addr) + " mask " + ip4(mask)
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
