package track

import (
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"sockeye/internal/testkit/packet"
	"sockeye/parse"
	"sockeye/parse/dpi"
)

// Scripts of TCP connections, from the client at 10.0.0.1:40000.
const (
	handshake = `
		c S 0
		s SA 0 1
		c A 1 1
	`
	fins = `
		c FA 1 1
		s FA 1 2
		c A 2 2
	`
	reset = `
		s RA 1 1
	`
)

// Each kind of flow stays until its limit and has left after it.
func TestLimits(t *testing.T) {
	ip := packet.IPv4{}
	tcp := func(script string) func(testing.TB) []parse.Packet {
		return func(tb testing.TB) []parse.Packet { return play{}.packets(tb, script) }
	}
	one := func(layers ...packet.Layer) func(testing.TB) []parse.Packet {
		return func(testing.TB) []parse.Packet { return []parse.Packet{frame(0, layers...)} }
	}
	quic := func(state string) *dpi.App {
		return &dpi.App{Protocol: dpi.QUIC, Details: []dpi.Detail{&dpi.QUICDetail{Phase: state, Close: nil}}}
	}
	high := packet.UDP{Src: 50000, Dst: 50001}
	chunk := func(kinds ...byte) []packet.Layer {
		var b packet.Bytes
		for _, k := range kinds {
			b = append(b, k, 0, 0, 4)
		}
		return []packet.Layer{ip, packet.SCTP{Src: 1, Dst: 2}, b}
	}
	for _, c := range []struct {
		name   string
		make   func(testing.TB) []parse.Packet
		app    *dpi.App
		limit  time.Duration // after the last packet
		closed Reason
	}{
		{"SYN_SENT", tcp("c S 0"), nil, time.Minute, ByTimeout},
		{"SYN_RECV", tcp("c S 0\ns SA 0 1"), nil, time.Minute, ByTimeout},
		{"established, by port TLS", tcp(handshake), nil, 10 * time.Minute, ByTimeout},
		{"established, unknown", tcp(handshake), &dpi.App{Protocol: dpi.Redis}, 5 * time.Minute, ByTimeout},
		{"established, HTTP", tcp(handshake), &dpi.App{Protocol: dpi.HTTP}, 10 * time.Minute, ByTimeout},
		{"established, SSH", tcp(handshake), &dpi.App{Protocol: dpi.SSH}, 30 * time.Minute, ByTimeout},
		{"half closed", tcp(handshake + "c FA 1 1\ns A 1 2"), nil, time.Minute, ByTimeout},
		{"TIME_WAIT", tcp(handshake + fins), nil, 30 * time.Second, ByFIN},
		{"reset", tcp(handshake + reset), nil, 5 * time.Second, ByRST},
		{"UDP", one(ip, high), nil, time.Minute, ByTimeout},
		{"DNS by port", one(ip, packet.UDP{Src: 50000, Dst: 53}), nil, 30 * time.Second, ByTimeout},
		{"DNS by content", one(ip, high), &dpi.App{Protocol: dpi.DNS}, 30 * time.Second, ByTimeout},
		{"NTP", one(ip, high), &dpi.App{Protocol: dpi.NTP}, 30 * time.Second, ByTimeout},
		{"mDNS", one(ip, high), &dpi.App{Protocol: dpi.MDNS}, 30 * time.Second, ByTimeout},
		{"LLMNR", one(ip, high), &dpi.App{Protocol: dpi.LLMNR}, 30 * time.Second, ByTimeout},
		{"SSDP", one(ip, high), &dpi.App{Protocol: dpi.SSDP}, 30 * time.Second, ByTimeout},
		{"STUN", one(ip, high), &dpi.App{Protocol: dpi.STUN}, 30 * time.Second, ByTimeout},
		{"QUIC initial", one(ip, high), quic("QUIC_INITIAL"), time.Minute, ByTimeout},
		{"QUIC handshake", one(ip, high), quic("QUIC_HANDSHAKE"), time.Minute, ByTimeout},
		{"QUIC connected", one(ip, high), quic("QUIC_CONNECTED"), 5 * time.Minute, ByTimeout},
		{"QUIC agreed", one(ip, high), &dpi.App{Protocol: dpi.QUIC, Details: []dpi.Detail{
			&dpi.QUICDetail{Phase: "QUIC_CONNECTED", IdleTimeoutMS: 30_000}}}, 30 * time.Second, ByTimeout},
		{"QUIC draining", one(ip, high), quic("QUIC_DRAINING"), 10 * time.Second, ByClose},
		{"QUIC reset", one(ip, high), quic("QUIC_CLOSED"), time.Second, ByClose},
		{"QUIC refused", one(ip, high), &dpi.App{Protocol: dpi.QUIC, Details: []dpi.Detail{
			&dpi.QUICDetail{Phase: "QUIC_CLOSED", Close: &dpi.QUICClose{Code: 2}}}}, 10 * time.Second, ByClose},
		{"ICMP", one(ip, packet.ICMP{Type: 8, ID: 1}), nil, 10 * time.Second, ByTimeout},
		{"ICMPv6", one(packet.IPv6{}, packet.ICMPv6{Type: 128}), nil, 10 * time.Second, ByTimeout},
		{"IGMP", one(ip, packet.Proto{Number: 2, Data: make([]byte, 8)}), nil, 10 * time.Second, ByTimeout},
		{"ARP", one(packet.ARP{}), nil, 30 * time.Second, ByTimeout},
		{"SCTP init", one(chunk(1)...), nil, time.Minute, ByTimeout},
		{"SCTP established", one(chunk(11, 0)...), nil, 5 * time.Minute, ByTimeout},
		{"SCTP shutdown", one(chunk(7)...), nil, time.Minute, ByTimeout},
		{"SCTP closed", one(chunk(14)...), nil, 5 * time.Second, ByClose},
		{"SCTP aborted", one(chunk(6)...), nil, 5 * time.Second, ByRST},
		{"ESP", one(ip, packet.Proto{Number: 50, Data: make([]byte, 40)}), nil, 5 * time.Minute, ByTimeout},
		{"OSPF", one(ip, packet.Proto{Number: 89, Data: make([]byte, 40)}), nil, time.Minute, ByTimeout},
		{"LLDP", one(packet.Ethernet{Type: 0x88cc}, packet.Zeros(60)), nil, 2 * time.Minute, ByTimeout},
	} {
		t.Run(c.name, func(t *testing.T) {
			tab := newTable(t, Config{Limits: new(Limits)})
			ps := c.make(t)
			count(tab, 0, ps...)
			last := ps[len(ps)-1]
			if c.app != nil {
				f, slot := flowOf(t, tab.shards[0], last)
				tab.shards[0].giveApp(f, slot, c.app)
			}
			r := only(t, snapshot(tab, last.Time-t0+int64(c.limit)))
			if r.Stale < 0.99 {
				t.Errorf("at its limit the flow is stale by %g, want 1", r.Stale)
			}
			if half := only(t, snapshot(tab, last.Time-t0+int64(c.limit)/2)); half.Stale < 0.2 || half.Stale > 0.8 {
				t.Errorf("after half of its time the flow is stale by %g", half.Stale)
			}
			s := snapshot(tab, last.Time-t0+int64(c.limit)+int64(leastLimit))
			addsUp(t, s)
			if len(s.Flows) != 0 || s.Losses.Expired != 1 {
				t.Fatalf("past its limit there are %d flows, %d expired: want 0, 1", len(s.Flows), s.Losses.Expired)
			}
			h := tab.History(nil)
			if len(h) != 1 || h[0].Closed != c.closed || h[0].ID != r.ID || h[0].Ended == 0 || h[0].Count != r.Count {
				t.Errorf("the history is %+v, want the flow, closed by %v", h, c.closed)
			}
		})
	}
}

