package filter

// factStore holds what is known where. An entry holds at the node that it was
// made for, and at all below that in the tree of dominators; entries about the
// same thing form a list, the latest first. Those made for an edge are taken
// away when the edge was looked at.
type factStore struct {
	here     int32   // the node that is looked at
	writes   int32   // the node that entries are made for, or onEdge
	base     []fact  // by value: what is known of it everywhere
	latest   []int32 // by value: its latest version, or none
	versions []version
	choices  []choice
	outcomes []outcome
	table    []int32 // hash table of conditions: the latest outcome from 1 on, 0 for a free place
}

// onEdge is the node of entries for an edge from the node that is looked at.
const onEdge = -2

// A version is an entry for a value.
type version struct {
	fact
	value    value
	node     int32
	previous int32
}

// A condition is what a jump asks of a value: with X, or else with a constant.
type condition struct {
	op   uint16
	k    uint32
	a, x value
}

// An outcome is an entry for a condition.
type outcome struct {
	condition
	holds    bool
	node     int32
	previous int32 // 0 for none
}

// patience is how many entries are looked at for one that holds. More than a few
// there are only where many branches test the same.
const patience = 8

// clear forgets all that was found out.
func (f *factStore) clear() {
	f.versions, f.choices, f.outcomes = f.versions[:0], f.choices[:0], f.outcomes[:0]
	for i := range f.latest {
		f.latest[i] = none
	}
	if f.table == nil {
		f.table = make([]int32, minTable)
	}
	clear(f.table)
}

// reset forgets what the values are, too.
func (f *factStore) reset() {
	f.base, f.latest = f.base[:0], f.latest[:0]
	if len(f.table) > minTable {
		f.table = nil
	}
	f.clear()
}

// A mark is how many entries there were before an edge was looked at.
type mark struct{ versions, outcomes int }

// enterEdge makes entries be for an edge, until leaveEdge takes them away.
func (f *factStore) enterEdge() mark {
	f.writes = onEdge
	return mark{len(f.versions), len(f.outcomes)}
}

func (f *factStore) leaveEdge(m mark) {
	for n := len(f.versions); n > m.versions; n-- {
		last := &f.versions[n-1]
		f.latest[last.value] = last.previous
	}
	f.versions = f.versions[:m.versions]
	// What came last into the table leaves it first: nothing behind a place that
	// becomes free was put there because it was taken.
	for n := len(f.outcomes); n > m.outcomes; n-- {
		last := &f.outcomes[n-1]
		f.table[f.find(last.condition)] = last.previous
	}
	f.outcomes = f.outcomes[:m.outcomes]
	f.writes = f.here
}

// holds reports whether an entry made for a node holds where we are.
func (o *optimizer) holds(node int32) bool {
	return node == onEdge || node == o.facts.here || o.above(node, o.facts.here)
}

// fact returns what is known of a value, to be read at once.
func (o *optimizer) fact(v value) *fact {
	f := &o.facts
	for n := len(f.base); n <= int(v); n++ {
		may := o.may[n]
		known := fact{zeros: ^may, hi: may, choice: none}
		if k, ok := o.constantOf(value(n)); ok {
			known.ones, known.lo = k, k
		}
		f.base, f.latest = append(f.base, known), append(f.latest, none)
	}
	tries := patience
	for i := f.latest[v]; i != none && tries > 0; i = f.versions[i].previous {
		if o.holds(f.versions[i].node) {
			return &f.versions[i].fact
		}
		tries--
	}
	return &f.base[v]
}

// change returns the fact about a value, to be changed where we are.
func (o *optimizer) change(v value) *fact {
	now, f := o.fact(v), &o.facts
	if i := f.latest[v]; i != none && f.versions[i].node == f.writes {
		return &f.versions[i].fact
	}
	f.versions = append(f.versions, version{*now, v, f.writes, f.latest[v]})
	f.latest[v] = int32(len(f.versions) - 1)
	return &f.versions[f.latest[v]].fact
}

// recall returns how a condition turned out, where that is known.
func (o *optimizer) recall(t condition) (holds, known bool) {
	f, tries := &o.facts, patience
	for i := f.table[f.find(t)]; i != 0 && tries > 0; i = f.outcomes[i-1].previous {
		if r := &f.outcomes[i-1]; o.holds(r.node) {
			return r.holds, true
		}
		tries--
	}
	return false, false
}

// remember keeps how a condition turned out.
func (f *factStore) remember(t condition, holds bool) {
	if 2*len(f.outcomes) >= len(f.table) {
		f.grow()
	}
	place := f.find(t)
	f.outcomes = append(f.outcomes, outcome{t, holds, f.writes, f.table[place]})
	f.table[place] = int32(len(f.outcomes))
}

// grow doubles the table.
func (f *factStore) grow() {
	f.table = make([]int32, 2*len(f.table))
	for i := range f.outcomes {
		f.table[f.find(f.outcomes[i].condition)] = int32(i + 1)
	}
}

// find returns where a condition is in the table, or has to go.
func (f *factStore) find(t condition) int {
	h := (uint64(t.op)<<32 | uint64(t.k)) * 0x9e3779b97f4a7c15
	h = (h ^ uint64(t.a)<<32 ^ uint64(t.x)) * 0x9e3779b97f4a7c15
	for i := int(h >> 40); ; i++ {
		i &= len(f.table) - 1
		if n := f.table[i]; n == 0 || f.outcomes[n-1].condition == t {
			return i
		}
	}
}
