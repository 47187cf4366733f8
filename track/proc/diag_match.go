package proc

import (
	"net/netip"

	"sockeye/parse"
)

// match says how well a socket fits one end of a flow. A higher one is the better
// proof.
type match uint8

const (
	matchNone match = iota
	// matchUnsure: it may take the flow, but what was read does not tell. A raw socket
	// for ICMP gets everybody's, and the text tables do not say whether an IPv6 socket
	// takes IPv4. It names nobody.
	matchUnsure
	matchListener // a TCP socket that listens there: it may have accepted the connection
	matchBound    // bound there, and takes from anybody
	matchExact    // connected, and these are its ends
)

// Socket families of linux/socket.h. Their numbers are other systems' too where those
// have them, but for IPv6.
const (
	afInet, afInet6, afPacket = 2, 10, 17
)

// Types of sockets of linux/net.h.
const (
	sockStream, sockDgram, sockRaw, sockDCCP = 1, 2, 3, 6
)

// fit says how a socket fits the flow of proto between local, whose socket is sought,
// and remote. The kernel's own answer to such a question is no proof of how it fits:
// it also answers with sockets that listen, or that take from anybody.
func fit(s *Socket, proto uint8, local, remote netip.AddrPort) match {
	if s.Proto != uint16(proto) || s.Family == afPacket {
		return matchNone
	}
	if s.Type == sockRaw {
		return fitRaw(s, proto, local.Addr(), remote.Addr())
	}
	if s.Local.Port() != local.Port() {
		return matchNone
	}
	if at := s.Remote.Addr(); at.IsValid() && !at.IsUnspecified() {
		if at == remote.Addr() && fitRemotePort(s, remote.Port()) && fitLocal(s, local.Addr()) {
			return matchExact
		}
		return matchNone
	}
	if !fitLocal(s, local.Addr()) {
		return matchNone
	}
	switch {
	case s.State == stateListen:
		return fitDual(s, local.Addr(), matchListener)
	case s.Type == sockDgram:
		return fitDual(s, local.Addr(), matchBound)
	}
	return matchNone // a TCP socket that is neither connected nor listens
}

// fitRaw is fit for raw sockets, which have no ports and share what comes in.
func fitRaw(s *Socket, proto uint8, local, remote netip.Addr) match {
	at := s.Remote.Addr()
	connected := at.IsValid() && !at.IsUnspecified()
	switch {
	case (s.Family == afInet) != local.Is4():
		return matchNone
	case connected && at != remote, !fitLocal(s, local):
		return matchNone
	case !connected && (proto == parse.ProtoICMP || proto == parse.ProtoICMPv6):
		return matchUnsure
	}
	return matchBound
}

// fitRemotePort: ping sockets have the flow's identifier for their own port, and no
// port at the other end.
func fitRemotePort(s *Socket, port uint16) bool {
	return s.Remote.Port() == port || s.Proto == parse.ProtoICMP || s.Proto == parse.ProtoICMPv6
}

// fitLocal: a socket that is bound to a group or to all stations receives what is for
// these, and sends from any address.
func fitLocal(s *Socket, local netip.Addr) bool {
	at := s.Local.Addr()
	if at == local {
		return true
	}
	return s.Type != sockStream && (at.IsMulticast() || at == broadcast) && at.Is4() == local.Is4() ||
		at.IsUnspecified() && (at.Is4() == local.Is4() || s.Family == afInet6 && local.Is4())
}

var broadcast = netip.AddrFrom4([4]byte{255, 255, 255, 255})

// fitDual lowers what is said of an IPv6 socket that is bound to no address, where
// the flow's is IPv4.
func fitDual(s *Socket, local netip.Addr, m match) match {
	if s.Family != afInet6 || !local.Is4() || !s.Local.Addr().Is6() || s.Dual {
		return m
	}
	if s.Cookie == 0 { // from a text table
		return matchUnsure
	}
	return matchNone
}

// narrow says which of the sockets that fit the kernel prefers for what comes in: one
// that is bound to the address, then one for IPv4 alone (compute_score of
// net/ipv4/inet_hashtables.c and udp.c).
func narrow(s *Socket) int {
	n := 0
	if !s.Local.Addr().IsUnspecified() {
		n += 2
	}
	if s.Family == afInet {
		n++
	}
	return n
}

// narrowest returns, of the bound sockets that fit, those that a datagram to an address
// can come to. Each gets what is for a group or for all stations. Whether one that is
// bound to an interface gets it is not known here.
func narrowest(sockets []Socket, to netip.Addr) []Socket {
	if to.IsMulticast() || to == broadcast {
		return sockets
	}
	most := 0
	for i := range sockets {
		if sockets[i].Type != sockDgram { // raw: each gets a copy
			return sockets
		}
		most = max(most, narrow(&sockets[i]))
	}
	var all []Socket
	for i := range sockets {
		if narrow(&sockets[i]) != most {
			continue
		}
		if sockets[i].Device != "" {
			return sockets
		}
		all = append(all, sockets[i])
	}
	return all
}

// best collects the sockets that fit a flow best.
type best struct {
	proto         uint8
	local, remote netip.AddrPort

	match match
	rank  int // of listening sockets
	from  int // where its sockets begin
	found []Socket
}

// add takes a socket that fits as well as those before it, and drops these where it
// fits better.
func (b *best) add(s *Socket) {
	m := fit(s, b.proto, b.local, b.remote)
	if m == matchNone || m < b.match {
		return
	}
	rank := 0
	if m == matchListener {
		rank = narrow(s)
	}
	if m == b.match && rank < b.rank {
		return
	}
	if m > b.match || rank > b.rank {
		b.found = b.found[:b.from]
	}
	b.match, b.rank = m, rank
	b.found = append(b.found, *s)
}
