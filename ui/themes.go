package ui

import (
	"fmt"
	"slices"
	"strings"

	"sockeye/config"
	"sockeye/ui/tab"
	"sockeye/ui/term"
	"sockeye/ui/theme"
	"sockeye/ui/widget"
)

// allThemes returns every theme there is, the user's own first.
func (a *App) allThemes() []*theme.Theme {
	var all []*theme.Theme
	for i := range a.o.Themes {
		all = append(all, theme.Custom(a.o.Themes[i]))
	}
	return append(all, theme.All()...)
}

// findTheme returns the theme of a name, or the one for those who chose none. Where there
// are no colours, it is always the one that needs none.
func (a *App) findTheme(name string) *theme.Theme {
	otherwise := theme.DefaultFor(a.o.Colors, a.o.Background, a.o.BackgroundKnown)
	if a.o.Colors == term.NoColors || name == "" {
		return otherwise
	}
	for i := range a.o.Themes {
		if a.o.Themes[i].Name == name {
			return theme.Custom(a.o.Themes[i])
		}
	}
	if t, ok := theme.Find(name); ok {
		return t
	}
	return otherwise
}

// dress makes the model's theme the one of the settings, or the one that is edited.
func (a *App) dress() {
	want := look{a.model.Prefs.Theme, !a.model.Prefs.Borders, a.preview}
	if want == a.look && a.model.Theme != nil {
		return
	}
	a.look = want
	t := a.preview
	if t == nil {
		t = a.findTheme(want.name)
	}
	own := *t
	own.NoLines, own.ASCII = want.noLines, a.o.ASCII
	a.model.Theme = &own
}

// look is what the model's theme was made of.
type look struct {
	name    string
	noLines bool
	preview *theme.Theme
}

// openThemes offers the themes. Each is shown as it is selected.
func (a *App) openThemes() {
	w := &chooser{box: box{title: "Theme", keys: "Enter takes it, e edits it, / finds, Esc undoes"}}
	was := a.model.Prefs.Theme
	var names []string
	fill := func() {
		names, w.list.Items = names[:0], w.list.Items[:0]
		for _, t := range a.allThemes() {
			names = append(names, t.Name)
			w.list.Items = append(w.list.Items, widget.Item{Text: t.Label, Note: t.From, Marks: true, Marked: t.Name == was})
		}
	}
	fill()
	w.list.Selected = max(0, slices.Index(names, a.model.Theme.Name))
	w.moved = func(a *App) { a.model.Prefs.Theme = names[w.list.Selected] }
	w.chose = func(a *App, item int) {
		a.close(w)
		a.model.Prefs.Theme = names[item]
		a.say("theme " + names[item])
	}
	w.undo = func(a *App) { a.model.Prefs.Theme = was }
	w.other = func(a *App, k term.Key) bool {
		if k != (term.Key{Rune: 'e'}) {
			return false
		}
		a.openEditor()
		return true
	}
	a.open(w)
}

// editor makes a theme of six colours. Each change is shown at once.
type editor struct {
	box
	palette config.Palette
	slot    int
	was     string // the theme to go back to
}

// slots are what the colours of a palette are for, and where each is seen.
var slots = [6]struct {
	name string
	role theme.Role
}{
	{"lead", theme.Heading}, {"names, new", theme.Remote}, {"processes", theme.Process},
	{"older", theme.Rate10}, {"oldest", theme.Rate40}, {"bars, lines", theme.Border},
}

// openEditor edits a copy of the theme that is shown.
func (a *App) openEditor() {
	for _, w := range slices.Clone(a.windows) {
		a.close(w)
	}
	e := &editor{box: box{title: "Theme editor", keys: "j k colour, ← → 1, < > 10, Enter saves, Esc undoes"}, was: a.model.Prefs.Theme}
	e.palette.Light = a.model.Theme.Light
	e.palette.Colors = a.sixColors()
	a.open(e)
	e.show(a)
}

