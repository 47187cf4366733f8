package track

import (
	"cmp"
	"slices"
	"sync"

	"sockeye/parse"
)

const (
	// passFlows is how many flows a snapshot looks at before it lets writers
	// have the shard: about 100 µs.
	passFlows = 1024
	// smallTable is the size up to which a snapshot simply goes through all.
	smallTable = 4096
)

// collector fills a snapshot. The sums come from the shards' books; the rows
// are the first of a ranking, for which the journals name the candidates.
type collector struct {
	t   *Table
	s   *Snapshot
	r   Request
	c   clock
	win int // the window by which flows are ranked
	top ranking

	whose   []whose // the rows in top are
	byOwner bool    // flows are added up by owner

	protos map[protoKey]*ProtocolTotal
	hidden Fold // the filtered flows, as the books have them
	listed Fold // the others
}

type protoKey struct {
	family parse.Family
	proto  uint16
}

// Snapshot fills s with the state of the table. Writers wait for it no longer
// than a few hundred microseconds at a time, whatever the number of flows, so
// that in a large table one row may be a few milliseconds younger than the
// next. Packets that come in the meantime are in the totals, under Other where
// their flow's row was written before.
func (t *Table) Snapshot(s *Snapshot, r Request) {
	t.snap.Lock()
	defer t.snap.Unlock()
	t.setBack(r.Now)
	t.settle(r.Final)
	t.reunite()
	t.pair()
	t.walked.Store(true)
	defer t.walked.Store(false)

	*s = Snapshot{
		Time: r.Now, Start: t.began.Load(),
		Flows: s.Flows[:0], Interfaces: s.Interfaces[:0], Protocols: s.Protocols[:0], Groups: s.Groups,
	}
	g := &collector{
		t: t, s: s, r: r, c: t.clockAt(r.Now, r.Lag), whose: t.whose[:0], protos: make(map[protoKey]*ProtocolTotal),
	}
	g.win = int(min(r.By, By40s))
	g.top = ranking{rows: s.Flows, ranks: t.ranks[:0], most: r.Top}
	s.Window, s.Until = g.c.length, g.c.until
	g.rankAll()
	g.top.cut()
	slices.SortFunc(g.top.ranks, func(a, b rank) int { return cmp.Compare(a.id, b.id) })
	g.addUp() // before rows, which takes the totals
	for _, sh := range t.shards {
		g.rows(sh)
	}
	s.Flows, t.ranks = g.top.rows, g.top.ranks
	for i := range g.whose {
		t.nameOwners(&s.Flows[i], g.whose[i])
	}
	t.whose = g.whose
	slices.SortFunc(s.Flows, func(a, b Row) int { return cmp.Compare(a.ID, b.ID) })
	t.naming.nameRows(s.Flows, r.Now)
	g.interfaces()
	g.totals()
	g.groups()
	g.protocols()
}

// settle lets messages between shards arrive. At the end of the capture it
// also gives up on what is still waiting.
func (t *Table) settle(final bool) {
	if final {
		for _, sh := range t.shards {
			sh.mu.Lock()
			sh.abandonAll()
			sh.settleHomes()
			sh.closeApps(t.now)
			sh.endBlock()
			sh.mu.Unlock()
		}
	}
	// A message visits every shard at most once and the registrar once more; a
	// claim and its grant may follow.
	for range len(t.shards) + 3 {
		busy := false
		for _, sh := range t.shards {
			if sh.post.waiting() {
				busy = true
				sh.mu.Lock()
				sh.endBlock()
				sh.mu.Unlock()
			}
		}
		if !busy {
			return
		}
	}
}

func (p *post) waiting() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.in) > 0
}

// rankAll ranks the flows of all shards. Where packets wait for that, those of a
// file, every shard has a ranking and a goroutine of its own first.
func (g *collector) rankAll() {
	if !g.t.cfg.Split {
		for _, sh := range g.t.shards {
			g.shard(sh, &g.top)
		}
		return
	}
	var all sync.WaitGroup
	for _, sh := range g.t.shards {
		sh.top.begin(g.r.Top)
		all.Go(func() { g.shard(sh, &sh.top) })
	}
	all.Wait()
	for _, sh := range g.t.shards {
		for i := range sh.top.ranks {
			g.top.place(sh.top.ranks[i])
		}
	}
}

// shard brings a shard up to the moment and ranks its flows.
func (g *collector) shard(sh *Shard, top *ranking) {
	sh.mu.Lock()
	defer sh.mu.Unlock()
	sh.publish()
	if !g.r.Final {
		sh.expire(g.r.Now)
	}
	local := g.t.local.Load()
	all := g.r.Top == 0 || g.r.By == ByTotal || sh.live <= smallTable
	if sh.judged != local {
		sh.rejudgeAll()
		sh.sendQuestions()
		sh.judged = local
	}
	sh.seen.reset(sh.flows.n)
	if all || !g.recent(sh, top) {
		g.rest(sh, top)
	}
}

