package tab

import (
	"encoding/json"

	"sockeye/ui/term"
	"sockeye/ui/theme"
	"sockeye/ui/widget"
)

// factCards is a screen of facts on cards, one of which can be selected.
type factCards struct {
	cards widget.Cards
	body  term.Rect // where they were drawn last, in the tab's pane
}

func newFactCards() factCards { return factCards{cards: widget.Cards{Selected: -1}} }

// show takes other cards. The fact that is selected stays so, wherever it is now.
func (f *factCards) show(all []widget.Card) {
	title, nth, was, ok := f.find(f.cards.Selected)
	f.cards.Cards = all
	if !ok {
		return
	}
	f.cards.Selected = -1
	index := 0
	for _, card := range all {
		for i := range card.Facts {
			if card.Title == title && card.Facts[i].Label == was.Label && nthOf(card.Facts, i) == nth {
				f.cards.Selected = index
				return
			}
			index++
		}
	}
}

// find returns fact i, counted through all cards, the title of its card, and how many
// facts before it on that card have its label.
func (f *factCards) find(i int) (title string, nth int, fact widget.Fact, ok bool) {
	for _, card := range f.cards.Cards {
		if i < 0 {
			break
		}
		if i < len(card.Facts) {
			return card.Title, nthOf(card.Facts, i), card.Facts[i], true
		}
		i -= len(card.Facts)
	}
	return "", 0, widget.Fact{}, false
}

func nthOf(all []widget.Fact, i int) (n int) {
	for k := range i {
		if all[k].Label == all[i].Label {
			n++
		}
	}
	return n
}

// draw draws the cards on a part of the tab's pane.
func (f *factCards) draw(p term.Pane, m *Model, body term.Rect) {
	f.body = body
	f.cards.Draw(p.Sub(body), m.Theme)
}

// act selects facts and scrolls.
func (f *factCards) act(a Action) bool {
	c := &f.cards
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

// mouse selects a fact by a click, and scrolls.
func (f *factCards) mouse(e term.Event) bool {
	switch e.Kind {
	case term.WheelUp:
		f.cards.Scroll(-wheelRows)
	case term.WheelDown:
		f.cards.Scroll(wheelRows)
	case term.MousePress:
		i := f.indexAt(e.X, e.Y)
		if i < 0 {
			return false
		}
		f.cards.Selected = i
	default:
		return false
	}
	return true
}

// indexAt returns the fact at a place in the tab's pane, -1 for none.
func (f *factCards) indexAt(x, y int) int {
	if !f.body.Contains(x, y) {
		return -1
	}
	return f.cards.IndexAt(x-f.body.X, y-f.body.Y)
}

// tip says all of the fact at a place, as the cards that are built anew have it.
func (f *factCards) tip(x, y int, build func(*Model) []widget.Card) func(*Model) *Tip {
	title, nth, fact, ok := f.find(f.indexAt(x, y))
	if !ok {
		return nil
	}
	return func(m *Model) *Tip {
		for _, card := range build(m) {
			for i, now := range card.Facts {
				if card.Title == title && now.Label == fact.Label && nthOf(card.Facts, i) == nth {
					return &Tip{Title: title, Lines: []TipLine{{now.Label, now.Value}}}
				}
			}
		}
		return nil
	}
}

// sheetOf returns all facts of cards.
func sheetOf(name string, cards []widget.Card) *Sheet {
	type fact struct {
		Card  string `json:"card"`
		Label string `json:"label,omitempty"`
		Value string `json:"value"`
	}
	sheet := &Sheet{Name: name, Columns: []string{"card", "fact", "value"}}
	objects := []fact{}
	for _, card := range cards {
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
