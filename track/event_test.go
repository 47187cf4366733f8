package track

import (
	"bytes"
	"fmt"
	"slices"
	"testing"

	"sockeye/internal/testkit/packet"
	"sockeye/parse"
	"sockeye/parse/dpi"
)

// dnsQuery is a DNS query for example.org, and answer its answer.
func dnsQuery(ns int64, port uint16, id byte) parse.Packet {
	b := append(packet.Bytes{0, id, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0}, "\x07example\x03org\x00\x00\x01\x00\x01"...)
	return frame(ns, packet.IPv4{Src: client, Dst: server}, packet.UDP{Src: port, Dst: 53}, b)
}

func answer(ns int64, port uint16, id byte) parse.Packet {
	b := append(packet.Bytes{0, id, 0x81, 0x80, 0, 1, 0, 1, 0, 0, 0, 0}, "\x07example\x03org\x00\x00\x01\x00\x01"...)
	b = append(b, "\xc0\x0c\x00\x01\x00\x01\x00\x00\x00\x3c\x00\x04\xc0\x00\x02\x07"...)
	return frame(ns, packet.IPv4{Src: server, Dst: client}, packet.UDP{Src: 53, Dst: port}, b)
}

// say writes events in short, one a line.
func say(es []Event) string {
	var b bytes.Buffer
	for _, e := range es {
		fmt.Fprintf(&b, "%d %d ", (e.Time-t0)/ms, e.Row.Local.Port)
		switch e.Kind {
		case FlowOpened:
			b.WriteString("opened")
		case AppMessage:
			b.WriteString("message " + e.Detail.Key())
		case FlowClosed:
			fmt.Fprintf(&b, "closed %v %d", e.Row.Closed, e.Row.Count[Sent].Packets+e.Row.Count[Received].Packets)
		}
		if e.Row.App != nil && e.Row.App.Confidence != dpi.ByPort {
			fmt.Fprintf(&b, " %v", e.Row.App.Protocol)
		}
		b.WriteByte('\n')
	}
	return b.String()
}

func want(t *testing.T, what string, es []Event, lines string) {
	t.Helper()
	if got := say(es); got != lines {
		t.Errorf("%s: got\n%swant\n%s", what, got, lines)
	}
}

// A flow is told of when it is known what it speaks, or after a second; its
// messages follow, and its end once.
func TestEvents(t *testing.T) {
	tab := newTable(t, Config{Events: true, Inspect: true, Limits: new(Limits)})
	count(tab, 0, dnsQuery(0, 40000, 1), udp(0, 50000, 50001))
	count(tab, 0, play{}.packets(t, "c S 0\ns SA 0 1")...)
	want(t, "at once", tab.Events(nil, t0+500*ms, false), "0 40000 opened dns\n")
	want(t, "after a second", tab.Events(nil, t0+1000*ms, false), "1000 50000 opened\n")
	count(tab, 0, answer(1200*ms, 40000, 1))
	count(tab, 0, play{}.packets(t, "+1200ms\ns RA 1 1")...)
	want(t, "then", tab.Events(nil, t0+1300*ms, false), "1001 40000 opened\n1200 40000 message dns\n")
	want(t, "past a limit", tab.Events(nil, t0+10_000*ms, false), "10000 40000 closed rst 3\n")
	want(t, "nothing new", tab.Events(nil, t0+11_000*ms, false), "")
	want(t, "the end", tab.Events(nil, t0+12_000*ms, true), "12000 40000 closed shutdown 2 dns\n12000 50000 closed shutdown 1\n")
	want(t, "after it", tab.Events(nil, t0+12_000*ms, true), "")
}

// A connection is over when another one takes its ports; what was not told of
// before is at the end.
func TestEventsOfSuccession(t *testing.T) {
	tab := newTable(t, Config{Events: true})
	count(tab, 0, play{}.packets(t, handshake+fins+"+1s\nc S 9000000")...)
	want(t, "after it", tab.Events(nil, t0+1100*ms, false), "1001 40000 opened\n1007 40000 closed fin 6\n")
	want(t, "the end", tab.Events(nil, t0+1200*ms, true), "1200 40000 opened\n1200 40000 closed shutdown 1\n")
}

// What is evicted is told of, and what has no row is not.
func TestEventsOfEvicted(t *testing.T) {
	tab := newTable(t, Config{Events: true, MaxFlows: 1})
	lo := frame(0, packet.IPv4{Src: packet.IP("127.0.0.1"), Dst: packet.IP("127.0.0.1")}, packet.UDP{Src: 1, Dst: 2})
	count(tab, 0, udp(0, 50000, 50001), udp(ms, 50002, 50001), lo)
	want(t, "after it", tab.Events(nil, t0+2000*ms, false),
		"0 50000 opened\n0 50000 closed evicted 1\n1 50002 opened\n1 50002 closed evicted 1\n")
	want(t, "the end", tab.Events(nil, t0+2000*ms, true), "")
}

