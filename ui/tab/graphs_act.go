package tab

import (
	"encoding/json"
	"fmt"
	"time"

	"sockeye/track"
	"sockeye/ui/term"
	"sockeye/ui/widget"
)

// Act zooms, moves the cursor, and turns to other panels.
func (g *Graphs) Act(m *Model, a Action) bool {
	switch a {
	case DoZoomIn:
		g.zoomIn(lengthOf(m.Series))
	case DoZoomOut:
		g.zoomOut(lengthOf(m.Series))
	case DoCursorLeft:
		g.moveCursor(m, -1)
	case DoCursorRight:
		g.moveCursor(m, 1)
	case DoFirst:
		g.page = 0
	case DoLast:
		g.page = len(graphPanels)
	case DoRowUp:
		g.page = max(0, g.page-1)
	case DoRowDown:
		g.turn(1)
	case DoPageUp, DoHalfPageUp:
		g.page = max(0, g.page-max(1, g.shown))
	case DoPageDown, DoHalfPageDown:
		g.turn(max(1, g.shown))
	case DoReset:
		g.zoom, g.cursor, g.page = 0, 0, 0
	case DoBack:
		was := g.cursor
		g.cursor = 0
		return was != 0
	default:
		return false
	}
	return true
}

// lengthOf returns the length of the time that a series is about, ns.
func lengthOf(s *Series) int64 {
	from, to := s.Span()
	return to - from
}

// turn goes on by n panels.
func (g *Graphs) turn(n int) { g.page = min(g.page+n, max(0, len(graphPanels)-max(1, g.shown))) }

// zoomOut shows more, as long as there is more: the next length of time, or the whole run
// where that is shorter.
func (g *Graphs) zoomOut(run int64) {
	last := len(graphSpans) - 1
	switch {
	case g.zoom == last || run <= int64(graphSpans[g.zoom]):
	case int64(graphSpans[g.zoom+1]) >= run:
		g.zoom = last
	default:
		g.zoom++
	}
}

// zoomIn shows less: the next length of time that is shorter than what is shown.
func (g *Graphs) zoomIn(run int64) {
	last := len(graphSpans) - 1
	was := g.zoom
	for g.zoom > 0 {
		g.zoom--
		if was < last || int64(graphSpans[g.zoom]) < run {
			return
		}
	}
}

// moveCursor moves the cursor by n, which is 1 or -1, to the next samples that say of
// another time than the one it is at, and of these to the last. It begins with the newest.
func (g *Graphs) moveCursor(m *Model, n int) {
	g.update(m)
	d := &g.data
	if d.n == 0 {
		return
	}
	i := d.n - 1
	if g.cursor != 0 {
		i = d.index(g.cursor)
		for was := g.timeAt(m, i); i+n >= 0 && i+n < d.n && g.timeAt(m, i) == was; {
			i += n
		}
	}
	for is := g.timeAt(m, i); i+1 < d.n && g.timeAt(m, i+1) == is; {
		i++
	}
	g.cursor = d.end(i)
}

// timeAt returns the end of the time that sample i says of; its own where nothing is
// known.
func (g *Graphs) timeAt(m *Model, i int) int64 {
	if p, ok := g.data.read(m.Series, i); ok {
		return p.Time
	}
	return g.data.end(i)
}

// Mouse sets the cursor by a click or by dragging it, and zooms with the wheel.
func (g *Graphs) Mouse(m *Model, e term.Event) bool {
	if !g.plot.Contains(e.X, e.Y) {
		switch e.Kind {
		case term.WheelUp:
			return g.Act(m, DoRowUp)
		case term.WheelDown:
			return g.Act(m, DoRowDown)
		}
		return false
	}
	switch e.Kind {
	case term.WheelUp:
		return g.Act(m, DoZoomIn)
	case term.WheelDown:
		return g.Act(m, DoZoomOut)
	case term.MousePress, term.MouseDrag:
		i, ok := g.chart.IndexAt(e.X - g.plot.X)
		if !ok || e.Button != term.LeftButton || i >= g.data.n {
			return false
		}
		g.cursor = g.data.end(i)
		return true
	}
	return false
}

// Tip reads the curves under the pointer.
func (g *Graphs) Tip(_ *Model, x, y int) func(m *Model) *Tip {
	if !g.plot.Contains(x, y) {
		return nil
	}
	i, ok := g.chart.IndexAt(x - g.plot.X)
	if !ok || i >= g.data.n {
		return nil
	}
	at := g.data.end(i)
	return func(m *Model) *Tip {
		if i := g.data.index(at); i >= 0 {
			if p, ok := g.data.read(m.Series, i); ok {
				return pointTip(m, &p)
			}
		}
		return &Tip{Title: clockShort(m, at), Lines: []TipLine{{"", "nothing is known of this time"}}}
	}
}

