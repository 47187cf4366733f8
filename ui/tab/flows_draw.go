package tab

import (
	"math"

	"sockeye/track"
	"sockeye/ui/term"
	"sockeye/ui/theme"
	"sockeye/ui/widget"
)

// pinMark stands before what is pinned.
const pinMark = "★"

// cell returns what is in one place of the table.
func (f *flowsTab) cell(line, column, n int) widget.Cell {
	m := f.m
	c := &flowColumns[f.columns[column]]
	item := f.list.items[line]
	w := waysOf(m.Prefs.LineMode, n, false)
	switch {
	case c.number != nil && item.row < 0:
		return c.numberCell(m, &f.list.groups[item.group].amounts, w)
	case c.number != nil:
		return c.numberCell(m, f.amounts(item.row), w)
	case item.row < 0:
		return widget.Cell{}
	}
	r := f.list.row(item.row)
	if c.id() == sparkColumn {
		return widget.Cell{Spark: f.spark.shares(r.ID, w, &f.scale), SparkMax: 1, Role: sparkRole(w)}
	}
	return f.textCell(m, c, r, n, column == f.firstText())
}

// amounts returns what a flow carried, until the next call.
func (f *flowsTab) amounts(n ref) *amounts {
	a := &f.list.order.amounts
	*a = amountsOf(f.list.row(n), f.list.now)
	return a
}

// textCell words a text, and marks what the query found in it.
func (f *flowsTab) textCell(m *Model, c *flowColumn, r *track.Row, n int, first bool) widget.Cell {
	out := widget.Cell{Role: c.role}
	switch {
	case n == 0:
		out.Text = c.text(m, r)
	case c.below != nil:
		out.Text, out.Role = c.below(m, r), theme.Muted
	}
	if out.Text == "" {
		return out
	}
	out.Match[0], out.Match[1] = m.Query.Find(out.Text, c.finds...)
	if first && n == 0 && f.list.pins.has(m, r) {
		mark := sign(m, pinMark) + " "
		out.Text = mark + out.Text
		if out.Match[1] > 0 {
			out.Match[0] += len(mark)
			out.Match[1] += len(mark)
		}
	}
	return out
}

// numberCell words a number. Of two lines the second has what was received, and nothing of
// what is of the whole flow.
func (c *flowColumn) numberCell(m *Model, a *amounts, w ways) widget.Cell {
	two := m.Prefs.LineMode == TwoLines
	if two && w == onlyReceived && (c.whole || c.id() == "sent") || two && w == onlySent && c.id() == "received" {
		return widget.Cell{}
	}
	v := c.number(a, w)
	out := widget.Cell{Role: c.role}
	switch {
	case math.IsNaN(v):
		return widget.Cell{Text: "-", Role: theme.Faint}
	case v == 0:
		out.Role = theme.Faint
	case two && !c.whole:
		out.Role = sparkRole(w)
	}
	out.Text = c.format(m, v)
	return out
}

// firstText is the column that takes the mark of what is pinned: the first one that is
// wide enough for it and never goes.
func (f *flowsTab) firstText() int {
	for i, n := range f.columns {
		if c := &flowColumns[n]; c.Drop == 0 && c.text != nil {
			return i
		}
	}
	return -1
}

// look returns how a line of the table looks.
func (f *flowsTab) look(line int) widget.RowLook {
	m := f.m
	item := f.list.items[line]
	out := widget.RowLook{Style: widget.BarStyle(m.Prefs.BarStyle)}
	if item.row < 0 {
		g := &f.list.groups[item.group]
		out.Span, out.SpanRole = f.headText(g), theme.Heading
		out.Bars = f.barsOf(m, &g.amounts)
		if f.hovered(m, line) {
			out.Role = theme.Hover
		}
		return out
	}
	r := f.list.row(item.row)
	if item.group >= 0 {
		out.Indent = 2
	}
	out.Bars = f.barsOf(m, f.amounts(item.row))
	out.Role = staleRole(r)
	switch {
	case alarmed(m, r.ID):
		out.Role = theme.Alert
	case f.hovered(m, line):
		out.Role = theme.Hover
	}
	return out
}

