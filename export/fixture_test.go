package export

import (
	"errors"
	"net/netip"
	"strings"
	"time"

	"sockeye/capture"
	"sockeye/parse"
	"sockeye/parse/dpi"
	"sockeye/track"
	"sockeye/track/names"
)

const (
	sec   = int64(time.Second)
	begin = int64(1_700_000_000_000_000_000) // 2023-11-14T22:13:20Z
)

var testNames = Names{
	Hosts:    names.ReadHosts(strings.NewReader("192.0.2.2 desk\n")),
	Services: names.ReadServices(strings.NewReader("https 443/tcp\nssh 22/tcp\ndomain 53/udp\nntp 123/udp\n")),
}

func end(text string) track.Endpoint {
	p := netip.MustParseAddrPort(text)
	return track.Endpoint{Addr: p.Addr(), Port: p.Port()}
}

func count(packets, bytes uint64) track.Count {
	return track.Count{Packets: packets, Bytes: bytes, IPBytes: bytes - 14*packets, Payload: bytes - 54*packets}
}

// steady returns the rates of a flow that has run at the same pace for long.
func steady(sent, received float64) [3][2]track.Rate {
	way := [2]track.Rate{{Bytes: sent, Packets: sent / 1000}, {Bytes: received, Packets: received / 1000}}
	return [3][2]track.Rate{way, way, way}
}

// poorHealth has something of everything.
var poorHealth = track.Health{
	Handshake: 25 * time.Millisecond, RTT: [2]time.Duration{20 * time.Millisecond, 250 * time.Microsecond},
	MinRTT:      [2]time.Duration{19 * time.Millisecond, 100 * time.Microsecond},
	Retransmits: [2]uint32{1, 2}, FastRetransmits: [2]uint32{3, 4}, Spurious: [2]uint32{5, 6}, OutOfOrder: [2]uint32{7, 8},
	DuplicateACKs: [2]uint32{9, 10}, ZeroWindows: [2]uint32{11, 12}, Missed: [2]uint32{13, 14}, MissedBytes: [2]uint64{1448, 2896},
	Window: [2]uint32{65_280, 1 << 20}, Scale: [2]int8{0, 14}, MSS: [2]uint16{1460, 1400}, SACK: true, Timestamps: true,
}

