package tab

import (
	"fmt"
	"math"
	"slices"
	"time"

	"sockeye/parse"
	"sockeye/track"
	"sockeye/ui/term"
	"sockeye/ui/theme"
	"sockeye/ui/widget"
)

// SideWidth is how many columns the side panel has with its border, SideLeast how many
// have to be left to the rows beside it.
const (
	SideWidth = 36
	SideLeast = 84
)

// sideSeconds is the time that the side panel looks back on.
const sideSeconds = 60

// Side is the panel beside the rows: what all of them come to.
type Side struct {
	values samples
	cards  widget.Cards
}

// HasSide reports whether a tab has rows that the panel can stand beside. The others show
// by themselves what it has.
func HasSide(place int) bool {
	switch place {
	case FlowsTab, ProcessesTab, HostsTab, SocketsTab, EventsTab:
		return true
	}
	return false
}

// Draw draws the panel's inside.
func (s *Side) Draw(p term.Pane, m *Model) {
	if m.Snap == nil {
		return
	}
	from := m.Snap.Time - sideSeconds*int64(time.Second)
	past, _ := m.Series.Sum(from, m.Snap.Time)
	s.values.fillSteps(m.Series, from, m.Snap.Time, 2*int64(time.Second))
	top, rest := p.Local().Top(4)
	s.drawCurves(p.Sub(top), m)
	s.cards = widget.Cards{Selected: -1, Width: SideWidth, Cards: []widget.Card{
		sideFlows(m, &past), sideHealth(&past), sideBusiest(m), sideCapture(m, &past),
	}}
	s.cards.Draw(p.Sub(rest), m.Theme)
}

// drawCurves draws what was sent and received in the last minute, on one scale.
func (s *Side) drawCurves(p term.Pane, m *Model) {
	p.Text(0, 0, "Last minute", m.Style(theme.Heading))
	most := 0.0
	for _, kind := range []int{sampleSent, sampleReceived} {
		for _, v := range s.values.values[kind][:s.values.n] {
			if !math.IsNaN(v) {
				most = max(most, v)
			}
		}
	}
	scale := rateScale{}
	scale.follow(&Prefs{Bytes: m.Prefs.Bytes}, most)
	for y, c := range []struct {
		label string
		kind  int
		role  theme.Role
	}{{"TX", sampleSent, theme.Sent}, {"RX", sampleReceived, theme.Received}} {
		p.Text(0, y+1, c.label, m.Style(c.role))
		curve := p.Sub(term.Rect{X: 3, Y: y + 1, W: p.W - 3, H: 1})
		widget.Sparkline(curve, m.Theme, s.values.values[c.kind][:s.values.n], scale.to, c.role)
	}
	p.Text(3, 3, "0 to "+rateText(m, scale.to)+"/s", m.Style(theme.Muted))
}

// sideFlows is how many flows there are, and how they come and go.
func sideFlows(m *Model, past *Point) widget.Card {
	var f facts
	var tcp, udp, all uint64
	for i := range m.Snap.Protocols {
		p := &m.Snap.Protocols[i]
		all += p.Flows
		switch {
		case p.Family == parse.FamilyLink:
		case p.Proto == uint16(parse.ProtoTCP):
			tcp += p.Flows
		case p.Proto == uint16(parse.ProtoUDP):
			udp += p.Flows
		}
	}
	f.add("In the table", widget.Count(all), theme.Text)
	f.add("tcp, udp", widget.Count(tcp)+", "+widget.Count(udp), theme.Text)
	f.add("Opened", widget.Count(past.Opened)+" in 60 s", theme.Text)
	f.add("Closed", widget.Count(past.Closed)+" in 60 s", theme.Text)
	return widget.Card{Title: "Flows", Facts: f}
}

// sideHealth is how well TCP fares.
func sideHealth(past *Point) widget.Card {
	var f facts
	rtt := "not known"
	if past.RTTSpan > 0 {
		rtt = widget.Duration(past.RTT) + " (median)"
	}
	f.add("Round trip", rtt, theme.Text)
	f.add("Retransmits", ofSegments(past.Retransmits, past.TCP), theme.Text)
	f.add("Out of order", ofSegments(past.OutOfOrder, past.TCP), theme.Text)
	return widget.Card{Title: "TCP in 60 s", Facts: f}
}

// ofSegments words a number and which part of all segments it is.
func ofSegments(n, all uint64) string {
	if n == 0 || all == 0 {
		return widget.Count(n)
	}
	return fmt.Sprintf("%s, %.2g%%", widget.Count(n), 100*float64(n)/float64(all))
}

// sideBusiest is who carries most. With very many flows they are not added up by process
// here.
func sideBusiest(m *Model) widget.Card {
	const most = 5
	var f facts
	for i := range m.Snap.Groups {
		g := &m.Snap.Groups[i]
		if g.By() != track.GroupProcess {
			continue
		}
		busiest := slices.SortedFunc(func(yield func(*track.GroupRow) bool) {
			for i := range g.Rows {
				if r := &g.Rows[i]; r.Process != nil && busyRate(r) > 0 && !yield(r) {
					return
				}
			}
		}, func(a, b *track.GroupRow) int {
			switch x, y := busyRate(a), busyRate(b); {
			case x > y:
				return -1
			case x < y:
				return 1
			}
			return 0
		})
		for _, r := range busiest[:min(most, len(busiest))] {
			f.add(rateText(m, busyRate(r))+"/s", processText(r.Process), theme.Process)
		}
	}
	switch {
	case m.Snap.Groups == nil: // they cost too much with very many flows
		f.add("", "not added up here: see Processes", theme.Muted)
	case len(f) == 0:
		f.add("", "none just now", theme.Muted)
	}
	return widget.Card{Title: "Busiest processes", Facts: f}
}

// busyRate is what a process carries both ways, in bytes/s over 2 s.
func busyRate(r *track.GroupRow) float64 {
	return r.Rate[0][track.Sent].Bytes + r.Rate[0][track.Received].Bytes
}

// sideCapture is what was captured, and whether anything was lost.
func sideCapture(m *Model, past *Point) widget.Card {
	var f facts
	sum := captured(m)
	f.add("Packets", widget.Count(sum.Packets), theme.Text)
	f.add("Packets/s", widget.Count(uint64(perSecond(float64(past.All.Packets), past.Span))), theme.Text)
	f.add("Frames wait", countIf(sum.Unread, ""), theme.Muted)
	text, role := lossLine(m)
	f.add("Losses", text, role)
	return widget.Card{Title: "Capture", Facts: f}
}
