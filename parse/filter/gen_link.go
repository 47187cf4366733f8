package filter

import "sockeye/parse"

// Link types that parse does not look into, but filters know. The numbers are
// those of www.tcpdump.org/linktypes.html.
const (
	linkARCNETBSD      parse.LinkType = 7
	linkSymantec       parse.LinkType = 99
	linkSLIPBSDOS      parse.LinkType = 102
	linkPPPBSDOS       parse.LinkType = 103
	linkLocalTalk      parse.LinkType = 114
	linkIPOverFC       parse.LinkType = 122
	linkMTP2WithHeader parse.LinkType = 139
	linkMTP2           parse.LinkType = 140
	linkBACnetMSTP     parse.LinkType = 165
	linkERF            parse.LinkType = 197
	linkIPNet          parse.LinkType = 226
	linkNetAnalyzer    parse.LinkType = 240
	linkNetAnalyzerRaw parse.LinkType = 241
)

// notSet stands for the offset of what a link type does not have.
const notSet = ^uint32(0)

// layout says where the layers of a link type are, from the start of the packet;
// net and noSNAP are from payload, as in offsets.
type layout struct {
	link, linkType, payload uint32
	net, noSNAP             uint32
}

// layouts has the link types with a network layer. Those with 802.2 behind the
// link header (net 8) are taken to have SNAP there, as RFC 1042 has it. The
// payload of types in varied is found at run time.
var layouts = map[parse.LinkType]layout{
	parse.LinkEthernet:      {0, 12, 14, 0, 3},
	parse.LinkDSATagBRCM:    {0, 16, 18, 0, 3},
	parse.LinkDSATagDSA:     {0, 16, 18, 0, 3},
	parse.LinkDSATagEDSA:    {0, 20, 22, 0, 3},
	parse.LinkDSAPrepend:    {4, 16, 18, 0, 3},
	linkNetAnalyzer:         {4, 16, 18, 0, 3},
	linkNetAnalyzerRaw:      {12, 24, 26, 0, 3},
	parse.LinkTokenRing:     {0, 14, 14, 8, 3},
	parse.LinkFDDI:          {0, 13, 13, 8, 3},
	linkIPOverFC:            {0, 16, 16, 8, 3},
	parse.LinkATMRFC1483:    {0, 0, 0, 8, 3},
	parse.LinkATMCLIP:       {0, 0, 0, 8, 3},
	parse.LinkSunATM:        {0, 4, 4, 8, 3},
	parse.Link80211:         {0, 24, 0, 8, 3},
	parse.LinkPrism:         {0, 24, 0, 8, 3},
	parse.LinkAVS:           {0, 24, 0, 8, 3},
	parse.LinkRadiotap:      {0, 24, 0, 8, 3},
	parse.LinkPPI:           {0, 24, 0, 8, 3},
	parse.LinkRaw:           {0, notSet, 0, 0, 0},
	parse.LinkIPv4:          {0, notSet, 0, 0, 0},
	parse.LinkIPv6:          {0, notSet, 0, 0, 0},
	parse.LinkCooked:        {0, notSet, 0, 0, 0},
	parse.LinkMPLS:          {0, notSet, 0, 4, 4},
	parse.LinkSLIP:          {0, notSet, 16, 0, 0},
	linkSLIPBSDOS:           {0, notSet, 24, 0, 0},
	linkLocalTalk:           {0, notSet, 0, 0, 0},
	parse.LinkSLL:           {0, 14, 16, 0, 0},
	parse.LinkSLL2:          {0, 0, 20, 0, 0},
	parse.LinkNull:          {0, 0, 4, 0, 0},
	parse.LinkLoop:          {0, 0, 4, 0, 0},
	parse.LinkENC:           {0, 0, 12, 0, 0},
	parse.LinkPFLog:         {0, 0, 0, 0, 0},
	parse.LinkPPP:           {0, 2, 4, 0, 0},
	parse.LinkPPPHDLC:       {0, 2, 4, 0, 0},
	parse.LinkPPPPPPD:       {0, 2, 4, 0, 0},
	parse.LinkPPPWithDir:    {1, 3, 5, 0, 0},
	parse.LinkPPPEther:      {0, 6, 8, 0, 0},
	linkPPPBSDOS:            {0, 5, 24, 0, 0},
	parse.LinkCHDLC:         {0, 2, 4, 0, 0},
	parse.LinkCHDLCWithDir:  {1, 3, 5, 0, 0},
	parse.LinkFrameRelay:    {0, notSet, 0, 0, 0},
	parse.LinkFRelayWithDir: {1, notSet, 1, 0, 0},
	linkARCNETBSD:           {0, 2, 6, 0, 0},
	parse.LinkARCNETLinux:   {0, 4, 8, 0, 0},
	parse.LinkIPOver1394:    {0, 16, 18, 0, 0},
	linkSymantec:            {0, 6, 44, 0, 0},
	linkIPNet:               {0, 1, 24, 0, 0},
}

