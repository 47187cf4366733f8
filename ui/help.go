package ui

import (
	"sockeye/ui/tab"
	"sockeye/ui/term"
	"sockeye/ui/theme"
	"sockeye/ui/widget"
)

// help is the window with all keys. It scrolls.
type help struct {
	box
	keys *widget.Help
}

// openHelp shows every key, from the table of actions.
func (a *App) openHelp() {
	var cards []widget.Card
	for g := range groups {
		card := widget.Card{Title: groupNames[g]}
		for i := range a.keys.table {
			row := &a.keys.table[i]
			if names := a.keys.names(row.id); row.group == g && names != "" {
				card.Facts = append(card.Facts, widget.Fact{Label: names, Value: row.help, Role: theme.Text})
			}
		}
		cards = append(cards, card)
	}
	a.open(&help{
		box:  box{title: "Keys of Sockeye " + a.model.Facts.Version, keys: "j k scroll, Esc closes"},
		keys: widget.NewHelp(append(cards, mouseHelp(), queryHelp())),
	})
}

// mouseHelp says what the mouse does. Each of it has a key.
func mouseHelp() widget.Card {
	return card("Mouse", "click", "select, sort, tab", "double click", "open", "right click", "tooltip", "middle click", "pin",
		"wheel", "scroll", "rest 1 s", "tooltip for 3 s", "drag a head's edge", "width")
}

// queryHelp says what can be typed into the query bar.
func queryHelp() widget.Card {
	return card("Query bar", "Enter", "keep", "Esc", "restore", "Tab", "complete", "Ctrl-P Ctrl-N", "history", "↑ ↓", "move in the list",
		"Ctrl-A E W K U", "edit", "word", "any text on the screen", "port:443", "a field", "rate>1M", "compare",
		"/regex/", "expression", "and or not ( )", "combine", ":name", "saved query")
}

// card makes a card of labels and values in turn.
func card(title string, facts ...string) widget.Card {
	c := widget.Card{Title: title}
	for i := 0; i+1 < len(facts); i += 2 {
		c.Facts = append(c.Facts, widget.Fact{Label: facts[i], Value: facts[i+1]})
	}
	return c
}

func (h *help) draw(a *App, p term.Pane) {
	h.keys.Draw(h.box.draw(a, p, min(p.W-8, 150), p.H-6), a.model.Theme)
}

func (h *help) key(a *App, k term.Key, id tab.Action) {
	const far = 1 << 16
	n, ok := steps(id, h.keys.Page(), far)
	switch {
	case ok:
		h.keys.Scroll(n)
	case k == term.Key{Rune: ' '}:
		h.keys.Scroll(h.keys.Page())
	case k.Code == term.Escape || id == tab.DoHelp || id == tab.DoBack || id == tab.DoQuit:
		a.close(h)
	}
}

func (h *help) mouse(a *App, e term.Event) bool {
	switch {
	case e.Kind == term.WheelUp:
		h.keys.Scroll(-3)
	case e.Kind == term.WheelDown:
		h.keys.Scroll(3)
	case h.outside(e):
		a.close(h)
	}
	return true
}
