// Package link lists the network interfaces of this machine with their
// addresses and default routes, and follows their changes.
package link

import (
	"net"
	"net/netip"
	"slices"

	"sockeye/parse"
)

// Interface is a network interface as the kernel described it last. Its slices
// are shared and must not be changed.
type Interface struct {
	Name  string
	Index int    // the kernel's number; a re-created interface has another one
	Type  uint16 // ARPHRD_ value of linux/if_arp.h
	Kind  string // "ethernet", "wifi", "loopback", "veth", "bridge", "bond", "vlan", "tun", "tap", "wireguard", …

	Link parse.LinkType // how its frames start

	Up           bool   // set up by the administrator (IFF_UP): it can be captured
	Running      bool   // it could pass packets: carrier, and no dormant state (IFF_RUNNING)
	OperState    string // RFC 2863: "up", "down", "dormant", "lowerlayerdown", "unknown", …
	Loopback     bool
	PointToPoint bool

	MTU    int
	MAC    net.HardwareAddr // empty where the link has no addresses of its own
	Speed  int              // Mbit/s; 0 when the driver does not say
	Duplex string           // "full" or "half"; "" when the driver does not say

	Master int // index of the bridge, bond, team or VRF it belongs to; 0 for none
	Parent int // index of a VLAN's lower device or of a veth's other end; 0 when there is none in this network namespace

	Addrs        []netip.Prefix // its own addresses with their prefix lengths
	DefaultRoute bool           // a default route, IPv4 or IPv6, leaves through it

	RxPackets, TxPackets uint64
	RxBytes, TxBytes     uint64
	RxErrors, TxErrors   uint64
	RxDropped, TxDropped uint64 // macOS does not tell the second
}

// Layer3 reports whether the link has no link layer, as TUN, WireGuard, PPP and
// IP tunnels have none: what it carries is IP packets.
func (i *Interface) Layer3() bool {
	switch i.Type {
	case TypePPP, TypeRawIP, TypeTunnel, TypeTunnel6, TypeSIT, TypeGRE, TypeGRE6, TypeNone:
		return true
	}
	return false
}

// Carries reports whether a packet has passed since the interface was made.
func (i *Interface) Carries() bool { return i.RxPackets > 0 || i.TxPackets > 0 }

// List returns the interfaces of this network namespace in the order of Index.
// It needs no rights. Where the system has no support it returns an error that
// matches errors.ErrUnsupported.
func List() ([]Interface, error) {
	sys, err := openSystem()
	if err != nil {
		return nil, err
	}
	defer sys.close()
	return sys.list(true)
}

// ByName returns the interface with that name.
func ByName(all []Interface, name string) (Interface, bool) {
	i := slices.IndexFunc(all, func(i Interface) bool { return i.Name == name })
	if i < 0 {
		return Interface{}, false
	}
	return all[i], true
}

// ByIndex returns the interface with that kernel index.
func ByIndex(all []Interface, index int) (Interface, bool) {
	i := slices.IndexFunc(all, func(i Interface) bool { return i.Index == index })
	if i < 0 {
		return Interface{}, false
	}
	return all[i], true
}
