package tests

import (
	"fmt"
	"strings"
	"testing"

	"sockeye/export"
	"sockeye/internal/testkit"
	"sockeye/internal/testkit/packet"
)

// TestLiveUDP: both ways, by the end that sends first.
func TestLiveUDP(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name       string
		v6, atPeer bool
	}{
		{"IPv4 outgoing", false, false},
		{"IPv6 outgoing", true, false},
		{"IPv4 incoming", false, true},
		{"IPv6 incoming", true, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			a, b, ifA, ifB := testkit.Veth(t)
			k := vethTalk(t, a, b, tt.v6)
			endA, endB := k.ends()
			ns, dev, direction := a, ifA, "outgoing"
			if tt.atPeer {
				ns, dev, direction = b, ifB, "incoming"
			}
			w := live(t, ns, "-i", dev)
			const asked, answered = 500, 300
			k.send(asked, 100)
			k.reply(answered, 1000)
			r := w.end(asked + answered)
			checkLossless(t, r)
			sent, received := times(asked, udpOf(tt.v6, 100)), times(answered, udpOf(tt.v6, 1000))
			if tt.atPeer {
				endA, endB, sent, received = endB, endA, received, sent
			}
			f := flowOf(t, r, "udp", endA, endB)
			checkFlow(t, f, sent, received)
			checkInterface(t, r, dev, sent, received)
			if f.Direction != direction || f.Guessed || f.Interface != dev || len(r.Flows) != 1 {
				t.Errorf("got direction %s, guessed %v, interface %s, %d flows want %s, false, %s, 1",
					f.Direction, f.Guessed, f.Interface, len(r.Flows), direction, dev)
			}
			if r.Totals.Ways != f.Ways {
				t.Errorf("got totals %+v want the only flow's %+v", r.Totals.Ways, f.Ways)
			}
		})
	}
}

func TestLiveVLAN(t *testing.T) {
	t.Parallel()
	a, b, ifA, ifB := testkit.Veth(t)
	in, out := b.Injector(t, ifB), a.Injector(t, ifA)
	w := live(t, a, "-i", ifA, "--queues", "4")

	// Two tags, of which the kernel takes the outer one off what comes in.
	for _, tags := range [][]packet.Layer{
		{packet.VLAN{ID: 7}},
		{packet.VLAN{ID: 100, TPID: 0x88a8}, packet.VLAN{ID: 200}},
	} {
		request := append([]packet.Layer{packet.Ethernet{Src: macOf(testkit.MACB), Dst: macOf(testkit.MACA)}}, tags...)
		request = append(request, packet.IPv4{Src: packet.IP(testkit.AddrB4), Dst: packet.IP(testkit.AddrA4)},
			packet.UDP{Src: 4000, Dst: uint16(5000 + len(tags))}, packet.Zeros(100))
		answer := append([]packet.Layer{packet.Ethernet{Src: macOf(testkit.MACA), Dst: macOf(testkit.MACB)}}, tags...)
		answer = append(answer, packet.IPv4{Src: packet.IP(testkit.AddrA4), Dst: packet.IP(testkit.AddrB4)},
			packet.UDP{Src: uint16(5000 + len(tags)), Dst: 4000}, packet.Zeros(200))
		in.Send(t, frames(40, packet.Build(request...))...)
		out.Send(t, frames(30, packet.Build(answer...))...)
	}
	// Nobody listens behind the tag, so that the kernel answers nothing.
	r := w.end(2 * (40 + 30))
	checkLossless(t, r)
	for i, vlan := range []uint16{7, 100} {
		tags := i + 1
		f := flowOf(t, r, "udp", fmt.Sprintf("%s:%d", testkit.AddrA4, 5000+tags), testkit.AddrB4+":4000")
		sent, received := udp4(200), udp4(100)
		sent.Bytes += uint64(4 * tags)
		received.Bytes += uint64(4 * tags)
		checkFlow(t, f, times(30, sent), times(40, received))
		if f.VLAN != vlan {
			t.Errorf("%d tags: got VLAN %d want %d", tags, f.VLAN, vlan)
		}
	}
}

func TestLiveJumbo(t *testing.T) {
	t.Parallel()
	a, b, ifA, ifB := testkit.Veth(t)
	a.IP(t, "link", "set", ifA, "mtu", "9000")
	b.IP(t, "link", "set", ifB, "mtu", "9000")
	for _, v6 := range []bool{false, true} {
		k := vethTalk(t, a, b, v6)
		w := live(t, a, "-i", ifA)
		const payload = 9000 - ip6Header - udpHeader
		k.send(50, payload)
		k.reply(40, payload)
		r := w.end(90)
		checkLossless(t, r)
		endA, endB := k.ends()
		checkFlow(t, flowOf(t, r, "udp", endA, endB), times(50, udpOf(v6, payload)), times(40, udpOf(v6, payload)))
	}
}

