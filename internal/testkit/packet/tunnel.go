package packet

// GRE is a GRE header (RFC 2784, RFC 2890). Key and Seq are there if not nil.
type GRE struct {
	Proto    uint16 // EtherType; that of the next layer if zero
	Checksum bool
	Key, Seq *uint32
}

func (l GRE) wrap(payload []byte, _ []Layer, next Layer) []byte {
	var flags uint16
	var b []byte
	if l.Checksum {
		flags |= 0x8000
		b = append(b, 0, 0, 0, 0)
	}
	if l.Key != nil {
		flags |= 0x2000
		b = be32(b, *l.Key)
	}
	if l.Seq != nil {
		flags |= 0x1000
		b = be32(b, *l.Seq)
	}
	h := append(be16(be16(nil, flags), or(l.Proto, typeOf(next))), b...)
	h = append(h, payload...)
	if l.Checksum {
		sum := Checksum(h)
		h[4], h[5] = byte(sum>>8), byte(sum)
	}
	return h
}

func (GRE) ipProto() uint8 { return 47 }

// VXLAN is a VXLAN header (RFC 7348).
type VXLAN struct{ VNI uint32 }

func (l VXLAN) wrap(payload []byte, _ []Layer, _ Layer) []byte {
	return append(be32([]byte{8, 0, 0, 0}, l.VNI<<8), payload...)
}

// Geneve is a Geneve header (RFC 8926).
type Geneve struct {
	VNI     uint32
	Proto   uint16 // EtherType; that of the next layer if zero
	Options []byte // a multiple of 4 bytes
}

func (l Geneve) wrap(payload []byte, _ []Layer, next Layer) []byte {
	b := be16([]byte{byte(len(l.Options) / 4), 0}, or(l.Proto, typeOf(next)))
	return append(append(be32(b, l.VNI<<8), l.Options...), payload...)
}

// GTPU is a GTP-U header (3GPP TS 29.281).
type GTPU struct {
	Type       uint8 // 255, a G-PDU, if zero
	TEID       uint32
	Extensions []byte // sequence number, N-PDU number, first extension type, extension headers
}

func (l GTPU) wrap(payload []byte, _ []Layer, _ Layer) []byte {
	flags := byte(0x30) // version 1, GTP
	if len(l.Extensions) > 0 {
		flags |= 4
	}
	b := be16([]byte{flags, or(l.Type, 255)}, len(l.Extensions)+len(payload))
	return append(append(be32(b, l.TEID), l.Extensions...), payload...)
}
