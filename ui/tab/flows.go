package tab

import (
	"fmt"
	"slices"
	"strings"

	"sockeye/track"
	"sockeye/ui/term"
	"sockeye/ui/theme"
	"sockeye/ui/widget"
)

// flowsTab is the table of flows.
type flowsTab struct {
	list  flowList
	table widget.Table
	scale rateScale
	spark sparks

	picked  uint64   // m.Selected as this tab knows it
	head    groupKey // the selected head of a group, if onHead
	onHead  bool
	place   int // line of the selection, when it was there last
	columns []int
	body    term.Rect // where the table was drawn
	dragged string    // column whose edge is being moved
	m       *Model    // while the table asks for its cells
}

// NewFlows returns the tab of all flows.
func NewFlows() Tab {
	f := &flowsTab{}
	f.table.Selected = -1
	f.table.Cell, f.table.Row = f.cell, f.look
	return f
}

func (f *flowsTab) Name() string { return "Flows" }

// Draw draws a line that says what is shown, where there is room the scale of the bars,
// and the table.
func (f *flowsTab) Draw(p term.Pane, m *Model) {
	f.update(m)
	f.scale.follow(m.Prefs, f.list.order.highest)
	top, rest := p.Local().Top(1)
	if p.H < 4 { // not a line to spare
		top, rest = term.Rect{}, p.Local()
	}
	ruler := term.Rect{}
	const tall = 20
	if p.H >= tall && f.bars(m) {
		ruler, rest = rest.Top(1)
	}
	f.title(p.Sub(top), m, ruler.Empty())
	widget.Ruler(p.Sub(ruler), m.Theme, f.scale.to, f.scale.log, func(v float64) string { return rateText(m, v) })
	f.body = rest
	f.drawTable(p.Sub(rest), m)
}

// update brings the list and the selection up to the model.
func (f *flowsTab) update(m *Model) {
	f.list.update(m)
	m.SortText = sortText(m, m.Prefs.Sort[FlowsTab])
	f.table.Rows = len(f.list.items)
	if m.Selected != f.picked {
		f.picked = m.Selected
		if m.Selected != 0 {
			f.onHead = false
		}
	}
	f.table.Selected = f.find(m)
	if f.table.Selected >= 0 {
		f.place = f.table.Selected
	}
}

// find returns the line of the selection, -1 where it is not shown.
func (f *flowsTab) find(m *Model) int {
	if f.onHead {
		return slices.IndexFunc(f.list.items, func(i flowItem) bool {
			return i.row < 0 && f.list.groups[i.group].key == f.head
		})
	}
	if m.Selected == 0 {
		return -1
	}
	row, ok := f.list.refOf(m.Selected)
	if !ok {
		return -1
	}
	return slices.IndexFunc(f.list.items, func(i flowItem) bool { return i.row == row })
}

// selected returns the flow that is selected, nil for none: one that is not shown counts,
// too.
func (f *flowsTab) selected(m *Model) *track.Row {
	if m.Selected == 0 || f.onHead {
		return nil
	}
	if row, ok := f.list.refOf(m.Selected); ok {
		return f.list.row(row)
	}
	return nil
}

// pick selects a line.
func (f *flowsTab) pick(m *Model, line int) {
	f.onHead, m.Selected = false, 0
	if line >= 0 && line < len(f.list.items) {
		f.place = line
		if i := f.list.items[line]; i.row < 0 {
			f.onHead, f.head = true, f.list.groups[i.group].key
		} else {
			m.Selected = f.list.row(i.row).ID
		}
	}
	f.picked = m.Selected
	f.table.Selected = line
}