func TestNoEvents(t *testing.T) {
	tab := newTable(t, Config{Inspect: true})
	count(tab, 0, dnsQuery(0, 40000, 1), answer(ms, 40000, 1))
	if es := tab.Events(nil, t0+5000*ms, true); len(es) != 0 {
		t.Errorf("got %v without Config.Events", es)
	}
	if e := &tab.shards[0].events; e.queue != nil || e.waiting != nil {
		t.Error("events are kept that nobody wants")
	}
}

// Events that nobody fetches are counted, and so is every one that is told.
func TestEventsAreBounded(t *testing.T) {
	tab := newTable(t, Config{Events: true, MaxFlows: 8, History: -1})
	w := tab.Shard(0)
	const flows = maxEvents
	for i := range flows {
		w.Packets([]parse.Packet{udp(int64(i), uint16(i), uint16(i>>16+1))})
	}
	w.EndBlock()
	told := len(tab.Events(nil, t0+ms, false))
	if told != maxEvents {
		t.Errorf("got %d events, want %d", told, maxEvents)
	}
	if lost := snapshot(tab, ms).Losses.Events; int(lost)+told != 2*(flows-8) {
		t.Errorf("%d were told and %d lost, want %d together", told, lost, 2*(flows-8))
	}
}

// New flows that wait for their second are bounded: the oldest is told of earlier.
func TestWaitingIsBounded(t *testing.T) {
	tab := newTable(t, Config{Events: true, MaxFlows: maxWaiting + 100})
	w := tab.Shard(0)
	for i := range maxWaiting + 10 {
		w.Packets([]parse.Packet{udp(int64(i), uint16(i), uint16(i>>16+1))})
	}
	w.EndBlock()
	if es := tab.Events(nil, t0+ms, false); len(es) != 10 || es[0].Row.Local.Port != 0 || es[9].Row.Local.Port != 9 {
		t.Errorf("got %d events early, want 10", len(es))
	}
	if es := tab.Events(nil, t0+2000*ms, false); len(es) != maxWaiting {
		t.Errorf("got %d events after a second, want %d", len(es), maxWaiting)
	}
}

// Many flows that are there at the end are told of in parts, in the order of their
// ids.
func TestEventsAtTheEnd(t *testing.T) {
	tab := newTable(t, Config{Events: true, Shards: 2})
	const flows = 2*finalRows + 100
	for i := range flows {
		count(tab, i%2, udp(int64(i), uint16(i), uint16(i>>16+1)))
	}
	var ids []uint64
	for calls := 0; ; calls++ {
		es := tab.Events(nil, t0+5000*ms, true)
		if len(es) == 0 {
			break
		}
		if len(es) > flows {
			t.Fatalf("one call told %d events", len(es))
		}
		for _, e := range es {
			if e.Kind == FlowClosed {
				ids = append(ids, e.Row.ID)
			}
		}
	}
	if len(ids) != flows || !slices.IsSorted(ids) {
		t.Errorf("got the ends of %d flows, in order: %v; want %d", len(ids), slices.IsSorted(ids), flows)
	}
}

// A file tells the same each time, however its shards take turns.
func TestEventsOfFilesAreTheSame(t *testing.T) {
	var ps []parse.Packet
	for i := range 3000 {
		ns := int64(i) * ms
		n := uint16(i)
		ps = append(ps, dnsQuery(ns, 20000+n, byte(i)), answer(ns+ms, 20000+n, byte(i)), udp(ns, 1000+n%50, 3))
	}
	slices.SortStableFunc(ps, func(a, b parse.Packet) int { return int(a.Time - b.Time) })
	for i := range ps {
		ps[i].Number = uint64(i + 1)
	}
	run := func() string {
		tab := newTable(t, Config{Split: true, Shards: 2, Events: true, Inspect: true})
		f := tab.NewFeed(4)
		var es []Event
		for i := 0; i < len(ps); i += 1000 {
			f.Packets(ps[i:min(i+1000, len(ps))])
			f.EndBlock()
			f.Sync()
			es = tab.Events(es, ps[min(i+999, len(ps)-1)].Time, false)
		}
		f.Close()
		for n := -1; n != len(es); {
			n = len(es)
			es = tab.Events(es, ps[len(ps)-1].Time, true)
		}
		if !slices.IsSortedFunc(es, func(a, b Event) int { return int(a.Time - b.Time) }) {
			t.Error("events are not in the order of time")
		}
		return say(es)
	}
	first := run()
	if n := bytes.Count([]byte(first), []byte("message dns")); n != 3000 {
		t.Errorf("got %d messages, want 3000", n)
	}
	for range 3 {
		if run() != first {
			t.Fatal("the same packets gave other events")
		}
	}
}

// A message's flow is told of before it.
func TestMessageComesAfterItsFlow(t *testing.T) {
	tab := newTable(t, Config{Events: true})
	p := udp(0, 50000, 50001)
	count(tab, 0, p)
	sh := tab.shards[0]
	f, slot := flowOf(t, sh, p)
	sh.message(f, slot, dpi.Event{Time: t0, Detail: &dpi.QUICDetail{}})
	want(t, "at once", tab.Events(nil, t0, false), "0 50000 opened\n0 50000 message quic\n")
}
