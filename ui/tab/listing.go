package tab

import (
	"cmp"
	"slices"
	"strings"

	"sockeye/ui/term"
	"sockeye/ui/theme"
	"sockeye/ui/widget"
)

// listing is a table of things of one kind, in the order that people choose. What is
// selected is known by its key, whatever row it has.
type listing[K comparable, T any] struct {
	tab     int   // whose place in Prefs the order has
	own     *Sort // the order, where it has no place in Prefs
	columns []listColumn[T]
	key     func(*T) K
	look    func(m *Model, t *T) widget.RowLook // nil where all rows look the same
	open    func(m *Model, t *T)                // what DoOpen does; nil for nothing
	born    func(*T) int64                      // where set, equal ones are in the order of it

	items []T // in order
	table widget.Table

	picked   K // what is selected, if any is
	any      bool
	place    int // row of what is selected, when it was there last
	order    listOrder[K]
	spare    []T
	shown    []int // columns, in table.Columns' order
	body     term.Rect
	dragging string
	m        *Model // while the table asks for its cells
}

// listColumn is a column of a listing.
type listColumn[T any] struct {
	widget.Column
	name  string // for people, where Title is cut short
	role  theme.Role
	apart bool                // not shown unless asked for
	when  func(p *Prefs) bool // whether it can be shown at all; nil for always
	text  func(m *Model, t *T) string
	finds []string // the fields of queries that it shows
	// Of texts whose order is not that of the alphabet: what it goes by.
	order func(m *Model, t *T) textKey

	// Of numbers: what the order goes by. NaN is not known, and comes last.
	number func(m *Model, t *T) float64
	jumpy  bool                            // rates: their order has hysteresis
	paint  func(m *Model, t *T) theme.Role // nil for role
}

func (c *listColumn[T]) label() string { return cmp.Or(c.name, c.Title) }

// id is the column's name in Prefs.Sort: its key without the tab.
func (c *listColumn[T]) id() string {
	_, id, _ := strings.Cut(c.Key, ".")
	return id
}

func (c *listColumn[T]) visible(p *Prefs) bool {
	if c.when != nil && !c.when(p) {
		return false
	}
	if on, chosen := p.Columns[c.Key]; chosen {
		return on
	}
	return !c.apart
}

// begin sets the listing up.
func (l *listing[K, T]) begin() {
	l.table.Selected = -1
	l.table.Cell = l.cell
	l.table.Row = l.rowLook
}

// sorted returns how the items are sorted, which may be changed.
func (l *listing[K, T]) sorted(p *Prefs) *Sort {
	if l.own != nil {
		return l.own
	}
	return &p.Sort[l.tab]
}

// set takes other items, and puts them in order. What all holds is copied.
func (l *listing[K, T]) set(m *Model, all []T) {
	l.items = append(l.items[:0], all...)
	l.sort(m)
	m.SortText = l.sortText(m)
	l.table.Rows = len(all)
	l.table.Selected = -1
	if l.any {
		l.table.Selected = slices.IndexFunc(l.items, func(t T) bool { return l.key(&t) == l.picked })
	}
	if l.table.Selected >= 0 {
		l.place = l.table.Selected
	}
}

func (l *listing[K, T]) columnOf(id string) *listColumn[T] {
	for i := range l.columns {
		if id != "" && l.columns[i].id() == id {
			return &l.columns[i]
		}
	}
	return nil
}

// sortText names the order: "2 s ▼".
func (l *listing[K, T]) sortText(m *Model) string {
	by := l.sorted(m.Prefs)
	name := "created"
	if c := l.columnOf(by.Column); c != nil {
		name = strings.ToLower(c.label())
	}
	if by.Descending {
		return name + " " + sign(m, "▼")
	}
	return name + " " + sign(m, "▲")
}

