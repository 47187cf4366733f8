package tab

import (
	"fmt"
	"strings"
	"time"

	"sockeye/ui/term"
	"sockeye/ui/theme"
	"sockeye/ui/widget"
)

// Graphs shows what was over time: the traffic on top, and below it, as many at a time as
// have room, what it was made of and how it fared. All of it is about the stretch of time
// that is shown or, while there is a cursor, about the moment at the cursor. It is about
// the whole capture: neither query nor drill-down leaves anything out, since what was
// before they were asked cannot be asked again.
type Graphs struct {
	zoom   int   // index of graphSpans
	cursor int64 // end of the sample that is read, ns since the Unix epoch; 0 for none
	page   int   // the first panel that is shown

	data  samples
	sum   Point // of the time that all numbers are about
	chart widget.Chart
	plot  term.Rect // the chart
	shown int       // panels that had room
	tight bool      // there is no room for the lines of boxes
}

// tightBelow is the height below which boxes have no lines.
const tightBelow = 14

// graphSpans are the lengths of time to choose from. The last stands for the whole run.
var graphSpans = [...]time.Duration{
	time.Minute, 5 * time.Minute, 10 * time.Minute, 30 * time.Minute, time.Hour, 3 * time.Hour, 6 * time.Hour,
	12 * time.Hour, 24 * time.Hour, 3 * 24 * time.Hour, 7 * 24 * time.Hour, 0,
}

// NewGraphs returns the tab.
func NewGraphs() *Graphs { return new(Graphs) }

// Name returns "Graphs".
func (*Graphs) Name() string { return "Graphs" }

// Draw draws the chart of traffic, and the panels that have room.
func (g *Graphs) Draw(p term.Pane, m *Model) {
	m.SortText = "time"
	g.update(m)
	if g.data.n == 0 {
		widget.Message(p, m.Theme, "There is nothing to draw yet.\nThe curves begin with the first packet.")
		return
	}
	least := 6 // lines of the curves
	if g.tight = p.H < tightBelow; g.tight {
		least = 5
	}
	head, rest := p.Local().Top(1)
	traffic, rest := rest.Top(max(min(least, rest.H), rest.H*2/5))
	g.drawTraffic(p.Sub(traffic), m, traffic)
	g.drawPanels(p.Sub(rest), m)
	g.drawHead(p.Sub(head), m)
}

// update takes the samples of the stretch of time that is shown.
func (g *Graphs) update(m *Model) {
	from, to := m.Series.Span()
	if to > from {
		if span := int64(graphSpans[g.zoom]); span > 0 {
			from = to - span
		}
	}
	g.data.fill(m.Series, from, to)
	if g.cursor != 0 && g.data.index(g.cursor) < 0 {
		g.cursor = 0 // it has left the stretch
	}
	if g.cursor != 0 {
		g.sum, _ = g.data.read(m.Series, g.data.index(g.cursor))
	} else {
		g.sum, _ = m.Series.Sum(from, to)
	}
}

// about says in words what time the numbers are about.
func (g *Graphs) about(m *Model) string {
	if g.cursor != 0 {
		return "at " + clockShort(m, g.cursor)
	}
	return "last " + spanText(time.Duration(g.data.to-g.data.from))
}

func clockShort(m *Model, ns int64) string {
	return time.Unix(0, ns).In(m.Now.Location()).Format(time.TimeOnly)
}

// spanText words a length of time that was chosen: "1 min", "7 d".
func spanText(d time.Duration) string {
	switch {
	case d < 2*time.Minute && d != time.Minute, d%time.Minute != 0:
		return widget.Duration(d.Round(time.Second))
	case d < time.Hour:
		return fmt.Sprintf("%d min", d/time.Minute)
	case d < 24*time.Hour && d%time.Hour == 0:
		return fmt.Sprintf("%d h", d/time.Hour)
	case d%(24*time.Hour) == 0:
		return fmt.Sprintf("%d d", d/(24*time.Hour))
	}
	return widget.Duration(d)
}

// drawHead says what time is shown, and what was lost in it.
func (g *Graphs) drawHead(p term.Pane, m *Model) {
	x := p.Text(0, 0, g.about(m), m.Style(theme.Accent))
	if graphSpans[g.zoom] == 0 && g.cursor == 0 {
		x += p.Text(x, 0, ", the whole run", m.Style(theme.Muted))
	}
	if text := g.lossText(); text != "" {
		x += p.Text(x, 0, "  "+text, m.Style(theme.Bad))
	}
	keys := "+ - zoom  , . read"
	if g.shown < len(graphPanels) {
		keys = fmt.Sprintf("j k panels %d/%d  ", g.page+1, len(graphPanels)) + keys
	}
	if w := term.Width(keys); x+2+w <= p.W {
		p.Text(p.W-w, 0, keys, m.Style(theme.Muted))
	}
}

