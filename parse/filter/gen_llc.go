package filter

import "sockeye/parse"

// llcKinds are the 802.2 frames of "llc NAME": the value of the control byte and
// the bits that tell it, IEEE 802.2 section 5.4. Bit 0x10 is poll/final.
var llcKinds = map[string]struct{ value, mask uint32 }{
	"i":     {0x00, 0x01},
	"s":     {0x01, 0x03},
	"u":     {0x03, 0x03},
	"rr":    {0x01, 0x0f},
	"rnr":   {0x05, 0x0f},
	"rej":   {0x09, 0x0f},
	"ui":    {0x03, 0xef},
	"ua":    {0x63, 0xef},
	"disc":  {0x43, 0xef},
	"dm":    {0x0f, 0xef},
	"sabme": {0x6f, 0xef},
	"test":  {0xe3, 0xef},
	"xid":   {0xaf, 0xef},
	"frmr":  {0x87, 0xef},
}

// llc is "llc" and "llc NAME".
func (g *gen) llc(s *special) (frag, error) {
	f, ok := g.hasLLC()
	if !ok {
		return frag{}, g.lacks(s, "802.2 headers")
	}
	if len(s.args) == 0 {
		return f, nil
	}
	k, ok := llcKinds[s.args[0].text]
	if !ok {
		return frag{}, fault(s.args[0], "unknown kind of 802.2 frame %s", quote(s.args[0].text))
	}
	return both(f, g.maskedCmp(layerPayload, 2, 1, k.value, k.mask)), nil
}

// hasLLC tests that there is an 802.2 header, if the link type can have one.
func (g *gen) hasLLC() (frag, bool) {
	switch {
	case isEthernet(g.link): // a length field, and no "raw" 802.3 of Novell
		return both(inverse(g.jump(layerLinkType, 0, 2, codeJumpGt, maxLength)),
			inverse(g.cmp(layerPayload, 0, 2, 0xffff))), true
	case isWLAN(g.link):
		return g.wlanData(), true
	}
	switch g.link {
	case parse.LinkSunATM:
		return g.sunATM(sunATMLLC), true
	case parse.LinkTokenRing, parse.LinkFDDI, parse.LinkATMRFC1483:
		return g.always(), true
	}
	return frag{}, false
}

// mayHaveLLC reports whether some packets have an 802.2 header, so that etherType
// can be asked for a SAP.
func (g *gen) mayHaveLLC() bool {
	switch g.link {
	case parse.LinkSLL, parse.LinkCooked, parse.LinkTokenRing, parse.LinkFDDI, parse.LinkSunATM,
		parse.LinkATMRFC1483, parse.LinkATMCLIP, linkIPOverFC:
		return true
	}
	return isEthernet(g.link) || isWLAN(g.link)
}
