package filter

import "math"

// forward works out what the places hold at every node, and rewrites what can be
// written more simply: constants are folded, what repeats is left out.
func (o *optimizer) forward() {
	o.enterRoot()
	for i := range int32(len(o.nodes)) {
		n := &o.nodes[i]
		if !o.valid[i] || n.leaf {
			continue
		}
		now := o.leaving(i)
		copy(now, o.at(i))
		if !o.rewrite(n, now) {
			*n = vertex{leaf: true}
			continue
		}
		o.foldJump(n, now)
		o.arrive(n.jt, now)
		if n.jf != n.jt {
			o.arrive(n.jf, now)
		}
	}
}

// rewrite simplifies the body of a node, and leaves in now what the places hold
// behind it. It returns false where the body rejects every packet.
func (o *optimizer) rewrite(n *vertex, now []value) bool {
	var own uint32 // the places that this node has written
	if o.across {
		own = math.MaxUint32
	}
	kept, history := n.body[:0], o.history[:0]
	for _, in := range n.body {
		if o.fails(in, now) {
			return false
		}
		simple := o.simpler(in, now, own)
		place, v := o.evaluate(simple, now)
		if now[place] == v && (place >= inMemory || own>>place&1 != 0) {
			continue
		}
		history = append(history, now[inA])
		now[place] = v
		own |= 1 << place
		if place == inA && o.across {
			if n := o.unchanged(kept, history, v); n < len(kept) {
				kept, history = kept[:n], history[:n]
				continue
			}
		}
		kept = append(kept, simple)
	}
	n.body, o.history = kept, history
	return true
}

// fails reports whether an instruction rejects every packet: it loads from where
// no packet has bytes, or divides by zero.
func (o *optimizer) fails(in insn, now []value) bool {
	x, constant := o.constantOf(now[inX])
	switch in.op {
	case codeLoadXW, codeLoadXH, codeLoadXB:
		return constant && uint64(x)+uint64(in.k) >= negative
	case codeDiv | codeSrcX, codeMod | codeSrcX:
		return constant && x == 0
	}
	return false
}

// unchanged looks for a tail of a body that, with one more instruction, only
// puts the value v into A that was there before: "ldb [21]; and #0x1f" where A
// holds that already. It returns how much of the body is to be kept. The history
// is what A held before each instruction, and holds now.
//
// All that is computed on the way is part of v, so its loads succeeded before.
func (o *optimizer) unchanged(body []insn, history []value, v value) int {
	part := v
	for j := len(body) - 1; j >= 0 && body[j].writes() == inA; j-- {
		if t := &o.terms[part]; t.a != history[j+1] && t.b != history[j+1] {
			break
		}
		part = history[j+1]
		if history[j] == v {
			return j
		}
	}
	return len(body)
}

// simpler returns an instruction that does the same in a simpler way. Of A and
// X it reads only what it must, and what is in own.
func (o *optimizer) simpler(in insn, now []value, own uint32) insn {
	place, v := o.evaluate(in, now)
	if k, ok := o.constantOf(v); ok && place < inMemory {
		return insn{codeLoadImm | uint16(place), k} // BPF_LD or BPF_LDX
	}
	switch in.op {
	case codeLoadXW, codeLoadXH, codeLoadXB:
		in, _ = o.absolute(in, now)
	case codeLoadMem:
		if v == now[inX] && own&bitX != 0 {
			return insn{op: codeTXA}
		}
	case codeIndexMem:
		if v == now[inA] && own&bitA != 0 {
			return insn{op: codeTAX}
		}
	}
	if in.op&(7|codeSrcX) == codeAdd|codeSrcX { // BPF_ALU with X
		if k, ok := o.constantOf(now[inX]); ok && allowed(in.op&^codeSrcX, k) {
			return insn{in.op &^ codeSrcX, k}
		}
	}
	return in
}

// allowed reports whether kernels take an operation with a constant.
func allowed(op uint16, k uint32) bool {
	switch op {
	case codeDiv, codeMod:
		return k != 0
	case codeShl, codeShr:
		return k < 32
	}
	return true
}

// foldJump simplifies the condition of a node, and leads both sides of its jump
// to the same node where it is known how it ends.
func (o *optimizer) foldJump(n *vertex, now []value) {
	if n.jt == n.jf {
		return
	}
	if n.op&codeSrcX != 0 {
		if k, ok := o.constantOf(now[inX]); ok {
			n.op, n.k = n.op&^codeSrcX, k
		}
	}
	switch {
	case n.op == codeJumpGt && n.k == 0, n.op == codeJumpGe && n.k == 1: // is not 0
		n.op, n.k, n.jt, n.jf = codeJumpEq, 0, n.jf, n.jt
	}
	if holds, known := o.decide(n, now); known && holds {
		n.jf = n.jt
	} else if known {
		n.jt = n.jf
	}
}

// measure works out how many bytes of the packet were captured for sure, at the
// start of each node: those that all ways to it load.
func (o *optimizer) measure() {
	o.proven = resize(o.proven, len(o.nodes))
	for i := range o.proven {
		o.proven[i] = math.MaxUint32
	}
	o.proven[o.root] = 0
	for i := range o.nodes {
		n := &o.nodes[i]
		if n.leaf {
			continue
		}
		p := proves(n.body, o.proven[i])
		o.proven[n.jt] = min(o.proven[n.jt], p)
		o.proven[n.jf] = min(o.proven[n.jf], p)
	}
}

// proves returns how many bytes were captured for sure behind a body, where so many
// were before it.
func proves(body []insn, proven uint32) uint32 {
	for _, in := range body {
		if bytes, of := in.demand(); of == ofPacket {
			proven = max(proven, bytes)
		}
	}
	return proven
}

// A risk says what an instruction may reject the packet for.
type risk uint8

const (
	ofNothing risk = iota // it never does
	ofPacket              // fewer captured bytes than it demands
	ofIndex               // fewer captured bytes behind X than it demands
	ofOther
)

// demand returns how many captured bytes an instruction needs to go on.
func (in insn) demand() (bytes uint32, of risk) {
	switch in.op {
	case codeLoadW, codeLoadH, codeLoadB:
		if in.k < negative {
			return in.k + in.size(), ofPacket
		}
		return 0, riskOfKernel(in.k)
	case codeIndexMSH:
		if in.k < negative {
			return in.k + 1, ofPacket
		}
		return 0, ofOther
	case codeLoadXW, codeLoadXH, codeLoadXB:
		if in.k < negative {
			return in.k + in.size(), ofIndex
		}
		return 0, ofOther
	case codeDiv | codeSrcX, codeMod | codeSrcX:
		return 0, ofOther
	}
	return 0, ofNothing
}

// riskOfKernel is the risk of loads that are not of captured bytes: those of an
// interface reject packets that have none.
func riskOfKernel(k uint32) risk {
	switch (k - ancillary) / 4 {
	case 0, 1, 5, 6, 8, 9, 11, 12, 15: // SKF_AD_PROTOCOL, PKTTYPE, MARK, QUEUE, RXHASH, CPU, VLAN_TAG, VLAN_TAG_PRESENT, VLAN_TPID
		return ofNothing
	}
	return ofOther
}

// size is the width of a load in bytes.
func (in insn) size() uint32 { return 4 >> (in.op & 0x18 >> 3) } // BPF_SIZE
