package track

import (
	"math"

	"sockeye/track/proc"
)

// Sums by owner are not to lose what a process carried in flows that have left the
// table. So each shard keeps accounts of those, by owner, which groupings add to the
// flows that are there.

const (
	// maxSpent is how many owners all shards together keep accounts of. Of one that
	// makes room for another, who was active later, the sums are among the others'.
	maxSpent   = 1 << 16
	leastSpent = 1 << 12 // of a shard
	spentLook  = 8       // owners of which the one that was silent for longest makes room

	// maxRecents is how many owners of a shard have rates of flows that have left.
	maxRecents = 512
)

// who is an owner, or a reason why there is none.
type who struct {
	ref    proc.Ref
	reason proc.Reason // where ref is 0
}

func whoOf(f proc.Found) who {
	switch {
	case f.Ref != 0:
		return who{ref: f.Ref}
	case f.Reason == proc.None:
		return who{reason: proc.Pending}
	}
	return who{reason: f.Reason}
}

// counts returns for whom a flow counts: its local end's owner. Where that end is
// another host's it is the peer's, and turned is 1: what he sent was received. Else
// the peer, if he is known, has it beside what counts for him.
func (w whose) counts() (owner proc.Found, turned int, peer proc.Found) {
	switch {
	case w.own.Ref == 0 && w.own.Reason == proc.OtherHost && w.peer != (proc.Found{}):
		return w.peer, 1, proc.Found{}
	case w.peer.Ref != 0:
		return w.own, 0, w.peer
	}
	return w.own, 0, proc.Found{}
}

// spent is what the flows of one owner carried that have left the table.
type spent struct {
	found       proc.Found
	process     *proc.Process // as it was when the first one left, for when it is forgotten
	flows       uint64
	first, last int64    // packets
	count       [2]Count // sent, received
	peers       uint64   // flows that count for their other end's owner
	peer        [2]Count // of those: sent, received by this end
	recent      int32    // place+1 in spentBooks.recents, 0 for none
}

// spentBooks are the accounts of a shard.
type spentBooks struct {
	most    int
	at      map[who]int32 // place in list
	list    []spent
	hand    int
	recents []spentRecent
	next    int // of recents: where the search for an unused one goes on
}

// spentRecent is the newest history of an account.
type spentRecent struct {
	of int32 // place of the account; -1 for none
	dense
}

func newSpentBooks(shards int) spentBooks {
	return spentBooks{most: max(maxSpent/shards, leastSpent), at: make(map[who]int32)}
}

// of returns an owner's account, and its place.
func (b *spentBooks) of(t *Table, f proc.Found) (*spent, int32) {
	k := whoOf(f)
	if i, ok := b.at[k]; ok {
		return &b.list[i], i
	}
	i := int32(len(b.list))
	if len(b.list) < b.most {
		b.list = append(b.list, spent{})
	} else {
		i = b.makeRoom()
	}
	b.at[k] = i
	b.list[i] = spent{found: f, first: math.MaxInt64, last: math.MinInt64}
	if f.Ref != 0 {
		b.list[i].process = t.ownerOf(f).Process
	}
	return &b.list[i], i
}

// makeRoom drops an account that was silent for long and returns its place.
func (b *spentBooks) makeRoom() int32 {
	oldest := b.hand
	for range spentLook {
		if b.hand++; b.hand >= len(b.list) {
			b.hand = 0
		}
		if b.list[b.hand].last < b.list[oldest].last {
			oldest = b.hand
		}
	}
	e := &b.list[oldest]
	delete(b.at, whoOf(e.found))
	if e.recent != 0 {
		b.recents[e.recent-1].of = -1
	}
	return int32(oldest)
}

// recentOf returns the history of the account in a place, nil where there is no room
// for it. head is the bucket at which a new one begins; now is the clock.
func (b *spentBooks) recentOf(place int32, head uint32, now int64) *dense {
	e := &b.list[place]
	if e.recent != 0 {
		return &b.recents[e.recent-1].dense
	}
	i := len(b.recents)
	if i < maxRecents {
		b.recents = append(b.recents, spentRecent{})
	} else if i = b.unusedRecent(now); i < 0 {
		return nil
	}
	b.recents[i] = spentRecent{of: place, dense: dense{head: head}}
	e.recent = int32(i) + 1
	return &b.recents[i].dense
}

