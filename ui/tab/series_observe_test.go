package tab

import (
	"math/rand/v2"
	"net/netip"
	"slices"
	"testing"
	"time"

	"sockeye/capture"
	"sockeye/internal/testkit"
	"sockeye/parse"
	"sockeye/track"
)

// observed returns the points of a run.
func observed(s *Series) []Point {
	var all []Point
	from, to := s.Span()
	s.Each(from, to, func(p *Point) bool {
		all = append(all, *p)
		return true
	})
	return all
}

// TestObserveRates divides what passed by the time in which it did, whatever the interval
// between two snapshots.
func TestObserveRates(t *testing.T) {
	s, f := NewSeries(), newTraffic(screenClock)
	f.step(1000, 4000)
	s.Observe(&f.snap, f.all)
	f.step(500, 0)
	f.step(500, 0)
	f.step(500, 0)
	f.step(500, 0)
	s.Observe(&f.snap, f.all) // the loop was busy for three seconds
	all := observed(s)
	if len(all) != 2 {
		t.Fatalf("got %d points, want 2", len(all))
	}
	if p := &all[0]; p.Rate(track.Sent) != 1100 || p.Rate(track.Received) != 4400 || p.AllRate() != 5542 {
		t.Errorf("first: got %v, %v and %v B/s, want 1100, 4400 and 5542", p.Rate(0), p.Rate(1), p.AllRate())
	}
	if p := &all[1]; p.Span != 4*aSecond || p.Rate(track.Sent) != 550 || p.Peak[track.Sent] != 550 || p.Rate(track.Received) != 0 {
		t.Errorf("second: got %v and %v B/s in %v, want 550 and 0 in 4s", p.Rate(0), p.Rate(1), time.Duration(p.Span))
	}
}

// TestObserveMerged counts no loss twice where an interface is captured through "any" from
// some time on.
func TestObserveMerged(t *testing.T) {
	s, f := NewSeries(), newTraffic(screenClock)
	f.all = []capture.InterfaceStatus{{Name: "eth0"}, {Name: "wg0"}}
	lost := func(eth0, wg0 uint64) uint64 {
		f.all[0].Stats.Dropped, f.all[1].Stats.Dropped = eth0, wg0
		f.step(1000, 1000)
		s.Observe(&f.snap, f.all)
		return observed(s)[len(observed(s))-1].Lost
	}
	lost(1000, 500)
	f.all[1].Through = capture.AnyName
	f.all = append(f.all, capture.InterfaceStatus{Name: capture.AnyName})
	if got := lost(1000, 500); got != 0 {
		t.Errorf("got %d packets lost, want none", got)
	}
	f.all[2].Stats.Dropped = 3
	if got := lost(1000, 500); got != 3 {
		t.Errorf("got %d packets lost, want 3", got)
	}
}

func TestObserveShares(t *testing.T) {
	m := screenModel(nil)
	screenTraffic(m, 100)
	sum, ok := m.Series.Sum(m.Series.Span())
	if !ok {
		t.Fatal("nothing is known")
	}
	apps, total := map[string]uint64{"in no row": sum.Unrowed}, sum.Unrowed
	for at, n := range sum.Apps {
		if n > 0 {
			apps[m.Series.AppName(at)] += n
			total += n
		}
	}
	web, names := &m.Snap.Flows[0], &m.Snap.Flows[1]
	for name, want := range map[string]uint64{
		"tls": web.Count[0].Bytes + web.Count[1].Bytes, "dns?": names.Count[0].Bytes + names.Count[1].Bytes,
		"in no row": 100 * 42,
	} {
		if apps[name] != want {
			t.Errorf("%s: got %d bytes, want %d", name, apps[name], want)
		}
	}
	if total != sum.All.Bytes || total != m.Snap.Totals.All.Bytes {
		t.Errorf("all applications have %d bytes, all points %d, the capture %d: want the same", total, sum.All.Bytes, m.Snap.Totals.All.Bytes)
	}
	protocols := map[string]Volume{}
	for at, v := range sum.Protocols {
		protocols[m.Series.ProtocolName(at)] = v
	}
	for i, name := range []string{"tcp", "udp", "arp"} {
		if want := volumeOf(m.Snap.Protocols[i].Count); protocols[name] != want {
			t.Errorf("%s: got %+v, want %+v", name, protocols[name], want)
		}
	}
	if slots := m.Series.Interfaces(); len(slots) != 2 || slots[0] != 0 || slots[1] != 1 {
		t.Errorf("got the interfaces %v, want 0 and 1", slots)
	}
	if got := sum.Interfaces[1][track.Received].Bytes; got != web.Count[track.Received].Bytes {
		t.Errorf("wg0 received %d bytes, want %d", got, web.Count[track.Received].Bytes)
	}
}

