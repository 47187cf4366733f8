package tab

import (
	"math"
	"testing"
	"time"

	"sockeye/track"
)

// ratesOf returns bytes/s of the last seconds each way.
func ratesOf(d *detailsTab) (values [2][rateSeconds]float64, ok bool) {
	ok = d.rates.values(&values)
	return values, ok
}

// newDetails returns the tab as it is after a picture was drawn.
func newDetails(m *Model) *detailsTab {
	d := NewDetails().(*detailsTab)
	drawTab(d, m, 120, 40)
	return d
}

func TestRatesOfASteadyFlow(t *testing.T) {
	m := detailModel(detailRow())
	m.Source = nil
	d := newDetails(m)
	if _, ok := ratesOf(d); ok {
		t.Error("after the first picture: got rates, want none known")
	}
	for range 70 {
		m.step(time.Second, 1000, 250_000)
		drawTab(d, m, 120, 40)
	}
	values, _ := ratesOf(d)
	for i := range rateSeconds {
		if values[track.Sent][i] != 1000 || values[track.Received][i] != 250_000 {
			t.Fatalf("second %d: got %v and %v bytes/s, want 1000 and 250000", i, values[track.Sent][i], values[track.Received][i])
		}
	}
}

// TestRatesAddUp samples at uneven times: what the curve says passed is what the counters
// say.
func TestRatesAddUp(t *testing.T) {
	m := detailModel(detailRow())
	m.Source = nil
	d := newDetails(m)
	want := 0.0
	for i := range 57 { // 56.4 s
		bytes := uint64(1000 * (i % 7))
		m.step(time.Duration(600+i*14)*time.Millisecond, bytes, 0)
		drawTab(d, m, 120, 40)
		want += float64(bytes)
	}
	values, _ := ratesOf(d)
	got, seconds := 0.0, 0
	for _, v := range values[track.Sent] {
		if !math.IsNaN(v) {
			got += v
			seconds++
		}
	}
	if seconds < 56 || seconds > 57 {
		t.Errorf("got %d seconds, want 56 or 57", seconds)
	}
	if math.Abs(got-want) > 6000 { // the first second is known in part
		t.Errorf("got %.0f bytes under the curve, want %.0f", got, want)
	}
}

// TestRatesBeforeSelection takes what the source remembers of the time before.
func TestRatesBeforeSelection(t *testing.T) {
	m := detailModel(detailRow())
	d := newDetails(m)
	values, _ := ratesOf(d)
	for i := range rateSeconds {
		got, want := values[track.Sent][i], float64(300*(i-rateSeconds+SparkSeconds))
		if i < rateSeconds-SparkSeconds {
			if !math.IsNaN(got) {
				t.Errorf("second %d: got %v bytes/s, want it not known", i, got)
			}
		} else if got != want {
			t.Errorf("second %d: got %v bytes/s, want %v", i, got, want)
		}
	}
	m.step(time.Second, 5000, 0)
	drawTab(d, m, 120, 40)
	values, _ = ratesOf(d)
	if got := values[track.Sent][rateSeconds-1]; got != 5000 {
		t.Errorf("a second later: got %v bytes/s, want 5000", got)
	}
	if got := values[track.Sent][rateSeconds-2]; got != 300*(SparkSeconds-1) {
		t.Errorf("the second before: got %v bytes/s, want %d", got, 300*(SparkSeconds-1))
	}
	if asked := m.Source.(*recallSource).asked; asked != 1 {
		t.Errorf("got the source asked %d times, want once", asked)
	}
}

// TestRatesOfAYoungFlow knows nothing from before it began.
func TestRatesOfAYoungFlow(t *testing.T) {
	r := detailRow()
	r.First = screenClock.Add(-5 * time.Second).UnixNano()
	values, _ := ratesOf(newDetails(detailModel(r)))
	known := 0
	for _, v := range values[track.Sent] {
		if !math.IsNaN(v) {
			known++
		}
	}
	if known != 5 {
		t.Errorf("got %d seconds known of a flow of 5 s", known)
	}
}

// TestRatesAfterALookElsewhere comes back to the tab after a while: what happened since
// comes from the source, and what nobody remembers is a gap.
func TestRatesAfterALookElsewhere(t *testing.T) {
	m := detailModel(detailRow())
	d := newDetails(m)
	m.step(50*time.Second, 1_000_000, 0)
	drawTab(d, m, 120, 40)
	values, _ := ratesOf(d)
	for i, v := range values[track.Sent] {
		switch {
		case i < 10 && v != float64(300*(30+i)): // its last 10 s of before
			t.Errorf("second %d: got %v bytes/s, want %d", i, v, 300*(30+i))
		case i >= 10 && i < 20 && !math.IsNaN(v):
			t.Errorf("second %d: got %v bytes/s, want a gap", i, v)
		case i >= 20 && v != float64(300*(i-20)):
			t.Errorf("second %d: got %v bytes/s, want %d", i, v, 300*(i-20))
		}
	}
}

// TestRatesBeginAnew forgets what was when the counters are smaller than before, the
// clock was set back, or another flow is selected.
func TestRatesBeginAnew(t *testing.T) {
	for name, change := range map[string]func(*Model){
		"smaller counters": func(m *Model) { m.step(time.Second, 0, 0); m.Snap.Flows[1].Count[track.Sent].Bytes = 1 },
		"an older clock":   func(m *Model) { m.step(-time.Minute, 10, 10) },
		"another flow":     func(m *Model) { m.Selected = 3 },
	} {
		m := detailModel(detailRow())
		d := newDetails(m)
		m.Source = nil
		change(m)
		drawTab(d, m, 120, 40)
		if values, ok := ratesOf(d); ok {
			t.Errorf("%s: got rates %v, want none known", name, values)
		}
	}
}

// TestRatesWhilePaused asks nobody: the answer would be younger than the picture.
func TestRatesWhilePaused(t *testing.T) {
	m := detailModel(detailRow())
	m.Paused = screenClock
	d := newDetails(m)
	if asked := m.Source.(*recallSource).asked; asked != 0 {
		t.Errorf("got the source asked %d times, want never", asked)
	}
	if _, ok := ratesOf(d); ok {
		t.Error("got rates, want none known")
	}
}
