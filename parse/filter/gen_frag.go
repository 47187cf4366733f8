package filter

// A frag is a piece of the graph with loose ends: where to go on when its
// condition holds, and when it does not.
type frag struct {
	entry *block
	t, f  []**block
}

// test makes a fragment of one block: body, then a conditional jump.
func test(body []insn, op uint16, k uint32) frag {
	b := &block{body: body, op: op, k: k}
	return frag{b, []**block{&b.jt}, []**block{&b.jf}}
}

// both is "x and y".
func both(x, y frag) frag {
	join(x.t, y.entry)
	return frag{x.entry, y.t, append(x.f, y.f...)}
}

// either is "x or y".
func either(x, y frag) frag {
	join(x.f, y.entry)
	return frag{x.entry, append(x.t, y.t...), y.f}
}

// inverse is "not x".
func inverse(x frag) frag { return frag{x.entry, x.f, x.t} }

// all is "x and y and …" of at least one fragment.
func all(x frag, more ...frag) frag {
	for _, y := range more {
		x = both(x, y)
	}
	return x
}

// anyOf is "x or y or …" of at least one fragment.
func anyOf(x frag, more ...frag) frag {
	for _, y := range more {
		x = either(x, y)
	}
	return x
}

// andThen is "x and y", where either may be absent.
func andThen(x, y frag) frag {
	switch {
	case x.entry == nil:
		return y
	case y.entry == nil:
		return x
	}
	return both(x, y)
}

// orElse is "x or y", where x may be absent.
func orElse(x, y frag) frag {
	if x.entry == nil {
		return y
	}
	return either(x, y)
}

// join ties loose ends to a block.
func join(ends []**block, to *block) {
	for _, e := range ends {
		*e = to
	}
}

// always is a condition that holds.
func (g *gen) always() frag { return test([]insn{{op: codeLoadImm}}, codeJumpEq, 0) }

// never is a condition that does not hold.
func (g *gen) never() frag { return inverse(g.always()) }
