package filter

// graph is a program's graph in a form that passes can walk quickly: blocks are
// numbered so that every jump leads to a higher number.
type graph struct {
	nodes []vertex
	root  int32
	code  []insn // the bodies, one behind the other

	reached []bool  // by node: it can be reached
	single  []int32 // by node: the edge that leads to it where there is but one
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

// none is the number of no node and of no edge. An edge is twice the node that it
// comes from, plus 1 where the condition does not hold.
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

// reach finds the nodes that can be reached, and those that one edge leads to.
func (g *graph) reach() {
	n := len(g.nodes)
	g.reached, g.single = resize(g.reached, n), resize(g.single, n)
	clear(g.reached)
	g.reached[g.root], g.single[g.root] = true, none
	for i := range g.nodes {
		if n := &g.nodes[i]; g.reached[i] && !n.leaf {
			g.enter(n.jt, int32(2*i))
			g.enter(n.jf, int32(2*i+1))
		}
	}
}

// enter notes that an edge leads to node n.
func (g *graph) enter(n, edge int32) {
	if g.reached[n] {
		edge = none
	}
	g.reached[n], g.single[n] = true, edge
}

// resize returns a slice of n elements, s itself where it is large enough. What
// is in it is left over.
func resize[T any](s []T, n int) []T {
	if cap(s) < n {
		return make([]T, n, n+n/2)
	}
	return s[:n]
}
