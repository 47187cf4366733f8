package packet

import (
	"net/netip"
)

// MAC is a MAC address.
type MAC [6]byte

var (
	defaultSrcMAC = MAC{0x02, 0, 0, 0, 0, 0x01}
	defaultDstMAC = MAC{0x02, 0, 0, 0, 0, 0x02}
)

// typed is a layer that has an EtherType of its own.
type typed interface{ etherType() uint16 }

// typeOf returns the EtherType of a layer, 0 when it has none.
func typeOf(l Layer) uint16 {
	if t, ok := l.(typed); ok {
		return t.etherType()
	}
	return 0
}

// Ethernet is an Ethernet II header. Type is that of the next layer if zero.
type Ethernet struct {
	Src, Dst MAC // 02:00:00:00:00:01 and :02 if zero
	Type     uint16
	// Pad appends zeros until the frame has the least length of Ethernet, 60
	// bytes without FCS.
	Pad bool
}

func (l Ethernet) wrap(payload []byte, _ []Layer, next Layer) []byte {
	b := make([]byte, 0, 14+len(payload))
	dst, src := or(l.Dst, defaultDstMAC), or(l.Src, defaultSrcMAC)
	b = append(append(b, dst[:]...), src[:]...)
	b = be16(b, or(l.Type, typeOf(next)))
	b = append(b, payload...)
	if l.Pad && len(b) < 60 {
		b = append(b, make([]byte, 60-len(b))...)
	}
	return b
}

func (Ethernet) etherType() uint16 { return 0x6558 } // transparent Ethernet bridging

// LLC is an IEEE 802.3 header: length, then LLC. SNAP with OUI 0 if Header is
// nil.
type LLC struct {
	Src, Dst MAC
	Header   []byte // after the length: DSAP, SSAP, control
}

func (l LLC) wrap(payload []byte, _ []Layer, next Layer) []byte {
	h := l.Header
	if h == nil {
		h = be16([]byte{0xaa, 0xaa, 3, 0, 0, 0}, typeOf(next))
	}
	dst, src := or(l.Dst, defaultDstMAC), or(l.Src, defaultSrcMAC)
	b := append(append([]byte{}, dst[:]...), src[:]...)
	b = be16(b, len(h)+len(payload))
	return append(append(b, h...), payload...)
}

// VLAN is an 802.1Q tag behind its EtherType; TPID tells the layer around it
// which (0x8100 if zero).
type VLAN struct {
	ID, Priority uint16
	TPID         uint16
	Type         uint16
}

func (l VLAN) wrap(payload []byte, _ []Layer, next Layer) []byte {
	b := be16(nil, l.Priority<<13|l.ID)
	return append(be16(b, or(l.Type, typeOf(next))), payload...)
}

func (l VLAN) etherType() uint16 { return or(l.TPID, 0x8100) }

// MPLS is one entry of a label stack. The last of them has the S bit.
type MPLS struct {
	Label uint32
	TTL   uint8
}

func (l MPLS) wrap(payload []byte, _ []Layer, next Layer) []byte {
	v := l.Label<<12 | uint32(or(l.TTL, 64))
	if _, more := next.(MPLS); !more {
		v |= 1 << 8
	}
	return append(be32(nil, v), payload...)
}

func (MPLS) etherType() uint16 { return 0x8847 }

// PPPoE is a PPPoE header, with the PPP protocol field where Code is 0 (a
// session packet).
type PPPoE struct {
	Session uint16
	Code    uint8
	Proto   uint16 // PPP protocol; that of the next layer if zero
}

func (l PPPoE) wrap(payload []byte, _ []Layer, next Layer) []byte {
	var ppp []byte
	if l.Code == 0 {
		ppp = be16(nil, or(l.Proto, pppOf(next)))
	}
	b := be16([]byte{0x11, l.Code}, l.Session)
	b = be16(b, len(ppp)+len(payload))
	return append(append(b, ppp...), payload...)
}

func (l PPPoE) etherType() uint16 {
	if l.Code != 0 {
		return 0x8863
	}
	return 0x8864
}

// PPP is a PPP header with address and control field.
type PPP struct {
	Proto uint16 // that of the next layer if zero
}

func (l PPP) wrap(payload []byte, _ []Layer, next Layer) []byte {
	return append(be16([]byte{0xff, 0x03}, or(l.Proto, pppOf(next))), payload...)
}

func (PPP) etherType() uint16 { return 0x880b }

// pppOf returns the PPP protocol number of a layer.
func pppOf(l Layer) uint16 {
	switch l.(type) {
	case IPv4:
		return 0x0021
	case IPv6:
		return 0x0057
	case MPLS:
		return 0x0281
	}
	return 0
}

// SLL is the Linux cooked header, LINKTYPE_LINUX_SLL.
type SLL struct {
	PacketType uint16 // 0 host, 4 outgoing
	Src        MAC
	Type       uint16
}

func (l SLL) wrap(payload []byte, _ []Layer, next Layer) []byte {
	b := be16(nil, l.PacketType)
	b = be16(be16(b, 1), 6) // ARPHRD_ETHER, address length
	src := or(l.Src, defaultSrcMAC)
	b = append(append(b, src[:]...), 0, 0)
	return append(be16(b, or(l.Type, typeOf(next))), payload...)
}

// SLL2 is the second Linux cooked header, LINKTYPE_LINUX_SLL2.
type SLL2 struct {
	PacketType uint8 // 0 host, 4 outgoing
	Interface  uint32
	Src        MAC
	Type       uint16
}

func (l SLL2) wrap(payload []byte, _ []Layer, next Layer) []byte {
	b := be16(be16(nil, or(l.Type, typeOf(next))), 0)
	b = be16(be32(b, l.Interface), 1) // ARPHRD_ETHER
	src := or(l.Src, defaultSrcMAC)
	b = append(append(b, l.PacketType, 6), src[:]...)
	return append(append(b, 0, 0), payload...)
}

// Null is the header of LINKTYPE_NULL and LINKTYPE_LOOP: an address family of
// four bytes.
type Null struct {
	Family       uint32
	LittleEndian bool
}

func (l Null) wrap(payload []byte, _ []Layer, _ Layer) []byte {
	f := l.Family
	if l.LittleEndian {
		f = f<<24 | f>>24 | f<<8&0xff0000 | f>>8&0xff00
	}
	return append(be32(nil, f), payload...)
}

// ARP is an ARP message for IPv4 over Ethernet.
type ARP struct {
	Op             uint16 // 1, a request, if zero
	SrcMAC, DstMAC MAC
	Src, Dst       netip.Addr
}

func (l ARP) wrap(payload []byte, _ []Layer, _ Layer) []byte {
	b := be16([]byte{0, 1, 8, 0, 6, 4}, or(l.Op, 1))
	src := or(l.SrcMAC, defaultSrcMAC)
	b = append(append(b, src[:]...), slice4(l.Src, default4Src)...)
	b = append(append(b, l.DstMAC[:]...), slice4(l.Dst, default4Dst)...)
	return append(b, payload...)
}

func (ARP) etherType() uint16 { return 0x0806 }
