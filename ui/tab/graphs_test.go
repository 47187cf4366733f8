package tab

import (
	"encoding/json"
	"math"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"sockeye/ui/term"
)

func TestGraphsPictures(t *testing.T) {
	for _, size := range screenSizes {
		m := screenModel(nil)
		screenTraffic(m, 300)
		comparePicture(t, "graphs", drawTab(NewGraphs(), m, size[0], size[1]))
	}
}

// TestGraphsCursorPicture reads a moment of a longer stretch.
func TestGraphsCursorPicture(t *testing.T) {
	m, g := screenModel(nil), NewGraphs()
	screenTraffic(m, 300)
	g.Act(m, DoZoomOut)
	for range 31 {
		g.Act(m, DoCursorLeft)
	}
	comparePicture(t, "graphs_cursor", drawTab(g, m, 80, 24))
}

func TestGraphsNothing(t *testing.T) {
	m, g := screenModel(nil), NewGraphs()
	if text := textOf(drawTab(g, m, 80, 24)); !strings.Contains(text, "nothing to draw yet") {
		t.Errorf("got\n%s", text)
	}
	for a := range Actions {
		g.Act(m, a)
	}
	if tip := g.Tip(m, 10, 3); tip != nil {
		t.Error("there is a tooltip over nothing")
	}
}

// TestGraphsAnySize draws and acts in panes down to one without a cell.
func TestGraphsAnySize(t *testing.T) {
	for _, tb := range []Tab{NewGraphs(), NewEvents(), NewSystem()} {
		m := systemModel()
		m.Log.Add(screenEvents())
		for _, w := range []int{0, 1, 2, 3, 7, 20, 39, 250} {
			for _, h := range []int{0, 1, 2, 3, 4, 5, 8, 70} {
				drawTab(tb, m, w, h)
				for a := range Actions {
					tb.Act(m, a)
				}
				tb.Mouse(m, term.Event{Kind: term.MousePress, Button: term.LeftButton, X: w / 2, Y: h / 2})
				if tip := tb.Tip(m, w/2, h/2); tip != nil {
					tip(m)
				}
				drawTab(tb, m, w, h)
			}
		}
	}
}

// TestSamples shares short points among samples so that nothing is lost and nothing is
// counted twice.
func TestSamples(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	for range 100 {
		var s Series
		from := 1_700_000_000 * aSecond
		at, sent, lost, opened := from, uint64(0), uint64(0), uint64(0)
		for range 4000 + r.IntN(400) {
			span := aSecond/2 + r.Int64N(aSecond/2)
			at += span
			p := randomPoint(r, at, span)
			sent, lost, opened = sent+p.Own[0].Bytes, lost+p.Lost, opened+p.Opened
			s.push(0, &p) // as they are
			if len(s.tiers[0].points) == tierSizes[0] {
				break
			}
		}
		var d samples
		d.fillSteps(&s, from, at, aSecond)
		for kind, want := range map[int]uint64{sampleSent: sent, sampleLost: lost, sampleOpened: opened} {
			got := 0.0
			for i := range d.n {
				got += known(d.values[kind][i]) * d.weights[kind][i]
			}
			if math.Abs(got-float64(want)) > 1e-6*float64(want) {
				t.Fatalf("curve %d: %d samples add up to %v, want %d", kind, d.n, got, want)
			}
		}
		checkTimes(t, &d, from, at)
	}
}

// TestSamplesExact has curves go through what points say, whose times are not quite a
// second apart: none is left out, none is blurred.
func TestSamplesExact(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 8))
	for range 100 {
		var s Series
		from := 1_700_000_000 * aSecond
		at := from
		rates := map[float64]bool{}
		for range 1 + r.IntN(500) {
			span := aSecond - 5e6 + r.Int64N(1e7)
			at += span
			p := randomPoint(r, at, span)
			rates[p.Rate(0)] = true
			s.Add(&p)
		}
		var d samples
		d.fill(&s, from, at)
		seen := map[float64]bool{}
		for i, v := range d.values[sampleSent] {
			p, ok := d.read(&s, i)
			if ok == math.IsNaN(v) || ok && math.Abs(p.Rate(0)-v) > 1e-6*v {
				t.Fatalf("sample %d is drawn as %v B/s and read as %v", i, v, p.Rate(0))
			}
			if !ok {
				continue
			}
			if !rates[p.Rate(0)] {
				t.Fatalf("sample %d is %v B/s, which no point is", i, v)
			}
			seen[p.Rate(0)] = true
		}
		if len(seen) != len(rates) {
			t.Fatalf("%d of %d points are seen", len(seen), len(rates))
		}
		checkTimes(t, &d, from, at)
	}
}

