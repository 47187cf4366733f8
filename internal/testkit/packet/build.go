// Package packet builds frames for tests: layers from the outside in, with
// the lengths, the checksums and the numbers that name the next layer filled
// in where the test leaves them zero.
//
//	packet.Build(
//		packet.Ethernet{},
//		packet.VLAN{ID: 7},
//		packet.IPv4{Src: packet.IP("10.0.0.1"), Dst: packet.IP("10.0.0.2")},
//		packet.TCP{Src: 40000, Dst: 443, Flags: packet.SYN},
//		packet.Bytes("hello"),
//	)
package packet

import (
	"encoding/binary"
	"net/netip"
)

// A Layer is one header of a frame, or its payload.
type Layer interface {
	// wrap returns the layer's header before payload, and what it has behind
	// it. Outer are the layers around it, outermost first; next is the layer
	// that payload starts with, nil if there is none.
	wrap(payload []byte, outer []Layer, next Layer) []byte
}

// Build returns the bytes of the layers, outermost first.
func Build(layers ...Layer) []byte {
	var b []byte
	var next Layer
	for i := len(layers) - 1; i >= 0; i-- {
		b = layers[i].wrap(b, layers[:i], next)
		next = layers[i]
	}
	return b
}

// Bytes is payload.
type Bytes []byte

func (l Bytes) wrap(payload []byte, _ []Layer, _ Layer) []byte {
	return append(l[:len(l):len(l)], payload...)
}

// Zeros is a payload of so many zero bytes.
func Zeros(n int) Bytes { return make(Bytes, n) }

// IP parses an address and panics if it is none.
func IP(s string) netip.Addr { return netip.MustParseAddr(s) }

// Checksum returns the Internet checksum of b (RFC 1071).
func Checksum(b []byte) uint16 {
	var sum uint32
	for ; len(b) >= 2; b = b[2:] {
		sum += uint32(binary.BigEndian.Uint16(b))
	}
	if len(b) == 1 {
		sum += uint32(b[0]) << 8
	}
	for sum>>16 != 0 {
		sum = sum&0xffff + sum>>16
	}
	return ^uint16(sum)
}

// transportChecksum returns the checksum of the transport segment b within
// the nearest IP layer of outer, 0 when there is none to take a pseudo-header
// from.
func transportChecksum(b []byte, proto uint8, outer []Layer) uint16 {
	var pseudo []byte
	for i := len(outer) - 1; i >= 0 && pseudo == nil; i-- {
		switch ip := outer[i].(type) {
		case IPv4:
			pseudo = append(pseudo, slice4(ip.Src, default4Src)...)
			pseudo = append(pseudo, slice4(ip.Dst, default4Dst)...)
			pseudo = append(pseudo, 0, proto)
			pseudo = be16(pseudo, len(b))
		case IPv6:
			pseudo = append(pseudo, slice6(ip.Src, default6Src)...)
			pseudo = append(pseudo, slice6(ip.Dst, default6Dst)...)
			pseudo = be32(pseudo, len(b))
			pseudo = append(pseudo, 0, 0, 0, proto)
		}
	}
	if pseudo == nil {
		return 0
	}
	return Checksum(append(pseudo, b...))
}

// or returns v, or def where v is zero.
func or[T comparable](v, def T) T {
	var zero T
	if v == zero {
		return def
	}
	return v
}

func be16[T ~int | ~uint16](b []byte, v T) []byte {
	return binary.BigEndian.AppendUint16(b, uint16(v))
}

func be32[T ~int | ~uint32](b []byte, v T) []byte {
	return binary.BigEndian.AppendUint32(b, uint32(v))
}
