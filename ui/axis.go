package ui

import (
	"time"

	"sockeye/ui/term"
	"sockeye/ui/theme"
)

// axis is the time axis of a file, as it was drawn last.
type axis struct {
	area        term.Rect // of the line between its ends, on the screen
	first, last int64     // ns since the Unix epoch
}

// drawAxis draws where in its file the picture is: whether it plays, from when to when the
// file goes, and the part that was read.
func (a *App) drawAxis(p term.Pane) {
	a.places.axis = axis{}
	player := a.model.Player
	if p.Empty() || player == nil {
		return
	}
	first, last, now := player.Span()
	on, speed := player.Playing()
	state := "halted"
	if on {
		state = "plays " + speedText(speed)
	}
	const form = "15:04:05"
	x := 1 + p.Text(1, 0, time.Unix(0, max(first, now)).Format(form+".000")+" "+state+"  ", a.style(theme.Label))
	if last <= first { // the end is not known yet, or there is but one packet
		return
	}
	end := time.Unix(0, last).Format(form)
	x += p.Text(x, 0, time.Unix(0, first).Format(form)+" ", a.style(theme.Muted))
	width := p.W - x - len(end) - 2
	if width < 8 {
		return
	}
	done, rest := '━', '─'
	if a.model.Theme.ASCII {
		done, rest = '=', '-'
	}
	at := int(float64(width) * float64(min(max(now, first), last)-first) / float64(last-first))
	p.Fill(term.Rect{X: x, W: at, H: 1}, done, a.style(theme.Accent))
	p.Fill(term.Rect{X: x + at, W: width - at, H: 1}, rest, a.style(theme.Border))
	p.Text(x+width+1, 0, end, a.style(theme.Muted))
	a.places.axis = axis{term.Rect{X: p.X + x, Y: p.Y, W: width, H: 1}, first, last}
}

// clickAxis goes to the time at a place of the axis. It reports whether there is one.
func (a *App) clickAxis(x, y int) bool {
	t := a.places.axis
	if !t.area.Contains(x, y) {
		return false
	}
	a.goToTime(t.first + int64(float64(t.last-t.first)*float64(x-t.area.X)/float64(max(1, t.area.W-1))))
	return true
}

// goToTime goes to a time in the file, ns since the Unix epoch.
func (a *App) goToTime(ns int64) {
	p := a.model.Player
	_, _, now := p.Span()
	a.background(func() error { p.GoTo(ns); return nil }, func(err error) {
		if ns < now {
			a.forget() // the file tells its events anew
		}
		a.arrived(err)
	})
	a.say("goes to " + time.Unix(0, ns).Format("15:04:05.000"))
}
