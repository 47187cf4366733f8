package filter

// The grammar is that of pcap-filter(7), as libpcap's parser takes it:
//
//	expression = term { ("and" | "or") (term | id) }      left to right, no precedence
//	term       = "not" term | "(" expression ")" | comparison | special | proto
//	           | [proto] head id
//	head       = side [kind] | kind | "proto" | "protochain" | "gateway"
//	id         = "not" id | name | number | address | "(" id { ("and" | "or") id } ")"
//
// An id without a head takes over the qualifiers of the primitive before it. Two
// oddities are libpcap's: behind a parenthesis the qualifiers are again those from
// before it, and the first id in parentheses cannot have parentheses itself.

// Limits on what is parsed. A program has at most 4096 instructions (BPF_MAXINSNS
// of linux/bpf_common.h), so no text that reaches these could be run.
const (
	maxDepth = 500     // of parentheses, "not" and signs inside one another
	maxNodes = 1 << 14 // of the tree
)

// parseText parses an expression. Its errors are *Error, complete with the text.
func parseText(text string) (expr, error) {
	tree, fail := parseOnly(text)
	if fail != nil {
		fail.Text = text
		if fail.Hint == "" {
			fail.Hint = suggest(text, fail)
		}
		return nil, fail
	}
	return tree, nil
}

// parseOnly is parseText without suggestions.
func parseOnly(text string) (expr, *Error) {
	p := &parser{lex: lexer{text: text}}
	p.advance()
	if p.tok.kind == tokenEnd {
		return &every{at(p.tok.at)}, nil
	}
	tree := p.expression()
	if p.fail == nil && p.tok.kind != tokenEnd {
		p.unexpectedJoint()
	}
	return tree, p.fail
}

// parser is a recursive descent with one token of look-ahead. The first fault ends
// the parse: it is kept in fail, and the text looks to be at its end from there on.
// Methods may return nil nodes then, and nobody reads those.
type parser struct {
	lex   lexer
	tok   token // the one to be read
	prev  token // the one before it
	depth int
	nodes int
	fail  *Error
}

func (p *parser) advance() {
	p.prev = p.tok
	if p.fail == nil {
		p.tok = p.lex.next()
	}
}

// accept reads the operator if it is next.
func (p *parser) accept(operator string) bool {
	if !p.tok.is(operator) {
		return false
	}
	p.advance()
	return true
}

// enter guards what calls itself; leave undoes it.
func (p *parser) enter() {
	if p.depth++; p.depth > maxDepth {
		p.failAt(p.tok.at, "expression is nested too deeply, more than %d levels", maxDepth)
	}
}

func (p *parser) leave() { p.depth-- }

// node counts a node of the tree that starts at a place.
func (p *parser) node(where int) at {
	if p.nodes++; p.nodes > maxNodes {
		p.failAt(where, "expression is too large, more than %d parts", maxNodes)
	}
	return at(where)
}

// An operand is what stands between "and" and "or", or in parentheses: more than
// a value, as "(80)" may turn out to be a port as well as the start of
// "(80) + 1 = len".
type operand struct {
	form  operandForm
	tree  expr
	value arith       // operandValue; operandNumber too
	taken qualifiers  // those that an id behind this operand takes over
	num   *identifier // operandNumber
}

type operandForm uint8

const (
	operandTerm   operandForm = iota
	operandID                 // an id that is none of the following
	operandGroup              // ids in parentheses
	operandNumber             // a number, in parentheses or not
	operandValue              // other arithmetic, not compared yet
)

// scope says what an operand may be.
type scope struct {
	taken qualifiers // those to take over
	terms bool       // may be a term
	ids   bool       // may be an id
}

// expression parses operands from the first, which must be a term.
func (p *parser) expression() expr {
	first := p.operand(scope{terms: true})
	return p.joined(first, true).tree
}

