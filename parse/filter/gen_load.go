package filter

// ip6Header is the length of the fixed IPv6 header, RFC 8200 section 3. Filters
// do not walk extension headers, but for protochain.
const ip6Header = 40

// load loads size bytes (1, 2 or 4) at an offset of a layer into A. X is lost
// where the layer's offset varies.
func (g *gen) load(from layer, off uint32, size int) []insn {
	base, index := g.index(from)
	at := base + off
	switch {
	case index == nil && at >= negative: // would be one of the kernel's own
		return []insn{{codeIndexImm, at}, {indexed(size), 0}}
	case index == nil:
		return []insn{{absolute(size), at}}
	case at >= negative: // a step back from X, which a load does not make
		return append(index, insn{op: codeTXA}, insn{codeAdd, at}, insn{op: codeTAX}, insn{indexed(size), 0})
	}
	return append(index, insn{indexed(size), at})
}

// loadIndexed loads size bytes of a layer into A, at an offset that A holds, plus
// off.
func (g *gen) loadIndexed(from layer, off uint32, size int) []insn {
	base, index := g.index(from)
	var s []insn
	switch len(index) {
	case 0:
		s = []insn{{op: codeTAX}}
	case 1: // loads X, leaves A alone
		s = []insn{index[0], {op: codeAdd | codeSrcX}, {op: codeTAX}}
	default:
		slot := g.allocMem()
		s = append(s, insn{codeStoreA, slot})
		s = append(s, index...)
		s = append(s, insn{codeLoadMem, slot}, insn{op: codeAdd | codeSrcX}, insn{op: codeTAX})
		g.freeMem(slot)
	}
	return append(s, insn{indexed(size), base + off})
}

// index returns the constant part of where a layer starts and the instructions
// that leave the rest in X, none for a constant.
func (g *gen) index(from layer) (base uint32, index []insn) {
	o := g.origin(from)
	switch {
	case from == layerTransport4 && o.vary == nil:
		return o.base, []insn{{codeIndexMSH, o.base}}
	case from == layerTransport4:
		return o.base, []insn{
			{codeIndexMem, g.slot(o.vary)},
			{codeLoadXB, o.base},
			{codeAnd, 0xf},
			{codeShl, 2},
			{op: codeAdd | codeSrcX},
			{op: codeTAX},
		}
	case o.vary != nil:
		return o.base, []insn{{codeIndexMem, g.slot(o.vary)}}
	}
	return o.base, nil
}

// origin is where a layer starts; for layerTransport4 it is where the IPv4
// header does.
func (g *gen) origin(from layer) origin {
	switch from {
	case layerLink:
		return g.off.link
	case layerPrevLink:
		return g.off.prevLink
	case layerLinkType:
		return g.off.linkType
	case layerPayload:
		return g.off.payload
	case layerNet, layerTransport4:
		return g.off.payload.plus(g.off.net)
	case layerNetNoSNAP:
		return g.off.payload.plus(g.off.netNoSNAP)
	case layerTransport6:
		return g.off.payload.plus(g.off.net + ip6Header)
	}
	return origin{}
}

// plus is n bytes behind o.
func (o origin) plus(n uint32) origin { return origin{o.base + n, o.vary} }

// cmp tests that a field has a value.
func (g *gen) cmp(from layer, off uint32, size int, v uint32) frag {
	return test(g.load(from, off, size), codeJumpEq, v)
}

// maskedCmp tests that the bits of mask in a field have a value.
func (g *gen) maskedCmp(from layer, off uint32, size int, v, mask uint32) frag {
	return g.maskedJump(from, off, size, mask, codeJumpEq, v)
}

// jump tests a field with an opcode of the codeJump family.
func (g *gen) jump(from layer, off uint32, size int, op uint16, v uint32) frag {
	return test(g.load(from, off, size), op, v)
}

// maskedJump tests the bits of mask in a field with an opcode of the codeJump
// family.
func (g *gen) maskedJump(from layer, off uint32, size int, mask uint32, op uint16, v uint32) frag {
	s := g.load(from, off, size)
	if ones := ^uint32(0) >> (32 - 8*size); mask&ones != ones {
		s = append(s, insn{codeAnd, mask})
	}
	return test(s, op, v)
}

// bytesCmp tests that b is at an offset of a layer. The last bytes are compared
// first: those of addresses differ more often.
func (g *gen) bytesCmp(from layer, off uint32, b []byte) frag {
	var f frag
	for n := len(b); n > 0; n = len(b) {
		size := min(4, n)
		if size == 3 {
			size = 2
		}
		n -= size
		f, b = andThen(f, g.cmp(from, off+uint32(n), size, bigEndian(b[n:]))), b[:n]
	}
	return f
}

// bigEndian is the number in up to 4 bytes.
func bigEndian(b []byte) uint32 {
	var v uint32
	for _, c := range b {
		v = v<<8 | uint32(c)
	}
	return v
}

// absolute is the opcode of a load of size bytes at a constant offset.
func absolute(size int) uint16 {
	switch size {
	case 1:
		return codeLoadB
	case 2:
		return codeLoadH
	}
	return codeLoadW
}

// indexed is the opcode of a load of size bytes at X plus a constant.
func indexed(size int) uint16 { return absolute(size) + codeLoadXW - codeLoadW }
