package filter

// Precedence of the operators of arithmetic. libpcap's grammar gives none to %
// and ^, and yacc reads on where it has none to compare: "len % 3 + 1" is
// len % (3 + 1), and "len + 1 % 3" is len + (1 % 3).
var precedences = map[string]struct {
	op   arithOp
	rank int
}{
	"|":  {opOr, 1},
	"&":  {opAnd, 2},
	"<<": {opShl, 3},
	">>": {opShr, 3},
	"+":  {opAdd, 4},
	"-":  {opSub, 4},
	"*":  {opMul, 5},
	"/":  {opDiv, 5},
	"%":  {opMod, rankNone},
	"^":  {opXor, rankNone},
}

const (
	rankSign = 6 // of a sign in front
	rankNone = 7 // above all, as the operator on the right takes the operand
)

var compareOps = map[string]compareOp{
	"=": opEq, "!=": opNe, ">": opGt, ">=": opGe, "<": opLt, "<=": opLe,
}

// compares reports whether an operator compares.
func compares(operator string) bool {
	_, ok := compareOps[operator]
	return ok
}

// relation parses what follows a value: more arithmetic, and a comparison if there
// is one.
func (p *parser) relation(left operand) operand {
	if p.fail != nil {
		return left
	}
	x := p.arithmetic(left.value, 0)
	if p.tok.kind != tokenOperator || !compares(p.tok.text) {
		if x != left.value {
			left = operand{form: operandValue, value: x}
		}
		return left
	}
	op := compareOps[p.tok.text]
	p.advance()
	y := p.arithmetic(p.factor(), 0)
	if p.fail != nil {
		return operand{}
	}
	return operand{tree: &comparison{p.node(x.pos()), op, x, y}}
}

// arithmetic parses the operators behind x that bind tighter than those of lower
// rank.
func (p *parser) arithmetic(x arith, rank int) arith {
	for p.fail == nil && p.tok.kind == tokenOperator {
		o, ok := precedences[p.tok.text]
		if !ok || o.rank < rank {
			break
		}
		p.enter()
		p.advance()
		right := o.rank + 1
		if o.rank == rankNone {
			right = 0
		}
		y := p.arithmetic(p.factor(), right)
		p.leave()
		if p.fail != nil {
			break
		}
		x = &binary{p.node(x.pos()), o.op, x, y}
	}
	return x
}

// factor parses an operand of arithmetic.
func (p *parser) factor() arith {
	p.enter()
	defer p.leave()
	t := p.tok
	switch {
	case p.fail != nil:
		return nil
	case t.kind == tokenNumber:
		p.advance()
		return &number{p.node(t.at), t.num}
	case t.isRole(roleLen):
		p.advance()
		return &length{p.node(t.at)}
	case t.is("-"):
		p.advance()
		x := p.arithmetic(p.factor(), rankSign)
		return &negate{p.node(t.at), x}
	case t.is("("):
		p.advance()
		x := p.arithmetic(p.factor(), 0)
		p.close(t)
		return x
	case t.isRole(roleProto):
		p.advance()
		if !p.tok.is("[") {
			p.failAt(t.at, "%s is no value: a field of it is, such as %s[0]", quote(t.text), t.text)
			return nil
		}
		return p.accessor(t)
	}
	p.unexpected("a number, a field or len")
	return nil
}

// accessor parses the brackets behind the name of a protocol.
func (p *parser) accessor(name token) arith {
	open := p.tok
	p.advance()
	a := &access{at: p.node(name.at), proto: name.word.proto, size: 1}
	a.off = p.arithmetic(p.factor(), 0)
	if p.accept(":") {
		size := p.tok
		switch n := p.count(); n.num {
		case 1, 2, 4:
			a.size = int(n.num)
		default:
			p.failAt(size.at, "a field has 1, 2 or 4 bytes, not %d", n.num)
		}
	}
	p.close(open)
	return a
}
