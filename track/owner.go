package track

import (
	"math"

	"sockeye/parse"
	"sockeye/track/proc"
)

// Owners finds out whose flows are: a proc.Attributor. Its methods are quick, and may
// be called by several goroutines. A shard is locked when they are called: they may
// not wait for an answer to be taken.
type Owners interface {
	// Ask takes questions, whose answers come to Table.Answer.
	Ask(qs []proc.Question)
	// Wants reports whether a flow that this machine has no end of shall be asked about.
	Wants(k *parse.Key) bool
	// Owner puts an answer into words.
	Owner(f proc.Found) proc.Owner
}

// owned is what a shard knows of whose its flows are.
type owned struct {
	local  *slab[proc.Found]     // by slot: of the local end; zero until it was answered
	peers  map[uint32]proc.Found // by slot: of the other end, where that is this machine's, too
	asking []proc.Question       // what is to be asked when the block ends, or when there are askAtOnce
	early  []slotOf              // connections that were answered before they were there, see askEarly
	lookAt int64                 // when those are looked at again

	translations map[uint32]translation // by slot: of flows whose addresses are translated
	unpaired     []slotOf               // those whose other flow is to be looked for

	gone      spentBooks // of flows that have left the table
	meanwhile spentBooks // of those that a grouping has been at, see walked
	walked    uint32     // slots that a grouping has been at; 0 when none is under way
	remotes   remotes
}

// whose says whose the ends of a flow are. What was not answered is zero.
type whose struct{ own, peer proc.Found }

func (w whose) turned() whose { return whose{own: w.peer, peer: w.own} }

func newOwned(capacity uint32, shards int) (*owned, error) {
	local, err := newSlab[proc.Found](capacity)
	if err != nil {
		return nil, err
	}
	return &owned{
		local: local, peers: make(map[uint32]proc.Found), asking: make([]proc.Question, 0, askAtOnce),
		translations: make(map[uint32]translation), gone: newSpentBooks(shards), meanwhile: newSpentBooks(shards),
	}, nil
}

func (o *owned) release() {
	if o != nil {
		o.local.release()
	}
}

// Answer takes the answers to what the table asked its Owners. Answers about flows
// that have left are dropped. It may be called by any goroutine, until Close.
func (t *Table) Answer(as []proc.Answer) {
	if t.cfg.Owners == nil {
		return
	}
	for n, sh := range t.shards {
		locked := false
		for i := range as {
			if as[i].Place>>32 != uint64(n) {
				continue
			}
			if !locked {
				sh.mu.Lock()
				locked = true
			}
			sh.answered(&as[i])
		}
		if locked {
			sh.mu.Unlock()
		}
	}
	if t.unpaired.Load() && t.snap.TryLock() { // else who has the lock is about to do it, or the next one
		t.pair()
		t.snap.Unlock()
	}
}

// answered keeps an answer with its flow.
func (sh *Shard) answered(a *proc.Answer) {
	at := slotOf{uint32(a.Place), a.Flow}
	if at.slot >= sh.flows.n {
		return
	}
	f := sh.flowAt(at)
	if f == nil || f.flags&filtered != 0 {
		return
	}
	local := f.localEnd()
	w := whose{own: a.Ends[local], peer: a.Ends[1-local]}
	if w.peer.Reason == proc.OtherHost || w.peer.Reason == proc.Busy && f.class() == Forwarded {
		// Of a remote end that needs no saying; nor does it that nobody had the time to
		// look at a flow between others, who may be a flood.
		w.peer = proc.Found{}
		sh.owned.forgetPeer(at.slot)
	}
	if w.own == (proc.Found{}) && w.peer != w.own && sh.t.ends(f)&(1<<local) == 0 {
		w.own.Reason = proc.OtherHost
	}
	if f.tag&archived == archived && f.why == BySuccessor {
		w.own, w.peer = f.unlessSuccessor(w.own), f.unlessSuccessor(w.peer)
	}
	sh.owned.set(at.slot, w)
	if a.Translated {
		sh.translated(at, a)
	}
	if f.isTCP() && f.current() && f.life&askedAgain == 0 && tooEarly(w.own) && len(sh.owned.early) < maxEarly {
		sh.owned.early = append(sh.owned.early, at)
	}
}

