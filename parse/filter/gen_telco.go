package filter

import "sockeye/parse"

// Offsets in the header of SunATM frames, and their kinds (the low bits of the
// first byte).
const (
	sunATMVPI     = 1
	sunATMVCI     = 2 // two bytes
	sunATMFrame   = 4 // what follows the header
	sunATMMessage = 9 // type of a Q.2931 message

	sunATMLANE = 1
	sunATMLLC  = 2
)

// atmChannels are the channels with names, by their VCI on path 0 (ITU-T I.361).
var atmChannels = map[string]uint32{
	"metac": 1, "bcc": 2, "oamf4sc": 3, "oamf4ec": 4, "sc": 5, "ilmic": 16,
}

// Message types of Q.2931 that set calls up and end them, first those also on
// the meta signalling channel.
var (
	metaMessages = []uint32{0x05, 0x02, 0x07, 0x4d, 0x5a} // setup, call proceeding, connect, release, release complete
	connectAck   = uint32(0x0f)
)

// fieldOperators are the operators of fields: the jump, and whether to invert it.
var fieldOperators = map[string]struct {
	op      uint16
	inverse bool
}{
	"=": {codeJumpEq, false}, "!=": {codeJumpEq, true},
	">": {codeJumpGt, false}, "<=": {codeJumpGt, true},
	">=": {codeJumpGe, false}, "<": {codeJumpGe, true},
}

// atm is a primitive on ATM.
func (g *gen) atm(s *special) (frag, error) {
	if g.o.Link != parse.LinkSunATM {
		return frag{}, g.lacks(s, "ATM cells")
	}
	name := s.args[0].text
	if vci, ok := atmChannels[name]; ok {
		return g.atmChannel(vci), nil
	}
	switch name {
	case "vpi":
		return g.fields(s, 0xff, func(op uint16, v uint32) frag { return g.jump(layerPacket, sunATMVPI, 1, op, v) })
	case "vci":
		return g.fields(s, 0xffff, func(op uint16, v uint32) frag { return g.jump(layerPacket, sunATMVCI, 2, op, v) })
	case "oam", "oamf4":
		return both(g.cmp(layerPacket, sunATMVPI, 1, 0), either(
			g.cmp(layerPacket, sunATMVCI, 2, atmChannels["oamf4sc"]), g.cmp(layerPacket, sunATMVCI, 2, atmChannels["oamf4ec"]))), nil
	case "connectmsg":
		return both(g.atmChannel(atmChannels["sc"]), either(g.atmMessages(), g.cmp(layerPacket, sunATMMessage, 1, connectAck))), nil
	case "metaconnect":
		return both(g.atmChannel(atmChannels["metac"]), g.atmMessages()), nil
	case "lane":
		f := g.sunATM(sunATMLANE)
		const clientID = 2 // of LAN emulation, before the Ethernet header
		frame := origin{base: sunATMFrame + clientID}
		g.push(parse.LinkEthernet, frame)
		g.off.linkType, g.off.payload = frame.plus(12), frame.plus(14)
		g.off.net, g.off.netNoSNAP = 0, 3
		return f, nil
	}
	return frag{}, fault(s, "unknown ATM primitive %s", quote(name))
}

// atmChannel tests for a channel on path 0.
func (g *gen) atmChannel(vci uint32) frag {
	return both(g.cmp(layerPacket, sunATMVPI, 1, 0), g.cmp(layerPacket, sunATMVCI, 2, vci))
}

// atmMessages tests for one of metaMessages.
func (g *gen) atmMessages() frag {
	var f frag
	for _, m := range metaMessages {
		f = orElse(f, g.cmp(layerPacket, sunATMMessage, 1, m))
	}
	return f
}

// sunATM tests the kind of a SunATM frame.
func (g *gen) sunATM(kind uint32) frag { return g.maskedCmp(layerPacket, 0, 1, kind, 0x0f) }

// laneData tests for data in LAN emulation, not control, if we are in there.
func (g *gen) laneData() (frag, bool) {
	if g.prevLinkType != parse.LinkSunATM || !isEthernet(g.link) {
		return frag{}, false
	}
	const control = 0xff00 // in place of the client's identifier
	return inverse(g.cmp(layerPrevLink, sunATMFrame, 2, control)), true
}

// fields tests a field with the operator and the values of a primitive, of which
// one must hold.
func (g *gen) fields(s *special, highest uint32, field func(op uint16, v uint32) frag) (frag, error) {
	c, ok := fieldOperators[s.args[1].text]
	if !ok {
		return frag{}, fault(s.args[1], "unknown operator %s", quote(s.args[1].text))
	}
	var f frag
	for _, id := range s.args[2:] {
		if id.num > highest {
			return frag{}, fault(id, "%s %d is greater than the maximum of %d", s.args[0].text, id.num, highest)
		}
		x := field(c.op, id.num)
		if c.inverse {
			x = inverse(x)
		}
		f = orElse(f, x)
	}
	return f, nil
}

// An mtpField is a field of SS7's MTP3 (ITU-T Q.704): where it is behind the MTP2
// header, the bits that are its, the highest value, and how a value lies there.
type mtpField struct {
	off     uint32
	size    int
	mask    uint32
	highest uint32
	place   func(v uint32) uint32
}

var mtpFields = map[string]mtpField{
	"sio": {3, 1, 0xff, 0xff, func(v uint32) uint32 { return v }},
	"dpc": {4, 2, 0xff3f, 0x3fff, func(v uint32) uint32 { return v&0xff<<8 | v>>8 }},
	"opc": {4, 4, 0x00c0ff0f, 0x3fff, func(v uint32) uint32 { return v&0x3c00>>10 | v&0x3fc<<6 | v&3<<22 }},
	"sls": {7, 1, 0xf0, 0xf, func(v uint32) uint32 { return v << 4 }},
}

// mtpStart is where MTP2 starts, from two bytes before the length indicator.
var mtpStart = map[parse.LinkType]uint32{linkMTP2: 0, linkMTP2WithHeader: 4, linkERF: 20}

// mtp is a primitive on SS7. Names with h in front are those of high-speed links,
// whose sequence numbers and length have twice the size.
func (g *gen) mtp(s *special) (frag, error) {
	start, ok := mtpStart[g.link]
	if !ok {
		return frag{}, g.lacks(s, "SS7")
	}
	name, fast := s.args[0].text, false
	switch name {
	case "hfisu", "hlssu", "hmsu", "hsio", "hopc", "hdpc", "hsls":
		name, fast = name[1:], true
	}
	if f, ok := mtpFields[name]; ok {
		if fast {
			start += 3
		}
		return g.fields(s, f.highest, func(op uint16, v uint32) frag {
			return g.maskedJump(layerPacket, start+f.off, f.size, f.mask, op, f.place(v))
		})
	}
	f, ok := mtpUnit(name, func(op uint16, v uint32) frag {
		if fast {
			return g.maskedJump(layerPacket, start+4, 2, 0xff80, op, v<<7)
		}
		return g.maskedJump(layerPacket, start+2, 1, 0x3f, op, v)
	})
	if !ok {
		return frag{}, fault(s, "unknown SS7 primitive %s", quote(s.args[0].text))
	}
	return f, nil
}

// mtpUnit is a kind of MTP2's signal units, which is told by the length.
func mtpUnit(name string, length func(op uint16, v uint32) frag) (frag, bool) {
	switch name {
	case "fisu":
		return length(codeJumpEq, 0), true
	case "lssu":
		return both(length(codeJumpGt, 0), inverse(length(codeJumpGt, 2))), true
	case "msu":
		return length(codeJumpGt, 2), true
	}
	return frag{}, false
}
