package filter

// graph is a program's graph in a form that passes can walk quickly: blocks are
// numbered so that every jump leads to a higher number.
type graph struct {
	nodes []vertex
	root  int32
	code  []insn // the bodies, one behind the other

	// Worked out by reach and dominate, by node.
	reached []bool
	entry   []int32 // the one edge that leads to it, or manyEdges
	idom    []int32 // the last node that all ways to it go through
	depth   []int32 // how many nodes dominate it
	skip    []int32 // a dominator further up, for ancestor to make long steps
	child   []int32 // the first that it dominates directly, and the next one
	sibling []int32
	renamed []int32
}

// A vertex is a block; its number in the graph is a node.
type vertex struct {
	body   []insn
	op     uint16
	leaf   bool
	k      uint32 // of the jump; of a leaf what is returned
	jt, jf int32
}

// rejects reports whether n is a leaf that rejects the packet.
func (n *vertex) rejects() bool { return n.leaf && n.k == 0 }

// An edge is a node and the side of its jump, 0 where the condition holds.
const (
	noEdge    = -1
	manyEdges = -2
)

// none is the number of no node.
const none = -1

// load takes over the blocks that can be reached from root.
func (g *graph) load(root *block) {
	order := postorder(root)
	n := len(order)
	g.nodes = resize(g.nodes, n)
	g.code = g.code[:0]
	size := 0
	for _, b := range order {
		size += len(b.body)
	}
	if cap(g.code) < size {
		g.code = make([]insn, 0, size)
	}
	for i, b := range order {
		from := len(g.code)
		g.code = append(g.code, b.body...)
		to := vertex{body: g.code[from:len(g.code):len(g.code)], op: b.op, k: b.k}
		if b.isLeaf() {
			to.leaf, to.k = true, b.ret.k
		} else {
			to.jt, to.jf = int32(n-1-b.jt.index()), int32(n-1-b.jf.index())
		}
		g.nodes[n-1-i] = to
	}
	g.root = 0
	forget(order)
}

// blocks returns the graph as blocks.
func (g *graph) blocks() *block {
	size := 0
	for i := range g.nodes {
		size += len(g.nodes[i].body)
	}
	blocks, code := make([]block, len(g.nodes)), make([]insn, 0, size)
	for i := range g.nodes {
		n, b := &g.nodes[i], &blocks[i]
		if n.leaf {
			b.ret = &result{n.k}
			continue
		}
		from := len(code)
		code = append(code, n.body...)
		b.body = code[from:len(code):len(code)]
		b.op, b.k, b.jt, b.jf = n.op, n.k, &blocks[n.jt], &blocks[n.jf]
	}
	return &blocks[g.root]
}

// compact drops the nodes that cannot be reached.
func (g *graph) compact() {
	g.reach()
	g.renamed = resize(g.renamed, len(g.nodes))
	to := int32(0)
	for i := range g.nodes {
		if g.reached[i] {
			g.renamed[i] = to
			g.nodes[to] = g.nodes[i]
			to++
		}
	}
	g.nodes = g.nodes[:to]
	g.root = g.renamed[g.root]
	for i := range g.nodes {
		if n := &g.nodes[i]; !n.leaf {
			n.jt, n.jf = g.renamed[n.jt], g.renamed[n.jf]
		}
	}
}

// reach finds the nodes that can be reached, and the edges that lead to them.
func (g *graph) reach() {
	g.reached, g.entry = resize(g.reached, len(g.nodes)), resize(g.entry, len(g.nodes))
	for i := range g.nodes {
		g.reached[i], g.entry[i] = false, noEdge
	}
	g.reached[g.root] = true
	for i := range g.nodes {
		if n := &g.nodes[i]; g.reached[i] && !n.leaf {
			g.enter(n.jt, int32(2*i))
			g.enter(n.jf, int32(2*i+1))
		}
	}
}

// enter notes that an edge leads to node n.
func (g *graph) enter(n, edge int32) {
	g.reached[n] = true
	if g.entry[n] == noEdge {
		g.entry[n] = edge
	} else {
		g.entry[n] = manyEdges
	}
}

// dominate works out the tree of dominators.
func (g *graph) dominate() {
	n := len(g.nodes)
	g.idom, g.depth, g.skip = resize(g.idom, n), resize(g.depth, n), resize(g.skip, n)
	g.child, g.sibling = resize(g.child, n), resize(g.sibling, n)
	for i := range g.nodes {
		g.idom[i], g.child[i] = none, none
	}
	g.depth[g.root], g.skip[g.root], g.idom[g.root] = 0, g.root, g.root
	for i := range int32(n) {
		if !g.reached[i] {
			continue
		}
		if up := g.idom[i]; i != g.root {
			g.sibling[i], g.child[up] = g.child[up], i
			g.depth[i] = g.depth[up] + 1
			// Steps of a length such that every ancestor is a logarithmic number
			// of them away (Myers, "An applicative random-access stack", 1983).
			if far := g.skip[up]; g.depth[up]-g.depth[far] == g.depth[far]-g.depth[g.skip[far]] {
				g.skip[i] = g.skip[far]
			} else {
				g.skip[i] = up
			}
		}
		if n := &g.nodes[i]; !n.leaf {
			g.dominateBy(n.jt, i)
			g.dominateBy(n.jf, i)
		}
	}
}

// dominateBy notes that an edge leads from one node to another.
func (g *graph) dominateBy(to, from int32) {
	if g.idom[to] == none {
		g.idom[to] = from
	} else {
		g.idom[to] = g.common(g.idom[to], from)
	}
}

// common returns the last node that dominates both a and b.
func (g *graph) common(a, b int32) int32 {
	if g.depth[a] < g.depth[b] {
		a, b = b, a
	}
	for g.depth[a] > g.depth[b] {
		if g.depth[g.skip[a]] >= g.depth[b] {
			a = g.skip[a]
		} else {
			a = g.idom[a]
		}
	}
	for a != b {
		if g.skip[a] != g.skip[b] {
			a, b = g.skip[a], g.skip[b]
		} else {
			a, b = g.idom[a], g.idom[b]
		}
	}
	return a
}

// resize returns a slice of n elements, s itself where it is large enough. What
// is in it is left over.
func resize[T any](s []T, n int) []T {
	if cap(s) < n {
		return make([]T, n, n+n/2)
	}
	return s[:n]
}
