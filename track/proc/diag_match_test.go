package proc

import (
	"slices"
	"testing"

	"sockeye/parse"
)

func TestFit(t *testing.T) {
	tcp := func(state, local, remote string) Socket {
		return Socket{Family: afInet, Proto: parse.ProtoTCP, Type: sockStream, State: state, Local: end(local), Remote: end(remote), Cookie: 1}
	}
	udp := func(local, remote string) Socket {
		return Socket{Family: afInet, Proto: parse.ProtoUDP, Type: sockDgram, Local: end(local), Remote: end(remote), Cookie: 1}
	}
	six := func(s Socket, dual bool) Socket { s.Family, s.Dual = afInet6, dual; return s }
	text := func(s Socket) Socket { s.Cookie = 0; return s }
	raw := func(family uint8, proto uint16, local, remote string) Socket {
		return Socket{Family: family, Proto: proto, Type: sockRaw, Local: end(local), Remote: end(remote)}
	}
	for _, tt := range []struct {
		name          string
		socket        Socket
		proto         uint8
		local, remote string
		want          match
	}{
		{"connected", tcp("ESTABLISHED", "192.0.2.1:80", "192.0.2.2:4000"), 6, "192.0.2.1:80", "192.0.2.2:4000", matchExact},
		{"connected to another port", tcp("ESTABLISHED", "192.0.2.1:80", "192.0.2.2:4001"), 6, "192.0.2.1:80", "192.0.2.2:4000", matchNone},
		{"connected to another address", tcp("ESTABLISHED", "192.0.2.1:80", "192.0.2.3:4000"), 6, "192.0.2.1:80", "192.0.2.2:4000", matchNone},
		{"the other end of it", tcp("ESTABLISHED", "192.0.2.2:4000", "192.0.2.1:80"), 6, "192.0.2.1:80", "192.0.2.2:4000", matchNone},
		{"connected, but the other protocol", tcp("ESTABLISHED", "192.0.2.1:80", "192.0.2.2:4000"), 17, "192.0.2.1:80", "192.0.2.2:4000", matchNone},
		{"connected at a socket for both", six(tcp("ESTABLISHED", "192.0.2.1:80", "192.0.2.2:4000"), false), 6, "192.0.2.1:80", "192.0.2.2:4000", matchExact},
		{"listens at the address", tcp("LISTEN", "192.0.2.1:80", "0.0.0.0:0"), 6, "192.0.2.1:80", "192.0.2.2:4000", matchListener},
		{"listens at any", tcp("LISTEN", "0.0.0.0:80", "0.0.0.0:0"), 6, "192.0.2.1:80", "192.0.2.2:4000", matchListener},
		{"listens at another", tcp("LISTEN", "192.0.2.9:80", "0.0.0.0:0"), 6, "192.0.2.1:80", "192.0.2.2:4000", matchNone},
		{"listens for both", six(tcp("LISTEN", "[::]:80", "[::]:0"), true), 6, "192.0.2.1:80", "192.0.2.2:4000", matchListener},
		{"listens for IPv6 alone", six(tcp("LISTEN", "[::]:80", "[::]:0"), false), 6, "192.0.2.1:80", "192.0.2.2:4000", matchNone},
		{"the text does not tell for which", text(six(tcp("LISTEN", "[::]:80", "[::]:0"), false)), 6, "192.0.2.1:80", "192.0.2.2:4000", matchUnsure},
		{"IPv6 at a socket for IPv4", tcp("LISTEN", "0.0.0.0:80", "0.0.0.0:0"), 6, "[2001:db8::1]:80", "[2001:db8::2]:4000", matchNone},
		{"bound, and neither connected nor listening", tcp("BOUND", "192.0.2.1:80", "0.0.0.0:0"), 6, "192.0.2.1:80", "192.0.2.2:4000", matchNone},

		{"UDP bound", udp("192.0.2.1:53", "0.0.0.0:0"), 17, "192.0.2.1:53", "192.0.2.2:4000", matchBound},
		{"UDP bound to any", udp("0.0.0.0:53", "0.0.0.0:0"), 17, "192.0.2.1:53", "192.0.2.2:4000", matchBound},
		{"UDP bound to any, for both", six(udp("[::]:53", "[::]:0"), true), 17, "192.0.2.1:53", "192.0.2.2:4000", matchBound},
		{"UDP bound to an IPv4 address by IPv6", six(udp("192.0.2.1:53", "[::]:0"), false), 17, "192.0.2.1:53", "192.0.2.2:4000", matchBound},
		{"UDP connected", udp("192.0.2.1:4000", "192.0.2.2:53"), 17, "192.0.2.1:4000", "192.0.2.2:53", matchExact},
		{"UDP connected elsewhere", udp("192.0.2.1:4000", "192.0.2.3:53"), 17, "192.0.2.1:4000", "192.0.2.2:53", matchNone},
		{"a resolver is no owner of questions to another", udp("127.0.0.1:53", "0.0.0.0:0"), 17, "192.0.2.1:4000", "8.8.8.8:53", matchNone},
		{"bound to a group, sends from any address", udp("224.0.0.251:5353", "0.0.0.0:0"), 17, "192.0.2.1:5353", "224.0.0.251:5353", matchBound},
		{"a group of the other family", six(udp("[ff02::fb]:5353", "[::]:0"), true), 17, "192.0.2.1:5353", "224.0.0.251:5353", matchNone},
		{"asks by DHCP without an address", udp("0.0.0.0:68", "0.0.0.0:0"), 17, "0.0.0.0:68", "255.255.255.255:67", matchBound},

		{"raw", raw(afInet, 253, "0.0.0.0:0", "0.0.0.0:0"), 253, "192.0.2.1:0", "192.0.2.2:0", matchBound},
		{"raw, another protocol", raw(afInet, 253, "0.0.0.0:0", "0.0.0.0:0"), 254, "192.0.2.1:0", "192.0.2.2:0", matchNone},
		{"raw, connected elsewhere", raw(afInet, 253, "192.0.2.1:0", "192.0.2.3:0"), 253, "192.0.2.1:0", "192.0.2.2:0", matchNone},
		{"raw, the other family", raw(afInet6, 253, "[::]:0", "[::]:0"), 253, "192.0.2.1:0", "192.0.2.2:0", matchNone},
		{"raw ICMP gets everybody's", raw(afInet, 1, "0.0.0.0:0", "0.0.0.0:0"), 1, "192.0.2.1:7", "192.0.2.2:7", matchUnsure},
		{"raw ICMP, connected", raw(afInet, 1, "192.0.2.1:0", "192.0.2.2:0"), 1, "192.0.2.1:7", "192.0.2.2:7", matchBound},
		{"ping", Socket{Family: afInet, Proto: 1, Type: sockDgram, Local: end("0.0.0.0:7"), Remote: end("0.0.0.0:0")}, 1, "192.0.2.1:7", "192.0.2.2:7", matchBound},
		{"ping, connected", Socket{Family: afInet, Proto: 1, Type: sockDgram, Local: end("192.0.2.1:7"), Remote: end("192.0.2.2:0")}, 1, "192.0.2.1:7", "192.0.2.2:7", matchExact},
		{"ping with another identifier", Socket{Family: afInet, Proto: 1, Type: sockDgram, Local: end("0.0.0.0:8"), Remote: end("0.0.0.0:0")}, 1, "192.0.2.1:7", "192.0.2.2:7", matchNone},
		{"packet sockets have no flows", Socket{Family: afPacket, Proto: 6, Type: sockRaw}, 6, "192.0.2.1:80", "192.0.2.2:4000", matchNone},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := fit(&tt.socket, tt.proto, end(tt.local), end(tt.remote)); got != tt.want {
				t.Errorf("got %d, want %d", got, tt.want)
			}
		})
	}
}

