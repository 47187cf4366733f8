package tab

import (
	"cmp"
	"math"
	"slices"
	"strings"

	"sockeye/ui/term"
	"sockeye/ui/theme"
	"sockeye/ui/widget"
)

// listing is a table of things of one kind, in the order that people choose. What is
// selected is known by its key, whatever row it has.
type listing[K comparable, T any] struct {
	tab     int // whose place in Prefs the order has
	columns []listColumn[T]
	key     func(*T) K
	look    func(m *Model, t *T) widget.RowLook // nil where all rows look the same
	open    func(m *Model, t *T)                // what DoOpen does; nil for nothing

	items []T // in order
	table widget.Table

	picked   K // what is selected, if any is
	any      bool
	place    int           // row of what is selected, when it was there last
	held     map[K]float64 // hysteresis: the rate by which each has its place, see steady
	heldFor  string
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
	apart bool // not shown unless asked for
	text  func(m *Model, t *T) string

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

// set takes other items, and puts them in order. It may change the order of all.
func (l *listing[K, T]) set(m *Model, all []T) {
	l.items = all
	by := m.Prefs.Sort[l.tab]
	if c := l.columnOf(by.Column); c != nil {
		l.sort(m, c, by.Descending)
	}
	m.SortText = l.sortText(m)
	l.table.Rows = len(all)
	l.table.Selected = -1
	if l.any {
		l.table.Selected = slices.IndexFunc(all, func(t T) bool { return l.key(&t) == l.picked })
	}
	if l.table.Selected >= 0 {
		l.place = l.table.Selected
	}
}

// sort puts the items in the order of a column, those that are equal in that of their
// coming.
func (l *listing[K, T]) sort(m *Model, c *listColumn[T], descending bool) {
	type placed struct {
		item   T
		text   string
		number float64
	}
	all := make([]placed, len(l.items))
	held := make(map[K]float64)
	if l.heldFor != c.Key {
		l.held, l.heldFor = nil, c.Key
	}
	for i := range l.items {
		all[i].item = l.items[i]
		if c.number == nil {
			all[i].text = c.text(m, &l.items[i])
			continue
		}
		v := c.number(m, &l.items[i])
		if k := l.key(&l.items[i]); c.jumpy && v > 0 {
			v = steady(l.held[k], v)
			held[k] = v
		}
		all[i].number = v
	}
	l.held = held
	slices.SortStableFunc(all, func(a, b placed) int {
		unknownA, unknownB := math.IsNaN(a.number) || c.number == nil && a.text == "", math.IsNaN(b.number) || c.number == nil && b.text == ""
		if unknownA || unknownB {
			return cmp.Compare(b2i(unknownA), b2i(unknownB))
		}
		way := cmp.Or(cmp.Compare(a.number, b.number), compareFold(a.text, b.text))
		if descending {
			return -way
		}
		return way
	})
	for i := range all {
		l.items[i] = all[i].item
	}
}

func b2i(b bool) int {
	if b {
		return 1
	}
	return 0
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
	by := m.Prefs.Sort[l.tab]
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
	by := m.Prefs.Sort[l.tab]
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
	return cell
}

func (l *listing[K, T]) rowLook(row int) widget.RowLook {
	if l.look == nil {
		return widget.RowLook{}
	}
	return l.look(l.m, &l.items[row])
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
