package track

import (
	"cmp"
	"math"

	"sockeye/track/proc"
)

// byOwner reports whether flows are added up by whose they are.
func (by GroupBy) byOwner() bool { return by >= GroupProcess }

// ownerKey is what flows are added up by: the fields that the GroupBy names.
type ownerKey struct {
	who  who       // GroupProcess; of all, a reason
	uid  uint32    // GroupUser
	text [4]string // the names of the others
}

// keyOf returns the key of a process that an owner was found to be, nil for none. ok
// is false where it has no such key.
func (by GroupBy) keyOf(w who, reason proc.Reason, p *proc.Process) (k ownerKey, ok bool) {
	switch {
	case p == nil:
		return ownerKey{who: who{reason: cmp.Or(reason, w.reason)}}, true
	case by == GroupProcess:
		return ownerKey{who: w}, true
	case by == GroupUser && p.Told == 0:
		return ownerKey{uid: p.UID, text: [4]string{p.User}}, true
	case p.PID == 0:
		return ownerKey{who: who{reason: reason}}, true // a user's, and no more is known
	}
	switch by {
	case GroupUser:
		return lacking(p, "user", "user")
	case GroupContainer:
		if c := p.Container; c != nil {
			return ownerKey{text: [4]string{c.Runtime, c.ID}}, true
		}
		return lacking(p, "container", "cgroup")
	case GroupUnit:
		if p.Unit != "" {
			return ownerKey{text: [4]string{p.Unit}}, true
		}
		return lacking(p, "cgroup", "cgroup")
	}
	if g := p.Package; g != nil {
		return ownerKey{text: [4]string{g.Manager, g.Name, g.Version, g.Arch}}, true
	}
	return lacking(p, "package", "exe")
}

// OwnerKey is what flows are added up by: of owners whose flows make one row it is the
// same. It can be compared.
type OwnerKey struct{ key ownerKey }

// OwnerKey returns the key of an owner's flows, and of a row that of its Process and
// Reason. ok is false where he has no such key: his flows are in Group.Other. by must be
// one of the groupings by owner.
func (by GroupBy) OwnerKey(o *proc.Owner) (k OwnerKey, ok bool) {
	k.key, ok = by.keyOf(whoIs(o), o.Reason, o.Process)
	return k, ok
}

// Reason returns why it is not known whose the flows of a key are; None where it is.
func (k OwnerKey) Reason() proc.Reason { return k.key.who.reason }

// lacking returns the key of what could not be read of a process, or of what that is
// read from. ok is false where nothing of it is lacking.
func lacking(p *proc.Process, fact, from string) (k ownerKey, ok bool) {
	for _, l := range p.Lacks {
		if l.Fact == fact || l.Fact == from {
			return ownerKey{who: who{reason: l.Reason}}, true
		}
	}
	return ownerKey{}, false
}

// ownerSums is what a Grouping by owner keeps besides its sums.
type ownerSums struct {
	numbers map[who]int32 // of the sum for an owner, noSum for none
	keys    map[ownerKey]int32
	more    []ownerSum // by the number of the sum
	remotes distinct
}

// ownerSum is what a sum by owner has besides the others'.
type ownerSum struct {
	process *proc.Process
	reason  proc.Reason
	gone    uint64 // of the sum's flows: not in the table
	remotes uint64
	peer    PeerSum
}

const noSum = -1

func newOwnerSums() *ownerSums {
	return &ownerSums{numbers: make(map[who]int32), keys: make(map[ownerKey]int32)}
}

func (o *ownerSums) reset() {
	clear(o.numbers)
	clear(o.keys)
	clear(o.more)
	o.more = o.more[:0]
	o.remotes.reset()
}

// number returns the number of the sum for an owner, noSum where he has no such key.
// last is what was known of the process, should it be forgotten.
func (g *Grouping) number(t *Table, f proc.Found, last *proc.Process) int32 {
	w := whoOf(f)
	if n, ok := g.owners.numbers[w]; ok {
		return n
	}
	o := t.ownerOf(f)
	if o.Process == nil && last != nil {
		o.Process, o.Reason = last, proc.None
	}
	n := g.sumOf(w, &o)
	g.owners.numbers[w] = n
	return n
}

func (g *Grouping) sumOf(w who, o *proc.Owner) int32 {
	k, ok := g.by.keyOf(w, o.Reason, o.Process)
	if !ok {
		return noSum
	}
	if n, ok := g.owners.keys[k]; ok {
		return n
	}
	n := int32(g.sums.next())
	s := g.sums.at(int(n))
	*s = groupSum{}
	more := ownerSum{reason: k.who.reason}
	if more.reason == proc.None {
		more.process = o.Process
		if g.by == GroupProcess && o.Process.PID == 0 {
			more.reason = o.Reason
		}
		s.key.ALo, s.key.AHi = uint64(o.Process.PID), o.Process.Start // for the order of equals
	}
	g.owners.keys[k] = n
	g.owners.more = append(g.owners.more, more)
	return n
}

