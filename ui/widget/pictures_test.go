package widget

import (
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"sockeye/ui/term"
	"sockeye/ui/theme"
)

// waves returns two curves of n values, with a gap in the first.
func waves(n int) []Line {
	sent, received := make([]float64, n), make([]float64, n)
	for i := range n {
		sent[i] = 4e5 * (1 + math.Sin(float64(i)/9))
		received[i] = 9e5 * (1 + math.Cos(float64(i)/17))
		if i > n/3 && i < n/2 {
			sent[i] = math.NaN()
		}
	}
	return []Line{{"sent", sent, theme.Sent}, {"received", received, theme.Received}}
}

func rateOf(v float64) string { return Rate(v, true) }

// minute returns a chart of a minute.
func minute() *Chart {
	to := time.Date(2026, 3, 1, 14, 5, 0, 0, time.UTC)
	return &Chart{Series: waves(60), From: to.Add(-59 * time.Second), To: to, Cursor: -1, Scale: rateOf}
}

func TestChartPictures(t *testing.T) {
	for _, size := range [][2]int{{30, 5}, {60, 15}, {120, 20}} {
		c := term.NewCanvas(size[0], size[1])
		minute().Draw(c.Pane(), fixture())
		golden(t, fmt.Sprintf("chart-%dx%d", size[0], size[1]), c)
	}
}

func TestChartCursorPicture(t *testing.T) {
	c := term.NewCanvas(60, 12)
	chart := minute()
	chart.Log, chart.Cursor = true, 25 // within the gap
	chart.Draw(c.Pane(), fixture())
	golden(t, "chart-cursor", c)
	if got := textOf(c, 0); !strings.HasPrefix(got, "14:04:26  ━ sent not known  ━ received 990kB") {
		t.Errorf("got %q, want the time and the values at the cursor", got)
	}
}

func TestChartASCIIPicture(t *testing.T) {
	look := *fixture()
	look.ASCII = true
	c := term.NewCanvas(60, 12)
	minute().Draw(c.Pane(), &look)
	golden(t, "chart-ascii", c)
	allASCII(t, c)
}

func allASCII(t *testing.T, c *term.Canvas) {
	t.Helper()
	for i, cell := range c.Cells {
		if cell.Rune >= 0x80 {
			t.Fatalf("column %d of line %d: got %q, want ASCII", i%c.W, i/c.W, cell.Rune)
		}
	}
}

func TestSparklinePictures(t *testing.T) {
	values := []float64{0, 0.001, 1, 2, 3, math.NaN(), 5, 6, 7, 8, 4, 0}
	for _, ascii := range []bool{false, true} {
		look := *fixture()
		look.ASCII = ascii
		c := term.NewCanvas(16, 5)
		Sparkline(c.Pane().Sub(term.Rect{X: 0, Y: 0, W: 16, H: 1}), &look, values, 0, theme.Sent)
		Sparkline(c.Pane().Sub(term.Rect{X: 0, Y: 1, W: 4, H: 1}), &look, values, 16, theme.Sent)
		Sparkline(c.Pane().Sub(term.Rect{X: 0, Y: 2, W: 16, H: 3}), &look, values, 8, theme.Received)
		golden(t, fmt.Sprintf("sparkline-ascii-%v", ascii), c)
	}
}

// shares are rows of a distribution.
var shares = []BarRow{
	{"TLS", "12.3Mb 61%", 0.61, theme.Both}, {"QUIC", "6.10Mb 30%", 0.3, theme.Both},
	{"a protocol with a name that is long enough", "1.20Mb 6%", 0.06, theme.Both}, {"DNS", "1b <1%", 1e-9, theme.Both},
	{"例え\x1b[1m", "0b", 0, theme.Bad}, {"over", "all", 2, theme.Warn}, {"none", "?", math.NaN(), theme.Text},
}

func TestBarsPictures(t *testing.T) {
	for _, size := range [][2]int{{20, 7}, {60, 4}, {80, 8}} {
		c := term.NewCanvas(size[0], size[1])
		Bars(c.Pane(), fixture(), shares)
		golden(t, fmt.Sprintf("bars-%dx%d", size[0], size[1]), c)
	}
}

func TestGaugePictures(t *testing.T) {
	look := *fixture()
	c := term.NewCanvas(40, 6)
	for y, share := range []float64{0, 0.001, 0.5, 0.97, 7, math.NaN()} {
		Gauge(c.Pane().Sub(term.Rect{X: 0, Y: y, W: 40, H: 1}), &look, "ring", share, fmt.Sprintf("%.1f%%", share*100), theme.Good)
	}
	golden(t, "gauge", c)
	look.ASCII = true
	c = term.NewCanvas(40, 1)
	Gauge(c.Pane(), &look, "ring", 0.5, "50%", theme.Good)
	allASCII(t, c)
}