// The time of a connection that is over counts from its end: acknowledgements that
// come late do not keep it.
func TestLimitCountsFromTheEnd(t *testing.T) {
	tab := newTable(t, Config{Limits: new(Limits)})
	count(tab, 0, play{}.packets(t, handshake+fins+`
		+20s
		s FA 1 2
		c A 2 2
	`)...)
	if r := only(t, snapshot(tab, 29_000*ms)); r.Ended == 0 || r.Ended >= r.Last || r.Closed != ByFIN {
		t.Errorf("got closed %v at %d, last %d: want the end before the last packet", r.Closed, r.Ended, r.Last)
	}
	if s := snapshot(tab, 31_000*ms); len(s.Flows) != 0 {
		t.Errorf("30 s after its end the connection is still there: %+v", s.Flows)
	}
}

// A limit that is given holds for its kind alone; all others are what SetRest says,
// or their defaults.
func TestLimitsByName(t *testing.T) {
	l := Limits{LimitDNS: 2 * time.Second}
	l.SetRest(20 * time.Second)
	tab := newTable(t, Config{Limits: &l})
	count(tab, 0, udp(0, 50000, 53), udp(0, 50000, 50001), frame(0, packet.ARP{}))
	if got, want := ports(snapshot(tab, 4000*ms)), [][2]uint16{{50000, 50001}, {0, 0}}; !slices.Equal(got, want) {
		t.Errorf("after 4 s there are %v, want %v", got, want)
	}
	if s := snapshot(tab, 22_000*ms); len(s.Flows) != 0 {
		t.Errorf("after 22 s there are %+v", s.Flows)
	}
	for _, name := range LimitNames() {
		if l, ok := ParseLimit(name); !ok || l.String() != name || limitTable[l].time <= 0 {
			t.Errorf("%s: got %v, %v", name, l, ok)
		}
	}
	if _, ok := ParseLimit("tcp"); ok {
		t.Error("tcp is taken for a limit")
	}
}

