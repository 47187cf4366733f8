package track

import (
	"encoding/binary"
	"math"
	"net/netip"
	"testing"
	"time"

	"sockeye/parse"
)

// t0 is when the tests' captures begin: a time of no special meaning.
const t0 = int64(1_700_000_000_123_456_789)

const ms = int64(time.Millisecond)

// newTable makes a table that is released with the test.
func newTable(tb testing.TB, c Config) *Table {
	tb.Helper()
	if c.MaxFlows == 0 {
		c.MaxFlows = 1 << 14
	}
	t, err := New(c)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(t.Close)
	for i := range t.shards {
		if !c.Split {
			t.Shard(i) // each shard has a queue
		}
	}
	return t
}

// pkt is a packet as the parser would hand it over.
type pkt struct {
	src, dst string // "10.0.0.1:80" or "[fd00::1]:80"
	proto    uint8  // 0 means UDP
	at       int64  // ns after t0
	n        uint32 // wire bytes; 0 means 1000
	flags    uint8  // TCP
	iface    uint16
	hint     parse.Hint
	status   parse.Status
	fragID   uint32
	segs     uint16
	vlan     uint16
}

func (k pkt) packet() parse.Packet {
	src, dst := netip.MustParseAddrPort(k.src), netip.MustParseAddrPort(k.dst)
	if k.proto == 0 {
		k.proto = 17
	}
	if k.n == 0 {
		k.n = 1000
	}
	p := parse.Packet{
		Time: t0 + k.at, WireLen: k.n, IPLen: k.n - 14, PayLen: k.n - 42, Iface: k.iface, Hint: k.hint,
		Proto: k.proto, TCPFlags: k.flags, Status: k.status, FragID: k.fragID, Segs: k.segs, VLAN: k.vlan,
	}
	a, b := addrWords(src.Addr()), addrWords(dst.Addr())
	p.Key = parse.Key{AHi: a[0], ALo: a[1], APort: src.Port(), BHi: b[0], BLo: b[1], BPort: dst.Port(), Proto: uint16(k.proto), Family: parse.FamilyIPv6}
	if src.Addr().Is4() {
		p.Key.Family = parse.FamilyIPv4
	}
	p.Family = p.Key.Family
	if a[0] > b[0] || a[0] == b[0] && (a[1] > b[1] || a[1] == b[1] && src.Port() > dst.Port()) {
		q := &p.Key
		q.AHi, q.BHi, q.ALo, q.BLo, q.APort, q.BPort = q.BHi, q.AHi, q.BLo, q.ALo, q.BPort, q.APort
		p.Swapped = true
	}
	return p
}

func addrWords(a netip.Addr) [2]uint64 {
	if a.Is4() {
		b := a.As4()
		return [2]uint64{0, uint64(binary.BigEndian.Uint32(b[:]))}
	}
	b := a.As16()
	return [2]uint64{binary.BigEndian.Uint64(b[:8]), binary.BigEndian.Uint64(b[8:])}
}

// feed counts packets in one block of shard i.
func feed(t *Table, i int, ks ...pkt) {
	w := t.Shard(i)
	for _, k := range ks {
		w.Packets([]parse.Packet{k.packet()})
	}
	w.EndBlock()
}

// snapshot takes a snapshot ns after t0 with every flow in it.
func snapshot(t *Table, ns int64) *Snapshot {
	s := new(Snapshot)
	t.Snapshot(s, Request{Now: t0 + ns})
	return s
}

// only returns the one row that the snapshot must have.
func only(tb testing.TB, s *Snapshot) *Row {
	tb.Helper()
	if len(s.Flows) != 1 {
		tb.Fatalf("got %d flows, want 1: %+v", len(s.Flows), s.Flows)
	}
	return &s.Flows[0]
}

// within checks got against want with a relative tolerance.
func within(tb testing.TB, what string, got, want, tolerance float64) {
	tb.Helper()
	if math.Abs(got-want) > tolerance*math.Abs(want) {
		tb.Errorf("%s: got %g, want %g ± %g %%", what, got, want, 100*tolerance)
	}
}

// addsUp checks that everything that was counted is in exactly one place.
func addsUp(tb testing.TB, s *Snapshot) {
	tb.Helper()
	var shown Count
	for i := range s.Flows {
		shown.Add(s.Flows[i].Count[Sent])
		shown.Add(s.Flows[i].Count[Received])
	}
	parts := shown
	parts.Add(s.Totals.Filtered.Count)
	parts.Add(s.Totals.Unmatched.Count)
	parts.Add(s.Totals.Other.Count)
	if parts != s.Totals.All {
		tb.Errorf("shown + filtered + unmatched + other = %+v, want the total %+v", parts, s.Totals.All)
	}
	classes := s.Totals.Own.Count[Sent]
	classes.Add(s.Totals.Own.Count[Received])
	classes.Add(s.Totals.Loopback)
	classes.Add(s.Totals.Forwarded)
	var protocols Count
	for _, p := range s.Protocols {
		protocols.Add(p.Count)
	}
	carried := Count{}
	for _, i := range s.Interfaces {
		carried.Add(i.Count[Sent])
		carried.Add(i.Count[Received])
	}
	carried.Sub(s.Totals.Copies)
	if carried != s.Totals.All {
		tb.Errorf("all interfaces less the copies = %+v, want the total %+v", carried, s.Totals.All)
	}
	if s.Totals.Other.Count.Packets == 0 {
		if classes != s.Totals.All {
			tb.Errorf("sent + received + loopback + forwarded = %+v, want the total %+v", classes, s.Totals.All)
		}
		if protocols != s.Totals.All {
			tb.Errorf("all protocols = %+v, want the total %+v", protocols, s.Totals.All)
		}
	}
}

// allLimits is one time limit for every kind of flow.
func allLimits(d time.Duration) *Limits {
	l := new(Limits)
	l.SetRest(d)
	return l
}