// unlessSuccessor returns whose an end of a flow is whose ports another one has taken
// by now, as far as that can still be said: tables that were read since show the
// other one's socket.
func (f *flow) unlessSuccessor(found proc.Found) proc.Found {
	const unit = int64(proc.MaxTook) / math.MaxUint16
	read := f.first + int64(found.Took)*unit
	if found.Ref == 0 || !found.Source.OfTables() || read < f.ended-boundBefore {
		return found
	}
	return proc.Found{Took: found.Took, Reason: proc.NoSocket}
}

// boundBefore is how long a socket may have had its ends before its first packet was
// captured.
const boundBefore = 50_000_000 // ns

// disown takes back whose the ends of a flow are, as far as that may be its
// successor's.
func (o *owned) disown(f *flow, slot uint32) {
	if o == nil {
		return
	}
	local := o.local.at(slot)
	*local = f.unlessSuccessor(*local)
	if peer, ok := o.peers[slot]; ok {
		o.peers[slot] = f.unlessSuccessor(peer)
	}
}

// localEnd is the end of its key that is a flow's local one: 0 for A, 1 for B.
func (f *flow) localEnd() int { return wayOf(f.flags&localB != 0) }

// set keeps whose the ends of a flow are, as far as w says. A later answer that knows
// nobody does not take back one that does: the socket may be gone by then.
func (o *owned) set(slot uint32, w whose) {
	none := proc.Found{}
	if at := o.local.at(slot); w.own != none && (w.own.Ref != 0 || at.Ref == 0) {
		*at = w.own
	}
	if w.peer != none && (w.peer.Ref != 0 || o.peers[slot].Ref == 0) {
		o.peers[slot] = w.peer
	}
}

// forgetPeer takes back that a remote end was being looked for.
func (o *owned) forgetPeer(slot uint32) {
	if p, ok := o.peers[slot]; ok && p.Ref == 0 {
		delete(o.peers, slot)
	}
}

// forget is for a flow that leaves its slot.
func (o *owned) forget(slot uint32) {
	if at := o.local.at(slot); *at != (proc.Found{}) {
		*at = proc.Found{}
	}
	if len(o.peers) > 0 {
		delete(o.peers, slot)
	}
}

// turn exchanges the ends of a flow whose local end is the other one now. What only
// says why an end's is not known is forgotten: it is asked about again.
func (o *owned) turn(slot uint32, turned bool) {
	w := whose{own: *o.local.at(slot), peer: o.peers[slot]}
	if turned {
		w = w.turned()
	}
	o.forget(slot)
	if w.own.Ref == 0 {
		w.own = proc.Found{}
	}
	if w.peer.Ref == 0 {
		w.peer = proc.Found{}
	}
	o.set(slot, w)
}

// whose returns whose the ends of a flow are: zero where nobody finds that out.
func (sh *Shard) whose(slot uint32) (w whose) {
	o := sh.owned
	if o == nil {
		return w
	}
	w.own = *o.local.at(slot)
	if len(o.peers) > 0 {
		w.peer = o.peers[slot]
	}
	return w
}

// nameOwners fills in whose the ends of a row are. It does nothing where nobody finds
// that out.
func (t *Table) nameOwners(row *Row, w whose) {
	if t.cfg.Owners == nil {
		return
	}
	asks := t.cfg.Told == nil
	if asks || w.own != (proc.Found{}) {
		row.Owner = t.ownerOf(w.own)
	}
	if asks && row.Class == Loopback || w.peer != (proc.Found{}) {
		row.Peer = t.ownerOf(w.peer)
	}
}

// ownerOf puts what was found into words.
func (t *Table) ownerOf(f proc.Found) proc.Owner {
	switch {
	case t.cfg.Owners == nil, t.cfg.Told != nil && f == (proc.Found{}):
		return proc.Owner{Reason: proc.Off}
	case f == (proc.Found{}):
		return proc.Owner{Reason: proc.Pending}
	}
	o := t.cfg.Owners.Owner(f)
	if o.Process == nil && o.Reason == proc.None {
		o.Reason = proc.Exited // so long ago that it was forgotten
	}
	return o
}