func TestBest(t *testing.T) {
	listener := func(inode uint64, family uint8, local string, dual bool) Socket {
		return Socket{
			Family: family, Proto: 6, Type: sockStream, State: "LISTEN", Cookie: 1, Inode: inode, Dual: dual,
			Local: end(local), Remote: end("0.0.0.0:0"),
		}
	}
	anyone, both := listener(1, afInet, "0.0.0.0:80", false), listener(2, afInet6, "[::]:80", true)
	one, twin := listener(3, afInet, "192.0.2.1:80", false), listener(4, afInet, "192.0.2.1:80", false)
	accepted := Socket{
		Family: afInet, Proto: 6, Type: sockStream, State: "ESTABLISHED", Inode: 5,
		Local: end("192.0.2.1:80"), Remote: end("192.0.2.2:4000"),
	}
	for _, tt := range []struct {
		name    string
		sockets []Socket
		want    []uint64
		match   match
	}{
		{"none", nil, nil, matchNone},
		{"for IPv4 before for both", []Socket{both, anyone}, []uint64{1}, matchListener},
		{"the address before any", []Socket{one, anyone, both}, []uint64{3}, matchListener},
		{"all of a group", []Socket{anyone, one, twin}, []uint64{3, 4}, matchListener},
		{"who has it before who listens", []Socket{one, accepted, twin}, []uint64{5}, matchExact},
	} {
		t.Run(tt.name, func(t *testing.T) {
			before := Socket{Inode: 99}
			b := best{proto: 6, local: end("192.0.2.1:80"), remote: end("192.0.2.2:4000"), from: 1, found: []Socket{before}}
			for i := range tt.sockets {
				b.add(&tt.sockets[i])
			}
			var got []uint64
			for _, s := range b.found[1:] {
				got = append(got, s.Inode)
			}
			if len(got) != len(tt.want) || b.match != tt.match || b.found[0].Inode != 99 {
				t.Fatalf("got %v by %d, want %v by %d", got, b.match, tt.want, tt.match)
			}
			for i := range got {
				if got[i] != tt.want[i] {
					t.Errorf("got %v, want %v", got, tt.want)
				}
			}
		})
	}
}

