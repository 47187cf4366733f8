package tab

import (
	"slices"
	"strings"
	"testing"
	"time"

	"sockeye/parse"
	"sockeye/track"
	"sockeye/track/names"
	"sockeye/track/query"
)

// search gives the model a query.
func search(t *testing.T, m *Model, text string) {
	t.Helper()
	fields := track.QueryFields(track.QueryNames{Host: kitNames{}.Host, Service: kitNames{}.Service})
	q, err := query.Compile(text, fields, query.Options{})
	if err != nil {
		t.Fatal(err)
	}
	m.Query, m.QueryText = q, text
}

func TestFlowsQuery(t *testing.T) {
	m := kitModel(manyRows(100))
	f := newFlows()
	search(t, m, "host:host4.example4.org")
	if got := shownIDs(f, m); !slices.Equal(got, []uint64{5}) || m.Hits != 1 || f.list.fuzzy {
		t.Errorf("got %v, %d hits, fuzzy %v; want flow 5 alone", got, m.Hits, f.list.fuzzy)
	}
	search(t, m, "hst44exmple")
	got := shownIDs(f, m)
	if !slices.Contains(got, 45) || !f.list.fuzzy || m.Hits != len(got) {
		t.Errorf("by likeness: got %v, fuzzy %v; want flow 45 among them", got, f.list.fuzzy)
	}
	if title := screenText(f, m, 120, 40)[0]; !strings.Contains(title, "nothing matches exactly") {
		t.Errorf("the title does not say so: %q", title)
	}
	search(t, m, "port:1")
	if got := shownIDs(f, m); len(got) != 0 || m.Hits != 0 {
		t.Errorf("got %v, want nothing", got)
	}
	if all := strings.Join(screenText(f, m, 80, 24), "\n"); !strings.Contains(all, "No flow matches the query.") || !strings.Contains(all, "0 of 100 flows") {
		t.Errorf("an empty list does not say why:\n%s", all)
	}
}

// Of a drill-down all steps count, and what they leave out is no part of the query's all.
func TestFlowsDrillDown(t *testing.T) {
	m := kitModel(manyRows(100))
	m.Drill = []Step{
		{By: "process", Match: func(r *track.Row) bool { return r.ID <= 50 }},
		{By: "host", Match: func(r *track.Row) bool { return r.ID > 40 }},
	}
	f := newFlows()
	if got := shownIDs(f, m); len(got) != 10 || f.list.all != 10 {
		t.Errorf("got %d flows of %d, want 10 of 10", len(got), f.list.all)
	}
	m.Drill = m.Drill[:1]
	if got := shownIDs(f, m); len(got) != 50 {
		t.Errorf("one step back: got %d flows, want 50", len(got))
	}
}

// Flows that ended are shown on request, once, and with their reason.
func TestFlowsClosed(t *testing.T) {
	m := kitModel(manyRows(3))
	gone := m.Snap.Flows[0]
	gone.ID, gone.Closed, gone.Ended = 99, track.ByRST, kitNow
	twice := m.Snap.Flows[1]
	twice.Closed = track.ByFIN
	m.Past = []track.Row{gone, twice}
	f := newFlows()
	if got := shownIDs(f, m); len(got) != 3 {
		t.Errorf("got %v, want the three that are there", got)
	}
	m.Prefs.Closed = true
	got := shownIDs(f, m)
	slices.Sort(got)
	if !slices.Equal(got, []uint64{1, 2, 3, 99}) {
		t.Errorf("got %v, want 1 2 3 and 99", got)
	}
	if all := strings.Join(screenText(f, m, 120, 40), "\n"); !strings.Contains(all, "closed rst") {
		t.Errorf("the reason is missing:\n%s", all)
	}
}

// Freezing keeps rows and order; values go on.
func TestFlowsFreeze(t *testing.T) {
	for _, group := range []GroupBy{Ungrouped, ByProcess} {
		m := kitModel(manyRows(200))
		m.Prefs.Sort[FlowsTab], m.Prefs.Group = Sort{"rate2", true}, group
		f := newFlows()
		f.update(m)
		for _, g := range f.list.groups[:min(3, len(f.list.groups))] {
			f.list.open(g.key, true)
		}
		before := shownIDs(f, m)
		m.Frozen = true
		if got := shownIDs(f, m); !slices.Equal(got, before) {
			t.Fatalf("%v: freezing moved rows", group)
		}
		past := m.Snap.Flows[10]
		past.Closed, past.Ended = track.ByFIN, kitNow
		m.Snap.Flows = append(slices.Delete(m.Snap.Flows, 10, 11), track.Row{ID: 1000, First: kitNow})
		m.Past = []track.Row{past}
		for i := range m.Snap.Flows {
			setRates(&m.Snap.Flows[i], float64(i), 0)
		}
		m.next()
		if got := shownIDs(f, m); !slices.Equal(got, before) {
			t.Errorf("%v: rows moved though the order is frozen:\n%v\n%v", group, before, got)
		}
		if rates := f.list.row(f.list.rows[0].row).Rate[0][track.Sent].Bytes; rates > 200 {
			t.Errorf("%v: values do not go on: %v B/s", group, rates)
		}
		m.Frozen = false
		if got := shownIDs(f, m); slices.Equal(got, before) {
			t.Errorf("%v: thawing left the old order", group)
		}
	}
}

