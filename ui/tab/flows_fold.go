package tab

import (
	"cmp"
	"slices"

	"sockeye/track"
)

// flowGroup is what the flows of one group add up to.
type flowGroup struct {
	key    groupKey
	label  string
	flows  int
	closed int // of flows
	pinned int // likewise
	protos protoCounts
	amounts

	sorted float64 // the sum by which it is in its place
	from   int32   // where its rows begin in flowList.folded
}

// fold makes the lines of the table: of rows, or of groups and the rows of those that are
// open.
func (l *flowList) fold(m *Model) {
	l.items, l.groups, l.series = l.items[:0], l.groups[:0], l.series[:0]
	if m.Prefs.Group == Ungrouped {
		for _, x := range l.rows {
			l.items = append(l.items, flowItem{x.row, -1})
		}
		return
	}
	l.sum(m)
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

// sum adds the rows up by group. Groups are in the order of their first rows.
func (l *flowList) sum(m *Model) {
	if l.byKey == nil {
		l.byKey, l.opened = make(map[groupKey]int32), make(map[groupKey]bool)
	}
	clear(l.byKey)
	l.groupOf = l.groupOf[:0]
	by := m.Prefs.Sort[FlowsTab]
	for _, x := range l.rows {
		r := l.row(x.row)
		k := l.grouper.key(m, r)
		n, ok := l.byKey[k]
		if !ok {
			n = int32(len(l.groups))
			l.byKey[k] = n
			l.groups = append(l.groups, flowGroup{key: k, label: l.grouper.label(m, r)})
		}
		l.groupOf = append(l.groupOf, n)
		g := &l.groups[n]
		a := amountsOf(r, l.now)
		if g.flows++; g.flows == 1 {
			g.amounts = a
		} else {
			g.add(&a)
		}
		g.protos.add(r)
		if r.Closed != track.Open {
			g.closed++
		}
		if l.pins.has(m, r) {
			g.pinned++
		}
		g.sorted += numberOf(x.key, by.Descending)
	}
}

// orderGroups puts the groups in their order: those with pinned rows first, then like the
// rows by their sums, or by their names where rows are in the order of a text.
func (l *flowList) orderGroups(m *Model) {
	for i := range l.groups {
		l.series = append(l.series, int32(i))
	}
	by := m.Prefs.Sort[FlowsTab]
	c := flowColumnOf(by.Column)
	if c == nil || l.held.on {
		return // that of their first rows
	}
	slices.SortStableFunc(l.series, func(x, y int32) int {
		a, b := &l.groups[x], &l.groups[y]
		way := compareFold(a.label, b.label)
		if c.number != nil {
			way = cmp.Compare(c.groupValue(a), c.groupValue(b))
		}
		if by.Descending {
			way = -way
		}
		return cmp.Or(cmp.Compare(min(1, b.pinned), min(1, a.pinned)), way)
	})
}

// groupValue is what groups are ordered by in a column of numbers.
func (c *flowColumn) groupValue(g *flowGroup) float64 {
	if c.jumpy {
		return g.sorted
	}
	v := c.number(&g.amounts, bothWays)
	if v != v { // not known: of one flow alone there is no sum
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
	for i, x := range l.rows {
		g := &l.groups[l.groupOf[i]]
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
