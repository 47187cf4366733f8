package track

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"testing"

	"sockeye/parse"
)

const (
	quicClient = "\x0c\x11\xe9\x47"
	quicServer = "\x5e\x12\x4e\x12\x00\x00\x00\x01"
)

// quicLong is a Handshake packet of QUIC (RFC 9000, section 17.2.4).
func quicLong(dcid, scid string) string {
	return "\xe0\x00\x00\x00\x01" + string(rune(len(dcid))) + dcid + string(rune(len(scid))) + scid + "\x40\x20" + fmt.Sprintf("%032d", 0)
}

// quicShort is a packet with a short header.
func quicShort(dcid string) string { return "\x41" + dcid + fmt.Sprintf("%060d", 0) }

// said is pkt with a payload.
func said(k pkt, payload string) parse.Packet {
	k.n = uint32(42 + len(payload))
	p := k.packet()
	p.Data = append(make([]byte, 42), payload...)
	p.L3, p.L4, p.Payload = 14, 34, 42
	return p
}

// connection are the packets of a connection whose client is at first at one end,
// then at others; each sends ten packets and gets ten.
func connection(server, id string, at int64, clients ...string) []parse.Packet {
	ps := []parse.Packet{
		said(pkt{src: clients[0], dst: server, at: at}, quicLong(id, quicClient)),
		said(pkt{src: server, dst: clients[0], at: at + ms}, quicLong(quicClient, id)),
	}
	for i, c := range clients {
		for k := range int64(10) {
			now := at + int64(i)*1000*ms + (k+1)*10*ms
			ps = append(ps,
				said(pkt{src: c, dst: server, at: now}, quicShort(id)),
				said(pkt{src: server, dst: c, at: now + ms}, quicShort(quicClient)))
		}
	}
	return ps
}

// feedQUIC gives packets to the shards as a Feed does, or as queues do that hash
// ports as well.
func feedQUIC(t *Table, ps []parse.Packet) {
	for i := range ps {
		w := t.Shard(int(ps[i].Key.Hash(parse.Seed{1, 2}) % uint64(len(t.shards))))
		w.Packets(ps[i : i+1])
		w.EndBlock()
	}
}

func TestMigration(t *testing.T) {
	const server = "10.0.0.1:443"
	for _, v := range []struct {
		name     string
		server   string
		clients  []string
		flows    int
		migrated uint8
	}{
		{"another port", server, []string{"192.0.2.1:50000", "192.0.2.1:50001"}, 1, 1},
		{"another address below and above the server's", server, []string{"192.0.2.1:50000", "9.0.0.1:50000"}, 1, 1},
		{"there, further and back", server, []string{"192.0.2.1:50000", "9.0.0.1:50000", "192.0.2.9:7", "192.0.2.1:50000"}, 1, 3},
		{"stays", server, []string{"192.0.2.1:50000"}, 1, 0},
		{"IPv6", "[2001:db8::1]:443", []string{"[2001:db8::2]:50000", "[2001:db8::3]:50000"}, 1, 1},
		{"into another family", server, []string{"192.0.2.1:50000", "[2001:db8::3]:50000"}, 2, 0},
	} {
		for _, shards := range []int{1, 2, 7} {
			t.Run(fmt.Sprintf("%s/shards=%d", v.name, shards), func(t *testing.T) {
				tab := newTable(t, Config{Shards: shards, Inspect: true})
				var first uint64
				all := connection(v.server, quicServer, 0, v.clients[0])
				for i, c := range v.clients[1:] {
					to := v.server
					if v.flows == 2 {
						to = "[2001:db8::1]:443"
					}
					next := connection(to, quicServer, int64(i+1)*1000*ms, c)
					all = append(all, next[2:]...) // no second handshake
				}
				perClient := len(all) / len(v.clients)
				for i := range v.clients {
					end := (i + 1) * perClient
					if i == len(v.clients)-1 {
						end = len(all)
					}
					feedQUIC(tab, all[i*perClient:end])
					s := snapshot(tab, int64(i+1)*1000*ms)
					addsUp(t, s)
					if i == 0 {
						first = only(t, s).ID
					}
				}
				s := snapshot(tab, int64(len(v.clients))*1000*ms)
				if len(s.Flows) != v.flows {
					t.Fatalf("flows: got %d, want %d", len(s.Flows), v.flows)
				}
				if v.flows != 1 {
					return
				}
				r := s.Flows[0]
				if r.ID != first || r.Migrated != v.migrated || r.State[0] != QUICConnected || r.App == nil {
					t.Errorf("row: got ID %d, migrated %d, state %s, app %v; want ID %d, migrated %d, connected", r.ID, r.Migrated, r.State[0], r.App, first, v.migrated)
				}
				last := v.clients[len(v.clients)-1]
				if a, b := netip.AddrPortFrom(r.Local.Addr, r.Local.Port).String(), netip.AddrPortFrom(r.Remote.Addr, r.Remote.Port).String(); a != last && b != last {
					t.Errorf("ends: got %s and %s, want the newest, %s", a, b, last)
				}
				if got := r.Count[Sent].Packets + r.Count[Received].Packets; got != uint64(len(all)) {
					t.Errorf("packets: got %d, want %d", got, len(all))
				}
				if a, b := r.Count[Sent].Packets, r.Count[Received].Packets; a != b {
					t.Errorf("packets each way: got %d and %d, want as many", a, b)
				}
			})
		}
	}
}