// Without limits, as for a file, nothing leaves and nothing is stale.
func TestNoLimits(t *testing.T) {
	tab := newTable(t, Config{})
	count(tab, 0, play{}.packets(t, handshake+reset)...)
	if r := only(t, snapshot(tab, int64(time.Hour))); r.Closed != ByRST || r.Stale != 0 {
		t.Errorf("got %v, stale %g", r.Closed, r.Stale)
	}
}

// A flow whose socket is open stays and is idle; when the socket is closed it
// leaves. One that is over, that nobody answered, or that was a question and its
// answer is not asked about.
func TestHeld(t *testing.T) {
	open, asked := true, 0
	tab := newTable(t, Config{Limits: new(Limits), Held: func(k *parse.Key) bool {
		asked++
		return open && k.APort == 50000
	}})
	there := func(ns int64) parse.Packet {
		return frame(ns, packet.IPv4{Src: client, Dst: server}, packet.UDP{Src: 50000, Dst: 50001}, packet.Bytes("x"))
	}
	back := frame(0, packet.IPv4{Src: server, Dst: client}, packet.UDP{Src: 50001, Dst: 50000}, packet.Bytes("x"))
	count(tab, 0, there(0), back)
	count(tab, 0, udp(0, 50002, 50001), dnsQuery(0, 50003, 1), answer(0, 50003, 1))
	count(tab, 0, play{}.packets(t, handshake+reset)...)
	snapshot(tab, 59_000*ms)
	if asked != 0 {
		t.Errorf("asked %d times before a limit was reached", asked)
	}
	r := only(t, snapshot(tab, 90_000*ms))
	if asked != 1 {
		t.Errorf("asked %d times, want once", asked)
	}
	if !r.Held || r.Stale != 0 || r.State[0] != UDPIdle {
		t.Errorf("got held %v, stale %g, state %v: want an idle flow", r.Held, r.Stale, r.State[0])
	}
	count(tab, 0, there(100_000*ms))
	if r := only(t, snapshot(tab, 100_000*ms)); r.Held || r.State[0] != UDPActive {
		t.Errorf("got held %v, state %v after another packet", r.Held, r.State[0])
	}
	open = false
	if s := snapshot(tab, 190_000*ms); len(s.Flows) != 0 {
		t.Errorf("the socket is closed, but there are %+v", s.Flows)
	}
}

