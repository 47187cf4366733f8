package widget

import (
	"sockeye/ui/term"
	"sockeye/ui/theme"
)

// Message says in the middle of a pane what there is to say in place of a content: the
// first line stands out, the others say what to do about it. Lines are broken between
// words.
func Message(p term.Pane, t *theme.Theme, s string) {
	lines := Wrap(s, min(p.W, 72))
	y := max(0, (p.H-len(lines))/2)
	for i, text := range lines {
		role := theme.Muted
		if i == 0 {
			role = theme.Text
		}
		p.Text(max(0, (p.W-term.Width(text))/2), y+i, text, t.Style(role))
	}
}
