package ui

import (
	"sockeye/ui/tab"
	"sockeye/ui/term"
	"sockeye/ui/theme"
	"sockeye/ui/widget"
)

// chooser is a window with entries to choose from. What is typed after / leaves those
// that contain it.
type chooser struct {
	box
	list      widget.List
	filtering bool

	moved func(a *App)                  // another entry is selected; may be nil
	chose func(a *App, item int)        // Enter, or a click on the selected entry
	undo  func(a *App)                  // it is closed without choosing; may be nil
	other func(a *App, k term.Key) bool // other keys; may be nil
}

func (c *chooser) draw(a *App, p term.Pane) {
	width := 24
	for i := range c.list.Items {
		it := &c.list.Items[i]
		width = max(width, term.Width(it.Text)+term.Width(it.Note)+6)
	}
	frame := c.box
	if c.filtering || c.list.Filter() != "" {
		frame.title += " /" + c.list.Filter()
	}
	inside := frame.draw(a, p, width, max(1, len(c.list.Items)))
	c.list.Draw(inside, a.model.Theme)
	c.area = inside.Rect
}

func (c *chooser) key(a *App, k term.Key, id tab.Action) {
	if c.filtering && c.filterKey(a, k) {
		return
	}
	before := c.list.Selected
	n, moves := steps(id, c.list.Page(), len(c.list.Items))
	switch {
	case moves:
		c.list.Move(n)
	case id == tab.DoBack || k.Code == term.Escape || id == tab.DoQuit:
		c.cancel(a)
	case id == tab.DoOpen || k.Code == term.Enter:
		c.choose(a)
	case c.other != nil && c.other(a, k):
	case id == tab.DoQuery:
		c.filtering = true
	}
	c.tell(a, before)
}

// filterKey takes a key of the filter.
func (c *chooser) filterKey(a *App, k term.Key) bool {
	before := c.list.Selected
	switch {
	case k.Code == term.Escape:
		c.filtering = false
		c.list.SetFilter("")
	case k.Code == term.Enter:
		c.filtering = false
	case !c.list.Key(k):
		return false
	}
	c.tell(a, before)
	return true
}

// tell says that another entry is selected than before.
func (c *chooser) tell(a *App, before int) {
	if c.moved != nil && c.list.Selected != before && c.list.Selected >= 0 {
		c.moved(a)
	}
}

func (c *chooser) choose(a *App) {
	if at := c.list.Selected; at >= 0 && at < len(c.list.Items) {
		c.chose(a, at)
	}
}

func (c *chooser) mouse(a *App, e term.Event) bool {
	before := c.list.Selected
	switch e.Kind {
	case term.WheelUp:
		c.list.Move(-1)
	case term.WheelDown:
		c.list.Move(1)
	case term.MousePress:
		item, ok := c.list.ItemAt(e.Y - c.area.Y)
		switch {
		case e.X < c.area.X-2 || e.X >= c.area.X+c.area.W+2 || e.Y < c.area.Y-1 || e.Y > c.area.Y+c.area.H+1:
			c.cancel(a)
			return true
		case !ok:
			return true
		case item == before:
			c.choose(a)
			return true
		}
		c.list.Selected = item
	}
	c.tell(a, before)
	return true
}

// cancel closes it without choosing anything.
func (c *chooser) cancel(a *App) {
	a.close(c)
	if c.undo != nil {
		c.undo(a)
	}
}

func popupText(a *App) term.Style { return a.style(theme.Popup) }

func mutedOn(a *App) term.Style { return a.style(theme.Muted).On(a.style(theme.Popup).BG) }

// openInterfaces offers what can be captured from. The choice is taken at once.
func (a *App) openInterfaces() {
	c := a.model.Control
	if c == nil {
		a.say("a " + kindName(a.model.Facts.Kind) + " has no interfaces to choose from")
		return
	}
	captured := map[string]bool{}
	for i := range a.model.Interfaces {
		if s := &a.model.Interfaces[i]; capturing(s) {
			captured[s.Name] = true
		}
	}
	names := []string{""}
	w := &chooser{box: box{title: "Capture from", keys: "Enter captures from it, / finds, Esc leaves all as it is"}}
	w.list.Items = []widget.Item{{Text: "the usual ones", Note: "all that are up, or any", Marks: true}}
	for i := range a.model.Links {
		l := &a.model.Links[i]
		names = append(names, l.Name)
		w.list.Items = append(w.list.Items, widget.Item{Text: l.Name, Note: linkNote(l), Marks: true, Marked: captured[l.Name]})
	}
	w.chose = func(a *App, item int) {
		a.close(w)
		var chosen []string
		if names[item] != "" {
			chosen = names[item : item+1]
		}
		a.switchTo(c, chosen)
	}
	a.open(w)
}

// switchTo captures from other interfaces.
func (a *App) switchTo(c tab.Control, names []string) {
	what := "the usual interfaces"
	if len(names) > 0 {
		what = names[0]
	}
	a.background(func() error { return c.SetInterfaces(names) }, func(err error) {
		if err != nil {
			a.complain(err)
			return
		}
		a.collect.now()
		a.say("captures from " + what)
	})
}

// linkNote says what is known of an interface.
func linkNote(l *tab.Link) string {
	text := l.Kind
	switch {
	case !l.Up:
		text += ", down"
	case !l.Running:
		text += ", no carrier"
	}
	if len(l.Addrs) > 0 {
		text += ", " + l.Addrs[0].String()
	}
	return text
}

// openColumns offers the columns of the tab to show, hide, and make wider.
func (a *App) openColumns() {
	t, ok := a.active().(tab.WithColumns)
	if !ok {
		a.say(a.active().Name() + " has no columns to choose from")
		return
	}
	w := &chooser{box: box{title: "Columns", keys: "Enter or Space shows or hides, ← → width, Esc closes"}}
	fill := func() {
		w.list.Items = w.list.Items[:0]
		for _, c := range t.Columns(&a.model) {
			it := widget.Item{Text: c.Title, Marks: true, Marked: c.Shown}
			if it.Text == "" {
				it.Text = c.Key
			}
			if c.Width > 0 {
				it.Note = plural(c.Width, "column")
			}
			w.list.Items = append(w.list.Items, it)
		}
	}
	fill()
	column := func() (tab.ColumnChoice, bool) {
		all := t.Columns(&a.model)
		if at := w.list.Selected; at >= 0 && at < len(all) {
			return all[at], true
		}
		return tab.ColumnChoice{}, false
	}
	flip := func(a *App) {
		if c, ok := column(); ok {
			a.model.Prefs.Columns[c.Key] = !c.Shown
			fill()
		}
	}
	w.chose = func(a *App, _ int) { flip(a) }
	w.other = func(a *App, k term.Key) bool {
		c, ok := column()
		switch {
		case !ok:
			return false
		case k == term.Key{Rune: ' '}:
			flip(a)
		case k.Code == term.Left && c.Width > 1:
			a.model.Prefs.Widths[c.Key] = c.Width - 1
		case k.Code == term.Right && c.Width > 0:
			a.model.Prefs.Widths[c.Key] = c.Width + 1
		case k.Code == term.Delete || k.Code == term.Backspace:
			delete(a.model.Prefs.Widths, c.Key)
			delete(a.model.Prefs.Columns, c.Key)
		default:
			return false
		}
		a.redraw() // the tab places its columns when it is drawn
		fill()
		a.dirty = true
		return true
	}
	a.open(w)
}
