package bpfdev

// Raw IP has one number in the kernels of the BSD family, DLT_RAW of
// net/bpf.h, and another in capture files, LINKTYPE_RAW. The link types that
// interfaces of macOS have otherwise (no link header, Ethernet, PPP, 802.11)
// are the same in both; www.tcpdump.org/linktypes.html tells why.
const (
	dltRaw      = 12
	linkTypeRaw = 101
)

// linkTypeOf returns the LINKTYPE_ value of a DLT_ value of this kernel.
func linkTypeOf(dlt uint32) uint16 {
	if dlt == dltRaw {
		return linkTypeRaw
	}
	return uint16(dlt)
}

// dltOf returns the DLT_ value of this kernel for a LINKTYPE_ value.
func dltOf(linkType uint16) uint32 {
	if linkType == linkTypeRaw {
		return dltRaw
	}
	return uint32(linkType)
}
