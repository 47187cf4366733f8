package ui

import (
	"slices"

	"sockeye/ui/tab"
	"sockeye/ui/term"
	"sockeye/ui/widget"
)

// window lies over the tabs. The topmost gets what a person does first.
type window interface {
	draw(a *App, p term.Pane)
	// key takes a key, which by itself would be for the action id.
	key(a *App, k term.Key, id tab.Action)
	// mouse returns false for what it leaves to the screen below.
	mouse(a *App, e term.Event) bool
}

// paster is a window that takes pasted text.
type paster interface{ paste(a *App, text string) }

// open puts a window on top.
func (a *App) open(w window) {
	a.tip = nil
	a.windows = append(a.windows, w)
	a.dirty = true
}

// close takes a window away.
func (a *App) close(w window) {
	if i := slices.Index(a.windows, w); i >= 0 {
		a.windows = slices.Delete(a.windows, i, i+1)
	}
	a.dirty = true
}

// box is the frame of a window in the middle of the screen.
type box struct {
	title string
	keys  string // what its keys do, in the last line
	area  term.Rect
}

// draw draws the frame round w by h cells, and returns the inside. What has no room is
// left out, the keys first.
func (b *box) draw(a *App, p term.Pane, w, h int) term.Pane {
	w = max(w, term.Width(b.keys), term.Width(b.title)+2)
	pane := p.Sub(p.Local().Center(w+4, h+3))
	b.area = pane.Rect
	inside := widget.Popup(pane, a.model.Theme, b.title)
	if b.keys == "" || inside.H < 2 {
		return inside
	}
	keys, rest := inside.Local().Bottom(1)
	inside.Sub(keys).Text(0, 0, term.Cut(b.keys, inside.W), mutedOn(a))
	return inside.Sub(rest)
}

// outside reports whether a click was beside the window: it dismisses it.
func (b *box) outside(e term.Event) bool {
	return e.Kind == term.MousePress && !b.area.Contains(e.X, e.Y)
}

// steps returns by how many lines an action or the wheel moves, within a list whose page
// has that many.
func steps(id tab.Action, page, all int) (n int, ok bool) {
	switch id {
	case tab.DoRowUp:
		return -1, true
	case tab.DoRowDown:
		return 1, true
	case tab.DoHalfPageUp:
		return -max(1, page/2), true
	case tab.DoHalfPageDown:
		return max(1, page/2), true
	case tab.DoPageUp:
		return -page, true
	case tab.DoPageDown:
		return page, true
	case tab.DoFirst:
		return -all, true
	case tab.DoLast:
		return all, true
	}
	return 0, false
}

// question asks for a key: what happens at another one is nothing.
type question struct {
	box
	text string
	yes  func(k term.Key, id tab.Action) bool
	do   func(a *App)
}

func (q *question) draw(a *App, p term.Pane) {
	lines := widget.Wrap(q.text, max(10, min(56, p.W-6)))
	width := 0
	for _, l := range lines {
		width = max(width, term.Width(l))
	}
	inside := q.box.draw(a, p, width, len(lines))
	for y, l := range lines {
		inside.Text(0, y, l, popupText(a))
	}
}

func (q *question) key(a *App, k term.Key, id tab.Action) {
	a.close(q)
	if q.yes(k, id) {
		q.do(a)
	}
}

func (q *question) mouse(a *App, e term.Event) bool {
	if q.outside(e) {
		a.close(q)
	}
	return true
}

// askQuit quits, or asks whether to if that is wanted.
func (a *App) askQuit() {
	if !a.model.Prefs.ConfirmQuit {
		a.end(nil)
		return
	}
	a.open(&question{
		box:  box{title: "Quit", keys: a.keys.first(tab.DoQuit) + " or y quits, any other key goes on"},
		text: "End Sockeye?",
		yes: func(k term.Key, id tab.Action) bool {
			return id == tab.DoQuit || k == term.Key{Rune: 'y'} || k.Code == term.Enter
		},
		do: func(a *App) { a.end(nil) },
	})
}

// askClear clears the statistics once it was asked for again.
func (a *App) askClear() {
	c := a.model.Control
	if c == nil {
		a.say("statistics of a " + kindName(a.model.Facts.Kind) + " cannot be cleared")
		return
	}
	a.open(&question{
		box:  box{title: "Clear statistics", keys: a.keys.first(tab.DoClearStatistics) + " clears, any other key keeps them"},
		text: "Forget all flows and all sums since the start?",
		yes:  func(_ term.Key, id tab.Action) bool { return id == tab.DoClearStatistics },
		do: func(a *App) {
			a.background(c.Clear, func(err error) {
				if err != nil {
					a.complain(err)
					return
				}
				a.forget()
				a.model.Selected = 0 // flows to come get the numbers of those before
				a.collect.now()
				a.say("statistics are cleared")
			})
		},
	})
}

func kindName(k tab.Kind) string {
	return [...]string{tab.Live: "live capture", tab.File: "file", tab.Demo: "demonstration"}[k]
}
