package ui

import (
	"fmt"
	"path/filepath"
	"strings"

	"sockeye/ui/tab"
	"sockeye/ui/term"
	"sockeye/ui/theme"
	"sockeye/ui/widget"
)

// segment is one part of the header bar.
type segment struct {
	name string
	keep int // the segments with the least go first where there is no room
	text func(a *App) string
	tip  func(a *App) []widget.Fact
	at   term.Rect // where it was drawn, on the screen
}

// segments returns the header bar's parts, from left to right.
func segments() []segment {
	return []segment{
		{name: "Sockeye", keep: 5, text: func(a *App) string { return strings.TrimSpace("sockeye " + a.model.Facts.Version) }, tip: (*App).tipProgram},
		{name: "Interface", keep: 13, text: (*App).textInterface, tip: (*App).tipInterface},
		{name: "Flows", keep: 14, text: (*App).textFlows, tip: (*App).tipFlows},
		{name: "Clock", keep: 10, text: func(a *App) string { return a.now.Format("15:04:05") }, tip: (*App).tipClock},
		{name: "Sort", keep: 9, text: (*App).textSort, tip: (*App).tipSort},
		{name: "Refresh", keep: 6, text: func(a *App) string { return "every " + a.model.Prefs.Refresh.String() }, tip: (*App).tipRefresh},
		{name: "Theme", keep: 2, text: func(a *App) string { return a.model.Theme.Name }, tip: (*App).tipTheme},
		{name: "Query", keep: 12, text: (*App).textQuery, tip: (*App).tipQuery},
		{name: "Pause", keep: 11, text: (*App).textPause, tip: (*App).tipPause},
		{name: "Capture filter", keep: 8, text: (*App).textFilter, tip: (*App).tipFilter},
		{name: "Net filter", keep: 4, text: (*App).textNet, tip: (*App).tipNet},
		{name: "Bandwidth scale", keep: 3, text: (*App).textScale, tip: (*App).tipScale},
		{name: "View", keep: 1, text: func(a *App) string { return a.active().Name() }, tip: (*App).tipView},
		{name: "Help", keep: 7, text: func(a *App) string { return a.keys.first(tab.DoHelp) + "=help" }, tip: (*App).tipHelp},
	}
}

// drawHeader draws the segments that there is room for.
func (a *App) drawHeader(p term.Pane) {
	a.places.segments = a.places.segments[:0]
	if p.Empty() {
		return
	}
	s := a.style(theme.Header)
	p.Fill(p.Local(), ' ', s)
	all, texts := a.fitting(p.W)
	line := " │ "
	if a.model.Theme.ASCII {
		line = " | "
	}
	x := 1
	for i := range all {
		if i > 0 {
			x += p.Text(x, 0, line, s)
		}
		n := p.Text(x, 0, texts[i], s)
		all[i].at = term.Rect{X: p.X + x, Y: p.Y, W: n, H: 1}
		x += n
	}
	a.places.segments = append(a.places.segments, all...)
}

// fitting returns the segments that have room in width columns, with their texts.
func (a *App) fitting(width int) ([]segment, []string) {
	const between = 3
	all := segments()
	texts := make([]string, len(all))
	used := 2 - between
	for i := range all {
		texts[i] = term.Cut(all[i].text(a), 32)
		used += term.Width(texts[i]) + between
	}
	for used > width && len(all) > 1 {
		least := 0
		for i := range all {
			if all[i].keep < all[least].keep {
				least = i
			}
		}
		used -= term.Width(texts[least]) + between
		all = append(all[:least], all[least+1:]...)
		texts = append(texts[:least], texts[least+1:]...)
	}
	return all, texts
}

// nextHeaderTip shows the tooltip of the segment after the one that is shown, or of the
// first one: what a click shows, by a key.
func (a *App) nextHeaderTip() {
	shown := a.places.segments
	if len(shown) == 0 {
		a.say("the header bar is hidden: " + a.keys.first(tab.DoHeaderBar) + " shows it")
		return
	}
	next := a.places.nextTip
	if next >= len(shown) {
		next = 0
	}
	a.places.nextTip = next + 1
	a.openSegment(&shown[next])
}

// openSegment shows the tooltip of a segment until it is dismissed.
func (a *App) openSegment(s *segment) {
	a.tip = a.segmentTip(s)
}

func (a *App) segmentTip(s *segment) *tip {
	lines, name := s.tip, s.name
	return &tip{x: s.at.X, y: s.at.Y + 1, find: func() *widget.Tip { return &widget.Tip{Title: name, Lines: lines(a)} }}
}

// segmentAt returns the segment at a place of the screen, nil for none.
func (a *App) segmentAt(x, y int) *segment {
	for i := range a.places.segments {
		if s := &a.places.segments[i]; s.at.Contains(x, y) {
			return s
		}
	}
	return nil
}

func (a *App) textInterface() string {
	switch a.model.Facts.Kind {
	case tab.File:
		return filepath.Base(a.model.Facts.Name)
	case tab.Demo:
		return "DEMO"
	}
	var names []string
	for i := range a.model.Interfaces {
		if s := &a.model.Interfaces[i]; s.Err == nil && capturing(s) {
			names = append(names, s.Name)
		}
	}
	switch len(names) {
	case 0:
		return "no interface"
	case 1, 2:
		return strings.Join(names, " ")
	}
	return fmt.Sprintf("%s +%d", names[0], len(names)-1)
}

func (a *App) textFlows() string {
	n := len(a.rows())
	if a.model.Tab == tab.FlowsTab && a.model.Query != nil { // which counts them
		return fmt.Sprintf("%d of %s", a.model.Hits, plural(n, "flow"))
	}
	return plural(n, "flow")
}

func (a *App) textSort() string {
	text := a.model.SortText
	if text == "" {
		text = "unsorted" // a tab without rows of its own
	}
	if a.model.Frozen {
		text += " frozen"
	}
	return text
}

func (a *App) textQuery() string {
	if a.model.QueryText == "" {
		return "no query"
	}
	return "/" + a.model.QueryText
}

func (a *App) textPause() string {
	if a.model.Paused.IsZero() {
		return "running"
	}
	return "PAUSED " + widget.Duration(a.now.Sub(a.model.Now))
}

func (a *App) textFilter() string {
	if a.model.Facts.Filter == "" {
		return "no filter"
	}
	return "filter " + a.model.Facts.Filter
}

func (a *App) textNet() string {
	if n := len(a.model.Facts.Boundary); n > 0 {
		return "own " + strings.Join(a.model.Facts.Boundary, " ")
	}
	return "own auto"
}

func (a *App) textScale() string {
	if a.model.Prefs.LogScale {
		return "log scale"
	}
	return "linear scale"
}
