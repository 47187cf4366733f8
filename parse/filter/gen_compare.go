package filter

// comparison generates "arith op arith".
func (g *gen) comparison(n *comparison) (frag, error) {
	x, err := g.quantity(n.x)
	if err != nil {
		return frag{}, err
	}
	y, err := g.quantity(n.y)
	if err != nil {
		return frag{}, err
	}
	is, op := andThen(x.is, y.is), n.op
	// A constant goes to the right, and so does what needs X.
	if x.kind == quantityConst || y.keeps && !x.keeps && y.kind != quantityConst {
		x, y, op = y, x, mirror[op]
	}
	return andThen(is, g.compare(op, x, y)), nil
}

// mirror is the operator that holds for y and x when one holds for x and y.
var mirror = [...]compareOp{opEq: opEq, opNe: opNe, opGt: opLt, opGe: opLe, opLt: opGt, opLe: opGe}

// compare generates the comparison of two values, of which at most y is a
// constant if any is not.
func (g *gen) compare(op compareOp, x, y *quantity) frag {
	if x.kind == quantityConst {
		if holds(op, x.k, y.k) {
			return g.always()
		}
		return g.never()
	}
	jump, not := uint16(codeJumpEq), false
	switch op {
	case opNe:
		not = true
	case opGt:
		jump = codeJumpGt
	case opGe:
		jump = codeJumpGe
	case opLt:
		jump, not = codeJumpGe, true
	case opLe:
		jump, not = codeJumpGt, true
	}
	var f frag
	switch {
	case y.kind != quantityConst:
		f = test(g.pairOf(nil, x, y), jump|codeSrcX, 0)
	case jump == codeJumpEq && y.k == 0 && x.kind == quantityALU && x.op == codeAnd && x.y == nil:
		f, not = test(g.emit(nil, x.x), codeJumpSet, x.k), !not
	default:
		f = test(g.emit(nil, x), jump, y.k)
	}
	if not {
		return inverse(f)
	}
	return f
}

// holds compares two constants, unsigned as BPF does.
func holds(op compareOp, x, y uint32) bool {
	switch op {
	case opEq:
		return x == y
	case opNe:
		return x != y
	case opGt:
		return x > y
	case opGe:
		return x >= y
	case opLt:
		return x < y
	}
	return x <= y
}
