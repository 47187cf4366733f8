// Hot path: no allocation.

package parse

// arp reads an ARP message (RFC 826). The key of one about IPv4 addresses is
// these; any other counts by its link addresses, for which it returns false.
func (p *Packet) arp(b []byte, off, end int) bool {
	if len(b) < off+8 {
		return p.unread(b, EtherTypeARP, off, off+8, end)
	}
	hardware, hlen := be16(b[off:]), int(b[off+4])
	if be16(b[off+2:]) != EtherTypeIPv4 || b[off+5] != 4 || off > maxL3 ||
		hardware == 19 { // ATM, which has a header of its own (RFC 2225)
		return p.notIP(b, EtherTypeARP, off, end)
	}
	need := off + 8 + 2*(hlen+4)
	if len(b) < need {
		return p.unread(b, EtherTypeARP, off, need, end)
	}
	p.EtherType, p.L3 = EtherTypeARP, uint16(off)
	p.Family, p.Key.Family = FamilyARP, FamilyARP
	p.Key.Proto = EtherTypeARP
	src, dst := be32(b[off+8+hlen:]), be32(b[off+12+2*hlen:])
	p.Swapped = p.Key.set4(src, dst, 0, 0)
	return true
}