func checkTimes(t *testing.T, d *samples, from, to int64) {
	t.Helper()
	if d.end(d.n-1) != to || d.end(0)-d.step > from || d.end(0) < from {
		t.Fatalf("samples are about %d..%d, want %d..%d", d.end(0)-d.step, d.end(d.n-1), from, to)
	}
	for i := range d.n {
		if got := d.index(d.end(i)); got != i {
			t.Fatalf("the end of sample %d is in sample %d", i, got)
		}
	}
}

// TestSamplesUnknown leaves gaps where nothing is known, and none where nothing passed.
func TestSamplesUnknown(t *testing.T) {
	var s Series
	s.Add(&Point{Time: 100 * aSecond, Span: 2 * aSecond})
	s.Add(&Point{Time: 101 * aSecond, Span: aSecond, RTT: 5 * time.Millisecond, RTTSpan: aSecond})
	var d samples
	d.fill(&s, 95*aSecond, 101*aSecond)
	for i, want := range []float64{math.NaN(), math.NaN(), math.NaN(), 0, 0, 0} {
		if got := d.values[sampleSent][2*i+1]; got != want && !(math.IsNaN(got) && math.IsNaN(want)) {
			t.Errorf("sample %d: got %v B/s, want %v", i, got, want)
		}
	}
	if got := d.values[sampleRTT]; !math.IsNaN(got[9]) || math.Abs(got[11]-0.005) > 1e-12 {
		t.Errorf("got round trips of %v, want the last of 5 ms alone", got)
	}
}

// TestGraphsZoom goes from a minute to the whole run and back, and shows no stretch that
// has no more than the one before.
func TestGraphsZoom(t *testing.T) {
	for _, c := range []struct {
		secs  int
		spans string
	}{
		{30, "1 min"},
		{200, "1 min, 3m20s"},
		{1800, "1 min, 5 min, 10 min, 30 min"},
		{4000, "1 min, 5 min, 10 min, 30 min, 1 h, 1h06m"},
	} {
		m, g := screenModel(nil), NewGraphs()
		screenTraffic(m, c.secs)
		var there, back []string
		for {
			drawTab(g, m, 80, 24)
			there = append(there, strings.TrimPrefix(g.about(m), "last "))
			was := g.zoom
			if g.Act(m, DoZoomOut); g.zoom == was {
				break
			}
		}
		for {
			drawTab(g, m, 80, 24)
			back = append([]string{strings.TrimPrefix(g.about(m), "last ")}, back...)
			was := g.zoom
			if g.Act(m, DoZoomIn); g.zoom == was {
				break
			}
		}
		if got := strings.Join(there, ", "); got != c.spans {
			t.Errorf("a run of %d s: got %s, want %s", c.secs, got, c.spans)
		}
		if got := strings.Join(back, ", "); got != c.spans {
			t.Errorf("a run of %d s, back: got %s, want %s", c.secs, got, c.spans)
		}
	}
}

