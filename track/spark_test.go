package track

import (
	"math/rand/v2"
	"net/netip"
	"testing"
	"time"
)

const second = 1000 * ms

// A flow of steady traffic has the same in every second but the one that runs.
func TestRecentSteady(t *testing.T) {
	tab := newTable(t, Config{Start: t0})
	steady(tab, "192.168.1.5:5000", "9.9.9.9:9000", 0, 60*second, 10*ms, 1000)
	s := snapshot(tab, 60*second)
	got := tab.Recent(nil, []uint64{only(t, s).ID}, Request{Now: t0 + 60*second})
	if got[0].Len != SparkSeconds {
		t.Errorf("got %d seconds, want %d", got[0].Len, SparkSeconds)
	}
	for i, n := range got[0].Bytes[Sent] {
		if n != 100_000 {
			t.Errorf("second %d: got %d bytes sent, want 100000", i, n)
		}
	}
	if got[0].Bytes[Received] != [SparkSeconds]uint32{} {
		t.Errorf("got %v received, want none", got[0].Bytes[Received])
	}
}

// TestRecentCounts holds the seconds against a count of the packets themselves: of flows
// with a history of their own each second is exact, of others what all seconds together
// hold, but for what spans carry over the far end.
func TestRecentCounts(t *testing.T) {
	for name, pool := range map[string]int{"dense history": 0, "pool is empty": 1} {
		t.Run(name, func(t *testing.T) {
			r := rand.New(rand.NewPCG(1, 2))
			tab := newTable(t, Config{Start: t0, HistoryBytes: pool, Shards: 2})
			tab.SetLocal([]netip.Addr{netip.MustParseAddr("192.168.1.5")})
			ends := [...]string{"9.9.9.9:1", "9.9.9.9:2", "9.9.9.9:3", "9.9.9.9:4"}
			var want [len(ends)][2][100]uint64
			at := int64(0)
			for at < 35*second {
				at += r.Int64N(200 * ms)
				n, way := r.IntN(len(ends)), r.IntN(2)
				p := pkt{src: "192.168.1.5:5000", dst: ends[n], at: at, n: uint32(60 + r.IntN(1400))}
				if way == Received {
					p.src, p.dst = p.dst, p.src
				}
				want[n][way][at/second] += uint64(p.n)
				feed(tab, n%2, p)
			}
			now := at + 300*ms
			s := snapshot(tab, now)
			var ids []uint64
			for i := range s.Flows {
				ids = append(ids, s.Flows[i].ID)
			}
			for i, got := range tab.Recent(nil, ids, Request{Now: t0 + now}) {
				n := s.Flows[i].Remote.Port - 1
				for w := range 2 {
					compareSeconds(t, &got, w, want[n][w][:now/second], pool == 0)
				}
			}
		})
	}
}

// compareSeconds holds the last of a Spark's seconds against what passed.
func compareSeconds(t *testing.T, got *Spark, way int, want []uint64, exact bool) {
	t.Helper()
	if got.Len != min(len(want), SparkSeconds) {
		t.Fatalf("got %d seconds, want %d", got.Len, len(want))
	}
	var sum, all float64
	for i := range want {
		n := got.Bytes[way][SparkSeconds-len(want)+i]
		if exact && uint64(n) != want[i] {
			t.Errorf("way %d, second %d: got %d bytes, want %d", way, i, n, want[i])
		}
		sum, all = sum+float64(n), all+float64(want[i])
	}
	within(t, "all seconds", sum, all, 0.1)
}

// Seconds end where all packets have surely arrived, and begin with the capture.
func TestRecentYoung(t *testing.T) {
	tab := newTable(t, Config{Start: t0})
	steady(tab, "192.168.1.5:5000", "9.9.9.9:9000", 0, 3050*ms, 10*ms, 500)
	id := only(t, snapshot(tab, 3050*ms)).ID
	for _, c := range []struct {
		now  int64
		lag  time.Duration
		want int
	}{{3050 * ms, 0, 3}, {3050 * ms, 100 * time.Millisecond, 2}, {900 * ms, 0, 0}} {
		got := tab.Recent(nil, []uint64{id}, Request{Now: t0 + c.now, Lag: c.lag})[0]
		if got.Len != c.want {
			t.Errorf("at %d ms, lag %v: got %d seconds, want %d", c.now/ms, c.lag, got.Len, c.want)
		}
		for i := SparkSeconds - got.Len; i < SparkSeconds; i++ {
			if got.Bytes[Sent][i] != 50_000 {
				t.Errorf("at %d ms: got %d bytes in second %d, want 50000", c.now/ms, got.Bytes[Sent][i], i)
			}
		}
	}
}

// Who is not in the table has no Spark, and nobody else's.
func TestRecentGone(t *testing.T) {
	tab := newTable(t, Config{Start: t0, Limits: allLimits(10 * time.Second)})
	steady(tab, "192.168.1.5:5000", "9.9.9.9:9000", 0, 2*second, 10*ms, 500)
	id := only(t, snapshot(tab, 2*second)).ID
	feed(tab, 0, pkt{src: "192.168.1.5:5000", dst: "9.9.9.9:9001", at: 30 * second})
	other := only(t, snapshot(tab, 30*second)).ID
	got := tab.Recent(nil, []uint64{id, other, 12345}, Request{Now: t0 + 31*second})
	if got[0] != (Spark{}) || got[2] != (Spark{}) {
		t.Errorf("got %+v of a flow that has left, %+v of none; want nothing", got[0], got[2])
	}
	if n := got[1].Bytes[Sent][SparkSeconds-1]; n != 1000 {
		t.Errorf("got %d bytes of the other flow, want 1000", n)
	}
}

func BenchmarkRecent(b *testing.B) {
	tab := newTable(b, Config{Start: t0})
	steady(tab, "192.168.1.5:5000", "9.9.9.9:9000", 0, 60*second, 10*ms, 1000)
	s := snapshot(tab, 60*second)
	ids := make([]uint64, 60)
	for i := range ids {
		ids[i] = s.Flows[0].ID
	}
	var to []Spark
	b.ReportAllocs()
	for b.Loop() {
		to = tab.Recent(to[:0], ids, Request{Now: t0 + 60*second})
	}
}
