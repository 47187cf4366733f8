package tab

import (
	"fmt"
	"strings"
	"time"

	"sockeye/track"
	"sockeye/ui/term"
	"sockeye/ui/theme"
	"sockeye/ui/widget"
)

// Events is the log: what flows did and said, and alerts, as they come, the newest last.
type Events struct {
	kind  eventKind
	list  eventList
	table widget.Table

	selected entry // where table.Selected is not -1
	top      entry // the first row, so that it stays where older ones go
	follow   bool  // the newest is shown

	columns []int // of eventColumns, those that are wanted

	kinds [eventKinds][2]int // columns of the kinds' names in the first line
	body  term.Rect          // the table
	drag  string             // key of the column whose edge is being moved
}

// NewEvents returns the tab.
func NewEvents() *Events {
	e := &Events{follow: true}
	e.table.Selected = -1
	return e
}

// The columns of the log.
const (
	eventTime = iota
	eventWhat
	eventProcess
	eventLocal
	eventRemote
	eventSays
)

var eventColumns = []widget.Column{
	eventTime:    {Key: "events.time", Title: "Time", Min: 12},
	eventWhat:    {Key: "events.event", Title: "Event", Min: 6},
	eventProcess: {Key: "events.process", Title: "Process", Min: 12, Max: 24, Weight: 1, Drop: 2},
	eventLocal:   {Key: "events.local", Title: "Local", Min: 19, Max: 45, Weight: 1, Middle: true, Drop: 1},
	eventRemote:  {Key: "events.remote", Title: "Remote", Min: 22, Max: 45, Weight: 2, Middle: true, Drop: 3},
	eventSays:    {Key: "events.says", Title: "What", Min: 22, Weight: 6},
}

// Name returns "Events".
func (*Events) Name() string { return "Events" }

// Draw draws the kinds, the entries, and what of them is not there.
func (e *Events) Draw(p term.Pane, m *Model) {
	if e.list.update(m, e.kind) && indexOf(e.list.shown, e.selected) < 0 {
		e.follow = true
	}
	e.place()
	m.Hits, m.SortText = len(e.list.shown), "time"
	top, body := p.Local().Top(1)
	body, bottom := cutBottom(body)
	e.body = body
	e.drawKinds(p.Sub(top), m)
	e.drawTable(p.Sub(body), m)
	e.drawLosses(p.Sub(bottom), m)
}

// cutBottom cuts the last line off, unless there are too few.
func cutBottom(r term.Rect) (rest, bottom term.Rect) {
	if r.H < 4 {
		return r, term.Rect{}
	}
	bottom, rest = r.Bottom(1)
	return rest, bottom
}

// place finds the rows of the selected entry and of the first one that was shown.
func (e *Events) place() {
	t, shown := &e.table, e.list.shown
	t.Rows = len(shown)
	if e.follow {
		t.Selected = -1
		t.Scroll(t.Rows)
		return
	}
	if t.Selected >= 0 {
		t.Selected = indexOf(shown, e.selected)
	}
	if i := indexOf(shown, e.top); i >= 0 {
		t.Scroll(i - t.Top)
	} else {
		t.Scroll(-t.Top)
	}
}

func indexOf(shown []entry, of entry) int {
	for i := range shown {
		if shown[i] == of {
			return i
		}
	}
	return -1
}

// keep remembers which entries the table's rows are.
func (e *Events) keep() {
	if t := &e.table; t.Selected >= 0 && t.Selected < len(e.list.shown) {
		e.selected = e.list.shown[t.Selected]
	}
	if i := e.table.Top; i >= 0 && i < len(e.list.shown) {
		e.top = e.list.shown[i]
	}
}

// drawKinds draws what can be shown, with how many there are of each, and whether the
// newest is followed.
func (e *Events) drawKinds(p term.Pane, m *Model) {
	x := 0
	for k, name := range eventKindNames {
		style := m.Style(theme.Muted)
		if eventKind(k) == e.kind {
			style = m.Style(theme.Selected)
		}
		text := fmt.Sprintf(" %s %s ", name, widget.Count(uint64(e.list.counts[k])))
		e.kinds[k] = [2]int{x, x + p.Text(x, 0, text, style)}
		x = e.kinds[k][1]
	}
	text := "following"
	if !e.follow {
		text = "G follows"
	}
	if w := term.Width(text); x+1+w <= p.W {
		p.Text(p.W-w, 0, text, m.Style(theme.Muted))
	}
}

func (e *Events) drawTable(p term.Pane, m *Model) {
	t := &e.table
	t.Empty = e.empty(m)
	if m.Prefs.Widths == nil {
		m.Prefs.Widths = map[string]int{}
	}
	t.Dragged = m.Prefs.Widths
	t.Columns, e.columns = t.Columns[:0], e.columns[:0]
	for i := range eventColumns {
		if wantsColumn(m, i) {
			t.Columns, e.columns = append(t.Columns, eventColumns[i]), append(e.columns, i)
		}
	}
	t.Cell = func(row, column, _ int) widget.Cell { return e.cell(m, row, e.columns[column]) }
	t.Row = func(row int) widget.RowLook { return e.look(m, row) }
	t.Draw(p, m.Theme)
	e.keep()
}

