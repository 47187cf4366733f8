package widget

import (
	"math"

	"sockeye/ui/term"
	"sockeye/ui/theme"
)

// BarStyle is how the bars behind the rows of a table look.
type BarStyle uint8

// The styles of bars, in the order of package tab's.
const (
	GradientBars BarStyle = iota // the farther half in another colour
	SolidBars
	ThinBars  // a line under the text
	ASCIIBars // low signs where there is no text
	NoBars
)

// length returns how many of width columns a share of 0 to 1 takes: at least one of what
// is more than nothing. What is no number takes none.
func length(share float64, width int) int {
	if !(share > 0) {
		return 0
	}
	return max(min(1, width), int(math.Round(min(share, 1)*float64(width))))
}

// rowBar draws a bar behind the text of a line. The text takes the bar's own colour,
// which is legible on it, or keeps its colour where it keeps its background.
func rowBar(p term.Pane, t *theme.Theme, share float64, role theme.Role, style BarStyle) {
	n := length(share, p.W)
	if n == 0 || p.H == 0 {
		return
	}
	switch style {
	case GradientBars:
		near := (n + 1) / 2
		over(p, t, 0, near, role)
		over(p, t, near, n-near, theme.Bar2)
	case SolidBars:
		over(p, t, 0, n, role)
	case ThinBars:
		p.Restyle(term.Rect{X: 0, Y: 0, W: n, H: 1}, func(s term.Style) term.Style { return s.With(term.Underline) })
	case ASCIIBars:
		fillBlanks(p, n, inkOf(t, role))
	}
}

// over gives n columns from x the colours of a bar. What a query found keeps its own.
func over(p term.Pane, t *theme.Theme, x, n int, role theme.Role) {
	bar, match := t.Style(role), t.Style(theme.Match)
	p.Restyle(term.Rect{X: x, Y: 0, W: n, H: 1}, func(s term.Style) term.Style {
		if s == match {
			return s
		}
		return bar.With(s.Attr & (term.Bold | term.Italic | term.Underline))
	})
}

// inkOf returns the role that draws in the colour that a bar has as its background.
func inkOf(t *theme.Theme, bar theme.Role) term.Style {
	switch bar {
	case theme.BarSent:
		return t.Style(theme.Sent)
	case theme.BarReceived:
		return t.Style(theme.Received)
	}
	return t.Style(theme.Both)
}

// fillBlanks draws low signs in those of the first n columns that have no text.
func fillBlanks(p term.Pane, n int, ink term.Style) {
	for x := range n {
		if c := p.Canvas.At(p.X+x, p.Y); c.Rune == ' ' {
			p.Set(x, 0, '_', ink.On(c.Style.BG))
		}
	}
}
