// Hot path: no allocation.

package parse

// A Packet is one captured frame and what Decode found in it. The caller owns
// the struct and reuses it; Data is borrowed from the source and is valid only
// until the source is read again, so whatever is kept must be copied.
type Packet struct {
	// The first group is filled in by the source, before Decode.

	Data    []byte   // captured bytes, from the link header on
	Time    int64    // capture time, ns since the Unix epoch
	WireLen uint32   // bytes on the wire, link header and stripped tags included, FCS excluded
	Link    LinkType // how Data starts
	Iface   uint16   // slot of the interface in the source's table
	Segs    uint16   // wire packets that the frame stands for (GRO, GSO); 0 means 1
	TagTCI  uint16   // 802.1Q tag that the kernel took off; valid if TagTPID != 0
	TagTPID uint16   // its EtherType (0x8100, 0x88a8); 0 when nothing was taken off
	Proto2  uint16   // EtherType given beside the frame (LinkCooked only)
	Hint    Hint     // what the kernel or the file says of the direction
	Decap   bool     // look one tunnel deep: the key is the inner packet's

	// The second group is set by Decode.

	Family    Family // what the key's addresses are
	Proto     uint8  // IP protocol after all extension headers; valid for FamilyIPv4 and FamilyIPv6
	TCPFlags  uint8  // the low eight TCP flags, as on the wire
	Swapped   bool   // the packet's source is Key.B
	Status    Status
	EtherType uint16 // of the network layer, after every tag; 802.3 length frames have EtherTypeLLC
	VLAN      uint16 // outermost VLAN id, 0 when untagged
	L3        uint16 // offset of the network header in Data; the layer is there only if L3 < L4
	L4        uint16 // offset of the transport header; 0 when there is none
	Payload   uint16 // offset of the transport payload; 0 when there is none
	FragOff   uint16 // fragment offset in bytes / 8
	ICMPType  uint8
	ICMPCode  uint8
	Window    uint16 // TCP window, unscaled
	IPLen     uint32 // bytes of the IP packet by its own header; by the wire where that says 0 (TSO); 0 for non-IP
	PayLen    uint32 // bytes of transport payload on the wire: never padding, whatever was captured
	FragID    uint32 // IPv4 identification or IPv6 fragment identification
	Seq, Ack  uint32 // TCP
	Key       Key
}

// Hint says what the capturing kernel or the file knows of a frame's
// direction. Its values follow sll_pkttype of packet(7), plus one.
type Hint uint8

const (
	HintNone      Hint = iota
	HintHost           // PACKET_HOST: to this machine
	HintBroadcast      // PACKET_BROADCAST
	HintMulticast      // PACKET_MULTICAST
	HintOther          // PACKET_OTHERHOST: to another machine, seen in promiscuous mode
	HintOutgoing       // PACKET_OUTGOING: leaving this machine
)

// Family says how to read the addresses of a Key.
type Family uint8

const (
	FamilyNone Family = iota // nothing could be read: Key is zero but for Proto
	FamilyIPv4
	FamilyIPv6
	FamilyLink // not IP: addresses are MAC addresses, Key.Proto is the EtherType
	FamilyARP  // ARP over IPv4: sender and target protocol address
)

// Status holds what Decode noticed. It is never an error: a packet is always
// counted, with as much of its key as could be read.
type Status uint16

const (
	Truncated Status = 1 << iota // cut by the capture's snap length before its headers or its payload ended
	Malformed                    // a header contradicts itself or the wire length
	Fragment                     // an IP fragment, the first one included
	FirstFrag                    // with Fragment: it starts the datagram, ports are there
	NoPorts                      // with Fragment: a later fragment, the key's ports are 0 until track joins it
	TSO                          // IP length 0: the kernel had not cut it yet
	Tunnelled                    // an IP tunnel was recognised (whether or not it was entered)
	Inner                        // Decap entered a tunnel: layers and key are the inner packet's
	Stray                        // the kernel's fanout hash may put the two directions of Key into different queues
	ICMPError                    // an ICMP error that quotes another packet
)