// unusedRecent finds a history that is outside every window, or returns -1.
func (b *spentBooks) unusedRecent(now int64) int {
	for range spentLook {
		if b.next++; b.next >= len(b.recents) {
			b.next = 0
		}
		of := b.recents[b.next].of
		if of >= 0 && now-b.list[of].last <= staleNs {
			continue
		}
		if of >= 0 {
			b.list[of].recent = 0
		}
		return b.next
	}
	return -1
}

// spend enters a flow that leaves the table into its owner's account.
func (sh *Shard) spend(f *flow, slot uint32) {
	o := sh.owned
	if o == nil || f.flags&filtered != 0 {
		return
	}
	b := &o.gone
	if slot < o.walked {
		b = &o.meanwhile
	}
	owner, turned, peer := sh.whose(slot).counts()
	local := f.localEnd() ^ turned
	e, place := b.of(sh.t, owner)
	e.flows++
	e.first, e.last = min(e.first, f.first), max(e.last, f.last)
	addWays(&e.count, &f.count, local)
	if sh.clock-f.last <= staleNs {
		head := sh.t.bucketAt(f.last)
		if d := b.recentOf(place, head, sh.clock); d != nil {
			d.addFlow(sh, f, local, head)
		}
	}
	o.remotes.note(owner.Ref, sh.t.addrHash(f.end(1-local)))
	if peer.Ref == 0 {
		return
	}
	e, _ = b.of(sh.t, peer)
	e.peers++
	e.first, e.last = min(e.first, f.first), max(e.last, f.last)
	addWays(&e.peer, &f.count, 1-local)
	o.remotes.note(peer.Ref, sh.t.addrHash(f.end(local)))
}

// addWays adds the counts of a flow, as its end `local` sent and received them.
func addWays(to, from *[2]Count, local int) {
	to[Sent].Add(from[local])
	to[Received].Add(from[1-local])
}

// end returns an end of the flow's key: 0 for A, 1 for B.
func (f *flow) end(n int) end {
	if n == 0 {
		return endA(&f.key)
	}
	return endB(&f.key)
}

// bucketAt returns the bucket of a time.
func (t *Table) bucketAt(ns int64) uint32 { return uint32(max(0, ns-t.base.Load()) / bucketNs) }

// addFlow adds the history of a flow, as its end `local` sent and received it. head is
// the bucket of its last packet.
func (d *dense) addFlow(sh *Shard, f *flow, local int, head uint32) {
	if f.dense != 0 {
		d.addDense(sh.dense.at(f.dense-1), local)
	}
	for i := range int(f.spans) {
		s := f.recent[i]
		if i == int(f.spans)-1 {
			s.close()
		}
		if age(head, s.start()+s.length()) > keepBuckets {
			continue
		}
		if local == 1 {
			s.bytes[0], s.bytes[1] = s.bytes[1], s.bytes[0]
			s.packets[0], s.packets[1] = s.packets[1], s.packets[0]
		}
		d.addSpan(&s)
	}
}

// addDense adds another history, whose way `first` is the first here.
func (d *dense) addDense(from *dense, first int) {
	for back := range uint32(denseBuckets) {
		b := from.head - back
		if b > from.head {
			return
		}
		c := &from.ring[b%denseBuckets]
		for w := range c.packets {
			if c.packets[w] != 0 {
				d.add(b, w^first, c.bytes[w], c.packets[w])
			}
		}
	}
}

// takeIn adds the accounts of another set.
func (b *spentBooks) takeIn(t *Table, from *spentBooks, now int64) {
	for i := range from.list {
		s := &from.list[i]
		e, place := b.of(t, s.found)
		if e.process == nil {
			e.process = s.process
		}
		e.flows += s.flows
		e.peers += s.peers
		e.first, e.last = min(e.first, s.first), max(e.last, s.last)
		for w := range s.count {
			e.count[w].Add(s.count[w])
			e.peer[w].Add(s.peer[w])
		}
		if s.recent != 0 {
			old := &from.recents[s.recent-1].dense
			if d := b.recentOf(place, old.head, now); d != nil {
				d.addDense(old, 0)
			}
		}
	}
}

// setBack shifts times to a clock that was set back.
func (b *spentBooks) setBack(shift func(*int64)) {
	for i := range b.list {
		shift(&b.list[i].first)
		shift(&b.list[i].last)
	}
}
