package widget

import (
	"sockeye/ui/term"
	"sockeye/ui/theme"
)

// Tip is what a tooltip says.
type Tip struct {
	Title string
	Lines []Fact    // one without label and value parts others
	Spark []float64 // drawn below them; nil for none
	Scale string    // what the height of Spark is, drawn beside it
}

// tipWidth is the most columns of a tooltip's inside.
const tipWidth = 64

// Tooltip draws a tip over the screen, beside the cell at x, y of p: below and to the
// right of it where there is room, else above or to the left, and never outside of the
// screen. It returns where.
func Tooltip(p term.Pane, t *theme.Theme, x, y int, tip Tip) term.Rect {
	label, value := 0, 0
	for _, f := range tip.Lines {
		label = max(label, term.Width(f.Label))
		value = max(value, term.Width(f.Value))
	}
	w, h := label+value+1, len(tip.Lines)
	w = max(w, term.Width(tip.Title)+2)
	if tip.Spark != nil {
		w = max(w, min(len(tip.Spark), 40)+term.Width(tip.Scale)+1)
		h++
	}
	w = min(w, tipWidth)
	area := beside(p.W, p.H, x, y, w+4, h+2)
	inside := Popup(p.Sub(area), t, tip.Title)
	ground := t.Style(theme.Popup).BG
	label = min(label, max(inside.W/2, inside.W-value-1)) // short values leave room for long labels
	for i, f := range tip.Lines {
		line{t: t, style: t.Style(theme.Label).On(ground)}.draw(inside, 0, i, label, f.Label)
		style := t.Style(theme.Popup)
		if f.Role != theme.Text {
			style = t.Style(f.Role).On(ground)
		}
		line{t: t, style: style, middle: true}.draw(inside, label+1, i, inside.W-label-1, f.Value)
	}
	if tip.Spark != nil {
		drawTipSpark(inside.Sub(term.Rect{X: 0, Y: len(tip.Lines), W: inside.W, H: 1}), t, tip, ground)
	}
	return area
}

// drawTipSpark draws the curve of a tip with its scale at the right.
func drawTipSpark(p term.Pane, t *theme.Theme, tip Tip, ground term.Color) {
	scale := min(term.Width(tip.Scale), p.W/2)
	curve := p.Sub(term.Rect{X: 0, Y: 0, W: p.W - scale - 1, H: 1})
	Sparkline(curve, t, tip.Spark, 0, theme.Both)
	curve.Restyle(curve.Local(), func(s term.Style) term.Style { return s.On(ground) })
	line{t: t, style: t.Style(theme.Muted).On(ground), right: true}.draw(p, p.W-scale, 0, scale, tip.Scale)
}

// beside returns the place of an area of w by h beside the cell at x, y of a screen.
func beside(width, height, x, y, w, h int) term.Rect {
	w, h = max(0, min(w, width)), max(0, min(h, height))
	r := term.Rect{X: x + 1, Y: y + 1, W: w, H: h}
	if r.Y+h > height {
		if r.Y = y - h; r.Y < 0 { // neither below nor above: as far down as it fits
			r.Y = height - h
		}
	}
	if r.X+w > width {
		if r.X = x - w; r.X < 0 {
			r.X = width - w
		}
	}
	r.X, r.Y = max(0, min(r.X, width-w)), max(0, min(r.Y, height-h))
	return r
}
