package track

import (
	"slices"

	"sockeye/parse"
	"sockeye/track/proc"
)

// A flow whose addresses this machine translates (NAT) has two names: that of the
// container, or of the host behind this router, and that of this machine. When both
// are captured, every packet is read under each. Once the answer tells of it, the
// inner flow, which has no end of this machine's, stays; the outer one becomes its
// shadow: it has no row, and its packets count as copies, as on another interface.
// What the outer flow had counted by then stays counted, among the others: totals do
// not fall.
//
// That is done between packets and by one goroutine at a time, as with migrations.
// Where it cannot be said which flow is the inner one, both stay, and each says what
// the other is called.

// translation is the other name of a flow.
type translation struct {
	other   parse.Key
	swapped bool     // A of the flow is B of the other
	outer   shadowOf // the flow's shadow; no shard for none
}

// shadowOf names a flow that may have left its slot since.
type shadowOf struct {
	sh *Shard
	slotOf
}

// translated keeps the other name of a flow.
func (sh *Shard) translated(at slotOf, a *proc.Answer) {
	o := sh.owned
	tr := o.translations[at.slot]
	if tr.outer.sh != nil && tr.other == a.Other {
		return
	}
	o.translations[at.slot] = translation{other: a.Other, swapped: a.Swapped, outer: tr.outer}
	o.unpaired = append(o.unpaired, at)
	sh.t.unpaired.Store(true)
}

// fillTranslation fills in a row's other name.
func (sh *Shard) fillTranslation(row *Row, slot uint32, f *flow) {
	if sh.owned == nil || len(sh.owned.translations) == 0 {
		return
	}
	tr, ok := sh.owned.translations[slot]
	if !ok {
		return
	}
	ends := [2]end{endA(&tr.other), endB(&tr.other)}
	local := f.localEnd() ^ wayOf(tr.swapped)
	row.NAT = &Translation{Local: ends[local].endpoint(), Remote: ends[1-local].endpoint()}
}

// pair finds the other flow of each that is translated, and lets go of shadows whose
// flows have left. The caller holds snap, so that nobody goes through the shards
// meanwhile.
func (t *Table) pair() {
	if !t.unpaired.Swap(false) {
		return
	}
	t.parting.Lock()
	shadows := t.shadows
	t.shadows = nil
	t.parting.Unlock()
	for _, s := range shadows {
		s.sh.mu.Lock()
		if f := s.sh.flowAt(s.slotOf); f != nil && f.life&shadow != 0 {
			s.sh.drop(s.slot)
		}
		s.sh.mu.Unlock()
	}
	for _, sh := range t.shards {
		sh.mu.Lock()
		all := slices.Clone(sh.owned.unpaired)
		sh.owned.unpaired = sh.owned.unpaired[:0]
		sh.mu.Unlock()
		for _, at := range all {
			t.pairUp(sh, at)
		}
	}
}

// side is one of a pair, with its shard locked.
type side struct {
	sh   *Shard
	slot uint32
	f    *flow
}

// pairUp finds the other flow of one that is translated.
func (t *Table) pairUp(sh *Shard, at slotOf) {
	sh.mu.Lock()
	defer sh.mu.Unlock()
	f := sh.flowAt(at)
	tr, ok := sh.owned.translations[at.slot]
	if f == nil || !ok {
		return
	}
	h := tr.other.Hash(t.seed)
	for _, o := range t.shards {
		if o.pairWith(side{sh, at.slot, f}, &tr, h) {
			return
		}
	}
}

// pairWith pairs a flow with the other one, if that is in this shard.
func (sh *Shard) pairWith(a side, tr *translation, h uint64) bool {
	if sh != a.sh { // no other goroutine takes two shards at once
		sh.mu.Lock()
		defer sh.mu.Unlock()
	}
	g, slot := sh.find(&tr.other, h)
	if g == nil || g == a.f {
		return g != nil
	}
	b := side{sh, slot, g}
	inner, outer := a, b
	switch ownA, ownB := sh.t.ends(a.f) != 0, sh.t.ends(b.f) != 0; {
	case ownA == ownB:
		b.called(a, tr.swapped)
		return true
	case ownA:
		inner, outer = b, a
	}
	inner.called(outer, tr.swapped)
	if inner.joinable() && outer.joinable() {
		inner.join(outer, tr.swapped)
	}
	return true
}

// called keeps what the flow's other side is called.
func (s side) called(other side, swapped bool) {
	tr := s.sh.owned.translations[s.slot]
	s.sh.owned.translations[s.slot] = translation{other: other.f.key, swapped: swapped, outer: tr.outer}
}

// joinable reports whether a flow may have a shadow, or be one: it has a row, packets
// may still belong to it, and it does not move to another shard.
func (s side) joinable() bool {
	return s.f.current() && s.f.flags&(filtered|strayBorn) == 0
}

// join makes the outer flow the shadow of the inner one.
func (s side) join(outer side, swapped bool) {
	sh, f := outer.sh, outer.f
	w := sh.whose(outer.slot)
	if (s.f.localEnd() == f.localEnd()) == swapped {
		w = w.turned()
	}
	s.sh.owned.fill(s.slot, w)
	s.f.ifaces |= f.ifaces

	if !sh.untell(f.id) && f.life&announced != 0 { // live, between two looks
		sh.conclude(f, outer.slot, BySuccessor, f.last)
	}
	if f.flags&manyIfaces != 0 {
		sh.settleHome(outer.slot)
	}
	sh.forgetApp(f)
	sh.forget(f)
	sh.owned.forget(outer.slot)
	sh.books.close(f)
	f.tag &^= inspected
	f.flags |= filtered
	f.life |= shadow
	sh.elsewhereOf(f, outer.slot) // its packets come by carried
	sh.shadows++

	tr := s.sh.owned.translations[s.slot]
	tr.outer = shadowOf{sh, slotOf{outer.slot, f.id}}
	s.sh.owned.translations[s.slot] = tr
}

// fill takes over what is known of a flow's ends and was not known here.
func (o *owned) fill(slot uint32, w whose) {
	if at := o.local.at(slot); at.Ref == 0 && w.own.Ref != 0 {
		*at = w.own
	}
	if w.peer.Ref != 0 && o.peers[slot].Ref == 0 {
		o.peers[slot] = w.peer
	}
}

// part lets go of what is kept of a flow's translation when it leaves: its shadow is
// to leave, too.
func (sh *Shard) part(slot uint32) {
	o := sh.owned
	if len(o.translations) == 0 {
		return
	}
	if tr := o.translations[slot]; tr.outer.sh != nil {
		sh.t.parting.Lock()
		sh.t.shadows = append(sh.t.shadows, tr.outer)
		sh.t.parting.Unlock()
		sh.t.unpaired.Store(true)
	}
	delete(o.translations, slot)
}

// shadowed counts a packet of a shadow, which stays as long as there are some.
func (sh *Shard) shadowed(f *flow, c Count, ns int64) {
	f.last = max(f.last, ns)
	sh.copies.Add(c)
}
