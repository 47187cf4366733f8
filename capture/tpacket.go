// Hot path: no allocation.

package capture

import (
	"encoding/binary"
	"unsafe"

	"sockeye/internal/prefetch"
	"sockeye/parse"
)

// Layout of a TPACKET_V3 block (linux/if_packet.h): struct tpacket_block_desc
// with its tpacket_hdr_v1, then the frames, each a struct tpacket3_hdr and a
// struct sockaddr_ll before the bytes of the packet.
const (
	TPacketBlockStatus = 8 // offset of block_status, which says whose the block is

	blockPackets = 12 // num_pkts
	blockFirst   = 16 // offset_to_first_pkt
	blockHeader  = 48 // sizeof(struct tpacket_block_desc)

	frameNext     = 0  // tp_next_offset, from this frame; 0 in the last one
	frameSec      = 4  // tp_sec, unsigned
	frameNsec     = 8  // tp_nsec
	frameSnaplen  = 12 // tp_snaplen: bytes that are there
	frameLen      = 16 // tp_len: bytes that were there, without a stripped tag
	frameStatus   = 20 // tp_status
	frameMAC      = 24 // tp_mac: where the link header is, from this frame
	frameNet      = 26 // tp_net: where the network header is
	frameTCI      = 32 // hv1.tp_vlan_tci
	frameTPID     = 36 // hv1.tp_vlan_tpid
	frameProtocol = 50 // sll_protocol, in network byte order
	frameIfindex  = 52 // sll_ifindex
	frameHatype   = 56 // sll_hatype
	framePkttype  = 58 // sll_pkttype
	frameHeader   = 68 // TPACKET3_HDRLEN
)

// Bits of tp_status.
const (
	statusUser  = 1 << 0 // TP_STATUS_USER: the frame was written to its end
	statusVLAN  = 1 << 4 // TP_STATUS_VLAN_VALID
	statusVTPID = 1 << 6 // TP_STATUS_VLAN_TPID_VALID (Linux 3.14)
)

// Values of sll_hatype (linux/if_arp.h).
const (
	arphrdEther    = 1
	arphrdLoopback = 772
	arphrd80211    = 801
	arphrdPrism    = 802
	arphrdRadiotap = 803
	arphrdNetlink  = 824 // nlmon: netlink messages, which no network carries
)

const tagLen = 4 // bytes of an 802.1Q tag

// framesAhead is how far ahead of the walk frames are fetched into the cache.
// The kernel wrote them on another processor, so that the first look at each is a
// miss otherwise.
const framesAhead = 8

// slotCache is how many interface indices a TPacket keeps the slots of; a
// power of two.
const slotCache = 64

// A TPacket walks the blocks of one TPACKET_V3 ring of a SOCK_RAW packet(7)
// socket. It is a pure reader of bytes: whatever a block says, nothing outside
// it is touched. The exported fields are set before the first block.
type TPacket struct {
	// Slot maps an interface index to Packet.Iface; frames of an interface
	// that is not ok are left out. What it said once of an index that is ok, it
	// is not asked again soon.
	Slot func(ifindex int) (slot uint16, ok bool)
	// VnetHdr says that a struct virtio_net_hdr lies before each link header
	// (PACKET_VNET_HDR). Without it segments are estimated from MTU.
	VnetHdr bool
	MTU     uint32 // of the interface, in bytes; 0 when unknown
	Decap   bool   // for Packet.Decap

	block []byte
	next  uint64 // offset of the next frame in block
	left  uint32 // frames not yet seen

	skipped uint64
	damaged uint64

	slots [slotCache]slotEntry // direct-mapped by the low bits of the index
}

type slotEntry struct {
	ifindex int32 // 0: none
	slot    uint16
}

// Block starts on the next block; b is the block from its first to its last
// byte, and is borrowed until Left is 0.
func (t *TPacket) Block(b []byte) {
	t.block, t.left = nil, 0
	if len(b) < blockHeader {
		t.damaged++
		return
	}
	t.block = b
	t.left = binary.NativeEndian.Uint32(b[blockPackets:])
	t.next = uint64(binary.NativeEndian.Uint32(b[blockFirst:]))
}

// Left returns how many frames of the block were not yet looked at.
func (t *TPacket) Left() int { return int(t.left) }

// Skipped returns how many frames were left out on purpose: those of unwanted
// interfaces and netlink messages. The kernel counts them as received.
func (t *TPacket) Skipped() uint64 { return t.skipped }

// Damaged returns how many frames could not be walked.
func (t *TPacket) Damaged() uint64 { return t.damaged }

// Next fills the first group of fields of ps[:n] from the next frames of the
// block. n < len(ps) means that the block is used up. Packet.Data points into
// the block.
func (t *TPacket) Next(ps []parse.Packet) (n int) {
	for n < len(ps) && t.left > 0 {
		f := t.frame()
		if f == nil {
			break
		}
		if t.fill(&ps[n], f) {
			n++
		}
	}
	return n
}

