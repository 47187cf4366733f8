package term

// Cell is one place of a canvas. A character of two columns has its rune in the first
// and 0 in the second.
type Cell struct {
	Rune  rune
	Style Style
}

// Canvas is a picture: W by H cells, line after line. Drawing outside of it does
// nothing. It is used by one goroutine.
type Canvas struct {
	W, H  int
	Cells []Cell
}

// NewCanvas returns a canvas of spaces in the Plain style.
func NewCanvas(w, h int) *Canvas {
	c := new(Canvas)
	c.Resize(w, h)
	return c
}

// Resize gives the canvas another size and clears it. Its memory is used again.
func (c *Canvas) Resize(w, h int) {
	w, h = max(0, w), max(0, h)
	c.W, c.H = w, h
	if n := w * h; cap(c.Cells) >= n {
		c.Cells = c.Cells[:n]
	} else {
		c.Cells = make([]Cell, n)
	}
	c.Clear(Plain)
}

// Clear makes every cell a space.
func (c *Canvas) Clear(s Style) {
	for i := range c.Cells {
		c.Cells[i] = Cell{' ', s}
	}
}

// At returns the cell at x, y; the zero Cell where there is none.
func (c *Canvas) At(x, y int) Cell {
	if x < 0 || y < 0 || x >= c.W || y >= c.H {
		return Cell{}
	}
	return c.Cells[y*c.W+x]
}

// Pane returns the whole canvas to draw on.
func (c *Canvas) Pane() Pane { return Pane{c, Rect{0, 0, c.W, c.H}} }

// Pane is a part of a canvas. Its methods count from its own corner, and draw nothing
// outside of it. It is a small value, to be passed on by Sub.
type Pane struct {
	Canvas *Canvas
	Rect   // on the canvas
}

// Sub returns a part of p, in p's own coordinates, cut to p.
func (p Pane) Sub(r Rect) Pane {
	r.X, r.Y = r.X+p.X, r.Y+p.Y
	return Pane{p.Canvas, r.Intersect(p.Rect)}
}

// Local returns all of p in its own coordinates.
func (p Pane) Local() Rect { return Rect{0, 0, p.W, p.H} }

// Set draws one character, of one column or two, as Printable has it. A wide one that
// does not fit is a space.
func (p Pane) Set(x, y int, r rune, s Style) {
	if x < 0 || y < 0 || x >= p.W || y >= p.H {
		return
	}
	r = shown(r)
	p.put(x, y, r, runeWidth(r), s)
}

// put draws a character of a known width, 1 or 2, within the pane. Half a wide
// character that it covers becomes a space.
func (p Pane) put(x, y int, r rune, width int, s Style) {
	c := p.Canvas
	if width == 2 && x+1 >= p.W {
		r, width = ' ', 1
	}
	at := (p.Y+y)*c.W + p.X + x
	line := c.Cells[(p.Y+y)*c.W : (p.Y+y+1)*c.W]
	first, last := p.X+x, p.X+x+width-1
	if line[first].Rune == 0 && first > 0 {
		line[first-1].Rune = ' '
	}
	if last+1 < len(line) && line[last+1].Rune == 0 {
		line[last+1].Rune = ' '
	}
	c.Cells[at] = Cell{r, s}
	if width == 2 {
		c.Cells[at+1] = Cell{0, s}
	}
}

// Text draws s from x, y to the right, cut at the pane's edge, and returns the columns
// that it took. What could change the terminal or the order of the text is drawn as
// Printable has it.
func (p Pane) Text(x, y int, s string, st Style) int {
	if y < 0 || y >= p.H {
		return 0
	}
	from := x
	for s != "" {
		r, n := printable(s)
		s = s[n:]
		w := runeWidth(r)
		if x+w > p.W {
			break
		}
		switch {
		case x >= 0:
			p.put(x, y, r, w, st)
		case x+w > 0: // half of it
			p.put(0, y, ' ', 1, st)
		}
		x += w
	}
	return x - from
}

// Fill makes every cell of r this character and style. r is in the pane's coordinates.
func (p Pane) Fill(r Rect, char rune, s Style) {
	q := p.Sub(r)
	char = shown(char)
	w := runeWidth(char)
	for y := range q.H {
		for x := 0; x < q.W; x += w {
			q.put(x, y, char, w, s)
		}
	}
}

// Restyle changes the style of every cell of r, and leaves its character.
func (p Pane) Restyle(r Rect, change func(Style) Style) {
	q := p.Sub(r)
	if q.Empty() { // it may have lines, without columns, anywhere
		return
	}
	for y := range q.H {
		line := q.Canvas.Cells[(q.Y+y)*q.Canvas.W+q.X:][:q.W]
		for i := range line {
			line[i].Style = change(line[i].Style)
		}
	}
}
