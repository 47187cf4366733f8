package track

import (
	"cmp"
	"maps"
	"slices"

	"sockeye/parse"
)

// passSlots is how many slots a snapshot goes through before it lets writers
// have the shard: about 100 µs.
const passSlots = 1024

// collector goes through all flows once and fills a snapshot.
type collector struct {
	t     *Table
	s     *Snapshot
	r     Request
	c     clock
	top   ranking
	local *localAddrs

	filtered, unlisted load

	class  [4][2]Count               // by class, sent and received
	ip     [2][256]ProtocolTotal     // IPv4, IPv6
	protos map[uint16]*ProtocolTotal // the others, by EtherType
}

// Snapshot fills s with the state of the table. Writers wait for it no longer
// than a few hundred microseconds at a time, whatever the number of flows, so
// that in a large table a flow may be a few milliseconds younger than the next.
func (t *Table) Snapshot(s *Snapshot, r Request) {
	t.snap.Lock()
	defer t.snap.Unlock()
	t.settle(r.Final)

	*s = Snapshot{
		Time: r.Now, Start: t.start.Load(),
		Flows: s.Flows[:0], Interfaces: s.Interfaces[:0], Protocols: s.Protocols[:0],
	}
	g := &collector{t: t, s: s, r: r, c: t.clockAt(r.Now, r.Lag), local: t.local.Load(), protos: make(map[uint16]*ProtocolTotal)}
	g.top = ranking{rows: s.Flows, most: r.Top}
	s.Window, s.Until = g.c.length, g.c.until
	for _, sh := range t.shards {
		g.shard(sh)
	}
	s.Flows = g.top.rows
	slices.SortFunc(s.Flows, func(a, b Row) int { return cmp.Compare(a.ID, b.ID) })
	g.interfaces()
	g.totals()
	g.protocols()
}

