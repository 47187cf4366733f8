package track

import (
	"testing"

	"sockeye/internal/testkit"
	"sockeye/internal/testkit/packet"
	"sockeye/parse"
)

var (
	client = packet.IP("10.0.0.1")
	server = packet.IP("10.0.0.2")
	router = packet.IP("192.0.2.254")
)

// unreachable is an error that the router sends to the client about a packet.
func unreachable(ns int64, about ...packet.Layer) parse.Packet {
	return frame(ns, packet.IPv4{Src: router, Dst: client}, packet.ICMP{Type: 3, Code: 1}, packet.Bytes(packet.Build(about...)))
}

// An ICMP error is noted at the flow that it is about, if it can be true, and makes
// no flow but its own.
func TestErrorsOfFlows(t *testing.T) {
	ip := packet.IPv4{Src: client, Dst: server}
	asked := packet.UDP{Src: 40000, Dst: 53}
	for _, c := range []struct {
		name  string
		error parse.Packet
		want  uint32
	}{
		{"UDP", unreachable(ms, ip, asked, packet.Zeros(30)), 1},
		{"UDP, eight bytes of it", unreachable(ms, packet.IPv4{Src: client, Dst: server, Length: 500}, asked), 1},
		{"other ports", unreachable(ms, ip, packet.UDP{Src: 40001, Dst: 53}), 0},
		{"TCP in flight", unreachable(ms, ip, packet.TCP{Src: 40000, Dst: 443, Seq: 0, Flags: parse.FlagSYN}), 1},
		{"TCP never sent", unreachable(ms, ip, packet.TCP{Src: 40000, Dst: 443, Seq: 123456789, Flags: parse.FlagACK}), 0},
		{"to another host than the sender", frame(ms, packet.IPv4{Src: router, Dst: server}, packet.ICMP{Type: 3}, packet.Bytes(packet.Build(ip, asked))), 0},
		{"a later fragment", unreachable(ms, packet.IPv4{Src: client, Dst: server, FragOffset: 1480, Proto: 17}, packet.Zeros(20)), 0},
		{"an echo's answer", frame(ms, packet.IPv4{Src: router, Dst: client}, packet.ICMP{Type: 0}, packet.Bytes(packet.Build(ip, asked))), 0},
		{"cut within the quoted header", unreachable(ms, packet.Bytes(packet.Build(ip, asked)[:15])), 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			tab := newTable(t, Config{})
			count(tab, 0, frame(0, ip, asked, packet.Zeros(30)), frame(0, ip, packet.TCP{Src: 40000, Dst: 443, Flags: parse.FlagSYN}), c.error)
			s := snapshot(tab, 2*ms)
			if addsUp(t, s); len(s.Flows) != 3 {
				t.Errorf("got %d flows, want 3", len(s.Flows))
			}
			var got []Report
			for i := range s.Flows {
				if e := s.Flows[i].Error; e.Count > 0 {
					got = append(got, e)
				}
			}
			if len(got) != int(c.want) {
				t.Fatalf("errors of %d flows, want of %d: %+v", len(got), c.want, got)
			}
			if c.want == 1 && got[0] != (Report{Count: 1, Type: 3, Code: 1, From: router}) {
				t.Errorf("got %+v", got[0])
			}
		})
	}
}

func TestErrorsOfIPv6(t *testing.T) {
	a, b, r := packet.IP("2001:db8::1"), packet.IP("2001:db8::2"), packet.IP("fe80::1")
	asked := []packet.Layer{packet.IPv6{Src: a, Dst: b}, packet.UDP{Src: 40000, Dst: 53}, packet.Zeros(30)}
	tab := newTable(t, Config{})
	count(tab, 0, frame(0, asked...),
		frame(ms, packet.IPv6{Src: r, Dst: a}, packet.ICMPv6{Type: 3}, packet.Bytes(packet.Build(asked...))),
		frame(2*ms, packet.IPv6{Src: r, Dst: a}, packet.ICMPv6{Type: 1, Code: 4}, packet.Bytes(packet.Build(asked...))))
	s := snapshot(tab, 2*ms)
	if e := s.Flows[0].Error; e != (Report{Count: 2, Type: 1, Code: 4, From: r}) {
		t.Errorf("got %+v, want the last of two", e)
	}
}

// The same error on another interface is not another error.
func TestErrorCopies(t *testing.T) {
	tab := newTable(t, Config{})
	about := []packet.Layer{packet.IPv4{Src: client, Dst: server}, packet.UDP{Src: 40000, Dst: 53}}
	count(tab, 0, frame(0, about...))
	for i := range 6 {
		p := unreachable(int64(i/2)*1000*ms, about...)
		p.Iface = uint16(i % 2)
		p.Status |= parse.Stray // as one out of a tunnel: it is read before it is counted
		count(tab, 0, p)
	}
	s := snapshot(tab, 3000*ms)
	if e := s.Flows[0].Error; e.Count != 3 {
		t.Errorf("got %d errors, want 3", e.Count)
	}
}

// The flow may be in another shard: live, where a message finds it, and in a file,
// where the Feed shows the error there, too.
func TestErrorsAcrossShards(t *testing.T) {
	about := []packet.Layer{packet.IPv4{Src: client, Dst: server}, packet.UDP{Src: 40000, Dst: 53}}
	flow, e := frame(0, about...), unreachable(ms, about...)
	check := func(t *testing.T, tab *Table) {
		s := snapshot(tab, 10*ms)
		addsUp(t, s)
		if len(s.Flows) != 2 || s.Totals.All.Packets != 2 {
			t.Fatalf("got %d flows, %d packets, want 2, 2", len(s.Flows), s.Totals.All.Packets)
		}
		for i := range s.Flows {
			want := uint32(b2i(s.Flows[i].Proto == parse.ProtoUDP))
			if s.Flows[i].Error.Count != want {
				t.Errorf("protocol %d has %d errors, want %d", s.Flows[i].Proto, s.Flows[i].Error.Count, want)
			}
		}
	}
	for from := range 4 {
		for to := range 4 {
			tab := newTable(t, Config{Shards: 4})
			count(tab, from, flow)
			count(tab, to, e)
			check(t, tab)
		}
	}
	for shards := range 4 {
		tab := newTable(t, Config{Shards: 1 + shards, Split: true})
		f := tab.NewFeed(4)
		f.Packets([]parse.Packet{flow, e})
		f.EndBlock()
		f.Close()
		check(t, tab)
	}
	tab := newTable(t, Config{Shards: 4})
	count(tab, 0, e) // about a flow that nobody has
	if s := snapshot(tab, 10*ms); len(s.Flows) != 1 || s.Flows[0].Error.Count != 0 {
		t.Errorf("got %+v, want only the error's own flow", s.Flows)
	}
}

func TestErrorsAllocateNothing(t *testing.T) {
	about := []packet.Layer{packet.IPv4{Src: client, Dst: server}, packet.UDP{Src: 40000, Dst: 53}}
	tab := newTable(t, Config{})
	w := tab.Shard(0)
	ps := []parse.Packet{frame(0, about...), unreachable(0, about...)}
	w.Packets(ps)
	testkit.ZeroAllocs(t, "ICMP errors", func() {
		w.Packets(ps)
		w.EndBlock()
	})
}
