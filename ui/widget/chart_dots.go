package widget

import (
	"math"

	"sockeye/ui/term"
	"sockeye/ui/theme"
)

// A cell has two columns of four dots: the bits of braille patterns from U+2800, by
// column and by line from above (Unicode, chapter 21.1).
var dotBits = [2][4]rune{{0x01, 0x02, 0x04, 0x40}, {0x08, 0x10, 0x20, 0x80}}

const (
	braille    = 0x2800
	dotColumns = 2
	dotLines   = 4
)

// drawCurves draws all curves. Where two share a cell it has the role of both.
func (c *Chart) drawCurves(p term.Pane, t *theme.Theme, most float64) {
	if p.Empty() || !(most > 0) {
		return
	}
	across, down := dotColumns, dotLines
	if t.ASCII {
		across, down = 1, 1
	}
	d := dots{pane: p, theme: t, across: across, down: down}
	for _, s := range c.Series {
		d.role = s.Role
		last, joined := 0, false
		for x := range p.W * across {
			low, high, ok := at(s.Values, c.values, x, p.W*across)
			if !ok {
				joined = false
				continue
			}
			from, to := d.row(Share(high, most, c.Log)), d.row(Share(low, most, c.Log))
			end := from
			if joined {
				from, to = min(from, last), max(to, last)
			}
			for y := from; y <= to; y++ {
				d.set(x, y)
			}
			last, joined = end, true
		}
	}
}

// at returns the smallest and the largest of the values that belong to column x of w: all
// that share it, or what lies between two values that are farther apart. It is not ok
// where nothing is known. All curves have n places; a shorter one lacks the newest.
func at(values []float64, n, x, w int) (low, high float64, ok bool) {
	from, to := float64(x), float64(x+1)
	if w > 1 {
		step := float64(n-1) / float64(w-1)
		from, to = (float64(x)-0.5)*step, (float64(x)+0.5)*step
	}
	first, last := int(math.Ceil(max(0, from))), int(math.Ceil(to))-1
	if w == 1 {
		first, last = 0, n-1
	}
	if last < first { // between two values
		return between(values, (from+to)/2)
	}
	for i := first; i <= min(last, len(values)-1); i++ {
		v := values[i]
		switch {
		case math.IsNaN(v):
		case !ok:
			low, high, ok = v, v, true
		default:
			low, high = min(low, v), max(high, v)
		}
	}
	return low, high, ok
}

// between returns the point of a straight line between the values on both sides of a
// place, if both are known.
func between(values []float64, place float64) (low, high float64, ok bool) {
	i := int(math.Floor(place))
	if i < 0 || i+1 >= len(values) || math.IsNaN(values[i]) || math.IsNaN(values[i+1]) {
		return 0, 0, false
	}
	v := values[i] + (values[i+1]-values[i])*(place-float64(i))
	return v, v, true
}

// dots draws on the dots of cells.
type dots struct {
	pane         term.Pane
	theme        *theme.Theme
	role         theme.Role
	across, down int // dots of a cell
}

// row returns the row of dots, from above, of a part of the height.
func (d *dots) row(share float64) int {
	last := d.pane.H*d.down - 1
	return last - int(math.Round(share*float64(last)))
}

// set draws a dot.
func (d *dots) set(x, y int) {
	cx, cy := x/d.across, y/d.down
	cell := d.pane.Canvas.At(d.pane.X+cx, d.pane.Y+cy)
	style := d.theme.Style(d.role)
	taken := cell.Rune != ' ' && cell.Rune != 0
	if taken && cell.Style != style {
		style = d.theme.Style(theme.Both)
	}
	if d.across == 1 {
		d.pane.Set(cx, cy, '*', style)
		return
	}
	r := cell.Rune
	if r < braille || r > braille+0xff {
		r = braille
	}
	d.pane.Set(cx, cy, r|dotBits[x%d.across][y%d.down], style)
}
