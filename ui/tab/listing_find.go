package tab

import (
	"sockeye/track"
	"sockeye/track/query"
)

// finder finds the flows that a query and a drill-down are about.
type finder struct {
	found []ref
	exact *query.Query[track.Row]
	like  *query.Query[track.Row]
	fuzzy bool // the query finds nothing, and these are like it
	own   []track.Group
}

// narrowed reports whether only some flows are asked for.
func narrowed(m *Model) bool { return m.Query != nil || len(m.Drill) > 0 }

// find finds flows of the snapshot.
func (f *finder) find(m *Model) {
	f.fuzzy = false
	within := f.search(m, m.Query)
	if len(f.found) > 0 || within == 0 {
		return
	}
	if f.exact != m.Query {
		f.exact, f.like = m.Query, m.Query.Fuzzy()
	}
	if f.like != nil {
		f.search(m, f.like)
		f.fuzzy = len(f.found) > 0
	}
}

// choose finds the flows that are asked for, all where there is no query and no
// drill-down.
func (f *finder) choose(m *Model) {
	f.fuzzy = false
	if narrowed(m) {
		f.find(m)
		return
	}
	f.found = f.found[:0]
	for i := range m.Snap.Flows {
		f.found = append(f.found, ref(i))
	}
}

// group returns what the flows that are asked for add up to: all as the snapshot has it,
// those that have ended included as far as the group has them, or flows in the table that
// are found. It is nil where the snapshot has no such group.
func (f *finder) group(m *Model, by track.GroupBy) *track.Group {
	f.fuzzy = false
	if !narrowed(m) {
		return groupOf(m, by)
	}
	f.find(m)
	if len(f.own) == 0 || f.own[0].By() != by {
		f.own = track.NewSnapshot(track.NewGrouping(by, nil)).Groups
	}
	f.own[0].AddUp(func(yield func(*track.Row) bool) {
		for _, n := range f.found {
			if !yield(&m.Snap.Flows[n]) {
				return
			}
		}
	})
	return &f.own[0]
}

// search returns how many flows the drill-down has.
func (f *finder) search(m *Model, q *query.Query[track.Row]) (within int) {
	f.found = f.found[:0]
	for i := range m.Snap.Flows {
		r := &m.Snap.Flows[i]
		if !drilled(m, r) {
			continue
		}
		within++
		if q.Match(r) {
			f.found = append(f.found, ref(i))
		}
	}
	return within
}

// drilled reports whether a flow is within the drill-down.
func drilled(m *Model, r *track.Row) bool {
	for i := range m.Drill {
		if match := m.Drill[i].Match; match != nil && !match(r) {
			return false
		}
	}
	return true
}

// note says in words that the flows are no exact matches.
func (f *finder) note() string {
	if f.fuzzy {
		return "nothing matches exactly: these are like it"
	}
	return ""
}

// sumKey is what a listing of sums was worked out from.
type sumKey struct {
	snap           *track.Snapshot
	frame          uint64
	query          *query.Query[track.Row]
	steps          int
	step           *Step
	label          string
	sort           Sort
	by             uint8
	resolve, still bool
}

func sumKeyOf(m *Model, s Sort, by uint8) sumKey {
	k := sumKey{
		snap: m.Snap, frame: m.Frame, query: m.Query, steps: len(m.Drill), sort: s, by: by,
		resolve: m.Prefs.Resolve, still: m.Frozen,
	}
	if n := len(m.Drill); n > 0 {
		k.step, k.label = &m.Drill[n-1], m.Drill[n-1].Label
	}
	return k
}
