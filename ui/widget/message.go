package widget

import (
	"sockeye/ui/term"
	"sockeye/ui/theme"
)

// Message says in the middle of a pane what there is to say in place of a content: the
// first line stands out, the others say what to do about it. Lines are broken between
// words.
func Message(p term.Pane, t *theme.Theme, s string) {
	first, rest := roleOn(p, t, theme.Text), roleOn(p, t, theme.Muted)
	lines := Wrap(s, min(p.W, 72))
	y := max(0, (p.H-len(lines))/2)
	for i, text := range lines {
		style := rest
		if i == 0 {
			style = first
		}
		p.Text(max(0, (p.W-term.Width(text))/2), y+i, text, style)
	}
}
