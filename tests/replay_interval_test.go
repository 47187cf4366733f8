package tests

import (
	"math"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"sockeye/export"
)

// Intervals run on the time of the packets: those without any are left out, and
// the last record ends with the last packet.
func TestReplayIntervals(t *testing.T) {
	const ms = time.Millisecond
	ps := []timed{
		traceUDP(0, 100, false),
		traceUDP(200*ms, 200, true),
		traceUDP(10_300*ms, 300, false), // ten seconds with nothing
		traceUDP(10_999*ms, 400, false),
		traceUDP(11_000*ms, 500, true), // on the edge: the later interval's
		traceUDP(12_700*ms, 600, false),
	}
	type row struct {
		At       time.Duration // after the start
		Interval float64
		Packets  uint64
		Bytes    uint64
		Final    bool
	}
	tests := []struct {
		interval string
		want     []row
	}{
		{"1s", []row{
			{1000 * ms, 1, 2, 300, false},
			{11_000 * ms, 10, 4, 1000, false},
			{12_000 * ms, 1, 5, 1500, false},
			{12_700 * ms, 0.7, 6, 2100, true},
		}},
		{"5s", []row{
			{5000 * ms, 5, 2, 300, false},
			{12_700 * ms, 7.7, 6, 2100, true},
		}},
		{"60s", []row{{12_700 * ms, 12.7, 6, 2100, true}}},
	}
	for _, tt := range tests {
		t.Run(tt.interval, func(t *testing.T) {
			var got []row
			for _, r := range readTrace(t, linkEthernet, ps, "--interval", tt.interval) {
				if since(r.Start) != 0 {
					t.Errorf("got a start %v after the first packet", since(r.Start))
				}
				got = append(got, row{since(r.Time), r.Interval, r.Totals.Packets, r.Totals.Bytes, r.Final})
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("records (-want +got):\n%s", diff)
			}
		})
	}
}

// Every record of a trace without any regularity has the rates that its
// definition gives, to the last digit: what passed in the last 2, 10 and 40 s,
// divided by that or by the age of the capture. So has the last one where it
// ends on a quarter of a second; the peaks are those of full seconds.
func TestReplayRates(t *testing.T) {
	const ms = time.Millisecond
	var ps []timed
	at, x := time.Duration(0), uint32(1)
	for at < 75*time.Second {
		ps = append(ps, traceUDP(at, 60+int(x>>16)%1400, x>>9&3 == 0))
		x = x*1664525 + 1013904223 // a fixed sequence, so that a failure can be seen again
		step := time.Duration(x>>20%90+1) * ms
		switch {
		case x>>12&0xff == 0:
			step += 4 * time.Second
		case at > 20*time.Second && at < 22*time.Second:
			step = ms // a burst
		}
		at += step
		if at%(250*ms) == 0 {
			at += ms // what falls on the edge of a window is no subject of this test
		}
	}
	ps = append(ps, traceUDP(80*time.Second, 1000, false))
	for _, interval := range []time.Duration{500 * ms, time.Second, 5 * time.Second} {
		t.Run(interval.String(), func(t *testing.T) {
			records := readTrace(t, linkEthernet, ps, "--interval", interval.String())
			if len(records) < 10 {
				t.Fatalf("got %d records, want at least 10", len(records))
			}
			for i := range records {
				compareRates(t, &records[i], ps)
			}
			lastOf(t, records)
		})
	}
}

// compareRates compares the rates and peaks of a record, and of its only flow,
// with those that follow from the packets.
func compareRates(t *testing.T, r *export.Record, ps []timed) {
	t.Helper()
	to := since(r.Time)
	f := onlyFlow(t, r)
	var sent, received [3]float64
	for k, w := range []time.Duration{2 * time.Second, 10 * time.Second, 40 * time.Second} {
		length := min(w, to)
		for _, p := range ps {
			if p.at < to-length || p.at > to {
				continue
			}
			if p.received() {
				received[k] += float64(p.length()) / length.Seconds()
			} else {
				sent[k] += float64(p.length()) / length.Seconds()
			}
		}
	}
	type rates struct{ Sent, Received, Both [3]float64 }
	want := rates{Sent: sent, Received: received}
	for k := range sent {
		want.Both[k] = sent[k] + received[k]
	}
	for what, got := range map[string]rates{
		"totals": {
			[3]float64{r.Totals.Sent2, r.Totals.Sent10, r.Totals.Sent40},
			[3]float64{r.Totals.Received2, r.Totals.Received10, r.Totals.Received40},
			[3]float64{r.Totals.Rate2, r.Totals.Rate10, r.Totals.Rate40}},
		"flow": {
			[3]float64{f.Sent2, f.Sent10, f.Sent40},
			[3]float64{f.Received2, f.Received10, f.Received40},
			[3]float64{f.Rate2, f.Rate10, f.Rate40}},
	} {
		if diff := cmp.Diff(want, got, digits); diff != "" {
			t.Errorf("%v: rates of the %s (-want +got):\n%s", since(r.Time), what, diff)
		}
	}
	peaks := expectedPeaks(ps, to)
	for what, p := range map[string]export.Peaks{"totals": r.Totals.Peaks, "flow": f.Peaks} {
		if diff := cmp.Diff(peaks, p); diff != "" {
			t.Errorf("%v: peaks of the %s (-want +got):\n%s", since(r.Time), what, diff)
		}
	}
}

