package track

import (
	"cmp"
	"fmt"
	"math"
	"math/rand/v2"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"sockeye/parse"
	"sockeye/track/names"
)

var testServices = names.ReadServices(strings.NewReader("ssh 22/tcp\nhttps 443/tcp\nhttps 443/udp\ndomain 53/udp\n"))

// byBoth returns a snapshot with both groups.
func byBoth() *Snapshot {
	return NewSnapshot(NewGrouping(GroupHost, nil), NewGrouping(GroupPort, testServices))
}

// grouped takes a snapshot ns after t0 with both groups, and checks their sums.
func grouped(tb testing.TB, t *Table, ns int64, r Request) (hosts, ports *Group) {
	tb.Helper()
	s := byBoth()
	r.Now = t0 + ns
	t.Snapshot(s, r)
	addsUp(tb, s)
	groupsAddUp(tb, s)
	return &s.Groups[0], &s.Groups[1]
}

// groupsAddUp checks that all that was counted is in a row or in Other.
func groupsAddUp(tb testing.TB, s *Snapshot) {
	tb.Helper()
	for i := range s.Groups {
		g := &s.Groups[i]
		sum, flows, rate := g.Other.Count, g.Other.Flows, g.Other.Rate
		for j := range g.Rows {
			r := &g.Rows[j]
			flows += r.Flows + r.Gone
			for w := range r.Count {
				sum.Add(r.Count[w])
				for k := range rate {
					rate[k].add(r.Rate[k][w])
				}
			}
		}
		if sum != s.Totals.All || g.Other.Count.Packets > s.Totals.All.Packets {
			tb.Errorf("group %d: rows and other %+v make %+v, want the total %+v", g.By(), g.Other, sum, s.Totals.All)
		}
		if want := uint64(len(s.Flows)) + s.Totals.Other.Flows + s.Totals.Filtered.Flows + s.Totals.Unmatched.Flows; flows != want {
			tb.Errorf("group %d: got %d flows in rows and other, want %d", g.By(), flows, want)
		}
		for k := range rate {
			within(tb, fmt.Sprintf("group %d, rate %d", g.By(), k), rate[k].Bytes, s.Totals.Rate[k].Bytes, 1e-6)
		}
	}
}

// words writes a group as lines: the key, flows, and bytes sent and received.
func words(g *Group) []string {
	var all []string
	for i := range g.Rows {
		r := &g.Rows[i]
		key := fmt.Sprintf("%s %d", parse.ProtoName(uint8(r.Proto)), r.Port)
		if g.By() == GroupHost {
			key = r.Host.Addr.String()
			if r.Family == parse.FamilyLink {
				key = fmt.Sprintf("%x", r.Host.MAC)
			}
		}
		all = append(all, fmt.Sprintf("%s: %d, %d %d", key, r.Flows, r.Count[Sent].Bytes, r.Count[Received].Bytes))
	}
	return append(all, fmt.Sprintf("other: %d, %d", g.Other.Flows, g.Other.Count.Bytes))
}

const syn = parse.HintOutgoing

