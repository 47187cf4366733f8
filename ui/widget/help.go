package widget

import (
	"sockeye/ui/term"
	"sockeye/ui/theme"
)

// Help shows what there are for keys: groups of them in columns, that scroll.
type Help struct{ cards Cards }

// NewHelp returns the help on groups of keys: a Fact's label is a key, its value what the
// key does.
func NewHelp(groups []Card) *Help {
	return &Help{Cards{Cards: groups, Selected: -1, LabelRole: theme.Key, Width: 32}}
}

// Draw draws the help.
func (h *Help) Draw(p term.Pane, t *theme.Theme) { h.cards.Draw(p, t) }

// Scroll moves what is shown by n lines.
func (h *Help) Scroll(n int) { h.cards.Scroll(n) }

// Page returns how many lines are seen.
func (h *Help) Page() int { return h.cards.Page() }

// More reports whether there are lines that are not seen.
func (h *Help) More() bool { return h.cards.lines > h.cards.shown }
