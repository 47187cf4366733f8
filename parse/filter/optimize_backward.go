package filter

import (
	"math"
	"math/bits"
)

// backward takes out what nobody reads, and conditions that a simpler one can
// stand for. On the way it works out which places are read later.
func (o *optimizer) backward() {
	n := len(o.nodes)
	o.live, o.demanded = resize(o.live, n), resize(o.demanded, n)
	for i := int32(n - 1); i >= 0; i-- {
		n := &o.nodes[i]
		switch {
		case n.leaf:
			o.live[i], o.demanded[i] = 0, 0
			if n.rejects() {
				o.demanded[i] = math.MaxUint32
			}
			continue
		case !o.valid[i]:
			continue
		}
		o.demanded[i] = min(o.demanded[n.jt], o.demanded[n.jf])
		if o.demanded[i] == math.MaxUint32 { // whatever comes, the packet is rejected
			*n = vertex{leaf: true}
			o.live[i] = 0
			continue
		}
		live := o.live[n.jt] | o.live[n.jf]
		if n.jt != n.jf {
			o.simplifyJump(n, live)
			live |= n.tests()
		}
		o.live[i], o.demanded[i] = o.sweep(i, live, o.demanded[i])
	}
}

// tests returns the places that the condition of n reads.
func (n *vertex) tests() uint32 {
	if n.op&codeSrcX != 0 {
		return bitA | bitX
	}
	return bitA
}

// sweep takes out of the body of node i what is not read later; live says what
// is read behind it, and demanded how many captured bytes every way from there
// demands before it accepts. It returns both for the start of the body.
//
// A load whose value nobody reads may go where the bytes were loaded before, or
// are demanded later.
func (o *optimizer) sweep(i int32, live, demanded uint32) (liveBefore, demandedBefore uint32) {
	body := o.nodes[i].body
	to := len(body)
	for j := len(body) - 1; j >= 0; j-- {
		in := body[j]
		bytes, of := in.demand()
		if live>>in.writes()&1 == 0 {
			if of == ofNothing || of == ofPacket && (bytes <= demanded || bytes <= proves(body[:j], o.proven[i])) {
				continue
			}
		}
		if of == ofIndex && live&bitX == 0 && j > 0 && body[j-1].op == codeTAX {
			if k, ok := o.withoutAdd(i, j); ok {
				in.k = k
				j--
			}
		}
		live = live&^(1<<in.writes()) | in.reads()
		if of == ofPacket {
			demanded = max(demanded, bytes)
		}
		to--
		body[to] = in
	}
	o.nodes[i].body = body[to:]
	return live, demanded
}

// simplifyJump takes the last instruction of a node into its condition, where
// nobody reads the result behind it.
func (o *optimizer) simplifyJump(n *vertex, live uint32) {
	for len(n.body) > 0 && live&bitA == 0 {
		last := n.body[len(n.body)-1]
		switch {
		case n.op == codeJumpEq && n.k == 0 && last.op == codeSub|codeSrcX:
			n.op |= codeSrcX
		case n.op == codeJumpEq && last.op == codeAdd:
			n.k -= last.k
		case n.op == codeJumpEq && last.op == codeSub:
			n.k += last.k
		case n.op == codeJumpEq && last.op == codeXor:
			n.k ^= last.k
		case n.op == codeJumpEq && last.op == codeNeg:
			n.k = -n.k
		case n.op == codeJumpEq && last.op == codeAnd && n.k == 0:
			n.op, n.k, n.jt, n.jf = codeJumpSet, last.k, n.jf, n.jt
		case n.op == codeJumpEq && last.op == codeAnd && n.k == last.k && bits.OnesCount32(n.k) == 1:
			n.op = codeJumpSet
		case n.op == codeJumpSet && last.op == codeAnd:
			n.k &= last.k
		default:
			return
		}
		n.body = n.body[:len(n.body)-1]
	}
}

// withoutAdd returns the offset of the load j of node i where the index that is
// in X before the instruction in front of it, "tax", will do: of "A = X + c; tax;
// ld [x + k]" the constant can go to the load, and nothing else is needed.
func (o *optimizer) withoutAdd(i int32, j int) (k uint32, ok bool) {
	if o.budget -= j; o.budget < 0 {
		return 0, false
	}
	body := o.nodes[i].body
	bytes, _ := body[j].demand()
	now := append(o.now[:0], o.at(i)...)
	for _, in := range body[:j-1] {
		place, v := o.evaluate(in, now)
		now[place] = v
	}
	o.now = now
	sum, most := o.terms[now[inA]], uint64(o.may[now[inX]])
	if sum.op != codeAdd || sum.a != now[inX] || most+uint64(sum.k)+uint64(bytes) >= negative {
		return 0, false
	}
	return body[j].k + sum.k, true
}

// alive works out which places are read later, and changes nothing.
func (o *optimizer) alive() {
	for i := len(o.nodes) - 1; i >= 0; i-- {
		n := &o.nodes[i]
		if n.leaf {
			o.live[i] = 0
			continue
		}
		live := o.live[n.jt] | o.live[n.jf]
		if n.jt != n.jf {
			live |= n.tests()
		}
		for j := len(n.body) - 1; j >= 0; j-- {
			live = live&^(1<<n.body[j].writes()) | n.body[j].reads()
		}
		o.live[i] = live
	}
}
