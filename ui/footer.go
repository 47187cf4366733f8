package ui

import (
	"sockeye/track"
	"sockeye/ui/term"
	"sockeye/ui/theme"
	"sockeye/ui/widget"
)

// sums is one line of the footer: what was carried one way, or both.
type sums struct {
	label string
	role  theme.Role
	bytes uint64
	peak  float64    // bytes/s over the fullest second
	rate  [3]float64 // bytes/s, by window
	rest  float64    // of rate[0], what the lines above do not have: loopback, other hosts'
}

// footerSums returns the lines of the footer. The peak of both ways is that of their
// sum, not the sum of their peaks.
func (a *App) footerSums() [3]sums {
	all := [3]sums{{label: "TX", role: theme.Sent}, {label: "RX", role: theme.Received}, {label: "TOTAL", role: theme.Both}}
	if a.model.Snap == nil {
		return all
	}
	t := &a.model.Snap.Totals
	for way := range 2 {
		s := &all[way]
		s.bytes, s.peak = t.Own.Count[way].Bytes, t.Own.Peak[way]
		for w := range s.rate {
			s.rate[w] = t.Own.Rate[w][way].Bytes
		}
	}
	both := &all[2]
	both.bytes, both.peak = t.All.Bytes, t.Peak
	for w := range both.rate {
		both.rate[w] = t.Rate[w].Bytes
	}
	if both.bytes > all[0].bytes+all[1].bytes {
		both.rest = max(0, both.rate[0]-all[0].rate[0]-all[1].rate[0])
	}
	return all
}

// drawFooter draws what was carried in all: a line for each way and their sum, or all in
// one where there is little room.
func (a *App) drawFooter(p term.Pane) {
	all := a.footerSums()
	switch p.H {
	case 0:
	case 1:
		a.drawShortFooter(p, all)
	default:
		for i := range all {
			a.drawSums(p.Sub(term.Rect{Y: i, W: p.W, H: 1}), &all[i])
		}
	}
}

// drawShortFooter draws the rates of 2 s.
func (a *App) drawShortFooter(p term.Pane, all [3]sums) {
	x := 1
	for i := range all {
		s := &all[i]
		text := a.rate(s.rate[0])
		if a.model.Prefs.Cumulative {
			text += " (" + widget.Bytes(s.bytes) + ")"
		}
		if x+len(s.label)+1+term.Width(text) > p.W {
			return // half a number is a wrong one
		}
		x += p.Text(x, 0, s.label+" ", a.style(theme.Label))
		x += p.Text(x, 0, text, a.style(s.role)) + 2
	}
}

// drawSums draws one line.
func (a *App) drawSums(p term.Pane, s *sums) {
	const rateWidth = widget.NumberWidth + len("/s")
	x := 1
	put := func(label string, width int, value string, role theme.Role) {
		width = max(width, term.Width(value))
		if x+len(label)+1+width > p.W {
			x = p.W // nor do those have room that follow
			return
		}
		p.Text(x, 0, label, a.style(theme.Label))
		p.Text(x+len(label)+1+width-term.Width(value), 0, value, a.style(role))
		x += len(label) + 1 + width + 2
	}
	p.Text(x, 0, s.label, a.style(s.role).With(term.Bold))
	x += len("TOTAL") + 2
	if a.model.Prefs.Cumulative {
		put("cum", widget.NumberWidth, widget.Bytes(s.bytes), s.role)
	}
	put("peak", rateWidth, a.rate(s.peak), s.role)
	for w, role := range []theme.Role{theme.Rate2, theme.Rate10, theme.Rate40} {
		put(track.Windows[w].String(), rateWidth, a.rate(s.rate[w]), role)
	}
	if s.rest > 0 {
		put("loopback and forwarded", 0, a.rate(s.rest), theme.Muted)
	}
}

// rate words bytes per second as people want them.
func (a *App) rate(v float64) string { return widget.Rate(v, a.model.Prefs.Bytes) + "/s" }
