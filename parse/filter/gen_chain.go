package filter

import "sockeye/parse"

// chainLimit is how many extension headers "protochain" walks over. RFC 8200
// section 4.1 allows six before the upper layer (hop-by-hop options, destination
// options twice, routing, fragment, AH); classic BPF has no loops, so each costs
// instructions.
const chainLimit = 8

// ofChain generates "protochain id": the protocol, behind any extension headers.
func (g *gen) ofChain(n *primitive) (frag, error) {
	switch n.q.proto {
	case protoNone, protoIP, protoIPv6:
	default:
		return frag{}, fault(n, "%s protochain is not supported: only ip and ip6 have it", n.q.proto)
	}
	v, err := protoNumber(n)
	if err != nil {
		return frag{}, err
	}
	if v > maxProtocol {
		return frag{}, protocolTooLarge(n.id, v)
	}
	if g.off.payload.vary != nil {
		return frag{}, fault(n, "protochain needs a network header at a constant offset, %s has none", g.link)
	}
	switch n.q.proto {
	case protoIP:
		return g.chain(v, false), nil
	case protoIPv6:
		return g.chain(v, true), nil
	}
	return either(g.chain(v, false), g.chain(v, true)), nil
}

// chain looks for a protocol in the IP header and in the headers behind it.
func (g *gen) chain(v uint32, v6 bool) frag {
	w := chainWalk{
		base:  g.origin(layerNet).base,
		v:     v,
		v6:    v6,
		next:  g.allocMem(),
		start: g.allocMem(),
	}
	defer g.freeMem(w.next)
	defer g.freeMem(w.start)

	stage := w.last()
	for range chainLimit {
		stage = w.stage(stage)
	}
	is, length, next := g.etherType(parse.EtherTypeIPv4), insn{codeIndexMSH, w.base}, uint32(ip4Protocol)
	if v6 {
		is, length, next = g.etherType(parse.EtherTypeIPv6), insn{codeIndexImm, ip6Header}, ip6Next
	}
	begin := w.then([]insn{length, {codeStoreX, w.start}, {codeLoadB, w.base + next}, {codeStoreA, w.next}}, stage)
	return both(is, frag{begin, w.t, w.f})
}

// A chainWalk collects what the stages of a chain have in common. Every stage
// looks at one header's protocol, and every way to it leaves that protocol and
// where the header starts, from the network header, in scratch words.
type chainWalk struct {
	base        uint32 // of the network header
	v           uint32 // the protocol that is looked for
	v6          bool
	next, start uint32    // scratch words
	t, f        []**block // loose ends: found, not found
}

// last is the stage that does not walk on.
func (w *chainWalk) last() *block {
	b := w.is(w.v)
	w.t, w.f = append(w.t, &b.jt), append(w.f, &b.jf)
	return b
}

// stage compares a header's protocol, and walks over it to the stage that
// follows.
func (w *chainWalk) stage(follow *block) *block {
	// AH counts its length in words less two (RFC 4302), the others in eight
	// bytes less one.
	ah := w.is(parse.ProtoAH)
	ah.jt = w.then(w.over(2, 2), follow)
	w.f = append(w.f, &ah.jf)
	first := ah
	if w.v6 {
		over := w.then(w.over(1, 3), follow)
		for _, h := range []uint32{parse.ProtoFragment, parse.ProtoRouting, parse.ProtoDestOpts, parse.ProtoHopByHop} {
			b := w.is(h)
			b.jt, b.jf, first = over, first, b
		}
	}
	none := w.is(parse.ProtoNoNext)
	none.jf = first
	found := w.is(w.v)
	found.jf = none
	w.t, w.f = append(w.t, &found.jt), append(w.f, &none.jt)
	return found
}

// is makes a block that tests the header's protocol.
func (w *chainWalk) is(v uint32) *block {
	return &block{body: []insn{{codeLoadMem, w.next}}, op: codeJumpEq, k: v}
}

// then makes a block that always goes on to another.
func (w *chainWalk) then(body []insn, to *block) *block {
	return &block{body: body, op: codeJumpEq, jt: to, jf: to}
}

// over walks over a header of (length+extra)<<shift bytes.
func (w *chainWalk) over(extra, shift uint32) []insn {
	return []insn{
		{codeIndexMem, w.start},
		{codeLoadXB, w.base},
		{codeStoreA, w.next},
		{codeLoadXB, w.base + 1},
		{codeAdd, extra},
		{codeShl, shift},
		{op: codeAdd | codeSrcX},
		{codeStoreA, w.start},
	}
}
