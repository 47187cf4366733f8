package testkit

import (
	"strings"
	"testing"
)

// Addresses of the two ends that Veth and Bridge make.
const (
	AddrA4, AddrB4 = "10.77.0.1", "10.77.0.2"
	AddrA6, AddrB6 = "fd00:77::1", "fd00:77::2"
	MACA, MACB     = "02:00:00:77:00:01", "02:00:00:77:00:02"
)

// Names of the interfaces that Veth, Join and Bridge make.
const (
	IfA, IfB         = "sk-a", "sk-b"
	PortA, PortB, Br = "sk-pa", "sk-pb", "sk-br"
)

// Veth joins two new namespaces, see Join.
func Veth(tb testing.TB) (a, b *Netns, ifA, ifB string) {
	tb.Helper()
	a, b = NewNetns(tb), NewNetns(tb)
	Join(tb, a, b)
	return a, b, IfA, IfB
}

// Join joins two namespaces by a pair of interfaces, IfA and IfB, that carry
// AddrA4/24 and AddrA6/64, AddrB4/24 and AddrB6/64. Neighbours are permanent and
// there is no ARP, no duplicate address detection and no multicast listener
// report, so that all that passes is what the test sends.
func Join(tb testing.TB, a, b *Netns) {
	tb.Helper()
	a.IP(tb, "link", "add", IfA, "address", MACA, "type", "veth",
		"peer", "name", IfB, "address", MACB, "netns", b.Path())
	configure(tb, a, IfA, AddrA4, AddrA6, AddrB4, AddrB6, MACB)
	configure(tb, b, IfB, AddrB4, AddrB6, AddrA4, AddrA6, MACA)
}

// Bridge joins two new namespaces like Veth, but through a third one in their
// middle: IfA ends there in PortA, IfB in PortB, and both are ports of the bridge
// Br. The middle has no addresses and says nothing itself.
func Bridge(tb testing.TB) (a, middle, b *Netns) {
	tb.Helper()
	a, middle, b = NewNetns(tb), NewNetns(tb), NewNetns(tb)
	middle.IP(tb, "link", "add", Br, "type", "bridge", "mcast_snooping", "0")
	for _, end := range []struct {
		ns             *Netns
		dev, mac, port string
	}{{a, IfA, MACA, PortA}, {b, IfB, MACB, PortB}} {
		end.ns.IP(tb, "link", "add", end.dev, "address", end.mac, "type", "veth",
			"peer", "name", end.port, "netns", middle.Path())
		middle.IP(tb, "link", "set", end.port, "master", Br)
		middle.hush(tb, end.port)
		middle.IP(tb, "link", "set", end.port, "up")
	}
	middle.hush(tb, Br)
	middle.IP(tb, "link", "set", Br, "up")
	configure(tb, a, IfA, AddrA4, AddrA6, AddrB4, AddrB6, MACB)
	configure(tb, b, IfB, AddrB4, AddrB6, AddrA4, AddrA6, MACA)
	return a, middle, b
}

func configure(tb testing.TB, n *Netns, dev, own4, own6, peer4, peer6, peerMAC string) {
	tb.Helper()
	n.hush(tb, dev) // before it has an address, for which it would join a group
	n.IP(tb, "addr", "add", own4+"/24", "dev", dev)
	n.IP(tb, "-6", "addr", "add", own6+"/64", "dev", dev, "nodad")
	n.IP(tb, "link", "set", dev, "up")
	for _, peer := range []string{peer4, peer6} {
		n.IP(tb, "neigh", "replace", peer, "lladdr", peerMAC, "dev", dev, "nud", "permanent")
	}
}

// hush keeps the kernel from saying anything of its own on an interface. That
// comes before it is set up: in one step with that, it would ask for its
// link-local address before it is told to have none.
func (n *Netns) hush(tb testing.TB, dev string) {
	tb.Helper()
	n.IP(tb, "link", "set", dev, "addrgenmode", "none", "arp", "off")
}

// Link adds an interface as ip-link(8) does, of a kind that not every kernel
// has, and sets it up. Args are what follows the name, such as "type", "gre".
// Where the kernel does not know the kind, the test is skipped.
func (n *Netns) Link(tb testing.TB, name string, args ...string) {
	tb.Helper()
	args = append([]string{"link", "add", "name", name}, args...)
	out, err := n.Command("ip", args...).CombinedOutput()
	switch {
	case strings.Contains(string(out), "Unknown device type"), strings.Contains(string(out), "Operation not supported"):
		KernelLacks(tb, "interfaces of this kind: ip "+strings.Join(args, " "))
	case err != nil:
		tb.Fatalf("ip %v: %v: %s", args, err, out)
	}
	n.hush(tb, name)
	n.IP(tb, "link", "set", name, "up")
}
