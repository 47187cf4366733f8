package filter

import "sockeye/parse"

// Network layer protocol identifiers of OSI (ISO/IEC TR 9577).
const (
	isoCLNP = 0x81
	isoESIS = 0x82
	isoISIS = 0x83
)

// isisPDU is where an IS-IS header has its PDU type (ISO/IEC 10589), and the bits
// that are not reserved there.
const (
	isisPDU     = 4
	isisPDUMask = 0x1f
)

// isisKinds are the PDU types of IS-IS's abbreviations. Hellos between two points
// (17) are of either level.
var isisKinds = map[proto][]uint32{
	protoL1:   {15, 17, 18, 24, 26},
	protoL2:   {16, 17, 20, 25, 27},
	protoIIH:  {15, 16, 17},
	protoLSP:  {18, 20},
	protoSNP:  {24, 25, 26, 27},
	protoCSNP: {24, 25},
	protoPSNP: {26, 27},
}

// linkProtos are the EtherTypes and SAPs of protocol names.
var linkProtos = map[proto]uint32{
	protoIP:      parse.EtherTypeIPv4,
	protoIPv6:    parse.EtherTypeIPv6,
	protoARP:     parse.EtherTypeARP,
	protoRARP:    etherRARP,
	protoATalk:   etherATalk,
	protoAARP:    etherAARP,
	protoDECnet:  etherDECnet,
	protoLAT:     etherLAT,
	protoSCA:     etherSCA,
	protoMOPRC:   etherMOPRC,
	protoMOPDL:   etherMOPDL,
	protoISO:     sapISO,
	protoSTP:     sapSTP,
	protoIPX:     sapIPX,
	protoNetBEUI: sapNetBEUI,
}

// linkProto is the name of a protocol right above the link layer, as in "arp" or
// "csnp"; false if p is no such protocol.
func (g *gen) linkProto(p proto) (frag, bool) {
	if t, ok := linkProtos[p]; ok {
		return g.etherType(t), true
	}
	switch p {
	case protoCLNP:
		return g.osi(isoCLNP), true
	case protoESIS:
		return g.osi(isoESIS), true
	case protoISIS:
		return g.osi(isoISIS), true
	}
	var f frag
	for _, v := range isisKinds[p] {
		f = orElse(f, g.isisType(v))
	}
	if f.entry == nil {
		return frag{}, false
	}
	return both(g.osi(isoISIS), f), true
}

// linkProtoValue is "iso proto v" and "isis proto v".
func (g *gen) linkProtoValue(p proto, v uint32, n node) (frag, error) {
	switch {
	case p == protoISO && v <= 0xff:
		return g.osi(v), nil
	case p == protoISO:
		return frag{}, fault(n, "OSI protocol %d is greater than the maximum of 255", v)
	case v > 0xff:
		return frag{}, fault(n, "IS-IS PDU type %d is greater than the maximum of 255", v)
	}
	return both(g.osi(isoISIS), g.isisType(v)), nil
}

// osi tests for an OSI protocol.
func (g *gen) osi(id uint32) frag {
	if g.isFrameRelay() { // the identifier is the link layer's own there
		return g.cmp(layerLink, 2, 2, 3<<8|id)
	}
	from, off := g.osiStart()
	return both(g.etherType(sapISO), g.cmp(from, off, 1, id))
}

// isisType tests the PDU type of an IS-IS packet.
func (g *gen) isisType(v uint32) frag {
	from, off := g.osiStart()
	return g.maskedCmp(from, off+isisPDU, 1, v, isisPDUMask)
}

// osiStart is where an OSI packet starts.
func (g *gen) osiStart() (layer, uint32) {
	switch {
	case g.isFrameRelay():
		return layerLink, 3
	case g.link == parse.LinkCHDLC, g.link == parse.LinkCHDLCWithDir: // behind a byte of padding
		return layerNetNoSNAP, 1
	}
	return layerNetNoSNAP, 0
}

func (g *gen) isFrameRelay() bool {
	return g.link == parse.LinkFrameRelay || g.link == parse.LinkFRelayWithDir
}