// sixColors returns the colours that the theme that is shown is nearest to being made of.
func (a *App) sixColors() (six [6]config.Color) {
	for i := range a.o.Themes {
		if a.o.Themes[i].Name == a.model.Theme.Name {
			return a.o.Themes[i].Colors
		}
	}
	for i, slot := range slots {
		c := a.style(slot.role).FG
		if n, ok := c.Index(); ok {
			six[i] = config.Color{Index: n}
		} else if r, g, b, ok := c.RGB(); ok {
			six[i] = config.Color{ByParts: true, R: r, G: g, B: b}
		}
	}
	return six
}

// show makes the screen look like the theme that is edited.
func (e *editor) show(a *App) { a.preview = theme.Custom(e.palette) }

func (e *editor) draw(a *App, p term.Pane) {
	inside := e.box.draw(a, p, 40, len(slots))
	swatch := "██████"
	if a.model.Theme.ASCII {
		swatch = "######"
	}
	for i, slot := range slots {
		s := popupText(a)
		if i == e.slot {
			s = a.style(theme.Selected)
		}
		inside.Text(0, i, fmt.Sprintf("c%d %-14s %-8s", i+1, slot.name, e.palette.Colors[i]), s)
		inside.Text(28, i, swatch, a.style(slot.role).On(a.style(theme.Popup).BG))
	}
}

func (e *editor) key(a *App, k term.Key, id tab.Action) {
	switch {
	case k.Code == term.Escape || id == tab.DoQuit:
		e.cancel(a)
	case k.Code == term.Enter:
		e.name(a)
	case id == tab.DoRowDown:
		e.slot = (e.slot + 1) % len(slots)
	case id == tab.DoRowUp:
		e.slot = (e.slot + len(slots) - 1) % len(slots)
	case k.Code == term.Left:
		e.change(a, -1)
	case k.Code == term.Right:
		e.change(a, 1)
	case k == term.Key{Rune: '<'}:
		e.change(a, -10)
	case k == term.Key{Rune: '>'}:
		e.change(a, 10)
	}
}

// change takes another of xterm's 256 colours. One by its parts becomes a grey to begin
// with.
func (e *editor) change(a *App, by int) {
	c := &e.palette.Colors[e.slot]
	*c = config.Color{Index: uint8(int(c.Index) + by)}
	e.show(a)
}

// name asks for the theme's name, and keeps it.
func (e *editor) name(a *App) {
	w := newPrompt("name: ")
	w.input.Hint = "small letters, digits and -"
	w.changed = func(a *App) {
		w.input.Note, w.input.Wrong = "", [2]int{}
		if !validName(w.input.Text()) && w.input.Text() != "" {
			w.input.Note, w.input.Wrong = "small letters, digits and - only", [2]int{0, len(w.input.Text())}
		}
	}
	w.entered = func(a *App) bool {
		name := w.input.Text()
		if !validName(name) {
			return false
		}
		e.palette.Name = name
		a.keepTheme(e.palette)
		a.preview = nil
		a.close(e)
		a.model.Prefs.Theme = name
		a.say("theme " + name + " is kept")
		return true
	}
	a.open(w)
}

// validName reports whether a theme may be called that.
func validName(s string) bool {
	return s != "" && len(s) <= 40 && strings.Trim(s, "abcdefghijklmnopqrstuvwxyz0123456789-") == ""
}

// keepTheme adds a theme to the user's own, in the place of one with its name.
func (a *App) keepTheme(p config.Palette) {
	i := slices.IndexFunc(a.o.Themes, func(q config.Palette) bool { return q.Name == p.Name })
	if i < 0 {
		a.o.Themes = append(a.o.Themes, p)
	} else {
		a.o.Themes[i] = p
	}
	a.save(map[string]any{"themes": slices.Clone(a.o.Themes)})
}

func (e *editor) mouse(a *App, ev term.Event) bool {
	if e.outside(ev) {
		e.cancel(a)
	}
	return true
}

// cancel closes it and shows the theme that was there before.
func (e *editor) cancel(a *App) {
	a.preview = nil
	a.model.Prefs.Theme = e.was
	a.close(e)
}
