package tab

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"time"

	"sockeye/track"
	"sockeye/ui/term"
	"sockeye/ui/theme"
	"sockeye/ui/widget"
)

// share is a line of a distribution.
type share struct {
	name  string
	bytes uint64
	role  theme.Role
	more  string // after the rate
}

// drawShares draws a distribution, the largest first. span is the time in which it came
// about, ns.
func drawShares(p term.Pane, m *Model, all []share, span int64) {
	total := uint64(0)
	for i := range all {
		total += all[i].bytes
	}
	if total == 0 {
		p.Text(0, 0, "nothing passed", m.Style(theme.Muted))
		return
	}
	slices.SortStableFunc(all, func(a, b share) int { return cmp.Compare(b.bytes, a.bytes) })
	rows := make([]widget.BarRow, len(all))
	for i, s := range all {
		part := float64(s.bytes) / float64(total)
		rows[i] = widget.BarRow{
			Label: s.name, Share: part, Role: s.role,
			Value: fmt.Sprintf("%s %6s%s", percentText(part), rateText(m, perSecond(float64(s.bytes), span)), s.more),
		}
	}
	widget.Bars(p, m.Theme, rows)
}

// percentText words a part of a whole in four columns.
func percentText(part float64) string {
	if part > 0 && part < 0.01 {
		return " <1%"
	}
	return fmt.Sprintf("%3.0f%%", 100*part)
}

func (g *Graphs) drawApps(p term.Pane, m *Model) {
	sum := &g.sum
	var all []share
	for at, n := range sum.Apps {
		if n > 0 {
			all = append(all, share{name: m.Series.AppName(at), bytes: n, role: theme.Service})
		}
	}
	if sum.Unrowed > 0 {
		all = append(all, share{name: "in no row", bytes: sum.Unrowed, role: theme.Muted})
	}
	drawShares(p, m, all, sum.Span)
}

func (g *Graphs) drawProtocols(p term.Pane, m *Model) {
	const packetsFrom = 40 // columns: in fewer there is no room for packets/s
	sum := &g.sum
	var all []share
	for at, v := range sum.Protocols {
		if v.Packets == 0 {
			continue
		}
		s := share{name: m.Series.ProtocolName(at), bytes: v.Bytes, role: theme.Both}
		if p.W >= packetsFrom {
			s.more = fmt.Sprintf(" %5s/s", widget.Count(uint64(math.Round(perSecond(float64(v.Packets), sum.Span)))))
		}
		all = append(all, s)
	}
	drawShares(p, m, all, sum.Span)
}

// Limits of what is good, and of what is bad, as RustNet has them.
const (
	goodRTT, badRTT   = 50 * time.Millisecond, 150 * time.Millisecond
	goodLoss, badLoss = 0.01, 0.05 // of segments
	fullRTT, fullLoss = 200 * time.Millisecond, 0.10
)

// verdict returns the role of a number by its limits.
func verdict(v, good, bad float64) theme.Role {
	switch {
	case v < good:
		return theme.Good
	case v < bad:
		return theme.Warn
	}
	return theme.Bad
}

// drawTCP draws how connections fare, and the states that they are in.
func (g *Graphs) drawTCP(p term.Pane, m *Model) {
	sum := &g.sum
	segments := []struct {
		label string
		n     uint64
	}{{"lost ", sum.SegmentsLost()}, {"resent ", sum.Retransmits}, {"reordered ", sum.OutOfOrder}}
	if p.H < 1+len(segments)+2 {
		segments = segments[:2] // two states at least have room
	}
	top, rest := p.Local().Top(min(1+len(segments), p.H))
	gauges := p.Sub(top)
	if sum.RTTSpan == 0 {
		widget.Gauge(gauges, m.Theme, "RTT ", 0, "not known", theme.Muted)
	} else {
		text := fmt.Sprintf("%s, max %s", widget.Duration(sum.RTT), widget.Duration(sum.HighestRTT))
		widget.Gauge(gauges, m.Theme, "RTT ", float64(sum.RTT)/float64(fullRTT), text,
			verdict(float64(sum.RTT), float64(goodRTT), float64(badRTT)))
	}
	for i, of := range segments {
		gaugeSegments(gauges.Sub(term.Rect{Y: i + 1, W: gauges.W, H: 1}), m, of.label, of.n, sum.TCP)
	}
	if sum.Missed > 0 {
		var line term.Rect
		line, rest = rest.Top(1)
		p.Sub(line).Text(0, 0, plural(int(sum.Missed), "gap")+" in what was captured", m.Style(theme.Bad))
	}
	if rest.H >= curveHeight+statesHeight {
		var curve term.Rect
		curve, rest = rest.Top(rest.H - statesHeight)
		g.drawRTT(p.Sub(curve), m)
	}
	drawStates(p.Sub(rest), m, &sum.States)
}

// The least heights of a curve with its scale, and of the states.
const (
	curveHeight  = 4
	statesHeight = 3
)

// drawRTT draws the round trip over time.
func (g *Graphs) drawRTT(p term.Pane, m *Model) {
	chart := widget.Chart{
		Series: []widget.Line{{Name: "RTT", Values: g.data.values[sampleRTT], Role: theme.Accent}},
		Cursor: g.chart.Cursor, Scale: func(v float64) string { return widget.Duration(seconds(v)) },
	}
	chart.From, chart.To = g.times(m)
	chart.Draw(p, m.Theme)
}

