package track

import (
	"testing"

	"sockeye/parse"
)

const (
	firstFrag = parse.Fragment | parse.FirstFrag
	laterFrag = parse.Fragment | parse.NoPorts
)

func TestFragmentsJoinTheirFlow(t *testing.T) {
	first := pkt{src: "10.0.0.1:5000", dst: "10.0.0.2:53", status: firstFrag, fragID: 7, n: 1514}
	later := pkt{src: "10.0.0.1:0", dst: "10.0.0.2:0", status: laterFrag, fragID: 7, n: 500}
	other := pkt{src: "10.0.0.1:0", dst: "10.0.0.2:0", status: laterFrag, fragID: 8, n: 300}
	back := pkt{src: "10.0.0.2:0", dst: "10.0.0.1:0", status: laterFrag, fragID: 7, n: 200}
	backFirst := pkt{src: "10.0.0.2:53", dst: "10.0.0.1:5000", status: firstFrag, fragID: 7, n: 100}
	rows := []struct {
		name           string
		in             []pkt
		flows          int
		sent, received uint64 // bytes of the flow with ports
		waiting        uint64 // bytes
	}{
		{"in order", []pkt{first, later, later}, 1, 2514, 0, 0},
		{"first one last", []pkt{later, later, first}, 1, 2514, 0, 0},
		{"between whole packets", []pkt{{src: "10.0.0.1:5000", dst: "10.0.0.2:53", n: 90}, first, later}, 1, 2104, 0, 0},
		{"the id of the other direction", []pkt{first, back, backFirst, later}, 1, 2014, 300, 0},
		{"first one missing", []pkt{first, later, other}, 1, 2014, 0, 300},
	}
	for _, r := range rows {
		t.Run(r.name, func(t *testing.T) {
			tab := newTable(t, Config{})
			feed(tab, 0, r.in...)
			s := snapshot(tab, 1000*ms)
			addsUp(t, s)
			if len(s.Flows) != r.flows || s.Totals.Other.Count.Bytes != r.waiting {
				t.Fatalf("got %d flows, %d bytes waiting; want %d, %d", len(s.Flows), s.Totals.Other.Count.Bytes, r.flows, r.waiting)
			}
			if f := s.Flows[0]; f.Count[Sent].Bytes != r.sent || f.Count[Received].Bytes != r.received || f.Local.Port != 5000 {
				t.Errorf("got %+v, want %d sent, %d received", f, r.sent, r.received)
			}
		})
	}
}

// Fragments whose first never comes are not lost: at the end they count under
// the two addresses, with no ports made up.
func TestFragmentsWithoutFirst(t *testing.T) {
	tab := newTable(t, Config{})
	feed(tab, 0, pkt{src: "10.0.0.1:0", dst: "10.0.0.2:0", status: laterFrag, fragID: 8, n: 300},
		pkt{src: "10.0.0.1:0", dst: "10.0.0.2:0", status: laterFrag, fragID: 8, n: 400})
	var s Snapshot
	tab.Snapshot(&s, Request{Now: t0 + 1000*ms, Final: true})
	addsUp(t, &s)
	r := only(t, &s)
	if r.Local.Port != 0 || r.Remote.Port != 0 || r.Count[Sent].Packets != 2 || r.Count[Sent].Bytes != 700 || s.Totals.Other.Count.Packets != 0 {
		t.Errorf("got %+v, other %+v", r, s.Totals.Other)
	}
}

// An identification is used again after the reassembly time: the old datagram
// must not lend its ports.
func TestFragmentIDUsedAgain(t *testing.T) {
	tab := newTable(t, Config{})
	feed(tab, 0,
		pkt{src: "10.0.0.1:5000", dst: "10.0.0.2:53", status: firstFrag, fragID: 7, n: 100},
		pkt{src: "10.0.0.1:0", dst: "10.0.0.2:0", status: laterFrag, fragID: 7, n: 300, at: 31_000 * ms},
		pkt{src: "10.0.0.1:6000", dst: "10.0.0.2:99", status: firstFrag, fragID: 7, n: 100, at: 31_001 * ms})
	s := snapshot(tab, 32_000*ms)
	addsUp(t, s)
	if len(s.Flows) != 2 || s.Flows[0].Count[Sent].Bytes != 100 || s.Flows[1].Count[Sent].Bytes != 400 {
		t.Errorf("got %+v", s.Flows)
	}
}

// A flood of fragments stays within its memory and loses nothing.
func TestFragmentFlood(t *testing.T) {
	tab := newTable(t, Config{})
	for i := range uint32(50_000) {
		feed(tab, 0, pkt{src: "10.0.0.1:0", dst: "10.0.0.2:0", status: laterFrag, fragID: i, n: 100})
	}
	s := snapshot(tab, 1000*ms)
	addsUp(t, s)
	if s.Totals.All.Packets != 50_000 || s.Totals.Other.Count.Packets > fragSets*fragWays {
		t.Errorf("got %d packets, %d waiting; want 50000, at most %d", s.Totals.All.Packets, s.Totals.Other.Count.Packets, fragSets*fragWays)
	}
}

// A flood of fragments from made-up addresses fills the homes up; old ones make
// room again.
func TestFragmentHomesAreBounded(t *testing.T) {
	var h fragHomes
	way := func(i int) fragWay { return fragWay{name: parse.Key{ALo: uint64(i)}} }
	at := func(ns int64, iface uint16) *parse.Packet { return &parse.Packet{Time: ns, Iface: iface} }
	for i := range 2 * maxFragHomes {
		if !h.has(way(i), at(int64(i), 1)) {
			t.Fatalf("pair %d: the first fragment does not count", i)
		}
	}
	if len(h.by) > maxFragHomes {
		t.Errorf("got %d homes want at most %d", len(h.by), maxFragHomes)
	}
	if h.has(way(7), at(maxFragHomes, 2)) {
		t.Error("a copy counts")
	}
	if !h.has(way(3*maxFragHomes), at(5*rehomeAfter, 1)) || len(h.by) != 1 {
		t.Errorf("got %d homes after a while want 1", len(h.by))
	}
}
