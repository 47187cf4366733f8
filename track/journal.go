// Hot path: no allocation.

package track

// journal says which flows were active of late, so that a snapshot finds the
// busiest without going through the whole table. A flow writes its slot into
// this ring once in every second in which it is active. The ring overwrites
// its oldest entries: `lost` tells up to which second it is incomplete.
type journal struct {
	ring []entry
	next uint64 // entries ever written
	now  uint32 // the newest second
	lost uint32 // the newest second of which entries were overwritten; 0 for none
}

// entry: the flow in a slot was active. stamp is the newest second when this
// was written, so stamps never fall; the flow's own second may be older.
type entry struct{ stamp, slot uint32 }

// journalSize is a power of two. At 8 bytes an entry the ring takes 1 MiB, and
// reaches back 3 s with 40,000 flows active in each.
const journalSize = 1 << 17

func (j *journal) note(sec, slot uint32) {
	j.now = max(j.now, sec)
	if j.next >= uint64(len(j.ring)) {
		if len(j.ring) < journalSize {
			j.grow()
		} else {
			j.lost = j.ring[j.next%journalSize].stamp
		}
	}
	j.ring[j.next&uint64(len(j.ring)-1)] = entry{j.now, slot}
	j.next++
}

// grow doubles the ring. It only happens before anything was overwritten, so
// the entries are in their places.
func (j *journal) grow() {
	ring := make([]entry, max(1024, 2*len(j.ring)))
	copy(ring, j.ring)
	j.ring = ring
}

// at returns entry n of those ever written, if it is still there.
func (j *journal) at(n uint64) (entry, bool) {
	if n+uint64(len(j.ring)) < j.next {
		return entry{}, false
	}
	return j.ring[n&uint64(len(j.ring)-1)], true
}

// slots is a set of slots.
type slots []uint64

// reset makes the set empty, for slots below n.
func (s *slots) reset(n uint32) {
	words := int(n+63) / 64
	if cap(*s) < words {
		*s = make(slots, words, words+words/4)
		return
	}
	*s = (*s)[:words]
	clear(*s)
}

// add puts a slot in and reports whether it was not there.
func (s slots) add(slot uint32) bool {
	w, bit := slot/64, uint64(1)<<(slot%64)
	if int(w) >= len(s) || s[w]&bit != 0 {
		return false
	}
	s[w] |= bit
	return true
}

func (s slots) has(slot uint32) bool {
	w := slot / 64
	return int(w) < len(s) && s[w]&(1<<(slot%64)) != 0
}