// frame takes the next frame off the block: its header, and what may follow up
// to the end of the block. It returns nil, and gives up the rest of the block,
// when the frame is not all inside it.
func (t *TPacket) frame() []byte {
	size := uint64(len(t.block))
	if t.next > size || size-t.next < frameHeader {
		t.giveUp()
		return nil
	}
	f := t.block[t.next:]
	step := uint64(binary.NativeEndian.Uint32(f[frameNext:]))
	t.left--
	if t.left > 0 && step < frameHeader {
		t.left++ // this frame is lost too: where it ends is not known
		t.giveUp()
		return nil
	}
	t.next += step
	// Where a later frame begins is not known yet, but frames are often alike.
	if ahead := t.next + framesAhead*step; ahead < size {
		prefetch.Lines(unsafe.Pointer(&t.block[ahead]))
	}
	return f
}

func (t *TPacket) giveUp() {
	t.damaged += uint64(t.left)
	t.left = 0
}

// fill describes frame f in p and tells whether it is a packet to report.
func (t *TPacket) fill(p *parse.Packet, f []byte) bool {
	h := (*[frameHeader]byte)(f) // frame has checked that it is there
	status := binary.NativeEndian.Uint32(h[frameStatus:])
	if status&statusUser == 0 {
		// The kernel reserved the frame, then could not describe it in a
		// virtio_net_hdr, and counted it as a drop (tpacket_rcv).
		return false
	}
	snap := binary.NativeEndian.Uint32(h[frameSnaplen:])
	mac := uint32(binary.NativeEndian.Uint16(h[frameMAC:]))
	if mac < frameHeader || uint64(mac)+uint64(snap) > uint64(len(f)) {
		t.damaged++
		return false
	}
	data := f[mac : mac+snap : mac+snap]
	hatype := binary.NativeEndian.Uint16(h[frameHatype:])
	ifindex := int32(binary.NativeEndian.Uint32(h[frameIfindex:]))
	e := &t.slots[uint32(ifindex)%slotCache]
	if known := e.ifindex == ifindex && ifindex != 0; !known && !t.ask(e, ifindex) || hatype == arphrdNetlink {
		t.skipped++
		return false
	}

	link := uint32(0)
	if net := uint32(binary.NativeEndian.Uint16(h[frameNet:])); net > mac {
		link = net - mac
	}
	p.Time = int64(binary.NativeEndian.Uint32(h[frameSec:]))*1e9 + int64(binary.NativeEndian.Uint32(h[frameNsec:]))
	p.WireLen = binary.NativeEndian.Uint32(h[frameLen:])
	p.Iface = e.slot
	p.Hint = hintOf(h[framePkttype])
	p.Decap = t.Decap
	p.Proto2 = binary.BigEndian.Uint16(h[frameProtocol:])
	p.Segs = 0
	if !t.whole(f, mac) {
		p.Segs = t.segments(f, data, mac, link, p.WireLen, p.Proto2)
	}
	p.Data, p.Link = data, linkOf(hatype)
	if p.Link == parse.LinkCooked {
		dropLink(p, link)
	}
	p.TagTCI, p.TagTPID = 0, 0
	if status&statusVLAN != 0 {
		restoreTag(p, h, status)
	}
	return true
}

// ask looks up the slot of an interface and keeps it in e. It returns false when
// the interface is not wanted.
func (t *TPacket) ask(e *slotEntry, ifindex int32) bool {
	slot, ok := t.Slot(int(ifindex))
	if ok {
		*e = slotEntry{ifindex, slot}
	}
	return ok
}

// hintOf maps sll_pkttype to a direction; Hint counts from one.
func hintOf(pkttype uint8) parse.Hint {
	if pkttype > uint8(parse.HintOutgoing-parse.HintHost) {
		return parse.HintNone // PACKET_LOOPBACK and later ones, which no tap sees
	}
	return parse.HintHost + parse.Hint(pkttype)
}

// linkOf tells how the frames of an interface of type hatype start. What is
// neither Ethernet nor 802.11 is read from its network header on, which the
// kernel has found: tunnels, TUN, WireGuard and PPP then need no code of their
// own, whether or not the kernel shows a link header of theirs.
func linkOf(hatype uint16) parse.LinkType {
	switch hatype {
	case arphrdEther, arphrdLoopback:
		return parse.LinkEthernet
	case arphrd80211:
		return parse.Link80211
	case arphrdPrism:
		return parse.LinkPrism
	case arphrdRadiotap:
		return parse.LinkRadiotap
	default:
		return parse.LinkCooked
	}
}

// dropLink makes p start at its network header, link bytes on. They are taken
// off the length too: on such links the header is no part of what the wire
// carries (a GRE interface shows the outer header, which its underlay counts).
func dropLink(p *parse.Packet, link uint32) {
	link = min(link, p.WireLen)
	p.WireLen -= link
	p.Data = p.Data[min(link, uint32(len(p.Data))):]
}

// restoreTag puts back the VLAN tag that the kernel or the card took off.
func restoreTag(p *parse.Packet, h *[frameHeader]byte, status uint32) {
	p.TagTCI = uint16(binary.NativeEndian.Uint32(h[frameTCI:]))
	p.TagTPID = 0x8100 // before Linux 3.14 there is no other
	if status&statusVTPID != 0 {
		p.TagTPID = binary.NativeEndian.Uint16(h[frameTPID:])
	}
	p.WireLen += tagLen
}
