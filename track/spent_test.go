package track

import (
	"fmt"
	"testing"
	"time"

	"sockeye/internal/testkit"
	"sockeye/parse"
	"sockeye/track/proc"
)

// A rate does not fall because a flow leaves the table.
func TestRatesOfGone(t *testing.T) {
	for _, c := range []struct {
		name   string
		flows  int // one after the other
		spread int64
		dense  bool
	}{
		{"short flows", 50, 100 * ms, false},
		{"some seconds each", 5, 4000 * ms, false},
		{"with dense histories", 5, 4000 * ms, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			bytes := 1
			if c.dense {
				bytes = 0 // the default
			}
			tab, r := ownedTable(t, Config{Limits: allLimits(time.Second), HistoryBytes: bytes})
			tab.SetLocal(ownAddrs)
			curl := r.process(7, "curl")
			at := int64(0)
			for i := range c.flows {
				src := fmt.Sprintf("10.0.0.1:%d", 1000+i)
				for end := at + c.spread; at < end; at += 20 * ms {
					feedOwned(t, tab, r, at, ownedFlow{src, "192.0.2.1:443", 100, 700, curl, proc.Found{}})
				}
			}
			const silent = 1500
			s := byOwners(t, tab, Request{Now: t0 + at + silent*ms}, GroupProcess)
			if s.Live != 0 {
				t.Fatalf("%d flows are left", s.Live)
			}
			row := &s.Groups[0].Rows[0]
			for k := range row.Rate {
				from := max(at+silent*ms-int64(Windows[k]), 0)
				for w, n := range []float64{100, 700} {
					want := n * float64((at-from)/(20*ms)) / s.Window[k].Seconds()
					// A window may begin in the middle of a bucket, or of a span of several.
					within(t, fmt.Sprintf("window %d, way %d", k, w), row.Rate[k][w].Bytes, want, 0.2)
				}
			}
		})
	}
}

// Of owners beyond the bound those who were silent for longest are forgotten; what
// they carried is among the others'.
func TestSpentIsBounded(t *testing.T) {
	tab, r := ownedTable(t, Config{MaxFlows: 1})
	tab.SetLocal(ownAddrs)
	tab.shards[0].owned.gone.most = 50
	const owners = 200
	for i := range owners + 1 {
		one := r.process(int32(i+1), fmt.Sprint("p", i+1))
		feedOwned(t, tab, r, int64(i)*ms, ownedFlow{fmt.Sprintf("10.0.0.1:%d", 1000+i), "192.0.2.1:443", 100, 0, one, proc.Found{}})
	}
	s := byOwners(t, tab, Request{Now: t0 + 300*ms}, GroupProcess)
	g := &s.Groups[0]
	if len(g.Rows) != 51 || g.Other.Flows != owners-50 {
		t.Errorf("got %d rows, %d flows of others; want 51, %d", len(g.Rows), g.Other.Flows, owners-50)
	}
	young := 0
	for i := range g.Rows {
		if g.Rows[i].Process.PID > owners/2 {
			young++
		}
	}
	if young < 45 {
		t.Errorf("only %d of %d rows are of those who were active last", young, len(g.Rows))
	}
	if b := &tab.shards[0].owned.gone; len(b.list) != 50 || len(b.at) != 50 {
		t.Errorf("%d accounts, %d names of them", len(b.list), len(b.at))
	}
}

func TestRecentsAreBounded(t *testing.T) {
	tab, r := ownedTable(t, Config{MaxFlows: 1})
	tab.SetLocal(ownAddrs)
	for i := range maxRecents + 100 {
		one := r.process(int32(i+1), "p")
		feedOwned(t, tab, r, int64(i)*ms, ownedFlow{fmt.Sprintf("10.0.0.1:%d", 1000+i), "192.0.2.1:443", 100, 0, one, proc.Found{}})
	}
	b := &tab.shards[0].owned.gone
	if len(b.recents) != maxRecents {
		t.Errorf("got %d histories, want %d", len(b.recents), maxRecents)
	}
	byOwners(t, tab, Request{Now: t0 + 1000*ms}, GroupProcess)
	// Once they are old, others take their places.
	late := r.process(9999, "late")
	for i := range int64(2) {
		feedOwned(t, tab, r, 60_000*ms+i, ownedFlow{fmt.Sprintf("10.0.0.1:%d", 50+i), "192.0.2.1:443", 100, 0, late, proc.Found{}})
	}
	if e := &b.list[b.at[who{ref: late.Ref}]]; e.recent == 0 || b.recents[e.recent-1].of != b.at[who{ref: late.Ref}] {
		t.Errorf("no history for the newest: %+v", e)
	}
	for i := range b.recents {
		if of := b.recents[i].of; of >= 0 && b.list[of].recent != int32(i)+1 {
			t.Fatalf("history %d is account %d's, whose is %d", i, of, b.list[of].recent-1)
		}
	}
}

func TestSpendingAllocatesNothing(t *testing.T) {
	tab := newTable(t, Config{MaxFlows: 64, Owners: quiet{}, History: -1})
	w := tab.Shard(0)
	p := pkt{src: "10.0.0.0:40000", dst: "192.0.2.1:443"}.packet()
	next := 0
	more := func() {
		for range 100 {
			spread(&p, next%20_000, t0+int64(next))
			next++
			w.Packets([]parse.Packet{p})
			q := proc.Answer{Flow: tab.shards[0].made, Ends: [2]proc.Found{{Ref: proc.Ref(1 + next%500)}, {Ref: 1}}}
			w.EndBlock()
			for slot := range uint64(64) {
				q.Place = slot
				tab.Answer([]proc.Answer{q})
			}
		}
	}
	for range 50 {
		more()
	}
	testkit.ZeroAllocs(t, "leaving", more)
}