// TestLiveFragments sends small datagrams, whose queue follows from the ports,
// and large ones, whose queue cannot. They are one flow all the same.
func TestLiveFragments(t *testing.T) {
	t.Parallel()
	for _, v6 := range []bool{false, true} {
		for _, queues := range []int{1, 4} {
			t.Run(fmt.Sprintf("IPv6 %v, %d queues", v6, queues), func(t *testing.T) {
				t.Parallel()
				testFragments(t, v6, queues)
			})
		}
	}
}

func testFragments(t *testing.T, v6 bool, queues int) {
	a, b, ifA, _ := testkit.Veth(t)
	w := live(t, a, "-i", ifA, "--queues", fmt.Sprint(queues))
	const (
		flows         = 24
		small, large  = 100, 4000 // payload
		count, pieces = 20, 3     // datagrams of each size and way; fragments of a large one at an MTU of 1500
	)
	var talks []*talk
	for range flows {
		talks = append(talks, vethTalk(t, a, b, v6))
	}
	for range count {
		for _, k := range talks {
			k.send(1, small)
			k.send(1, large)
			k.reply(1, large)
			k.reply(1, small)
		}
	}
	const perFlow = 2 * count * (1 + pieces)
	r := w.end(flows * perFlow)
	checkLossless(t, r)
	if in := interfaceOf(t, r, ifA); in.Queues != queues {
		t.Errorf("got %d queues want %d", in.Queues, queues)
	}
	if len(r.Flows) != flows || r.Other.Packets != 0 {
		t.Errorf("got %d flows and %d packets in other, want %d and 0", len(r.Flows), r.Other.Packets, flows)
	}
	way := times(count, udpOf(v6, small))
	add(&way, times(count, fragmented(v6, large, pieces)))
	for _, k := range talks {
		endA, endB := k.ends()
		checkFlow(t, flowOf(t, r, "udp", endA, endB), way, way)
	}
}

// fragmented returns what a datagram counts that goes in pieces. Each has the
// IP header; the UDP header, of which only the first knows, is payload of the
// datagram to none of them.
func fragmented(v6 bool, payload, pieces int) export.Volume {
	header := ip4Header
	if v6 {
		header = ip6Header + 8 // the fragment header
	}
	ip := pieces*header + udpHeader + payload
	return export.Volume{
		Packets: uint64(pieces), Bytes: uint64(pieces*etherHeader + ip),
		IP: uint64(ip), Payload: uint64(payload),
	}
}

// TestLivePadding: the padding of a short frame is on the wire, but no payload.
func TestLivePadding(t *testing.T) {
	t.Parallel()
	a, b, ifA, ifB := testkit.Veth(t)
	w := live(t, a, "-i", ifA)
	b.Injector(t, ifB).Send(t, frames(10, packet.Build(
		packet.Ethernet{Src: macOf(testkit.MACB), Dst: macOf(testkit.MACA), Pad: true},
		packet.IPv4{Src: packet.IP(testkit.AddrB4), Dst: packet.IP(testkit.AddrA4)},
		packet.TCP{Src: 4000, Dst: 5000, Flags: packet.RST}))...) // which nobody answers
	r := w.end(10)
	f := flowOf(t, r, "tcp", testkit.AddrA4+":5000", testkit.AddrB4+":4000")
	checkFlow(t, f, export.Volume{}, export.Volume{Packets: 10, Bytes: 600, IP: 400, Payload: 0})
}

// TestLiveNotIP: what is not IP counts too, by its EtherType.
func TestLiveNotIP(t *testing.T) {
	t.Parallel()
	a, b, ifA, ifB := testkit.Veth(t)
	w := live(t, a, "-i", ifA)
	ether := packet.Ethernet{Src: macOf(testkit.MACB), Dst: macOf(testkit.MACA)}
	inject := b.Injector(t, ifB)
	inject.Send(t, frames(3, packet.Build(ether, packet.ARP{Op: 2, Src: packet.IP(testkit.AddrB4), Dst: packet.IP(testkit.AddrA4)}))...)
	ether.Type = 0x88cc
	inject.Send(t, frames(4, packet.Build(ether, packet.Zeros(50)))...)
	r := w.end(7)
	arp := flowOf(t, r, "arp", testkit.AddrA4, testkit.AddrB4)
	checkFlow(t, arp, export.Volume{}, export.Volume{Packets: 3, Bytes: 3 * 42})
	var lldp *export.Protocol
	for i := range r.Protocols {
		if p := &r.Protocols[i]; p.Family == "link" && p.Number == 0x88cc {
			lldp = p
		}
	}
	if want := (export.Volume{Packets: 4, Bytes: 4 * 64}); lldp == nil || lldp.Volume != want {
		t.Errorf("EtherType 0x88cc: got %+v want %+v", lldp, want)
	}
}

// macOf reads a MAC address of six two-digit bytes.
func macOf(s string) (m packet.MAC) {
	if n, err := fmt.Sscanf(strings.ReplaceAll(s, ":", " "), "%x %x %x %x %x %x", &m[0], &m[1], &m[2], &m[3], &m[4], &m[5]); n != 6 {
		panic(err)
	}
	return m
}