// While the order is frozen, another one can be asked for: it is frozen then.
func TestFlowsFreezeTakesAnotherOrder(t *testing.T) {
	m := kitModel(manyRows(50))
	m.Prefs.Sort[FlowsTab], m.Frozen = Sort{"rate2", true}, true
	f := newFlows()
	f.update(m)
	f.Act(m, DoSortDestination)
	want := shownIDs(f, m)
	setRates(&m.Snap.Flows[0], 1e9, 0)
	m.Snap.Flows = append(m.Snap.Flows, track.Row{ID: 1000, First: kitNow})
	m.next()
	if got := shownIDs(f, m); !slices.Equal(got, want) || slices.Contains(got, 1000) {
		t.Errorf("got %v, want %v", got, want)
	}
}

// Sums of groups are those of their rows, and all rows are in one.
func TestFlowsGroups(t *testing.T) {
	for by := ByProcess; by < GroupBys; by++ {
		m := kitModel(manyRows(2000))
		m.Prefs.Sort[FlowsTab], m.Prefs.Group = Sort{"total", true}, by
		f := newFlows()
		f.update(m)
		for i := range f.list.groups {
			f.list.open(f.list.groups[i].key, true)
		}
		f.update(m)
		rows, highest := 0, ^uint64(0)
		for at := 0; at < len(f.list.items); {
			g := &f.list.groups[f.list.items[at].group]
			if f.list.items[at].row >= 0 {
				t.Fatalf("%v: a group without a head", by)
			}
			at++
			var sum [2]uint64
			var rate float64
			n := 0
			for ; at < len(f.list.items) && f.list.items[at].row >= 0; at++ {
				r := f.list.row(f.list.items[at].row)
				sum[0] += r.Count[0].Bytes
				sum[1] += r.Count[1].Bytes
				rate += r.Rate[2][0].Bytes
				n++
				if k := f.list.grouper.key(m, r); k != g.key {
					t.Fatalf("%v: flow %d is in the wrong group", by, r.ID)
				}
			}
			if sum != g.bytes || n != g.flows || rate/g.rate[2][0] > 1+1e-9 || rate/g.rate[2][0] < 1-1e-9 {
				t.Errorf("%v: group of %d flows says %d with %v bytes, want %v", by, n, g.flows, g.bytes, sum)
			}
			if total := g.total(bothWays); total > highest {
				t.Errorf("%v: groups are not in the order of their sums", by)
			} else {
				highest = total
			}
			rows += n
		}
		if rows != len(m.Snap.Flows) {
			t.Errorf("%v: %d rows in groups, want %d", by, rows, len(m.Snap.Flows))
		}
	}
}

// Two processes of one name are two groups; why an owner is not known is one.
func TestFlowsGroupsTellProcessesApart(t *testing.T) {
	m := kitModel(manyRows(600)) // 60 processes each are called curl
	m.Prefs.Group = ByProcess
	f := newFlows()
	f.update(m)
	if len(f.list.groups) != 300 {
		t.Errorf("got %d groups, want 300", len(f.list.groups))
	}
}

func TestFlowsPins(t *testing.T) {
	m := kitModel(manyRows(40))
	m.Prefs.Sort[FlowsTab] = Sort{"", false}
	var said string
	m.Send = func(r Request) { said = r.Status }
	f := newFlows()
	m.Selected = 30
	f.Act(m, DoPin)
	if ids := shownIDs(f, m); ids[0] != 30 || len(ids) != 40 {
		t.Errorf("the pinned flow is not on top: %v", ids)
	}
	if !strings.HasPrefix(said, "pinned: ") {
		t.Errorf("said %q", said)
	}
	pair := m.Prefs.Pins[0]
	if want := (PinnedPair{"Chromium", "198.51.29.29"}); pair != want {
		t.Errorf("got pin %v, want %v", pair, want)
	}
	if line := screenText(f, m, 80, 24)[3]; !strings.Contains(line, "★ Chromium") {
		t.Errorf("no mark in %q", line)
	}

	// After a restart flows and processes have other numbers.
	other := m.Snap.Flows[29]
	other.ID, other.Owner.Process = 41, m.Snap.Flows[34].Owner.Process
	m.Snap.Flows = append(m.Snap.Flows, other)
	m.next()
	if ids := shownIDs(f, m); ids[0] != 30 || ids[1] != 41 {
		t.Errorf("the pin does not hold for another process of the name: %v", ids[:3])
	}
	f.Act(m, DoPin)
	if len(m.Prefs.Pins) != 0 || shownIDs(f, m)[0] != 1 {
		t.Errorf("pins left: %v", m.Prefs.Pins)
	}
}

