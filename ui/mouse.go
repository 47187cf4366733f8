package ui

import (
	"time"

	"sockeye/ui/tab"
	"sockeye/ui/term"
	"sockeye/ui/theme"
	"sockeye/ui/widget"
)

// pointer is where the mouse is, and since when.
type pointer struct {
	x, y    int
	known   bool
	rested  time.Time // since when it has not moved; zero once that was acted on
	pressed time.Time // the last press of the left button, for double clicks
	px, py  int       // where that was
	drag    bool      // the left button went down in the tab and is still held
}

// What a resting pointer and two clicks have to do with time.
const (
	hoverAfter  = time.Second
	hoverFor    = 3 * time.Second
	doubleClick = 400 * time.Millisecond
)

// tip is a tooltip that is open.
type tip struct {
	x, y  int
	find  func() *widget.Tip // what it says now, nil when its row is gone
	until time.Time          // of those by hover; zero for no end
}

// mouse takes an event of the mouse.
func (a *App) mouse(e term.Event) {
	if !a.model.Prefs.Mouse {
		return
	}
	if e.Kind == term.MouseMove {
		a.move(e.X, e.Y)
		return
	}
	a.dirty = true
	a.pointer.rested = time.Time{}
	if e.Kind != term.MouseRelease {
		a.tip = nil
	}
	for i := len(a.windows) - 1; i >= 0; i-- {
		if a.windows[i].mouse(a, e) {
			return
		}
	}
	switch e.Kind {
	case term.WheelUp:
		a.wheel(e, tab.DoRowUp)
	case term.WheelDown:
		a.wheel(e, tab.DoRowDown)
	case term.MousePress:
		a.press(e)
	case term.MouseDrag, term.MouseRelease:
		if a.pointer.drag {
			a.active().Mouse(&a.model, a.inTab(e))
		}
		a.pointer.drag = a.pointer.drag && e.Kind == term.MouseDrag
	}
}

// inTab returns an event in the tab's coordinates.
func (a *App) inTab(e term.Event) term.Event {
	e.X, e.Y = e.X-a.places.body.X, e.Y-a.places.body.Y
	return e
}

// move notes where the pointer is.
func (a *App) move(x, y int) {
	p := &a.pointer
	if p.known && p.x == x && p.y == y {
		return
	}
	p.x, p.y, p.known, p.rested = x, y, true, a.now
	if a.tip != nil && !a.tip.until.IsZero() {
		a.tip, a.dirty = nil, true
	}
	hx, hy := -1, -1
	if a.places.body.Contains(x, y) && len(a.windows) == 0 {
		hx, hy = x-a.places.body.X, y-a.places.body.Y
	}
	if m := &a.model; m.HoverY != hy || m.HoverX != hx {
		a.dirty = a.dirty || m.HoverY != hy // rows show where the pointer is
		m.HoverX, m.HoverY = hx, hy
	}
}

// wheel scrolls the tab.
func (a *App) wheel(e term.Event, otherwise tab.Action) {
	if !a.places.frame.Contains(e.X, e.Y) {
		return
	}
	if !a.active().Mouse(&a.model, a.inTab(e)) {
		a.active().Act(&a.model, otherwise)
	}
}

// press takes a button that goes down.
func (a *App) press(e term.Event) {
	for i, r := range a.places.tabs {
		if r.Contains(e.X, e.Y) {
			a.goTo(i)
			return
		}
	}
	if s := a.segmentAt(e.X, e.Y); s != nil {
		a.openSegment(s)
		return
	}
	if a.clickAxis(e.X, e.Y) {
		return
	}
	if !a.places.body.Contains(e.X, e.Y) {
		return
	}
	if e.Button == term.LeftButton {
		a.pressLeft(e)
		return
	}
	in := a.inTab(e)
	if !a.isRow(in) {
		return
	}
	button := in.Button
	in.Button = term.LeftButton
	a.active().Mouse(&a.model, in) // selects it
	switch button {
	case term.MiddleButton:
		a.act(tab.DoPin)
	case term.RightButton:
		a.openTip(e.X, e.Y, time.Time{})
	}
}

