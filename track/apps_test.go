package track

import (
	"encoding/binary"
	"fmt"
	"testing"

	"sockeye/internal/testkit/packet"
	"sockeye/parse"
	"sockeye/parse/dpi"
)

// question is a query of DNS from a port of its own.
func question(at int64, n int) parse.Packet {
	ip, udp := dnsEnds(n)
	return frame(at, ip, udp, dnsPayload(n, 1, 0))
}

// answerOf is the response to a question: there is no such name.
func answerOf(at int64, n int) parse.Packet {
	ip, udp := dnsEnds(n)
	return frame(at, packet.IPv4{Src: ip.Dst, Dst: ip.Src}, packet.UDP{Src: udp.Dst, Dst: udp.Src}, dnsPayload(n, 0x81, 0x83))
}

// dnsEnds are those of a question, as they stand in its headers.
func dnsEnds(n int) (packet.IPv4, packet.UDP) {
	return packet.IPv4{Src: packet.IP(fmt.Sprintf("10.1.%d.%d", n>>16, n>>8&0xff)), Dst: packet.IP("192.0.2.53")},
		packet.UDP{Src: uint16(20000 + n&0xff), Dst: 53}
}

// dnsPayload is a message of DNS with two bytes of flags and a question.
func dnsPayload(n int, flags ...byte) packet.Bytes {
	b := append(binary.BigEndian.AppendUint16(nil, uint16(n)), flags...)
	b = append(b, 0, 1, 0, 0, 0, 0, 0, 0)
	for _, label := range []string{fmt.Sprintf("host%06d", n), "example", "org"} {
		b = append(append(b, byte(len(label))), label...)
	}
	return append(b, 0, 0, 1, 0, 1)
}

// A flood of questions that nobody answers takes no more memory than it may; the
// flows without inspection are counted, and when it is silent there is room again.
func TestAppMemoryIsBounded(t *testing.T) {
	const most, flood = 1 << 20, 5000
	tab := newTable(t, Config{Inspect: true, AppBytes: most})
	sh := tab.shards[0]
	add := func(at int64, from, n int) {
		for i := range n {
			count(tab, 0, question(at, from+i))
		}
		bytes := 0
		for i := range sh.apps.places {
			bytes += int(sh.apps.places[i].bytes)
		}
		if bytes != sh.apps.bytes || bytes > most+most/100 {
			t.Errorf("places have %d bytes, %d are accounted for, and there may be %d", bytes, sh.apps.bytes, most)
		}
	}
	add(0, 0, flood)
	s := snapshot(tab, 1000*ms)
	addsUp(t, s)
	first := s.Losses.Uninspected
	if len(s.Flows) != flood || first == 0 || first > flood*9/10 {
		t.Fatalf("got %d flows, %d not inspected, want %d and some", len(s.Flows), first, flood)
	}
	known := 0
	for i := range s.Flows {
		if s.Flows[i].App != nil {
			known++
		}
	}
	if known+int(first) != flood {
		t.Errorf("%d flows are known, %d were not inspected, want %d together", known, first, flood)
	}
	add(10_000*ms, flood, 100)
	s = snapshot(tab, 11_000*ms)
	if got := s.Losses.Uninspected - first; got != 0 {
		t.Errorf("after a silence %d of 100 new flows were not inspected, want 0", got)
	}
	if len(s.Flows) != flood+100 {
		t.Errorf("got %d flows, want %d", len(s.Flows), flood+100)
	}
	tab.Snapshot(new(Snapshot), Request{Now: t0 + 12_000*ms, Final: true})
	for slot := range sh.flows.n {
		sh.drop(slot)
	}
	if sh.apps.bytes != 0 || len(sh.apps.free) != len(sh.apps.places) {
		t.Errorf("without flows %d bytes are accounted for, %d of %d places are free", sh.apps.bytes, len(sh.apps.free), len(sh.apps.places))
	}
}

// What is seen of an application for a moment is what a row shows.
func TestViewApp(t *testing.T) {
	tab := newTable(t, Config{Inspect: true})
	p := question(0, 1)
	count(tab, 0, p)
	f, _ := flowOf(t, tab.shards[0], p)
	v := tab.shards[0].viewApp(f)
	if v == nil || v.Protocol != dpi.DNS || appState(v) != DNSQuery {
		t.Fatalf("got %+v, want a question of DNS", v)
	}
	if r := only(t, snapshot(tab, 0)); r.App.Protocol != v.Protocol || r.App.Confidence != v.Confidence || r.App.Subject() != v.Subject() {
		t.Errorf("the row has %+v, the view %+v", r.App, v)
	}
	f.app = 0
	if tab.shards[0].viewApp(f) != nil {
		t.Error("a flow of which nothing is known has a view")
	}
}

// A question that has its answer needs no Inspector; when more is asked from its port
// that counts, too.
func TestAnsweredQuestionRests(t *testing.T) {
	tab := newTable(t, Config{Inspect: true})
	sh := tab.shards[0]
	p := question(0, 1)
	count(tab, 0, p)
	f, _ := flowOf(t, sh, p)
	holds := func(want bool) {
		t.Helper()
		if got := sh.apps.places[f.app-1].inspector != nil; got != want {
			t.Errorf("has an Inspector: got %t, want %t", got, want)
		}
	}
	holds(true)
	count(tab, 0, answerOf(1*ms, 1))
	holds(false)
	if v := sh.viewApp(f); v == nil || appState(v) != DNSResponse {
		t.Errorf("at rest: got %+v, want an answer of DNS", v)
	}
	count(tab, 0, question(2*ms, 1))
	holds(true)
	count(tab, 0, answerOf(3*ms, 1))
	if d := only(t, snapshot(tab, 4*ms)).App.Find("dns").(*dpi.DNSDetail); d.Queries != 2 || d.Responses != 2 {
		t.Errorf("got %d questions and %d answers, want 2 and 2", d.Queries, d.Responses)
	}
	if place := &sh.apps.places[f.app-1]; sh.apps.bytes != int(place.bytes) {
		t.Errorf("%d bytes are accounted for, want %d", sh.apps.bytes, place.bytes)
	}
}
