// Hot path: no allocation.

package capture

import "encoding/binary"

// Layout of struct virtio_net_hdr (linux/virtio_net.h), in host byte order.
const (
	vnetHeader    = 10
	vnetFlags     = 0
	vnetGSOType   = 1
	vnetGSOSize   = 4 // payload bytes of each segment
	vnetCsumStart = 6 // where the transport header is, from the link header

	vnetNeedsCsum = 1 << 0 // VIRTIO_NET_HDR_F_NEEDS_CSUM: csum_start is set
	vnetGSOUDP    = 3      // VIRTIO_NET_HDR_GSO_UDP
	vnetGSOUDPL4  = 5      // VIRTIO_NET_HDR_GSO_UDP_L4 (Linux 6.2)
	vnetGSOECN    = 0x80   // a flag of gso_type
)

const (
	ethertypeIPv6 = 0x86dd
	ip4Header     = 20 // without options
	ip6Header     = 40
	tcpHeader     = 20 // without options
	udpHeader     = 8
	tcpTimestamps = 12 // the option that nearly every segment has, padded
)

// whole reports whether frame f surely stands for one packet of the wire. It is
// what nearly every frame is asked, so it is kept small enough to be inlined.
func (t *TPacket) whole(f []byte, mac uint32) bool {
	return t.VnetHdr && mac >= frameHeader+vnetHeader && f[mac-vnetHeader+vnetGSOType] == 0
}

// segments returns how many packets of the wire frame f stands for: 0, which
// means one, unless the kernel merged it on receipt (GRO) or will cut it when
// sending (TSO, GSO). f[mac:] starts with a link header of link bytes; data is
// what is there of it, wire its length.
func (t *TPacket) segments(f, data []byte, mac, link, wire uint32, proto uint16) uint16 {
	if !t.VnetHdr {
		return t.estimate(link, wire, proto)
	}
	if mac < frameHeader+vnetHeader {
		return 0 // no room for one: the kernel left it out
	}
	v := (*[vnetHeader]byte)(f[mac-vnetHeader:]) // mac is inside f
	size := uint32(binary.NativeEndian.Uint16(v[vnetGSOSize:]))
	if v[vnetGSOType] == 0 || size == 0 {
		return 0
	}
	head := link + ipHeader(proto)
	if v[vnetFlags]&vnetNeedsCsum != 0 {
		// The kernel sets it on every super-frame that it makes, and inside a
		// tunnel it points into the inner packet, which is the one to be cut.
		head = uint32(binary.NativeEndian.Uint16(v[vnetCsumStart:]))
	}
	kind := v[vnetGSOType] &^ vnetGSOECN
	switch {
	case kind == vnetGSOUDP || kind == vnetGSOUDPL4:
		head += udpHeader
	case uint64(head)+12 < uint64(len(data)):
		head += uint32(data[head+12]>>4) * 4 // the TCP data offset
	default:
		head += tcpHeader
	}
	return ceilDiv(wire, head, size)
}

// estimate is segments without a virtio_net_hdr: a frame that is longer than
// the interface sends is taken for TCP segments of full length.
func (t *TPacket) estimate(link, wire uint32, proto uint16) uint16 {
	head := ipHeader(proto) + tcpHeader + tcpTimestamps
	if t.MTU <= head || wire <= link+t.MTU {
		return 0
	}
	return ceilDiv(wire, link+head, t.MTU-head)
}

func ipHeader(proto uint16) uint32 {
	if proto == ethertypeIPv6 {
		return ip6Header
	}
	return ip4Header
}

// ceilDiv returns how many segments of size bytes the wire bytes behind head
// make.
func ceilDiv(wire, head, size uint32) uint16 {
	if wire <= head {
		return 0
	}
	return uint16(min((uint64(wire-head)+uint64(size)-1)/uint64(size), 1<<16-1))
}
