package track

import (
	"cmp"
	"encoding/binary"
	"iter"
	"math/rand/v2"
	"slices"

	"sockeye/parse"
	"sockeye/track/proc"
)

// selectSeed is for the hashes of what is added up without a Table.
var selectSeed = parse.Seed{rand.Uint64(), rand.Uint64()}

// Select leaves those rows that match wants, of them no more than top that rank highest by
// an order, 0 for all. The others are added up in Totals.Unmatched, what is beyond top in
// Totals.Other. Groups are made anew of the flows that match: what has left the table
// cannot be asked, and is in their Other. The snapshot must have been taken with a Top of
// 0, which ranks nothing.
func (s *Snapshot) Select(match func(*Row) bool, top int, by Order) {
	kept, flows := 0, s.Totals.Filtered.Flows+s.Totals.Other.Flows+uint64(len(s.Flows))
	for i := range s.Flows {
		r := &s.Flows[i]
		if !match(r) {
			s.Totals.Unmatched.put(r)
			continue
		}
		if i != kept {
			s.Flows[kept], s.Flows[i] = s.Flows[i], s.Flows[kept] // their memory is used again
		}
		kept++
	}
	chosen := s.Flows[:kept]
	for i := range s.Groups {
		s.Groups[i].remake(&s.Totals, flows, chosen, top, by)
	}
	if top > 0 && kept > top {
		slices.SortFunc(chosen, func(a, b Row) int { return compareRank(&a, &b, by, s.Start) })
		for i := range chosen[top:] {
			s.Totals.Other.put(&chosen[top+i])
		}
		chosen = chosen[:top]
		slices.SortFunc(chosen, func(a, b Row) int { return cmp.Compare(a.ID, b.ID) })
	}
	s.Flows = chosen
}

// put adds a row to the fold.
func (o *Fold) put(r *Row) {
	o.Flows++
	for w := range r.Count {
		o.Count.Add(r.Count[w])
		for k := range o.Rate {
			o.Rate[k].add(r.Rate[k][w])
		}
	}
}

// compareRank orders rows as a ranking does, the highest first. Its seconds are those since
// the start.
func compareRank(a, b *Row, by Order, start int64) int {
	second := func(r *Row) int64 { return (r.Last - start) / 1e9 }
	return cmp.Or(cmp.Compare(b.score(by), a.score(by)), cmp.Compare(second(b), second(a)), cmp.Compare(a.ID, b.ID))
}

// score is what rows are ranked by: bytes, or bytes per second, of both ways.
func (r *Row) score(by Order) float64 {
	if by == ByTotal {
		return float64(r.Count[Sent].Bytes + r.Count[Received].Bytes)
	}
	return r.Rate[by][Sent].Bytes + r.Rate[by][Received].Bytes
}

// remake adds up rows instead of the flows of the table. flows is how many there were.
func (g *Group) remake(tot *Totals, flows uint64, rows []Row, top int, by Order) {
	g.reset()
	for i := range rows {
		g.addRow(&rows[i])
	}
	g.fill(&Fold{Flows: flows, Count: tot.All, Rate: tot.Rate}, top, by)
}

// AddUp makes the group of these rows, in the order of By2s; Other is of those that have
// no key. The Grouping must be no table's.
func (g *Group) AddUp(rows iter.Seq[*Row]) {
	g.reset()
	var all Fold
	for r := range rows {
		g.addRow(r)
		all.put(r)
	}
	g.fill(&all, 0, By2s)
}

func (g *Group) reset() {
	g.sums.reset()
	if g.by.byOwner() {
		g.owners.reset()
	}
}

// fill makes the rows of what was added, and Other of the rest of all.
func (g *Group) fill(all *Fold, top int, by Order) {
	g.rank(by, top)
	g.Rows = slices.Grow(g.Rows[:0], len(g.ranks))[:len(g.ranks)]
	g.Other = *all
	for k, n := range g.ranks {
		row := &g.Rows[k]
		*row = g.sums.at(n.n).row(g.by)
		g.Other.takeOut(row.Flows, &row.Count, &row.Rate)
	}
	if g.by.byOwner() {
		g.fillOwned()
	}
	g.Other.settleRates(&all.Rate)
}

// addRow adds a row to the sum of its key, or to those of its owners as whose.counts says.
func (g *Grouping) addRow(r *Row) {
	if !g.by.byOwner() {
		if k, ok := g.key(r); ok {
			g.sums.of(&k, k.Hash(selectSeed)).add(r, 0)
		}
		return
	}
	owner, peer, turned := &r.Owner, &r.Peer, 0
	local, remote := r.Local, r.Remote
	if owner.Process == nil && owner.Reason == proc.OtherHost && *peer != (proc.Owner{}) {
		owner, peer, turned = peer, nil, 1
		local, remote = remote, local
	}
	if n := g.sumOf(whoIs(owner), owner); n != noSum {
		g.sums.at(int(n)).add(r, turned)
		g.remote(n, remote.hash())
	}
	if peer == nil || peer.Process == nil {
		return
	}
	if n := g.sumOf(whoIs(peer), peer); n != noSum {
		g.sums.at(int(n)).span(r.First, r.Last)
		g.owners.more[n].peer.addFlow(r)
		g.remote(n, local.hash())
	}
}

// whoIs is whoOf for an owner in words: none are those of a table that asks nobody.
func whoIs(o *proc.Owner) who {
	if o.Process != nil {
		return who{ref: o.Process.Ref}
	}
	return who{reason: cmp.Or(o.Reason, proc.Off)}
}

// hash returns the hash of an end's address, for a distinct.
func (e *Endpoint) hash() uint64 {
	k := parse.Key{Family: parse.FamilyLink}
	for _, c := range e.MAC {
		k.ALo = k.ALo<<8 | uint64(c)
	}
	if e.Addr.IsValid() {
		b := e.Addr.As16()
		k.Family, k.AHi, k.ALo = parse.FamilyIPv6, binary.BigEndian.Uint64(b[:8]), binary.BigEndian.Uint64(b[8:])
	}
	return k.Hash(selectSeed)
}
