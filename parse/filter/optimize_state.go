package filter

// Places where values are: A, X and the words of scratch memory, which are
// numbered from inMemory. Sets of them are bits.
const (
	inA = iota
	inX
	inMemory
	places = inMemory + scratchWords
)

const (
	bitA = 1 << inA
	bitX = 1 << inX
)

// states holds what the places hold, at the start and at the end of each node.
type states struct {
	width  int // places that the program uses
	before []value
	after  []value
	joined []uint32 // by node: the places whose value depends on the way there
	valid  []bool   // by node: before is known
}

func (s *states) at(i int32) []value      { return s.before[int(i)*s.width:][:s.width] }
func (s *states) leaving(i int32) []value { return s.after[int(i)*s.width:][:s.width] }

// enterRoot says what holds at the start of the program.
func (o *optimizer) enterRoot() {
	o.width = inMemory
	for i := range o.nodes {
		for _, in := range o.nodes[i].body {
			switch in.op {
			case codeStoreA, codeStoreX, codeLoadMem, codeIndexMem:
				o.width = max(o.width, inMemory+int(in.k)+1)
			}
		}
	}
	n := len(o.nodes)
	o.before, o.after = resize(o.before, n*o.width), resize(o.after, n*o.width)
	o.joined, o.valid = resize(o.joined, n), resize(o.valid, n)
	clear(o.joined)
	clear(o.valid)
	first := o.at(o.root)
	first[inA], first[inX] = zero, zero
	for p := inMemory; p < o.width; p++ {
		first[p] = o.fresh()
	}
	o.valid[o.root] = true
}

// arrive says that a way leads to node i with these values.
func (o *optimizer) arrive(i int32, values []value) {
	if o.nodes[i].leaf {
		return
	}
	to := o.at(i)
	if !o.valid[i] {
		o.valid[i] = true
		copy(to, values)
		return
	}
	for p, v := range values {
		if to[p] != v && o.joined[i]>>p&1 == 0 {
			o.joined[i] |= 1 << p
			to[p] = o.fresh()
		}
	}
}

// evaluate returns where an instruction puts what value.
func (o *optimizer) evaluate(in insn, now []value) (place int, v value) {
	switch in.op {
	case codeLoadImm, codeIndexImm:
		v = o.constant(in.k)
	case codeLoadLen, codeIndexLen:
		v = o.number(term{op: codeLoadLen})
	case codeLoadW, codeLoadH, codeLoadB:
		if in.k >= ancillary && !repeats(in.k) {
			v = o.fresh()
		} else {
			v = o.number(term{op: in.op, k: in.k})
		}
	case codeLoadXW, codeLoadXH, codeLoadXB:
		if abs, ok := o.absolute(in, now); ok {
			return o.evaluate(abs, now)
		}
		v = o.number(term{op: in.op, k: in.k, a: now[inX]})
	case codeIndexMSH:
		v = o.number(term{op: in.op, k: in.k})
	case codeLoadMem, codeIndexMem:
		v = now[inMemory+in.k]
	case codeStoreA:
		return inMemory + int(in.k), now[inA]
	case codeStoreX:
		return inMemory + int(in.k), now[inX]
	case codeTAX:
		return inX, now[inA]
	case codeTXA:
		return inA, now[inX]
	default:
		if in.op&codeSrcX != 0 {
			return inA, o.arithmetic(in.op&^codeSrcX, now[inA], now[inX])
		}
		return inA, o.arithmetic(in.op, now[inA], o.constant(in.k))
	}
	return int(in.op & 1), v // BPF_LD loads A, BPF_LDX loads X
}

// absolute returns an indexed load as one without index, where the index is a
// constant.
func (o *optimizer) absolute(in insn, now []value) (insn, bool) {
	const absToInd = codeLoadXW - codeLoadW
	x, ok := o.constantOf(now[inX])
	if off := uint64(x) + uint64(in.k); ok && off < negative {
		return insn{in.op - absToInd, uint32(off)}, true
	}
	return in, false
}

// repeats reports whether an ancillary load gives the same whenever it is asked,
// whatever A and X hold.
func repeats(k uint32) bool {
	switch (k - ancillary) / 4 {
	case 3, 4, 10, 14: // SKF_AD_NLATTR, NLATTR_NEST, ALU_XOR_X, RANDOM
		return false
	}
	return true
}

// reads returns the places that an instruction reads.
func (in insn) reads() uint32 {
	switch in.op {
	case codeLoadXW, codeLoadXH, codeLoadXB, codeStoreX, codeTXA:
		return bitX
	case codeStoreA, codeTAX:
		return bitA
	case codeLoadMem, codeIndexMem:
		return 1 << (inMemory + in.k)
	case codeLoadW, codeLoadH, codeLoadB:
		if in.k >= ancillary && !repeats(in.k) {
			return bitA | bitX
		}
	}
	if in.op&7 == codeAdd { // BPF_ALU
		if in.op&codeSrcX != 0 {
			return bitA | bitX
		}
		return bitA
	}
	return 0
}

// writes returns the place that an instruction writes.
func (in insn) writes() int {
	switch in.op {
	case codeStoreA, codeStoreX:
		return inMemory + int(in.k)
	case codeTAX:
		return inX
	case codeTXA:
		return inA
	}
	if in.op&7 == codeIndexImm { // BPF_LDX
		return inX
	}
	return inA
}