func TestObserveFlows(t *testing.T) {
	s, f := NewSeries(), newTraffic(screenClock)
	f.step(1000, 1000)
	s.Observe(&f.snap, f.all)

	f.step(1000, 1000)
	f.open()
	f.open().Closed = track.ByRST // came and went
	f.snap.Flows[0].Health.Retransmits = [2]uint32{3, 4}
	f.snap.Flows[0].Health.Missed[0] = 1
	f.all[0].Stats.Dropped = 10
	f.all = append(f.all, capture.InterfaceStatus{Slot: 2, Through: "any", Stats: capture.Stats{Dropped: 10}})
	f.snap.Losses.Evicted = 2
	s.Observe(&f.snap, f.all)

	f.step(1000, 1000)
	f.snap.Flows = append(f.snap.Flows[:1], f.snap.Flows[2:]...) // flow 2 has left by silence
	f.snap.Flows[0].Health.Retransmits[0] = 5
	f.snap.Flows[0].Health.Spurious[0] = 1
	hidden := f.open()
	hidden.First = f.snap.Start - 3600*aSecond
	hidden.Count[0].Bytes = 1e9
	s.Observe(&f.snap, f.all)

	all := observed(s)
	for i, want := range []Point{
		{Opened: 3, Active: 3},
		{Opened: 2, Closed: 1, Active: 4, Retransmits: 7, Missed: 1, Lost: 10, Evicted: 2},
		{Opened: 0, Closed: 1, Active: 4, Retransmits: 2, Spurious: 1},
	} {
		p := &all[i]
		got := Point{
			Opened: p.Opened, Closed: p.Closed, Active: p.Active, Retransmits: p.Retransmits, Spurious: p.Spurious, Missed: p.Missed,
			Lost: p.Lost, Evicted: p.Evicted,
		}
		if got != want {
			t.Errorf("point %d: got %+v, want %+v", i, got, want)
		}
		if p.RTT != 23*time.Millisecond || p.RTTSpan != p.Span {
			t.Errorf("point %d: got a round trip of %v over %v, want 23ms over %v", i, p.RTT, time.Duration(p.RTTSpan), time.Duration(p.Span))
		}
		if n := p.States[track.Established-track.SynSent]; n != 1 {
			t.Errorf("point %d: got %d established connections, want 1", i, n)
		}
	}
	if apps := all[2].Apps; apps != [maxPointApps]uint64{0: 2000} {
		t.Errorf("got %v bytes by application, want 2000 of the first: what a flow carried before it had a row is not of this second", apps)
	}
}

// TestObserveAnew forgets what was before the clock was set back or all was cleared.
func TestObserveAnew(t *testing.T) {
	for _, c := range []struct {
		name string
		next func() *traffic
	}{
		{"cleared", func() *traffic { return newTraffic(screenClock.Add(100 * time.Second)) }},
		{"gone back", func() *traffic { return newTraffic(screenClock.Add(-100 * time.Second)) }},
	} {
		t.Run(c.name, func(t *testing.T) {
			s, f := NewSeries(), newTraffic(screenClock)
			for range 50 {
				f.step(1000, 1000)
				s.Observe(&f.snap, f.all)
			}
			f = c.next()
			cleared := f.snap
			cleared.Start = 0 // not known before the first packet
			s.Observe(&cleared, f.all)
			f.step(7000, 0)
			s.Observe(&f.snap, f.all)
			all := observed(s)
			if len(all) != 1 || all[0].All.Bytes != f.snap.Totals.All.Bytes || all[0].Span != aSecond {
				t.Errorf("got %d points, the first of %d bytes in %v, want one of %d in 1s", len(all), all[0].All.Bytes,
					time.Duration(all[0].Span), f.snap.Totals.All.Bytes)
			}
		})
	}
}

