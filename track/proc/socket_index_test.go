package proc

import (
	"net/netip"
	"testing"

	"sockeye/parse"
)

func TestSocketIndex(t *testing.T) {
	const own, other = 100, 200
	at := netip.MustParseAddrPort
	socket := func(state, local, remote string, netns uint64) Socket {
		s := Socket{Proto: parse.ProtoTCP, State: state, Local: at(local), NetNS: netns}
		if remote != "" {
			s.Remote = at(remote)
		}
		return s
	}
	all := []Socket{
		0: socket(stateListen, "0.0.0.0:22", "", own),
		1: socket(stateListen, "127.0.0.1:22", "", own),
		2: socket(stateListen, "0.0.0.0:80", "", other),
		3: socket(stateEstablished, "192.0.2.1:22", "192.0.2.9:5000", own),
		4: socket(stateEstablished, "[fe80::1%eth0]:22", "[fe80::9%eth0]:5000", own),
		5: socket(stateUnconnected, "[::]:53", "", 0), // of none it is known
		6: socket(stateListen, "[::]:22", "", own),
		7: socket(stateListen, "0.0.0.0:443", "", own),
		8: socket(stateListen, "0.0.0.0:443", "", own),
		9: socket(stateUnconnected, "0.0.0.0:0", "", own),
	}
	all[5].Dual = true
	x := NewSocketIndex(all, own)
	const none = -1
	for _, c := range []struct {
		name            string
		local, remote   string
		found, listener int
	}{
		{"connected, and accepted at all addresses", "192.0.2.1:22", "192.0.2.9:5000", 3, 0},
		{"of another client, accepted at all addresses", "192.0.2.1:22", "192.0.2.9:5001", none, 0},
		{"accepted at the address itself", "127.0.0.1:22", "127.0.0.1:5000", none, 1},
		{"addresses with zones, given without", "[fe80::1]:22", "[fe80::9]:5000", 4, 6},
		{"in another network namespace", "192.0.2.1:80", "192.0.2.9:5000", none, none},
		{"bound for both families", "192.0.2.1:53", "192.0.2.9:5000", 5, none},
		{"one of two", "192.0.2.1:443", "192.0.2.9:5000", none, none},
		{"no port", "192.0.2.1:0", "192.0.2.9:0", none, none},
	} {
		for what, find := range map[string]struct {
			want int
			f    func() (int, bool)
		}{
			"socket":   {c.found, func() (int, bool) { return x.Find(parse.ProtoTCP, at(c.local), at(c.remote)) }},
			"listener": {c.listener, func() (int, bool) { return x.Listener(parse.ProtoTCP, at(c.local)) }},
		} {
			if got, ok := find.f(); ok != (find.want != none) || ok && got != find.want {
				t.Errorf("%s: got %s %d (%v), want %d", c.name, what, got, ok, find.want)
			}
		}
	}
	if _, ok := x.Find(parse.ProtoUDP, at("192.0.2.1:22"), at("192.0.2.9:5000")); ok {
		t.Error("got a socket of another protocol")
	}
}