// drawStates draws how many connections are in each state.
func drawStates(p term.Pane, m *Model, states *[tcpStates]uint32) {
	var rows []widget.BarRow
	all := uint32(0)
	for _, n := range states {
		all += n
	}
	for i, n := range states {
		if n > 0 {
			name := (track.SynSent + track.State(i)).String()
			rows = append(rows, widget.BarRow{Label: name, Value: fmt.Sprint(n), Share: float64(n) / float64(all), Role: theme.Label})
		}
	}
	slices.SortStableFunc(rows, func(a, b widget.BarRow) int { return cmp.Compare(b.Share, a.Share) })
	widget.Bars(p, m.Theme, rows)
}

// gaugeSegments draws how many of TCP's segments something happened to.
func gaugeSegments(p term.Pane, m *Model, label string, n, of uint64) {
	if of == 0 {
		widget.Gauge(p, m.Theme, label, 0, "no segments", theme.Muted)
		return
	}
	part := min(1, float64(n)/float64(of))
	text := fmt.Sprintf("%.2f%% %s of %s", 100*part, widget.Count(n), widget.Count(of))
	widget.Gauge(p, m.Theme, label, part/fullLoss, text, verdict(part, goodLoss, badLoss))
}

// drawFlows draws how flows come and go.
func (g *Graphs) drawFlows(p term.Pane, m *Model) {
	sum := &g.sum
	top, rest := p.Local().Top(1)
	line := p.Sub(top)
	x := line.Text(0, 0, widget.Count(uint64(sum.Active))+" now", m.Style(theme.Text))
	if g.cursor != 0 {
		x = line.Text(0, 0, widget.Count(uint64(sum.Active))+" then", m.Style(theme.Text))
	}
	x += line.Text(x, 0, fmt.Sprintf(", max %s, %s opened, %s closed",
		widget.Count(uint64(sum.MostActive)), widget.Count(sum.Opened), widget.Count(sum.Closed)), m.Style(theme.Muted))
	if sum.Evicted > 0 {
		line.Text(x, 0, ", "+widget.Count(sum.Evicted)+" EVICTED", m.Style(theme.Bad))
	}
	chart := widget.Chart{
		Series: []widget.Line{
			{Name: "opened/s", Values: g.data.values[sampleOpened], Role: theme.Good},
			{Name: "closed/s", Values: g.data.values[sampleClosed], Role: theme.Warn},
		},
		Cursor: g.chart.Cursor, Scale: frequencyText,
	}
	chart.From, chart.To = g.times(m)
	chart.Draw(p.Sub(rest), m.Theme)
}

// frequencyText words how often something happens a second.
func frequencyText(v float64) string {
	switch {
	case v == 0:
		return "0"
	case v < 10:
		return fmt.Sprintf("%.2g", v)
	}
	return widget.Count(uint64(v))
}

// drawInterfaces draws what each interface carried, and what all did: a packet that passed
// several of them counts on each, but once in the sum.
func (g *Graphs) drawInterfaces(p term.Pane, m *Model) {
	sum := &g.sum
	value := "↑%6s ↓%6s"
	if m.Theme.ASCII {
		value = "^%6s v%6s"
	}
	bottom, rest := p.Local().Bottom(min(2, max(0, p.H-1)))
	slots := m.Series.Interfaces()
	var rows []widget.BarRow
	most, together := uint64(0), uint64(0)
	for _, v := range sum.Interfaces {
		most = max(most, v[0].Bytes+v[1].Bytes)
		together += v[0].Bytes + v[1].Bytes
	}
	for at, v := range sum.Interfaces {
		name := "others"
		if at < len(slots) {
			name = m.Naming.Interface(slots[at])
		} else if v[0].Packets+v[1].Packets == 0 {
			continue
		}
		rows = append(rows, widget.BarRow{
			Label: name, Role: theme.Both, Share: float64(v[0].Bytes+v[1].Bytes) / float64(max(1, most)),
			Value: fmt.Sprintf(value, rateText(m, perSecond(float64(v[0].Bytes), sum.Span)),
				rateText(m, perSecond(float64(v[1].Bytes), sum.Span))),
		})
	}
	slices.SortStableFunc(rows, func(a, b widget.BarRow) int { return cmp.Compare(b.Share, a.Share) })
	widget.Bars(p.Sub(rest), m.Theme, rows)
	foot := p.Sub(bottom)
	foot.Text(0, 0, "all, each packet once: "+rateText(m, sum.AllRate()), m.Style(theme.Text))
	if together > sum.All.Bytes {
		foot.Text(0, 1, rateText(m, perSecond(float64(together-sum.All.Bytes), sum.Span))+" passed more than one of them", m.Style(theme.Muted))
	}
}

// fullSize is the length of a bar that a packet of an Ethernet's full size has.
const fullSize = 1514

// drawSizes draws how long packets were on average: their sums are all that is kept.
func (g *Graphs) drawSizes(p term.Pane, m *Model) {
	sum := &g.sum
	bottom, rest := p.Local().Bottom(min(1, max(0, p.H-1)))
	var rows []widget.BarRow
	add := func(name string, v Volume, role theme.Role) {
		if v.Packets > 0 {
			mean := float64(v.Bytes) / float64(v.Packets)
			rows = append(rows, widget.BarRow{
				Label: name, Role: role, Share: mean / fullSize,
				Value: fmt.Sprintf("%6.0f B %6s", mean, widget.Count(v.Packets)),
			})
		}
	}
	add("all", sum.All, theme.Both)
	add("sent", sum.Own[track.Sent], theme.Sent)
	add("received", sum.Own[track.Received], theme.Received)
	for at, v := range sum.Protocols {
		add(m.Series.ProtocolName(at), v, theme.Label)
	}
	widget.Bars(p.Sub(rest), m.Theme, rows)
	p.Sub(bottom).Text(0, 0, "averages: single sizes are not kept", m.Style(theme.Muted))
}