// barsOf returns the lengths of a row's bars: what is sent and received over 2 s, as far
// as the row has lines for them.
func (f *flowsTab) barsOf(m *Model, a *amounts) (bars [2]float64) {
	if m.Prefs.LineMode != ReceivedOnly {
		bars[track.Sent] = f.scale.share(a.rateOver(0, onlySent))
	}
	if m.Prefs.LineMode != SentOnly {
		bars[track.Received] = f.scale.share(a.rateOver(0, onlyReceived))
	}
	return bars
}

// headText is the head of a group: what it is, and how many flows of which kind.
func (f *flowsTab) headText(g *flowGroup) string {
	mark := sign(f.m, "▸") + " "
	if f.list.opened[g.key] {
		mark = sign(f.m, "▾") + " "
	}
	if g.pinned > 0 {
		mark += sign(f.m, pinMark) + " "
	}
	text := mark + f.list.groupLabel(f.m, g) + "  " + plural(g.flows, "flow")
	for _, c := range []struct {
		n    int
		what string
	}{{g.protos.tcp, "tcp"}, {g.protos.udp, "udp"}, {g.closed, "closed"}} {
		if c.n > 0 {
			text += "  " + c.what + " " + widget.Count(uint64(c.n))
		}
	}
	return text
}

// alarmed reports whether an alert about a flow holds.
func alarmed(m *Model, id uint64) bool {
	for i := range m.Alarms {
		if a := &m.Alarms[i]; a.Flow == id && !a.Over {
			return true
		}
	}
	return false
}

func (f *flowsTab) hovered(m *Model, line int) bool {
	if m.HoverX < 0 || m.HoverY < f.body.Y {
		return false
	}
	at, ok := f.table.RowAt(m.HoverY - f.body.Y)
	return ok && at == line
}

// layBelow makes room for the curves under the selected row, if they are wanted.
func (f *flowsTab) layBelow(p term.Pane, m *Model) {
	const roomForTwo = 12
	f.table.Below, f.table.DrawBelow = 0, nil
	r := f.selected(m)
	if !m.Prefs.InlineSpark || r == nil {
		return
	}
	lines := []ways{onlySent, onlyReceived}
	switch {
	case m.Prefs.LineMode == SentOnly:
		lines = lines[:1]
	case m.Prefs.LineMode == ReceivedOnly:
		lines = lines[1:]
	case p.H < roomForTwo:
		lines = []ways{bothWays}
	}
	id := r.ID
	f.table.Below = len(lines)
	f.table.DrawBelow = func(p term.Pane, _ *theme.Theme) {
		for y, w := range lines {
			f.drawCurve(p.Sub(term.Rect{X: 0, Y: y, W: p.W, H: 1}), m, id, w)
		}
	}
}

// drawCurve draws what a flow carried in the last 40 s, with its scale, which is linear.
func (f *flowsTab) drawCurve(p term.Pane, m *Model, id uint64, w ways) {
	values, most := f.spark.rates(id, w)
	scale := rateScale{}
	scale.follow(&Prefs{Bytes: m.Prefs.Bytes}, most)
	label := [...]string{bothWays: "both", onlySent: "sent", onlyReceived: "recv"}[w]
	x := 2 + p.Text(2, 0, label, m.Style(theme.Muted)) + 1
	text := " 40 s, 0 to " + rateText(m, scale.to)
	room := min(SparkSeconds, p.W-x-term.Width(text))
	if room < 1 {
		return
	}
	widget.Sparkline(p.Sub(term.Rect{X: x, Y: 0, W: room, H: 1}), m.Theme, values, scale.to, sparkRole(w))
	p.Text(x+room, 0, text, m.Style(theme.Muted))
}

func sparkRole(w ways) theme.Role {
	return [...]theme.Role{bothWays: theme.Both, onlySent: theme.Sent, onlyReceived: theme.Received}[w]
}
