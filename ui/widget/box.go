package widget

import (
	"sockeye/ui/term"
	"sockeye/ui/theme"
)

// border are the signs of a box: its corners from the upper left clockwise, its
// horizontal and its vertical line.
var (
	border      = [6]rune{'╭', '╮', '╯', '╰', '─', '│'}
	asciiBorder = [6]rune{'+', '+', '+', '+', '-', '|'}
)

// Box draws a box with a title into its upper line, and returns its inside. role is that
// of the lines: theme.Border, or theme.Alert while there is an alert. In a theme without
// lines only the title takes a line of its own.
func Box(p term.Pane, t *theme.Theme, title string, role theme.Role) term.Pane {
	return box(p, t, title, t.Style(role), t.Style(theme.Title))
}

// Popup clears a pane that lies over the screen, draws a box round it, also in a theme
// without lines, and returns its inside with a space on both sides.
func Popup(p term.Pane, t *theme.Theme, title string) term.Pane {
	ground := t.Style(theme.Popup)
	p.Fill(p.Local(), ' ', ground)
	lined := *t
	lined.NoLines = false
	inside := box(p, &lined, title, t.Style(theme.Border).On(ground.BG), t.Style(theme.Title).On(ground.BG))
	if inside.W > 2 {
		inside = inside.Sub(term.Rect{X: 1, Y: 0, W: inside.W - 2, H: inside.H})
	}
	return inside
}

// roleOn returns the style of a role in a pane that nothing is drawn in yet: text in a
// popup lies on the popup's background.
func roleOn(p term.Pane, t *theme.Theme, r theme.Role) term.Style {
	s, ground := t.Style(r), t.Style(theme.Popup).BG
	if s.BG == t.Background && !p.Empty() && p.Canvas.At(p.X, p.Y).Style.BG == ground {
		s.BG = ground
	}
	return s
}

func box(p term.Pane, t *theme.Theme, title string, lines, text term.Style) term.Pane {
	if t.NoLines {
		if title == "" || p.H < 2 {
			return p
		}
		top, rest := p.Local().Top(1)
		line{t: t, style: text}.draw(p, 0, 0, top.W, title)
		return p.Sub(rest)
	}
	if p.W < 3 || p.H < 3 { // the inside counts for more than its lines
		return p
	}
	b := border
	if t.ASCII {
		b = asciiBorder
	}
	right, bottom := p.W-1, p.H-1
	p.Fill(term.Rect{X: 1, Y: 0, W: right - 1, H: 1}, b[4], lines)
	p.Fill(term.Rect{X: 1, Y: bottom, W: right - 1, H: 1}, b[4], lines)
	p.Fill(term.Rect{X: 0, Y: 1, W: 1, H: bottom - 1}, b[5], lines)
	p.Fill(term.Rect{X: right, Y: 1, W: 1, H: bottom - 1}, b[5], lines)
	p.Set(0, 0, b[0], lines)
	p.Set(right, 0, b[1], lines)
	p.Set(right, bottom, b[2], lines)
	p.Set(0, bottom, b[3], lines)
	if room := p.W - 6; title != "" && room > 0 {
		w := min(room, term.Width(title))
		p.Set(2, 0, ' ', text)
		line{t: t, style: text}.draw(p, 3, 0, w, title)
		p.Set(3+w, 0, ' ', text)
	}
	return p.Sub(p.Local().Inset(1))
}