func TestNarrowest(t *testing.T) {
	at := func(inode uint64, local, device string) Socket {
		return Socket{Family: afInet, Proto: 17, Type: sockDgram, Inode: inode, Local: end(local), Remote: end("0.0.0.0:0"), Device: device}
	}
	raw := at(9, "192.0.2.1:0", "")
	raw.Type = sockRaw
	both := at(4, "[::]:53", "")
	both.Family, both.Dual = afInet6, true
	for _, tt := range []struct {
		name    string
		sockets []Socket
		to      string
		want    []uint64
	}{
		{"the address before any", []Socket{at(1, "0.0.0.0:53", ""), at(2, "192.0.2.1:53", "")}, "192.0.2.1", []uint64{2}},
		{"for IPv4 before for both", []Socket{both, at(1, "0.0.0.0:53", "")}, "192.0.2.1", []uint64{1}},
		{"a group", []Socket{at(2, "192.0.2.1:53", ""), at(1, "0.0.0.0:53", ""), at(3, "192.0.2.1:53", "")}, "192.0.2.1", []uint64{2, 3}},
		{"at an interface, which may be another", []Socket{at(1, "0.0.0.0:53", ""), at(2, "192.0.2.1:53", "eth1")}, "192.0.2.1", []uint64{1, 2}},
		{"all get what is for a group of hosts", []Socket{at(1, "0.0.0.0:53", ""), at(2, "224.0.0.251:53", "")}, "224.0.0.251", []uint64{1, 2}},
		{"all get what is for all stations", []Socket{at(1, "0.0.0.0:67", ""), at(2, "255.255.255.255:67", "")}, "255.255.255.255", []uint64{1, 2}},
		{"raw sockets get copies", []Socket{at(1, "0.0.0.0:0", ""), raw}, "192.0.2.1", []uint64{1, 9}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var got []uint64
			for _, s := range narrowest(tt.sockets, end(tt.to+":1").Addr()) {
				got = append(got, s.Inode)
			}
			if !slices.Equal(got, tt.want) {
				t.Errorf("got %v, want %v", got, tt.want)
			}
		})
	}
}
