package track

import (
	"net/netip"
	"testing"
	"time"

	"sockeye/parse"
	"sockeye/parse/dpi"
)

// learnName lets a table learn that a client was told a name for an address.
func learnName(t *Table, client, addr, name string, at int64) {
	t.naming.learn(0, dpi.Naming{
		Source: dpi.NameDNS, Name: name, Addr: netip.MustParseAddr(addr), Client: netip.MustParseAddr(client),
		Time: t0 + at, TTL: time.Hour,
	})
}

// wantName checks the name that a row's remote end goes by.
func wantName(tb testing.TB, r *Row, want string) {
	tb.Helper()
	got := ""
	if len(r.Names) > 0 {
		got = r.Names[0].Name
	}
	if got != want {
		tb.Errorf("the name of %s: got %q, want %q", r.Remote.Addr, got, want)
	}
}

// TestNamesFollowTheEnds checks that a flow whose ends change places, or become
// others, does not keep the name of the end that was the remote one.
func TestNamesFollowTheEnds(t *testing.T) {
	t.Run("another address is this machine's", func(t *testing.T) {
		tab := newTable(t, Config{})
		tab.SetLocal([]netip.Addr{netip.MustParseAddr("10.9.9.9")})
		learnName(tab, "192.0.2.1", "198.51.100.1", "server.example", 0)
		tab.naming.learn(0, dpi.Naming{ // as mDNS does, to everybody
			Source: dpi.NameMDNS, Name: "client.local", Addr: netip.MustParseAddr("192.0.2.1"), Time: t0, TTL: time.Hour,
		})
		feed(tab, 0, pkt{src: "192.0.2.1:40000", dst: "198.51.100.1:443", at: 1 * ms, hint: parse.HintOutgoing})
		r := only(t, snapshot(tab, 5e9))
		wantName(t, r, "server.example")
		tab.SetLocal([]netip.Addr{netip.MustParseAddr("198.51.100.1")})
		r = only(t, snapshot(tab, 6e9))
		if r.Remote.Addr != netip.MustParseAddr("192.0.2.1") {
			t.Fatalf("the remote end: got %s, want the client", r.Remote.Addr)
		}
		wantName(t, r, "client.local")
	})
	t.Run("its client moved", func(t *testing.T) {
		const server = "10.0.0.1:443"
		tab := newTable(t, Config{Inspect: true})
		tab.SetLocal([]netip.Addr{netip.MustParseAddr("10.0.0.1")})
		learnName(tab, "10.0.0.1", "192.0.2.1", "old.example", 0)
		learnName(tab, "10.0.0.1", "192.0.2.9", "new.example", 0)
		all := connection(server, quicServer, 1*ms, "192.0.2.1:50000", "192.0.2.9:50000")
		feedQUIC(tab, all[:len(all)/2])
		wantName(t, only(t, snapshot(tab, 5e9)), "old.example")
		feedQUIC(tab, all[len(all)/2:])
		r := only(t, snapshot(tab, 6e9))
		if r.Migrated != 1 {
			t.Fatalf("got %d moves, want 1", r.Migrated)
		}
		wantName(t, r, "new.example")
	})
}

// TestNamesOfAllShards checks that a flow of one shard has the names of which
// another one was told, and that the shards of a file do not share what is told.
func TestNamesOfAllShards(t *testing.T) {
	for _, split := range []bool{false, true} {
		tab := newTable(t, Config{Shards: 2, Split: split})
		naming := dpi.Naming{
			Source: dpi.NameDNS, Name: "a.example", Addr: netip.MustParseAddr("198.51.100.1"), Client: netip.MustParseAddr("192.0.2.1"),
			Time: t0, TTL: time.Hour,
		}
		tab.naming.learn(1, naming)
		naming.Name, naming.Time = "b.example", t0+1
		tab.naming.learn(0, naming)
		row := Row{Local: Endpoint{Addr: naming.Client}, Remote: Endpoint{Addr: naming.Addr}, First: t0 + 2}
		got := tab.Names(&row)
		if len(got) != 2 || got[0].Name != "b.example" || got[1].Name != "a.example" {
			t.Errorf("split %t: got %+v, want b.example, which is newer, and a.example", split, got)
		}
		if want := map[bool]int{false: 1, true: 2}[split]; len(tab.naming.stores) != want {
			t.Errorf("split %t: got %d stores, want %d", split, len(tab.naming.stores), want)
		}
	}
}

// TestNamesKeepOnlyNames checks that rows without a name take no memory from one
// snapshot to the next, and that gone ones give theirs back.
func TestNamesKeepOnlyNames(t *testing.T) {
	tab := newTable(t, Config{Limits: allLimits(10 * time.Second)})
	learnName(tab, "192.0.2.1", "198.51.100.1", "server.example", 0)
	feed(tab, 0, pkt{src: "192.0.2.1:40000", dst: "198.51.100.1:443"}, pkt{src: "192.0.2.1:40000", dst: "198.51.100.2:443"})
	for _, want := range []struct{ rows, kept int }{{2, 1}, {2, 1}, {0, 0}} {
		at := int64(3e9)
		if want.rows == 0 {
			at = 60e9
			snapshot(tab, at) // they leave
		}
		s := snapshot(tab, at)
		if len(s.Flows) != want.rows || len(tab.naming.kept) != want.kept {
			t.Errorf("got %d rows, %d kept, want %d and %d", len(s.Flows), len(tab.naming.kept), want.rows, want.kept)
		}
	}
}

// TestNamesOfMessages checks that a message has the names of its flow, as the events
// of the flow's beginning and end have.
func TestNamesOfMessages(t *testing.T) {
	tab := newTable(t, Config{Events: true, Inspect: true})
	learnName(tab, client.String(), server.String(), "resolver.example", 0)
	count(tab, 0, dnsQuery(1*ms, 40000, 1), answer(2*ms, 40000, 1))
	all := tab.Events(nil, t0+3*ms, false)
	if len(all) != 2 || all[1].Kind != AppMessage {
		t.Fatalf("got %s", say(all))
	}
	for i := range all {
		wantName(t, &all[i].Row, "resolver.example")
	}
}
