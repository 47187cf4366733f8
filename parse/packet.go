// Hot path: no allocation.

// Package parse reads packets: from the link header to the transport header,
// on any bytes, without allocating and without errors. What a packet lacks or
// contradicts is told by its Status.
package parse

import "encoding/binary"

// A Packet is one captured frame and what Decode found in it. The caller owns
// the struct and reuses it; Data is borrowed from the source and is valid only
// until the source is read again, so whatever is kept must be copied.
type Packet struct {
	// The first group is filled in by the source, before Decode.

	Data    []byte   // captured bytes, from the link header on
	Time    int64    // capture time, ns since the Unix epoch
	Number  uint64   // of the packet in its file, from 1; 0 for live ones
	WireLen uint32   // bytes on the wire, link header and stripped tags included, FCS excluded; 0 if not known
	Link    LinkType // how Data starts
	Iface   uint16   // slot of the interface in the source's table
	Segs    uint16   // wire packets that the frame stands for (GRO, GSO); 0 means 1
	TagTCI  uint16   // 802.1Q tag that the kernel took off; valid if TagTPID != 0
	TagTPID uint16   // its EtherType (0x8100, 0x88a8); 0 when nothing was taken off
	Proto2  uint16   // EtherType given beside the frame (LinkCooked only)
	Hint    Hint     // what the kernel or the file says of the direction
	Decap   bool     // look one tunnel deep: the key is the inner packet's

	// The second group is set by Decode. With Inner, all of it but VLAN is the
	// inner packet's.

	Family    Family // what the key's addresses are
	Proto     uint8  // IP protocol after all extension headers; valid for FamilyIPv4 and FamilyIPv6
	TCPFlags  uint8  // the low eight TCP flags, as on the wire
	Swapped   bool   // the packet's source is Key.B
	Status    Status
	EtherType uint16 // of the network layer, after every tag; 802.3 length frames have EtherTypeLLC
	VLAN      uint16 // outermost VLAN id, 0 when untagged
	L3        uint16 // offset of the network header in Data; the layer is there only if L3 < L4
	L4        uint16 // offset of what the IP headers carry: the transport header, or a later fragment's data; 0 when there is none
	Payload   uint16 // offset of the transport payload, even of an empty one; 0 when its header was not read to the end
	FragOff   uint16 // fragment offset in bytes / 8
	ICMPType  uint8
	ICMPCode  uint8
	Window    uint16 // TCP window, unscaled
	IPLen     uint32 // bytes of the IP packet by its own header; by the wire where that says 0 (TSO) or too much; 0 for non-IP
	PayLen    uint32 // bytes of transport payload on the wire: never padding, whatever was captured; 0 for non-IP
	FragID    uint32 // IPv4 identification or IPv6 fragment identification
	Seq, Ack  uint32 // TCP
	// Process belongs to the first group, and is here since there is room: the slot in
	// the source's Processes of who sent the packet, or where Hint says that it came in,
	// of whom it came to; 0 where the source does not say. Sources that never say it leave
	// it alone.
	Process uint32
	Key     Key
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
	// FamilyNone: nothing could be read. Key is zero but for Proto, which is the
	// EtherType as far as that is known.
	FamilyNone Family = iota
	FamilyIPv4
	FamilyIPv6
	FamilyLink // not IP: addresses are MAC addresses (0 where the link has none), Key.Proto is the EtherType
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
	Tunnelled                    // a tunnel was recognised (whether or not it was entered)
	Inner                        // Decap entered a tunnel: layers and key are the inner packet's
	Stray                        // the kernel's fanout hash may put the two directions of Key into different queues: see stray.go
	ICMPError                    // an ICMP error that quotes another packet
	MoreFrags                    // with Fragment: others of its datagram lie behind it
)

// Decode fills the second group of fields from the first. It takes any bytes.
func (p *Packet) Decode() {
	if p.Link != LinkEthernet || p.TagTPID != 0 || !p.decodeTCP4() {
		p.decode()
	}
}

// decode is Decode without the fast path, for every kind of frame.
func (p *Packet) decode() {
	p.reset()
	end := len(p.Data)
	if p.WireLen != 0 {
		end = int(p.WireLen)
	}
	if p.TagTPID != 0 {
		p.VLAN = p.TagTCI & 0xfff
		if p.WireLen != 0 {
			end = max(end-4, 0)
		}
	}
	b := p.Data[:min(len(p.Data), end)]
	if p.Link != LinkEthernet || len(b) < 14 {
		p.link(p.Link, b, 0, end)
	} else if !p.network(b, lengthOrType(be16(b[12:])), 14, end) {
		p.linkKey(be48(b[6:]), be48(b))
	}
	if p.Status&Malformed != 0 {
		p.Status |= Stray
	}
}

// reset clears the second group of fields.
func (p *Packet) reset() {
	p.Family, p.Proto, p.TCPFlags, p.Swapped, p.Status = 0, 0, 0, false, 0
	p.EtherType, p.VLAN, p.L3, p.L4, p.Payload, p.FragOff = 0, 0, 0, 0, 0, 0
	p.ICMPType, p.ICMPCode, p.Window = 0, 0, 0
	p.IPLen, p.PayLen, p.FragID, p.Seq, p.Ack = 0, 0, 0, 0, 0
	p.Key = Key{}
}

// PayloadBytes returns the captured part of the transport payload, without
// padding. It is borrowed like Data, and nil when there is none.
func (p *Packet) PayloadBytes() []byte {
	from, to := int(p.Payload), int(p.Payload)+int(p.PayLen)
	if from == 0 || from > len(p.Data) {
		return nil
	}
	return p.Data[from:min(to, len(p.Data))]
}

// short notes that a header was wanted up to offset need, and is not there.
// It returns true, as the functions do that have nothing left to read.
func (p *Packet) short(need, end int) bool {
	if need > end && p.WireLen != 0 {
		p.Status |= Malformed
	} else {
		p.Status |= Truncated
	}
	return true
}

func be16(b []byte) uint16 { return binary.BigEndian.Uint16(b) }
func be32(b []byte) uint32 { return binary.BigEndian.Uint32(b) }
func be64(b []byte) uint64 { return binary.BigEndian.Uint64(b) }
