package track

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"testing"
	"time"

	"sockeye/internal/testkit"
	"sockeye/parse"
)

// host names the ends of flow i.
func host(i int) (src, dst string) {
	return fmt.Sprintf("10.%d.%d.%d:%d", i>>16&255, i>>8&255, i&255, 40000+i%20000), "192.0.2.1:443"
}

func TestCountsEachWay(t *testing.T) {
	tab := newTable(t, Config{})
	feed(tab, 0,
		pkt{src: "192.168.1.5:50000", dst: "8.8.8.8:443", n: 1000},
		pkt{src: "8.8.8.8:443", dst: "192.168.1.5:50000", n: 60, at: 5 * ms},
		pkt{src: "192.168.1.5:50000", dst: "8.8.8.8:443", n: 40_000, at: 9 * ms, segs: 27, vlan: 100},
	)
	s := snapshot(tab, 1000*ms)
	addsUp(t, s)
	r := only(t, s)
	want := [2]Count{
		Sent:     {Packets: 28, Bytes: 41_000, IPBytes: 41_000 - 28, Payload: 41_000 - 84},
		Received: {Packets: 1, Bytes: 60, IPBytes: 46, Payload: 18},
	}
	if r.Count != want {
		t.Errorf("got %+v, want %+v", r.Count, want)
	}
	if r.First != t0 || r.Last != t0+9*ms {
		t.Errorf("got first %d, last %d after the start; want 0 and 9 ms", r.First-t0, r.Last-t0)
	}
	if got := fmt.Sprint(r.Local.Addr, r.Local.Port, r.Remote.Addr, r.Remote.Port); got != "192.168.1.5 50000 8.8.8.8 443" {
		t.Errorf("ends are %s", got)
	}
	if s.Totals.Own.Count != want {
		t.Errorf("total: got %+v, want %+v", s.Totals.Own.Count, want)
	}
	if got := s.Interfaces[0].Count; got != want {
		t.Errorf("interface: got %+v, want %+v", got, want)
	}
	if r.VLAN != 100 {
		t.Errorf("got VLAN %d, want 100", r.VLAN)
	}
}

func TestTopAndOther(t *testing.T) {
	tab := newTable(t, Config{Start: t0})
	for i := range 500 {
		src, dst := host(i)
		feed(tab, 0, pkt{src: src, dst: dst, n: uint32(100 + i), at: 500 * ms})
	}
	var s Snapshot
	tab.Snapshot(&s, Request{Now: t0 + 1000*ms, Top: 10})
	addsUp(t, &s)
	if len(s.Flows) != 10 || s.Totals.Other.Flows != 490 || s.Live != 500 {
		t.Fatalf("got %d rows, %d others, %d live; want 10, 490, 500", len(s.Flows), s.Totals.Other.Flows, s.Live)
	}
	for i, r := range s.Flows {
		if want := uint64(100 + 490 + i); r.Count[Sent].Bytes != want {
			t.Errorf("row %d has %d bytes, want %d: the ten largest in the order of their ids", i, r.Count[Sent].Bytes, want)
		}
	}
	var shown float64
	for _, r := range s.Flows {
		shown += r.Rate[0][Sent].Bytes
	}
	within(t, "rates of rows and others", shown+s.Totals.Other.Rate[0].Bytes, s.Totals.Rate[0].Bytes, 1e-9)
}

func TestLoopbackRowsAreFiltered(t *testing.T) {
	for _, show := range []bool{false, true} {
		tab := newTable(t, Config{ShowLoopback: show})
		feed(tab, 0,
			pkt{src: "127.0.0.1:40000", dst: "127.0.0.1:5432"},
			pkt{src: "[::1]:40000", dst: "[::1]:5432"},
			pkt{src: "192.168.1.5:40000", dst: "1.1.1.1:443"})
		s := snapshot(tab, 1000*ms)
		addsUp(t, s)
		want, filtered := 1, uint64(2)
		if show {
			want, filtered = 3, 0
		}
		if len(s.Flows) != want || s.Totals.Filtered.Flows != filtered || s.Totals.Filtered.Count.Packets != filtered {
			t.Errorf("show %v: got %d rows, %d filtered; want %d, %d", show, len(s.Flows), s.Totals.Filtered.Flows, want, filtered)
		}
		if s.Totals.All.Packets != 3 || s.Totals.Loopback.Packets != 2 {
			t.Errorf("show %v: got %d packets, %d loopback; want 3, 2", show, s.Totals.All.Packets, s.Totals.Loopback.Packets)
		}
	}
}

