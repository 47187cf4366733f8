package widget

import (
	"math"
	"time"

	"sockeye/ui/term"
	"sockeye/ui/theme"
)

// Line is one curve of a Chart. Its values are spread evenly over the chart's time, the
// oldest first; NaN is a time of which nothing is known, and leaves a gap.
type Line struct {
	Name   string
	Values []float64
	Role   theme.Role
}

// Chart draws curves over time, with the scale at its left, times below, and the names of
// the curves above with their values at the cursor. Where many values share a column the
// largest and the smallest are joined: no peak is hidden.
type Chart struct {
	Series   []Line
	Max      float64   // the upper end of the scale; 0 for one that follows the values
	From, To time.Time // of the first and the last value; zero for no times
	Cursor   int       // the value that is read; out of range for none
	Scale    func(float64) string
	Log      bool

	plot   term.Rect // where the curves were drawn last
	values int
}

// IndexAt returns the value that was drawn in column x.
func (c *Chart) IndexAt(x int) (index int, ok bool) {
	x -= c.plot.X
	if x < 0 || x >= c.plot.W || c.values == 0 {
		return 0, false
	}
	if c.plot.W == 1 {
		return c.values - 1, true
	}
	return int(math.Round(float64(x) * float64(c.values-1) / float64(c.plot.W-1))), true
}

// Draw draws the chart. What has no room goes: first the times, then the names, then the
// scale.
func (c *Chart) Draw(p term.Pane, t *theme.Theme) {
	c.values = 0
	for _, s := range c.Series {
		c.values = max(c.values, len(s.Values))
	}
	most := c.Max
	if !(most > 0) {
		most = Nice(c.highest())
	}
	area := p.Local()
	if area.H >= 4 {
		var top term.Rect
		top, area = area.Top(1)
		c.drawNames(p.Sub(top), t)
	}
	var times term.Rect
	if area.H >= 4 && !c.From.IsZero() && !c.To.IsZero() {
		times, area = area.Bottom(1)
	}
	left := c.scaleWidth(most)
	if area.W < left+10 {
		left = 0
	}
	scale, plot := area.Left(left)
	c.plot = plot
	c.drawScale(p.Sub(scale), t, most)
	c.drawCurves(p.Sub(plot), t, most)
	if c.Cursor >= 0 && c.Cursor < c.values {
		c.drawCursor(p.Sub(plot), t)
	}
	_, times = times.Left(left)
	c.drawTimes(p.Sub(times), t)
}

// drawNames draws the names of the curves, each with its value at the cursor or else its
// last one, and the cursor's time. What has no room is left out: no number is cut.
func (c *Chart) drawNames(p term.Pane, t *theme.Theme) {
	x := 0
	at := c.values - 1
	if c.Cursor >= 0 && c.Cursor < c.values {
		at = c.Cursor
		if clock := c.timeOf(at).Format(time.TimeOnly); !c.From.IsZero() && len(clock) <= p.W {
			x += p.Text(x, 0, clock, t.Style(theme.Accent)) + 2
		}
	}
	mark := "━ "
	if t.ASCII {
		mark = "- "
	}
	for _, s := range c.Series {
		name, value := s.Name+" ", c.valueText(s, at)
		w := len("- ") + term.Width(value)
		if x+w+term.Width(name) > p.W {
			name = ""
		}
		if x+w > p.W {
			return
		}
		style := t.Style(s.Role)
		x += p.Text(x, 0, mark, style)
		x += p.Text(x, 0, name, t.Style(theme.Label))
		x += p.Text(x, 0, value, style) + 2
	}
}

func (c *Chart) valueText(s Line, at int) string {
	if at < 0 || at >= len(s.Values) || math.IsNaN(s.Values[at]) {
		return "not known"
	}
	return c.text(s.Values[at])
}

func (c *Chart) text(v float64) string {
	if c.Scale == nil {
		return quantity(v, "")
	}
	return c.Scale(v)
}

// timeOf returns the time of a value.
func (c *Chart) timeOf(i int) time.Time {
	if c.values < 2 {
		return c.To
	}
	span := float64(c.To.Sub(c.From))
	return c.From.Add(time.Duration(span * float64(i) / float64(c.values-1)))
}

func (c *Chart) highest() float64 {
	most := 0.0
	for _, s := range c.Series {
		most = max(most, largest(s.Values))
	}
	return most
}

// marks are the parts of the scale that have a label, from its upper end.
func (c *Chart) marks(most float64) [3]float64 {
	if c.Log {
		return [3]float64{most, most * math.Pow(10, -decades/2), most * math.Pow(10, -decades)}
	}
	return [3]float64{most, most / 2, 0}
}

func (c *Chart) scaleWidth(most float64) int {
	w := 0
	for _, v := range c.marks(most) {
		w = max(w, term.Width(c.text(v)))
	}
	return w + 1
}

func (c *Chart) drawScale(p term.Pane, t *theme.Theme, most float64) {
	if p.W == 0 {
		return
	}
	tick := '┤'
	if t.ASCII {
		tick = '|'
	}
	for i, v := range c.marks(most) {
		y := (p.H - 1) * i / 2
		if p.H < 3 && i == 1 || p.H < 2 && i == 2 || !(most > 0) && i < 2 {
			continue // no room, or no scale
		}
		line{t: t, style: t.Style(theme.Muted), right: true}.draw(p, 0, y, p.W-1, c.text(v))
		p.Set(p.W-1, y, tick, t.Style(theme.Border))
	}
}

// drawTimes draws as many times as there is room for, the last one always.
func (c *Chart) drawTimes(p term.Pane, t *theme.Theme) {
	if p.Empty() || c.From.IsZero() || !c.To.After(c.From) {
		return
	}
	layout := timeLayout(c.To.Sub(c.From))
	w := term.Width(c.To.Format(layout))
	parts := max(1, (p.W-w)/(2*w+2))
	free := p.W
	for i := parts; i >= 0; i-- {
		label := c.From.Add(c.To.Sub(c.From) / time.Duration(parts) * time.Duration(i)).Format(layout)
		x := max(0, (p.W-1)*i/parts-w/2)
		x = min(x, p.W-w)
		if x < 0 || x+w > free {
			continue
		}
		p.Text(x, 0, label, t.Style(theme.Muted))
		free = x - 1
	}
}

// timeLayout returns how times are written on an axis of a length.
func timeLayout(span time.Duration) string {
	switch {
	case span <= 15*time.Minute:
		return "15:04:05"
	case span <= 24*time.Hour:
		return "15:04"
	}
	return "Jan 02 15:04"
}

// drawCursor marks the value that is read.
func (c *Chart) drawCursor(p term.Pane, t *theme.Theme) {
	x := 0
	if c.values > 1 {
		x = int(math.Round(float64(c.Cursor) * float64(p.W-1) / float64(c.values-1)))
	}
	sign := '│'
	if t.ASCII {
		sign = '|'
	}
	style := t.Style(theme.Accent)
	for y := range p.H {
		if p.Canvas.At(p.X+x, p.Y+y).Rune == ' ' {
			p.Set(x, y, sign, style)
		} else {
			p.Restyle(term.Rect{X: x, Y: y, W: 1, H: 1}, func(s term.Style) term.Style { return s.With(term.Reverse) })
		}
	}
}
