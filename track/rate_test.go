package track

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"sockeye/parse"
)

// steady feeds n bytes every step from `from` to `to`.
func steady(t *Table, src, dst string, from, to, step int64, n uint32) {
	for at := from; at < to; at += step {
		feed(t, 0, pkt{src: src, dst: dst, at: at, n: n})
	}
}

// V1 of the acceptance vectors: 1000 B every millisecond are 1 MB/s in every
// window, at any moment that one looks.
func TestRateSteady(t *testing.T) {
	for name, pool := range map[string]int{"dense history": 0, "pool is empty": 1} {
		t.Run(name, func(t *testing.T) {
			tab := newTable(t, Config{HistoryBytes: pool})
			done := int64(0)
			for _, at := range []int64{45_000, 45_100, 45_333, 46_000, 59_999, 60_000} {
				steady(tab, "192.168.1.5:5000", "9.9.9.9:9000", done*ms, at*ms, ms, 1000)
				done = at
				s := snapshot(tab, at*ms)
				r := only(t, s)
				for k := range Windows {
					what := fmt.Sprintf("%d ms, %v window", at, Windows[k])
					within(t, what, r.Rate[k][Sent].Bytes, 1e6, 0.01)
					within(t, what+", packets", r.Rate[k][Sent].Packets, 1000, 0.01)
					within(t, what+", total", s.Totals.Rate[k].Bytes, 1e6, 0.01)
					within(t, what+", interface", s.Interfaces[0].Rate[k][Sent].Bytes, 1e6, 0.01)
					if r.Rate[k][Received].Bytes != 0 {
						t.Errorf("%s: received %g, want 0", what, r.Rate[k][Received].Bytes)
					}
					if s.Window[k] != Windows[k] {
						t.Errorf("window %v has length %v", Windows[k], s.Window[k])
					}
				}
				within(t, "peak sent", r.Peak[Sent], 1e6, 0.01)
				within(t, "peak both", s.Totals.Own.Peak[2], 1e6, 0.01)
			}
		})
	}
}

// A young capture has short windows: rates are divided by their true age.
func TestRatePartialWindow(t *testing.T) {
	tab := newTable(t, Config{Start: t0})
	steady(tab, "192.168.1.5:5000", "9.9.9.9:9000", 0, 3000*ms, ms, 500)
	s := snapshot(tab, 3000*ms)
	for k, want := range []time.Duration{2 * time.Second, 3 * time.Second, 3 * time.Second} {
		if s.Window[k] != want {
			t.Errorf("window %v: got length %v, want %v", Windows[k], s.Window[k], want)
		}
		within(t, Windows[k].String(), only(t, s).Rate[k][Sent].Bytes, 500_000, 0.01)
	}
}

// What is still in the rings must not lower a live rate: the windows end where
// everything has surely arrived.
func TestRateLag(t *testing.T) {
	tab := newTable(t, Config{Start: t0})
	steady(tab, "192.168.1.5:5000", "9.9.9.9:9000", 0, 47_930*ms, ms, 1000)
	for _, now := range []int64{48_000, 48_029} {
		var s Snapshot
		tab.Snapshot(&s, Request{Now: t0 + now*ms, Lag: 100 * time.Millisecond})
		for k := range Windows {
			if got := only(t, &s).Rate[k][Sent].Bytes; got != 1e6 {
				t.Errorf("%d ms, %v: got %g, want exactly 1e6", now, Windows[k], got)
			}
		}
		if got, want := s.Until-t0, int64(47_750)*ms; got != want {
			t.Errorf("%d ms: windows end at %d, want %d", now, got, want)
		}
	}
}

// 10 Gbit/s in super-frames: no counter overflows.
func TestRateTenGigabit(t *testing.T) {
	tab := newTable(t, Config{})
	steady(tab, "192.168.1.5:5000", "9.9.9.9:9000", 0, 45_000*ms, 50*int64(time.Microsecond), 62_500)
	r := only(t, snapshot(tab, 45_000*ms))
	for k := range Windows {
		within(t, Windows[k].String(), r.Rate[k][Sent].Bytes, 1.25e9, 0.01)
	}
	within(t, "peak", r.Peak[Sent], 1.25e9, 0.01)
}

