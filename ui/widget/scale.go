package widget

import (
	"math"

	"sockeye/ui/term"
	"sockeye/ui/theme"
)

// decades is how many powers of ten a logarithmic scale spans.
const decades = 6

// Share returns the part of a scale up to most, 0 to 1, that v takes. A logarithmic scale
// begins a millionth of most above nothing: what is less takes none of it.
func Share(v, most float64, log bool) float64 {
	if !(v > 0) || !(most > 0) {
		return 0
	}
	part := 1.0
	if v < most {
		part = v / most
	}
	if log {
		part = max(0, 1+math.Log10(part)/decades)
	}
	return part
}

// Nice returns the next number not below v of 1, 2 and 5 times a power of ten: the end of
// a scale that people can read. 0 for nothing.
func Nice(v float64) float64 {
	if !(v > 0) || math.IsInf(v, 0) {
		return 0
	}
	power := math.Pow(10, math.Floor(math.Log10(v)))
	for _, step := range [...]float64{1, 2, 5, 10} {
		if v <= step*power*(1+1e-9) {
			return step * power
		}
	}
	return 10 * power
}

// Ruler draws the scale of the bars behind rows: a line of labels, and a line of ticks
// below them if the pane has two. The ticks of a linear scale are fourths of most, those
// of a logarithmic one its powers of ten.
func Ruler(p term.Pane, t *theme.Theme, most float64, log bool, text func(float64) string) {
	if p.Empty() || !(most > 0) {
		return
	}
	base, tick := '─', '┴'
	if t.ASCII {
		base, tick = '-', '+'
	}
	style := t.Style(theme.Border)
	if p.H > 1 {
		p.Fill(term.Rect{X: 0, Y: 1, W: p.W, H: 1}, base, style)
	}
	free := p.W // labels are drawn from the right: the end of the scale tells the most
	ticks := 4
	if log {
		ticks = decades
	}
	for i := ticks; i > 0; i-- {
		v := most * float64(i) / float64(ticks)
		if log {
			v = most * math.Pow(10, float64(i-ticks))
		}
		x := length(Share(v, most, log), p.W) - 1
		label := text(v)
		w := term.Width(label)
		if at := x - w + 1; at >= 0 && x < free {
			p.Text(at, 0, label, t.Style(theme.Muted))
			free = at - 1
		} else {
			continue
		}
		if p.H > 1 {
			p.Set(x, 1, tick, style)
		}
	}
}