// fixture is a capture ten seconds old, with a flow of each kind.
func fixture() (*track.Snapshot, Capture) {
	s := &track.Snapshot{
		Time: begin + 10*sec, Start: begin, Until: begin + 10*sec,
		Window: [3]time.Duration{2 * time.Second, 10 * time.Second, 10 * time.Second},
		Live:   7,
		Flows: []track.Row{
			{
				ID: 1, Family: parse.FamilyIPv4, Proto: parse.ProtoTCP, Class: track.Outgoing, InitiatorKnown: true,
				Local: end("192.0.2.2:50000"), Remote: end("203.0.113.9:443"),
				First: begin + sec, Last: begin + 9*sec + 1,
				Count: [2]track.Count{count(10, 10_000), count(1000, 1_500_000)},
				Rate:  steady(1000, 150_000), Peak: [3]float64{1200, 200_000.5, 201_000},
				Iface: 0, Ifaces: 0b101, VLAN: 12,
				State: [2]track.State{track.FinWait2, track.CloseWait}, Health: poorHealth,
				App: &dpi.App{Protocol: dpi.TLS, Confidence: dpi.Exact},
			},
			{
				ID: 2, Family: parse.FamilyIPv6, Proto: parse.ProtoTCP, Class: track.Incoming, InitiatorKnown: true,
				Local: end("[2001:db8::2]:22"), Remote: end("[2001:db8:1111:2222:3333:4444:5555:6666]:61000"),
				First: begin, Last: begin + 10*sec,
				Count: [2]track.Count{count(5, 5000), count(5, 500)},
				Rate:  steady(1.0/3, 0), Peak: [3]float64{5000, 500, 5500}, Ifaces: 1,
				State: [2]track.State{track.Closed, track.Closed}, Closed: track.ByRST,
				Health: track.Health{Scale: [2]int8{-1, -1}},
				Error:  track.Report{Count: 3, Type: 1, Code: 4, From: netip.MustParseAddr("2001:db8::1")},
			},
			{
				ID: 3, Family: parse.FamilyIPv4, Proto: parse.ProtoUDP, Class: track.Outgoing,
				Local: end("192.0.2.2:123"), Remote: end("198.51.100.1:123"),
				First: begin, Last: begin, Count: [2]track.Count{count(1, 90), count(1, 90)}, Ifaces: 1,
				State: [2]track.State{track.UDPActive}, Stale: 10.0 / 30,
				Error: track.Report{Count: 1, Type: 3, Code: 99},
			},
			{
				ID: 4, Family: parse.FamilyIPv4, Proto: parse.ProtoICMP, Class: track.Forwarded,
				Local: end("198.51.100.7:777"), Remote: end("203.0.113.77:777"),
				First: begin, Last: begin + 2*sec, Count: [2]track.Count{count(3, 294), count(3, 294)},
				Rate: steady(58.8, 58.8), Ifaces: 1 << 31,
			},
			{
				ID: 5, Family: parse.FamilyARP, Proto: 0x0806, Class: track.Incoming, InitiatorKnown: true,
				Local: track.Endpoint{Addr: netip.MustParseAddr("192.0.2.2")}, Remote: track.Endpoint{Addr: netip.MustParseAddr("192.0.2.1")},
				First: begin, Last: begin, Count: [2]track.Count{{Packets: 1, Bytes: 42}, {Packets: 1, Bytes: 60}}, Iface: 9,
			},
			{
				ID: 6, Family: parse.FamilyLink, Proto: 0x88cc, Class: track.Forwarded,
				Local: track.Endpoint{MAC: [6]byte{2, 0, 0, 0, 0, 1}}, Remote: track.Endpoint{MAC: [6]byte{1, 0x80, 0xc2, 0, 0, 0xe}},
				First: begin, Last: begin, Count: [2]track.Count{{Packets: 2, Bytes: 400}, {}},
			},
			{ID: 7, Class: track.Forwarded, First: begin, Last: begin, Count: [2]track.Count{{Packets: 1, Bytes: 9}, {}}},
		},
		Totals: track.Totals{
			All:       count(2000, 3_000_000),
			Own:       track.Meter{Count: [2]track.Count{count(100, 100_000), count(1500, 2_500_000)}, Rate: steady(10_000, 250_000), Peak: [3]float64{1e6, 2e6, 2.4e6}},
			Loopback:  count(100, 100_000),
			Forwarded: count(300, 300_000),
			Rate:      [3]track.Rate{{Bytes: 300_000, Packets: 200}, {Bytes: 300_000, Packets: 200}, {Bytes: 300_000, Packets: 200}},
			Peak:      2.5e6,
			Filtered:  track.Fold{Flows: 2, Count: count(100, 100_000), Rate: [3]track.Rate{{Bytes: 10_000, Packets: 10}}},
			Other:     track.Fold{Flows: 40, Count: count(500, 700_000)},
		},
		Interfaces: []track.InterfaceMeter{
			{Slot: 0, Meter: track.Meter{Count: [2]track.Count{count(100, 100_000), count(1600, 2_600_000)}, Rate: steady(10_000, 260_000)}, Parse: track.Parse{Malformed: 1, Truncated: 2}},
			{Slot: 2, Meter: track.Meter{Count: [2]track.Count{count(1, 64), {}}}},
		},
		Protocols: []track.ProtocolTotal{
			{Family: parse.FamilyIPv4, Proto: parse.ProtoTCP, Flows: 1, Count: count(1500, 2_000_000), Evicted: count(10, 1000)},
			{Family: parse.FamilyLink, Proto: 0x0806, Flows: 1, Count: track.Count{Packets: 2, Bytes: 102}},
		},
		Losses: track.Losses{Evicted: 12, Expired: 3, Handoff: 1, Untimely: 4},
	}
	return s, Capture{
		Source: Source{Kind: "live"},
		Interfaces: []capture.InterfaceStatus{
			{
				Slot: 0, Name: "eth0", Kind: "ethernet", Link: parse.LinkEthernet, State: capture.StateCapturing,
				Queues: 2, RingBytes: 32 << 20, Stats: capture.Stats{Received: 1800}, Packets: 1700, Bytes: 2_700_000,
				Unread: 100, Gaps: 1, GapTime: 1500 * time.Millisecond,
			},
			{Slot: 2, Name: "wg0", Kind: "wireguard", Link: parse.LinkCooked, State: capture.StateFailed, Err: errors.New("no buffer space")},
		},
	}
}

// dropped makes the fixture one in which the kernel dropped n packets.
func dropped(c Capture, n uint64) Capture {
	c.Interfaces[0].Stats.Received += n
	c.Interfaces[0].Stats.Dropped += n
	c.Interfaces[0].Stats.Freezes = min(n, 2)
	return c
}