// A burst leaves each window when its time is over, and the peak stays.
func TestRateBurst(t *testing.T) {
	tab := newTable(t, Config{Start: t0})
	feed(tab, 0, pkt{src: "192.168.1.5:1", dst: "9.9.9.9:2", at: 100_000 * ms, n: 8000})
	for _, c := range []struct {
		at   int64
		want [3]float64
	}{
		{100_500, [3]float64{4000, 800, 200}},
		{101_900, [3]float64{4000, 800, 200}},
		{102_500, [3]float64{0, 800, 200}},
		{110_500, [3]float64{0, 0, 200}},
		{139_900, [3]float64{0, 0, 200}},
		{140_500, [3]float64{0, 0, 0}},
	} {
		s := snapshot(tab, c.at*ms)
		for k := range Windows {
			within(t, fmt.Sprintf("%d ms, %v", c.at, Windows[k]), only(t, s).Rate[k][Sent].Bytes, c.want[k], 0.001)
		}
		wantPeak := 8000.0
		if c.at < 101_000 {
			wantPeak = 0 // its second is not over
		}
		if got := only(t, s).Peak[Sent]; got != wantPeak {
			t.Errorf("%d ms: peak %g, want %g", c.at, got, wantPeak)
		}
	}
}

// The wall clock is set back by an hour: within an interval the rates are
// right again, and no peak or count is made up.
func TestClockSetBack(t *testing.T) {
	for name, pool := range map[string]int{"dense history": 0, "pool is empty": 1} {
		t.Run(name, func(t *testing.T) {
			const hour = 3_600_000 * ms
			tab := newTable(t, Config{Start: t0, HistoryBytes: pool})
			steady(tab, "192.168.1.5:5000", "9.9.9.9:9000", 0, 60_000*ms, 10*ms, 1000)
			snapshot(tab, 60_000*ms)
			snapshot(tab, 60_000*ms-hour)
			steady(tab, "192.168.1.5:5000", "9.9.9.9:9000", 60_000*ms-hour, 120_000*ms-hour, 10*ms, 1000)
			s := snapshot(tab, 120_000*ms-hour)
			addsUp(t, s)
			r := only(t, s)
			for k := range Windows {
				within(t, Windows[k].String(), r.Rate[k][Sent].Bytes, 100_000, 0.01)
				within(t, "total", s.Totals.Rate[k].Bytes, 100_000, 0.01)
			}
			within(t, "peak", r.Peak[Sent], 100_000, 0.01)
			within(t, "peak of the total", s.Totals.Own.Peak[Sent], 100_000, 0.01)
			if r.Count[Sent].Packets != 12_000 || s.Losses.Untimely != 0 {
				t.Errorf("got %d packets, %d untimely; want 12000, 0", r.Count[Sent].Packets, s.Losses.Untimely)
			}
		})
	}
}

// A clock that begins in 1970 and then leaps to the present, as on a board
// without a battery.
func TestClockLeapsDecades(t *testing.T) {
	for _, start := range []int64{1, 5_000_000_000} {
		tab := newTable(t, Config{Start: start})
		early := pkt{src: "192.168.1.5:5000", dst: "9.9.9.9:9000"}.packet()
		early.Time = start
		w := tab.Shard(0)
		w.Packets([]parse.Packet{early})
		w.EndBlock()
		var s Snapshot
		tab.Snapshot(&s, Request{Now: start + 1})
		steady(tab, "192.168.1.5:5000", "9.9.9.9:9000", 0, 60_000*ms, 10*ms, 1000)
		last := snapshot(tab, 60_000*ms)
		r := only(t, last)
		for k := range Windows {
			within(t, Windows[k].String(), r.Rate[k][Sent].Bytes, 100_000, 0.01)
			within(t, "total", last.Totals.Rate[k].Bytes, 100_000, 0.01)
		}
		within(t, "peak", r.Peak[Sent], 100_000, 0.01)
		if last.Totals.All.Packets != 6001 {
			t.Errorf("got %d packets, want 6001", last.Totals.All.Packets)
		}
	}
}

