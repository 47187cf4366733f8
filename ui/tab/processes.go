package tab

import (
	"encoding/json"
	"strconv"

	"sockeye/track"
	"sockeye/track/proc"
	"sockeye/ui/term"
	"sockeye/ui/widget"
)

// ownerItem is a row of the processes: one of what they are added up by.
type ownerItem struct {
	*track.GroupRow
	by  AggregateBy
	key track.OwnerKey
}

// processesTab lists what processes carried since the start; or containers, units, users
// or packages.
type processesTab struct {
	list  listing[track.OwnerKey, ownerItem]
	items []ownerItem
	key   sumKey
	sums  sums
	scale rateScale
	some  finder
}

// NewProcesses returns the tab of those whose the flows are.
func NewProcesses() Tab {
	p := &processesTab{}
	p.list = listing[track.OwnerKey, ownerItem]{
		tab: ProcessesTab, columns: processColumns(), open: openOwner,
		key:  func(t *ownerItem) track.OwnerKey { return t.key },
		look: func(m *Model, t *ownerItem) widget.RowLook { return barsOfSum(m, &p.scale, t.GroupRow) },
		born: func(t *ownerItem) int64 { return t.First },
	}
	p.list.begin()
	return p
}

func (*processesTab) Name() string { return "Processes" }

// aggregates are what the processes tab can add up by.
var aggregates = [AggregateBys]struct {
	by    track.GroupBy
	name  string // for people
	other string // what is in no row
}{
	OfProcess:   {track.GroupProcess, "process", "hidden"},
	OfContainer: {track.GroupContainer, "container", "in none"},
	OfUnit:      {track.GroupUnit, "unit", "in none"},
	OfUser:      {track.GroupUser, "user", "hidden"},
	OfPackage:   {track.GroupPackage, "package", "of none"},
}

// String returns what is added up by: "process".
func (a AggregateBy) String() string { return aggregates[a%AggregateBys].name }

// Draw draws a line that says what is listed, the scale of the bars, and the table.
func (p *processesTab) Draw(pane term.Pane, m *Model) {
	p.update(m)
	p.scale.follow(m.Prefs, p.sums.highest)
	title, ruler, body := laySums(pane, m)
	p.title(pane.Sub(title), m)
	drawScale(pane.Sub(ruler), m, &p.scale)
	p.list.table.Empty = p.emptyText(m)
	p.list.draw(pane, m, body)
}

// update brings the list up to the model.
func (p *processesTab) update(m *Model) {
	by := m.Prefs.AggregateBy
	k := sumKeyOf(m, m.Prefs.Sort[ProcessesTab], uint8(by))
	if k == p.key && m.Snap != nil {
		m.SortText = p.list.sortText(m)
		return
	}
	if p.key.by != k.by {
		p.list.pick(-1)
	}
	p.key, p.items, p.sums = k, p.items[:0], sums{}
	p.list.columns[0].Title = aggregateTitles[by]
	if m.Snap != nil {
		p.gather(m, by)
	}
	p.list.set(m, p.items)
}

// gather adds up: all traffic, or what a query and a drill-down leave of it.
func (p *processesTab) gather(m *Model, by AggregateBy) {
	p.sums.ofAll(m.Snap)
	g := p.some.group(m, aggregates[by].by)
	if g == nil {
		return
	}
	for i := range g.Rows {
		r := &g.Rows[i]
		k, _ := g.By().OwnerKey(&proc.Owner{Process: r.Process, Reason: r.Reason})
		p.items = append(p.items, ownerItem{r, by, k})
		p.sums.add(r)
	}
	p.sums.fold(&g.Other)
}

// title says what is listed.
func (p *processesTab) title(pane term.Pane, m *Model) {
	if m.Snap == nil {
		return
	}
	a := aggregates[m.Prefs.AggregateBy]
	next := aggregates[(m.Prefs.AggregateBy+1)%AggregateBys]
	some := narrowed(m)
	if !some && groupOf(m, a.by) == nil {
		return
	}
	p.sums.draw(pane, m, p.count(a.name), a.other, some, p.some.note(), "a adds up by "+next.name)
}

