package tab

import (
	"strings"

	"sockeye/ui/term"
	"sockeye/ui/theme"
	"sockeye/ui/widget"
)

// System shows how the capture itself fares: what it loses, how owners are found, what
// the process may do and what it takes, and each interface. Its first line says whether
// anything at all was lost.
type System struct {
	facts factCards
}

// NewSystem returns the tab.
func NewSystem() *System { return &System{facts: newFactCards()} }

// Name returns "System".
func (*System) Name() string { return "System" }

// Draw draws the line of losses, and the cards.
func (s *System) Draw(p term.Pane, m *Model) {
	m.SortText = ""
	s.facts.show(systemCards(m))
	top, body := p.Local().Top(1)
	text, role := lossLine(m)
	p.Sub(top).Text(0, 0, term.Cut(text, p.W), m.Style(role))
	s.facts.draw(p, m, body)
}

// systemCards says all that there is to say.
func systemCards(m *Model) []widget.Card {
	cards := []widget.Card{captureCard(m)}
	if len(m.Notes) > 0 {
		cards = append(cards, notesCard(m))
	}
	cards = append(cards, tableCard(m))
	cards = append(cards, interfaceCards(m)...)
	return append(cards, ownersCard(m), sourcesCard(m), rightsCard(m), selfCard(m))
}

// Act selects facts and scrolls.
func (s *System) Act(_ *Model, a Action) bool { return s.facts.act(a) }

// Mouse selects a fact by a click, and scrolls.
func (s *System) Mouse(_ *Model, e term.Event) bool { return s.facts.mouse(e) }

// Tip says all of a fact that has no room on its card.
func (s *System) Tip(_ *Model, x, y int) func(m *Model) *Tip { return s.facts.tip(x, y, systemCards) }

// Copy returns the selected fact.
func (s *System) Copy(_ *Model, remote bool) string {
	fact, ok := s.facts.cards.Fact()
	if !ok || remote {
		return ""
	}
	return term.Printable(strings.TrimSpace(fact.Label + " " + fact.Value))
}

// Sheet returns all facts.
func (s *System) Sheet(m *Model) *Sheet { return sheetOf("system", systemCards(m)) }

// loss adds a number of things that went wrong: in role where there are any.
func (f *facts) loss(label string, n uint64, role theme.Role, what string) {
	if n == 0 {
		f.add(label, "0", theme.Good)
		return
	}
	f.add(label, words(widget.Count(n), what), role)
}