func TestGroups(t *testing.T) {
	const tcp, icmp = parse.ProtoTCP, parse.ProtoICMP
	own := netip.MustParseAddr("192.0.2.1")
	arp := parse.Packet{Time: t0, WireLen: 60, Family: parse.FamilyARP, Hint: parse.HintOutgoing, Key: parse.Key{
		ALo: 0xc0000201, BLo: 0xc6336401, Proto: 0x0806, Family: parse.FamilyARP}}
	link := parse.Packet{Time: t0, WireLen: 70, Family: parse.FamilyLink, Hint: parse.HintOutgoing, Key: parse.Key{
		ALo: 1, BLo: 0x0180c200000e, Proto: 0x88cc, Family: parse.FamilyLink}}
	bare := link
	bare.Key.ALo, bare.Key.BLo = 0, 0
	for _, tt := range []struct {
		name         string
		config       Config
		packets      []pkt
		raw          []parse.Packet
		hosts, ports []string
	}{
		{
			name: "two hosts of a service, both families",
			packets: []pkt{
				{src: "192.0.2.1:40000", dst: "198.51.100.1:443", proto: tcp, flags: tcpSYN, hint: syn, n: 100},
				{src: "198.51.100.1:443", dst: "192.0.2.1:40000", proto: tcp, flags: tcpSYN | tcpACK, hint: parse.HintHost, n: 300},
				{src: "192.0.2.1:40001", dst: "198.51.100.1:443", proto: tcp, flags: tcpSYN, hint: syn, n: 100},
				{src: "[2001:db8::1]:40000", dst: "[2001:db8::2]:443", proto: tcp, flags: tcpSYN, hint: syn, n: 200},
				{src: "192.0.2.1:40000", dst: "198.51.100.1:443", hint: syn, n: 99},
			},
			hosts: []string{"198.51.100.1: 3, 299 300", "2001:db8::2: 1, 200 0", "other: 0, 0"},
			ports: []string{"tcp 443: 3, 400 300", "udp 443: 1, 99 0", "other: 0, 0"},
		},
		{
			name: "the responder's port, whichever end is local",
			packets: []pkt{
				{src: "198.51.100.1:50000", dst: "192.0.2.1:22", proto: tcp, flags: tcpSYN, hint: parse.HintHost, n: 100},
				{src: "192.0.2.1:22", dst: "198.51.100.1:50000", proto: tcp, hint: syn, n: 500},
				{src: "192.0.2.1:443", dst: "198.51.100.2:60000", proto: tcp, flags: tcpSYN, hint: syn, n: 70}, // calls from 443
			},
			hosts: []string{"198.51.100.1: 1, 500 100", "198.51.100.2: 1, 70 0", "other: 0, 0"},
			ports: []string{"tcp 22: 1, 500 100", "tcp 60000: 1, 70 0", "other: 0, 0"},
		},
		{
			name: "who called was not seen",
			packets: []pkt{
				{src: "192.0.2.1:443", dst: "198.51.100.1:22", proto: tcp, flags: tcpACK, hint: syn, n: 100},
				{src: "192.0.2.1:7000", dst: "198.51.100.1:6000", proto: tcp, flags: tcpACK, hint: syn, n: 90},
				{src: "192.0.2.1:300", dst: "198.51.100.1:443", proto: tcp, flags: tcpACK, hint: syn, n: 80},
			},
			hosts: []string{"198.51.100.1: 3, 270 0", "other: 0, 0"},
			ports: []string{"tcp 22: 1, 100 0", "tcp 6000: 1, 90 0", "tcp 443: 1, 80 0", "other: 0, 0"},
		},
		{
			name: "forwarded: the end that was called",
			packets: []pkt{
				{src: "198.51.100.1:50000", dst: "203.0.113.1:443", proto: tcp, flags: tcpSYN, hint: parse.HintOther, n: 100},
				{src: "203.0.113.1:443", dst: "198.51.100.1:50000", proto: tcp, hint: parse.HintOther, n: 900},
			},
			hosts: []string{"203.0.113.1: 1, 100 900", "other: 0, 0"},
			ports: []string{"tcp 443: 1, 100 900", "other: 0, 0"},
		},
		{
			name:    "loopback, shown",
			config:  Config{ShowLoopback: true},
			packets: []pkt{{src: "127.0.0.1:50000", dst: "127.0.0.1:53", n: 100}},
			hosts:   []string{"127.0.0.1: 1, 100 0", "other: 0, 0"},
			ports:   []string{"udp 53: 1, 100 0", "other: 0, 0"},
		},
		{
			name: "loopback, filtered",
			packets: []pkt{
				{src: "127.0.0.1:50000", dst: "127.0.0.1:53", n: 100},
				{src: "192.0.2.1:50000", dst: "198.51.100.1:53", hint: syn, n: 50},
			},
			hosts: []string{"198.51.100.1: 1, 50 0", "other: 1, 100"},
			ports: []string{"udp 53: 1, 50 0", "other: 1, 100"},
		},
		{
			name:   "outside the boundary",
			config: Config{Boundary: []netip.Prefix{netip.MustParsePrefix("192.0.2.0/24")}},
			packets: []pkt{
				{src: "203.0.113.1:50000", dst: "198.51.100.1:53", n: 100},
				{src: "203.0.113.1:50000", dst: "192.0.2.9:53", n: 50},
			},
			hosts: []string{"203.0.113.1: 1, 0 50", "other: 1, 100"},
			ports: []string{"udp 53: 1, 0 50", "other: 1, 100"},
		},
		{
			name: "without ports, without IP, without addresses",
			packets: []pkt{
				{src: "192.0.2.1:7", dst: "198.51.100.1:7", proto: icmp, hint: syn, n: 98},
				{src: "192.0.2.1:0", dst: "198.51.100.1:0", hint: syn, n: 50}, // UDP whose header was cut off
			},
			raw:   []parse.Packet{arp, link, bare},
			hosts: []string{"198.51.100.1: 3, 208 0", "0180c200000e: 1, 70 0", "other: 1, 70"},
			ports: []string{"other: 5, 348"},
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			tab := newTable(t, tt.config)
			tab.SetLocal([]netip.Addr{own, netip.MustParseAddr("2001:db8::1"), netip.MustParseAddr("127.0.0.1")})
			feed(tab, 0, tt.packets...)
			w := tab.Shard(0)
			w.Packets(tt.raw)
			w.EndBlock()
			hosts, ports := grouped(t, tab, 1000*ms, Request{By: ByTotal})
			if diff := gocmp.Diff(tt.hosts, words(hosts)); diff != "" {
				t.Errorf("hosts: want (-) got (+):\n%s", diff)
			}
			if diff := gocmp.Diff(tt.ports, words(ports)); diff != "" {
				t.Errorf("ports: want (-) got (+):\n%s", diff)
			}
		})
	}
}

