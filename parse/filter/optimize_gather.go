package filter

import "slices"

// gathering is what gather works with.
type gathering struct {
	gathered []bool // by node: it is in a chain that was looked at
	groups   map[uint64]group
	chain    []int32
	order    []int // by place in the chain: the one that comes next, or none
	moving   []vertex
}

// gather brings tests of the same value together: in "port 80 or port 443" those
// of the source port, then those of the destination port, so that each is loaded
// once. It works on chains of nodes that go to one and the same node where they
// are done, and otherwise to the next of the chain.
//
// A test that may reject the packet for being short stays where it is, and none
// moves across it, but for chains that reject when they are done.
func (o *optimizer) gather() {
	o.reach()
	o.measure()
	o.alive()
	o.gathered = resize(o.gathered, len(o.nodes))
	clear(o.gathered)
	if o.groups == nil {
		o.groups = make(map[uint64]group)
	}
	for i := range int32(len(o.nodes)) {
		n := &o.nodes[i]
		if !o.reached[i] || o.gathered[i] || !o.movable(i) {
			continue
		}
		for _, exit := range []int32{n.jt, n.jf} {
			if c := o.chainFrom(i, exit); len(c) > 2 {
				for _, j := range c[:len(c)-1] {
					o.gathered[j] = true
				}
				o.cluster(c, exit)
				break
			}
		}
	}
}

// movable reports whether node i does nothing but test a value that it loads
// itself.
func (o *optimizer) movable(i int32) bool {
	n := &o.nodes[i]
	const registers = bitA | bitX
	if n.leaf || n.jt == n.jf || len(n.body) == 0 || (o.live[i]|o.live[n.jt]|o.live[n.jf])&registers != 0 {
		return false
	}
	return !slices.ContainsFunc(n.body, func(in insn) bool {
		return in.writes() >= inMemory
	})
}

// chainFrom returns the nodes of a chain that starts at node i.
func (o *optimizer) chainFrom(i, exit int32) []int32 {
	c := o.chain[:0]
	for {
		c = append(c, i)
		n := &o.nodes[i]
		next := n.jf
		if n.jf == exit {
			next = n.jt
		}
		if o.single[next] == none || o.nodes[next].leaf || o.nodes[next].jt != exit && o.nodes[next].jf != exit || !o.movable(next) {
			o.chain = c
			return c
		}
		i = next
	}
}

// A group is the tests of a chain that have the same body.
type group struct {
	last    int // the test in the new order
	segment int
}

// cluster reorders a chain.
func (o *optimizer) cluster(chain []int32, exit int32) {
	clear(o.groups)
	free := o.nodes[exit].rejects()
	segment, moved := 0, false
	order := o.order[:0] // the new order, each with its successor
	tail := none
	for j, i := range chain {
		key := hash(o.nodes[i].body)
		g, seen := o.groups[key]
		seen = seen && slices.Equal(o.nodes[chain[g.last]].body, o.nodes[i].body)
		if !seen && !free && !o.safe(i) {
			segment++
		}
		after := tail
		if seen && g.segment == segment {
			after = g.last
		}
		moved = moved || after != tail
		order = append(order, none)
		if after == none || after == tail {
			tail = j
		}
		if after != none {
			order[j], order[after] = order[after], j
		}
		o.groups[key] = group{j, segment}
	}
	o.order = order
	if moved {
		o.reorder(chain, exit)
	}
}

// safe reports whether the loads of node i cannot reject the packet.
func (o *optimizer) safe(i int32) bool {
	return !slices.ContainsFunc(o.nodes[i].body, func(in insn) bool {
		bytes, of := in.demand()
		return of != ofNothing && (of != ofPacket || bytes > o.proven[i])
	})
}

// reorder puts the nodes of a chain into the order that cluster found.
func (o *optimizer) reorder(chain []int32, exit int32) {
	o.changed = true
	o.moving = o.moving[:0]
	for _, i := range chain {
		o.moving = append(o.moving, o.nodes[i])
	}
	end := o.moving[len(chain)-1]
	behind := end.jf
	if end.jf == exit {
		behind = end.jt
	}
	for to, j := 0, 0; j != none; to, j = to+1, o.order[j] {
		n, next := o.moving[j], behind
		if to+1 < len(chain) {
			next = chain[to+1]
		}
		if n.jt == exit {
			n.jf = next
		} else {
			n.jt = next
		}
		o.nodes[chain[to]] = n
	}
}

// hash mixes a body into a number.
func hash(body []insn) uint64 {
	h := uint64(len(body))
	for _, in := range body {
		h = (h ^ uint64(in.op)<<32 ^ uint64(in.k)) * 0x9e3779b97f4a7c15
		h ^= h >> 29
	}
	return h
}
