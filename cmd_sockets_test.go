package main

import (
	"net/netip"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"sockeye/export"
	"sockeye/parse"
	"sockeye/track"
	"sockeye/track/proc"
)

// Sockets of the tests, in the order of the list.
const (
	listens = iota
	wildcard
	bindsOne
	bindsDual
	sharesA
	sharesB
	calls
	elsewhere
)

func testSockets() []proc.Socket {
	at := netip.MustParseAddrPort
	return []proc.Socket{
		listens:   {Proto: parse.ProtoTCP, Type: 1, State: "LISTEN", Local: at("192.0.2.2:80")},
		wildcard:  {Proto: parse.ProtoUDP, Type: 2, State: "UNCONNECTED", Local: at("0.0.0.0:53")},
		bindsOne:  {Proto: parse.ProtoUDP, Type: 2, State: "UNCONNECTED", Local: at("192.0.2.2:53")},
		bindsDual: {Proto: parse.ProtoUDP, Type: 2, State: "UNCONNECTED", Local: at("[::]:123"), Dual: true},
		sharesA:   {Proto: parse.ProtoUDP, Type: 2, State: "UNCONNECTED", Local: at("0.0.0.0:5353"), Inode: 1},
		sharesB:   {Proto: parse.ProtoUDP, Type: 2, State: "UNCONNECTED", Local: at("0.0.0.0:5353"), Inode: 2},
		calls:     {Proto: parse.ProtoTCP, Type: 1, State: "ESTABLISHED", Local: at("192.0.2.2:50000"), Remote: at("203.0.113.9:443")},
		elsewhere: {Proto: parse.ProtoTCP, Type: 1, State: "ESTABLISHED", Local: at("192.0.2.2:50001"), Remote: at("203.0.113.9:443"), NetNS: 1},
	}
}

// TestJoinTraffic gives flows to the sockets that can have carried them, and to none
// where it cannot be told which did.
func TestJoinTraffic(t *testing.T) {
	flow := func(class track.Class, proto uint16, local, remote string) track.Row {
		end := func(s string) track.Endpoint {
			a := netip.MustParseAddrPort(s)
			return track.Endpoint{Addr: a.Addr(), Port: a.Port()}
		}
		return track.Row{
			Family: parse.FamilyIPv4, Proto: proto, Class: class, Local: end(local), Remote: end(remote),
			Count: [2]track.Count{{Bytes: 10}, {Bytes: 4}},
		}
	}
	const own = 7
	one := export.SocketTraffic{Flows: 1, Sent: 10, Received: 4, RateSent: 5, RateReceived: 2}
	for _, tt := range []struct {
		name string
		flow track.Row
		want map[int]export.SocketTraffic
	}{
		{"connected", flow(track.Outgoing, parse.ProtoTCP, "192.0.2.2:50000", "203.0.113.9:443"), map[int]export.SocketTraffic{calls: one}},
		{"its address before all", flow(track.Incoming, parse.ProtoUDP, "192.0.2.2:53", "198.51.100.1:999"), map[int]export.SocketTraffic{bindsOne: one}},
		{"all addresses", flow(track.Incoming, parse.ProtoUDP, "192.0.2.3:53", "198.51.100.1:999"), map[int]export.SocketTraffic{wildcard: one}},
		{"IPv4 at one for both", flow(track.Incoming, parse.ProtoUDP, "192.0.2.2:123", "198.51.100.1:123"), map[int]export.SocketTraffic{bindsDual: one}},
		{"two that fit", flow(track.Incoming, parse.ProtoUDP, "192.0.2.2:5353", "198.51.100.1:5353"), nil},
		{"another protocol", flow(track.Incoming, parse.ProtoTCP, "192.0.2.2:53", "198.51.100.1:999"), nil},
		{"one that only listens", flow(track.Incoming, parse.ProtoTCP, "192.0.2.2:80", "198.51.100.1:999"), nil},
		{"another namespace", flow(track.Outgoing, parse.ProtoTCP, "192.0.2.2:50001", "203.0.113.9:443"), nil},
		{"forwarded", flow(track.Forwarded, parse.ProtoTCP, "192.0.2.2:50000", "203.0.113.9:443"), nil},
		{"both ends here", flow(track.Loopback, parse.ProtoUDP, "192.0.2.3:123", "192.0.2.3:53"), map[int]export.SocketTraffic{
			bindsDual: one, wildcard: {Flows: 1, Sent: 4, Received: 10, RateSent: 2, RateReceived: 5},
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			all := testSockets()
			for i := range all {
				if all[i].NetNS == 0 {
					all[i].NetNS = own
				}
			}
			record := export.NewSocketRecord(time.Unix(0, 0), all, nil)
			record.Measured = 2
			joinTraffic(proc.NewSocketIndex(all, own), record, []track.Row{tt.flow})
			for i := range record.Sockets {
				var got export.SocketTraffic
				if s := record.Sockets[i].Traffic; s != nil {
					got = *s
				}
				if diff := cmp.Diff(tt.want[i], got); diff != "" {
					t.Errorf("socket %d: want (-) got (+):\n%s", i, diff)
				}
			}
		})
	}
}

// TestSocketsWanted leaves out what the options do not name.
func TestSocketsWanted(t *testing.T) {
	all := append(testSockets(), proc.Socket{Family: 17, Proto: 3, Type: 3}, proc.Socket{Proto: parse.ProtoICMP, Type: 3, State: "UNCONNECTED", Local: netip.MustParseAddrPort("0.0.0.0:0")})
	const packet, icmp = elsewhere + 1, elsewhere + 2
	for _, tt := range []struct {
		name string
		cmd  socketsCmd
		want []int
	}{
		{"all", socketsCmd{}, []int{listens, wildcard, bindsOne, bindsDual, sharesA, sharesB, calls, elsewhere, packet, icmp}},
		{"listening", socketsCmd{Listening: true}, []int{listens, wildcard, bindsOne, bindsDual, sharesA, sharesB, icmp}},
		{"TCP", socketsCmd{TCP: true}, []int{listens, calls, elsewhere}},
		{"TCP and raw", socketsCmd{TCP: true, Raw: true}, []int{listens, calls, elsewhere, packet, icmp}},
		{"UDP that listens", socketsCmd{UDP: true, Listening: true}, []int{wildcard, bindsOne, bindsDual, sharesA, sharesB}},
	} {
		record := export.NewSocketRecord(time.Unix(0, 0), all, nil)
		var got []int
		for i := range record.Sockets {
			if !tt.cmd.unwanted(record.Sockets[i]) {
				got = append(got, i)
			}
		}
		if !slices.Equal(got, tt.want) {
			t.Errorf("%s: got %v want %v", tt.name, got, tt.want)
		}
	}
}

// TestSocketsOrder puts those that listen first, then those that are bound.
func TestSocketsOrder(t *testing.T) {
	want := testSockets()
	all := slices.Clone(want)
	slices.Reverse(all)
	slices.SortStableFunc(all, compareSockets)
	var got []string
	for _, s := range all {
		got = append(got, s.State)
	}
	order := []string{"LISTEN", "UNCONNECTED", "UNCONNECTED", "UNCONNECTED", "UNCONNECTED", "UNCONNECTED", "ESTABLISHED", "ESTABLISHED"}
	if !slices.Equal(got, order) || all[1].Local != want[wildcard].Local || all[4].Inode != 1 {
		t.Errorf("got %v, %v then inode %d want %v, by port, then inode", got, all[1].Local, all[4].Inode, order)
	}
}