// What does not fit is in Other, and of equal ranks the key decides, whatever
// the seed of the hash is.
func TestGroupsTop(t *testing.T) {
	for range 3 {
		tab := newTable(t, Config{})
		for _, i := range rand.Perm(20) {
			feed(tab, 0, pkt{src: "192.0.2.1:40000", dst: fmt.Sprintf("198.51.100.%d:%d", 100-i, 1000+i)})
		}
		feed(tab, 0, pkt{src: "192.0.2.1:40000", dst: "203.0.113.1:9", n: 1500})
		hosts, ports := grouped(t, tab, 1000*ms, Request{Top: 3})
		want := []string{"203.0.113.1: 1, 1500 0", "198.51.100.81: 1, 1000 0", "198.51.100.82: 1, 1000 0", "other: 18, 18000"}
		if diff := gocmp.Diff(want, words(hosts)); diff != "" {
			t.Fatalf("hosts: want (-) got (+):\n%s", diff)
		}
		want = []string{"udp 9: 1, 1500 0", "udp 1000: 1, 1000 0", "udp 1001: 1, 1000 0", "other: 18, 18000"}
		if diff := gocmp.Diff(want, words(ports)); diff != "" {
			t.Fatalf("ports: want (-) got (+):\n%s", diff)
		}
	}
}

// What flows carried that have left the table is in Other.
func TestGroupsEvicted(t *testing.T) {
	tab := newTable(t, Config{MaxFlows: 10})
	for i := range 100 {
		feed(tab, 0, pkt{src: "192.0.2.1:40000", dst: fmt.Sprintf("198.51.100.%d:53", i), at: int64(i) * ms})
	}
	hosts, ports := grouped(t, tab, 1000*ms, Request{})
	if len(hosts.Rows) != 10 || hosts.Other.Flows != 90 || hosts.Other.Count.Packets != 90 {
		t.Errorf("got %d hosts and other %+v, want 10 and 90 flows of a packet", len(hosts.Rows), hosts.Other)
	}
	if got, want := words(ports), []string{"udp 53: 10, 10000 0", "other: 90, 90000"}; !slices.Equal(got, want) {
		t.Errorf("ports: got %q, want %q", got, want)
	}
}

// randomTable makes a table with flows of a few hosts and ports, in two shards.
func randomTable(tb testing.TB, rng *rand.Rand) *Table {
	tab := newTable(tb, Config{Start: t0, Shards: 2})
	for i := range 3000 {
		host := fmt.Sprintf("198.51.%d.%d", rng.IntN(3), rng.IntN(100))
		if rng.IntN(4) == 0 {
			host = fmt.Sprintf("[2001:db8::%x]", rng.IntN(100))
		}
		src := "192.0.2.1"
		if host[0] == '[' {
			src = "[2001:db8:1::1]"
		}
		feed(tab, i%2, pkt{
			src: fmt.Sprintf("%s:%d", src, 40000+rng.IntN(20000)), dst: fmt.Sprintf("%s:%d", host, 1+rng.IntN(60)),
			at: int64(i) * 15 * ms, n: uint32(60 + rng.IntN(1400)),
		})
	}
	return tab
}