// A full table throws out the idlest flows; nothing of what they carried is
// lost from the totals.
func TestEviction(t *testing.T) {
	tab := newTable(t, Config{MaxFlows: 1000})
	for i := range 20_000 {
		src, dst := host(i)
		feed(tab, 0, pkt{src: src, dst: dst, at: int64(i) * ms, n: 100})
		// Ten flows that never rest must survive.
		src, dst = host(1_000_000 + i%10)
		feed(tab, 0, pkt{src: src, dst: dst, at: int64(i) * ms, n: 10})
	}
	s := snapshot(tab, 20_000*ms)
	addsUp(t, s)
	if want := (Count{Packets: 40_000, Bytes: 20_000 * 110}); s.Totals.All.Packets != want.Packets || s.Totals.All.Bytes != want.Bytes {
		t.Errorf("got %+v, want %+v", s.Totals.All, want)
	}
	if s.Live > 1000 {
		t.Errorf("got %d flows, want at most 1000", s.Live)
	}
	if got, want := s.Losses.Evicted, uint64(20_010-s.Live); got != want {
		t.Errorf("got %d evicted, want %d", got, want)
	}
	busy := 0
	for _, r := range s.Flows {
		if r.Count[0].Packets+r.Count[1].Packets > 100 {
			busy++
		}
	}
	if busy != 10 {
		t.Errorf("got %d of the 10 busy flows, want all", busy)
	}
	if p := s.Protocols[0]; p.Evicted.Packets+uint64(0) == 0 || p.Count.Packets != 40_000 {
		t.Errorf("protocol: got %+v, want 40000 packets, some of evicted flows", p)
	}
}

func TestIdleTimeout(t *testing.T) {
	tab := newTable(t, Config{Limits: allLimits(time.Minute)})
	feed(tab, 0, pkt{src: "192.168.1.5:1", dst: "1.1.1.1:2"})
	feed(tab, 0, pkt{src: "192.168.1.5:3", dst: "1.1.1.1:4", at: 50_000 * ms})
	snapshot(tab, 61_000*ms)
	s := snapshot(tab, 62_000*ms)
	addsUp(t, s)
	if r := only(t, s); r.Local.Port != 3 {
		t.Errorf("the wrong flow is left: %+v", r)
	}
	if s.Losses.Expired != 1 || s.Totals.Other.Flows != 1 || s.Totals.Other.Count.Packets != 1 || s.Totals.All.Packets != 2 {
		t.Errorf("got %d expired, other %+v, all %+v", s.Losses.Expired, s.Totals.Other, s.Totals.All)
	}
}

func TestNonIP(t *testing.T) {
	tab := newTable(t, Config{})
	arp := pkt{src: "192.168.1.5:0", dst: "192.168.1.1:0", n: 42}.packet()
	arp.Family, arp.Key.Family, arp.Key.Proto = parse.FamilyARP, parse.FamilyARP, 0x0806
	lldp := parse.Packet{Time: t0, WireLen: 200, Family: parse.FamilyLink, Key: parse.Key{
		ALo: 0x0180c200000e, BLo: 0x525400000001, Proto: 0x88cc, Family: parse.FamilyLink}, Swapped: true, Hint: parse.HintMulticast}
	w := tab.Shard(0)
	w.Packets([]parse.Packet{arp, lldp})
	w.EndBlock()
	s := snapshot(tab, 1000*ms)
	addsUp(t, s)
	if len(s.Flows) != 2 || len(s.Protocols) != 2 || s.Protocols[0].Proto != 0x0806 || s.Protocols[1].Count.Bytes != 200 {
		t.Fatalf("got %+v, %+v", s.Flows, s.Protocols)
	}
	if got := s.Flows[0].Local.Addr.String() + " " + s.Flows[0].Remote.Addr.String(); got != "192.168.1.5 192.168.1.1" {
		t.Errorf("ARP ends are %s", got)
	}
	if got := s.Flows[1].Remote.MAC; got != [6]byte{0x52, 0x54, 0, 0, 0, 1} || s.Flows[1].Remote.Addr.IsValid() {
		t.Errorf("LLDP remote is %x", got)
	}
}

// Random traffic over several shards and interfaces, every flow in one shard:
// each flow and each sum against a plain map.
func TestAgainstModel(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 6))
	tab := newTable(t, Config{Shards: 3})
	type key struct{ src, dst string }
	flows, ifaces := map[key]Count{}, [4]Count{}
	var all Count
	for i := range 30_000 {
		f := rng.IntN(700)
		src, dst := host(f)
		k := pkt{src: src, dst: dst, at: int64(i) * ms, n: uint32(60 + rng.IntN(1500)), iface: uint16(f % 4), proto: 6, segs: uint16(rng.IntN(4))}
		if rng.IntN(2) == 0 {
			k.src, k.dst = dst, src
		}
		feed(tab, f%3, k)
		p := k.packet()
		c := flows[key{src, dst}]
		c.Add(countOf(&p))
		flows[key{src, dst}] = c
		ifaces[k.iface].Add(countOf(&p))
		all.Add(countOf(&p))
	}
	s := snapshot(tab, 30_000*ms)
	addsUp(t, s)
	if s.Totals.All != all || len(s.Flows) != len(flows) {
		t.Errorf("got %d flows, %+v; want %d, %+v", len(s.Flows), s.Totals.All, len(flows), all)
	}
	ids := map[uint64]bool{}
	for _, r := range s.Flows {
		k := key{netip.AddrPortFrom(r.Local.Addr, r.Local.Port).String(), netip.AddrPortFrom(r.Remote.Addr, r.Remote.Port).String()}
		if _, ok := flows[k]; !ok {
			k.src, k.dst = k.dst, k.src
		}
		c := r.Count[Sent]
		c.Add(r.Count[Received])
		if c != flows[k] {
			t.Errorf("%v: got %+v, want %+v", k, c, flows[k])
		}
		ids[r.ID] = true
	}
	if len(ids) != len(flows) {
		t.Errorf("got %d ids for %d flows", len(ids), len(flows))
	}
	for i, want := range ifaces {
		got := s.Interfaces[i].Count[Sent]
		got.Add(s.Interfaces[i].Count[Received])
		if got != want {
			t.Errorf("interface %d: got %+v, want %+v", i, got, want)
		}
	}
}

