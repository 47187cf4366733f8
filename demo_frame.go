package main

import (
	"encoding/binary"
	"net/netip"

	"sockeye/parse"
)

// demoPacket is a packet that the demonstration makes: of its payload only the first
// bytes may be there, as with a short snap length.
type demoPacket struct {
	out      bool // from this machine
	proto    uint8
	src, dst netip.AddrPort
	flags    uint8 // TCP
	seq, ack uint32
	icmp     uint8  // type of an ICMP message
	payload  []byte // what was captured of it
	size     int    // on the wire; less than len(payload) means len(payload)
}

// The machine's card and its router's.
var (
	demoMAC   = [6]byte{0x02, 0x00, 0x5e, 0x10, 0x00, 0x17}
	routerMAC = [6]byte{0x02, 0x00, 0x5e, 0x10, 0x00, 0x01}
)

// appendFrame appends the frame of a packet, and returns it with its length on the wire.
// Checksums are left out: nobody looks at them in a capture.
func (p *demoPacket) appendFrame(b []byte) ([]byte, uint32) {
	from, to := routerMAC, demoMAC
	if p.out {
		from, to = to, from
	}
	begin := len(b)
	b = append(append(b, to[:]...), from[:]...)
	size := max(p.size, len(p.payload))
	switch p.proto {
	case parse.ProtoTCP:
		size += 20
	default:
		size += 8
	}
	network := len(b) + 2
	if p.src.Addr().Is4() {
		b = append(b, 0x08, 0x00)
		b = p.appendIP4(b, 20+size)
		size += 20
	} else {
		b = append(b, 0x86, 0xdd)
		b = p.appendIP6(b, size)
		size += 40
	}
	b = p.appendTransport(b, size-(len(b)-network))
	return append(b, p.payload...), uint32(network - begin + size)
}

func (p *demoPacket) appendIP4(b []byte, total int) []byte {
	b = append(b, 0x45, 0)
	b = binary.BigEndian.AppendUint16(b, uint16(total))
	b = append(b, 0, 0, 0x40, 0, 64, p.proto, 0, 0) // do not fragment, TTL 64
	src, dst := p.src.Addr().As4(), p.dst.Addr().As4()
	return append(append(b, src[:]...), dst[:]...)
}

func (p *demoPacket) appendIP6(b []byte, payload int) []byte {
	b = append(b, 0x60, 0, 0, 0)
	b = binary.BigEndian.AppendUint16(b, uint16(payload))
	b = append(b, p.proto, 64)
	src, dst := p.src.Addr().As16(), p.dst.Addr().As16()
	return append(append(b, src[:]...), dst[:]...)
}

// appendTransport appends the transport header of a packet that is total long from there
// on.
func (p *demoPacket) appendTransport(b []byte, total int) []byte {
	switch p.proto {
	case parse.ProtoTCP:
		b = appendPorts(b, p)
		b = binary.BigEndian.AppendUint32(b, p.seq)
		b = binary.BigEndian.AppendUint32(b, p.ack)
		return append(b, 5<<4, p.flags, 0xff, 0xff, 0, 0, 0, 0)
	case parse.ProtoUDP:
		b = appendPorts(b, p)
		b = binary.BigEndian.AppendUint16(b, uint16(total))
		return append(b, 0, 0)
	}
	b = append(b, p.icmp, 0, 0, 0) // an echo: its identifier and number follow
	b = binary.BigEndian.AppendUint16(b, max(p.src.Port(), p.dst.Port()))
	return binary.BigEndian.AppendUint16(b, uint16(p.seq))
}

func appendPorts(b []byte, p *demoPacket) []byte {
	b = binary.BigEndian.AppendUint16(b, p.src.Port())
	return binary.BigEndian.AppendUint16(b, p.dst.Port())
}

// arpFrame is a request or a reply on an Ethernet (RFC 826).
func arpFrame(operation byte, mac [6]byte, from netip.Addr, toMAC [6]byte, to netip.Addr) []byte {
	dst := toMAC
	if operation == 1 {
		dst = [6]byte{0xff, 0xff, 0xff, 0xff, 0xff, 0xff}
	}
	b := append(append([]byte{}, dst[:]...), mac[:]...)
	b = append(b, 0x08, 0x06, 0, 1, 0x08, 0, 6, 4, 0, operation)
	sender, target := from.As4(), to.As4()
	b = append(append(b, mac[:]...), sender[:]...)
	b = append(append(b, toMAC[:]...), target[:]...)
	return append(b, make([]byte, 60-len(b))...)
}
