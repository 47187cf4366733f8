package track

import (
	"slices"
	"testing"
	"time"

	"sockeye/internal/testkit"
	"sockeye/internal/testkit/packet"
	"sockeye/parse"
	"sockeye/parse/dpi"
)

// stages are what flows that are neither TCP nor UDP say of themselves, packet by
// packet.
var stages = []struct {
	name string
	make func(what byte) parse.Packet
	says []byte
	want []State
}{
	{"ICMP", func(b byte) parse.Packet { return frame(0, packet.IPv4{}, packet.ICMP{Type: b}) },
		[]byte{8, 0, 3, 11, 5, 13}, []State{EchoRequest, EchoReply, DestinationUnreachable, TimeExceeded, ICMPOther, ICMPOther}},
	{"ICMPv6", func(b byte) parse.Packet { return frame(0, packet.IPv6{}, packet.ICMPv6{Type: b}) },
		[]byte{128, 129, 1, 3, 2, 143}, []State{EchoRequest, EchoReply, DestinationUnreachable, TimeExceeded, ICMPOther, ICMPOther}},
	{"IGMP", func(b byte) parse.Packet {
		return frame(0, packet.IPv4{}, packet.Proto{Number: 2, Data: []byte{b, 0, 0, 0, 224, 0, 0, 1}})
	}, []byte{0x11, 0x12, 0x16, 0x22, 0x17, 0x99}, []State{IGMPQuery, IGMPReport, IGMPReport, IGMPReport, IGMPLeave, IGMPLeave}},
	{"ARP", func(b byte) parse.Packet { return frame(0, packet.ARP{Op: uint16(b)}) },
		[]byte{1, 2, 1, 9}, []State{ARPRequest, ARPReply, ARPRequest, ARPRequest}},
	{"SCTP", sctpChunk, []byte{1, 2, 10, 11, 0, 3, 7, 8, 14, 0}, []State{
		SCTPInit, SCTPInit, SCTPInit, SCTPEstablished, SCTPEstablished, SCTPEstablished, SCTPShutdown, SCTPShutdown, SCTPClosed, SCTPClosed}},
	{"SCTP from the middle, aborted, again", sctpChunk, []byte{4, 6, 5, 1, 11},
		[]State{SCTPEstablished, SCTPClosed, SCTPClosed, SCTPInit, SCTPEstablished}},
	{"SCTP restart", sctpChunk, []byte{11, 1}, []State{SCTPEstablished, SCTPEstablished}},
}

func sctpChunk(kind byte) parse.Packet {
	return frame(0, packet.IPv4{}, packet.SCTP{Src: 1000, Dst: 2000}, packet.Bytes{kind, 0, 0, 4})
}

func TestStages(t *testing.T) {
	for _, c := range stages {
		t.Run(c.name, func(t *testing.T) {
			tab := newTable(t, Config{})
			for i, what := range c.says {
				p := c.make(what)
				p.Time += int64(i) * ms
				p.Key.APort, p.Key.BPort = 0, 0 // echoes and the others are one flow here
				count(tab, 0, p)
				if r := only(t, snapshot(tab, int64(i)*ms)); r.State != [2]State{c.want[i]} {
					t.Errorf("after message %d (%d) the state is %q, want %q", i, what, r.State, c.want[i])
				}
				late := c.make(c.says[0])
				late.Time -= ms
				late.Data = nil // as a message from another shard has it
				late.ICMPType = 0
				late.Key = p.Key
				count(tab, 0, late)
			}
		})
	}
}

// What an SCTP packet says is in its first chunks.
func TestSCTPChunks(t *testing.T) {
	bundle := func(b ...byte) parse.Packet {
		return frame(0, packet.IPv4{}, packet.SCTP{Src: 1, Dst: 2}, packet.Bytes(b))
	}
	for _, c := range []struct {
		name string
		p    parse.Packet
		want State
	}{
		{"cookie ack and data", bundle(11, 0, 0, 4, 0, 3, 0, 17, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13), SCTPEstablished},
		{"length below the header", bundle(7, 0, 0, 3, 14, 0, 0, 4), SCTPShutdown},
		{"length beyond the packet", bundle(7, 0, 1, 0, 14, 0, 0, 4), SCTPShutdown},
		{"odd length, then the end", bundle(7, 0, 0, 5, 9, 0, 0, 0, 14, 0, 0, 4), SCTPClosed},
		{"nothing", bundle(), StateNone},
		{"unknown chunk", bundle(200, 0, 0, 4), StateNone},
	} {
		tab := newTable(t, Config{})
		count(tab, 0, c.p)
		if r := only(t, snapshot(tab, 0)); r.State[0] != c.want {
			t.Errorf("%s: got %q, want %q", c.name, r.State[0], c.want)
		}
	}
}