// isRow reports whether there is a row at a place of the tab, rather than the head of a
// column, or nothing.
func (a *App) isRow(in term.Event) bool { return a.active().Tip(&a.model, in.X, in.Y) != nil }

// pressLeft takes a press of the left button within the tab.
func (a *App) pressLeft(e term.Event) {
	p := &a.pointer
	double := a.now.Sub(p.pressed) < doubleClick && p.px == e.X && p.py == e.Y && a.isRow(a.inTab(e))
	p.pressed, p.px, p.py, p.drag = a.now, e.X, e.Y, true
	if double {
		p.pressed, p.drag = time.Time{}, false
		a.active().Act(&a.model, tab.DoOpen)
		return
	}
	a.active().Mouse(&a.model, a.inTab(e))
}

// openTip shows what the tab knows of a cell of the screen.
func (a *App) openTip(x, y int, until time.Time) bool {
	find := a.active().Tip(&a.model, x-a.places.body.X, y-a.places.body.Y)
	if find == nil {
		return false
	}
	a.tip, a.dirty = &tip{x: x, y: y, until: until, find: func() *widget.Tip {
		said := find(&a.model)
		if said == nil {
			return nil
		}
		t := &widget.Tip{Title: said.Title, Spark: said.Spark}
		for _, l := range said.Lines {
			t.Lines = append(t.Lines, widget.Fact{Label: l.Label, Value: l.Value})
		}
		return t
	}}, true
	return true
}

// openRowTip shows the tooltip of the selected row: what a right click shows, by a key.
func (a *App) openRowTip() {
	body := a.places.body
	for y := body.Y; y < body.Y+body.H; y++ {
		for x := body.X; x < body.X+min(body.W, 8); x++ {
			if a.isSelected(a.canvas.At(x, y).Style) && a.openTip(x, y, time.Time{}) {
				return
			}
		}
	}
	a.say("no row is selected: " + a.keys.first(tab.DoRowDown) + " selects one")
}

// isSelected reports whether a cell is drawn as those of the selected row are: every tab
// has one row like that at most. A bar may underline it.
func (a *App) isSelected(s term.Style) bool {
	want := a.style(theme.Selected)
	return s.FG == want.FG && s.BG == want.BG && s.Attr&want.Attr == want.Attr
}

// hover opens a tooltip where the pointer rests, and closes it after a while.
func (a *App) hover() {
	if t := a.tip; t != nil && !t.until.IsZero() && !a.now.Before(t.until) {
		a.tip, a.dirty = nil, true
	}
	p := &a.pointer
	if p.rested.IsZero() || a.now.Sub(p.rested) < hoverAfter {
		return
	}
	p.rested = time.Time{}
	if !a.model.Prefs.Tooltips || !a.model.Prefs.Mouse || len(a.windows) > 0 || a.tip != nil {
		return
	}
	until := a.now.Add(hoverFor)
	if s := a.segmentAt(p.x, p.y); s != nil {
		a.tip, a.dirty = a.segmentTip(s), true
		a.tip.until = until
		return
	}
	if a.places.body.Contains(p.x, p.y) {
		a.openTip(p.x, p.y, until)
	}
}

// due returns when the pointer will have rested, or the tooltip is to close.
func (p *pointer) due(a *App) time.Time {
	if !p.rested.IsZero() {
		return p.rested.Add(hoverAfter)
	}
	if a.tip != nil {
		return a.tip.until
	}
	return time.Time{}
}

// drawTip draws the tooltip, or closes it when there is no more to say.
func (a *App) drawTip(p term.Pane) {
	if a.tip == nil {
		return
	}
	said := a.tip.find()
	if said == nil {
		a.tip = nil
		return
	}
	widget.Tooltip(p, a.model.Theme, a.tip.x, a.tip.y, *said)
}