// The groups of a snapshot are what its rows add up to.
func TestGroupsAgainstRows(t *testing.T) {
	tab := randomTable(t, rand.New(rand.NewPCG(15, 16)))
	s := byBoth()
	for _, by := range []Order{By2s, By10s, By40s, ByTotal, By2s} { // s is used again
		tab.Snapshot(s, Request{Now: t0 + 45_000*ms, By: by})
		groupsAddUp(t, s)
		for i := range s.Groups {
			g := &s.Groups[i]
			if diff := gocmp.Diff(reference(g, s.Flows, by), g.Rows, cmpopts.EquateApprox(1e-9, 1e-4),
				cmpopts.EquateComparable(netip.Addr{})); diff != "" {
				t.Errorf("group %d, order %d: want (-) got (+):\n%s", g.By(), by, diff)
			}
			if g.Other.Flows != 0 || g.Other.Count != (Count{}) || g.Other.Rate != [3]Rate{} {
				t.Errorf("group %d: got other %+v, want none", g.By(), g.Other)
			}
		}
	}
}

// reference adds rows up the plain way.
func reference(g *Group, rows []Row, by Order) []GroupRow {
	type key struct {
		addr        netip.Addr
		proto, port uint16
	}
	sums := map[key]*GroupRow{}
	for i := range rows {
		r := &rows[i]
		k, blank := key{addr: r.Remote.Addr}, GroupRow{Family: r.Family, Host: Endpoint{Addr: r.Remote.Addr}}
		if g.By() == GroupPort {
			k = key{proto: r.Proto, port: r.ServicePort(testServices)}
			blank = GroupRow{Proto: k.proto, Port: k.port}
		}
		sum := sums[k]
		if sum == nil {
			sum, sums[k] = &blank, &blank
			sum.First = r.First
		}
		sum.Flows++
		sum.First, sum.Last = min(sum.First, r.First), max(sum.Last, r.Last)
		for w := range r.Count {
			sum.Count[w].Add(r.Count[w])
			for k := range r.Rate {
				sum.Rate[k][w].add(r.Rate[k][w])
			}
		}
	}
	var all []GroupRow
	for _, r := range sums {
		all = append(all, *r)
	}
	score := func(r GroupRow) float64 {
		if by == ByTotal {
			return float64(r.Count[Sent].Bytes + r.Count[Received].Bytes)
		}
		return math.Round(1000 * (r.Rate[by][Sent].Bytes + r.Rate[by][Received].Bytes))
	}
	slices.SortFunc(all, func(a, b GroupRow) int {
		return cmp.Or(cmp.Compare(score(b), score(a)), cmp.Compare(b.Last, a.Last),
			a.Host.Addr.Compare(b.Host.Addr), cmp.Compare(a.Proto, b.Proto), cmp.Compare(a.Port, b.Port))
	})
	return all
}

// The highest ranks of many are those at the head of the whole ranking.
func TestGroupsTopAgainstAll(t *testing.T) {
	tab := randomTable(t, rand.New(rand.NewPCG(17, 18)))
	all, top := byBoth(), byBoth()
	for _, by := range []Order{By2s, By40s, ByTotal} {
		for _, most := range []int{1, 7, 30} {
			tab.Snapshot(all, Request{Now: t0 + 45_000*ms, By: by})
			tab.Snapshot(top, Request{Now: t0 + 45_000*ms, By: by, Top: most})
			groupsAddUp(t, top)
			for i := range all.Groups {
				if !slices.Equal(top.Groups[i].Rows, all.Groups[i].Rows[:most]) {
					t.Errorf("group %d, order %d: the highest %d are not those of all", i, by, most)
				}
			}
		}
	}
}

// Who asks for no group gets none, and pays for none.
// TestGroupsHeld has a window of one nanosecond: the rates of two flows are more
// than the sum holds, and stay at its top.
func TestGroupsHeld(t *testing.T) {
	tab := newTable(t, Config{})
	for i := range 20 {
		src := fmt.Sprintf("10.0.0.1:%d", 4000+i%2)
		feed(tab, 0, pkt{src: src, dst: "192.0.2.1:443", n: math.MaxUint32}, pkt{src: "10.0.0.1:1", dst: "192.0.2.9:443", n: 60})
	}
	feed(tab, 0, pkt{src: "10.0.0.1:1", dst: "192.0.2.9:443", n: 60, at: 1})
	s := byBoth()
	tab.Snapshot(s, Request{Now: t0 + 1, Top: 1})
	const top = math.MaxUint64 / 1e6
	for _, g := range s.Groups {
		r := &g.Rows[0]
		if got := r.Rate[0][Sent].Bytes + r.Rate[0][Received].Bytes; got < top || r.Count[Sent].Bytes+r.Count[Received].Bytes < 20*math.MaxUint32 {
			t.Errorf("group %d: got %+v first, with %g bytes a second, want what has most, with %g at least", g.By(), r, got, top)
		}
	}
}

