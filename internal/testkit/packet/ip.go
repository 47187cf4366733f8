package packet

import "net/netip"

// The addresses of layers that name none (RFC 5737, RFC 3849).
var (
	default4Src = IP("192.0.2.1")
	default4Dst = IP("192.0.2.2")
	default6Src = IP("2001:db8::1")
	default6Dst = IP("2001:db8::2")
)

func slice4(a, def netip.Addr) []byte {
	v := or(a, def).As4()
	return v[:]
}

func slice6(a, def netip.Addr) []byte {
	v := or(a, def).As16()
	return v[:]
}

// numbered is a layer that has an IP protocol number.
type numbered interface{ ipProto() uint8 }

// protoOf returns the IP protocol number of a layer: IPv6-NoNxt where there
// is no layer, 253 (for experiments, RFC 3692) where it has no number.
func protoOf(l Layer) uint8 {
	if l == nil {
		return 59
	}
	if n, ok := l.(numbered); ok {
		return n.ipProto()
	}
	return 253
}

// IPv4 is an IPv4 header.
type IPv4 struct {
	Src, Dst   netip.Addr // 192.0.2.1 and .2 if zero
	Proto      uint8      // that of the next layer if zero
	ID         uint16
	TTL        uint8 // 64 if zero
	More       bool  // more fragments
	FragOffset uint16
	Options    []byte // a multiple of 4 bytes
	Length     int    // total length; the true one if zero, 0 on the wire if negative (TSO)
}

func (l IPv4) wrap(payload []byte, _ []Layer, next Layer) []byte {
	header := 20 + len(l.Options)
	length := max(or(l.Length, header+len(payload)), 0)
	frag := l.FragOffset / 8
	if l.More {
		frag |= 0x2000
	}
	b := be16([]byte{0x40 | byte(header/4), 0}, length)
	b = be16(be16(b, l.ID), frag)
	b = append(b, or(l.TTL, 64), or(l.Proto, protoOf(next)), 0, 0)
	b = append(b, slice4(l.Src, default4Src)...)
	b = append(b, slice4(l.Dst, default4Dst)...)
	b = append(b, l.Options...)
	sum := Checksum(b)
	b[10], b[11] = byte(sum>>8), byte(sum)
	return append(b, payload...)
}

func (IPv4) etherType() uint16 { return 0x0800 }
func (IPv4) ipProto() uint8    { return 4 }

// IPv6 is an IPv6 header; extension headers are layers of their own.
type IPv6 struct {
	Src, Dst  netip.Addr // 2001:db8::1 and ::2 if zero
	Next      uint8      // that of the next layer if zero
	FlowLabel uint32
	HopLimit  uint8 // 64 if zero
	Length    int   // payload length; the true one if zero, 0 on the wire if negative (jumbogram)
}

func (l IPv6) wrap(payload []byte, _ []Layer, next Layer) []byte {
	b := be32(nil, 6<<28|l.FlowLabel)
	b = be16(b, max(or(l.Length, len(payload)), 0))
	b = append(b, or(l.Next, nextOf(next)), or(l.HopLimit, 64))
	b = append(b, slice6(l.Src, default6Src)...)
	b = append(b, slice6(l.Dst, default6Dst)...)
	return append(b, payload...)
}

func (IPv6) etherType() uint16 { return 0x86dd }
func (IPv6) ipProto() uint8    { return 41 }

// nextOf is protoOf for IPv6, where ICMP has another number.
func nextOf(l Layer) uint8 {
	if _, ok := l.(HopByHop); ok {
		return 0
	}
	return protoOf(l)
}

// Options is an IPv6 extension header of type-length-value options: hop-by-hop
// and destination options, and any other with the same shape. It is padded.
type Options struct {
	Header uint8 // its own number: 60 (destination options) if zero
	Next   uint8 // that of the next layer if zero
	Data   []byte
}

