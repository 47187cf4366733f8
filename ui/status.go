package ui

import (
	"strings"
	"time"

	"sockeye/ui/tab"
	"sockeye/ui/term"
	"sockeye/ui/theme"
)

// message is what the status line says for a while.
type message struct {
	text  string
	role  theme.Role
	until time.Time // zero for no message
}

// messageTime is how long a message is shown.
const messageTime = 3 * time.Second

// say shows a message.
func (a *App) say(text string) {
	a.status = message{text, theme.Status, a.now.Add(messageTime)}
	a.dirty = true
}

// complain shows what went wrong.
func (a *App) complain(err error) {
	a.status = message{err.Error(), theme.Bad, a.now.Add(2 * messageTime)}
	a.dirty = true
}

// pass takes the message away when its time is over.
func (s *message) pass(a *App) {
	if !s.until.IsZero() && !a.now.Before(s.until) {
		*s = message{}
		a.dirty = true
	}
}

// drawStatus draws the last line: a message, an alarm, how the picture is special, or
// the most important keys.
func (a *App) drawStatus(p term.Pane) {
	if p.Empty() {
		return
	}
	p.Fill(p.Local(), ' ', a.style(theme.Status))
	hints := a.hints()
	text, role := a.statusText()
	room := p.W - 2
	if n := term.Width(hints); text == "" || term.Width(text)+n+4 <= p.W {
		p.Text(max(1, p.W-n-1), 0, hints, a.style(theme.Status))
		room -= n + 1
	}
	if text != "" {
		p.Text(1, 0, term.Cut(text, room), a.onStatus(role))
	}
}

// statusText returns what there is to say.
func (a *App) statusText() (string, theme.Role) {
	if a.status.text != "" {
		return a.status.text, a.status.role
	}
	if text := a.alarmText(); text != "" {
		return text, theme.Alert
	}
	if a.model.QueryErr != nil {
		return "query: " + a.model.QueryErr.Error(), theme.Bad
	}
	text := a.condition()
	if len(a.model.Drill) > 0 && a.places.frame == a.places.body { // there is no title to say so
		text = strings.TrimSuffix(a.crumbs()+", "+text, ", ")
	}
	return text, theme.Status
}

// onStatus returns a role's text on the background of the status line.
func (a *App) onStatus(r theme.Role) term.Style {
	s := a.style(r)
	if r == theme.Alert {
		return s
	}
	return s.On(a.style(theme.Status).BG)
}

// hints names the keys that one needs first.
func (a *App) hints() string {
	var text string
	for _, hint := range []struct {
		id   tab.Action
		word string
	}{{tab.DoHelp, "help"}, {tab.DoQuery, "query"}, {tab.DoNextTab, "tabs"}, {tab.DoQuit, "quit"}} {
		if key := a.keys.first(hint.id); key != "" {
			text += key + " " + hint.word + "  "
		}
	}
	return text[:max(0, len(text)-2)]
}
