package track

import (
	"encoding/binary"
	"net/netip"

	"sockeye/parse"
)

// localAddrs is the set of this machine's own addresses. It is immutable.
type localAddrs struct {
	set map[addrKey]struct{}
}

type addrKey struct {
	hi, lo uint64
	family parse.Family
}

func newLocalAddrs(addrs []netip.Addr) *localAddrs {
	l := &localAddrs{set: make(map[addrKey]struct{}, len(addrs))}
	for _, a := range addrs {
		l.set[keyOfAddr(a)] = struct{}{}
	}
	return l
}

func keyOfAddr(a netip.Addr) addrKey {
	a = a.Unmap()
	b := a.As16()
	if a.Is4() {
		return addrKey{lo: uint64(binary.BigEndian.Uint32(b[12:])), family: parse.FamilyIPv4}
	}
	return addrKey{hi: binary.BigEndian.Uint64(b[:]), lo: binary.BigEndian.Uint64(b[8:]), family: parse.FamilyIPv6}
}

// known reports whether any address has been told: none is on files.
func (l *localAddrs) known() bool { return len(l.set) > 0 }

func (l *localAddrs) has(e end) bool {
	switch e.family {
	case parse.FamilyARP:
		e.family = parse.FamilyIPv4
	case parse.FamilyLink, parse.FamilyNone:
		return false
	}
	_, ok := l.set[addrKey{e.hi, e.lo, e.family}]
	return ok
}

// end is one end of a key.
type end struct {
	hi, lo uint64
	port   uint16
	family parse.Family
}

func endA(k *parse.Key) end { return end{k.AHi, k.ALo, k.APort, k.Family} }
func endB(k *parse.Key) end { return end{k.BHi, k.BLo, k.BPort, k.Family} }

func (e end) addr() netip.Addr {
	switch e.family {
	case parse.FamilyIPv4, parse.FamilyARP:
		var b [4]byte
		binary.BigEndian.PutUint32(b[:], uint32(e.lo))
		return netip.AddrFrom4(b)
	case parse.FamilyIPv6:
		var b [16]byte
		binary.BigEndian.PutUint64(b[:], e.hi)
		binary.BigEndian.PutUint64(b[8:], e.lo)
		return netip.AddrFrom16(b)
	}
	return netip.Addr{}
}

func (e end) endpoint() Endpoint {
	p := Endpoint{Addr: e.addr(), Port: e.port}
	if e.family == parse.FamilyLink {
		var b [8]byte
		binary.BigEndian.PutUint64(b[:], e.lo)
		copy(p.MAC[:], b[2:])
	}
	return p
}

// loopback: 127.0.0.0/8 (RFC 1122, 3.2.1.3) or ::1.
func (e end) loopback() bool {
	if e.family == parse.FamilyIPv6 {
		return e.hi == 0 && e.lo == 1
	}
	return e.family == parse.FamilyIPv4 && e.lo>>24 == 127
}

// group: an address that many hosts answer to. Directed broadcasts are known
// only by the hint that comes with the packet.
func (e end) group() bool {
	switch e.family {
	case parse.FamilyIPv4:
		return e.lo>>28 == 0xe || e.lo == 0xffffffff
	case parse.FamilyIPv6:
		return e.hi>>56 == 0xff
	case parse.FamilyLink:
		return e.lo>>40&1 == 1
	}
	return false
}

// unspecified: the source of a host that has no address yet (DHCP, DAD).
func (e end) unspecified() bool { return e.hi == 0 && e.lo == 0 && e.family != parse.FamilyLink }
