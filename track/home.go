package track

import (
	"maps"
	"slices"

	"sockeye/parse"
)

// A packet that passes several captured interfaces (a veth and its bridge, a
// bridge and eth0, a VLAN and its parent) is one packet. Each way of a flow
// counts on its home, the first interface that carried it; on the others it is
// only noted. The two ways may have different homes: what goes out through one
// uplink may come back through another.
//
// When a route changes, the home falls silent while another interface goes on.
// After rehomeAfter of that the way moves there, and what was held back in the
// meantime is counted; so it is when the flow or the capture ends before that.
// Copies of a packet reach the other interface within
// copyDelay, in whatever order the rings are read: where the ring of the home is
// read late, another interface stands in for it until then. Striping one flow over
// interfaces packet by packet (bonding without capturing the bond) is not told
// apart from copies: capture the bond.
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
	owed  [2]uint64 // packets to come at home that were counted before, on another interface
}

// carried notes the interface and reports whether c, of which p is a sample,
// counts on it.
func (sh *Shard) carried(f *flow, slot uint32, way int, p *parse.Packet, c Count) bool {
	f.ifaces |= ifaceBit(p.Iface)
	if f.home[way] == noHome {
		f.home[way] = p.Iface
		return true
	}
	e := sh.elsewhere[slot]
	if e == nil {
		if f.home[way] == p.Iface {
			return true
		}
		e = &elsewhere{last: [2]int64{f.last, f.last}}
		sh.elsewhere[slot] = e
		f.flags |= manyIfaces
	}
	if f.home[way] == p.Iface || e.passedFirst(f, way, p) {
		e.last[way] = max(e.last[way], p.Time)
		e.held[way] = Count{}
		known := min(e.owed[way], c.Packets)
		e.owed[way] -= known
		return known == 0
	}
	if p.Time <= e.last[way]+copyDelay {
		return false
	}
	if e.held[way].Packets == 0 {
		e.since[way], e.iface[way] = p.Time, p.Iface
	}
	if e.iface[way] != p.Iface {
		return false
	}
	if p.Time-e.since[way] < rehomeAfter {
		e.held[way].Add(c)
		return false
	}
	held := e.held[way]
	e.held[way], e.last[way], e.owed[way] = Count{}, p.Time, 0
	f.home[way] = p.Iface
	sh.credit(f, way, held, p.Time)
	return true
}

// passedFirst makes the packet's interface the home where that carried the flow
// before all that was counted: the copies of that are still to come on it. At
// the same time, as a bridge and its port have it, the lower slot is the home.
func (e *elsewhere) passedFirst(f *flow, way int, p *parse.Packet) bool {
	early := f.first - p.Time
	if early < 0 || early > copyDelay || early == 0 && p.Iface > f.home[way] {
		return false
	}
	f.first, f.home[way] = p.Time, p.Iface
	e.owed[way] = f.count[way].Packets
	return true
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