// TestMigrationRefused joins no flow that only looks like a connection's.
func TestMigrationRefused(t *testing.T) {
	old := connection("10.0.0.1:443", quicServer, 0, "192.0.2.1:50000")
	for _, v := range []struct {
		name string
		p    parse.Packet
	}{
		{"another server", said(pkt{src: "192.0.2.1:50001", dst: "10.0.0.2:443", at: 1e9}, quicShort(quicServer))},
		{"another port of the server", said(pkt{src: "192.0.2.1:50001", dst: "10.0.0.1:444", at: 1e9}, quicShort(quicServer))},
		{"another ID", said(pkt{src: "192.0.2.1:50001", dst: "10.0.0.1:443", at: 1e9}, quicShort("12345678"))},
		{"a long header", said(pkt{src: "192.0.2.1:50001", dst: "10.0.0.1:443", at: 1e9}, "\xc1"+quicServer+quicShort(""))},
		{"too short", said(pkt{src: "192.0.2.1:50001", dst: "10.0.0.1:443", at: 1e9}, "\x41"+quicServer)},
		{"from the server", said(pkt{src: "10.0.0.1:443", dst: "192.0.2.1:50001", at: 1e9}, quicShort(quicServer))},
		{"TCP", said(pkt{src: "192.0.2.1:50001", dst: "10.0.0.1:443", at: 1e9, proto: 6}, quicShort(quicServer))},
	} {
		t.Run(v.name, func(t *testing.T) {
			tab := newTable(t, Config{Shards: 2, Inspect: true})
			feedQUIC(tab, old)
			feedQUIC(tab, []parse.Packet{v.p})
			s := snapshot(tab, 2e9)
			addsUp(t, s)
			if len(s.Flows) != 2 {
				t.Errorf("flows: got %d, want 2", len(s.Flows))
			}
		})
	}
}

// TestMigrationsAtRandom moves many connections about, and what they carry adds up.
func TestMigrationsAtRandom(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 6))
	for _, shards := range []int{1, 3} {
		tab := newTable(t, Config{Shards: shards, Inspect: true, MaxFlows: 1 << 10})
		const connections = 50
		at := [connections]string{}
		for round := range int64(20) {
			for c := range connections {
				server, id := fmt.Sprintf("10.0.0.%d:443", c%5), fmt.Sprintf("\x01\x02\x03%05d", c)
				if at[c] == "" || rng.IntN(4) == 0 {
					ps := connection(server, id, round*1000*ms, fmt.Sprintf("192.0.%d.%d:%d", c, rng.IntN(200), 40000+round))
					if at[c] != "" {
						ps = ps[2:]
					}
					at[c] = "here"
					feedQUIC(tab, ps)
				}
			}
			s := snapshot(tab, (round+1)*1000*ms)
			addsUp(t, s)
			if len(s.Flows) != connections {
				t.Fatalf("%d shards, round %d: got %d flows, want %d", shards, round, len(s.Flows), connections)
			}
		}
	}
}

// TestMigrationBounds sends more IDs and strangers than are kept.
func TestMigrationBounds(t *testing.T) {
	tab := newTable(t, Config{Inspect: true})
	sh := tab.shards[0]
	for i := range uint64(3 * maxConnections) {
		sh.moves.know(sh, connID{n: 8, b: [maxConnID]byte{byte(i), byte(i >> 8), byte(i >> 16)}}, slotOf{0, i + 1})
	}
	if n := len(sh.moves.known); n > maxConnections {
		t.Errorf("IDs: got %d, want at most %d", n, maxConnections)
	}
	var ps []parse.Packet
	for i := range maxStrangers + 100 {
		ps = append(ps, said(pkt{src: fmt.Sprintf("192.0.2.1:%d", 1000+i), dst: "10.0.0.1:443"}, quicShort(quicServer)))
	}
	feedQUIC(tab, ps)
	if n := len(sh.moves.strangers); n > maxStrangers {
		t.Errorf("strangers: got %d, want at most %d", n, maxStrangers)
	}
	addsUp(t, snapshot(tab, 1e9))
}

// TestMigrationEvents tells of a connection once, wherever its client goes.
func TestMigrationEvents(t *testing.T) {
	for _, shards := range []int{1, 3} {
		tab := newTable(t, Config{Shards: shards, Inspect: true, Events: true})
		clients := []string{"192.0.2.1:50000", "9.0.0.1:50000", "192.0.2.9:7"}
		all := connection("10.0.0.1:443", quicServer, 0, clients...)
		var got []Event
		for i := range all {
			feedQUIC(tab, all[i:i+1])
			if i%7 == 6 {
				got = tab.Events(got, all[i].Time, false)
			}
		}
		end := all[len(all)-1].Time + 5000*ms
		got = tab.Events(got, end, false)
		for n := -1; n != len(got); {
			n = len(got)
			got = tab.Events(got, end, true)
		}
		var told []string
		for _, e := range got {
			if e.Kind != AppMessage {
				told = append(told, fmt.Sprintf("%d of %d", e.Kind, e.Row.ID))
			}
		}
		want := fmt.Sprintf("[%d of %d %d of %d]", FlowOpened, got[0].Row.ID, FlowClosed, got[0].Row.ID)
		if s := fmt.Sprint(told); s != want {
			t.Errorf("%d shards: got %s, want %s", shards, s, want)
		}
		if r := got[len(got)-1].Row; r.Migrated != 2 || r.Count[Sent].Packets+r.Count[Received].Packets != uint64(len(all)) {
			t.Errorf("%d shards: last row: got migrated %d, %d packets; want 2, %d", shards, r.Migrated, r.Count[0].Packets+r.Count[1].Packets, len(all))
		}
	}
}