// addOwned adds flows to the sums of their owners.
func (g *Grouping) addOwned(t *Table, rows []groupedRow) {
	for i := range rows {
		r := &rows[i]
		owner, turned, peer := r.whose.counts()
		local, remote := r.local, r.remote
		if turned == 1 {
			local, remote = remote, local
		}
		if n := g.number(t, owner, nil); n != noSum {
			g.sums.at(int(n)).add(&r.Row, turned)
			g.remote(n, remote)
		}
		if peer.Ref == 0 {
			continue
		}
		if n := g.number(t, peer, nil); n != noSum {
			g.sums.at(int(n)).span(r.First, r.Last)
			g.owners.more[n].peer.addFlow(&r.Row)
			g.remote(n, local)
		}
	}
}

// addFlow adds a flow, as the owner of its other end sees it.
func (p *PeerSum) addFlow(r *Row) {
	p.Flows++
	p.add(&[2]Count{r.Count[Received], r.Count[Sent]})
	for k := range p.Rate {
		p.Rate[k][Sent].add(r.Rate[k][Received])
		p.Rate[k][Received].add(r.Rate[k][Sent])
	}
}

func (p *PeerSum) add(c *[2]Count) {
	for w := range c {
		p.Count[w].Add(c[w])
	}
}

// remote counts an address, by its hash, if it is new to the sum.
func (g *Grouping) remote(n int32, addr uint64) {
	if g.owners.remotes.add(mixRemote(addr, uint64(n)+1)) {
		g.owners.more[n].remotes++
	}
}

// addGone adds the flows of a shard that have left the table to the groupings by
// owner. Those that leave meanwhile wait until the next snapshot, since they may have
// been added as flows.
func (g *collector) addGone(sh *Shard) {
	o := sh.owned
	if o == nil || !g.byOwner {
		return
	}
	sh.mu.Lock()
	defer sh.mu.Unlock()
	o.walked = math.MaxUint32
	for i := range o.gone.list {
		if i%passGrouped == passGrouped-1 {
			sh.yield()
		}
		g.addSpent(&o.gone, &o.gone.list[i])
	}
	for i := range o.remotes.places {
		if i%passFlows == passFlows-1 {
			sh.yield()
		}
		if p := &o.remotes.places[i]; p.ref != 0 {
			g.addRemote(p)
		}
	}
	o.gone.takeIn(sh.t, &o.meanwhile, sh.clock)
	o.meanwhile, o.walked = newSpentBooks(sh.t.cfg.Shards), 0
}

// addSpent adds an account.
func (g *collector) addSpent(b *spentBooks, e *spent) {
	row := Row{First: e.first, Last: e.last, Count: e.count}
	if e.recent != 0 && g.c.ns-e.last <= staleNs {
		var held [3]amount
		b.recents[e.recent-1].sum(&g.c, &held)
		for k := range held {
			for w := range 2 {
				row.Rate[k][w] = g.c.rate(k, held[k].bytes[w], held[k].packets[w])
			}
		}
	}
	for i := range g.s.Groups {
		gr := g.s.Groups[i].Grouping
		if !gr.by.byOwner() {
			continue
		}
		n := gr.number(g.t, e.found, e.process)
		if n == noSum {
			continue
		}
		s, more := gr.sums.at(int(n)), &gr.owners.more[n]
		s.span(e.first, e.last)
		if e.flows != 0 {
			s.add(&row, 0)
			s.flows += e.flows - 1
			more.gone += e.flows
		}
		more.peer.Flows += e.peers
		more.peer.add(&e.peer)
	}
}

// addRemote counts an address of flows that have left.
func (g *collector) addRemote(r *remoteOf) {
	for i := range g.s.Groups {
		gr := g.s.Groups[i].Grouping
		if !gr.by.byOwner() {
			continue
		}
		if n, ok := gr.owners.numbers[who{ref: r.ref}]; ok && n != noSum {
			gr.remote(n, r.addr)
		}
	}
}

// fillOwned fills in what the rows of a grouping by owner have besides the others'.
func (g *Group) fillOwned() {
	g.peers = g.peers[:0]
	for _, n := range g.ranks {
		if p := &g.owners.more[n.n].peer; p.Flows != 0 {
			g.peers = append(g.peers, *p)
		}
	}
	peers := g.peers
	for i := range g.Rows {
		more, r := &g.owners.more[g.ranks[i].n], &g.Rows[i]
		r.Process, r.Reason, r.Remotes = more.process, more.reason, more.remotes
		r.Flows, r.Gone = r.Flows-more.gone, more.gone
		if more.peer.Flows != 0 {
			r.Peer, peers = &peers[0], peers[1:]
		}
	}
}

// settleRates is settle for sums that have all packets, but not all rates: of a rate,
// rounding is what is nothing beside the whole.
func (o *Fold) settleRates(whole *[3]Rate) {
	const nothing = 1e-6
	for k := range o.Rate {
		if o.Rate[k].Bytes <= nothing*whole[k].Bytes && o.Rate[k].Packets <= nothing*whole[k].Packets {
			o.Rate[k] = Rate{}
		}
	}
}

// peerScore is what the peer's part of a sum adds to its rank.
func (g *Grouping) peerScore(n int, by Order) uint64 {
	p := &g.owners.more[n].peer
	if by == ByTotal {
		return p.Count[Sent].Bytes + p.Count[Received].Bytes
	}
	return whole(p.Rate[by][Sent].Bytes + p.Rate[by][Received].Bytes)
}