// drawTable draws the table, and again where curves were lacking.
func (f *flowsTab) drawTable(p term.Pane, m *Model) {
	t := &f.table
	f.m = m
	f.choose(m)
	t.Dragged = m.Prefs.Widths
	by := m.Prefs.Sort[FlowsTab]
	t.Sorted, t.Descending = "", by.Descending
	if c := flowColumnOf(by.Column); c != nil {
		t.Sorted = c.Key
	}
	t.RowHeight = 1
	if m.Prefs.LineMode == TwoLines {
		t.RowHeight = 2
	}
	f.layBelow(p, m)
	t.Empty = f.emptyText(m)
	f.spark.begin(m)
	t.Draw(p, m.Theme)
	if f.spark.fetch(m) {
		p.Fill(p.Local(), ' ', m.Style(theme.Text))
		t.Draw(p, m.Theme)
	}
	f.m = nil
}

// choose sets the table's columns.
func (f *flowsTab) choose(m *Model) {
	f.columns, f.table.Columns = f.columns[:0], f.table.Columns[:0]
	for i := range flowColumns {
		if flowColumns[i].shown(m.Prefs) {
			f.columns = append(f.columns, i)
			f.table.Columns = append(f.table.Columns, flowColumns[i].Column)
		}
	}
}

// Columns implements WithColumns.
func (f *flowsTab) Columns(m *Model) []ColumnChoice {
	var all []ColumnChoice
	for i := range flowColumns {
		c := &flowColumns[i]
		choice := ColumnChoice{Key: c.Key, Title: c.label(), Shown: c.shown(m.Prefs)}
		for _, at := range f.table.Placed() {
			if f.table.Columns[at.Column].Key == c.Key {
				choice.Width = at.W
			}
		}
		all = append(all, choice)
	}
	return all
}

// bars reports whether there are bars behind the rows.
func (f *flowsTab) bars(m *Model) bool { return m.Prefs.BarStyle != NoBars && f.table.Rows > 0 }

// title says what is shown. short is set where there is no line for the scale.
func (f *flowsTab) title(p term.Pane, m *Model, short bool) {
	if p.Empty() {
		return
	}
	l := &f.list
	count := plural(len(l.rows), "flow")
	if len(l.rows) != l.all {
		count = fmt.Sprintf("%d of %s", len(l.rows), plural(l.all, "flow"))
	}
	parts := []string{"sort " + m.SortText}
	if m.Prefs.Group != Ungrouped {
		parts = append(parts, fmt.Sprintf("%s by %s", plural(len(l.groups), "group"), m.Prefs.Group))
	}
	if m.Frozen {
		parts = append(parts, "frozen")
	}
	if l.fuzzy {
		parts = append(parts, "nothing matches exactly: these are like it")
	}
	x := p.Text(0, 0, count, m.Style(theme.Title))
	x += p.Text(x, 0, "  "+strings.Join(parts, sign(m, " · ")), m.Style(theme.Muted))
	if !short || !f.bars(m) {
		return
	}
	scale := "bars to " + rateText(m, f.scale.to)
	if f.scale.log {
		scale += ", log"
	}
	if at := p.W - term.Width(scale); at > x+1 {
		p.Text(at, 0, scale, m.Style(theme.Muted))
	}
}

// sortText names an order: "2s ▼".
func sortText(m *Model, s Sort) string {
	name := "created"
	if c := flowColumnOf(s.Column); c != nil {
		name = strings.ToLower(c.label())
	}
	if s.Descending {
		return name + " " + sign(m, "▼")
	}
	return name + " " + sign(m, "▲")
}

// emptyText says why there is nothing to see, and what to do about it.
func (f *flowsTab) emptyText(m *Model) string {
	switch {
	case m.Snap == nil:
		return "Waiting for the first packets."
	case f.list.all > 0:
		return "No flow matches the query.\n0 clears it, / changes it."
	case len(m.Drill) > 0:
		return "No flow here any more.\nEsc goes back."
	case m.Facts.Kind == File:
		return "No flow: nothing was read yet, or there is none in the file."
	case m.Facts.Filter != "":
		return "No traffic matches the capture filter yet: " + m.Facts.Filter + "\n| changes it, i chooses interfaces."
	}
	return "No traffic yet.\ni chooses interfaces, F8 shows what is captured."
}