func TestBoxPictures(t *testing.T) {
	look := *fixture()
	c := term.NewCanvas(40, 13)
	draw := func(r term.Rect, title string) {
		p := Box(c.Pane().Sub(r), &look, title, theme.Border)
		p.Fill(p.Local(), '.', look.Style(theme.Faint))
	}
	draw(term.Rect{X: 0, Y: 0, W: 20, H: 4}, "Connection")
	draw(term.Rect{X: 21, Y: 0, W: 12, H: 4}, "a title beyond the box 例え")
	draw(term.Rect{X: 34, Y: 0, W: 2, H: 2}, "small")
	look.NoLines = true
	draw(term.Rect{X: 0, Y: 5, W: 20, H: 3}, "No lines")
	look.NoLines, look.ASCII = false, true
	draw(term.Rect{X: 21, Y: 5, W: 12, H: 3}, "ASCII")
	inside := Popup(c.Pane().Sub(term.Rect{X: 5, Y: 8, W: 30, H: 5}), fixture(), "Popup")
	inside.Text(0, 0, "over the screen", look.Style(theme.Popup))
	golden(t, "box", c)
}

func TestRulerPictures(t *testing.T) {
	c := term.NewCanvas(60, 7)
	bits := func(v float64) string { return Rate(v, false) }
	Ruler(c.Pane().Sub(term.Rect{X: 0, Y: 0, W: 60, H: 2}), fixture(), 1.25e8, false, bits)
	Ruler(c.Pane().Sub(term.Rect{X: 0, Y: 2, W: 60, H: 2}), fixture(), 1.25e8, true, bits)
	Ruler(c.Pane().Sub(term.Rect{X: 0, Y: 4, W: 14, H: 2}), fixture(), 1.25e8, true, bits)
	Ruler(c.Pane().Sub(term.Rect{X: 0, Y: 6, W: 60, H: 1}), fixture(), 0, true, bits)
	golden(t, "ruler", c)
}

func TestShare(t *testing.T) {
	tests := []struct {
		v, most float64
		log     bool
		want    float64
	}{
		{0, 10, false, 0}, {5, 10, false, 0.5}, {20, 10, false, 1}, {-1, 10, false, 0}, {math.NaN(), 10, true, 0}, {1, 0, false, 0},
		{10, 10, true, 1}, {1, 1e6, true, 0}, {1e3, 1e6, true, 0.5}, {0.5, 1e6, true, 0}, {math.Inf(1), 5, true, 1},
	}
	for _, tt := range tests {
		if got := Share(tt.v, tt.most, tt.log); math.Abs(got-tt.want) > 1e-9 {
			t.Errorf("Share(%v, %v, %v): got %v, want %v", tt.v, tt.most, tt.log, got, tt.want)
		}
	}
}

func TestNice(t *testing.T) {
	for v, want := range map[float64]float64{0: 0, -3: 0, 1: 1, 1.01: 2, 4: 5, 5: 5, 5.1: 10, 999: 1000, 1000: 1000, 0.03: 0.05, 1.5e12: 2e12} {
		if got := Nice(v); math.Abs(got-want) > want*1e-9 {
			t.Errorf("Nice(%v): got %v, want %v", v, got, want)
		}
	}
}

func TestTooltipPicture(t *testing.T) {
	tip := Tip{Title: "curl 4711", Lines: []Fact{
		{"Remote", "www.example.org:443", theme.Text}, {"", "", theme.Text}, {"Sent 2 s", "1.23Mb", theme.Sent}, {"Received 2 s", "12.3Mb", theme.Received},
	}, Spark: []float64{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12}, Scale: "12.3Mb"}
	c := term.NewCanvas(60, 15)
	c.Pane().Fill(c.Pane().Local(), '.', term.Plain)
	if got, want := Tooltip(c.Pane(), fixture(), 20, 2, tip), (term.Rect{X: 21, Y: 3, W: 36, H: 7}); got != want {
		t.Errorf("got %v, want %v", got, want)
	}
	golden(t, "tooltip", c)
}

func TestTooltipStaysOnScreen(t *testing.T) {
	tests := []struct {
		name       string
		x, y, w, h int
		want       term.Rect
	}{
		{"below and to the right", 5, 5, 20, 4, term.Rect{X: 6, Y: 6, W: 20, H: 4}},
		{"above at the bottom", 5, 20, 20, 4, term.Rect{X: 6, Y: 16, W: 20, H: 4}},
		{"to the left at the right edge", 75, 5, 20, 4, term.Rect{X: 55, Y: 6, W: 20, H: 4}},
		{"over the cell where there is room on no side", 40, 12, 70, 20, term.Rect{X: 10, Y: 4, W: 70, H: 20}},
		{"as large as the screen at the most", 40, 12, 300, 100, term.Rect{X: 0, Y: 0, W: 80, H: 24}},
		{"of a cell that is not on the screen", 500, -9, 20, 4, term.Rect{X: 60, Y: 0, W: 20, H: 4}},
	}
	for _, tt := range tests {
		if got := beside(80, 24, tt.x, tt.y, tt.w, tt.h); got != tt.want {
			t.Errorf("%s: got %v, want %v", tt.name, got, tt.want)
		}
	}
}

// TestChartOfOneLine draws a scale where its ends would share a line.
func TestChartOfOneLine(t *testing.T) {
	c := term.NewCanvas(30, 1)
	minute().Draw(c.Pane(), fixture())
	if got := textOf(c, 0); !strings.HasPrefix(got, "2.00MB┤") {
		t.Errorf("got %q, want the upper end of the scale alone", got)
	}
}