// count says how many rows there are: of somebody, and of nobody who is known.
func (p *processesTab) count(what string) string {
	n := 0
	for i := range p.items {
		if p.items[i].Process != nil {
			n++
		}
	}
	text := plural(n, what)
	if what == aggregates[OfProcess].name && n != 1 {
		text = strconv.Itoa(n) + " processes"
	}
	if other := len(p.items) - n; other > 0 {
		text += ", " + strconv.Itoa(other) + " other"
	}
	return text
}

// emptyText says why there is nothing to see.
func (p *processesTab) emptyText(m *Model) string {
	by := m.Prefs.AggregateBy
	switch {
	case m.Snap == nil:
		return "Waiting for the first packets."
	case len(m.Drill) > 0:
		return "No flow here any more, or none that matches.\nEsc goes back."
	case m.Query != nil:
		return "No flow in the table matches the query.\n0 clears it, / changes it."
	case groupOf(m, aggregates[by].by) == nil:
		return "Adding up the flows."
	case by == OfProcess || by == OfUser:
		return "No traffic yet."
	}
	return "No traffic of a " + by.String() + " yet.\na adds up by something else."
}

// Act implements Tab.
func (p *processesTab) Act(m *Model, a Action) bool {
	p.update(m)
	if a == DoGroupNext {
		m.Prefs.AggregateBy = (m.Prefs.AggregateBy + 1) % AggregateBys
		p.update(m)
		m.Send(Request{Tab: -1, Status: "added up by " + m.Prefs.AggregateBy.String()})
		return true
	}
	return p.list.act(m, a)
}

// openOwner shows the flows of a row.
func openOwner(m *Model, t *ownerItem) {
	by, key := aggregates[t.by].by, t.key
	m.Send(Request{Tab: FlowsTab, Drill: &Step{By: t.by.String(), Label: term.Printable(ownerLabel(m, t)), Match: func(r *track.Row) bool {
		if k, ok := by.OwnerKey(ownerOf(r)); ok && k == key {
			return true
		}
		k, ok := by.OwnerKey(&r.Peer)
		return r.Peer.Process != nil && ok && k == key
	}}})
}

// Mouse implements Tab.
func (p *processesTab) Mouse(m *Model, e term.Event) bool {
	p.update(m)
	return p.list.mouse(m, e)
}

// Columns implements WithColumns.
func (p *processesTab) Columns(m *Model) []ColumnChoice { return p.list.choices(m) }

// Copy implements Tab. A process has no remote end.
func (p *processesTab) Copy(m *Model, remote bool) string {
	p.update(m)
	t := p.list.selected()
	if t == nil || remote {
		return ""
	}
	return copied(ownerLabel(m, t), plural(int(sumFlows(t.GroupRow)), "flow"),
		"sent", widget.Bytes(sumCount(t.GroupRow, onlySent).Bytes), "received", widget.Bytes(sumCount(t.GroupRow, onlyReceived).Bytes))
}

// Tip implements Tab.
func (p *processesTab) Tip(m *Model, x, y int) func(*Model) *Tip {
	p.update(m)
	t := p.list.at(x, y)
	if t == nil {
		return nil
	}
	key := t.key
	return func(m *Model) *Tip {
		p.update(m)
		for i := range p.items {
			if p.items[i].key == key {
				return ownerTip(m, &p.items[i])
			}
		}
		return nil
	}
}

// Sheet implements Tab.
func (p *processesTab) Sheet(m *Model) *Sheet {
	p.update(m)
	sheet := p.list.sheet(m, "processes")
	sheet.Objects = func() ([]byte, error) { return json.MarshalIndent(ownerObjects(m, p.list.items), "", "  ") }
	return sheet
}