// joined parses the operands that "and" and "or" join to the first.
func (p *parser) joined(left operand, terms bool) operand {
	left = p.whole(left)
	for p.fail == nil && p.tok.isJoint() {
		isAnd := p.tok.isRole(roleAnd)
		p.advance()
		right := p.whole(p.operand(scope{taken: left.taken, terms: terms, ids: true}))
		if p.fail != nil {
			break
		}
		where := p.node(left.tree.pos())
		left.taken = right.taken
		if isAnd {
			left.tree = &and{where, left.tree, right.tree}
		} else {
			left.tree = &or{where, left.tree, right.tree}
		}
	}
	return left
}

// whole makes an operand complete where no arithmetic follows: a number is an id
// then, and any other value is a fault.
func (p *parser) whole(o operand) operand {
	switch {
	case p.fail != nil:
	case o.form == operandNumber:
		if o.taken == (qualifiers{}) {
			p.unqualified(o.num.at, o.num.text)
			break
		}
		o.form = operandID
		o.tree = &primitive{p.node(o.num.at), o.taken, *o.num}
	case o.form == operandValue:
		p.uncompared(o.value)
	}
	return o
}

// operand parses a term, an id or a value, as far as the scope lets it.
func (p *parser) operand(s scope) operand {
	p.enter()
	defer p.leave()
	t := p.tok
	switch {
	case p.fail != nil:
		return operand{}
	case t.isRole(roleNot):
		return p.negation(s)
	case t.is("("):
		return p.parenthesis(s)
	case t.kind == tokenNumber && s.terms:
		p.advance()
		id := numberID(t)
		return p.relation(operand{form: operandNumber, value: &number{p.node(t.at), t.num}, taken: s.taken, num: &id})
	case t.isIdentifier() && s.ids:
		return p.takeOver(s)
	case t.isIdentifier():
		p.unqualified(t.at, t.text)
		return operand{}
	case s.terms && (t.is("-") || t.isRole(roleLen)):
		return p.relation(operand{form: operandValue, value: p.factor()})
	case s.terms && t.kind == tokenKeyword && !t.isJoint() && !t.isRole(roleMask):
		return p.term()
	}
	p.missing(s)
	return operand{}
}

// takeOver parses an id in a place where it has no qualifiers of its own.
func (p *parser) takeOver(s scope) operand {
	if s.taken == (qualifiers{}) {
		p.unqualified(p.tok.at, p.tok.text)
		return operand{}
	}
	id := p.identifier(s.taken)
	if id.form == formNumber {
		return operand{form: operandNumber, taken: s.taken, num: &id}
	}
	return operand{form: operandID, tree: &primitive{p.node(id.at), s.taken, id}, taken: s.taken}
}

// negation parses "not" and what it stands before.
func (p *parser) negation(s scope) operand {
	where := p.tok.at
	p.advance()
	x := p.whole(p.operand(s))
	if p.fail != nil {
		return operand{}
	}
	if x.form != operandTerm {
		x.form = operandID
	}
	x.tree = &not{p.node(where), x.tree}
	return x
}

// parenthesis parses an expression, ids or arithmetic in parentheses; which of
// them is known when the first operand has been read.
func (p *parser) parenthesis(s scope) operand {
	open := p.tok
	p.advance()
	x := p.operand(s)
	switch {
	case p.fail != nil:
		return operand{}
	case x.form == operandGroup:
		p.failAt(open.at, "two parentheses around the same names")
		return operand{}
	case x.form == operandTerm:
		x = p.joined(x, true)
		x.taken = s.taken
	case x.form == operandID || p.tok.isJoint():
		x = p.joined(x, false)
		x.form = operandGroup
	}
	p.close(open)
	if s.terms && (x.form == operandNumber || x.form == operandValue) {
		return p.relation(x)
	}
	return x
}

// close reads the parenthesis or bracket that belongs to open.
func (p *parser) close(open token) {
	closing := ")"
	if open.is("[") {
		closing = "]"
	}
	if p.fail != nil || p.accept(closing) {
		return
	}
	if p.tok.kind == tokenEnd {
		p.failAt(open.at, "%s is never closed", quote(open.text))
		return
	}
	if closing == ")" {
		p.unexpected(`"and", "or" or ")"`)
		return
	}
	p.unexpected(`"]"`)
}
