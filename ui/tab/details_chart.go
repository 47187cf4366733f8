package tab

import (
	"math"
	"time"

	"sockeye/track"
	"sockeye/ui/term"
	"sockeye/ui/theme"
	"sockeye/ui/widget"
)

// rateCharts draws what a flow carried: a chart for each way where there is room for two
// beside each other, else one for both.
type rateCharts struct {
	values [2][rateSeconds]float64
	charts [2]widget.Chart
	places [2]term.Rect // in the tab's pane; empty for one that was not drawn
	cursor int64        // the time that is read, ns since the Unix epoch; 0 for none
	now    int64        // the end of what was drawn last
}

// twoChartsFrom is the width from which on there is a chart for each way.
const twoChartsFrom = 100

// draw draws on a part of the tab's pane.
func (c *rateCharts) draw(p term.Pane, m *Model, rates *flowRates, area term.Rect) {
	c.places, c.now = [2]term.Rect{}, rates.now
	if c.index() < 0 {
		c.cursor = 0 // it has left the curves
	}
	if area.Empty() {
		return
	}
	if !rates.values(&c.values) {
		text := "What it carries is drawn from now on."
		if rates.now == 0 {
			text = "What it carried second by second is not known."
		}
		widget.Message(p.Sub(area), m.Theme, text)
		return
	}
	sent := widget.Line{Name: "sent", Values: c.values[track.Sent][:], Role: theme.Sent}
	received := widget.Line{Name: "received", Values: c.values[track.Received][:], Role: theme.Received}
	if area.W < twoChartsFrom {
		c.place(p, m, rates, 0, area, received, sent)
		return
	}
	left, right := area.Left(area.W / 2)
	left.W-- // parts them
	c.place(p, m, rates, 0, left, sent)
	c.place(p, m, rates, 1, right, received)
}

// place draws one of the charts. Its scale is linear: what lies below a curve is what
// passed.
func (c *rateCharts) place(p term.Pane, m *Model, rates *flowRates, n int, area term.Rect, lines ...widget.Line) {
	highest := 0.0
	for _, line := range lines {
		for _, v := range line.Values {
			highest = max(highest, known(v))
		}
	}
	end := time.Unix(0, rates.now).In(m.Now.Location())
	chart := &c.charts[n]
	chart.Series, chart.Max, chart.Cursor = lines, niceRate(m, highest), c.index()
	chart.From, chart.To = end.Add(-(rateSeconds-1)*time.Second), end
	chart.Scale = func(v float64) string { return rateText(m, v) }
	chart.Draw(p.Sub(area), m.Theme)
	c.places[n] = area
}

// index returns the second that the cursor is at, -1 for none.
func (c *rateCharts) index() int {
	if c.cursor == 0 {
		return -1
	}
	i := rateSeconds - 1 - int(math.Round(float64(c.now-c.cursor)/float64(time.Second)))
	if i >= rateSeconds {
		return -1
	}
	return max(i, -1)
}

// put puts the cursor to a second.
func (c *rateCharts) put(i int) {
	i = min(max(0, i), rateSeconds-1)
	c.cursor = c.now - int64(rateSeconds-1-i)*int64(time.Second)
}

// move moves the cursor by n seconds. It appears at the newest one.
func (c *rateCharts) move(n int) {
	if c.index() < 0 {
		c.put(rateSeconds - 1)
		return
	}
	c.put(c.index() + n)
}

// read puts the cursor to a place in the tab's pane. It returns false where no curve is.
func (c *rateCharts) read(x, y int) bool {
	for n, area := range c.places {
		if !area.Contains(x, y) {
			continue
		}
		if i, ok := c.charts[n].IndexAt(x - area.X); ok {
			c.put(i)
		}
		return true
	}
	return false
}