// yield lets writers have the shard for a moment.
func (sh *Shard) yield() {
	sh.mu.Unlock()
	sh.mu.Lock()
}

// recent ranks the flows that the journal names, from the newest back, until
// all who were active in the window have been seen and older ones cannot make
// it into the ranking. It returns false if the journal does not reach so far.
func (g *collector) recent(sh *Shard, top *ranking) bool {
	j := &sh.journal
	since := uint32(max(0, g.c.win[g.win].from)) / secondBuckets
	visited := 0
	var found [batchMax]uint32
	for n := j.next; n > 0; {
		if n%passFlows < batchMax {
			sh.yield()
		}
		k, end, closed := 0, n-min(n, batchMax), false
		for ; n > end; n-- {
			e, ok := j.at(n - 1)
			if !ok {
				break
			}
			if closed = e.stamp < since && top.closedTo(e.stamp); closed {
				break
			}
			if sh.seen.add(e.slot) {
				found[k] = e.slot
				k++
			}
		}
		sh.fetch(found[:k])
		for _, slot := range found[:k] {
			if f := sh.flows.at(slot); f.used() {
				visited++
				g.rank(sh, f, slot, top)
			}
		}
		if closed {
			return true
		}
		if n > end {
			break // overwritten
		}
	}
	return visited >= sh.live
}

// rest ranks all flows that have not been seen.
func (g *collector) rest(sh *Shard, top *ranking) {
	for slot := range sh.flows.n {
		if slot%passFlows == passFlows-1 {
			sh.yield()
		}
		if f := sh.flows.at(slot); f.used() && !sh.seen.has(slot) {
			g.rank(sh, f, slot, top)
		}
	}
}

// rank lets the flow into the ranking if it is among the first.
func (g *collector) rank(sh *Shard, f *flow, slot uint32, top *ranking) {
	if f.flags&filtered != 0 {
		return
	}
	n := rank{sec: f.sec, id: f.id, slot: slot, shard: sh}
	if g.r.By == ByTotal {
		n.score = float64(f.count[0].Bytes + f.count[1].Bytes)
	} else if g.r.Top != 0 {
		n.score = sh.windowBytes(f, &g.c, g.win)
	}
	top.place(n)
}

// rows writes the rows of a shard's flows that made it into the ranking; a
// flow that has left the table since then gets none. Then it takes the sums,
// which must not be behind the rows.
func (g *collector) rows(sh *Shard) {
	sh.mu.Lock()
	defer sh.mu.Unlock()
	for i := range g.top.ranks {
		n := &g.top.ranks[i]
		if n.shard != sh {
			continue
		}
		if f := sh.flows.at(n.slot); f.id == n.id {
			var held [3]amount
			sh.sum(f, &g.c, &held)
			g.top.rows = append(g.top.rows, Row{})
			g.fill(&g.top.rows[len(g.top.rows)-1], sh, n.slot, f, &held)
			if sh.owned != nil {
				sh.fillTranslation(&g.top.rows[len(g.top.rows)-1], n.slot, f)
				g.whose = append(g.whose, sh.whose(n.slot))
			}
		}
		if i%passFlows == passFlows-1 {
			sh.yield()
		}
	}
	g.books(sh)
}

// fill writes the row of a flow.
func (g *collector) fill(row *Row, sh *Shard, slot uint32, f *flow, held *[3]amount) {
	began := wayOf(f.flags&startedFrom != 0)
	e := sh.elsewhere[slot] // nil for most
	home := e.shown(f, began)
	if home == noHome {
		home = e.shown(f, 1-began)
	}
	*row = Row{}
	f.identify(row)
	row.First, row.Last = f.first, f.last
	row.Iface, row.Ifaces, row.VLAN = home, f.ifaces, f.tag&vlanMask
	row.App, row.Migrated = sh.shownApp(f), f.moved
	if f.isTCP() {
		var c conn
		sh.conns.load(&c, slot)
		c.fill(row, f)
	}
	sh.describe(row, f, slot, g.c.ns)
	peak := f.peak
	if f.sec < g.c.done {
		peak = sh.peaks(f)
	}
	row.Peak[2] = float64(peak[2])
	for w := range f.count {
		as := f.way(w == 1)
		row.Count[as] = f.count[w]
		row.Peak[as] = float64(peak[w])
		for k := range held {
			row.Rate[k][as] = g.c.rate(k, held[k].bytes[w], held[k].packets[w])
		}
	}
}

