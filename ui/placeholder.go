package ui

import (
	"sockeye/ui/tab"
	"sockeye/ui/term"
	"sockeye/ui/theme"
)

// placeholder holds the place of a tab that this build does not have.
type placeholder string

func (p placeholder) Name() string { return string(p) }

func (p placeholder) Draw(pane term.Pane, m *tab.Model) {
	pane.Text(1, 0, string(p)+" is not part of this build.", m.Style(theme.Muted))
}

func (placeholder) Act(*tab.Model, tab.Action) bool                    { return false }
func (placeholder) Mouse(*tab.Model, term.Event) bool                  { return false }
func (placeholder) Tip(*tab.Model, int, int) func(*tab.Model) *tab.Tip { return nil }
func (placeholder) Copy(*tab.Model, bool) string                       { return "" }
func (placeholder) Sheet(*tab.Model) *tab.Sheet                        { return nil }
