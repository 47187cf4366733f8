// Hot path: no allocation.

package parse

import "net/netip"

// A Key names one bidirectional flow: both directions have the same Key. It is
// 40 bytes, has no padding, and is comparable. A is the lower end (by address,
// then port); Packet.Swapped tells whether the packet ran from B to A.
//
// Addresses are held as big-endian numbers in two words. IPv4 addresses and
// MAC addresses are in the low bits of Lo with Hi zero; Family keeps them
// apart. VLAN tags are not part of a flow's name: the same packet is tagged on
// one interface and untagged on the next.
type Key struct {
	AHi, ALo uint64
	BHi, BLo uint64
	APort    uint16 // port; ICMP echo identifier for both ends; 0 where the protocol has none
	BPort    uint16
	Proto    uint16 // IP protocol, or the EtherType when Family is not FamilyIPv4 or FamilyIPv6
	Family   Family
	_        uint8 // always zero
}

// KeyOf returns the key of the packets between two IP endpoints, and whether
// src is its B. Zones are dropped. When one address is IPv4 and the other is
// not, both are taken as IPv6 with the first one mapped.
func KeyOf(src, dst netip.AddrPort, proto uint8) (k Key, swapped bool) {
	k.Proto = uint16(proto)
	if s, d := src.Addr(), dst.Addr(); s.Is4() && d.Is4() {
		k.Family = FamilyIPv4
		s4, d4 := s.As4(), d.As4()
		swapped = k.set4(be32(s4[:]), be32(d4[:]), src.Port(), dst.Port())
	} else if s.IsValid() && d.IsValid() {
		k.Family = FamilyIPv6
		s6, d6 := s.As16(), d.As16()
		swapped = k.set6(be64(s6[:]), be64(s6[8:]), be64(d6[:]), be64(d6[8:]))
		swapped = k.setPorts(src.Port(), dst.Port(), swapped)
	}
	return k, swapped
}

// AddrA returns the lower address; it is not valid for FamilyLink and
// FamilyNone.
func (k *Key) AddrA() netip.Addr { return k.addr(k.AHi, k.ALo) }

// AddrB returns the higher address; it is not valid for FamilyLink and
// FamilyNone.
func (k *Key) AddrB() netip.Addr { return k.addr(k.BHi, k.BLo) }

// A returns the lower end. Its address is not valid for FamilyLink and
// FamilyNone.
func (k *Key) A() netip.AddrPort { return netip.AddrPortFrom(k.AddrA(), k.APort) }

// B returns the higher end. Its address is not valid for FamilyLink and
// FamilyNone.
func (k *Key) B() netip.AddrPort { return netip.AddrPortFrom(k.AddrB(), k.BPort) }

// Src returns the end that sent a packet with this key and Packet.Swapped.
func (k *Key) Src(swapped bool) netip.AddrPort {
	if swapped {
		return k.B()
	}
	return k.A()
}

// Dst returns the end to which a packet with this key and Packet.Swapped went.
func (k *Key) Dst(swapped bool) netip.AddrPort { return k.Src(!swapped) }

// MACA returns the lower MAC address of a key of FamilyLink.
func (k *Key) MACA() [6]byte { return mac(k.ALo) }

// MACB returns the higher MAC address of a key of FamilyLink.
func (k *Key) MACB() [6]byte { return mac(k.BLo) }

func mac(v uint64) [6]byte {
	return [6]byte{byte(v >> 40), byte(v >> 32), byte(v >> 24), byte(v >> 16), byte(v >> 8), byte(v)}
}

func (k *Key) addr(hi, lo uint64) netip.Addr {
	switch k.Family {
	case FamilyIPv4, FamilyARP:
		return netip.AddrFrom4([4]byte{byte(lo >> 24), byte(lo >> 16), byte(lo >> 8), byte(lo)})
	case FamilyIPv6:
		var b [16]byte
		for i := range 8 {
			b[i], b[8+i] = byte(hi>>(56-8*i)), byte(lo>>(56-8*i))
		}
		return netip.AddrFrom16(b)
	}
	return netip.Addr{}
}

// set4 sets two IPv4 addresses and ports in their order and reports whether
// the source is B.
func (k *Key) set4(src, dst uint32, sport, dport uint16) bool {
	s, d := uint64(src)<<16|uint64(sport), uint64(dst)<<16|uint64(dport)
	swapped := s > d
	if swapped {
		s, d = d, s
	}
	k.ALo, k.APort = s>>16, uint16(s)
	k.BLo, k.BPort = d>>16, uint16(d)
	return swapped
}

// set6 sets two IPv6 addresses in their order and reports whether the source
// is B.
func (k *Key) set6(srcHi, srcLo, dstHi, dstLo uint64) bool {
	swapped := srcHi > dstHi || srcHi == dstHi && srcLo > dstLo
	if swapped {
		srcHi, srcLo, dstHi, dstLo = dstHi, dstLo, srcHi, srcLo
	}
	k.AHi, k.ALo, k.BHi, k.BLo = srcHi, srcLo, dstHi, dstLo
	return swapped
}

// setPorts sets the ports of a key whose addresses are set, and returns
// whether the source is B: between equal addresses the ports decide.
func (k *Key) setPorts(sport, dport uint16, swapped bool) bool {
	if k.ALo == k.BLo && k.AHi == k.BHi {
		swapped = sport > dport
	}
	if swapped {
		sport, dport = dport, sport
	}
	k.APort, k.BPort = sport, dport
	return swapped
}

// setLink sets two MAC addresses, as numbers, in their order and reports
// whether the source is B.
func (k *Key) setLink(src, dst uint64) bool {
	swapped := src > dst
	if swapped {
		src, dst = dst, src
	}
	k.ALo, k.BLo = src, dst
	return swapped
}
