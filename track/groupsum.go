package track

import (
	"cmp"
	"math"
	"math/bits"
	"slices"
	"unsafe"

	"sockeye/internal/prefetch"
	"sockeye/parse"
)

// groupSum is the sum of a key.
type groupSum struct {
	key         parse.Key
	flows       uint64
	first, last int64
	count       [2]Count
	rate        [3][2]wholeRate
	begun       bool // first and last are there
}

// wholeRate is a rate in millionths. Whole numbers add up to the same in
// whatever order the flows come, so that a file reads the same twice. They are
// held at 18 TB/s, which only a window of a few nanoseconds has, or a file that
// makes up its lengths.
type wholeRate struct{ bytes, packets uint64 }

const millionths = 1e6

// whole returns a rate in millionths.
func whole(rate float64) uint64 {
	v := rate*millionths + 0.5
	if v >= math.MaxUint64 {
		return math.MaxUint64
	}
	return uint64(v)
}

// addHeld adds and stays at the top when that is passed.
func addHeld(a, b uint64) uint64 {
	sum, over := bits.Add64(a, b, 0)
	if over != 0 {
		return math.MaxUint64
	}
	return sum
}

// span takes in the time in which a flow had packets.
func (s *groupSum) span(first, last int64) {
	if !s.begun {
		s.first, s.last, s.begun = first, last, true
	}
	s.first, s.last = min(s.first, first), max(s.last, last)
}

// add adds a flow. With turned 1 its ways count as seen from its remote end.
func (s *groupSum) add(r *Row, turned int) {
	s.flows++
	s.span(r.First, r.Last)
	for w := range s.count {
		s.count[w].Add(r.Count[w^turned])
	}
	for k := range s.rate {
		for w := range s.rate[k] {
			from := &r.Rate[k][w^turned]
			s.rate[k][w].bytes = addHeld(s.rate[k][w].bytes, whole(from.Bytes))
			s.rate[k][w].packets = addHeld(s.rate[k][w].packets, whole(from.Packets))
		}
	}
}

// score is what sums are ranked by.
func (s *groupSum) score(by Order) uint64 {
	if by == ByTotal {
		return s.count[Sent].Bytes + s.count[Received].Bytes
	}
	return addHeld(s.rate[by][Sent].bytes, s.rate[by][Received].bytes)
}

// row returns the sum as a row of the grouping.
func (s *groupSum) row(by GroupBy) GroupRow {
	r := GroupRow{Flows: s.flows, First: s.first, Last: s.last, Count: s.count}
	for k := range s.rate {
		for w, v := range s.rate[k] {
			r.Rate[k][w] = Rate{Bytes: float64(v.bytes) / millionths, Packets: float64(v.packets) / millionths}
		}
	}
	switch by {
	case GroupPort:
		r.Proto, r.Port = s.key.Proto, s.key.APort
	case GroupHost:
		r.Family, r.Host = s.key.Family, endA(&s.key).endpoint()
	}
	return r
}

// pageSums is how many sums are allocated at a time: sums never move.
const pageSums = 256

// groupSums finds the sum of a key. Sums are numbered in the order in which
// their keys first came.
type groupSums struct {
	pages []*[pageSums]groupSum
	n     int // sums in use
	index *index
}

// reset forgets the sums. It keeps no more than twice the memory that they had.
func (g *groupSums) reset() {
	g.index.reset()
	if keep := 2 * (g.n/pageSums + 1); keep < len(g.pages) {
		clear(g.pages[keep:])
		g.pages = g.pages[:keep]
	}
	g.n = 0
}

func (g *groupSums) at(n int) *groupSum { return &g.pages[n/pageSums][n%pageSums] }

// of returns the sum of a key with the hash h. It is zero when the key is new.
func (g *groupSums) of(k *parse.Key, h uint64) *groupSum {
	seg := g.index.segment(h)
	for i := uint32(h) & seg.mask; seg.entries[i] != 0; i = (i + 1) & seg.mask {
		e := seg.entries[i]
		if uint32(e>>32) == uint32(h) {
			if s := g.at(int(uint32(e) - 1)); sameKey(&s.key, k) {
				return s
			}
		}
	}
	n := g.next()
	g.index.insert(h, uint32(n))
	s := g.at(n)
	*s = groupSum{key: *k}
	return s
}

// next takes one more sum, which is not cleared, and returns its number.
func (g *groupSums) next() int {
	if g.n == len(g.pages)*pageSums {
		g.pages = append(g.pages, new([pageSums]groupSum))
	}
	g.n++
	return g.n - 1
}

// passGrouped is how many flows a grouping looks at before writers have the
// shard. It is less than passFlows: here every flow's history is read.
const passGrouped = 256

// addUp adds up the flows of all shards by each grouping that is asked for. The
// shards are only held while rows are filled; the sums are made in between.
func (g *collector) addUp() {
	if len(g.s.Groups) == 0 {
		return
	}
	for i := range g.s.Groups {
		gr := g.s.Groups[i].Grouping
		gr.sums.reset()
		if gr.by.byOwner() {
			g.byOwner = true
			gr.owners.reset()
		}
	}
	rows := g.s.Groups[0].chunk
	for _, sh := range g.t.shards {
		for from, more := uint32(0), true; more; from += passGrouped {
			rows, more = g.take(sh, from, rows[:0])
			for i := range g.s.Groups {
				g.s.Groups[i].add(g.t, rows)
			}
		}
		g.addGone(sh)
	}
	g.s.Groups[0].chunk = rows
}

