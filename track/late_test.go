package track

import (
	"testing"

	"sockeye/internal/testkit"
	"sockeye/parse"
)

// What comes of a connection after it has left the table raises no ghost, and is in
// the totals.
func TestLatePackets(t *testing.T) {
	for _, c := range []struct {
		name, before, after string
		ghosts              int
	}{
		{"ACK after the end", handshake + fins, "c A 2 2", 0},
		{"FIN sent again", handshake + fins, "s FA 1 2", 0},
		{"RST", handshake + fins, "s R 2", 0},
		{"after a reset", handshake + reset, "c FA 1 1\ns R 1", 0},
		{"data sent again", handshake + "c PA 1 1 len=100\ns RA 1 101", "c PA 1 1 len=100", 0},
		{"FIN with data sent again", handshake + "c FPA 1 1 len=100\ns RA 1 102", "c FPA 1 1 len=100", 0},
		{"half-closed, left by its limit", handshake + "c FA 1 1\ns A 1 2", "s FA 1 2\nc A 2 2", 0},
		{"kept alive, left by its limit", handshake, "c A 0 1", 1},
		{"new data", handshake + reset, "c PA 1 1 len=100", 1},
		{"another connection", handshake + fins, "c S 9000", 1},
		{"another connection from its SYN-ACK on", handshake + fins, "s SA 9000 500", 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			for _, s := range plays {
				tab := newTable(t, Config{Limits: new(Limits), Inspect: true})
				before := s.packets(t, c.before)
				count(tab, 0, before...)
				const gone = 700_000 * ms
				if s := snapshot(tab, gone); len(s.Flows) != 0 {
					t.Fatalf("the connection has not left: %+v", s.Flows)
				}
				after := s.packets(t, c.after)
				for i := range after {
					after[i].Time += gone
				}
				count(tab, 0, after...)
				snap := snapshot(tab, gone+1000*ms)
				addsUp(t, snap)
				if want := uint64(len(before) + len(after)); len(snap.Flows) != c.ghosts || snap.Totals.All.Packets != want {
					t.Errorf("%+v: got %d flows, %d packets, want %d, %d", s, len(snap.Flows), snap.Totals.All.Packets, c.ghosts, want)
				}
				if p := snap.Protocols; c.ghosts == 0 && (len(p) != 1 || p[0].Evicted != p[0].Count) {
					t.Errorf("%+v: by protocol got %+v, want all of it gone", s, p)
				}
			}
		})
	}
}

// Where a packet is late in another shard than its connection was in, as one that
// comes out of a tunnel may be, it is found there.
func TestLateStrays(t *testing.T) {
	for shard := range 3 {
		tab := newTable(t, Config{Limits: new(Limits), Shards: 3})
		ps := play{}.packets(t, handshake+fins+"+100s\nc A 2 2")
		last := len(ps) - 1
		count(tab, 0, ps[:last]...)
		snapshot(tab, 90_000*ms)
		ps[last].Status |= parse.Stray
		count(tab, shard, ps[last])
		s := snapshot(tab, 101_000*ms)
		addsUp(t, s)
		if len(s.Flows) != 0 || s.Totals.All.Packets != uint64(len(ps)) {
			t.Errorf("in shard %d: got %d flows, %d packets, want none, %d", shard, len(s.Flows), s.Totals.All.Packets, len(ps))
		}
	}
}

// Ports are used again some time, even in the middle of a connection that the
// capture has not seen begin.
func TestLateEnds(t *testing.T) {
	tab := newTable(t, Config{Limits: new(Limits)})
	count(tab, 0, play{}.packets(t, handshake+fins)...)
	snapshot(tab, 90_000*ms)
	for _, wait := range []string{"+100s", "+300s", "+421s"} {
		count(tab, 0, play{}.packets(t, wait+"\nc A 2 2")...)
		if wait == "+100s" && len(snapshot(tab, 101_000*ms).Flows) != 0 {
			t.Error("a late packet has a row")
		}
	}
	if s := snapshot(tab, 422_000*ms); len(s.Flows) != 1 {
		t.Errorf("minutes later there are %d flows, want 1", len(s.Flows))
	}
}

func TestLateAllocatesNothing(t *testing.T) {
	tab := newTable(t, Config{Limits: new(Limits)})
	count(tab, 0, play{}.packets(t, handshake+fins)...)
	snapshot(tab, 90_000*ms)
	late := play{}.packets(t, "+95s\nc A 2 2")
	w := tab.Shard(0)
	testkit.ZeroAllocs(t, "late packet", func() { w.Packets(late) })
	w.EndBlock()
	if s := snapshot(tab, 96_000*ms); len(s.Flows) != 0 {
		t.Errorf("got %d flows, want none", len(s.Flows))
	}
}
