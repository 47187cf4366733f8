package filter

import (
	"math"
	"math/bits"
)

// A fact is what is known of a value at a point of the program, from the jumps
// on the way there and the loads that succeeded.
type fact struct {
	zeros, ones uint32 // bits that are known
	lo, hi      uint32 // limits, both possible
	bytes       uint32 // captured from this offset on, for sure
	choice      int32  // the number of its choice, or none
}

// A choice is a few constants, one of which a value is.
type choice struct {
	n  int32
	of [6]uint32
}

// add adds a constant, and reports whether there was room.
func (c *choice) add(k uint32) bool {
	if int(c.n) == len(c.of) {
		return false
	}
	c.of[c.n] = k
	c.n++
	return true
}

// deep limits how far facts are followed through arithmetic.
const deep = 4

// derives reports whether what is known of its operand says more of a value.
func (t *term) derives() bool {
	switch t.op {
	case codeAnd, codeOr, codeShl, codeShr, codeAdd:
		return true
	}
	return false
}

// bounds returns what is known of a value from facts about it, and about what
// it is computed from.
func (o *optimizer) bounds(v value, depth int) fact {
	f := *o.fact(v)
	if t := &o.terms[v]; depth > 0 && f.lo != f.hi && t.derives() {
		f = f.and(o.bounds(t.a, depth-1).through(t.op, t.k))
	}
	return f
}

// through returns what is known of "x op k" where f is known of x.
func (f fact) through(op uint16, k uint32) fact {
	to := fact{hi: math.MaxUint32}
	switch op {
	case codeAnd:
		to.zeros, to.ones, to.hi = f.zeros|^k, f.ones&k, min(f.hi, k)
	case codeOr:
		to.zeros, to.ones, to.lo = f.zeros&^k, f.ones|k, max(f.lo, k)
	case codeShl:
		to.zeros, to.ones = f.zeros<<k|(1<<k-1), f.ones<<k
	case codeShr:
		to.zeros, to.ones = f.zeros>>k|^(math.MaxUint32>>k), f.ones>>k
		to.lo, to.hi = f.lo>>k, f.hi>>k
	case codeAdd:
		if f.hi+k >= f.hi { // no wrap
			to.lo, to.hi = f.lo+k, f.hi+k
		} else if f.lo+k < f.lo { // all wrap, as for a constant that was subtracted
			to.lo, to.hi = f.lo+k, f.hi+k
		}
	}
	return to
}

// and returns what is known from two facts about the same value.
func (f fact) and(g fact) fact {
	f.zeros, f.ones = f.zeros|g.zeros, f.ones|g.ones
	f.lo, f.hi = max(f.lo, g.lo), min(f.hi, g.hi)
	f.agree()
	return f
}

// agree takes over from bits to limits and back.
func (f *fact) agree() {
	f.lo, f.hi = max(f.lo, f.ones), min(f.hi, ^f.zeros)
	if f.lo == f.hi {
		f.zeros, f.ones = ^f.lo, f.lo
	}
}

// decide returns how the jump of a node ends with these values, where the facts
// say so.
func (o *optimizer) decide(n *vertex, now []value) (holds, known bool) {
	op, k, a, x := n.op&^codeSrcX, n.k, now[inA], zero
	if n.op&codeSrcX != 0 {
		x = now[inX]
		var ok bool
		if k, ok = o.constantOf(x); !ok {
			if a == x && op != codeJumpSet {
				return op != codeJumpGt, true
			}
			return o.recall(condition{n.op, 0, a, x})
		}
	}
	f := o.fact(a)
	if o.terms[a].derives() {
		bounds := o.bounds(a, deep)
		f = &bounds
	}
	if f.choice != none {
		one := &o.facts.choices[f.choice]
		if yes := one.those(op, k, true); yes.n == 0 || yes.n == one.n {
			return yes.n > 0, true
		}
	}
	switch op {
	case codeJumpEq:
		switch {
		case f.lo == f.hi:
			return f.lo == k, true
		case k < f.lo, k > f.hi, k&f.zeros != 0, f.ones&^k != 0:
			return false, true
		}
	case codeJumpGt:
		if f.lo > k || f.hi <= k {
			return f.lo > k, true
		}
	case codeJumpGe:
		if f.lo >= k || f.hi < k {
			return f.lo >= k, true
		}
	case codeJumpSet:
		if f.ones&k != 0 || k&^f.zeros == 0 {
			return f.ones&k != 0, true
		}
	}
	return o.recall(condition{op, k, a, zero})
}

