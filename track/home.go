package track

import "sockeye/parse"

// A packet that passes several captured interfaces (a veth and its bridge, a
// bridge and eth0, a VLAN and its parent) is one packet. Each way of a flow
// counts on its home, the first interface that carried it; on the others it is
// only noted. The two ways may have different homes: what goes out through one
// uplink may come back through another.
//
// When a route changes, the home falls silent while another interface goes on.
// After rehomeAfter of that the way moves there, and what was held back in the
// meantime is counted. Copies of a packet reach the other interface within
// copyDelay, in whatever order the rings are read. Striping one flow over
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
}

// carried notes the interface and reports whether the packet counts on it.
func (sh *Shard) carried(f *flow, slot uint32, way int, p *parse.Packet) bool {
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
	if f.home[way] == p.Iface {
		e.last[way] = max(e.last[way], p.Time)
		e.held[way] = Count{}
		return true
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
		e.held[way].Add(countOf(p))
		return false
	}
	held := e.held[way]
	e.held[way], e.last[way] = Count{}, p.Time
	f.home[way] = p.Iface
	sh.credit(f, way, held, p.Time)
	return true
}

// countOf is what one packet adds.
func countOf(p *parse.Packet) Count {
	return Count{
		Packets: uint64(max(p.Segs, 1)),
		Bytes:   uint64(p.WireLen),
		IPBytes: uint64(p.IPLen),
		Payload: uint64(p.PayLen),
	}
}

// credit counts packets that were held back, at the time ns.
func (sh *Shard) credit(f *flow, way int, c Count, ns int64) {
	if c.Packets == 0 {
		return
	}
	b := sh.bucketOf(ns)
	sh.turnBucket(b)
	f.count[way].Add(c)
	sh.books.of(f).count[f.way(way == 1)].Add(c)
	const most = 1<<32 - 1
	sh.note(f, b, way, uint32(min(c.Bytes, most)), uint32(min(c.Packets, most)))
}
