package tab

import (
	"cmp"
	"slices"
	"sort"

	"sockeye/track"
	"sockeye/track/query"
)

// flowList is which flows are shown, in which order. It is worked out when a snapshot
// came or people want to see something else, and holds numbers of rows, no rows: the
// snapshot's are used.
type flowList struct {
	flows, past []track.Row
	now         int64 // the capture's clock, ns since the Unix epoch

	key   listKey // what it was worked out from
	items []flowItem
	rows  []ranked // in their order; those that are pinned first
	all   int      // rows before the query
	fuzzy bool     // the query found nothing, and these are what comes near

	found   []ref // in the order of ID
	exact   *query.Query[track.Row]
	like    *query.Query[track.Row] // exact by likeness
	order   orderer
	pins    pins
	held    holder
	grouper grouper
	groups  []flowGroup
	byKey   map[groupKey]int32
	groupOf []int32  // by row
	series  []int32  // the groups in their order
	ranks   orderer  // of groups
	folded  []ranked // the rows, group by group
	opened  map[groupKey]bool
	changes int // of opened
}

// flowItem is a line of the table: a flow, or the head of a group where row is less than
// 0.
type flowItem struct {
	row   ref
	group int32 // place in flowList.groups; -1 where there are none
}

// listKey is all that a list depends on, besides pins.
type listKey struct {
	snap    *track.Snapshot
	frame   uint64
	changes int
	order   orderKey
	past    int
}

// orderKey is what a list depends on besides the traffic.
type orderKey struct {
	query   *query.Query[track.Row]
	steps   int
	step    *Step
	label   string
	sort    Sort
	group   GroupBy
	lines   LineMode
	closed  bool
	resolve bool
	service bool
	frozen  bool
}

func (l *flowList) keyOf(m *Model) listKey {
	p := m.Prefs
	k := listKey{snap: m.Snap, frame: m.Frame, changes: l.changes, past: len(m.Past), order: orderKey{
		query: m.Query, steps: len(m.Drill), sort: p.Sort[FlowsTab], group: p.Group, lines: p.LineMode,
		closed: p.Closed, resolve: p.Resolve, service: p.ServiceNames, frozen: m.Frozen,
	}}
	if n := len(m.Drill); n > 0 {
		k.order.step, k.order.label = &m.Drill[n-1], m.Drill[n-1].Label
	}
	return k
}

// row returns a row by its number.
func (l *flowList) row(n ref) *track.Row {
	if int(n) < len(l.flows) {
		return &l.flows[n]
	}
	return &l.past[int(n)-len(l.flows)]
}

// update works the list out, unless it is what it was.
func (l *flowList) update(m *Model) {
	k := l.keyOf(m)
	repinned := l.pins.set(m.Prefs.Pins)
	if k == l.key && !repinned && m.Snap != nil {
		return
	}
	sameOrder := k.order == l.key.order
	l.key = k
	l.flows, l.past, l.now = nil, nil, 0
	if m.Snap != nil {
		l.flows, l.past, l.now = m.Snap.Flows, m.Past, m.Snap.Time
	}
	l.held.on = l.held.on && m.Frozen && sameOrder
	if l.held.on {
		l.refresh(m)
	} else {
		l.search(m)
		l.rows = l.order.finish(l.found)
	}
	if len(l.pins.pairs) > 0 && (repinned || !l.held.on) {
		l.order.pinsFirst(l.rows, func(n ref) bool { return l.pins.has(m, l.row(n)) })
	}
	l.fold(m)
	if m.Frozen && (repinned || !l.held.on) {
		l.held.on = true
		l.held.hold(l)
	}
}

// refresh takes the rows that are held as they are now.
func (l *flowList) refresh(m *Model) {
	l.rows = l.held.rows(l)
	l.order.highest = 0
	l.beginGroups(m)
	for _, x := range l.rows {
		r := l.row(x.row)
		l.order.note(r)
		l.join(m, x.row, r)
	}
	m.Hits = len(l.rows)
}

