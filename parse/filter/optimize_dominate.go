package filter

// dominators is the tree of dominators as far as thread has come: the parent of
// a node is the last one that all ways to it go through. What is known at a node
// is known at all below it.
type dominators struct {
	parent []int32
	depth  []int32
	skip   []int32 // an ancestor further up, for common to make long steps
	meets  []meeting
}

// A meeting is what all jumps to a node have in common, where they are all on one
// value: "ether proto 0x806 or 0x8035" leads to a node with either.
type meeting struct {
	value value // none where they are not, zero before the first
	one   choice
}

// begin starts a new tree.
func (d *dominators) begin(n int) {
	d.parent, d.depth, d.skip = resize(d.parent, n), resize(d.depth, n), resize(d.skip, n)
	d.meets = resize(d.meets, n)
	for i := range d.parent {
		d.parent[i], d.meets[i].value, d.meets[i].one.n = none, zero, 0
	}
}

// dominate notes that a jump leads to a node, from a node in the tree, where the
// value tested equals k; none is a jump for another reason.
func (d *dominators) dominate(to, from int32, tested value, k uint32) {
	if d.parent[to] == none {
		d.parent[to] = from
	} else {
		d.parent[to] = d.common(d.parent[to], from)
	}
	m := &d.meets[to]
	if m.value != zero && m.value != tested || !m.one.add(k) {
		tested = none
	}
	m.value = tested
}

// grow puts a node to which all jumps are known into the tree.
func (d *dominators) grow(i int32) {
	up := d.parent[i]
	if up == none {
		d.depth[i], d.skip[i] = 0, i
		return
	}
	d.depth[i] = d.depth[up] + 1
	// Steps of such a length that every ancestor is a logarithmic number of them
	// away (Myers, "An applicative random-access stack", 1983).
	if far := d.skip[up]; d.depth[up]-d.depth[far] == d.depth[far]-d.depth[d.skip[far]] {
		d.skip[i] = d.skip[far]
	} else {
		d.skip[i] = up
	}
}

// common returns the last node that dominates both a and b.
func (d *dominators) common(a, b int32) int32 {
	if d.depth[a] < d.depth[b] {
		a, b = b, a
	}
	for d.depth[a] > d.depth[b] {
		if d.depth[d.skip[a]] >= d.depth[b] {
			a = d.skip[a]
		} else {
			a = d.parent[a]
		}
	}
	for a != b {
		if d.skip[a] != d.skip[b] {
			a, b = d.skip[a], d.skip[b]
		} else {
			a, b = d.parent[a], d.parent[b]
		}
	}
	return a
}

// above reports whether node a is an ancestor of node b in the tree.
func (d *dominators) above(a, b int32) bool {
	for d.depth[b] > d.depth[a] {
		if d.depth[d.skip[b]] >= d.depth[a] {
			b = d.skip[b]
		} else {
			b = d.parent[b]
		}
	}
	return a == b
}
