package widget

import (
	"sockeye/ui/term"
	"sockeye/ui/theme"
)

// Draw draws the titles and the rows that have room below them.
func (t *Table) Draw(p term.Pane, look *theme.Theme) {
	t.lines = max(0, p.H-1)
	shown := t.clamp()
	inner := p
	if t.Rows > shown {
		_, body := p.Local().Top(1)
		rest := drawScrollbar(p.Sub(body), look, t.Top, shown, t.Rows)
		inner.W = rest.W
	}
	placed := t.layout.place(t.Columns, inner.W, t.Dragged)
	t.drawTitles(inner, look, placed)
	if t.Rows <= 0 {
		_, body := p.Local().Top(1)
		Message(p.Sub(body), look, t.Empty)
		return
	}
	y := 1
	for row := t.Top; row < t.Rows && y < p.H; row++ {
		y = t.drawRow(inner, look, placed, row, y)
		if row != t.Selected || t.below() == 0 {
			continue
		}
		t.DrawBelow(inner.Sub(term.Rect{X: 0, Y: y, W: inner.W, H: t.below()}), look)
		y += t.below()
	}
}

// drawTitles draws the line of titles. That of the sorted column is underlined and has an
// arrow, also where there is hardly room for more.
func (t *Table) drawTitles(p term.Pane, look *theme.Theme, placed []Placed) {
	style := look.Style(theme.Heading)
	p.Fill(term.Rect{X: 0, Y: 0, W: p.W, H: 1}, ' ', style)
	for _, at := range placed {
		c := &t.Columns[at.Column]
		l := line{t: look, style: style, right: c.Right}
		if c.Key != t.Sorted || c.Key == "" {
			l.draw(p, at.X, 0, at.W, c.Title)
			continue
		}
		l.style = style.With(term.Underline)
		name := min(at.W-1, term.Width(c.Title))
		x := at.X
		if c.Right {
			x += at.W - 1 - name
		}
		l.draw(p, x, 0, name, c.Title)
		p.Set(x+name, 0, t.arrow(look), l.style)
	}
}

func (t *Table) arrow(look *theme.Theme) rune {
	switch {
	case look.ASCII && t.Descending:
		return 'v'
	case look.ASCII:
		return '^'
	case t.Descending:
		return '▼'
	}
	return '▲'
}

// drawRow draws a row from line y, and returns the line below it.
func (t *Table) drawRow(p term.Pane, look *theme.Theme, placed []Placed, row, y int) int {
	var r RowLook
	if t.Row != nil {
		r = t.Row(row)
	}
	if row == t.Selected {
		r.Role = theme.Selected
	}
	h := t.height()
	base := look.Style(r.Role)
	for n := range min(h, p.H-y) {
		p.Fill(term.Rect{X: 0, Y: y + n, W: p.W, H: 1}, ' ', base)
		from := 0
		if r.Span != "" && n == 0 {
			from = t.drawSpan(p, look, placed, y, &r)
		}
		for i, at := range placed[from:] {
			if from+i == 0 {
				indent := max(0, min(r.Indent, at.W-1))
				at.X, at.W = at.X+indent, at.W-indent
			}
			t.drawCell(p, look, at, row, n, y, &r)
		}
		t.drawBars(p.Sub(term.Rect{X: 0, Y: y + n, W: p.W, H: 1}), look, n, &r)
	}
	return y + h
}

// drawSpan draws the text that takes the place of the first cells, and returns how many
// those are.
func (t *Table) drawSpan(p term.Pane, look *theme.Theme, placed []Placed, y int, r *RowLook) int {
	n := 0
	for n < len(placed) && !t.Columns[placed[n].Column].Right {
		n++
	}
	end := p.W
	if n < len(placed) {
		end = placed[n].X - 1
	}
	role := r.SpanRole
	if r.Role != theme.Text {
		role = r.Role
	}
	x := max(0, r.Indent)
	line{t: look, style: look.Style(role)}.draw(p, x, y, end-x, r.Span)
	return n
}

func (t *Table) drawCell(p term.Pane, look *theme.Theme, at Placed, row, n, y int, r *RowLook) {
	cell := t.Cell(row, at.Column, n)
	role := cell.Role
	if r.Role != theme.Text {
		role = r.Role
	}
	if cell.Spark != nil {
		Sparkline(p.Sub(term.Rect{X: at.X, Y: y + n, W: at.W, H: 1}), look, cell.Spark, cell.SparkMax, role)
		return
	}
	c := &t.Columns[at.Column]
	l := line{t: look, style: look.Style(role), match: cell.Match, right: c.Right, middle: c.Middle}
	l.draw(p, at.X, y+n, at.W, cell.Text)
}

// drawBars draws the bars behind line n of a row, whose text is drawn.
func (t *Table) drawBars(p term.Pane, look *theme.Theme, n int, r *RowLook) {
	style := r.Style
	marked := r.Role == theme.Selected || r.Role == theme.Alert
	if marked && (style == GradientBars || style == SolidBars) {
		style = ThinBars // one in colour would hide what the row's own says
	}
	if style == GradientBars && t.height() == 1 && r.Bars[0] > 0 && r.Bars[1] > 0 {
		style = SolidBars // which part is whose could not be told
	}
	roles := [2]theme.Role{theme.BarSent, theme.BarReceived}
	if r.BarRole != theme.Text {
		roles = [2]theme.Role{r.BarRole, r.BarRole}
	}
	switch {
	case t.height() > 1 && n < 2:
		rowBar(p, look, r.Bars[n], roles[n], style)
	case t.height() > 1:
	case r.Bars[0] > r.Bars[1]:
		rowBar(p, look, r.Bars[0], roles[0], style)
		rowBar(p, look, r.Bars[1], roles[1], style)
	default:
		rowBar(p, look, r.Bars[1], roles[1], style)
		rowBar(p, look, r.Bars[0], roles[0], style)
	}
}