// lossText says what the engine lost in the time that the numbers are about.
func (g *Graphs) lossText() string {
	var all []string
	for _, loss := range []struct {
		n    uint64
		what string
	}{{g.sum.Lost, "packets dropped by the kernel"}, {g.sum.Queue, "packets without their flow"}, {g.sum.Evicted, "flows evicted"}} {
		if loss.n > 0 {
			all = append(all, widget.Count(loss.n)+" "+loss.what)
		}
	}
	return strings.Join(all, ", ")
}

// drawTraffic draws the rates over time, on a linear scale: what lies below a curve is
// what passed. area is the pane's place in the tab.
func (g *Graphs) drawTraffic(p term.Pane, m *Model, area term.Rect) {
	inner := p
	if !g.tight {
		inner = g.box(p, m, "Traffic")
	}
	g.plot = term.Rect{X: area.X + inner.X - p.X, Y: area.Y + inner.Y - p.Y, W: inner.W, H: inner.H}
	d := &g.data
	g.chart.Series = append(g.chart.Series[:0],
		widget.Line{Name: "received", Values: d.values[sampleReceived], Role: theme.Received},
		widget.Line{Name: "sent", Values: d.values[sampleSent], Role: theme.Sent})
	if d.others() {
		g.chart.Series = append(g.chart.Series, widget.Line{Name: "all", Values: d.values[sampleAll], Role: theme.Both})
	}
	highest := 0.0
	for _, line := range g.chart.Series {
		for _, v := range line.Values {
			highest = max(highest, known(v))
		}
	}
	g.chart.Max = niceRate(m, highest)
	g.chart.From, g.chart.To = g.times(m)
	g.chart.Scale = func(v float64) string { return rateText(m, v) }
	g.chart.Cursor = -1
	if g.cursor != 0 {
		g.chart.Cursor = d.index(g.cursor)
	}
	g.chart.Draw(inner, m.Theme)
	g.drawDrops(inner, m)
}

// niceRate returns the end of a scale for rates up to one, in the unit that people want.
func niceRate(m *Model, bytesPerSecond float64) float64 {
	if m.Prefs.Bytes {
		return widget.Nice(bytesPerSecond)
	}
	return widget.Nice(8*bytesPerSecond) / 8
}

// times returns the times of the first and the last sample.
func (g *Graphs) times(m *Model) (from, to time.Time) {
	zone := m.Now.Location()
	return time.Unix(0, g.data.end(0)).In(zone), time.Unix(0, g.data.end(g.data.n-1)).In(zone)
}

// drawDrops marks the columns in whose time packets were lost: what they show is too
// little.
func (g *Graphs) drawDrops(p term.Pane, m *Model) {
	mark := '▼'
	if m.Theme.ASCII {
		mark = '!'
	}
	before := -1
	for x := range p.W {
		i, ok := g.chart.IndexAt(x)
		if !ok {
			continue
		}
		for k := before + 1; k <= i; k++ {
			if known(g.data.values[sampleLost][k]) > 0 {
				p.Set(x, min(1, p.H-1), mark, m.Style(theme.Bad))
			}
		}
		before = i
	}
}

// panel is a part of the tab that is not always shown.
type panel struct {
	title string
	draw  func(g *Graphs, p term.Pane, m *Model)
}

var graphPanels = [...]panel{
	{"Applications", (*Graphs).drawApps},
	{"Protocols", (*Graphs).drawProtocols},
	{"TCP health", (*Graphs).drawTCP},
	{"Flows", (*Graphs).drawFlows},
	{"Interfaces", (*Graphs).drawInterfaces},
	{"Packet sizes", (*Graphs).drawSizes},
}

// The least room of a panel.
const (
	panelWidth  = 36
	panelHeight = 7
)

// drawPanels draws as many panels as have room, from the first that was chosen.
func (g *Graphs) drawPanels(p term.Pane, m *Model) {
	rows := max(1, p.H/panelHeight)
	columns := max(1, min(p.W/panelWidth, (len(graphPanels)+rows-1)/rows))
	rows = min(rows, (len(graphPanels)+columns-1)/columns)
	g.shown = min(len(graphPanels), rows*columns)
	g.page = min(g.page, len(graphPanels)-g.shown)
	for i := range g.shown {
		row, column := i/columns, i%columns
		area := term.Rect{X: p.W * column / columns, Y: p.H * row / rows}
		area.W, area.H = p.W*(column+1)/columns-area.X, p.H*(row+1)/rows-area.Y
		if (g.tight || m.Theme.NoLines) && column < columns-1 {
			area.W -= 2 // nothing else parts it from the next one
		}
		part := graphPanels[g.page+i]
		part.draw(g, g.box(p.Sub(area), m, part.title), m)
	}
}

// box draws a box where there is room for one, else its title alone.
func (g *Graphs) box(p term.Pane, m *Model, title string) term.Pane {
	t := m.Theme
	if g.tight && !t.NoLines {
		plain := *t
		plain.NoLines = true
		t = &plain
	}
	return widget.Box(p, t, title, theme.Border)
}