// TestGraphsCursor stays at its moment while the curves move on, and goes with it.
func TestGraphsCursor(t *testing.T) {
	m, g := screenModel(nil), NewGraphs()
	f := screenTraffic(m, 100)
	drawTab(g, m, 80, 24)
	g.Act(m, DoCursorLeft)
	g.Act(m, DoCursorLeft)
	for range 5 {
		g.Act(m, DoCursorLeft)
	}
	g.Act(m, DoCursorRight)
	want := clockShort(m, screenClock.Add(-5*time.Second).UnixNano())
	for _, later := range []int{0, 10, 30} {
		for range later {
			f.step(1, 1)
			m.Series.Observe(&f.snap, f.all)
		}
		drawTab(g, m, 80, 24)
		if got := g.about(m); got != "at "+want {
			t.Errorf("got %s, want at %s", got, want)
		}
	}
	if got := g.Copy(m, false); !strings.Contains(got, "sent 359kb  received 1.43Mb") {
		t.Errorf("got %s", got)
	}
	for range 20 {
		f.step(1, 1)
		m.Series.Observe(&f.snap, f.all)
	}
	drawTab(g, m, 80, 24)
	if got := g.about(m); got != "last 1 min" {
		t.Errorf("after the moment has left: got %s", got)
	}
}

// TestGraphsMouse reads what is under the pointer.
func TestGraphsMouse(t *testing.T) {
	m, g := screenModel(nil), NewGraphs()
	f := screenTraffic(m, 100)
	f.step(12_345, 0)
	m.Series.Observe(&f.snap, f.all)
	drawTab(g, m, 80, 24)
	x, y := g.plot.X+g.plot.W-1, g.plot.Y+2
	tip := g.Tip(m, x, y)
	if tip == nil {
		t.Fatal("there is no tooltip over the curves")
	}
	if got := tip(m); got.Lines[0].Value != "109kb, at most 109kb" || got.Lines[1].Value != "0b, at most 0b" {
		t.Errorf("got %+v, want 1.1 times 12345 B/s sent", got)
	}
	if !g.Mouse(m, term.Event{Kind: term.MousePress, Button: term.LeftButton, X: x, Y: y}) || g.cursor != f.snap.Time {
		t.Errorf("a click reads %d, want %d", g.cursor, f.snap.Time)
	}
	if !g.Act(m, DoBack) || g.cursor != 0 {
		t.Error("there is still a cursor")
	}
	g.Mouse(m, term.Event{Kind: term.WheelDown, X: x, Y: y})
	if graphSpans[g.zoom] != 0 {
		t.Errorf("the wheel zooms to %v, want the whole run", graphSpans[g.zoom])
	}
}

// TestGraphsPanels turns to the panels that have no room.
func TestGraphsPanels(t *testing.T) {
	m, g := screenModel(nil), NewGraphs()
	screenTraffic(m, 100)
	for _, part := range graphPanels {
		if text := textOf(drawTab(g, m, 60, 15)); !strings.Contains(text, part.title) {
			t.Errorf("%s is not shown:\n%s", part.title, text)
		}
		g.Act(m, DoRowDown)
	}
}

func TestGraphsSheet(t *testing.T) {
	m, g := screenModel(nil), NewGraphs()
	f := screenTraffic(m, 100)
	s := g.Sheet(m)
	if len(s.Rows) != 60 || len(s.Rows[0]) != len(s.Columns) {
		t.Fatalf("got %d rows of %d fields, want 60 of %d", len(s.Rows), len(s.Rows[0]), len(s.Columns))
	}
	text, err := s.Objects()
	if err != nil {
		t.Fatal(err)
	}
	var got []pointObject
	if err := json.Unmarshal(text, &got); err != nil {
		t.Fatal(err)
	}
	last := got[len(got)-1]
	if last.Time.UnixNano() != f.snap.Time || last.Seconds != 1 || last.Flows != 3 || *last.RTT != 23 {
		t.Errorf("got %+v", last)
	}
}

// TestGraphsBare draws without lines as where borders are off, and in a small pane, with
// the titles of all that is shown and space between panels.
func TestGraphsBare(t *testing.T) {
	m := screenModel(nil)
	screenTraffic(m, 300)
	comparePicture(t, "graphs_tight", drawTab(NewGraphs(), m, 58, 10))
	bare := *m.Theme
	bare.NoLines, bare.ASCII = true, true
	m.Theme = &bare
	c := drawTab(NewGraphs(), m, 80, 24)
	comparePicture(t, "graphs_bare", c)
	for _, r := range textOf(c) {
		if r > '~' {
			t.Errorf("%q is drawn where there is nothing but ASCII", r)
		}
	}
}
