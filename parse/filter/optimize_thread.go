package filter

// thread leads jumps past nodes whose outcome is known: from the jumps before
// them, from constants, or because there is nothing to decide. It walks down the
// tree of dominators, where what holds at a node holds at all below it.
//
// Everything known is about the way that a packet takes through the graph as it
// is at the start. To lead a jump past a node leaves out a piece of that way
// where the piece changes nothing that is read later and rejects no packet. So
// what is known stays true, and can be used for further jumps.
func (o *optimizer) thread() {
	o.reach()
	o.dominate()
	o.measure()
	o.joins = resize(o.joins, len(o.nodes))
	clear(o.joins)
	for i := range int32(len(o.nodes)) {
		if n := &o.nodes[i]; o.reached[i] && !n.leaf {
			o.run(i, o.leaving(i))
			tested := value(none)
			if n.op == codeJumpEq && n.jt != n.jf {
				tested = o.leaving(i)[inA]
			}
			o.joins[n.jt].join(tested, n.k)
			o.joins[n.jf].join(none, 0)
		}
	}
	o.frames = append(o.frames[:0], frame{node: o.root})
	for len(o.frames) > 0 {
		at := len(o.frames) - 1
		f := o.frames[at]
		if f.left {
			o.facts.back(f.mark)
			o.frames = o.frames[:at]
			continue
		}
		o.frames[at].left, o.frames[at].mark = true, o.facts.mark()
		o.visit(f.node)
		for c := o.child[f.node]; c != none; c = o.sibling[c] {
			if !o.nodes[c].leaf {
				o.frames = append(o.frames, frame{node: c})
			}
		}
	}
	root := o.follow(o.root, append(o.now[:0], o.at(o.root)...), 0)
	o.changed = o.changed || root != o.root
	o.root = root
}

// A frame is a node on the way down the tree of dominators.
type frame struct {
	node int32
	left bool // all below it was seen
	mark mark
}

// joined is what all jumps to a node have in common, where they are all on one
// value: "ether proto 0x806 or 0x8035" leads to a node with either.
type joined struct {
	value value // none where they are not, zero before the first
	one   choice
}

// join adds a jump that is taken where a value equals k; none is another jump.
func (j *joined) join(v value, k uint32) {
	if j.value != zero && j.value != v || !j.one.add(k) {
		v = none
	}
	j.value = v
}

// run leaves in now what the places hold behind the body of node i.
func (o *optimizer) run(i int32, now []value) {
	copy(now, o.at(i))
	for _, in := range o.nodes[i].body {
		place, v := o.evaluate(in, now)
		now[place] = v
	}
}

// visit leads the jumps of node i on. It leaves what is known there in the facts.
func (o *optimizer) visit(i int32) {
	if e := o.entry[i]; e >= 0 {
		o.learn(&o.nodes[e/2], o.leaving(e/2), e%2 == 0)
	} else if j := &o.joins[i]; j.value > zero {
		o.choose(j.value, j.one)
	}
	proven := o.loads(i)
	n, now := &o.nodes[i], o.leaving(i)
	if n.jt != n.jf {
		if holds, known := o.decide(n, now); known {
			o.settle(n, holds)
		}
	}
	if n.jt == n.jf {
		o.lead(&n.jt, o.follow(n.jt, now, proven))
		n.jf = n.jt
		return
	}
	m := o.facts.mark()
	o.learn(n, now, true)
	jt := o.follow(n.jt, now, proven)
	o.facts.back(m)
	o.learn(n, now, false)
	jf := o.follow(n.jf, now, proven)
	o.facts.back(m)
	o.lead(&n.jt, jt)
	o.lead(&n.jf, jf)
}

func (o *optimizer) lead(from *int32, to int32) {
	if *from != to {
		*from, o.changed = to, true
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
		holds, known := o.decide(n, then)
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
