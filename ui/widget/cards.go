package widget

import (
	"sockeye/ui/term"
	"sockeye/ui/theme"
)

// Card is a group of facts under a title.
type Card struct {
	Title string
	Facts []Fact
}

// Fact is a line of a card: what it is called and what it is. One with neither is a line
// that parts others.
type Fact struct {
	Label, Value string
	Role         theme.Role // of the value
}

// cardWidth is the least width of a card where there is more than one column of them, and
// mostColumns how many columns there are at the most.
const (
	cardWidth   = 36
	mostColumns = 4
)

// Cards shows cards in as many columns as have room, and scrolls. Its methods about
// places speak of the picture that was drawn last.
type Cards struct {
	Cards    []Card
	Top      int // the first line that is shown
	Selected int // the fact that is selected, counted through all cards; -1 for none

	LabelRole theme.Role // of the labels; theme.Text stands for theme.Label
	Width     int        // the least width of a column; 0 is 36

	places []place
	lines  int // of all columns, the longest counts
	shown  int
}

// place is where a fact, or the title of a card, was laid.
type place struct {
	card, fact int // fact is -1 for the title
	index      int // of the fact through all cards
	area       term.Rect
	label      int      // columns of the label
	value      []string // lines
}

// Draw draws the cards from line Top on.
func (c *Cards) Draw(p term.Pane, t *theme.Theme) {
	c.shown = p.H
	c.lay(p.W)
	if c.lines > p.H {
		c.lay(p.W - 1) // for the scrollbar
	}
	c.Top = clampTop(c.Top, p.H, c.lines)
	ground := roleOn(p, t, theme.Text).BG
	inner := drawScrollbar(p, t, c.Top, p.H, c.lines)
	for i := range c.places {
		at := &c.places[i]
		area := at.area
		area.Y -= c.Top
		if area.Y+area.H > 0 && area.Y < p.H {
			c.drawPlace(inner, t, at, area, ground)
		}
	}
}

// Facts returns how many facts can be selected.
func (c *Cards) Facts() int {
	n := 0
	for i := range c.Cards {
		n += len(c.Cards[i].Facts)
	}
	return n
}

// Move moves the selection by n facts, passes over empty ones, and shows it.
func (c *Cards) Move(n int) {
	all := c.Facts()
	step, at := 1, max(-1, min(c.Selected, all-1))
	if n < 0 {
		step, n = -1, -max(n, -all)
		if at < 0 {
			at = all
		}
	}
	for i := at + step; n > 0 && i >= 0 && i < all; i += step {
		if f := c.fact(i); f != (Fact{}) {
			at = i
			n--
		}
	}
	if at < all {
		c.Selected = at
	}
	c.reveal()
}

// Scroll moves what is shown by n lines.
func (c *Cards) Scroll(n int) {
	n = max(-c.lines, min(n, c.lines))
	c.Top = clampTop(c.Top+n, c.shown, c.lines)
}

// Page returns how many lines are seen: at least 1.
func (c *Cards) Page() int { return max(1, c.shown) }

// Fact returns the selected fact.
func (c *Cards) Fact() (Fact, bool) {
	if c.Selected < 0 || c.Selected >= c.Facts() {
		return Fact{}, false
	}
	return c.fact(c.Selected), true
}

// IndexAt returns the place in Selected's count of the fact that was drawn at a place; -1
// where none was.
func (c *Cards) IndexAt(x, y int) int {
	if y < 0 || y >= c.shown {
		return -1
	}
	for i := range c.places {
		if at := &c.places[i]; at.fact >= 0 && at.area.Contains(x, y+c.Top) && c.fact(at.index) != (Fact{}) {
			return at.index
		}
	}
	return -1
}

// fact returns fact i, counted through all cards; the zero Fact where there is none.
func (c *Cards) fact(i int) Fact {
	for k := range c.Cards {
		facts := c.Cards[k].Facts
		if i < len(facts) {
			return facts[i]
		}
		i -= len(facts)
	}
	return Fact{}
}

// reveal scrolls as little as it takes for the selected fact to be seen, with the title
// of its card where it is the first.
func (c *Cards) reveal() {
	for i := range c.places {
		at := &c.places[i]
		if at.fact < 0 || at.index != c.Selected {
			continue
		}
		from := at.area.Y
		if at.fact == 0 && from > 0 {
			from--
		}
		c.Top = revealed(c.Top, from, at.area.Y+at.area.H, max(1, c.shown))
		return
	}
}

// drawPlace draws a title or a fact. Text that has no background of its own is drawn on
// ground.
func (c *Cards) drawPlace(p term.Pane, t *theme.Theme, at *place, area term.Rect, ground term.Color) {
	on := func(r theme.Role) term.Style {
		s := t.Style(r)
		if s.BG == t.Background {
			s.BG = ground
		}
		return s
	}
	if at.fact < 0 {
		line{t: t, style: on(theme.Heading)}.draw(p, area.X, area.Y, area.W, c.Cards[at.card].Title)
		return
	}
	f := &c.Cards[at.card].Facts[at.fact]
	label, value := c.LabelRole, f.Role
	if label == theme.Text {
		label = theme.Label
	}
	if at.index == c.Selected && *f != (Fact{}) {
		label, value = theme.Selected, theme.Selected
		p.Fill(area, ' ', t.Style(theme.Selected))
	}
	line{t: t, style: on(label)}.draw(p, area.X, area.Y, at.label, f.Label)
	x := area.X + at.label
	if at.label > 0 {
		x++
	}
	for i, text := range at.value {
		line{t: t, style: on(value)}.draw(p, x, area.Y+i, area.X+area.W-x, text)
	}
}