// TestObserveNothing has no point of a capture that has not begun.
func TestObserveNothing(t *testing.T) {
	s := NewSeries()
	s.Observe(&track.Snapshot{Time: 1}, nil)
	s.Observe(&track.Snapshot{Time: 2}, nil)
	if got := observed(s); len(got) != 0 {
		t.Errorf("got %d points, want none", len(got))
	}
}

// TestObserveTable adds up what a real table counted, packet by packet.
func TestObserveTable(t *testing.T) {
	const packets, flows = 50_000, 300
	table, err := track.New(track.Config{MaxFlows: 1 << 12})
	if err != nil {
		t.Fatal(err)
	}
	defer table.Close()
	table.SetLocal([]netip.Addr{netip.MustParseAddr("192.0.2.1")})
	source := capture.NewGenerator(capture.Traffic{
		Packets: packets, Flows: flows, Sizes: []int{60, 1514, 590}, Start: screenClock, Step: time.Millisecond,
	})
	batch, sink := make([]parse.Packet, 64), table.Shard(0)
	s, snap, now, done := NewSeries(), track.NewSnapshot(), int64(0), false
	for i := 0; !done; i++ {
		n, more, err := source.Read(batch)
		if n > 0 {
			for k := range batch[:n] {
				batch[k].Decode()
			}
			now = batch[n-1].Time
			sink.Packets(batch[:n])
			sink.EndBlock()
		}
		done = err != nil || !more && n == 0
		if i%13 == 0 || done {
			table.Snapshot(snap, track.Request{Now: now})
			s.Observe(snap, nil)
		}
	}
	sum, _ := s.Sum(s.Span())
	all := &snap.Totals.All
	if sum.All != volumeOf(*all) || sum.All.Packets != packets {
		t.Errorf("points have %+v, the table %+v of %d packets", sum.All, *all, packets)
	}
	for way := range sum.Own {
		if want := volumeOf(snap.Totals.Own.Count[way]); sum.Own[way] != want || want.Packets == 0 {
			t.Errorf("way %d: points have %+v, the table %+v", way, sum.Own[way], want)
		}
	}
	if sum.Opened != flows || sum.Active != flows || sum.Unrowed != 0 {
		t.Errorf("got %d flows opened, %d there, %d bytes in no row, want %d, %d and 0", sum.Opened, sum.Active, sum.Unrowed, flows, flows)
	}
	if got, name := sum.Protocols[0], s.ProtocolName(0); got != sum.All || name != "udp" {
		t.Errorf("got %+v of %s, want all of udp", got, name)
	}
}

// TestNth compares with sorting.
func TestNth(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	for range 3000 {
		all := make([]time.Duration, 1+r.IntN(50))
		for i := range all {
			all[i] = time.Duration(r.IntN(20))
		}
		n := r.IntN(len(all))
		sorted := slices.Sorted(slices.Values(all))
		if got := nth(slices.Clone(all), n); got != sorted[n] {
			t.Fatalf("place %d of %v: got %d, want %d", n, all, got, sorted[n])
		}
	}
}

func TestObserveAllocations(t *testing.T) {
	s, f := NewSeries(), newTraffic(screenClock)
	for range 1000 {
		f.open()
	}
	for range 2000 {
		f.step(1000, 1000)
		s.Observe(&f.snap, f.all)
	}
	testkit.ZeroAllocs(t, "Observe", func() {
		f.snap.Time += 700 * aSecond
		s.Observe(&f.snap, f.all)
	})
}

func BenchmarkObserve(b *testing.B) {
	s, f := NewSeries(), newTraffic(screenClock)
	for range 100_000 {
		row := f.open()
		row.Rate[0][0].Packets = 1
		row.Health.RTT[track.Sent] = time.Duration(row.ID * 7919 % 100_003)
	}
	b.ReportAllocs()
	for b.Loop() {
		f.step(1000, 1000)
		s.Observe(&f.snap, f.all)
	}
}