// take appends the rows of the flows in passGrouped slots. more is false when
// these were the last ones.
func (g *collector) take(sh *Shard, from uint32, rows []groupedRow) (_ []groupedRow, more bool) {
	sh.mu.Lock()
	defer sh.mu.Unlock()
	end := from + passGrouped
	for slot := from; slot < min(end, sh.flows.n); slot++ {
		f := sh.flows.at(slot)
		if !f.used() || f.flags&filtered != 0 {
			continue
		}
		var held [3]amount
		sh.sum(f, &g.c, &held)
		rows = append(rows, groupedRow{})
		r := &rows[len(rows)-1]
		g.fill(&r.Row, sh, slot, f, &held)
		if g.byOwner {
			local := f.localEnd()
			r.whose = sh.whose(slot)
			r.local, r.remote = g.t.addrHash(f.end(local)), g.t.addrHash(f.end(1-local))
		}
	}
	if g.byOwner && sh.owned != nil {
		sh.owned.walked = end
	}
	return rows, end < sh.flows.n
}

// groupedRow is a row with what groupings by owner want to know besides.
type groupedRow struct {
	Row
	whose         whose
	local, remote uint64 // hashes of the ends' addresses
}

// keyedRow is a row whose key and hash are known.
type keyedRow struct {
	*Row
	key  parse.Key
	hash uint64
}

// add adds flows to the sums of their keys. Where the index has them is asked
// for ahead: with a million of them a snapshot takes a third less time
// (BenchmarkSnapshotGroups).
func (g *Grouping) add(t *Table, rows []groupedRow) {
	if g.by.byOwner() {
		g.addOwned(t, rows)
		return
	}
	g.keyed = g.keyed[:0]
	for i := range rows {
		r := &rows[i].Row
		if k, ok := g.key(r); ok {
			h := k.Hash(t.seed)
			s := g.sums.index.segment(h)
			prefetch.Line(unsafe.Pointer(&s.entries[uint32(h)&s.mask]))
			g.keyed = append(g.keyed, keyedRow{r, k, h})
		}
	}
	for i := range g.keyed {
		r := &g.keyed[i]
		g.sums.of(&r.key, r.hash).add(r.Row, 0)
	}
}

// groups writes the rows of the groups, once the totals are there.
func (g *collector) groups() {
	tot := &g.s.Totals
	for i := range g.s.Groups {
		gr := &g.s.Groups[i]
		gr.rank(g.r.By, g.r.Top)
		gr.Rows = slices.Grow(gr.Rows[:0], len(gr.ranks))[:len(gr.ranks)]
		gr.Other = Fold{Flows: g.listed.Flows + g.hidden.Flows, Count: tot.All, Rate: tot.Rate}
		for k, n := range gr.ranks {
			row := &gr.Rows[k]
			*row = gr.sums.at(n.n).row(gr.by)
			gr.Other.takeOut(row.Flows, &row.Count, &row.Rate)
		}
		if gr.by.byOwner() {
			gr.Other.settleRates(&tot.Rate)
			gr.fillOwned()
		} else {
			gr.Other.settle()
		}
	}
}

// groupRank places a sum: by its score; ties go to what was active later, then
// by the key.
type groupRank struct {
	score uint64
	last  int64
	n     int // of the sum
}

// rank writes the most sums that rank highest into ranks, all for 0. It gathers
// up to twice as many, as ranking does.
func (g *Grouping) rank(by Order, most int) {
	g.ranks = g.ranks[:0]
	cut := func() bool {
		slices.SortFunc(g.ranks, g.compare)
		if most == 0 || len(g.ranks) < most {
			return false
		}
		g.ranks = g.ranks[:most]
		return true
	}
	full := false
	for n := range g.sums.n {
		s := g.sums.at(n)
		r := groupRank{score: s.score(by), last: s.last, n: n}
		if g.by.byOwner() {
			r.score = addHeld(r.score, g.peerScore(n, by))
		}
		if full && g.compare(r, g.ranks[most-1]) > 0 {
			continue
		}
		g.ranks = append(g.ranks, r)
		if most != 0 && len(g.ranks)-most >= most {
			full = cut()
		}
	}
	cut()
}

// compare orders ranks from the highest.
func (g *Grouping) compare(a, b groupRank) int {
	if a.score != b.score {
		return cmp.Compare(b.score, a.score)
	}
	if a.last != b.last {
		return cmp.Compare(b.last, a.last)
	}
	x, y := &g.sums.at(a.n).key, &g.sums.at(b.n).key
	return cmp.Or(
		cmp.Compare(x.Family, y.Family), cmp.Compare(x.AHi, y.AHi), cmp.Compare(x.ALo, y.ALo),
		cmp.Compare(x.Proto, y.Proto), cmp.Compare(x.APort, y.APort), cmp.Compare(a.n, b.n),
	)
}
