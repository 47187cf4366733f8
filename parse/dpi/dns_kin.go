package dpi

import "net/netip"

// kinOf says which of the protocols a message to or from an end belongs to: by
// the group's address, and else by the port.
func kinOf(end netip.AddrPort, m *dnsMessage) Protocol {
	addr := end.Addr()
	switch {
	case addr == mdnsGroup4 || addr == mdnsGroup6:
		return MDNS
	case addr == llmnrGroup4 || addr == llmnrGroup6, end.Port() == 5355:
		return LLMNR
	case m.mdns() && (end.Port() == 5353 || addr.IsMulticast()):
		return MDNS
	}
	return DNS
}

// The groups of RFC 6762 §3 and RFC 4795 §2.
var (
	mdnsGroup4  = netip.AddrFrom4([4]byte{224, 0, 0, 251})
	mdnsGroup6  = netip.AddrFrom16([16]byte{0: 0xff, 1: 2, 15: 0xfb})
	llmnrGroup4 = netip.AddrFrom4([4]byte{224, 0, 0, 252})
	llmnrGroup6 = netip.AddrFrom16([16]byte{0: 0xff, 1: 2, 13: 1, 15: 3})
)

// mdns reports whether the message may be one of mDNS: those have neither an id,
// save for that of a legacy client's query, nor ask for recursion (RFC 6762 §18).
func (m *dnsMessage) mdns() bool {
	return m.opcode() == opQuery && m.flags&(dnsRD|dnsRA|dnsZ|dnsAD|dnsCD) == 0
}