// Flows from before the clock was set back expire and move home like others.
func TestFlowsAfterClockSetBack(t *testing.T) {
	const hour = 3_600_000 * ms
	tab := newTable(t, Config{Start: t0, Limits: allLimits(10 * time.Minute)})
	feed(tab, 0, pkt{src: "192.168.1.5:5000", dst: "9.9.9.9:9000", at: hour})
	snapshot(tab, hour+1000*ms)
	s := snapshot(tab, 1000*ms)
	if r := only(t, s); r.Last > t0+2000*ms || r.First > r.Last {
		t.Errorf("the flow's last packet lies %v after the clock", time.Duration(r.Last-t0-1000*ms))
	}
	snapshot(tab, 11*60_000*ms)
	if s = snapshot(tab, 12*60_000*ms); s.Live != 0 || s.Losses.Expired != 1 {
		t.Errorf("got %d flows, %d expired; want 0, 1", s.Live, s.Losses.Expired)
	}
	addsUp(t, s)
}

// An empty pool gets back the histories of flows that have been idle for long.
func TestDenseHistoryComesBack(t *testing.T) {
	tab := newTable(t, Config{Start: t0, HistoryBytes: 2 * denseBytes})
	sh := tab.shards[0]
	for i := range int64(4) {
		src, dst := host(int(i))
		steady(tab, src, dst, i*50_000*ms, i*50_000*ms+3000*ms, 50*ms, 1000)
		f, _ := sh.find(new(pkt{src: src, dst: dst}.packet().Key), pktHash(tab, src, dst))
		if f == nil || f.dense == 0 {
			t.Fatalf("flow %d, 47 s after the one before, has no dense history", i)
		}
	}
}

func pktHash(t *Table, src, dst string) uint64 {
	p := pkt{src: src, dst: dst}.packet()
	return p.Key.Hash(t.seed)
}

// The peak outlives the history that it was taken from, with a dense history
// and without.
func TestPeakAfterLongPause(t *testing.T) {
	for name, packets := range map[string]int64{"one bucket": 1, "dense": 40} {
		t.Run(name, func(t *testing.T) {
			tab := newTable(t, Config{Start: t0})
			for i := range packets {
				feed(tab, 0, pkt{src: "192.168.1.5:1", dst: "9.9.9.9:2", at: i * 50 * ms, n: 8000})
			}
			feed(tab, 0, pkt{src: "192.168.1.5:1", dst: "9.9.9.9:2", at: 100_000 * ms, n: 60})
			want := float64(8000 * min(packets, 20))
			if got := only(t, snapshot(tab, 101_500*ms)).Peak[Sent]; got != want {
				t.Errorf("got %g, want %g", got, want)
			}
		})
	}
}

// Against the definition, on random traffic: with a dense history, and with
// spans while a flow is active in no more than four buckets, a window that
// ends on a 250 ms mark is exact.
func TestRateExact(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	for round := range 40 {
		tab := newTable(t, Config{Start: t0})
		type sent struct {
			at int64
			n  uint32
		}
		var log []sent
		at := int64(0)
		gap := int64(1+rng.IntN(4000)) * ms
		for range 300 {
			at += rng.Int64N(gap)
			late := at
			if rng.IntN(10) == 0 {
				late = max(0, at-rng.Int64N(200)*ms)
			}
			n := uint32(60 + rng.IntN(9000))
			log = append(log, sent{late, n})
			feed(tab, 0, pkt{src: "192.168.1.5:5000", dst: "9.9.9.9:9000", at: late, n: n})
		}
		now := (at/(250*ms) + 1) * 250 * ms
		r := only(t, snapshot(tab, now))
		for k, w := range Windows {
			var bytes float64
			for _, e := range log {
				if e.at >= now-int64(w) && e.at < now {
					bytes += float64(e.n)
				}
			}
			length := min(w, time.Duration(now)).Seconds()
			within(t, fmt.Sprintf("round %d, %v", round, w), r.Rate[k][Sent].Bytes, bytes/length, 1e-6)
		}
		if t.Failed() {
			t.Fatalf("gap %d ms", gap/ms)
		}
	}
}

// Without a pool nothing is lost, only resolution: what the spans hold adds up
// to all that passed in the last 40 s, but for the edges.
func TestRateCoarseKeepsBytes(t *testing.T) {
	tab := newTable(t, Config{Start: t0, HistoryBytes: 1})
	steady(tab, "192.168.1.5:5000", "9.9.9.9:9000", 0, 39_000*ms, 130*ms, 100)
	r := only(t, snapshot(tab, 39_000*ms))
	within(t, "40 s window", r.Rate[2][Sent].Bytes*39, 300*100, 1e-6)
	steady(tab, "192.168.1.5:5000", "9.9.9.9:9000", 39_000*ms, 300_000*ms, 130*ms, 100)
	r = only(t, snapshot(tab, 300_000*ms))
	for k := range Windows {
		within(t, Windows[k].String(), r.Rate[k][Sent].Bytes, 100/0.130, 0.05)
	}
}

