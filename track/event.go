package track

import (
	"cmp"
	"math"
	"slices"
	"time"

	"sockeye/parse"
	"sockeye/parse/dpi"
	"sockeye/track/proc"
)

// EventKind says what an Event tells.
type EventKind uint8

const (
	// FlowOpened: a new flow. What it speaks is known, or a second has passed; its
	// owner is known, or a quarter of one has.
	FlowOpened EventKind = iota
	AppMessage           // Detail: one message of an application
	FlowClosed           // a flow ended: Row is its last state
)

// An Event is something that happened to a flow.
type Event struct {
	Kind EventKind
	// Time is when it came about, ns since the Unix epoch on the capture's clock: of
	// FlowClosed when the flow left the table or its ports were taken by another one,
	// which is later than the row's Ended.
	Time   int64
	Row    Row // of FlowOpened and FlowClosed; of AppMessage the ends, the ID and whose they are
	Detail dpi.Detail
}

const (
	// openAfter is how long a new flow has to show what it speaks.
	openAfter = int64(time.Second)

	// ownerWait is how long a flow is not told of for want of its owner. Why there is
	// none is known after some 300 ms.
	ownerWait = int64(500 * time.Millisecond)

	maxEvents  = 1 << 15 // of a shard that wait to be fetched
	maxWaiting = 1 << 16 // new flows of a shard that may show what they speak
	finalRows  = 1 << 12 // flows that one last call tells the end of
)

// events is what a shard has to tell. Its memory is used again.
type events struct {
	queue   []told
	waiting []waiting // new flows in the order of their coming
	head    int       // of waiting: those before have been seen to
}

// told is an Event that nobody has fetched yet.
type told struct {
	kind   EventKind
	flags  flowFlags
	time   int64
	first  int64 // when the flow began
	id     uint64
	key    parse.Key
	row    *Row // nil of AppMessage
	detail dpi.Detail
	slot   uint32 // that the flow had
	whose  whose
}

// waiting is a new flow: at `due` it is told of if it was not before.
type waiting struct {
	due  int64
	slot uint32
}

// remaining is a flow that was there at the end.
type remaining struct {
	id   uint64
	sh   *Shard
	slot uint32
}

func (a *told) compare(b *told) int {
	return cmp.Or(cmp.Compare(a.time, b.time), cmp.Compare(a.id, b.id), cmp.Compare(a.kind, b.kind))
}

// tell keeps an event until it is fetched.
func (sh *Shard) tell(e *told) {
	if len(sh.events.queue) == maxEvents {
		sh.losses.Events++
		return
	}
	sh.events.queue = append(sh.events.queue, *e)
}

// newcomer notes a new flow.
func (sh *Shard) newcomer(f *flow, slot uint32) {
	e := &sh.events
	if len(e.waiting)-e.head == maxWaiting {
		oldest := e.waiting[e.head]
		e.head++
		sh.opened(sh.flows.at(oldest.slot), oldest.slot, sh.clock)
	}
	if e.head > len(e.waiting)/2 {
		e.waiting = e.waiting[:copy(e.waiting, e.waiting[e.head:])]
		e.head = 0
	}
	e.waiting = append(e.waiting, waiting{f.first + openAfter, slot})
}

// opened tells of a flow, once: at the time ns, or when its second was over.
func (sh *Shard) opened(f *flow, slot uint32, ns int64) {
	if e := sh.openedEvent(f, slot, ns); e != nil {
		sh.tell(e)
	}
}

func (sh *Shard) openedEvent(f *flow, slot uint32, ns int64) *told {
	if !f.used() || f.life&(announced|undecided) != 0 || f.flags&filtered != 0 {
		return nil
	}
	f.life |= announced
	return sh.rowEvent(FlowOpened, f, slot, Open, min(ns, f.first+openAfter))
}

func (sh *Shard) rowEvent(kind EventKind, f *flow, slot uint32, why Reason, ns int64) *told {
	e := &told{kind: kind, flags: f.flags, time: ns, id: f.id, row: new(Row), slot: slot, whose: sh.whose(slot)}
	sh.lastRow(e.row, slot, why, ns)
	return e
}

// message passes on what an application said. A flow is told of before.
func (sh *Shard) message(f *flow, slot uint32, m dpi.Event) {
	if f.flags&filtered != 0 {
		return
	}
	f.life &^= undecided
	sh.opened(f, slot, m.Time)
	sh.tell(&told{
		kind: AppMessage, flags: f.flags, time: m.Time, first: f.first, id: f.id, key: f.key, detail: m.Detail,
		slot: slot, whose: sh.whose(slot),
	})
}

// conclude tells of a flow's end, once.
func (sh *Shard) conclude(f *flow, slot uint32, why Reason, ns int64) {
	if !sh.t.cfg.Events || f.life&concluded != 0 {
		return
	}
	f.life &^= undecided
	sh.opened(f, slot, ns)
	f.life |= concluded
	if len(sh.events.queue) == maxEvents {
		sh.losses.Events++
		return
	}
	sh.tell(sh.rowEvent(FlowClosed, f, slot, why, ns))
}