func (l Options) wrap(payload []byte, _ []Layer, next Layer) []byte {
	return options(l.Next, l.Data, payload, next)
}

func (l Options) ipProto() uint8 { return or(l.Header, 60) }

// HopByHop is the hop-by-hop options header, whose number is 0.
type HopByHop struct {
	Next uint8
	Data []byte
}

func (l HopByHop) wrap(payload []byte, _ []Layer, next Layer) []byte {
	return options(l.Next, l.Data, payload, next)
}

func (HopByHop) ipProto() uint8 { return 0 }

// Jumbo returns the hop-by-hop header with the jumbo payload option (RFC
// 2675). Length is that of the packet without the IPv6 header.
func Jumbo(length int) HopByHop {
	return HopByHop{Data: be32([]byte{0xc2, 4}, length)}
}

func options(proto uint8, data, payload []byte, next Layer) []byte {
	n := (2 + len(data) + 7) / 8 * 8
	b := append([]byte{or(proto, nextOf(next)), byte(n/8 - 1)}, data...)
	switch pad := n - len(b); pad {
	case 0:
	case 1:
		b = append(b, 0) // Pad1
	default:
		b = append(b, 1, byte(pad-2)) // PadN
		b = append(b, make([]byte, pad-2)...)
	}
	return append(b, payload...)
}

// Fragment is the IPv6 fragment header.
type Fragment struct {
	Next   uint8 // that of the next layer if zero
	ID     uint32
	Offset uint16 // bytes
	More   bool
}

func (l Fragment) wrap(payload []byte, _ []Layer, next Layer) []byte {
	v := l.Offset &^ 7
	if l.More {
		v |= 1
	}
	b := be16([]byte{or(l.Next, nextOf(next)), 0}, v)
	return append(be32(b, l.ID), payload...)
}

func (Fragment) ipProto() uint8 { return 44 }

// AH is an authentication header (RFC 4302) with a check value of 12 bytes.
type AH struct {
	Next     uint8 // that of the next layer if zero
	SPI, Seq uint32
}

func (l AH) wrap(payload []byte, _ []Layer, next Layer) []byte {
	b := be32([]byte{or(l.Next, nextOf(next)), 4, 0, 0}, l.SPI)
	b = be32(b, l.Seq)
	return append(append(b, make([]byte, 12)...), payload...)
}

func (AH) ipProto() uint8 { return 51 }

// Fragments cuts the IPv4 packet ip with its inner layers into fragments of
// at most size bytes of payload (rounded down to a multiple of 8), each within
// the outer layers.
func Fragments(outer []Layer, ip IPv4, size int, inner ...Layer) [][]byte {
	if len(inner) > 0 {
		ip.Proto = or(ip.Proto, protoOf(inner[0]))
	}
	whole := Build(append([]Layer{ip}, inner...)...)[20+len(ip.Options):]
	size &^= 7
	var frames [][]byte
	for off := 0; off < len(whole); off += size {
		ip.FragOffset, ip.More = uint16(off), off+size < len(whole)
		part := Bytes(whole[off:min(off+size, len(whole))])
		frames = append(frames, Build(append(outer[:len(outer):len(outer)], ip, part)...))
	}
	return frames
}

// Fragments6 is Fragments for IPv6: id goes to the fragment header.
func Fragments6(outer []Layer, ip IPv6, id uint32, size int, inner ...Layer) [][]byte {
	whole := Build(append([]Layer{ip}, inner...)...)[40:]
	var next uint8 = 59
	if len(inner) > 0 {
		next = nextOf(inner[0])
	}
	size &^= 7
	var frames [][]byte
	for off := 0; off < len(whole); off += size {
		f := Fragment{Next: next, ID: id, Offset: uint16(off), More: off+size < len(whole)}
		part := Bytes(whole[off:min(off+size, len(whole))])
		frames = append(frames, Build(append(outer[:len(outer):len(outer)], ip, f, part)...))
	}
	return frames
}