// identify fills in which flow a row is about.
func (f *flow) identify(row *Row) {
	row.ID, row.Family, row.Proto = f.id, f.key.Family, f.key.Proto
	row.Class, row.InitiatorKnown = f.class(), f.flags&knownStart != 0
	row.Local, row.Remote = endA(&f.key).endpoint(), endB(&f.key).endpoint()
	if f.flags&localB != 0 {
		row.Local, row.Remote = row.Remote, row.Local
	}
}

// books adds up a shard's accounts, and what is in no flow.
func (g *collector) books(sh *Shard) {
	g.s.Live += sh.live - sh.shadows
	tot := &g.s.Totals
	for _, n := range sh.books.used {
		a := &sh.books.all[n]
		sum := both(a.count)
		switch classOf(n) {
		case Loopback:
			tot.Loopback.Add(sum)
		case Forwarded:
			tot.Forwarded.Add(sum)
		default:
			tot.Own.Count[Sent].Add(a.count[Sent])
			tot.Own.Count[Received].Add(a.count[Received])
		}
		to := &g.listed
		if isFiltered(n) {
			to = &g.hidden
		}
		to.Flows += a.live + a.left
		to.Count.Add(sum)
		p := g.protocol(sh.books.protocol(n))
		p.Flows += a.live
		p.Count.Add(sum)
		p.Evicted.Add(a.gone)
	}
	for _, c := range []Count{sh.frags.waiting, sh.post.posted, sh.post.lost} {
		g.listed.Count.Add(c)
	}
	g.listed.Count.Sub(sh.post.taken)
	tot.Copies.Add(sh.copies)
	l := &g.s.Losses
	l.Evicted += sh.losses.Evicted
	l.Expired += sh.losses.Expired
	l.Handoff += sh.losses.Handoff
	l.Untimely += sh.losses.Untimely
	l.Uninspected += sh.losses.Uninspected
	l.Events += sh.losses.Events
}

func (g *collector) protocol(family parse.Family, proto uint16) *ProtocolTotal {
	k := protoKey{family, proto}
	p := g.protos[k]
	if p == nil {
		p = &ProtocolTotal{Family: family, Proto: proto}
		g.protos[k] = p
	}
	return p
}

func (g *collector) interfaces() {
	g.t.mu.Lock()
	defer g.t.mu.Unlock()
	for slot, m := range g.t.meters {
		i := InterfaceMeter{Slot: uint16(slot)}
		if m != nil {
			i.Count, i.Rate, i.Peak, i.Parse = m.read(&g.c)
		}
		g.s.Interfaces = append(g.s.Interfaces, i)
	}
}

// totals adds everything up.
func (g *collector) totals() {
	tot := &g.s.Totals
	_, tot.Own.Rate, tot.Own.Peak, _ = g.t.own.read(&g.c)
	_, hidden, _, _ := g.t.hidden.read(&g.c)
	_, all, peak, _ := g.t.all.read(&g.c)
	tot.Peak = peak[0]
	tot.Filtered, tot.Other = g.hidden, g.listed
	for k := range tot.Rate {
		tot.Rate[k] = all[k][0]
		for w := range 2 {
			tot.Filtered.Rate[k].add(hidden[k][w])
		}
		tot.Other.Rate[k] = tot.Rate[k].less(tot.Filtered.Rate[k])
	}
	tot.All = tot.Filtered.Count
	tot.All.Add(tot.Other.Count) // the rows are still in there
	for i := range g.s.Flows {
		row := &g.s.Flows[i]
		tot.Other.takeOut(1, &row.Count, &row.Rate)
	}
	tot.Other.settle()
}

// takeOut takes flows that have a row from the fold.
func (o *Fold) takeOut(flows uint64, count *[2]Count, rate *[3][2]Rate) {
	o.Flows -= flows
	for w := range count {
		o.Count.Sub(count[w])
		for k := range o.Rate {
			o.Rate[k] = o.Rate[k].less(rate[k][w])
		}
	}
}

// settle ends the taking out: where no packet is left, a rate is rounding.
func (o *Fold) settle() {
	if o.Count.Packets == 0 {
		o.Rate = [3]Rate{}
	}
}

func (g *collector) protocols() {
	for _, p := range g.protos {
		g.s.Protocols = append(g.s.Protocols, *p)
	}
	slices.SortFunc(g.s.Protocols, func(a, b ProtocolTotal) int {
		return cmp.Or(cmp.Compare(a.Family, b.Family), cmp.Compare(a.Proto, b.Proto))
	})
}