// pointTip says all of a point.
func pointTip(m *Model, p *Point) *Tip {
	rtt := "not known"
	if p.RTTSpan > 0 {
		rtt = widget.Duration(p.RTT)
	}
	return &Tip{
		Title: clockShort(m, p.Time-p.Span) + " to " + clockShort(m, p.Time),
		Lines: []TipLine{
			{"Sent", rateText(m, p.Rate(track.Sent)) + ", at most " + rateText(m, p.Peak[track.Sent])},
			{"Received", rateText(m, p.Rate(track.Received)) + ", at most " + rateText(m, p.Peak[track.Received])},
			{"All", rateText(m, p.AllRate()) + ", at most " + rateText(m, p.Peak[2])},
			{"Volume", widget.Bytes(p.All.Bytes)}, {"Packets", widget.Count(p.All.Packets)}, {"", ""},
			{"Flows", fmt.Sprintf("%d, at most %d", p.Active, p.MostActive)},
			{"Opened", fmt.Sprint(p.Opened)}, {"Closed", fmt.Sprint(p.Closed)},
			{"Round trip", rtt}, {"Sent again", fmt.Sprint(p.Retransmits)},
			{"Lost", fmt.Sprintf("%d segments of TCP", p.SegmentsLost())}, {"Dropped", fmt.Sprintf("%d packets, by the kernel", p.Lost)},
		},
	}
}

// Copy returns what the curves say at the cursor, or of all that is shown.
func (g *Graphs) Copy(m *Model, remote bool) string {
	if remote || g.data.n == 0 {
		return ""
	}
	p := &g.sum
	return fmt.Sprintf("%s  sent %s  received %s  all %s", g.about(m),
		rateText(m, p.Rate(track.Sent)), rateText(m, p.Rate(track.Received)), rateText(m, p.AllRate()))
}

// pointObject is a point as an export has it. Rates are averages over Seconds.
type pointObject struct {
	Time        time.Time `json:"time"`
	Seconds     float64   `json:"seconds"`
	Sent        uint64    `json:"bytes_sent"`
	Received    uint64    `json:"bytes_received"`
	Bytes       uint64    `json:"bytes"`
	Packets     uint64    `json:"packets"`
	Flows       int       `json:"flows"`
	Opened      uint64    `json:"opened"`
	Closed      uint64    `json:"closed"`
	RTT         *float64  `json:"rtt_ms"` // null where it is not known
	Segments    uint64    `json:"tcp_segments"`
	Retransmits uint64    `json:"retransmits"`
	OutOfOrder  uint64    `json:"out_of_order"`
	Dropped     uint64    `json:"dropped_by_kernel"`
	Evicted     uint64    `json:"flows_evicted"`
}

func pointObjectOf(p *Point) pointObject {
	o := pointObject{
		Time: time.Unix(0, p.Time), Seconds: float64(p.Span) / 1e9, Sent: p.Own[track.Sent].Bytes,
		Received: p.Own[track.Received].Bytes, Bytes: p.All.Bytes, Packets: p.All.Packets, Flows: p.Active,
		Opened: p.Opened, Closed: p.Closed, Segments: p.TCP, Retransmits: p.Retransmits, OutOfOrder: p.OutOfOrder,
		Dropped: p.Lost, Evicted: p.Evicted,
	}
	if p.RTTSpan > 0 {
		ms := float64(p.RTT) / float64(time.Millisecond)
		o.RTT = &ms
	}
	return o
}

// Sheet returns the points of the time that is shown.
func (g *Graphs) Sheet(m *Model) *Sheet {
	g.update(m)
	s := &Sheet{Name: "graphs", Columns: []string{
		"time", "seconds", "bytes_sent", "bytes_received", "bytes", "packets", "flows", "opened", "closed", "rtt_ms",
		"tcp_segments", "retransmits", "out_of_order", "dropped_by_kernel", "flows_evicted",
	}}
	var objects []pointObject
	m.Series.Each(g.data.from, g.data.to, func(p *Point) bool {
		o := pointObjectOf(p)
		objects = append(objects, o)
		rtt := ""
		if o.RTT != nil {
			rtt = fmt.Sprintf("%.3f", *o.RTT)
		}
		row := []string{o.Time.UTC().Format(time.RFC3339Nano), fmt.Sprintf("%.3f", o.Seconds)}
		for _, n := range []uint64{o.Sent, o.Received, o.Bytes, o.Packets, uint64(o.Flows), o.Opened, o.Closed} {
			row = append(row, fmt.Sprint(n))
		}
		row = append(row, rtt)
		for _, n := range []uint64{o.Segments, o.Retransmits, o.OutOfOrder, o.Dropped, o.Evicted} {
			row = append(row, fmt.Sprint(n))
		}
		s.Rows = append(s.Rows, row)
		return true
	})
	s.Objects = func() ([]byte, error) { return json.MarshalIndent(objects, "", "  ") }
	return s
}