// draw draws the table on all of p.
func (l *listing[K, T]) draw(p term.Pane, m *Model, at term.Rect) {
	l.m, l.body = m, at
	l.shown, l.table.Columns = l.shown[:0], l.table.Columns[:0]
	for i := range l.columns {
		if c := &l.columns[i]; c.visible(m.Prefs) {
			l.shown = append(l.shown, i)
			l.table.Columns = append(l.table.Columns, c.Column)
		}
	}
	by := l.sorted(m.Prefs)
	l.table.Sorted, l.table.Descending, l.table.Dragged = "", by.Descending, m.Prefs.Widths
	if c := l.columnOf(by.Column); c != nil {
		l.table.Sorted = c.Key
	}
	l.table.Draw(p.Sub(at), m.Theme)
	l.m = nil
}

func (l *listing[K, T]) cell(row, column, line int) widget.Cell {
	if line > 0 {
		return widget.Cell{}
	}
	c, t := &l.columns[l.shown[column]], &l.items[row]
	cell := widget.Cell{Text: c.text(l.m, t), Role: c.role}
	if c.paint != nil {
		cell.Role = c.paint(l.m, t)
	}
	if len(c.finds) > 0 {
		cell.Match[0], cell.Match[1] = l.m.Query.Find(cell.Text, c.finds...)
	}
	return cell
}

func (l *listing[K, T]) rowLook(row int) widget.RowLook {
	var look widget.RowLook
	if l.look != nil {
		look = l.look(l.m, &l.items[row])
	}
	if look.Role == theme.Text && l.hovered(row) {
		look.Role = theme.Hover
	}
	return look
}

// hovered reports whether the pointer is on a row.
func (l *listing[K, T]) hovered(row int) bool {
	x, y := l.m.HoverX-l.body.X, l.m.HoverY-l.body.Y
	if l.m.HoverX < 0 || x < 0 || x >= l.body.W || y < 1 {
		return false
	}
	at, ok := l.table.RowAt(y)
	return ok && at == row
}

// at returns what is at a place of the tab's pane, nil for nothing. It is good until the
// next set.
func (l *listing[K, T]) at(x, y int) *T {
	x, y = x-l.body.X, y-l.body.Y
	row, ok := l.table.RowAt(y)
	if !ok || y < 1 || x < 0 || x >= l.body.W || row >= len(l.items) {
		return nil
	}
	return &l.items[row]
}

// selected returns what is selected, nil where nothing is that is shown.
func (l *listing[K, T]) selected() *T {
	if i := l.table.Selected; l.any && i >= 0 && i < len(l.items) {
		return &l.items[i]
	}
	return nil
}

// pick selects a row, -1 for none.
func (l *listing[K, T]) pick(row int) {
	var none K
	l.any, l.picked, l.table.Selected = false, none, -1
	if row >= 0 && row < len(l.items) {
		l.any, l.picked, l.table.Selected, l.place = true, l.key(&l.items[row]), row, row
	}
}

// choices implements WithColumns.
func (l *listing[K, T]) choices(m *Model) []ColumnChoice {
	var all []ColumnChoice
	for i := range l.columns {
		c := &l.columns[i]
		choice := ColumnChoice{Key: c.Key, Title: c.label(), Shown: c.visible(m.Prefs)}
		for _, at := range l.table.Placed() {
			if l.table.Columns[at.Column].Key == c.Key {
				choice.Width = at.W
			}
		}
		all = append(all, choice)
	}
	return all
}

// sheet returns all items with all columns.
func (l *listing[K, T]) sheet(m *Model, name string) *Sheet {
	s := &Sheet{Name: name}
	for i := range l.columns {
		s.Columns = append(s.Columns, l.columns[i].label())
	}
	for i := range l.items {
		row := make([]string, 0, len(l.columns))
		for j := range l.columns {
			row = append(row, term.Printable(l.columns[j].text(m, &l.items[i])))
		}
		s.Rows = append(s.Rows, row)
	}
	return s
}
