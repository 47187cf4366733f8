package pcap

import "sockeye/parse"

// Link types that this package must know by itself.
const (
	linkTokenRing parse.LinkType = 6
	linkFDDI      parse.LinkType = 10
	linkSLL       parse.LinkType = 113
	linkUSB       parse.LinkType = 189
	linkUSBMmap   parse.LinkType = 220
	linkDBus      parse.LinkType = 231
	linkUSBPcap   parse.LinkType = 249
	linkSLL2      parse.LinkType = 276
	linkEBHSCR    parse.LinkType = 279
)

// fromFile translates the number in a file to a LINKTYPE_ value. Old programs
// wrote the DLT_ number of their system instead, and systems disagree on some
// of those; as libpcap and wiretap do, the number is taken for what was
// captured most.
func fromFile(n uint16) parse.LinkType {
	switch n {
	case 11: // DLT_ATM_RFC1483
		return 100
	case 12, 14: // DLT_RAW, of most systems and of OpenBSD and BSD/OS
		return parse.LinkRaw
	case 13: // DLT_ENC of OpenBSD
		return 109
	case 17: // DLT_PFLOG of old OpenBSD
		return 117
	case 18: // DLT_PFSYNC of the BSDs
		return 246
	case 19: // DLT_ATM_CLIP of Linux
		return 106
	}
	return parse.LinkType(n)
}

const (
	// usualRecord is the most that a record holds, as in libpcap
	// (MAXIMUM_SNAPLEN) and wiretap, unless its file or its link type says more.
	usualRecord = 256 << 10
	// maxRecord is the most that a record holds of any link type.
	maxRecord = 128 << 20
)

// recordLimit returns the largest sane record of a link type and snap length.
// Larger lengths are damage.
func recordLimit(l parse.LinkType, snap uint32) uint32 {
	switch l {
	case linkUSB, linkUSBMmap, linkDBus, linkUSBPcap, linkEBHSCR:
		return maxRecord
	}
	if snap > maxRecord { // "no limit", in several ways
		return usualRecord
	}
	return max(usualRecord, snap)
}
