package tab

import "sockeye/ui/term"

// act does what every listing can: move, select, open, sort.
func (l *listing[K, T]) act(m *Model, a Action) bool {
	if n, ok := pageSteps(a, l.table.Page(), l.table.Rows); ok {
		l.move(n)
		return true
	}
	switch a {
	case DoOpen:
		t := l.selected()
		if t == nil || l.open == nil {
			return false
		}
		l.open(m, t)
	case DoBack:
		was := l.any
		l.pick(-1)
		return was
	case DoReset:
		if l.own != nil {
			*l.own = Sort{}
			break
		}
		m.Prefs.Sort[l.tab] = DefaultPrefs().Sort[l.tab]
	default:
		return l.resort(m, a)
	}
	return true
}

// pageSteps returns by how many rows an action moves the selection.
func pageSteps(a Action, page, rows int) (n int, ok bool) {
	switch a {
	case DoRowUp:
		return -1, true
	case DoRowDown:
		return 1, true
	case DoHalfPageUp:
		return -max(1, page/2), true
	case DoHalfPageDown:
		return max(1, page/2), true
	case DoPageUp:
		return -page, true
	case DoPageDown:
		return page, true
	case DoFirst:
		return -rows, true
	case DoLast:
		return rows, true
	}
	return 0, false
}

// move moves the selection. From one that is not shown any more it begins where that was.
func (l *listing[K, T]) move(n int) {
	rows := l.table.Rows
	if rows == 0 {
		return
	}
	if l.any && l.table.Selected < 0 {
		l.table.Selected = min(l.place, rows-1)
		if n > 0 {
			n-- // what came after it is there now
		}
	}
	switch {
	case n <= -rows:
		l.table.Selected = 0
	case n >= rows:
		l.table.Selected = rows - 1
	default:
		l.table.Move(n)
	}
	l.pick(l.table.Selected)
	l.table.Reveal()
}

// resort changes the order.
func (l *listing[K, T]) resort(m *Model, a Action) bool {
	by := l.sorted(m.Prefs)
	wanted := map[Action]string{DoSort2s: "rate2", DoSort10s: "rate10", DoSort40s: "rate40"}[a]
	switch {
	case wanted != "":
		if l.columnOf(wanted) == nil {
			return false
		}
		*by = Sort{wanted, true}
	case a == DoSortFlip:
		by.Descending = !by.Descending
	case a == DoSortNext:
		*by = l.nextSort(m.Prefs, by.Column)
	default:
		return false
	}
	return true
}

// nextSort returns the order by the next column from left to right, in its own direction;
// after the last one that in which the items came.
func (l *listing[K, T]) nextSort(p *Prefs, now string) Sort {
	passed := l.columnOf(now) == nil
	for i := range l.columns {
		c := &l.columns[i]
		if passed && c.visible(p) {
			return Sort{c.id(), c.number != nil}
		}
		passed = passed || c.id() == now
	}
	return Sort{}
}

// mouse selects by the left button, sorts by a title, moves an edge of a column, scrolls.
func (l *listing[K, T]) mouse(m *Model, e term.Event) bool {
	x, y := e.X-l.body.X, e.Y-l.body.Y
	switch e.Kind {
	case term.WheelUp:
		l.table.Scroll(-notch)
	case term.WheelDown:
		l.table.Scroll(notch)
	case term.MouseDrag:
		if l.dragging == "" {
			return false
		}
		if m.Prefs.Widths == nil {
			m.Prefs.Widths = make(map[string]int)
		}
		l.table.Dragged = m.Prefs.Widths
		l.table.Drag(l.dragging, x)
	case term.MouseRelease:
		was := l.dragging != ""
		l.dragging = ""
		return was
	case term.MousePress:
		return l.press(m, e.Button, x, y)
	default:
		return false
	}
	return true
}

func (l *listing[K, T]) press(m *Model, b term.Button, x, y int) bool {
	l.dragging = ""
	if key, edge, ok := l.table.ColumnAt(x, y); ok && b == term.LeftButton {
		if edge {
			l.dragging = key
			return true
		}
		l.sortBy(m, key)
		return true
	}
	row, ok := l.table.RowAt(y)
	if !ok || y < 1 || x < 0 || x >= l.body.W {
		return false
	}
	l.pick(row)
	return true
}

// sortBy sorts by a column, or turns its order around.
func (l *listing[K, T]) sortBy(m *Model, key string) {
	by := l.sorted(m.Prefs)
	for i := range l.columns {
		c := &l.columns[i]
		switch {
		case c.Key != key:
		case by.Column == c.id():
			by.Descending = !by.Descending
		default:
			*by = Sort{c.id(), c.number != nil}
		}
	}
}
