package tab

import (
	"sockeye/ui/term"
)

// Act implements Tab.
func (f *flowsTab) Act(m *Model, a Action) bool {
	f.update(m)
	if n, ok := f.steps(a); ok {
		f.move(m, n)
		return true
	}
	switch a {
	case DoOpen:
		return f.open(m)
	case DoBack:
		return f.deselect(m)
	case DoExpand, DoCollapse, DoToggle:
		return f.expand(m, a)
	case DoGroupNext:
		m.Prefs.Group = (m.Prefs.Group + 1) % GroupBys
		f.onHead = false
	case DoPin:
		return f.pin(m)
	case DoReset:
		d := DefaultPrefs()
		m.Prefs.Sort[FlowsTab], m.Prefs.Group = d.Sort[FlowsTab], d.Group
	default:
		return f.resort(m, a)
	}
	return true
}

// steps returns by how many lines an action moves the selection.
func (f *flowsTab) steps(a Action) (n int, ok bool) {
	page := f.table.Page()
	switch a {
	case DoRowUp:
		n = -1
	case DoRowDown:
		n = 1
	case DoHalfPageUp:
		n = -max(1, page/2)
	case DoHalfPageDown:
		n = max(1, page/2)
	case DoPageUp:
		n = -page
	case DoPageDown:
		n = page
	case DoFirst:
		n = -f.table.Rows
	case DoLast:
		n = f.table.Rows
	}
	return n, n != 0 || a == DoFirst || a == DoLast
}

// move moves the selection. From one that is not shown any more it begins where that was.
func (f *flowsTab) move(m *Model, n int) {
	if f.table.Rows == 0 {
		return
	}
	if f.table.Selected < 0 && (m.Selected != 0 || f.onHead) {
		f.table.Selected = min(f.place, f.table.Rows-1)
		if n > 0 {
			n-- // what came after it is there now
		}
	}
	switch {
	case n <= -f.table.Rows:
		f.table.Selected = 0
		f.table.Reveal()
	case n >= f.table.Rows:
		f.table.Selected = f.table.Rows - 1
		f.table.Reveal()
	default:
		f.table.Move(n)
	}
	f.pick(m, f.table.Selected)
}

// open looks into a flow, or shows or hides the flows of a group.
func (f *flowsTab) open(m *Model) bool {
	switch {
	case f.onHead:
		f.list.open(f.head, !f.list.opened[f.head])
	case m.Selected != 0:
		m.Send(Request{Tab: DetailsTab})
	default:
		return false
	}
	return true
}

func (f *flowsTab) deselect(m *Model) bool {
	if m.Selected == 0 && !f.onHead {
		return false
	}
	f.pick(m, -1)
	return true
}

// expand shows or hides the flows of the group that is selected, or of which one is.
func (f *flowsTab) expand(m *Model, a Action) bool {
	at := f.table.Selected
	if at < 0 || f.list.items[at].group < 0 {
		return false
	}
	key := f.list.groups[f.list.items[at].group].key
	on := a == DoExpand || a == DoToggle && !f.list.opened[key]
	f.list.open(key, on)
	if !on { // the row is about to be hidden
		f.onHead, f.head = true, key
		m.Selected, f.picked = 0, 0
	}
	f.table.Reveal()
	return true
}

// pin pins the selected flow, or takes its pins away.
func (f *flowsTab) pin(m *Model) bool {
	r := f.selected(m)
	if r == nil {
		m.Send(Request{Tab: -1, Status: "select a flow to pin it"})
		return true
	}
	text := "no longer pinned: "
	if togglePin(m, r) {
		text = "pinned: "
	}
	pair := pairOf(m, r)
	who := pair.Process
	if who == "" {
		who = "flows of unknown owners"
	}
	m.Send(Request{Tab: -1, Status: text + who + " with " + pair.Remote, Saved: true})
	return true
}

// resort changes the order of the rows.
func (f *flowsTab) resort(m *Model, a Action) bool {
	by := &m.Prefs.Sort[FlowsTab]
	switch a {
	case DoSort2s:
		*by = Sort{"rate2", true}
	case DoSort10s:
		*by = Sort{"rate10", true}
	case DoSort40s:
		*by = Sort{"rate40", true}
	case DoSortSource:
		*by = Sort{"local", false}
	case DoSortDestination:
		*by = Sort{"remote", false}
	case DoSortFlip:
		by.Descending = !by.Descending
	case DoSortNext:
		*by = nextSort(m.Prefs, by.Column)
	default:
		return false
	}
	return true
}

// nextSort returns the order by the next column that is wanted, from left to right, in its
// own direction; after the last one that in which the flows came.
func nextSort(p *Prefs, now string) Sort {
	passed := flowColumnOf(now) == nil
	for i := range flowColumns {
		c := &flowColumns[i]
		if passed && c.sortable() && c.shown(p) {
			return Sort{c.id(), c.descendsFirst()}
		}
		passed = passed || c.id() == now
	}
	return Sort{}
}

// notch is how many rows the wheel scrolls at a time.
const notch = 3

// markWidth is how wide the mark of a group is, which opens it by one click.
const markWidth = 2

// Mouse implements Tab: a button selects, the left one sorts by a title and moves a
// column's edge, too, and the wheel scrolls.
func (f *flowsTab) Mouse(m *Model, e term.Event) bool {
	f.update(m)
	x, y := e.X-f.body.X, e.Y-f.body.Y
	switch e.Kind {
	case term.WheelUp:
		f.table.Scroll(-notch)
	case term.WheelDown:
		f.table.Scroll(notch)
	case term.MouseDrag:
		return f.drag(m, x)
	case term.MouseRelease:
		was := f.dragged != ""
		f.dragged = ""
		return was
	case term.MousePress:
		return f.press(m, e.Button, x, y)
	default:
		return false
	}
	return true
}

func (f *flowsTab) press(m *Model, b term.Button, x, y int) bool {
	f.dragged = ""
	if key, edge, ok := f.table.ColumnAt(x, y); ok && b == term.LeftButton {
		if edge {
			f.dragged = key
			return true
		}
		return f.sortBy(m, key)
	}
	line, ok := f.table.RowAt(y)
	if !ok || y < 1 {
		return false
	}
	f.pick(m, line)
	if b == term.LeftButton && f.onHead && x < markWidth {
		f.open(m)
	}
	return true
}

// sortBy sorts by a column, or turns its order around.
func (f *flowsTab) sortBy(m *Model, key string) bool {
	for i := range flowColumns {
		c := &flowColumns[i]
		if c.Key != key || !c.sortable() {
			continue
		}
		by := &m.Prefs.Sort[FlowsTab]
		if by.Column == c.id() {
			by.Descending = !by.Descending
		} else {
			*by = Sort{c.id(), c.descendsFirst()}
		}
		return true
	}
	return false
}

func (f *flowsTab) drag(m *Model, x int) bool {
	if f.dragged == "" {
		return false
	}
	if m.Prefs.Widths == nil {
		m.Prefs.Widths = make(map[string]int)
	}
	f.table.Dragged = m.Prefs.Widths
	f.table.Drag(f.dragged, x)
	return true
}
