package pcap

import (
	"math/bits"

	"sockeye/parse"
)

// Magic numbers of pcap files, as read on a machine of the writer's byte order.
const (
	magicMicro    = 0xa1b2c3d4 // timestamps in µs; AIX and Nokia systems and some patched libpcaps use it too
	magicNano     = 0xa1b23c4d // timestamps in ns
	magicModified = 0xa1b2cd34 // Kuznetzov's patched libpcap: longer record headers
	magicIxiaHW   = 0x1c0001ac // Ixia hardware: ns, four more bytes of file header
	magicIxiaSW   = 0x1c0001ab // Ixia software: µs, four more bytes of file header
)

// Variant is a dialect of the pcap format.
type Variant uint8

// The variants. Patched is three: two generations of one patch to libpcap put
// the interface, EtherType and sll_pkttype after the lengths, the older under
// the magic number of unpatched files, and one release added five bytes more.
const (
	Micro      Variant = iota // the common one
	Nano                      // timestamps in ns
	Patched417                // libpcap patch ss990417 (Red Hat 6.1): µs magic, 24-byte record headers
	Patched915                // libpcap patch ss990915 (SuSE 6.3): modified magic, 28-byte record headers
	Patched029                // libpcap patch ss991029: modified magic, 24-byte record headers
	Nokia                     // Nokia IPSO: µs magic, 20-byte record headers
	AIX                       // AIX: version 2.2, interface types for link types, timestamps in ns
	IxiaHW                    // Ixia lcap, hardware: timestamps in ns
	IxiaSW                    // Ixia lcap, software
)

var variants = [...]struct {
	name   string
	header int    // length of the record header
	unit   uint32 // ns in a unit of the timestamp's fraction
}{
	Micro:      {"pcap", 16, 1000},
	Nano:       {"pcap with nanoseconds", 16, 1},
	Patched417: {"patched pcap (ss990417)", 24, 1000},
	Patched915: {"patched pcap (ss990915)", 28, 1000},
	Patched029: {"patched pcap (ss991029)", 24, 1000},
	Nokia:      {"Nokia pcap", 20, 1000},
	AIX:        {"AIX pcap", 16, 1},
	IxiaHW:     {"Ixia pcap with nanoseconds", 16, 1},
	IxiaSW:     {"Ixia pcap", 16, 1000},
}

// String returns the variant's name.
func (v Variant) String() string { return variants[v].name }

// patched reports whether record headers hold sll_pkttype.
func (v Variant) patched() bool { return v == Patched417 || v == Patched915 || v == Patched029 }

// packetTypeAt is the offset of sll_pkttype in patched record headers, after
// the interface index and the EtherType.
const packetTypeAt = 22

func isPcap(magic uint32) bool {
	switch magic {
	case magicMicro, magicNano, magicModified, magicIxiaHW, magicIxiaSW:
		return true
	}
	return false
}

// aixLink translates the interface types of RFC 1573 that AIX writes for link
// types. Only they tell its files from others of version 2.2.
func aixLink(ifType uint32) (parse.LinkType, bool) {
	switch ifType {
	case 6:
		return parse.LinkEthernet, true
	case 9:
		return linkTokenRing, true
	case 15:
		return linkFDDI, true
	case 24:
		return parse.LinkNull, true
	}
	return 0, false
}

// guess tells variants apart that share a magic number, by the first records
// in b, as many as there are: it does not wait for more. A variant other than
// the usual one must be free of contradictions where the usual one is not.
func (s *pcapState) guess(b []byte, usual Variant, others ...Variant) Variant {
	if _, ok := s.try(b, usual); ok {
		return usual
	}
	for _, v := range others {
		if n, ok := s.try(b, v); ok && n > 0 {
			return v
		}
	}
	return usual
}

// tryRecords is how many records guess looks at.
const tryRecords = 3

// try reads the first records in b as a variant would have written them. It
// returns how many there are and whether they make sense.
func (s *pcapState) try(b []byte, v Variant) (n int, ok bool) {
	h := variants[v].header
	for ; n < tryRecords && len(b) >= h; n++ {
		caplen, wire := u32(b[8:], s.big), u32(b[12:], s.big)
		if u32(b[4:], s.big) >= 1e6 || caplen > s.limit || caplen > wire || wire > maxRecord {
			return n, false
		}
		if v.patched() && !plausiblePatch(b, s.big) || v == Nokia && !plausibleNokia(b) {
			return n, false
		}
		if uint64(len(b)) < uint64(h)+uint64(caplen) {
			return n, true
		}
		b = b[h+int(caplen):]
	}
	return n, true
}

// plausiblePatch reports whether a patched record header holds an interface
// index, an EtherType or ETH_P_ constant of linux/if_ether.h, and a PACKET_
// constant of linux/if_packet.h of its time.
func plausiblePatch(b []byte, big bool) bool {
	proto := u16(b[20:], big)
	known := proto >= 0x600 || proto <= 0x17 || proto == 0x60 || proto == 0x200 || proto == 0x400
	return u32(b[16:], big) <= 10000 && known && b[packetTypeAt] <= 4
}

// plausibleNokia checks the word that Nokia systems add. Its meaning is not
// known; wiretap has seen 0xXfbfYZ0W with X 9 or b, Y b or d, Z 6 or 9 and W 1
// or 2, in the order of the machine that looks, which was a little-endian one.
func plausibleNokia(b []byte) bool {
	return nokiaWord(u32(b[16:], false)) || nokiaWord(bits.ReverseBytes32(u32(b[16:], false)))
}

func nokiaWord(w uint32) bool {
	x, y, z, last := w>>28, w>>12&0xf, w>>8&0xf, w&0xf
	return w&0x0fff00f0 == 0x0fbf0000 && (x == 0x9 || x == 0xb) && (y == 0xb || y == 0xd) &&
		(z == 0x6 || z == 0x9) && (last == 1 || last == 2)
}
