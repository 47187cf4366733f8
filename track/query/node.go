package query

// op is what a node of a query does.
type op uint8

const (
	isBare  op = iota // one of the texts on the screen passes the test
	isField           // one value of the field passes
	isAtom
	isAnd
	isOr
	isNot
)

// node is a part of a query that has been read.
type node struct {
	op    op
	kids  []*node
	field int    // place of the field
	atom  int    // place of the atom
	test  *Test  // of isBare and isField
	word  string // of isAtom, and of isBare where it may be sought by likeness: as it was written
}

// present is the test that every value passes.
var present = &Test{known: true}

// matcher makes a function of a node.
func (f *Fields[T]) matcher(n *node) func(*T) bool {
	switch n.op {
	case isBare:
		shown, test := f.shown, n.test
		return func(row *T) bool { return shown(row, test) }
	case isField:
		values, test := f.fields[n.field].Any, n.test
		return func(row *T) bool { return values(row, test) }
	case isAtom:
		return f.atoms[n.atom].Match
	case isNot:
		inner := f.matcher(n.kids[0])
		return func(row *T) bool { return !inner(row) }
	}
	match := f.matcher(n.kids[0])
	for _, kid := range n.kids[1:] {
		match = joined(n.op, match, f.matcher(kid))
	}
	return match
}

func joined[T any](o op, a, b func(*T) bool) func(*T) bool {
	if o == isAnd {
		return func(row *T) bool { return a(row) && b(row) }
	}
	return func(row *T) bool { return a(row) || b(row) }
}

// walk calls visit with every node that makes rows match rather than keeps them from it.
func (n *node) walk(visit func(*node)) {
	if n.op == isNot {
		return
	}
	visit(n)
	for _, kid := range n.kids {
		kid.walk(visit)
	}
}

// likened returns the node with its bare words sought by likeness, and whether it has
// any. Atoms are sought as words besides.
func (n *node) likened() (*node, bool) {
	const least = 3 // letters: two are in nearly every text
	switch n.op {
	case isBare:
		like := newPattern(similar, n.word)
		if len(n.word) < least || like.inAddr { // addresses are alike that have nothing in common
			return n, false
		}
		return &node{op: isBare, test: new(Test).seek(like)}, true
	case isAtom:
		word := &node{op: isBare, test: new(Test).seek(newPattern(contains, n.word))}
		return &node{op: isOr, kids: []*node{n, word}}, true
	case isAnd, isOr:
		to, any := &node{op: n.op}, false
		for _, kid := range n.kids {
			like, ok := kid.likened()
			to.kids, any = append(to.kids, like), any || ok
		}
		return to, any
	}
	return n, false
}