// A connection whose ports are taken by another one keeps its row and its counts.
func TestArchive(t *testing.T) {
	for _, limits := range []*Limits{nil, new(Limits)} {
		tab := newTable(t, Config{Limits: limits})
		count(tab, 0, play{}.packets(t, handshake+fins+`
			+1s
			c S 5000000
			s SA 7000000 5000001
			c A 5000001 7000001
			c PA 5000001 7000001 len=100
		`)...)
		s := snapshot(tab, 1100*ms)
		addsUp(t, s)
		if len(s.Flows) != 2 {
			t.Fatalf("got %d flows, want 2", len(s.Flows))
		}
		old, next := &s.Flows[0], &s.Flows[1]
		if old.Closed != ByFIN || old.Count[Sent].Packets+old.Count[Received].Packets != 6 {
			t.Errorf("the first one: got closed %v, %+v; want fin, 6 packets", old.Closed, old.Count)
		}
		if next.Closed != Open || next.Count[Sent].Packets+next.Count[Received].Packets != 4 || next.State != [2]State{Established, Established} {
			t.Errorf("the second one: got closed %v, %v, %+v; want it open, 4 packets", next.Closed, next.State, next.Count)
		}
		s = snapshot(tab, 60_000*ms)
		addsUp(t, s)
		if want := 2 - b2i(limits != nil); len(s.Flows) != want || len(tab.History(nil)) != 2-want {
			t.Errorf("a minute later: got %d flows, %d in the history", len(s.Flows), len(tab.History(nil)))
		}
		if limits != nil && only(t, s).ID != next.ID {
			t.Error("the first connection has outlived the second")
		}
	}
}

func b2i(b bool) int {
	if b {
		return 1
	}
	return 0
}

// An unfinished connection whose ports are taken is said to have been replaced.
func TestArchiveUnfinished(t *testing.T) {
	tab := newTable(t, Config{Limits: new(Limits)})
	p := play{}.packets(t, handshake)
	count(tab, 0, p...)
	sh := tab.shards[0]
	_, slot := flowOf(t, sh, p[0])
	sh.archive(slot, BySuccessor, t0+500*ms)
	if r := only(t, snapshot(tab, 1000*ms)); r.Closed != BySuccessor || r.Ended != t0+500*ms {
		t.Errorf("got %v at %d, want reused at %d", r.Closed, r.Ended, t0+500*ms)
	}
	count(tab, 0, play{}.packets(t, "+2s\nc A 1 1")...)
	if s := snapshot(tab, 3000*ms); len(s.Flows) != 2 {
		t.Errorf("got %d flows, want the archived one and another", len(s.Flows))
	}
}

// The history holds the last flows that left, in the order in which they ended.
func TestHistoryIsBounded(t *testing.T) {
	tab := newTable(t, Config{Limits: allLimits(time.Second), History: 10, Shards: 2})
	for i := range 40 {
		feed(tab, i%2, pkt{src: "192.0.2.1:5000", dst: "192.0.2.2:" + string('1'+rune(i%9)) + string('0'+rune(i/9)), at: int64(i) * ms})
	}
	s := snapshot(tab, 10_000*ms)
	addsUp(t, s)
	h := tab.History(nil)
	if len(h) != 10 {
		t.Fatalf("got %d rows, want 10", len(h))
	}
	for i := range h {
		if h[i].Closed != ByTimeout || h[i].Ended != t0+int64(30+i)*ms {
			t.Errorf("row %d: got %v, ended %d ms after the start, want timeout, %d", i, h[i].Closed, (h[i].Ended-t0)/ms, 30+i)
		}
	}
	none := newTable(t, Config{Limits: allLimits(time.Second), History: -1})
	count(none, 0, udp(0, 1, 2))
	snapshot(none, 5000*ms)
	if h := none.History(nil); len(h) != 0 {
		t.Errorf("got %d rows, want none", len(h))
	}
}