func TestUpdateAllocatesNothing(t *testing.T) {
	tab := newTable(t, Config{})
	ps := make([]parse.Packet, 256)
	for i := range ps {
		src, dst := host(i)
		ps[i] = pkt{src: src, dst: dst}.packet()
	}
	w := tab.Shard(0)
	at := t0
	testkit.ZeroAllocs(t, "counting", func() {
		for i := range ps {
			at += ms
			ps[i].Time = at
		}
		w.Packets(ps)
		w.EndBlock()
	})
	var s Snapshot
	if tab.Snapshot(&s, Request{Now: at}); s.Live != len(ps) {
		t.Errorf("got %d flows, want %d", s.Live, len(ps))
	}
}

// spread writes the packet of flow i, at ns, over a template.
func spread(p *parse.Packet, i int, ns int64) {
	p.Key.ALo = 0x0a000000 + uint64(i)
	p.Key.APort = uint16(40000 + i%20000)
	p.Time = ns
}

// TestMetersOfFewInterfaces checks that an interface costs a meter only where it
// carries something, in whatever order the slots come.
func TestMetersOfFewInterfaces(t *testing.T) {
	tab := newTable(t, Config{})
	for _, slot := range []uint16{60_000, 3, 60_000} {
		feed(tab, 0, pkt{src: "10.0.0.1:4000", dst: fmt.Sprintf("192.0.2.%d:443", slot%100), iface: slot})
	}
	s := snapshot(tab, 0)
	addsUp(t, s)
	for slot, want := range map[int]uint64{2: 0, 3: 1, 60_000: 2} {
		if c := s.Interfaces[slot].Count; s.Interfaces[slot].Slot != uint16(slot) || c[Sent].Packets+c[Received].Packets != want {
			t.Errorf("slot %d: got %+v, want %d packets", slot, s.Interfaces[slot], want)
		}
	}
	made := 0
	for _, m := range tab.meters {
		if m != nil {
			made++
		}
	}
	if made != 2 {
		t.Errorf("got %d meters, want 2", made)
	}
}

// fill makes a table with one packet in each flow.
func fill(b *testing.B, c Config, flows int) (*Table, parse.Packet) {
	tab := newTable(b, c)
	p := pkt{src: "10.0.0.0:40000", dst: "192.0.2.1:443"}.packet()
	w := tab.Shard(0)
	for i := range flows {
		spread(&p, i, t0+int64(i))
		w.Packets([]parse.Packet{p})
	}
	w.EndBlock()
	return tab, p
}

// BenchmarkUpdate counts packets of 2 M packets/s that go round the flows.
func BenchmarkUpdate(b *testing.B) {
	for _, flows := range []int{1, 1000, 100_000, 1_000_000} {
		b.Run(fmt.Sprintf("flows=%d", flows), func(b *testing.B) {
			tab, p := fill(b, Config{MaxFlows: 1 << 20, Start: t0}, flows)
			update(b, tab, p, flows)
		})
	}
}

// update measures packets of 2 M packets/s that go round the flows of fill.
func update(b *testing.B, tab *Table, p parse.Packet, flows int) {
	w := tab.Shard(0)
	ps := make([]parse.Packet, 64)
	for i := range ps {
		ps[i] = p
	}
	at, next := t0, 0
	b.ReportAllocs()
	for b.Loop() {
		for i := range ps {
			at += 500
			spread(&ps[i], next, at)
			if next++; next == flows {
				next = 0
			}
		}
		w.Packets(ps)
		w.EndBlock()
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(len(ps)), "ns/packet")
}

func BenchmarkSnapshot(b *testing.B) {
	for _, flows := range []int{1000, 100_000, 1_000_000} {
		b.Run(fmt.Sprintf("flows=%d", flows), func(b *testing.B) {
			tab, _ := fill(b, Config{MaxFlows: 1 << 20, Start: t0}, flows)
			var s Snapshot
			b.ReportAllocs()
			for b.Loop() {
				tab.Snapshot(&s, Request{Now: t0 + 1000*ms, Top: 1000})
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(flows), "ns/flow")
		})
	}
}
