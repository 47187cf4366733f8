package track

import (
	"maps"
	"slices"

	"sockeye/parse"
)

// A packet that passes several captured interfaces (a veth and its bridge, a
// bridge and eth0, a VLAN and its parent) is one packet. Each way of a flow
// counts on its home, the interface whose packet was read first; on the others it
// is only noted. The two ways may have different homes: what goes out through one
// uplink may come back through another.
//
// When a route changes, the home falls silent while another interface goes on.
// After rehomeAfter of that the way moves there, and what was held back in the
// meantime is counted; so it is when the flow or the capture ends before that.
// Copies of a packet reach the other interface within copyDelay, in whatever
// order the rings are read. Since it is any order, the home may not be the
// interface that a packet passed first: that one is shown in its place.
// Striping one flow over interfaces packet by packet (bonding without capturing
// the bond) is not told apart from copies: capture the bond.
//
// Fragments may count in another shard than the whole packets of their flow for
// a while, with another home there. Their copies are told apart before, in the
// one shard by which all fragments between two ends come: see fragHomes.
const (
	rehomeAfter = 1_000_000_000 // ns
	copyDelay   = 250_000_000   // ns
)

// elsewhere is kept for the few flows that several interfaces carry.
type elsewhere struct {
	last  [2]int64  // newest packet at home
	held  [2]Count  // carried by `iface` since then, not counted
	since [2]int64  // when the first of those passed
	iface [2]uint16 // which interface they passed
	first [2]uint16 // which interface a packet passed before it did the home, or noHome
}

// elsewhereOf returns what is kept for the flow, from now on if it was not.
func (sh *Shard) elsewhereOf(f *flow, slot uint32) *elsewhere {
	e := sh.elsewhere[slot]
	if e == nil {
		e = &elsewhere{last: [2]int64{f.last, f.last}, first: [2]uint16{noHome, noHome}}
		sh.elsewhere[slot] = e
		f.flags |= manyIfaces
	}
	return e
}

// carried notes the interface and reports whether the packet counts on it.
func (sh *Shard) carried(f *flow, slot uint32, p *parse.Packet) bool {
	if f.life&shadow != 0 {
		sh.shadowed(f, countOf(p), p.Time)
		return false
	}
	way := wayOf(p.Swapped)
	f.ifaces |= ifaceBit(p.Iface)
	if f.home[way] == noHome {
		f.home[way] = p.Iface
		return true
	}
	if f.flags&manyIfaces == 0 && f.home[way] == p.Iface {
		return true
	}
	e := sh.elsewhereOf(f, slot)
	e.notice(f, way, p)
	if f.home[way] == p.Iface {
		e.last[way] = max(e.last[way], p.Time)
		e.held[way] = Count{}
		return true
	}
	if p.Time <= e.last[way]+copyDelay {
		return sh.copied(p)
	}
	if e.held[way].Packets == 0 {
		e.since[way], e.iface[way] = p.Time, p.Iface
	}
	if e.iface[way] != p.Iface {
		return sh.copied(p)
	}
	if p.Time-e.since[way] < rehomeAfter {
		e.held[way].Add(countOf(p))
		return sh.copied(p)
	}
	held := e.held[way]
	e.held[way], e.last[way], e.first[way] = Count{}, p.Time, noHome
	f.home[way] = p.Iface
	sh.copies.Sub(held)
	sh.credit(f, way, held, p.Time)
	return true
}

// copied adds a packet to those that count elsewhere, and returns false. A message
// of ARP may look like one and be another host's, on another link.
func (sh *Shard) copied(p *parse.Packet) bool {
	sh.copies.addPacket(p)
	sh.meet(p)
	return false
}

// noticeOn notes that an interface carried the packet of a flow.
func (sh *Shard) noticeOn(f *flow, slot uint32, p *parse.Packet) {
	way := wayOf(p.Swapped)
	f.ifaces |= ifaceBit(p.Iface)
	switch {
	case f.home[way] == noHome:
		f.home[way] = p.Iface
	case f.home[way] != p.Iface || f.flags&manyIfaces != 0:
		sh.elsewhereOf(f, slot).notice(f, way, p)
	}
}

// notice notes on which interface a way was first, should it be this packet's. Of
// two at the same time, as a bridge and its port have it, that is the lower slot.
func (e *elsewhere) notice(f *flow, way int, p *parse.Packet) {
	early := f.first - p.Time
	if early > 0 && early <= copyDelay || early == 0 && p.Iface < e.shown(f, way) {
		f.first, e.first[way] = p.Time, p.Iface
	}
}

// shown returns the interface that stands for a way, noHome when nothing has
// passed that way.
func (e *elsewhere) shown(f *flow, way int) uint16 {
	if e != nil && e.first[way] != noHome {
		return e.first[way]
	}
	return f.home[way]
}

// countOf is what one packet adds.
func countOf(p *parse.Packet) (c Count) {
	c.addPacket(p)
	return c
}

// credit counts packets that were held back, at the time ns.
func (sh *Shard) credit(f *flow, way int, c Count, ns int64) {
	if c.Packets == 0 {
		return
	}
	if ns-f.last > staleNs {
		sh.forget(f)
	}
	f.last = max(f.last, ns)
	b := sh.bucketOf(ns)
	f.count[way].Add(c)
	sh.books.of(f).count[f.way(way == 1)].Add(c)
	const most = 1<<32 - 1
	sh.note(f, b, way, uint32(min(c.Bytes, most)), uint32(min(c.Packets, most)))
}

// settleHome counts what other interfaces carried since the flow's homes fell
// silent: no packet is going to show that these were copies.
func (sh *Shard) settleHome(slot uint32) {
	e, f := sh.elsewhere[slot], sh.flows.at(slot)
	for way := range e.held {
		held := e.held[way]
		e.held[way] = Count{}
		sh.copies.Sub(held)
		sh.credit(f, way, held, e.since[way])
	}
}

// settleHomes is for the end of the capture. It goes by slot, so that a file
// reads the same twice.
func (sh *Shard) settleHomes() {
	for _, slot := range slices.Sorted(maps.Keys(sh.elsewhere)) {
		sh.settleHome(slot)
	}
}
