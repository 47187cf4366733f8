package filter

import "sockeye/parse"

// addresses says where a link type has the addresses of a frame, from the link
// header, and how long they are.
type addresses struct {
	dst, src uint32
	size     int
}

// macs returns where the addresses are, but for 802.11, where they move.
func (g *gen) macs() (addresses, bool) {
	switch g.link {
	case parse.LinkFDDI:
		return addresses{1, 7, 6}, true
	case parse.LinkTokenRing:
		return addresses{2, 8, 6}, true
	case linkIPOverFC:
		return addresses{2, 10, 6}, true
	case linkARCNETBSD, parse.LinkARCNETLinux:
		return addresses{1, 0, 1}, true
	case linkBACnetMSTP:
		return addresses{3, 4, 1}, true
	}
	return addresses{0, 6, 6}, isEthernet(g.link)
}

// linkHost tests the addresses of the link layer for one of six bytes, or of one.
func (g *gen) linkHost(n *primitive, mac []byte) (frag, error) {
	a, ok := g.macs()
	switch {
	case isWLAN(g.link) && len(mac) == 6:
		return g.wlanHost(mac, n.q.dir), nil
	case (!ok || a.size == 1) && len(mac) == 6:
		return frag{}, g.lacks(n, "MAC addresses")
	case !ok || a.size != len(mac):
		return frag{}, g.lacks(n, "one-byte addresses")
	}
	f, err := g.withDirection(n,
		func() frag { return g.bytesCmp(layerLink, a.src, mac) },
		func() frag { return g.bytesCmp(layerLink, a.dst, mac) })
	if err != nil {
		return frag{}, g.lacks(n, "addresses of receivers and transmitters")
	}
	return g.inner(f), nil
}

// linkBroadcast is "broadcast" and "ether broadcast".
func (g *gen) linkBroadcast(n node) (frag, error) {
	everyone := []byte{0xff, 0xff, 0xff, 0xff, 0xff, 0xff}
	a, ok := g.macs()
	switch {
	case isWLAN(g.link):
		return g.wlanHost(everyone, dirDst), nil
	case !ok:
		return frag{}, g.lacks(n, "broadcast address")
	case a.size == 1 && g.link != linkBACnetMSTP:
		return g.cmp(layerLink, a.dst, 1, 0), nil
	}
	return g.inner(g.bytesCmp(layerLink, a.dst, everyone[:a.size])), nil
}

// linkMulticast is "multicast" and "ether multicast": the group bit is the lowest
// of the first byte. In ARCNET broadcast is the only group.
func (g *gen) linkMulticast(n node) (frag, error) {
	group := func(off uint32) frag { return g.jump(layerLink, off, 1, codeJumpSet, 1) }
	a, ok := g.macs()
	switch {
	case isWLAN(g.link):
		return g.wlanDestination(group), nil
	case !ok || g.link == linkBACnetMSTP:
		return frag{}, g.lacks(n, "multicast addresses")
	case a.size == 1:
		return g.cmp(layerLink, a.dst, 1, 0), nil
	}
	return g.inner(group(a.dst)), nil
}

// inner puts before a test of Ethernet's header that there is one, where a tunnel
// may carry something else.
func (g *gen) inner(f frag) frag {
	if g.in.geneve && isEthernet(g.link) {
		// The header has no length where there is none.
		link, payload := g.slot(g.off.link.vary), g.slot(g.off.payload.vary)
		same := test([]insn{{codeLoadMem, link}, {codeIndexMem, payload}}, codeJumpEq|codeSrcX, 0)
		return both(inverse(same), f)
	}
	if data, ok := g.laneData(); ok {
		return both(data, f)
	}
	return f
}

// lacks is the fault of asking for what the link layer has not.
func (g *gen) lacks(n node, what string) *Error {
	if g.link == parse.LinkCooked {
		return fault(n, "packets without a link header have no %s", what)
	}
	return fault(n, "packets of link type %s have no %s", g.link, what)
}