// those returns the constants with which a jump ends in this way.
func (c *choice) those(op uint16, k uint32, holds bool) (some choice) {
	for _, v := range c.of[:c.n] {
		if compare(op, v, k) == holds {
			some.add(v)
		}
	}
	return some
}

// compare is the condition of a jump.
func compare(op uint16, a, b uint32) bool {
	switch op {
	case codeJumpEq:
		return a == b
	case codeJumpGt:
		return a > b
	case codeJumpGe:
		return a >= b
	}
	return a&b != 0
}

// learn adds what follows from the outcome of the jump of a node.
func (o *optimizer) learn(n *vertex, now []value, holds bool) {
	op, k, a, x := n.op&^codeSrcX, n.k, now[inA], zero
	if n.op&codeSrcX != 0 {
		x = now[inX]
		var ok bool
		if k, ok = o.constantOf(x); !ok {
			o.facts.remember(condition{n.op, 0, a, x}, holds)
			return
		}
	}
	if op == codeJumpEq && !holds || op == codeJumpSet && holds { // what limits and bits cannot say
		o.facts.remember(condition{op, k, a, zero}, holds)
	}
	f := o.change(a)
	few := f.choice
	f.after(op, k, holds)
	o.spread(a, f, deep)
	if few != none {
		o.choose(a, o.facts.choices[few].those(op, k, holds))
	}
}

// after adds what the outcome of a jump says of the value.
func (f *fact) after(op uint16, k uint32, holds bool) {
	switch op {
	case codeJumpEq:
		switch {
		case holds:
			f.zeros, f.ones, f.lo, f.hi = ^k, k, k, k
		case k == f.lo && f.lo < f.hi:
			f.lo++
		case k == f.hi && f.lo < f.hi:
			f.hi--
		}
	case codeJumpGt:
		if holds && k < math.MaxUint32 {
			f.lo = max(f.lo, k+1)
		} else if !holds {
			f.hi = min(f.hi, k)
		}
	case codeJumpGe:
		if holds {
			f.lo = max(f.lo, k)
		} else if k > 0 {
			f.hi = min(f.hi, k-1)
		}
	case codeJumpSet:
		switch {
		case !holds:
			f.zeros |= k
		case bits.OnesCount32(k) == 1:
			f.ones |= k
		default:
			f.lo = max(f.lo, 1)
		}
	}
	f.agree()
}

// exactly is what is known of a constant.
func exactly(k uint32) fact { return fact{zeros: ^k, ones: k, lo: k, hi: k} }

// choose adds that a value is one of a few constants.
func (o *optimizer) choose(v value, c choice) {
	if c.n == 1 {
		o.narrow(v, exactly(c.of[0]), deep)
		return
	}
	o.change(v).choice = int32(len(o.facts.choices))
	o.facts.choices = append(o.facts.choices, c)
}

// narrow adds to what is known of a value, and of what it is computed from.
func (o *optimizer) narrow(v value, g fact, depth int) {
	f := o.change(v)
	*f = f.and(g)
	o.spread(v, f, depth)
}

// spread adds what a fact about a value says of what it is computed from.
func (o *optimizer) spread(v value, known *fact, depth int) {
	t := &o.terms[v]
	if depth == 0 || t.a == zero {
		return
	}
	from := fact{hi: math.MaxUint32}
	switch t.op {
	case codeAnd:
		from.zeros, from.ones = known.zeros&t.k, known.ones&t.k
		from.lo = known.lo
	case codeOr:
		from.zeros, from.ones = known.zeros&^t.k, known.ones&^t.k
		from.hi = known.hi
	case codeShl:
		from.zeros, from.ones = known.zeros>>t.k, known.ones>>t.k
	case codeShr:
		from.zeros, from.ones = known.zeros<<t.k, known.ones<<t.k
		from.lo = known.lo << t.k
		from.hi = known.hi<<t.k | (1<<t.k - 1)
	case codeAdd:
		if known.lo != known.hi {
			return
		}
		from = exactly(known.lo - t.k)
	default:
		return
	}
	o.narrow(t.a, from, depth-1)
}