func TestNoGroups(t *testing.T) {
	tab := newTable(t, Config{})
	feed(tab, 0, pkt{src: "192.0.2.1:40000", dst: "198.51.100.1:53"})
	if s := snapshot(tab, 1000*ms); s.Groups != nil {
		t.Errorf("got groups %+v, want none", s.Groups)
	}
}

// A key that is gone is in no later snapshot, and two snapshots that share
// their groupings do not share their rows.
func TestGroupsShared(t *testing.T) {
	tab := newTable(t, Config{MaxFlows: 1})
	by := NewGrouping(GroupHost, nil)
	first, second := NewSnapshot(by), NewSnapshot(by)
	feed(tab, 0, pkt{src: "192.0.2.1:40000", dst: "198.51.100.1:53"})
	tab.Snapshot(first, Request{Now: t0 + 1000*ms})
	feed(tab, 0, pkt{src: "192.0.2.1:40000", dst: "198.51.100.2:53", at: 2000 * ms})
	tab.Snapshot(second, Request{Now: t0 + 3000*ms})
	for _, tt := range []struct {
		s    *Snapshot
		want []string
	}{
		{first, []string{"198.51.100.1: 1, 1000 0", "other: 0, 0"}},
		{second, []string{"198.51.100.2: 1, 1000 0", "other: 1, 1000"}},
	} {
		if got := words(&tt.s.Groups[0]); !slices.Equal(got, tt.want) {
			t.Errorf("got %q, want %q", got, tt.want)
		}
	}
}

// The sums hold while packets come and flows go.
func TestGroupsWhileCounting(t *testing.T) {
	tab := newTable(t, Config{Start: t0, Shards: 2, MaxFlows: 2000})
	stop := make(chan struct{})
	var writers sync.WaitGroup
	for i := range 2 {
		w := tab.Shard(i)
		writers.Go(func() {
			p := pkt{src: "192.0.2.1:40000", dst: "198.51.100.0:53"}.packet()
			for n := uint64(0); ; n++ {
				select {
				case <-stop:
					return
				default:
				}
				p.Key.BLo = 0xc6336400 + n%3000
				p.Key.APort = uint16(40000 + i)
				w.Packets([]parse.Packet{p})
				w.EndBlock()
			}
		})
	}
	s := byBoth()
	for range 50 {
		tab.Snapshot(s, Request{Now: t0 + 1000*ms, Top: 100})
		for i := range s.Groups {
			if o := &s.Groups[i].Other; o.Count.Packets > s.Totals.All.Packets || o.Flows > s.Totals.All.Packets {
				t.Errorf("group %d: got other %+v of %+v: rows have more than was counted", i, *o, s.Totals.All)
			}
		}
	}
	close(stop)
	writers.Wait()
}

// BenchmarkSnapshotGroups adds up a million flows, to as many hosts and to one.
func BenchmarkSnapshotGroups(b *testing.B) {
	const flows = 1_000_000
	tab := newTable(b, Config{MaxFlows: 1 << 20, Start: t0})
	p := pkt{src: "192.0.2.1:40000", dst: "10.0.0.0:443"}.packet()
	w := tab.Shard(0)
	for i := range flows {
		p.Key.ALo, p.Time = 0x0a000000+uint64(i), t0+int64(i)
		w.Packets([]parse.Packet{p})
	}
	w.EndBlock()
	for _, bb := range []struct {
		name string
		by   []*Grouping
	}{
		{"none", nil},
		{"host", []*Grouping{NewGrouping(GroupHost, nil)}},
		{"port", []*Grouping{NewGrouping(GroupPort, testServices)}},
		{"both", []*Grouping{NewGrouping(GroupHost, nil), NewGrouping(GroupPort, testServices)}},
	} {
		b.Run(bb.name, func(b *testing.B) {
			s := NewSnapshot(bb.by...)
			b.ReportAllocs()
			for b.Loop() {
				tab.Snapshot(s, Request{Now: t0 + 1000*ms, Top: 1000})
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/flows, "ns/flow")
		})
	}
}