// wantsColumn reports whether a column is to be shown where it has room.
func wantsColumn(m *Model, i int) bool {
	shown, chosen := m.Prefs.Columns[eventColumns[i].Key]
	return shown || !chosen
}

// Columns returns the columns of the log, to be chosen from.
func (e *Events) Columns(m *Model) []ColumnChoice {
	all := make([]ColumnChoice, len(eventColumns))
	for i := range all {
		c := &eventColumns[i]
		all[i] = ColumnChoice{Key: c.Key, Title: c.Title, Shown: wantsColumn(m, i)}
	}
	for _, at := range e.table.Placed() {
		all[e.columns[at.Column]].Width = at.W
	}
	return all
}

// empty says why there is nothing to see.
func (e *Events) empty(m *Model) string {
	switch {
	case e.list.counts[e.kind] > 0:
		return "None of " + plural(e.list.counts[e.kind], "event") + " matches.\n0 clears the query, Esc the drill-down."
	case e.kind == alarmEvents:
		return "There was no alert.\nA sets the rate above which a flow raises one."
	case e.kind != allEvents:
		return "There was no such event yet.\na shows the next kind."
	}
	return "Nothing happened yet."
}

// cell returns what a row shows in a column.
func (e *Events) cell(m *Model, row, column int) widget.Cell {
	of := e.list.shown[row]
	if a := of.alarmOf(m.Log); a != nil {
		return alarmCell(m, a, column)
	}
	ev := of.event(m.Log)
	if ev == nil {
		return widget.Cell{}
	}
	switch column {
	case eventTime:
		return widget.Cell{Text: clockText(m, ev.Time), Role: theme.Muted}
	case eventWhat:
		role := theme.Service
		if kindOf(ev) == flowEvents {
			role = theme.Label
		}
		return widget.Cell{Text: eventName(ev), Role: role}
	case eventProcess:
		return found(m, ownerText(ownerOf(&ev.Row)), theme.Process, "process", "pid", "user")
	case eventLocal:
		return found(m, endText(m, &ev.Row, track.Sent), theme.Local, "src", "sport", "port")
	case eventRemote:
		return found(m, endText(m, &ev.Row, track.Received), theme.Remote, "host", "dst", "domain", "dport", "port")
	}
	text, role := eventText(ev)
	return found(m, text, role, "app", "sni", "proto", "reason")
}

// found returns a cell of a text, in which what the query sought in these fields is
// marked.
func found(m *Model, text string, role theme.Role, fields ...string) widget.Cell {
	c := widget.Cell{Text: text, Role: role}
	if m.Query != nil {
		c.Match[0], c.Match[1] = m.Query.Find(text, fields...)
	}
	return c
}

func alarmCell(m *Model, a *Alarm, column int) widget.Cell {
	switch column {
	case eventTime:
		return widget.Cell{Text: clockText(m, a.Time.UnixNano()), Role: theme.Muted}
	case eventWhat:
		return widget.Cell{Text: "alert", Role: theme.Alert}
	case eventSays:
		text, role := alarmText(a)
		return widget.Cell{Text: text, Role: role}
	}
	return widget.Cell{}
}

// clockText words a time of the capture by the clock on the wall.
func clockText(m *Model, ns int64) string {
	return time.Unix(0, ns).In(m.Now.Location()).Format("15:04:05.000")
}

func (e *Events) look(m *Model, row int) widget.RowLook {
	if at, ok := e.table.RowAt(m.HoverY - e.body.Y); ok && at == row && e.body.Contains(m.HoverX, m.HoverY) {
		return widget.RowLook{Role: theme.Hover}
	}
	return widget.RowLook{}
}

// drawLosses says how many entries are not there any more, and which never came.
func (e *Events) drawLosses(p term.Pane, m *Model) {
	x := p.Text(0, 0, plural(len(e.list.shown), "event")+" shown", m.Style(theme.Muted))
	if n := m.Log.Gone(); n > 0 {
		x += p.Text(x, 0, ", "+widget.Count(n)+" older made room", m.Style(theme.Muted))
	}
	if m.Snap == nil {
		return
	}
	if n := m.Snap.Losses.Events; n > 0 {
		x += p.Text(x, 0, ", ", m.Style(theme.Muted))
		x += p.Text(x, 0, widget.Count(n)+" LOST: nobody fetched those before them", m.Style(theme.Bad))
	}
	if n := m.Snap.Losses.Uninspected; n > 0 {
		x += p.Text(x, 0, ", ", m.Style(theme.Muted))
		p.Text(x, 0, widget.Count(n)+" flows NOT INSPECTED: too many at once", m.Style(theme.Bad))
	}
}

// Copy returns the selected entry as a line, or its remote end.
func (e *Events) Copy(m *Model, remote bool) string {
	t := &e.table
	if t.Selected < 0 || t.Selected >= len(e.list.shown) {
		return ""
	}
	ev := e.list.shown[t.Selected].event(m.Log)
	switch {
	case !remote:
		return strings.Join(e.fields(m, t.Selected), "  ")
	case ev == nil:
		return ""
	}
	return hostText(m, &ev.Row, track.Received)
}

// fields returns what a row shows in all columns.
func (e *Events) fields(m *Model, row int) []string {
	all := make([]string, len(eventColumns))
	for i := range all {
		all[i] = term.Printable(e.cell(m, row, i).Text)
	}
	return all
}