// Whatever passes and leaves, everything that was counted is in one place: a row,
// a flow that has left, or one that was evicted.
func TestBooksAddUpOverLives(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	tab := newTable(t, Config{Limits: new(Limits), Shards: 2, MaxFlows: 200, Events: true, Inspect: true})
	scripts := []string{"c S 0", handshake, handshake + fins, handshake + reset, "c S 9000\ns SA 0 9001", "c PA 1 1 len=50", "s RA 1 1"}
	var gone []Row
	var packets, late uint64
	events := make(map[uint64][3]int) // by flow: opened, messages, closed
	tell := func(es []Event) {
		for _, e := range es {
			n := events[e.Row.ID]
			n[e.Kind]++
			events[e.Row.ID] = n
			if e.Kind == FlowClosed && e.Row.Closed == Open {
				t.Errorf("a closed flow is open: %+v", e.Row)
			}
		}
	}
	now := int64(0)
	for range 400 {
		now += rng.Int64N(3000) * ms
		var ps []parse.Packet
		switch rng.IntN(4) {
		case 0:
			for _, p := range (play{mirrored: rng.IntN(2) == 0, base: rng.Uint32()}).packets(t, scripts[rng.IntN(len(scripts))]) {
				p.Time += now
				ps = append(ps, p)
			}
		case 1:
			ps = append(ps, udp(now, uint16(rng.IntN(300)), 53))
		case 2:
			ps = append(ps, frame(now, packet.ARP{Src: packet.IP("192.0.2.9"), Op: uint16(1 + rng.IntN(2))}))
		default:
			for range 20 {
				ps = append(ps, udp(now, uint16(rng.IntN(3000)), uint16(1000+rng.IntN(2))))
			}
		}
		shard := int(ps[0].Key.HashHosts() % 2)
		sh := tab.shards[shard]
		f, _ := sh.find(&ps[0].Key, ps[0].Key.Hash(tab.seed))
		made := sh.made
		count(tab, shard, ps...)
		if f == nil && sh.made == made {
			late += uint64(len(ps))
		}
		packets += uint64(len(ps))
		s := snapshot(tab, now)
		addsUp(t, s)
		if s.Totals.All.Packets != packets {
			t.Fatalf("got %d packets, want %d", s.Totals.All.Packets, packets)
		}
		gone = tab.History(gone[:0])
		if uint64(len(gone)) != s.Losses.Evicted+s.Losses.Expired {
			t.Fatalf("the history has %d flows, but %d were evicted and %d expired", len(gone), s.Losses.Evicted, s.Losses.Expired)
		}
		var past uint64
		for i := range gone {
			past += gone[i].Count[Sent].Packets + gone[i].Count[Received].Packets
		}
		if past+late != s.Totals.Other.Count.Packets {
			t.Fatalf("flows that are gone had %d packets, %d were late, other has %d", past, late, s.Totals.Other.Count.Packets)
		}
		tell(tab.Events(nil, t0+now, false))
	}
	if late == 0 {
		t.Error("no packet was late")
	}
	for more := []Event{{}}; len(more) > 0; {
		more = tab.Events(nil, t0+now, true)
		tell(more)
	}
	s := snapshot(tab, now)
	if uint64(len(events)) != uint64(s.Live)+s.Losses.Evicted+s.Losses.Expired || s.Losses.Events != 0 {
		t.Errorf("events are of %d flows, but %d live, %d were evicted, %d expired", len(events), s.Live, s.Losses.Evicted, s.Losses.Expired)
	}
	for id, n := range events {
		if n[FlowOpened] != 1 || n[FlowClosed] != 1 {
			t.Errorf("flow %d was opened %d times and closed %d times", id, n[FlowOpened], n[FlowClosed])
		}
	}
}