// begin sets the offsets for the link type of the packets.
func (g *gen) begin() {
	l, ok := layouts[g.link]
	if j, juniper := juniperLayouts[g.link]; juniper {
		l = j
	} else if !ok {
		l = noPayload
	}
	g.off = offsets{
		link:     origin{base: l.link},
		linkType: origin{base: l.linkType},
		payload:  origin{base: l.payload},
		net:      l.net, netNoSNAP: l.noSNAP,
	}
	switch {
	case isWLAN(g.link):
		g.off.payload.vary = new(word)
		if g.link != parse.Link80211 {
			g.off.link.vary = new(word)
		}
	case g.link == parse.LinkPFLog:
		g.off.payload.vary = new(word)
	case g.link == parse.LinkMPLS:
		g.in.labels, g.in.atLabel = 1, true
	}
	g.off.prevLink = g.off.link
	g.prevLinkType = g.link
	g.in.outer = g.off
}

// isEthernet reports whether frames start with the addresses of Ethernet and have
// its type field behind them, be it behind a switch's tag.
func isEthernet(l parse.LinkType) bool {
	switch l {
	case parse.LinkEthernet, parse.LinkDSATagBRCM, parse.LinkDSATagDSA, parse.LinkDSATagEDSA,
		parse.LinkDSAPrepend, linkNetAnalyzer, linkNetAnalyzerRaw:
		return true
	}
	return false
}

// isWLAN reports whether frames are of 802.11, with or without a radio header.
func isWLAN(l parse.LinkType) bool {
	switch l {
	case parse.Link80211, parse.LinkPrism, parse.LinkAVS, parse.LinkRadiotap, parse.LinkPPI:
		return true
	}
	return false
}

// isPPP reports whether the type field has PPP's protocol numbers.
func isPPP(l parse.LinkType) bool {
	switch l {
	case parse.LinkPPP, parse.LinkPPPHDLC, parse.LinkPPPPPPD, parse.LinkPPPWithDir, parse.LinkPPPEther, linkPPPBSDOS:
		return true
	}
	return false
}

// prologue puts before a program what works out the offsets that vary, as far as
// the program uses them.
func (g *gen) prologue(root *block) *block {
	g.off, g.link = g.in.outer, g.o.Link
	var parts []frag
	if g.link == parse.LinkPPI {
		const dlt80211 = 105 << 24 // little-endian in the packet
		parts = append(parts, g.cmp(layerPacket, 4, 4, dlt80211))
	}
	if link, payload := g.off.link.vary, g.off.payload.vary; isWLAN(g.link) {
		if link != nil && (link.used || payload.used) {
			parts = append(parts, g.radioLength())
		}
		if payload.used {
			parts = append(parts, g.wlanLength())
		}
	} else if payload != nil && payload.used { // PFLOG: the first byte is the header's length, without its padding
		parts = append(parts, step(
			insn{codeLoadB, 0}, insn{codeAdd, 3}, insn{codeAnd, ^uint32(3)}, insn{codeStoreA, g.slot(payload)}))
	}
	if zero := g.zeroWords(); len(zero) > 0 {
		parts = append(parts, step(zero...))
	}
	if len(parts) == 0 {
		return root
	}
	f := all(parts[0], parts[1:]...)
	join(f.t, root)
	join(f.f, &block{ret: &result{0}})
	return f.entry
}

// zeroWords clears the scratch words that only some ways through the program
// set. The kernel refuses programs that may read a word before it is written.
func (g *gen) zeroWords() []insn {
	if len(g.in.late) == 0 {
		return nil
	}
	s := []insn{{op: codeLoadImm}}
	for _, w := range g.in.late {
		s = append(s, insn{codeStoreA, g.slot(w)})
	}
	return s
}

// step is a fragment without a condition.
func step(body ...insn) frag {
	f := test(body, codeJumpEq, 0)
	return frag{entry: f.entry, t: append(f.t, f.f...)}
}

// choose is "if c then x else y".
func choose(c, x, y frag) frag {
	join(c.t, x.entry)
	join(c.f, y.entry)
	return frag{c.entry, append(x.t, y.t...), append(x.f, y.f...)}
}

// when is "if c then x"; its condition is always true, and that of x matters not.
func when(c, x frag) frag {
	join(c.t, x.entry)
	return frag{entry: c.entry, t: append(append(c.f, x.t...), x.f...)}
}
