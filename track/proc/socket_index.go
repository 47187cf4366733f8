package proc

import (
	"net/netip"
	"os"
	"syscall"
)

// SocketIndex finds the socket that a flow belongs to, in a list of sockets.
type SocketIndex struct {
	all       []Socket
	connected map[connectedEnds][]int // in all
	bound     map[boundPort][]int
	listening map[boundPort][]int
}

// connectedEnds are the ends of a connected socket.
type connectedEnds struct {
	proto         uint16
	local, remote netip.AddrPort
}

// boundPort is what a socket is bound to that is connected to nobody.
type boundPort struct {
	proto uint16
	port  uint16
}

// NewSocketIndex takes in those sockets of a list that are in one network namespace, see
// OwnNetNS, or of which that is not known: flows of others do not pass here. The list is
// kept, and may not change.
func NewSocketIndex(all []Socket, netns uint64) *SocketIndex {
	x := &SocketIndex{
		all: all, connected: map[connectedEnds][]int{}, bound: map[boundPort][]int{}, listening: map[boundPort][]int{},
	}
	for i := range all {
		s := &all[i]
		end := boundPort{s.Proto, s.Local.Port()}
		switch {
		case s.NetNS != netns && s.NetNS != 0, s.Local.Port() == 0:
		case s.State == stateListen:
			x.listening[end] = append(x.listening[end], i)
		case s.Remote.Port() != 0:
			k := connectedEnds{s.Proto, withoutZone(s.Local), withoutZone(s.Remote)}
			x.connected[k] = append(x.connected[k], i)
		default:
			x.bound[end] = append(x.bound[end], i)
		}
	}
	return x
}

func withoutZone(a netip.AddrPort) netip.AddrPort {
	return netip.AddrPortFrom(a.Addr().WithZone(""), a.Port())
}

// Find returns the place in the list of the socket that a flow is on, by the ends as that
// socket's side sees them, without zones: the one that is connected so, else the only one
// that is bound to the address, else the only one that is bound to all addresses. It is
// false where there is none, or where it cannot be told which.
func (x *SocketIndex) Find(proto uint16, local, remote netip.AddrPort) (int, bool) {
	if all := x.connected[connectedEnds{proto, local, remote}]; len(all) > 0 {
		return all[0], len(all) == 1
	}
	return x.only(x.bound[boundPort{proto, local.Port()}], local.Addr())
}

// Listener returns the place of the socket that listens at an end, false where none does
// or several do.
func (x *SocketIndex) Listener(proto uint16, local netip.AddrPort) (int, bool) {
	return x.only(x.listening[boundPort{proto, local.Port()}], local.Addr())
}

// only returns the only one of some sockets that is bound to an address, else the only
// one that is bound to all.
func (x *SocketIndex) only(some []int, addr netip.Addr) (int, bool) {
	var here, anywhere []int
	for _, i := range some {
		s := &x.all[i]
		switch bound := s.Local.Addr().WithZone(""); {
		case bound == addr:
			here = append(here, i)
		case bound.IsUnspecified() && (bound.Is4() == addr.Is4() || s.Dual):
			anywhere = append(anywhere, i)
		}
	}
	switch {
	case len(here) > 0:
		return here[0], len(here) == 1
	case len(anywhere) > 0:
		return anywhere[0], len(anywhere) == 1
	}
	return 0, false
}

// OwnNetNS returns the inode of this process's network namespace, 0 where there are
// none.
func OwnNetNS() uint64 {
	info, err := os.Stat("/proc/self/ns/net")
	if err != nil {
		return 0
	}
	stat, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return 0
	}
	return stat.Ino
}
