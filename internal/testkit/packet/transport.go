package packet

// TCP flags.
const (
	FIN uint8 = 1 << iota
	SYN
	RST
	PSH
	ACK
	URG
	ECE
	CWR
)

// TCP is a TCP header.
type TCP struct {
	Src, Dst uint16
	Seq, Ack uint32
	Flags    uint8
	Window   uint16 // 65535 if zero
	Options  []byte // a multiple of 4 bytes
}

func (l TCP) wrap(payload []byte, outer []Layer, _ Layer) []byte {
	b := be16(be16(nil, l.Src), l.Dst)
	b = be32(be32(b, l.Seq), l.Ack)
	b = append(b, byte((20+len(l.Options))/4)<<4, l.Flags)
	b = be16(b, or(l.Window, 65535))
	b = append(b, 0, 0, 0, 0) // checksum, urgent pointer
	b = append(append(b, l.Options...), payload...)
	sum := transportChecksum(b, 6, outer)
	b[16], b[17] = byte(sum>>8), byte(sum)
	return b
}

func (TCP) ipProto() uint8 { return 6 }

// UDP is a UDP header.
type UDP struct {
	Src, Dst uint16
	Length   int // the true one if zero, 0 on the wire if negative (jumbogram)
}

func (l UDP) wrap(payload []byte, outer []Layer, _ Layer) []byte {
	b := be16(be16(nil, l.Src), l.Dst)
	b = be16(b, max(or(l.Length, 8+len(payload)), 0))
	b = append(append(b, 0, 0), payload...)
	// Zero would mean that there is no checksum (RFC 768).
	sum := or(transportChecksum(b, 17, outer), 0xffff)
	b[6], b[7] = byte(sum>>8), byte(sum)
	return b
}

func (UDP) ipProto() uint8 { return 17 }

// UDPLite is a UDP-Lite header (RFC 3828) whose checksum covers everything.
type UDPLite struct {
	Src, Dst uint16
}

func (l UDPLite) wrap(payload []byte, outer []Layer, _ Layer) []byte {
	b := be16(be16(nil, l.Src), l.Dst)
	b = append(append(b, 0, 0, 0, 0), payload...)
	sum := or(transportChecksum(b, 136, outer), 0xffff)
	b[6], b[7] = byte(sum>>8), byte(sum)
	return b
}

func (UDPLite) ipProto() uint8 { return 136 }

// ICMP is an ICMP header of eight bytes.
type ICMP struct {
	Type, Code uint8
	ID, Seq    uint16 // the last four bytes; identifier and sequence number in an echo
}

func (l ICMP) wrap(payload []byte, _ []Layer, _ Layer) []byte {
	b := be16(be16([]byte{l.Type, l.Code, 0, 0}, l.ID), l.Seq)
	b = append(b, payload...)
	sum := Checksum(b)
	b[2], b[3] = byte(sum>>8), byte(sum)
	return b
}

func (ICMP) ipProto() uint8 { return 1 }

// ICMPv6 is an ICMPv6 header of eight bytes.
type ICMPv6 struct {
	Type, Code uint8
	ID, Seq    uint16 // the last four bytes; identifier and sequence number in an echo
}

func (l ICMPv6) wrap(payload []byte, outer []Layer, _ Layer) []byte {
	b := be16(be16([]byte{l.Type, l.Code, 0, 0}, l.ID), l.Seq)
	b = append(b, payload...)
	sum := transportChecksum(b, 58, outer)
	b[2], b[3] = byte(sum>>8), byte(sum)
	return b
}

func (ICMPv6) ipProto() uint8 { return 58 }

// SCTP is the common header of SCTP. Its CRC is left zero.
type SCTP struct {
	Src, Dst uint16
	Tag      uint32
}

func (l SCTP) wrap(payload []byte, _ []Layer, _ Layer) []byte {
	b := be32(be16(be16(nil, l.Src), l.Dst), l.Tag)
	return append(append(b, 0, 0, 0, 0), payload...)
}

func (SCTP) ipProto() uint8 { return 132 }

// Proto is payload with an IP protocol number of its own.
type Proto struct {
	Number uint8
	Data   []byte
}

func (l Proto) wrap(payload []byte, _ []Layer, _ Layer) []byte {
	return append(l.Data[:len(l.Data):len(l.Data)], payload...)
}

func (l Proto) ipProto() uint8 { return l.Number }