// digits takes rates for equal that differ by their rounding.
var digits = cmp.Comparer(func(a, b float64) bool { return math.Abs(a-b) <= 0.002 })

func (p timed) received() bool { return p.frame[26] == 8 } // from 8.8.8.8

// expectedPeaks returns the fullest of the seconds since the start that were
// over at to.
func expectedPeaks(ps []timed, to time.Duration) (peaks export.Peaks) {
	sums := make([]export.Peaks, int(to/time.Second)+1)
	for _, p := range ps {
		if p.at > to {
			break
		}
		sum := &sums[p.at/time.Second]
		n := float64(p.length())
		sum.Peak += n
		if p.received() {
			sum.PeakReceived += n
		} else {
			sum.PeakSent += n
		}
	}
	for _, sum := range sums[:to/time.Second] {
		peaks.Peak = max(peaks.Peak, sum.Peak)
		peaks.PeakSent = max(peaks.PeakSent, sum.PeakSent)
		peaks.PeakReceived = max(peaks.PeakReceived, sum.PeakReceived)
	}
	return peaks
}

// A source that sends 1000 bytes a millisecond is shown as 1 MB/s in each
// window, in every record, however long the intervals are (V1 of the acceptance
// vectors).
func TestReplaySteadySource(t *testing.T) {
	var ps []timed
	for i := range 60_000 {
		ps = append(ps, traceUDP(time.Duration(i)*time.Millisecond, 1000, false))
	}
	for _, interval := range []string{"500ms", "1s", "2s", "5s"} {
		t.Run(interval, func(t *testing.T) {
			records := readTrace(t, linkEthernet, ps, "--interval", interval)
			for i := range records {
				r := &records[i]
				steady(t, r, 1e6, 0.01)
				if i > 0 && (r.Totals.Peak != 1e6 || onlyFlow(t, r).Peak != 1e6) && r.Interval >= 1 {
					t.Errorf("%v: got peaks %g and %g, want 1000000", since(r.Time), r.Totals.Peak, onlyFlow(t, r).Peak)
				}
			}
			if got := lastOf(t, records).Totals; got.Bytes != 60_000_000 {
				t.Errorf("got %d bytes, want 60,000,000", got.Bytes)
			}
		})
	}
}

// steady checks that all rates of what is sent are want, within a tolerance, and
// those of what is received 0.
func steady(t *testing.T, r *export.Record, want, tolerance float64) {
	t.Helper()
	f := onlyFlow(t, r)
	for what, w := range map[string]struct {
		both export.Rates
		ways export.WayRates
	}{"totals": {r.Totals.Rates, r.Totals.WayRates}, "flow": {f.Rates, f.WayRates}} {
		for name, got := range map[string]float64{
			"2 s": w.both.Rate2, "10 s": w.both.Rate10, "40 s": w.both.Rate40,
			"2 s sent": w.ways.Sent2, "10 s sent": w.ways.Sent10, "40 s sent": w.ways.Sent40,
		} {
			if math.Abs(got-want) > tolerance*want {
				t.Errorf("%v: %s, %s: got %g B/s, want %g ± %g %%", since(r.Time), what, name, got, want, 100*tolerance)
			}
		}
		if w.ways.Received2 != 0 || w.ways.Received10 != 0 || w.ways.Received40 != 0 {
			t.Errorf("%v: %s: got %+v, want nothing received", since(r.Time), what, w.ways)
		}
	}
}
