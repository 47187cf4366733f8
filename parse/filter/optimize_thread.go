package filter

// thread leads jumps past nodes whose outcome is known: from the jumps before
// them, from constants, or because there is nothing to decide. Nodes come after
// all that lead to them, so that what leads to a node is settled before it is
// looked at, and a node that all jumps were led past is not looked at.
//
// Values and facts are those of the way that a packet takes through the graph as
// it is at the start. To lead a jump past a node leaves out a piece of that way
// where it changes nothing that is read later and rejects no packet; so what is
// known stays true.
func (o *optimizer) thread() {
	o.measure()
	o.begin(len(o.nodes))
	o.facts.clear()
	if to := o.follow(o.root, append(o.now[:0], o.at(o.root)...), 0); to != o.root {
		o.root, o.changed = to, true
	}
	clear(o.reached)
	o.reached[o.root], o.single[o.root] = true, none
	for i := o.root; int(i) < len(o.nodes); i++ {
		if o.reached[i] && !o.nodes[i].leaf {
			o.grow(i)
			o.run(i, o.leaving(i))
			o.lead(i)
		}
	}
	o.facts.clear()
}

// lead leads the jumps of node i on, and settles where they go.
func (o *optimizer) lead(i int32) {
	n, now := &o.nodes[i], o.leaving(i)
	proven := o.arriveAt(i)
	jt, jf := n.jt, n.jf
	if jt != jf {
		if holds, known := o.decide(n, now); known && holds {
			jf = jt
		} else if known {
			jt = jf
		}
	}
	if jt == jf {
		jt = o.follow(jt, now, proven)
		jf = jt
	} else {
		jt = o.along(n, true, now, proven)
		jf = o.along(n, false, now, proven)
	}
	if jt != n.jt || jf != n.jf {
		n.jt, n.jf, o.changed = jt, jf, true
	}
	tested := value(none)
	if n.op == codeJumpEq && jt != jf {
		tested = now[inA]
	}
	o.enter(jt, 2*i)
	o.enter(jf, 2*i+1)
	o.dominate(jt, i, tested, n.k)
	o.dominate(jf, i, none, 0)
}

// along returns where one side of the jump of a node can lead to.
func (o *optimizer) along(n *vertex, holds bool, now []value, proven uint32) int32 {
	to := n.jf
	if holds {
		to = n.jt
	}
	if o.nodes[to].leaf {
		return to
	}
	m := o.facts.enterEdge()
	o.edge = side{n, holds, false}
	to = o.follow(to, now, proven)
	o.edge = side{}
	o.facts.leaveEdge(m)
	return to
}

// A side of a jump is an edge that is looked at. What it says is learnt when it
// first matters.
type side struct {
	n      *vertex // nil for none
	holds  bool
	learnt bool
}

// decideThere is decide for a node further on, where the places hold then. The
// side of the jump of this node, where they hold now, is added to the facts when
// it has to do with the question.
func (o *optimizer) decideThere(n *vertex, then, now []value) (holds, known bool) {
	holds, known = o.decide(n, then)
	if known || o.edge.n == nil || o.edge.learnt {
		return holds, known
	}
	if (n.op|o.edge.n.op)&codeSrcX == 0 && o.origin(then[inA]) != o.origin(now[inA]) {
		return false, false
	}
	o.edge.learnt = true
	o.learn(o.edge.n, now, o.edge.holds)
	return o.decide(n, then)
}

// arriveAt adds what is known at node i to what is known above it, and returns
// how many bytes were captured for sure behind its body.
func (o *optimizer) arriveAt(i int32) (proven uint32) {
	o.facts.here, o.facts.writes = i, i
	if e := o.single[i]; e != none {
		o.learn(&o.nodes[e/2], o.leaving(e/2), e%2 == 0)
	} else if m := &o.meets[i]; m.value > zero {
		o.choose(m.value, m.one)
	}
	return o.loads(i)
}

// run leaves in now what the places hold behind the body of node i.
func (o *optimizer) run(i int32, now []value) {
	copy(now, o.at(i))
	for _, in := range o.nodes[i].body {
		place, v := o.evaluate(in, now)
		now[place] = v
	}
}

// loads notes what the loads of node i prove, and returns how many bytes were
// captured for sure behind them.
func (o *optimizer) loads(i int32) (proven uint32) {
	proven = o.proven[i]
	indexed := false
	for _, in := range o.nodes[i].body {
		bytes, of := in.demand()
		switch of {
		case ofPacket:
			proven = max(proven, bytes)
		case ofIndex:
			indexed = true
		}
	}
	if !indexed {
		return proven
	}
	now := append(o.now[:0], o.at(i)...)
	o.now = now
	for _, in := range o.nodes[i].body {
		if bytes, of := in.demand(); of == ofIndex && bytes > o.fact(now[inX]).bytes {
			o.change(now[inX]).bytes = bytes
		}
		place, v := o.evaluate(in, now)
		now[place] = v
	}
	return proven
}

// follow returns the node that a jump to node t can as well lead to, where the
// places hold now and so many bytes were captured for sure.
func (o *optimizer) follow(t int32, now []value, proven uint32) int32 {
	for !o.nodes[t].leaf && o.budget > 0 {
		o.budget--
		next, ok := o.past(t, now, proven)
		if !ok {
			break
		}
		t = next
	}
	return t
}

// past returns the node that node t will lead to, and reports whether t can be
// left out.
func (o *optimizer) past(t int32, now []value, proven uint32) (next int32, ok bool) {
	then := append(o.then[:0], now...)
	o.then = then
	n := &o.nodes[t]
	safe := true
	for _, in := range n.body {
		switch bytes, of := in.demand(); of {
		case ofPacket:
			safe = safe && bytes <= proven
		case ofIndex:
			safe = safe && bytes <= o.fact(then[inX]).bytes
		case ofOther:
			safe = false
		}
		place, v := o.evaluate(in, then)
		then[place] = v
	}
	next = n.jt
	if n.jt != n.jf {
		holds, known := o.decideThere(n, then, now)
		if !known {
			return none, false
		}
		if !holds {
			next = n.jf
		}
	}
	if !safe && !o.nodes[next].rejects() {
		return none, false
	}
	// What t leaves for later must be there without it. That it happens to be
	// there does not do where t does not need it: then another jump may be led
	// past what put it there.
	if o.live[next]&^o.live[t] != 0 {
		return none, false
	}
	for p, live := 0, o.live[next]; live != 0; p, live = p+1, live>>1 {
		if live&1 != 0 && then[p] != now[p] {
			return none, false
		}
	}
	return next, true
}
