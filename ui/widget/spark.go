package widget

import (
	"math"

	"sockeye/ui/term"
	"sockeye/ui/theme"
)

// levels are the heights of a curve within a line, from the lowest.
var (
	levels      = []rune("▁▂▃▄▅▆▇█")
	asciiLevels = []rune("_.-=+*%#")
)

// Sparkline draws values as a curve, the newest at the right edge. A line of the pane has
// eight heights; a value of most, or the largest where that is 0, takes them all. What is
// more than nothing is seen, and NaN, which is not known, is left blank. Of more values
// than columns the newest are drawn.
func Sparkline(p term.Pane, t *theme.Theme, values []float64, most float64, role theme.Role) {
	if p.Empty() {
		return
	}
	values = values[len(values)-min(len(values), p.W):]
	if !(most > 0) {
		most = largest(values)
	}
	runes := levels
	if t.ASCII {
		runes = asciiLevels
	}
	style := t.Style(role)
	for i, v := range values {
		drawColumn(p, p.W-len(values)+i, steps(v, most, p.H*len(runes)), runes, style)
	}
}

// drawColumn draws a column of a number of eighths of a line from the bottom up.
func drawColumn(p term.Pane, x, n int, runes []rune, style term.Style) {
	for y := p.H - 1; y >= 0 && n > 0; y-- {
		p.Set(x, y, runes[min(n, len(runes))-1], style)
		n -= len(runes)
	}
}

// steps returns how many of all steps v takes: none for nothing and what is not known,
// else at least one.
func steps(v, most float64, all int) int {
	if !(v > 0) || !(most > 0) {
		return 0
	}
	return max(1, int(math.Round(Share(v, most, false)*float64(all))))
}

// largest returns the largest of the values that are known, 0 where none is.
func largest(values []float64) float64 {
	most := 0.0
	for _, v := range values {
		if v > most { // false for NaN
			most = v
		}
	}
	return most
}
