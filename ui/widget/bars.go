package widget

import (
	"strconv"

	"sockeye/ui/term"
	"sockeye/ui/theme"
)

// BarRow is a line of Bars.
type BarRow struct {
	Label, Value string
	Share        float64 // 0 to 1
	Role         theme.Role
}

// Bars draws a list of shares: a label, a bar, a value. Where not all have room the last
// line says how many more there are.
func Bars(p term.Pane, t *theme.Theme, rows []BarRow) {
	if p.Empty() {
		return
	}
	label, value := 0, 0
	for _, r := range rows {
		label = max(label, term.Width(r.Label))
		value = max(value, term.Width(r.Value))
	}
	value = min(value, p.W/2)
	label = min(label, max(p.W*2/5, min(12, p.W-value-1)))
	shown := rows
	if len(rows) > p.H {
		shown = rows[:p.H-1]
		p.Text(0, p.H-1, "+"+strconv.Itoa(len(rows)-len(shown))+" more", t.Style(theme.Muted))
	}
	x, w := label+1, p.W-label-value-2
	for y, r := range shown {
		line{t: t, style: t.Style(theme.Label), middle: true}.draw(p, 0, y, label, r.Label)
		meter(p.Sub(term.Rect{X: x, Y: y, W: max(0, w), H: 1}), t, r.Share, r.Role, false)
		line{t: t, style: t.Style(r.Role), right: true}.draw(p, p.W-value, y, value, r.Value)
	}
}

// Gauge draws how much of something there is: a label, a bar of which share is filled,
// and a text, in a line.
func Gauge(p term.Pane, t *theme.Theme, label string, share float64, text string, role theme.Role) {
	p = p.Sub(term.Rect{X: 0, Y: 0, W: p.W, H: 1})
	right := min(term.Width(text), p.W/2)
	left := min(term.Width(label), max(0, p.W-right-2)/2)
	line{t: t, style: t.Style(theme.Label)}.draw(p, 0, 0, left, label)
	line{t: t, style: t.Style(role), right: true}.draw(p, p.W-right, 0, right, text)
	x := left
	if left > 0 {
		x++
	}
	w := p.W - right - 1 - x
	meter(p.Sub(term.Rect{X: x, Y: 0, W: max(0, w), H: 1}), t, share, role, true)
}

// eighths are the parts of a filled cell, from the left.
var eighths = []rune("▏▎▍▌▋▊▉█")

// meter fills a share of a line, to an eighth of a cell. If ground is set, what is not
// filled is seen.
func meter(p term.Pane, t *theme.Theme, share float64, role theme.Role, ground bool) {
	full, part := t.Style(role), len(eighths)
	empty := '·'
	if t.ASCII {
		part, empty = 1, '.'
	}
	n := steps(share, 1, p.W*part)
	for x := range p.W {
		switch {
		case n >= part && t.ASCII:
			p.Set(x, 0, '#', full)
		case n > 0:
			p.Set(x, 0, eighths[min(n, part)-1], full)
		case ground:
			p.Set(x, 0, empty, t.Style(theme.Faint))
		}
		n -= part
	}
}
