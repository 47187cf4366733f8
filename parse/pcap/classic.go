// Hot path: no allocation.

package pcap

import "sockeye/parse"

// pcapState is what the file header of a pcap file says of its records.
type pcapState struct {
	big     bool
	variant Variant
	header  int    // length of a record header
	pad     int    // bytes before each frame that are not part of it
	unit    int64  // ns in a unit of the timestamp's fraction
	limit   uint32 // largest record that makes sense
	order   lengthOrder
	link    parse.LinkType
	hint    int   // offset of sll_pkttype in the packet, or noHint
	fcs     uint8 // bytes of frame check sequence in each record
	tap     bool  // hasTap
}

// lengthOrder tells which of the two lengths of a record comes first.
type lengthOrder uint8

const (
	capturedFirst lengthOrder = iota
	wireFirst                 // before version 2.3, and in DG/UX's 543.0
	smallerFirst              // version 2.3, which was written both ways
)

// fileHeader is the length of the file header, from the magic number to the
// link type.
const fileHeader = 24

// openPcap reads the file header. It returns false when it must see more of it.
func (r *Reader) openPcap(big bool) bool {
	b := r.win
	if len(b) < fileHeader {
		return false
	}
	s := &r.pcap
	s.big = big
	magic, major, minor := u32(b, big), u16(b[4:], big), u16(b[6:], big)
	start := fileHeader
	if magic == magicIxiaHW || magic == magicIxiaSW {
		start += 4 // the length of all records together
		if len(b) < start {
			return false
		}
	}
	if !(major == 2 && minor <= 4 || major == 543 && minor == 0) {
		r.err = &VersionError{FormatPcap, major, minor}
		return true
	}
	snap, network := u32(b[16:], big), u32(b[20:], big)
	if network&0x03ff0000 != 0 {
		r.err = r.damage(linkReason(network))
		return true
	}
	s.link = fromFile(uint16(network))
	if network&0x04000000 != 0 { // the top four bits are there: FCS length in 16-bit words
		s.fcs = uint8(network>>28) * 2
	}
	s.limit = recordLimit(s.link, snap)
	if major == 543 || minor < 3 {
		s.order = wireFirst
	} else if minor == 3 {
		s.order = smallerFirst
	}
	s.choose(magic, minor, network, b[start:])
	r.format = FormatPcap
	r.advance(start)
	r.addPcap(major, minor, snap)
	return true
}

// choose finds the variant by the file header and the first records in b.
func (s *pcapState) choose(magic uint32, minor uint16, network uint32, b []byte) {
	switch magic {
	case magicMicro:
		if link, ok := aixLink(network); ok && minor == 2 {
			s.variant, s.link = AIX, link
		} else if minor == 4 {
			s.variant = s.guess(b, Micro, Patched417, Nokia)
		}
	case magicNano:
		s.variant = Nano
	case magicModified:
		s.variant = s.guess(b, Patched029, Patched915)
	case magicIxiaHW:
		s.variant = IxiaHW
	case magicIxiaSW:
		s.variant = IxiaSW
	}
	s.header, s.unit = variants[s.variant].header, int64(variants[s.variant].unit)
	s.hint, s.tap = hintPlace(s.link), hasTap(s.link)
	if s.variant == AIX && s.link == linkFDDI {
		s.pad = 3
	}
}

// lengths returns the captured and the wire length of the record at b.
func (s *pcapState) lengths(b []byte) (caplen, wire uint32) {
	caplen, wire = u32(b[8:], s.big), u32(b[12:], s.big)
	if s.order == wireFirst || s.order == smallerFirst && caplen > wire {
		caplen, wire = wire, caplen
	}
	return caplen, wire
}

// readPcap walks the whole records of the window. It sets r.err at a damage.
func (r *Reader) readPcap(ps []parse.Packet) (n int) {
	s := &r.pcap
	b := r.win
	for n < len(ps) && len(b) >= s.header {
		caplen, wire := s.lengths(b)
		if caplen > s.limit || int(caplen) < s.pad {
			r.advance(len(r.win) - len(b))
			r.err = r.damage(lengthReason("record", caplen))
			return n
		}
		end := s.header + int(caplen)
		if len(b) < end {
			break
		}
		p := &ps[n]
		fill(p, b[s.header:end:end], s.link, 0)
		p.WireLen = wire
		p.Time = int64(u32(b, s.big))*1e9 + int64(u32(b[4:], s.big))*s.unit
		p.Hint = hintAt(p.Data, s.hint)
		if s.header != 16 || s.pad|int(s.fcs) != 0 {
			s.adjust(p, b)
		}
		if s.tap {
			r.tapped(p)
		}
		b = b[end:]
		n++
	}
	r.advance(len(r.win) - len(b))
	return n
}

// adjust does what only some files need.
func (s *pcapState) adjust(p *parse.Packet, b []byte) {
	if s.variant.patched() {
		p.Hint = packetType(b[packetTypeAt])
	}
	if s.pad != 0 {
		p.Data = p.Data[s.pad:]
		p.WireLen -= min(p.WireLen, uint32(s.pad))
	}
	if s.fcs != 0 {
		cutFCS(p, s.fcs)
	}
}

// wholeRecord reports whether readPcap has work without waiting.
func (r *Reader) wholeRecord() bool {
	s := &r.pcap
	if len(r.win) < s.header {
		return false
	}
	caplen, _ := s.lengths(r.win)
	return caplen > s.limit || len(r.win) >= s.header+int(caplen)
}
