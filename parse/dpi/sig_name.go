package dpi

// The protocols that give names and addresses. Those of DNS are told apart by
// their decoder, which sees the addresses: it is one for all three.
var nameSignatures = []signature{
	{proto: NetBIOSName, ports: []uint16{137}, packet: matchNetBIOSName, new: newNetBIOSName},
	{proto: DNS, ports: []uint16{53}, stream: matchDNSStream, packet: matchDNS, new: newDNS},
	{proto: MDNS, ports: []uint16{5353}, new: newDNS},
	{proto: LLMNR, ports: []uint16{5355}, new: newDNS},
	{proto: DHCP, ports: []uint16{67, 68}, packet: matchDHCP, new: newDHCP},
	{proto: DHCPv6, ports: []uint16{546, 547}, packet: matchDHCPv6, new: newDHCPv6},
}

// dnsHome reports whether a port is one where DNS or its kin live.
func dnsHome(s *sample) bool { return s.on(53, 5353, 5355) }

func matchDNS(s *sample) match {
	return dnsShape(s.datagram(), s.wire, dnsHome(s))
}

func matchDNSStream(s *sample) match {
	best := no
	for _, head := range s.head {
		if len(head) == 0 {
			continue
		}
		m := dnsStreamShape(head)
		if m == no {
			return no
		}
		best = max(best, m)
	}
	return best
}

// dnsStreamShape says how much b, from one direction of a TCP connection, looks
// like a DNS message behind its length. It need not be whole: a question suffices.
func dnsStreamShape(b []byte) match {
	if len(b) < 2+dnsHeader {
		return dnsStreamStart(b)
	}
	n := int(be16(b))
	return dnsShape(b[2:min(2+n, len(b))], n, false)
}

// dnsStreamStart is dnsStreamShape for less than a header: the length must have
// room for a question, and the flags must be those of a message.
func dnsStreamStart(b []byte) match {
	var header [2 + dnsHeader]byte
	switch copy(header[:], b); {
	case len(b) >= 2 && be16(b) < dnsHeader+5, len(b) >= 6 && !flagged(header[2:]):
		return no
	}
	return more
}