// Bucket numbers wrap after 48 days in a span; a flow that lives longer than
// that, or sleeps for weeks, still has the right rates.
func TestRateLongLife(t *testing.T) {
	day := 86_400_000 * ms
	for _, sleep := range []int64{1, 23, 25, 47, 48, 49, 100, 400} {
		tab := newTable(t, Config{Start: t0})
		steady(tab, "192.168.1.5:5000", "9.9.9.9:9000", 0, 800*ms, 100*ms, 1000)
		s := snapshot(tab, sleep*day)
		if r := only(t, s); r.Rate != ([3][2]Rate{}) {
			t.Errorf("%d days: idle flow has rates %v", sleep, r.Rate)
		}
		steady(tab, "192.168.1.5:5000", "9.9.9.9:9000", sleep*day, sleep*day+2000*ms, 10*ms, 1000)
		r := only(t, snapshot(tab, sleep*day+2000*ms))
		within(t, fmt.Sprintf("%d days, 2 s", sleep), r.Rate[0][Sent].Bytes, 100_000, 0.01)
		within(t, fmt.Sprintf("%d days, 40 s", sleep), r.Rate[2][Sent].Bytes, 5_000, 0.01)
	}
}

// A machine that slept shows no spike: the packets that come afterwards are
// divided by the whole window, the pause included.
func TestRateNoSpikeAfterSuspend(t *testing.T) {
	tab := newTable(t, Config{Start: t0})
	steady(tab, "192.168.1.5:5000", "9.9.9.9:9000", 0, 10_000*ms, ms, 1000)
	steady(tab, "192.168.1.5:5000", "9.9.9.9:9000", 40_000*ms, 41_000*ms, ms, 1000)
	s := snapshot(tab, 41_000*ms)
	r := only(t, s)
	within(t, "2 s", r.Rate[0][Sent].Bytes, 500_000, 0.01)
	within(t, "40 s", r.Rate[2][Sent].Bytes, (1e6*9+1e6)/40, 0.02)
	within(t, "peak", r.Peak[Sent], 1e6, 0.01)
	within(t, "peak of the total", s.Totals.Own.Peak[2], 1e6, 0.01)
}

// The peak of both ways together is the fullest second of the sum, not the sum
// of the two peaks.
func TestPeakOfSum(t *testing.T) {
	tab := newTable(t, Config{Start: t0})
	feed(tab, 0,
		pkt{src: "192.168.1.5:5000", dst: "9.9.9.9:9000", at: 100 * ms, n: 3000},
		pkt{src: "9.9.9.9:9000", dst: "192.168.1.5:5000", at: 200 * ms, n: 1000},
		pkt{src: "9.9.9.9:9000", dst: "192.168.1.5:5000", at: 1500 * ms, n: 3500},
	)
	s := snapshot(tab, 5000*ms)
	want := [3]float64{3000, 3500, 4000}
	if got := only(t, s).Peak; got != want {
		t.Errorf("flow: got %v, want %v", got, want)
	}
	if got := s.Totals.Own.Peak; got != want {
		t.Errorf("total: got %v, want %v", got, want)
	}
	if got := s.Interfaces[0].Peak; got != want {
		t.Errorf("interface: got %v, want %v", got, want)
	}
}

// A packet at the very end of the windows is in them, also where that is the
// first moment of a bucket.
func TestRateAtTheEnd(t *testing.T) {
	for _, end := range []int64{4000, 4001} {
		tab := newTable(t, Config{})
		up := pkt{src: "192.168.1.5:5000", dst: "9.9.9.9:9000", n: 400}
		feed(tab, 0, up)
		up.at = end * ms
		feed(tab, 0, up)
		s := snapshot(tab, end*ms)
		r := only(t, s)
		within(t, "2 s", r.Rate[0][Sent].Bytes, 200, 1e-9)
		within(t, "10 s", r.Rate[1][Sent].Bytes, 800/(float64(end)/1e3), 1e-9)
		within(t, "2 s, total", s.Totals.Rate[0].Bytes, 200, 1e-9)
		within(t, "2 s, interface", s.Interfaces[0].Rate[0][Sent].Bytes, 200, 1e-9)
	}
}
