package widget

import (
	"sockeye/ui/term"
	"sockeye/ui/theme"
)

// Table shows rows in columns under a line of titles. It holds no rows: it asks for the
// cells that are seen, so that its cost does not depend on how many rows there are. Its
// methods about places speak of the picture that was drawn last.
type Table struct {
	Columns    []Column
	Rows       int
	RowHeight  int // lines of a row; 0 is 1
	Top        int // the first row that is shown
	Selected   int // -1 for none
	Sorted     string
	Descending bool
	Dragged    map[string]int // widths that people gave to columns, by key

	Cell func(row, column, line int) Cell
	Row  func(row int) RowLook // nil where all rows look the same

	// Below is how many lines are free under the selected row, which DrawBelow draws on.
	Below     int
	DrawBelow func(p term.Pane, t *theme.Theme)

	Empty string // said where there are no rows: why, and what to do about it

	layout layout
	loose  bool // scrolled away from the selected row
	lines  int  // for rows, when it was drawn last
}

// Cell is what a table shows in one place.
type Cell struct {
	Text  string
	Role  theme.Role
	Match [2]int // the bytes of Text, from and up to, that a query found

	// Spark is drawn as a curve in place of Text, unless nil; SparkMax is its height, 0
	// for the largest value.
	Spark    []float64
	SparkMax float64
}

// RowLook is how a row looks. Role is that of all its cells unless it is theme.Text: of
// rows under the pointer, stale ones, those with an alert. The selected row has
// theme.Selected by itself.
type RowLook struct {
	Role theme.Role

	// Bars are the lengths of the bars behind the row, of what was sent and received, in
	// parts of its width. In rows of one line both lie over each other, in higher ones
	// each is behind a line of its own. BarRole is that of both where it is not
	// theme.Text.
	Bars    [2]float64
	BarRole theme.Role
	Style   BarStyle

	Indent int // columns that the first cell is moved to the right

	// Span takes the place of the cells of the row's first line, from the left up to the
	// first column whose text stands right: the head of a group. "" for none.
	Span     string
	SpanRole theme.Role
}

// Move moves the selection by n rows and shows it. From no selection it begins at the
// edge of what is seen.
func (t *Table) Move(n int) {
	if t.Rows <= 0 {
		t.Selected = -1
		return
	}
	switch {
	case t.Selected >= 0 && t.Selected < t.Rows:
		n = max(-t.Rows, min(n, t.Rows))
		t.Selected += n
	case n < 0:
		t.Selected = t.Top + t.Page() - 1
	default:
		t.Selected = t.Top
	}
	t.Selected = max(0, min(t.Selected, t.Rows-1))
	t.Reveal()
}

// Scroll moves what is shown by n rows, and leaves the selection. The selected row may
// go out of sight until it is moved, or Reveal is called.
func (t *Table) Scroll(n int) {
	n = max(-t.Rows, min(n, t.Rows))
	t.Top = max(0, min(t.Top+n, t.Rows-1))
	t.loose = true
}

// Page returns how many rows are seen whole: at least 1.
func (t *Table) Page() int { return max(1, t.lines/t.height()) }

// Reveal scrolls as little as it takes for the selected row to be seen.
func (t *Table) Reveal() {
	t.loose = false
	if t.Selected < 0 || t.Selected >= t.Rows {
		return
	}
	rows := t.Page()
	if t.below() > 0 { // they are part of the selected row
		rows = max(1, (t.lines-t.below())/t.height())
	}
	t.Top = max(0, revealed(t.Top, t.Selected, t.Selected+1, rows))
}

// RowAt returns the row that was drawn on a line. The lines below the selected row are
// part of it.
func (t *Table) RowAt(y int) (row int, ok bool) {
	y-- // the titles
	if y < 0 || y >= t.lines {
		return 0, false
	}
	h, extra := t.height(), t.below()
	if past := y - (t.Selected-t.Top+1)*h; extra > 0 && t.Selected >= t.Top && past >= 0 {
		if past < extra {
			return t.Selected, true
		}
		y -= extra
	}
	row = t.Top + y/h
	return row, row < t.Rows
}

// Placed returns where the columns were drawn. It is not to be written to, and good until
// the next Draw.
func (t *Table) Placed() []Placed { return t.layout.placed }

// ColumnAt returns the column whose title is at a place. On the space behind it edge is
// set: it can be dragged from there.
func (t *Table) ColumnAt(x, y int) (key string, edge, ok bool) {
	if y != 0 {
		return "", false, false
	}
	for _, p := range t.layout.placed {
		if x >= p.X && x <= p.X+p.W {
			return t.Columns[p.Column].Key, x == p.X+p.W, true
		}
	}
	return "", false, false
}

// Drag moves the right edge of a column to x.
func (t *Table) Drag(key string, x int) {
	for _, p := range t.layout.placed {
		if t.Columns[p.Column].Key != key {
			continue
		}
		if t.Dragged == nil {
			t.Dragged = make(map[string]int)
		}
		t.Dragged[key] = max(1, x-p.X)
		return
	}
}

func (t *Table) height() int { return max(1, t.RowHeight) }

// below returns how many lines are free under the selected row; none without one.
func (t *Table) below() int {
	if t.DrawBelow == nil || t.Selected < 0 || t.Selected >= t.Rows {
		return 0
	}
	return max(0, t.Below)
}

// clamp keeps what is shown within the rows, and the selected row within what is shown.
// It returns how many rows that is.
func (t *Table) clamp() (shown int) {
	if !t.loose {
		t.Reveal()
	}
	shown = t.Page()
	if extra := t.below(); extra > 0 && t.Selected >= t.Rows-shown {
		shown = max(1, (t.lines-extra)/t.height())
	}
	t.Top = clampTop(t.Top, shown, t.Rows)
	return shown
}