// settle lets messages between shards arrive. At the end of the capture it
// also gives up on what is still waiting.
func (t *Table) settle(final bool) {
	if final {
		for _, sh := range t.shards {
			sh.mu.Lock()
			sh.abandonAll()
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

func (g *collector) shard(sh *Shard) {
	sh.mu.Lock()
	g.begin(sh)
	g.s.Live += sh.live
	for sh.cursor < sh.flows.n {
		for end := min(sh.cursor+passSlots, sh.flows.n); sh.cursor < end; sh.cursor++ {
			if f := sh.flows.at(sh.cursor); f.id != 0 {
				g.flow(sh, f)
			}
		}
		sh.mu.Unlock()
		sh.mu.Lock()
	}
	sh.passing, sh.judged = false, g.local
	for k, f := range sh.missed {
		g.gone(k, f)
	}
	clear(sh.missed)
	sh.mu.Unlock()
}

// begin takes what belongs to no flow in the table.
func (g *collector) begin(sh *Shard) {
	sh.passing, sh.cursor = true, 0
	for k, f := range sh.gone {
		g.gone(k, f)
	}
	o := &g.s.Totals.Other
	o.Count.Add(sh.frags.waiting)
	o.Count.Add(sh.post.posted)
	o.Count.Sub(sh.post.taken)
	for w := range sh.post.lost.count {
		o.Count.Add(sh.post.lost.count[w])
	}
	l := &g.s.Losses
	l.Evicted += sh.losses.Evicted
	l.Expired += sh.losses.Expired
	l.Handoff += sh.losses.Handoff
	l.Untimely += sh.losses.Untimely
}

// gone adds flows that have left the table.
func (g *collector) gone(k goneKey, f *fold) {
	var both Count
	for w := range f.count {
		g.class[k.class][w].Add(f.count[w])
		both.Add(f.count[w])
	}
	to := &g.s.Totals.Other
	if k.filtered {
		to = &g.s.Totals.Filtered
	}
	to.Flows += f.flows
	to.Count.Add(both)
	p := g.protocol(k.family, k.proto)
	p.Count.Add(both)
	p.Evicted.Add(both)
}

// protocol returns the total of a protocol.
func (g *collector) protocol(family parse.Family, proto uint16) *ProtocolTotal {
	switch family {
	case parse.FamilyIPv4:
		return &g.ip[0][uint8(proto)]
	case parse.FamilyIPv6:
		return &g.ip[1][uint8(proto)]
	}
	p := g.protos[proto]
	if p == nil {
		p = &ProtocolTotal{Family: parse.FamilyLink, Proto: proto}
		g.protos[proto] = p
	}
	return p
}

// flow adds one flow of the table.
func (g *collector) flow(sh *Shard, f *flow) {
	if f.class() == Forwarded && sh.judged != g.local {
		sh.rejudge(f)
	}
	idle := g.r.Now - f.last
	if idle > staleNs && (f.dense != 0 || f.spans != 0) {
		sh.forget(f)
	}
	for w := range f.count {
		g.class[f.class()][f.way(w == 1)].Add(f.count[w])
	}
	both := f.total()
	p := g.protocol(f.key.Family, f.key.Proto)
	p.Flows++
	p.Count.Add(both)

	var held [3]amount
	if idle <= staleNs {
		sh.sum(f, &g.c, &held)
	}
	if f.flags&filtered != 0 {
		g.s.Totals.Filtered.Flows++
		g.s.Totals.Filtered.Count.Add(both)
		g.filtered.add(&held)
	} else {
		g.s.Totals.Other.Flows++ // rows are taken out again at the end
		g.s.Totals.Other.Count.Add(both)
		g.unlisted.add(&held)
		g.rank(f, &held, both.Bytes)
	}
	if g.t.cfg.IdleTimeout > 0 && idle > int64(g.t.cfg.IdleTimeout) && !g.r.Final {
		sh.expire(sh.cursor)
	}
}

// load is what the windows hold of many flows, both ways together.
type load [3]struct{ bytes, packets float64 }

func (l *load) add(held *[3]amount) {
	for k := range held {
		l[k].bytes += held[k].bytes[0] + held[k].bytes[1]
		l[k].packets += held[k].packets[0] + held[k].packets[1]
	}
}

func (l *load) rates(c *clock) (r [3]Rate) {
	for k := range l {
		r[k] = c.rate(k, l[k].bytes, l[k].packets)
	}
	return r
}

// rank makes the flow a row if it is among the first.
func (g *collector) rank(f *flow, held *[3]amount, bytes uint64) {
	score := float64(bytes)
	if g.r.By != ByTotal {
		score = held[g.r.By].bytes[0] + held[g.r.By].bytes[1]
	}
	if row := g.top.place(score, bytes, f.id); row != nil {
		g.fill(row, f, held)
	}
}

// fill writes the row of a flow.
func (g *collector) fill(row *Row, f *flow, held *[3]amount) {
	a, b := endA(&f.key).endpoint(), endB(&f.key).endpoint()
	began := wayOf(f.flags&startedFrom != 0)
	home := f.home[began]
	if home == noHome {
		home = f.home[1-began]
	}
	*row = Row{
		ID: f.id, Family: f.key.Family, Proto: f.key.Proto,
		Class: f.class(), InitiatorKnown: f.flags&knownStart != 0,
		Local: a, Remote: b,
		First: f.first, Last: f.last,
		Iface: home, Ifaces: f.ifaces, VLAN: f.vlan,
	}
	if f.flags&localB != 0 {
		row.Local, row.Remote = b, a
	}
	peak := f.peak
	if f.sec < g.c.done {
		peak = f.peaks()
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

func (g *collector) interfaces() {
	g.t.mu.Lock()
	meters := g.t.meters
	g.t.mu.Unlock()
	for slot, m := range meters {
		i := InterfaceMeter{Slot: uint16(slot)}
		i.Count, i.Rate, i.Peak, i.Parse = m.read(&g.c)
		g.s.Interfaces = append(g.s.Interfaces, i)
	}
}

// totals adds everything up.
func (g *collector) totals() {
	tot := &g.s.Totals
	_, tot.Own.Rate, tot.Own.Peak, _ = g.t.own.read(&g.c)
	_, rest, _, _ := g.t.rest.read(&g.c)
	tot.Own.Count = [2]Count{}
	for _, c := range []Class{Outgoing, Incoming} {
		for w := range tot.Own.Count {
			tot.Own.Count[w].Add(g.class[c][w])
		}
	}
	for w := range 2 {
		tot.Loopback.Add(g.class[Loopback][w])
		tot.Forwarded.Add(g.class[Forwarded][w])
	}
	for k := range tot.Rate {
		for w := range 2 {
			tot.Rate[k].add(tot.Own.Rate[k][w])
			tot.Rate[k].add(rest[k][w])
		}
	}
	tot.Filtered.Rate, tot.Other.Rate = g.filtered.rates(&g.c), g.unlisted.rates(&g.c)
	tot.All = tot.Filtered.Count
	tot.All.Add(tot.Other.Count) // the rows are still in there
	for i := range g.s.Flows {
		tot.Other.takeOut(&g.s.Flows[i])
	}
}

// takeOut takes a row from the fold.
func (o *Fold) takeOut(r *Row) {
	o.Flows--
	for w := range r.Count {
		o.Count.Sub(r.Count[w])
		for k := range o.Rate {
			o.Rate[k].Bytes = max(0, o.Rate[k].Bytes-r.Rate[k][w].Bytes)
			o.Rate[k].Packets = max(0, o.Rate[k].Packets-r.Rate[k][w].Packets)
		}
	}
	if o.Flows == 0 {
		o.Rate = [3]Rate{} // what is left is rounding
	}
}

func (g *collector) protocols() {
	for i, family := range []parse.Family{parse.FamilyIPv4, parse.FamilyIPv6} {
		for proto := range g.ip[i] {
			if p := &g.ip[i][proto]; p.Count.Packets > 0 {
				p.Family, p.Proto = family, uint16(proto)
				g.s.Protocols = append(g.s.Protocols, *p)
			}
		}
	}
	for _, proto := range slices.Sorted(maps.Keys(g.protos)) {
		g.s.Protocols = append(g.s.Protocols, *g.protos[proto])
	}
}