// UDP is active, idle and stale by time, but for what its application says.
func TestStatesOfUDP(t *testing.T) {
	tab := newTable(t, Config{})
	p := udp(0, 50000, 50001)
	count(tab, 0, p)
	for _, c := range []struct {
		after time.Duration
		want  State
	}{{0, UDPActive}, {30 * time.Second, UDPActive}, {31 * time.Second, UDPIdle}, {time.Minute, UDPIdle}, {61 * time.Second, UDPStale}} {
		if r := only(t, snapshot(tab, int64(c.after))); r.State != [2]State{c.want} {
			t.Errorf("after %v: got %q, want %q", c.after, r.State, c.want)
		}
	}
	for _, phase := range []string{"QUIC_INITIAL", "QUIC_HANDSHAKE", "QUIC_CONNECTED", "QUIC_DRAINING", "QUIC_CLOSED"} {
		tab := newTable(t, Config{})
		count(tab, 0, p)
		f, slot := flowOf(t, tab.shards[0], p)
		tab.shards[0].giveApp(f, slot, &dpi.App{Protocol: dpi.QUIC, Details: []dpi.Detail{&dpi.QUICDetail{Phase: phase}}})
		if r := only(t, snapshot(tab, 61_000*ms)); r.State[0].String() != phase {
			t.Errorf("got %q, want %s", r.State, phase)
		}
	}
}

func TestParseState(t *testing.T) {
	for _, c := range []struct {
		name string
		want []State
	}{
		{"ARP_WHO_HAS", []State{ARPRequest}}, {"ARP_REQUEST", []State{ARPRequest}},
		{"ARP_IS_AT", []State{ARPReply}}, {"arp_reply", []State{ARPReply}},
		{"DEST_UNREACH", []State{DestinationUnreachable}}, {"ECHO_REQ", []State{EchoRequest}}, {"ECHO_REP", []State{EchoReply}},
		{"established", []State{Established, SSHEstablished}}, {"BANNER", []State{SSHBanner}},
		{"LEAVE_GROUP", []State{IGMPLeave}}, {"QUIC_CONNECTED", []State{QUICConnected}},
		{"", nil}, {"OPEN", nil},
	} {
		if got := ParseState(c.name); !slices.Equal(got, c.want) {
			t.Errorf("%s: got %v, want %v", c.name, got, c.want)
		}
	}
	for s := StateNone + 1; s < states; s++ {
		if !slices.Contains(ParseState(s.String()), s) {
			t.Errorf("state %d, %q, is not found by its name", s, s)
		}
	}
}

func TestOtherAllocatesNothing(t *testing.T) {
	tab := newTable(t, Config{})
	var ps []parse.Packet
	for _, c := range stages {
		for _, b := range c.says {
			ps = append(ps, c.make(b))
		}
	}
	w := tab.Shard(0)
	w.Packets(ps)
	testkit.ZeroAllocs(t, "packets that are neither TCP nor UDP", func() {
		w.Packets(ps)
		w.EndBlock()
	})
}

// BenchmarkOther counts packets that are neither TCP nor UDP, neighbours and errors
// among them.
func BenchmarkOther(b *testing.B) {
	var ps []parse.Packet
	for _, c := range stages {
		ps = append(ps, c.make(c.says[0]))
	}
	for _, c := range neighborMessages() {
		ps = append(ps, c.p)
	}
	about := []packet.Layer{packet.IPv4{Src: client, Dst: server}, packet.UDP{Src: 40000, Dst: 53}}
	ps = append(ps, frame(0, about...), unreachable(0, about...))
	tab := newTable(b, Config{})
	w := tab.Shard(0)
	b.ReportAllocs()
	for b.Loop() {
		w.Packets(ps)
		w.EndBlock()
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(len(ps)), "ns/packet")
}
