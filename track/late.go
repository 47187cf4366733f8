// Hot path: no allocation but for the first connection that leaves.

package track

import "sockeye/parse"

// late remembers connections that have left the table after their end. What comes of
// one of them afterwards (an ACK that was under way, a FIN or data that are sent
// again to an end that is gone) is counted with what it carried before, and raises
// no ghost: no new flow from the middle of nothing.
//
// A connection takes one of four places, which its hash names; the one that was
// silent for longest makes room.
type late struct {
	places []tombstone // nil until a connection has left
}

// tombstone is what is left of a connection.
type tombstone struct {
	hash uint64 // of its key
	last int64  // capture time of the newest packet, or when it left if that was later
	// next is the sequence number behind the last one that each end sent, with sent.
	next  [2]uint32
	home  [2]uint16
	flags flowFlags // of its account
	sent  [2]bool
}

const (
	latePlaces = 1 << 13
	lateWays   = 4
	// lateFor is how long packets may be late: a maximum segment lifetime (RFC 9293,
	// 3.4.2), which each one begins anew.
	lateFor = 120_000_000_000 // ns
)

// of returns the places that a hash may have.
func (l *late) of(h uint64) []tombstone {
	at := h % (latePlaces / lateWays) * lateWays
	return l.places[at : at+lateWays : at+lateWays]
}

// bury remembers a connection that leaves the table, if one of its ends has closed
// it.
func (sh *Shard) bury(f *flow, slot uint32, now int64) {
	c := sh.conns.wire(slot)
	if c.closed() == Open && (c.end[0].flags|c.end[1].flags)&sentFIN == 0 {
		return
	}
	if sh.late.places == nil {
		sh.late.places = make([]tombstone, latePlaces)
	}
	h := f.key.Hash(sh.t.seed)
	all := sh.late.of(h)
	place := &all[0]
	for i := range all {
		if all[i].hash == h {
			place = &all[i]
			break
		}
		if all[i].last < place.last {
			place = &all[i]
		}
	}
	*place = tombstone{hash: h, last: max(f.last, now), home: f.home, flags: f.flags & (classMask | filtered | localB)}
	for w := range c.end {
		place.next[w], place.sent[w] = c.end[w].nxt, c.end[w].flags&known != 0
	}
}

// isLate reports whether a packet that has no flow is of a connection that is over.
// Then it has been counted. Any other packet between the same ports begins anew.
func (sh *Shard) isLate(p *parse.Packet, h uint64) bool {
	if p.Key.Proto != parse.ProtoTCP || sh.late.places == nil || p.Status&parse.Fragment != 0 {
		return false
	}
	all := sh.late.of(h)
	for i := range all {
		if t := &all[i]; t.hash == h && t.last != 0 {
			if !t.covers(p) {
				*t = tombstone{}
				return false
			}
			sh.countLate(t, p)
			return true
		}
	}
	return false
}

// covers reports whether a packet says nothing that was not said before the end.
func (t *tombstone) covers(p *parse.Packet) bool {
	age := p.Time - t.last
	if age > lateFor || age < -lateFor || p.TCPFlags&parse.FlagSYN != 0 || !readable(p) {
		return false
	}
	way := wayOf(p.Swapped)
	return p.PayLen == 0 || t.sent[way] && !before(t.next[way], p.Seq+p.PayLen)
}

// countLate adds a packet to the account in which its flow was.
func (sh *Shard) countLate(t *tombstone, p *parse.Packet) {
	t.last = max(t.last, p.Time)
	way := wayOf(p.Swapped)
	if t.home[way] == noHome {
		t.home[way] = p.Iface
	}
	if t.home[way] != p.Iface {
		sh.copied(p)
		return
	}
	f := flow{flags: t.flags}
	a := &sh.books.all[sh.books.kind(&p.Key)<<kindBits|int(t.flags&(classMask|filtered))]
	a.count[f.way(p.Swapped)].addPacket(p)
	a.gone.addPacket(p)
}