// search finds the rows that are wanted: those that the query finds, or where there is
// none those that are like it. What puts them in order and in groups is looked at on the
// way, while their memory is near: that is most of what a frame of 100,000 takes.
func (l *flowList) search(m *Model) {
	l.searchBy(m, m.Query)
	l.fuzzy = false
	if len(l.found) == 0 && l.all > 0 {
		if like := l.likeness(m.Query); like != nil {
			l.searchBy(m, like)
			l.fuzzy = len(l.found) > 0
		}
	}
	m.Hits = len(l.found)
}

func (l *flowList) searchBy(m *Model, q *query.Query[track.Row]) {
	l.found, l.all = l.found[:0], 0
	l.order.begin(m.Prefs)
	l.beginGroups(m)
	for i := range l.flows {
		l.consider(m, q, ref(i))
	}
	if m.Prefs.Closed {
		for i := range l.past {
			if !l.has(l.past[i].ID) {
				l.consider(m, q, ref(len(l.flows)+i))
			}
		}
	}
}

// consider takes a row in if it is within the drill-down and the query finds it.
func (l *flowList) consider(m *Model, q *query.Query[track.Row], n ref) {
	r := l.row(n)
	for i := range m.Drill {
		if f := m.Drill[i].Match; f != nil && !f(r) {
			return
		}
	}
	l.all++
	if q.Match(r) {
		l.found = append(l.found, n)
		l.order.add(m, n, r)
		l.join(m, n, r)
	}
}

// likeness returns the query that finds what is like another one, nil for none.
func (l *flowList) likeness(q *query.Query[track.Row]) *query.Query[track.Row] {
	if l.exact != q {
		l.exact, l.like = q, q.Fuzzy()
	}
	return l.like
}

// has reports whether a flow is in the snapshot: one that has just ended may be there and
// among those that ended, too.
func (l *flowList) has(id uint64) bool {
	_, ok := l.flowAt(id)
	return ok
}

// flowAt finds a flow in the snapshot.
func (l *flowList) flowAt(id uint64) (at int, ok bool) {
	at = sort.Search(len(l.flows), func(i int) bool { return l.flows[i].ID >= id })
	return at, at < len(l.flows) && l.flows[at].ID == id
}

// refOf finds a flow in the snapshot or among those that ended.
func (l *flowList) refOf(id uint64) (ref, bool) {
	if i, ok := l.flowAt(id); ok {
		return ref(i), true
	}
	for i := range l.past {
		if l.past[i].ID == id {
			return ref(len(l.flows) + i), true
		}
	}
	return 0, false
}

// holder keeps the order of a list that is frozen: which flows there are and where. Values
// go on. Flows that come are not shown; those that end stay as long as they are
// remembered.
type holder struct {
	on  bool
	ids []heldRow // by ID
	out []ranked
}

type heldRow struct {
	id    uint64
	place int32
}

// hold takes the order of a list as it is shown: where there are groups, one after the
// other.
func (h *holder) hold(l *flowList) {
	h.ids = h.ids[:0]
	add := func(rows []ranked) {
		for _, x := range rows {
			h.ids = append(h.ids, heldRow{l.row(x.row).ID, int32(len(h.ids))})
		}
	}
	if len(l.groups) == 0 {
		add(l.rows)
	}
	for _, g := range l.series {
		add(l.members(g))
	}
	slices.SortFunc(h.ids, func(a, b heldRow) int { return cmp.Compare(a.id, b.id) })
}

// rows returns the rows of the present frame in the order that was held.
func (h *holder) rows(l *flowList) []ranked {
	const gone = -1
	h.out = slices.Grow(h.out[:0], len(h.ids))[:len(h.ids)]
	at := 0
	for _, x := range h.ids {
		for at < len(l.flows) && l.flows[at].ID < x.id {
			at++
		}
		h.out[x.place].row = gone
		if at < len(l.flows) && l.flows[at].ID == x.id {
			h.out[x.place].row = ref(at)
		}
	}
	for i := range l.past {
		at, ok := slices.BinarySearchFunc(h.ids, l.past[i].ID, func(x heldRow, id uint64) int { return cmp.Compare(x.id, id) })
		if ok && h.out[h.ids[at].place].row == gone {
			h.out[h.ids[at].place].row = ref(len(l.flows) + i)
		}
	}
	return slices.DeleteFunc(h.out, func(x ranked) bool { return x.row == gone })
}
