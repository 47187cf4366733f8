package filter

import "slices"

// merging is a table of the nodes that stay, by what they do.
type merging struct {
	table []int32 // nodes, none for a free place
	stay  []int32 // by node: the one that stays for it
}

// merge leads all jumps to equal nodes to one of them, and past nodes that do
// nothing. It goes from the leaves up: nodes are equal when they do the same and
// lead to the same nodes.
func (o *optimizer) merge() {
	n := len(o.nodes)
	m := &o.merging
	size := minTable
	for size < 2*n {
		size *= 2
	}
	m.table, m.stay = resize(m.table, size), resize(m.stay, n)
	for i := range m.table {
		m.table[i] = none
	}
	for i := int32(n - 1); i >= 0; i-- {
		n := &o.nodes[i]
		m.stay[i] = i
		if !o.reached[i] {
			continue
		}
		if !n.leaf {
			n.jt, n.jf = m.stay[n.jt], m.stay[n.jf]
			if n.jt == n.jf {
				n.op, n.k = codeJumpEq, 0 // no condition
				if len(n.body) == 0 {
					m.stay[i], o.changed = n.jt, true
					continue
				}
			}
		}
		at := o.find(n)
		if m.table[at] == none {
			m.table[at] = i
		} else {
			m.stay[i] = m.table[at]
			o.changed = true
		}
	}
	o.root = m.stay[o.root]
}

// find returns the place in the table of a node that is equal to n, or where n
// has to go.
func (o *optimizer) find(n *vertex) int {
	h := hash(n.body) ^ uint64(n.op)<<32 ^ uint64(n.k)
	h = h*0x9e3779b97f4a7c15 ^ uint64(n.jt)<<32 ^ uint64(n.jf)
	h *= 0x9e3779b97f4a7c15
	for i := int(h >> 33); ; i++ {
		i &= len(o.merging.table) - 1
		at := o.merging.table[i]
		if at == none || equal(&o.nodes[at], n) {
			return i
		}
	}
}

func equal(a, b *vertex) bool {
	return a.op == b.op && a.k == b.k && a.leaf == b.leaf && a.jt == b.jt && a.jf == b.jf && slices.Equal(a.body, b.body)
}
