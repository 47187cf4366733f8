package pcap

import (
	"net/netip"

	"sockeye/parse"
)

// An Interface is one that packets of a file were captured on. A pcap file has
// one, a pcapng file one for each Interface Description Block; parse.Packet's
// Iface is its index, which never starts anew in a later section.
type Interface struct {
	Section     int // number of its section, from 0
	Link        parse.LinkType
	SnapLen     uint32 // most bytes captured of a packet; 0 means no limit
	Name        string
	Description string
	Hardware    string
	OS          string         // of the capturing machine, where it differs from the section's
	Filter      string         // capture filter in the syntax of pcap-filter(7)
	Addrs       []netip.Prefix // addresses with the length of their networks, IPv4 and IPv6
	MAC         [6]byte        // zero when not known
	Speed       uint64         // bit/s, 0 when not known
	Resolution  Resolution     // unit of the file's timestamps
	Offset      int64          // seconds to add to the file's timestamps
	FCSLen      uint8          // bytes of frame check sequence that end each packet in the file
	Comments    []string
	Statistics  Statistics
}

// Dropped returns how many packets were lost on the interface, by the fullest
// account that the file gives.
func (i *Interface) Dropped() uint64 {
	s := &i.Statistics
	return max(s.InterfaceDropped+s.SystemDropped, s.BetweenPackets)
}

// Statistics are an interface's own counters, as of the file's last Interface
// Statistics Block for it. A counter that the file does not have is zero.
type Statistics struct {
	Blocks           uint64 // Interface Statistics Blocks read
	Received         uint64 // isb_ifrecv: packets that the interface saw
	InterfaceDropped uint64 // isb_ifdrop: lost by the interface
	SystemDropped    uint64 // isb_osdrop: lost by the operating system
	FilterAccepted   uint64 // isb_filteraccept
	Delivered        uint64 // isb_usrdeliv
	BetweenPackets   uint64 // sum of epb_dropcount: losses noted beside the packets themselves
	Start, End       int64  // of the capture, ns since the Unix epoch; 0 when not known
}

// A Section is one Section Header Block and what follows it. A pcap file is one
// section.
type Section struct {
	BigEndian    bool
	Major, Minor uint16 // version of the format
	Hardware     string
	OS           string
	Application  string // program that wrote it
	Comments     []string
}

// A Name is a resolved address of a Name Resolution Block.
type Name struct {
	Addr  netip.Addr
	Names []string
}

// A Comment belongs to one packet.
type Comment struct {
	Packet uint64 // counted from 1
	Text   string
}

// Format is the kind of a capture file.
type Format uint8

// The formats.
const (
	FormatUnknown Format = iota // the file header has not been read
	FormatPcap
	FormatPcapng
)

// String returns the format's name.
func (f Format) String() string { return [...]string{"unknown", "pcap", "pcapng"}[f] }

// Compression is what a capture file is wrapped in.
type Compression uint8

// The compressions.
const (
	Plain Compression = iota
	Gzip
	Zstd
)

// String returns the compression's name.
func (c Compression) String() string { return [...]string{"none", "gzip", "zstd"}[c] }

// Info says what kind of file a Reader reads and how much it has read.
type Info struct {
	Format      Format
	Variant     Variant // of a pcap file
	Compression Compression
	Packets     uint64
	Offset      int64 // bytes read and used, uncompressed
	Blocks      Blocks
	// Left is what the bounds on kept text left out: names and comments in
	// bytes.
	Left uint64
}

// Blocks counts the blocks of a pcapng file by type.
type Blocks struct {
	Section     uint64 // Section Header Blocks
	Interface   uint64 // Interface Description Blocks
	Enhanced    uint64 // Enhanced Packet Blocks
	Simple      uint64 // Simple Packet Blocks
	Packet      uint64 // the obsolete Packet Blocks
	Names       uint64 // Name Resolution Blocks
	Statistics  uint64 // Interface Statistics Blocks
	Secrets     uint64 // Decryption Secrets Blocks: counted, never read
	Custom      uint64 // Custom Blocks that may be copied
	CustomFixed uint64 // Custom Blocks that may not be copied
	Process     uint64 // Apple's, each about one process
	Unknown     uint64 // blocks of any other type
}
