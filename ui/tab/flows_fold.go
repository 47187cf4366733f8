package tab

import (
	"math"
	"slices"

	"sockeye/track"
)

// flowGroup is what the flows of one group add up to.
type flowGroup struct {
	key    groupKey
	sample ref    // one of its rows, which names it
	label  string // where groups are in the order of their names
	flows  int
	closed int // of flows
	pinned int // likewise
	protos protoCounts
	amounts

	sorted float64 // the sum by which it is in its place
	met    bool    // it has its place in the order of first rows
	from   int32   // where its rows begin in flowList.folded
}

// fold makes the lines of the table: of rows, or of groups and the rows of those that are
// open.
func (l *flowList) fold(m *Model) {
	l.items, l.series = l.items[:0], l.series[:0]
	if m.Prefs.Group == Ungrouped {
		for _, x := range l.rows {
			l.items = append(l.items, flowItem{x.row, -1})
		}
		return
	}
	l.placeGroups(m.Prefs.Sort[FlowsTab].Descending)
	l.orderGroups(m)
	l.gatherByGroup()
	for _, g := range l.series {
		l.items = append(l.items, flowItem{-1, g})
		if !l.opened[l.groups[g].key] {
			continue
		}
		for _, x := range l.members(g) {
			l.items = append(l.items, flowItem{x.row, g})
		}
	}
}

// beginGroups forgets the groups; join makes them anew.
func (l *flowList) beginGroups(m *Model) {
	l.groups = l.groups[:0]
	if l.grouper.by = m.Prefs.Group; l.grouper.by == Ungrouped {
		return
	}
	if l.byKey == nil {
		l.byKey = make(map[groupKey]int32)
	}
	clear(l.byKey)
	n := len(l.flows) + len(l.past)
	l.groupOf = slices.Grow(l.groupOf[:0], n)[:n]
}

// join adds a row to its group, if there are groups.
func (l *flowList) join(m *Model, row ref, r *track.Row) {
	if l.grouper.by == Ungrouped {
		return
	}
	k := l.grouper.key(m, r)
	n, ok := l.byKey[k]
	if !ok {
		n = int32(len(l.groups))
		l.byKey[k] = n
		l.groups = append(l.groups, flowGroup{key: k, sample: row})
	}
	l.groupOf[row] = n
	g := &l.groups[n]
	a := &l.order.amounts
	*a = amountsOf(r, l.now)
	if g.flows++; g.flows == 1 {
		g.amounts = *a
	} else {
		g.add(a)
	}
	g.protos.add(r)
	if r.Closed != track.Open {
		g.closed++
	}
	if l.pins.has(m, r) {
		g.pinned++
	}
}

// placeGroups puts the groups in the order of their first rows, and adds up what they are
// ordered by.
func (l *flowList) placeGroups(descending bool) {
	for _, x := range l.rows {
		n := l.groupOf[x.row]
		g := &l.groups[n]
		if g.sorted += numberOf(x.key, descending); !g.met {
			g.met = true
			l.series = append(l.series, n)
		}
	}
}

// orderGroups puts the groups in their order: those with pinned rows first, then like the
// rows by their sums, or by their names where rows are in the order of a text.
func (l *flowList) orderGroups(m *Model) {
	by := m.Prefs.Sort[FlowsTab]
	c := flowColumnOf(by.Column)
	if c == nil || l.held.on {
		return // that of their first rows
	}
	s := &l.ranks
	s.rows = s.rows[:0]
	for _, g := range l.series {
		x := ranked{row: g}
		if c.number != nil {
			x.key = numberKey(c.groupValue(&l.groups[g], l.order.ways), by.Descending)
		}
		s.rows = append(s.rows, x)
	}
	if c.number != nil {
		s.sort()
	} else {
		l.orderByLabel(m, s.rows, by.Descending)
	}
	if len(l.pins.pairs) > 0 {
		s.pinsFirst(s.rows, func(g int32) bool { return l.groups[g].pinned > 0 })
	}
	for i, x := range s.rows {
		l.series[i] = x.row
	}
}

func (l *flowList) orderByLabel(m *Model, groups []ranked, descending bool) {
	for i := range l.groups {
		l.groups[i].label = l.groupLabel(m, &l.groups[i])
	}
	slices.SortStableFunc(groups, func(a, b ranked) int {
		way := compareFold(l.groups[a.row].label, l.groups[b.row].label)
		if descending {
			way = -way
		}
		return way
	})
}

// groupLabel names a group.
func (l *flowList) groupLabel(m *Model, g *flowGroup) string {
	return l.grouper.label(m, l.row(g.sample))
}

// groupValue is what groups are ordered by in a column of numbers.
func (c *flowColumn) groupValue(g *flowGroup, w ways) float64 {
	if c.jumpy {
		return g.sorted
	}
	v := c.number(&g.amounts, w)
	if math.IsNaN(v) { // round trips have no sum
		return 0
	}
	return v
}

// gatherByGroup puts the rows of each group together, in the order of all.
func (l *flowList) gatherByGroup() {
	at := int32(0)
	for i := range l.groups {
		l.groups[i].from = at
		at += int32(l.groups[i].flows)
	}
	l.folded = slices.Grow(l.folded[:0], len(l.rows))[:len(l.rows)]
	for _, x := range l.rows {
		g := &l.groups[l.groupOf[x.row]]
		l.folded[g.from] = x
		g.from++
	}
	for i := range l.groups {
		l.groups[i].from -= int32(l.groups[i].flows)
	}
}

// members returns the rows of a group.
func (l *flowList) members(group int32) []ranked {
	g := &l.groups[group]
	return l.folded[g.from:][:g.flows]
}

// open shows or hides the rows of a group.
func (l *flowList) open(k groupKey, on bool) {
	if l.opened == nil {
		l.opened = make(map[groupKey]bool)
	}
	if l.opened[k] == on {
		return
	}
	l.changes++
	if on {
		l.opened[k] = true
	} else {
		delete(l.opened, k)
	}
}