// A pin by name holds for every address of that name, and one by address when a name
// becomes known.
func TestFlowsPinsByName(t *testing.T) {
	rows := manyRows(2)
	rows[0].Names = []names.Name{{Name: "CDN.example"}}
	m := kitModel(rows)
	var p pins
	p.set([]PinnedPair{{"firefox", "cdn.example"}})
	if !p.has(m, &rows[0]) || p.has(m, &rows[1]) {
		t.Error("a pin by name does not hold for that name alone")
	}
	p.set([]PinnedPair{{"firefox", rows[0].Remote.Addr.String()}})
	if !p.has(m, &rows[0]) {
		t.Error("a pin by address is lost when there is a name")
	}
}

// What a machine does that it has no address of its own of is in a group, too.
func TestFlowsGroupNames(t *testing.T) {
	link := track.Row{ID: 1, Family: parse.FamilyLink, Proto: 0x88cc, Remote: track.Endpoint{MAC: [6]byte{1, 0x80, 0xc2, 0, 0, 0xe}}, First: after(-time.Second)}
	m := kitModel([]track.Row{link})
	for by, want := range map[GroupBy]string{
		ByProcess: "(unknown)", ByRemote: "01:80:c2:00:00:0e", ByDomain: "01:80:c2:00:00:0e",
		ByContainer: "(no container)", ByPort: "lldp", ByCountry: "(unknown)",
	} {
		m.Prefs.Group = by
		all := strings.Join(screenText(newFlows(), m, 80, 24), "\n")
		if !strings.Contains(all, "▸ "+want+"  1 flow") {
			t.Errorf("by %v: no %q in\n%s", by, want, all)
		}
	}
}

// Pinning while the order is frozen moves the pinned rows, and no others.
func TestFlowsPinWhileFrozen(t *testing.T) {
	m := kitModel(manyRows(50))
	m.Frozen = true
	f := newFlows()
	before := shownIDs(f, m)
	for i := range m.Snap.Flows {
		setRates(&m.Snap.Flows[i], float64(i), 0)
	}
	m.Snap.Flows = append(m.Snap.Flows, track.Row{ID: 1000, First: kitNow})
	m.next()
	m.Selected = before[30]
	f.Act(m, DoPin)
	want := append([]uint64{before[30]}, slices.Delete(slices.Clone(before), 30, 31)...)
	if got := shownIDs(f, m); !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	m.next()
	if got := shownIDs(f, m); !slices.Equal(got, want) {
		t.Errorf("a snapshot later: got %v, want %v", got, want)
	}
}

// With one way shown, groups are in the order of that way, as rows are.
func TestFlowsGroupsOfOneWay(t *testing.T) {
	m := kitModel(manyRows(2))
	m.Snap.Flows[0].Count = [2]track.Count{{Bytes: 10}, {Bytes: 1000}}
	m.Snap.Flows[1].Count = [2]track.Count{{Bytes: 20}, {Bytes: 1}}
	m.Prefs.Sort[FlowsTab], m.Prefs.Group, m.Prefs.LineMode = Sort{"total", true}, ByProcess, SentOnly
	f := newFlows()
	f.update(m)
	if first := f.list.groups[f.list.items[0].group]; first.bytes[track.Sent] != 20 {
		t.Errorf("the group that sent %d bytes is first", first.bytes[track.Sent])
	}
}

// Groups with a pinned flow are on top, the others in their order.
func TestFlowsPinnedGroups(t *testing.T) {
	for _, by := range []Sort{{"rate2", true}, {"process", false}} {
		m := kitModel(manyRows(1000))
		m.Prefs.Sort[FlowsTab], m.Prefs.Group = by, ByProcess
		m.Prefs.Pins = []PinnedPair{pairOf(m, &m.Snap.Flows[7]), pairOf(m, &m.Snap.Flows[500])}
		f := newFlows()
		f.update(m)
		pinned := 0
		for i, item := range f.list.items {
			if f.list.groups[item.group].pinned == 0 {
				continue
			}
			if pinned++; i >= pinned {
				t.Errorf("by %s: the head on line %d has a pinned flow and others above it have none", by.Column, i)
			}
		}
		if pinned < 2 {
			t.Errorf("by %s: %d groups have pinned flows, want two at least", by.Column, pinned)
		}
	}
}
