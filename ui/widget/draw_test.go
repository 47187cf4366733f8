package widget

import (
	"math"
	"testing"
	"time"

	"sockeye/internal/testkit"
	"sockeye/ui/term"
	"sockeye/ui/theme"
)

// everything draws each widget with text and numbers that may be anything.
func everything(p term.Pane, look *theme.Theme, text string, v float64, n int) {
	values := []float64{v, 1, math.NaN(), v / 2, math.Inf(1), -v}
	now := time.Unix(int64(n), 0)
	table := flowTable(max(0, n))
	cell := table.Cell
	table.Cell = func(row, column, line int) Cell {
		c := cell(row, column, line)
		c.Text, c.Match = text+c.Text, [2]int{n % 7, n % 13}
		return c
	}
	table.Row = func(int) RowLook {
		return RowLook{Bars: [2]float64{v, 0.5}, Span: text, Style: BarStyle(n % 5), Indent: n}
	}
	table.RowHeight, table.Below, table.Empty, table.Top, table.Selected = n%3, n%4, text, n, n%17-1
	table.DrawBelow = func(p term.Pane, look *theme.Theme) { p.Text(0, 0, text, look.Style(theme.Text)) }
	list := &List{Items: []Item{{Text: text, Note: text, Marks: true}, {Text: "b"}}, Selected: n, Top: n, Empty: text}
	list.SetFilter(text)
	input := &Input{Prompt: "/", Note: text, Wrong: [2]int{n, n + 3}}
	input.Set(text)
	chart := &Chart{Series: []Line{{text, values, theme.Sent}, {"b", values[:2], theme.Received}}, From: now.Add(-time.Minute), To: now, Cursor: n, Log: n%2 == 0, Max: v}
	cards := &Cards{Cards: []Card{{text, []Fact{{text, text, theme.Text}, {}}}, {"b", nil}}, Selected: n % 3, Top: n, Width: n}
	for _, draw := range []func(){
		func() { table.Draw(p, look) },
		func() { list.Draw(p, look) },
		func() { input.Draw(p, look) },
		func() { chart.Draw(p, look) },
		func() { cards.Draw(p, look); cards.Move(n); cards.Draw(p, look) },
		func() { NewHelp(cards.Cards).Draw(p, look) },
		func() { Bars(p, look, []BarRow{{text, text, v, theme.Both}, {"b", "", 0.5, theme.Bad}}) },
		func() { Gauge(p, look, text, v, text, theme.Good) },
		func() { Sparkline(p, look, values, v, theme.Sent) },
		func() { Ruler(p, look, v, n%2 == 0, rateOf) },
		func() { Message(p, look, text) },
		func() { Message(Box(p, look, text, theme.Border), look, text) },
		func() {
			Tooltip(p, look, n, n, Tip{Title: text, Lines: cards.Cards[0].Facts, Spark: values, Scale: text})
		},
	} {
		draw()
	}
}

// FuzzWidgets draws all widgets in a pane of any size in the middle of a canvas: nothing
// panics, nothing is written outside of the pane, and no cell has what a terminal would
// take for more than a character.
func FuzzWidgets(f *testing.F) {
	f.Add(0, 0, "", 0.0, 0, false, false)
	f.Add(1, 1, "例え", 1.0, 1, true, true)
	f.Add(2, 2, "a\x1b[2J\u202e", math.NaN(), 70, false, true)
	f.Add(60, 15, "www.example.org\n443 a long text that has to be wrapped somewhere", 1e9, 1_000_000, false, false)
	f.Add(37, 5, "\xff\xfe例", math.Inf(1), -3, true, false)
	f.Fuzz(func(t *testing.T, w, h int, text string, v float64, n int, ascii, noLines bool) {
		w, h = max(0, min(w, 210)), max(0, min(h, 70))
		look := *fixture()
		look.ASCII, look.NoLines = ascii, noLines
		c := term.NewCanvas(w+4, h+4)
		area := term.Rect{X: 2, Y: 2, W: w, H: h}
		outside := term.Cell{Rune: '~', Style: term.Plain.With(term.Bold)}
		c.Pane().Fill(c.Pane().Local(), outside.Rune, outside.Style)
		everything(c.Pane().Sub(area), &look, text, v, n)
		for i, cell := range c.Cells {
			x, y := i%c.W, i/c.W
			if !area.Contains(x, y) {
				if cell != outside {
					t.Fatalf("%dx%d: got %q at %d, %d, which is outside", w, h, cell.Rune, x, y)
				}
				continue
			}
			if cell.Rune == 0 && (x == area.X || term.Width(string(c.At(x-1, y).Rune)) != 2) {
				t.Fatalf("%dx%d: half a character at %d, %d", w, h, x, y)
			}
			if s := string(cell.Rune); cell.Rune != 0 && term.Printable(s) != s {
				t.Fatalf("%dx%d: got %q at %d, %d, which a terminal would not show", w, h, cell.Rune, x, y)
			}
		}
	})
}

// TestSmallPanes draws all widgets in panes of a few cells, down to none.
func TestSmallPanes(t *testing.T) {
	look := fixture()
	c := term.NewCanvas(12, 12)
	for w := range 13 {
		for h := range 13 {
			for n := range 3 {
				everything(c.Pane().Sub(term.Rect{X: 0, Y: 0, W: w, H: h}), look, "例 text\x1b", 0.5, n*20)
			}
		}
	}
}

func TestDrawingAllocatesNothing(t *testing.T) {
	look, c := fixture(), term.NewCanvas(200, 60)
	p := c.Pane()
	table, cards, list := flowTable(1_000_000), &Cards{Cards: facts(), Selected: 1}, interfaces()
	testkit.ZeroAllocs(t, "a table", func() { table.Draw(p, look) })
	testkit.ZeroAllocs(t, "a list", func() { list.Draw(p, look) })
	testkit.ZeroAllocs(t, "a sparkline", func() { Sparkline(p, look, []float64{1, 2, 3}, 0, theme.Sent) })
	testkit.ZeroAllocs(t, "a gauge", func() { Gauge(p, look, "ring", 0.5, "50%", theme.Good) })
	testkit.ZeroAllocs(t, "a box", func() { Box(p, look, "title", theme.Border) })
	bars := shares
	testkit.ZeroAllocs(t, "bars", func() { Bars(p, look, bars) })
	if n := testing.AllocsPerRun(10, func() { cards.Draw(p, look) }); n > 30 {
		t.Errorf("cards: got %v allocations, want one a value at the most", n)
	}
}