// fetchEvents appends what the shard has to tell at the time now. Where a flow's
// owner is waited for, all that comes after that waits, too, unless it is the end.
func (sh *Shard) fetchEvents(to []told, now int64, final bool) []told {
	e := &sh.events
	n, until := len(e.queue), int64(math.MaxInt64)
	if sh.owned != nil {
		n = sh.nameQueue(now, final)
		if n < len(e.queue) {
			until = e.queue[n].time
		}
	}
	for e.head < len(e.waiting) {
		w := e.waiting[e.head]
		if w.due > until || w.due > now && w.due <= now+openAfter { // later ones are of a clock that was set back
			break
		}
		e.head++
		f := sh.flows.at(w.slot)
		if f.first+openAfter > w.due {
			continue // another flow has the slot now
		}
		if o := sh.openedEvent(f, w.slot, now); o != nil {
			to = append(to, *o)
		}
	}
	to = append(to, e.queue[:n]...)
	left := copy(e.queue, e.queue[n:])
	clear(e.queue[left:])
	e.queue = e.queue[:left]
	return to
}

// untell takes back what was to be told of a flow, and reports whether that was the
// first of it.
func (sh *Shard) untell(id uint64) (first bool) {
	e := &sh.events
	e.queue = slices.DeleteFunc(e.queue, func(d told) bool {
		first = first || d.id == id && d.kind == FlowOpened
		return d.id == id
	})
	return first
}

// nameQueue gives the events that wait the owners that are known by now, up to the
// first flow whose owner may still come, and returns how many those are.
func (sh *Shard) nameQueue(now int64, final bool) int {
	for i := range sh.events.queue {
		e := &sh.events.queue[i]
		f := sh.flowAt(slotOf{e.slot, e.id})
		if f == nil {
			continue // it has left: what was known then is all
		}
		if e.whose = sh.whose(e.slot); (e.flags^f.flags)&localB != 0 {
			e.whose = e.whose.turned() // its local end was another one when that was told
		}
		age := now - f.first
		if e.kind == FlowOpened && pending(e.whose.own) && sh.t.cfg.Told == nil && !final && age >= 0 && age < ownerWait {
			return i
		}
	}
	return len(sh.events.queue)
}

// pending reports whether nothing is known yet: an answer may be about the other end
// alone.
func pending(f proc.Found) bool {
	return f.Ref == 0 && (f.Reason == proc.None || f.Reason == proc.Pending)
}

// Events appends what has happened since the last call, in the order of time, then
// of flow, if Config.Events is set. now is the capture's clock. Like Snapshot, it
// lets flows leave whose time is up. At the end of the capture, when no packet
// follows, final tells the end of all flows that are left, a part of them with each
// call: it is called until it appends nothing.
func (t *Table) Events(to []Event, now int64, final bool) []Event {
	if !t.cfg.Events {
		return to
	}
	t.telling.Lock()
	defer t.telling.Unlock()
	all := t.told[:0]
	t.snap.Lock()
	if t.limits != nil {
		t.setBack(now) // of a live capture; the clock of a file is its packets'
	}
	t.reunite() // before a flow is told of that is another's
	t.pair()
	t.snap.Unlock()
	if final && t.remaining == nil {
		t.finish(now)
	}
	for _, sh := range t.shards {
		sh.mu.Lock()
		if !final {
			sh.expire(now)
		}
		all = sh.fetchEvents(all, now, final)
		sh.mu.Unlock()
	}
	if final && len(all) == 0 {
		all = t.tellRemaining(all, now)
	}
	slices.SortFunc(all, func(a, b told) int { return a.compare(&b) })
	for i := range all {
		e := all[i].event()
		e.Row.Names = t.naming.of(&e.Row)
		t.nameOwners(&e.Row, all[i].whose)
		to = append(to, e)
	}
	clear(all)
	t.told = all[:0]
	return to
}

// finish ends the inspection of all flows and notes which there are.
func (t *Table) finish(now int64) {
	t.remaining = make([]remaining, 0, t.live.Load())
	for _, sh := range t.shards {
		sh.mu.Lock()
		for slot := range sh.flows.n {
			f := sh.flows.at(slot)
			if !f.used() || f.flags&filtered != 0 || f.life&concluded != 0 {
				continue
			}
			sh.closeApp(f, slot, now)
			t.remaining = append(t.remaining, remaining{f.id, sh, slot})
		}
		sh.mu.Unlock()
	}
	slices.SortFunc(t.remaining, func(a, b remaining) int { return cmp.Compare(a.id, b.id) })
}

// tellRemaining appends the end of the next flows that were left.
func (t *Table) tellRemaining(all []told, now int64) []told {
	n := min(len(t.remaining), finalRows)
	for _, r := range t.remaining[:n] {
		r.sh.mu.Lock()
		if f := r.sh.flows.at(r.slot); f.used() && f.id == r.id {
			if o := r.sh.openedEvent(f, r.slot, now); o != nil {
				all = append(all, *o)
			}
			f.life |= concluded
			all = append(all, *r.sh.rowEvent(FlowClosed, f, r.slot, ByShutdown, now))
		}
		r.sh.mu.Unlock()
	}
	t.remaining = t.remaining[n:]
	return all
}

func (e *told) event() Event {
	v := Event{Kind: e.kind, Time: e.time, Detail: e.detail}
	if e.row != nil {
		v.Row = *e.row
		return v
	}
	f := flow{id: e.id, key: e.key, flags: e.flags}
	f.identify(&v.Row)
	v.Row.First = e.first // by which its names are chosen
	return v
}
