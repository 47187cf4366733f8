package tab

import (
	"math"
	"testing"
	"time"

	"sockeye/track"
)

func TestRateScaleFollowsTheTraffic(t *testing.T) {
	p := DefaultPrefs()
	var s rateScale
	for _, step := range []struct {
		name    string
		change  func()
		highest float64 // bytes/s
		want    float64 // likewise
	}{
		{"nothing", nil, 0, 1250},
		{"a round number of bits", nil, 100_000, 125_000},
		{"grows at once", nil, 130_000, 250_000},
		{"stays for a lull", nil, 30_000, 250_000},
		{"shrinks when far below", nil, 20_000, 25_000},
		{"a round number of bytes", func() { p.Bytes = true }, 20_000, 20_000},
		{"as it was given", func() { p.ScaleMax = 7777 }, 20_000, 7777},
	} {
		if step.change != nil {
			step.change()
		}
		s.follow(p, step.highest)
		if math.Abs(s.to-step.want) > 1e-6*step.want {
			t.Errorf("%s: got %v B/s, want %v", step.name, s.to, step.want)
		}
	}
}

func TestAmounts(t *testing.T) {
	r := track.Row{First: kitNow - int64(time.Minute), Last: kitNow}
	setRates(&r, 100, 30)
	a := amountsOf(&r, kitNow)
	for w, want := range map[ways]float64{bothWays: 130, onlySent: 100, onlyReceived: 30} {
		if got := a.rateOver(1, w); got != want {
			t.Errorf("rate %d: got %v, want %v", w, got, want)
		}
		if got := a.total(w); got != uint64(want*10) {
			t.Errorf("total %d: got %v, want %v", w, got, want*10)
		}
	}
	if got := a.age(); got != time.Minute {
		t.Errorf("age: got %v", got)
	}
	r.Closed, r.Ended = track.ByFIN, kitNow-int64(10*time.Second)
	if a = amountsOf(&r, kitNow); a.age() != 50*time.Second {
		t.Errorf("a flow that has ended ages: %v", a.age())
	}
	older := amounts{first: 1, until: 2}
	r.Health.RTT[track.Sent] = time.Second
	if got := a.rtt(); got != time.Second {
		t.Errorf("round trip: got %v", got)
	}
	if a.add(&older); a.first != 1 || a.rtt() != 0 {
		t.Errorf("the sum begins at %d with a round trip of %v", a.first, a.rtt())
	}
}
