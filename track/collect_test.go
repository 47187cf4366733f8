package track

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"

	"sockeye/parse"
)

// bySpec orders rows as the documentation says: rate, then the second of the
// last packet, then age.
func bySpec(by Order) func(a, b Row) int {
	rate := func(r Row) float64 {
		if by == ByTotal {
			return float64(r.Count[0].Bytes + r.Count[1].Bytes)
		}
		return r.Rate[by][0].Bytes + r.Rate[by][1].Bytes
	}
	second := func(r Row) int64 { return (r.Last - t0) / 1e9 }
	return func(a, b Row) int {
		return cmp.Or(-cmp.Compare(rate(a), rate(b)), -cmp.Compare(second(a), second(b)), cmp.Compare(a.ID, b.ID))
	}
}

// The short way to the busiest flows, by the journal, names the same rows as
// the long way through the table.
func TestTopAgainstAll(t *testing.T) {
	for _, c := range []struct {
		name          string
		flows, active int // how many there are, and how many of them stay active
		seconds       int64
	}{
		{"most are idle", 20_000, 30, 100},
		{"all just came", 20_000, 0, 1},
		{"few in the window", 8_000, 3, 60},
		{"journal overwritten", 30_000, 30_000, 6},
	} {
		t.Run(c.name, func(t *testing.T) {
			rng := rand.New(rand.NewPCG(11, 12))
			tab := newTable(t, Config{Start: t0, Shards: 2, MaxFlows: 1 << 16})
			w := []*Writer{tab.Shard(0), tab.Shard(1)}
			send := func(f int, at int64) {
				src, dst := host(f)
				w[f%2].Packets([]parse.Packet{pkt{src: src, dst: dst, at: at, n: uint32(60 + rng.IntN(1000))}.packet()})
				w[f%2].EndBlock()
			}
			for f := range c.flows {
				send(f, int64(f)*c.seconds*1000*ms/int64(c.flows))
			}
			for at := int64(0); c.active > 0 && at < c.seconds; at++ {
				for f := range c.active {
					send(f*(c.flows/c.active), at*1000*ms)
				}
			}
			now := t0 + c.seconds*1000*ms
			for _, by := range []Order{By2s, By10s, By40s, ByTotal} {
				var all, top Snapshot
				tab.Snapshot(&all, Request{Now: now, By: by})
				tab.Snapshot(&top, Request{Now: now, By: by, Top: 50})
				addsUp(t, &top)
				slices.SortFunc(all.Flows, bySpec(by))
				want := all.Flows[:50]
				slices.SortFunc(want, func(a, b Row) int { return cmp.Compare(a.ID, b.ID) })
				if !reflect.DeepEqual(top.Flows, want) {
					for i := range want {
						if i >= len(top.Flows) || !reflect.DeepEqual(top.Flows[i], want[i]) {
							t.Fatalf("order %d, row %d: got %+v, want %+v", by, i, top.Flows[i], want[i])
						}
					}
				}
			}
		})
	}
}

// Made-up EtherTypes do not make the books grow: beyond the first ones they
// are counted together.
func TestManyEtherTypes(t *testing.T) {
	tab := newTable(t, Config{})
	w := tab.Shard(0)
	for i := range 2000 {
		w.Packets([]parse.Packet{{Time: t0, WireLen: 60, Family: parse.FamilyLink, Key: parse.Key{
			ALo: 1, BLo: 2, Proto: uint16(0x9000 + i), Family: parse.FamilyLink}}})
	}
	w.EndBlock()
	s := snapshot(tab, 1000*ms)
	addsUp(t, s)
	if len(s.Flows) != 2000 || len(s.Protocols) != etherKinds+1 {
		t.Fatalf("got %d flows, %d protocols; want 2000, %d", len(s.Flows), len(s.Protocols), etherKinds+1)
	}
	if last := s.Protocols[etherKinds]; last.Proto != otherEtherType || last.Count.Packets != 2000-etherKinds {
		t.Errorf("the rest: got %+v", last)
	}
}

func TestRankingKeepsTheHighest(t *testing.T) {
	rng := rand.New(rand.NewPCG(13, 14))
	for n := range 60 {
		k := ranking{most: 8}
		var all []rank
		for id := range n {
			r := rank{score: float64(rng.IntN(5)), sec: uint32(rng.IntN(3)), id: uint64(id)}
			all = append(all, r)
			k.place(r)
		}
		slices.SortFunc(all, func(a, b rank) int {
			if a.below(&b) {
				return 1
			}
			return -1
		})
		k.cut()
		var got, want []uint64
		for _, r := range k.ranks {
			got = append(got, r.id)
		}
		for _, r := range all[:min(8, n)] {
			want = append(want, r.id)
		}
		slices.Sort(got)
		slices.Sort(want)
		if fmt.Sprint(got) != fmt.Sprint(want) {
			t.Fatalf("of %d: got %v, want %v", n, got, want)
		}
	}
}
