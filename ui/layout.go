package ui

import (
	"strings"

	"sockeye/ui/tab"
	"sockeye/ui/term"
	"sockeye/ui/theme"
	"sockeye/ui/widget"
)

// places are where things were drawn last, for the mouse, on the screen.
type places struct {
	tabs     [tab.NumTabs]term.Rect
	segments []segment
	nextTip  int // the segment whose tooltip a key shows next
	axis     axis
	frame    term.Rect // the tab with its border
	body     term.Rect // the tab
	second   int64     // of the clock that was drawn
}

// draw draws all of the picture. The tab comes first: it finds out what the bars tell.
func (a *App) draw(p term.Pane) {
	a.dress()
	p.Fill(p.Local(), ' ', a.style(theme.Text))
	l := a.layout(p.Local())
	a.drawBody(p, l)
	a.drawSide(p.Sub(l.side))
	a.drawTabBar(p.Sub(l.tabs))
	a.drawHeader(p.Sub(l.header))
	a.drawAxis(p.Sub(l.axis))
	a.drawFooter(p.Sub(l.footer))
	a.drawStatus(p.Sub(l.status))
	for _, w := range a.windows {
		w.draw(a, p)
	}
	a.drawTip(p)
}

// layout is how the screen is parted. What there is no room for is empty.
type layout struct{ tabs, header, frame, side, axis, footer, status term.Rect }

// layout parts the screen: on a low one the tab has more of it than the bars.
func (a *App) layout(r term.Rect) layout {
	var l layout
	if r.H >= 3 {
		l.tabs, r = r.Top(1)
	}
	if a.model.Prefs.HeaderBar && r.H >= 9 {
		l.header, r = r.Top(1)
	}
	if r.H >= 2 {
		l.status, r = r.Bottom(1)
	}
	switch {
	case r.H >= 18:
		l.footer, r = r.Bottom(3)
	case r.H >= 6:
		l.footer, r = r.Bottom(1)
	}
	if a.model.Player != nil && r.H >= 4 {
		l.axis, r = r.Bottom(1)
	}
	const sideHeight = 16 // least
	l.frame = r
	if a.model.Prefs.SidePanel && tab.HasSide(a.model.Tab) && r.H >= sideHeight && r.W >= tab.SideLeast+tab.SideWidth {
		l.frame, l.side = r.Left(r.W - tab.SideWidth)
	}
	return l
}

// drawSide draws the panel beside the rows.
func (a *App) drawSide(p term.Pane) {
	if !p.Empty() {
		a.side.Draw(widget.Box(p, a.model.Theme, "In all", theme.Border), &a.model)
	}
}

// drawBody draws the tab, in a box where there is room for one.
func (a *App) drawBody(p term.Pane, l layout) {
	pane := p.Sub(l.frame)
	inside := pane
	if l.frame.H >= 10 && l.frame.W >= 40 {
		role := theme.Border
		if a.alarms.flashing(a.now) {
			role = theme.Alert
		}
		inside = widget.Box(pane, a.model.Theme, "", role)
	}
	a.places.frame, a.places.body = pane.Rect, inside.Rect
	if text := a.nothing(); text != "" {
		widget.Message(inside, a.model.Theme, text)
	} else {
		a.model.SortText = "" // of those that have none
		a.active().Draw(inside, &a.model)
	}
	if inside.Rect != pane.Rect {
		a.drawTitle(pane)
	}
}

// drawTitle draws what the tab shows into the upper edge of its box.
func (a *App) drawTitle(p term.Pane) {
	role := theme.Title
	if a.alarms.flashing(a.now) {
		role = theme.Alert
	}
	left := " " + a.crumbs() + " "
	right := a.condition()
	room := p.W - 4
	if right != "" {
		right = " " + right + " "
		if term.Width(left)+term.Width(right) <= room {
			p.Text(p.W-2-term.Width(right), 0, right, a.style(theme.Accent))
			room -= term.Width(right)
		}
	}
	p.Text(2, 0, term.Cut(left, room), a.style(role))
}

// crumbs says which tab it is and what was drilled down to.
func (a *App) crumbs() string {
	parts := []string{a.active().Name()}
	for _, s := range a.model.Drill {
		parts = append(parts, s.By+" "+s.Label)
	}
	arrow := " ▸ "
	if a.model.Theme.ASCII {
		arrow = " > "
	}
	return strings.Join(parts, arrow)
}

// condition says in which way the picture is not that of all, now.
func (a *App) condition() string {
	var parts []string
	m := &a.model
	if !m.Paused.IsZero() {
		parts = append(parts, "PAUSED "+widget.Duration(a.now.Sub(m.Now)))
	}
	if m.Frozen {
		parts = append(parts, "FROZEN")
	}
	if m.QueryText != "" {
		parts = append(parts, "query "+m.QueryText)
	}
	return strings.Join(parts, ", ")
}

// tabsWidth returns the columns of all tabs' names with that many more for each.
func (a *App) tabsWidth(more int) int {
	w := 0
	for _, t := range a.tabs {
		w += term.Width(t.Name()) + 1 + more
	}
	return w
}

// drawTabBar draws the names of the tabs.
func (a *App) drawTabBar(p term.Pane) {
	a.places.tabs = [tab.NumTabs]term.Rect{}
	p.Fill(p.Local(), ' ', a.style(theme.Header))
	numbers := p.W >= a.tabsWidth(len("1  "))
	x := 0
	for i, t := range a.tabs {
		text := t.Name()
		if numbers {
			text = string(rune('1'+i)) + " " + text
		}
		s := a.style(theme.Header)
		if i == a.model.Tab {
			s = a.style(theme.Selected)
		}
		n := p.Text(x, 0, " "+text, s)
		if numbers {
			n += p.Text(x+n, 0, " ", s)
		}
		a.places.tabs[i] = term.Rect{X: p.X + x, Y: p.Y, W: n, H: p.H}
		x += n
	}
	if name := "sockeye "; p.W-x > len(name)+2 {
		p.Text(p.W-len(name), 0, name, a.style(theme.Header).With(term.Bold))
	}
}
