package tab

import (
	"encoding/json"
	"strings"

	"sockeye/ui/term"
	"sockeye/ui/theme"
	"sockeye/ui/widget"
)

// System shows how the capture itself fares: what it loses, how owners are found, what
// the process may do and what it takes, and each interface. Its first line says whether
// anything at all was lost.
type System struct {
	cards widget.Cards
	body  term.Rect // the cards
}

// NewSystem returns the tab.
func NewSystem() *System { return &System{cards: widget.Cards{Selected: -1}} }

// Name returns "System".
func (*System) Name() string { return "System" }

// Draw draws the line of losses, and the cards.
func (s *System) Draw(p term.Pane, m *Model) {
	m.SortText = ""
	s.cards.Cards = systemCards(m)
	top, body := p.Local().Top(1)
	s.body = body
	text, role := lossLine(m)
	p.Sub(top).Text(0, 0, term.Cut(text, p.W), m.Style(role))
	s.cards.Draw(p.Sub(body), m.Theme)
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
func (s *System) Act(_ *Model, a Action) bool {
	c := &s.cards
	switch a {
	case DoRowUp:
		c.Move(-1)
	case DoRowDown:
		c.Move(1)
	case DoPageUp:
		c.Scroll(-c.Page())
	case DoPageDown:
		c.Scroll(c.Page())
	case DoHalfPageUp:
		c.Scroll(-max(1, c.Page()/2))
	case DoHalfPageDown:
		c.Scroll(max(1, c.Page()/2))
	case DoFirst:
		c.Move(-c.Facts())
		c.Top = 0
	case DoLast:
		c.Move(c.Facts())
	case DoBack:
		was := c.Selected
		c.Selected = -1
		return was >= 0
	default:
		return false
	}
	return true
}

// Mouse selects a fact by a click, and scrolls.
func (s *System) Mouse(_ *Model, e term.Event) bool {
	switch e.Kind {
	case term.WheelUp:
		s.cards.Scroll(-wheelRows)
	case term.WheelDown:
		s.cards.Scroll(wheelRows)
	case term.MousePress:
		i := s.cards.IndexAt(e.X-s.body.X, e.Y-s.body.Y)
		if i < 0 {
			return false
		}
		s.cards.Selected = i
	default:
		return false
	}
	return true
}

// Tip says all of a fact that has no room on its card.
func (s *System) Tip(_ *Model, x, y int) func(m *Model) *Tip {
	if !s.body.Contains(x, y) {
		return nil
	}
	title, fact, ok := s.factAt(s.cards.IndexAt(x-s.body.X, y-s.body.Y))
	if !ok {
		return nil
	}
	return func(m *Model) *Tip {
		for _, card := range systemCards(m) {
			for _, f := range card.Facts {
				if card.Title == title && f.Label == fact.Label && (f.Label != "" || f.Value == fact.Value) {
					return &Tip{Title: title, Lines: []TipLine{{f.Label, f.Value}}}
				}
			}
		}
		return nil
	}
}

// factAt returns fact i, counted through all cards, and the title of its card.
func (s *System) factAt(i int) (title string, fact widget.Fact, ok bool) {
	for _, card := range s.cards.Cards {
		if i < 0 {
			break
		}
		if i < len(card.Facts) {
			return card.Title, card.Facts[i], true
		}
		i -= len(card.Facts)
	}
	return "", widget.Fact{}, false
}

// Copy returns the selected fact.
func (s *System) Copy(_ *Model, remote bool) string {
	fact, ok := s.cards.Fact()
	if !ok || remote {
		return ""
	}
	return term.Printable(strings.TrimSpace(fact.Label + " " + fact.Value))
}

// Sheet returns all facts.
func (s *System) Sheet(m *Model) *Sheet {
	type fact struct {
		Card  string `json:"card"`
		Label string `json:"label,omitempty"`
		Value string `json:"value"`
	}
	sheet := &Sheet{Name: "system", Columns: []string{"card", "fact", "value"}}
	var objects []fact
	for _, card := range systemCards(m) {
		for _, f := range card.Facts {
			if f == (widget.Fact{}) {
				continue
			}
			o := fact{term.Printable(card.Title), term.Printable(f.Label), term.Printable(f.Value)}
			objects = append(objects, o)
			sheet.Rows = append(sheet.Rows, []string{o.Card, o.Label, o.Value})
		}
	}
	sheet.Objects = func() ([]byte, error) { return json.MarshalIndent(objects, "", "  ") }
	return sheet
}

// facts collects the facts of a card.
type facts []widget.Fact

// add adds a fact, unless there is nothing to say.
func (f *facts) add(label, value string, role theme.Role) {
	if value != "" {
		*f = append(*f, widget.Fact{Label: label, Value: value, Role: role})
	}
}

// loss adds a number of things that went wrong: in role where there are any.
func (f *facts) loss(label string, n uint64, role theme.Role, what string) {
	if n == 0 {
		f.add(label, "0", theme.Good)
		return
	}
	f.add(label, words(widget.Count(n), what), role)
}
