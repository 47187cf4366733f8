package track

import (
	"cmp"
	"math"
	"slices"
)

// defaultHistory is how many flows that have left the table are remembered.
const defaultHistory = 5000

// history is a ring of the last flows that left a shard.
type history struct {
	rows []Row
	next int // the oldest, once the ring is full
	most int
}

// place returns the row for one more flow.
func (h *history) place() *Row {
	if len(h.rows) < h.most {
		h.rows = append(h.rows, Row{})
		return &h.rows[len(h.rows)-1]
	}
	row := &h.rows[h.next]
	h.next = (h.next + 1) % h.most
	return row
}

// History appends the last rows of flows that have left the table, at most
// Config.History, in the order in which they ended. Of a flow that ended by
// silence or eviction that is its last packet; their rates are 0. Rows of
// connections whose ports were taken by another one join them when they leave the
// table, shortly after.
func (t *Table) History(to []Row) []Row {
	begin := len(to)
	for _, sh := range t.shards {
		sh.mu.Lock()
		to = append(to, sh.history.rows...)
		sh.mu.Unlock()
	}
	past := to[begin:]
	slices.SortFunc(past, func(a, b Row) int {
		return cmp.Or(cmp.Compare(a.Ended, b.Ended), cmp.Compare(a.ID, b.ID))
	})
	if extra := len(past) - t.cfg.History; extra > 0 {
		to = append(to[:begin], past[extra:]...)
	}
	return to
}

// lastRow fills the row of a flow that is about to leave, or is out of the way,
// for the reason why if it has no end of its own.
func (sh *Shard) lastRow(row *Row, slot uint32, why Reason, now int64) {
	g := collector{t: sh.t, c: clock{done: math.MaxUint32, ns: now}}
	var none [3]amount
	g.fill(row, sh, slot, sh.flows.at(slot), &none)
	sh.fillTranslation(row, slot, sh.flows.at(slot))
	if row.Closed == Open && why != Open {
		row.Closed, row.Ended = why, row.Last
	}
	if row.Closed != Open {
		row.Stale, row.Held = 0, false
	}
}

// remember keeps what a flow was like before it leaves the table.
func (sh *Shard) remember(f *flow, slot uint32, why Reason, now int64) {
	if f.flags&filtered != 0 {
		return
	}
	sh.conclude(f, slot, why, now)
	if sh.history.most > 0 {
		row := sh.history.place()
		sh.lastRow(row, slot, why, now)
		sh.t.nameOwners(row, sh.whose(slot)) // while the process is remembered
	}
}

// archive takes a connection out of the way of another one that has its ports: its
// row stays, until its time limit where there is one. now is when that one began.
func (sh *Shard) archive(slot uint32, why Reason, now int64) {
	f := sh.flows.at(slot)
	if f.flags&manyIfaces != 0 {
		sh.settleHome(slot)
	}
	sh.closeApp(f, slot, now)
	sh.index.remove(f.key.Hash(sh.t.seed), slot)
	f.tag |= archived
	f.why, f.ended = why, now
	if why == BySuccessor {
		sh.owned.disown(f, slot)
	}
	if f.flags&filtered == 0 {
		sh.conclude(f, slot, why, now)
	}
}

// closeApps ends the inspection of all flows.
func (sh *Shard) closeApps(now int64) {
	for slot := range sh.flows.n {
		sh.closeApp(sh.flows.at(slot), slot, now)
	}
}

// closeApp ends the inspection of a flow of which nothing more comes. What it found
// stays with the flow.
func (sh *Shard) closeApp(f *flow, slot uint32, now int64) {
	if !f.placed() {
		return
	}
	place := &sh.apps.places[f.app-1]
	i := place.inspector
	if i == nil {
		f.tag &^= inspected
		return
	}
	sh.apps.now = slot
	i.End(now)
	sh.settleApp(f)
}
