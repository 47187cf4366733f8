// Hot path: no allocation.

package parse

// transport reads the transport header at off of an IP packet whose protocol
// is p.Proto. The captured bytes of the packet are b; on the wire it ends at
// end.
func (p *Packet) transport(b []byte, off, end int) {
	p.L4 = uint16(off)
	if p.Status&NoPorts != 0 {
		p.carried(off, end)
		return
	}
	switch p.Proto {
	case ProtoTCP:
		p.tcp(b, off, end)
	case ProtoUDP:
		p.udp(b, off, end)
	case ProtoICMP:
		p.icmp4(b, off, end)
	case ProtoICMPv6:
		p.icmp6(b, off, end)
	case ProtoSCTP:
		p.sctp(b, off, end)
	case ProtoUDPLite:
		p.udpLite(b, off, end)
	case ProtoDCCP:
		p.dccp(b, off, end)
	case ProtoIPIP, ProtoIPv6, ProtoGRE, ProtoEtherIP, ProtoMPLSInIP:
		p.carried(off, end)
		p.ipTunnel(b, off, end)
	case ProtoESP:
		p.Status |= Stray
		p.carried(off, end)
	default:
		p.carried(off, end)
	}
}

// carried sets the payload to what is between off and end.
func (p *Packet) carried(off, end int) {
	p.Payload, p.PayLen = uint16(off), uint32(max(end-off, 0))
}

// lacking notes that a transport header was not all there up to offset need.
// A first fragment may end within it.
func (p *Packet) lacking(need, end int) {
	if need <= end {
		p.Status |= Truncated
	} else if p.Status&FirstFrag == 0 {
		p.Status |= Malformed
	}
}

// ports reads the two ports with which most transport headers begin, and
// returns whether they are there.
func (p *Packet) ports(b []byte, off, end int) bool {
	if len(b) < off+4 {
		p.lacking(off+4, end)
		return false
	}
	v := be32(b[off:])
	p.Swapped = p.Key.setPorts(uint16(v>>16), uint16(v), p.Swapped)
	return true
}
