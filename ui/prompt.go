package ui

import (
	"sockeye/ui/tab"
	"sockeye/ui/term"
	"sockeye/ui/theme"
	"sockeye/ui/widget"
)

// prompt is a line at the bottom of the screen in which something is typed.
type prompt struct {
	input   widget.Input
	changed func(a *App)      // the text is another one; may be nil
	entered func(a *App) bool // Enter: true closes it
	undo    func(a *App)      // Escape; may be nil
	below   bool              // keys that move through rows are left to the tab
	area    term.Rect
}

func newPrompt(label string) *prompt {
	return &prompt{input: widget.Input{Prompt: label}}
}

func (w *prompt) draw(a *App, p term.Pane) {
	height := 1
	if p.H > 4 {
		height = 2
	}
	line, _ := p.Local().Bottom(height)
	w.area = line
	pane := p.Sub(line)
	pane.Fill(pane.Local(), ' ', a.style(theme.Text))
	w.input.Draw(pane, a.model.Theme)
}

func (w *prompt) key(a *App, k term.Key, id tab.Action) {
	switch {
	case k.Code == term.Escape:
		a.close(w)
		if w.undo != nil {
			w.undo(a)
		}
	case k.Code == term.Enter:
		if w.entered(a) {
			a.close(w)
		}
	case w.below && moves(k):
		a.active().Act(&a.model, id)
	default:
		before := w.input.Text()
		w.input.Key(k)
		w.tell(a, before)
	}
}

// moves reports whether a key goes through the rows while something is typed.
func moves(k term.Key) bool {
	switch k.Code {
	case term.Up, term.Down, term.PageUp, term.PageDown:
		return true
	}
	return false
}

// tell says that the text is another one than before.
func (w *prompt) tell(a *App, before string) {
	if w.changed != nil && w.input.Text() != before {
		w.changed(a)
	}
}

func (w *prompt) paste(a *App, text string) {
	before := w.input.Text()
	w.input.Insert(text)
	w.tell(a, before)
}

// mouse leaves to the screen what is not on the line, if rows can be moved through.
func (w *prompt) mouse(_ *App, e term.Event) bool {
	return !w.below || w.area.Contains(e.X, e.Y)
}
