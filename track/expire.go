package track

import (
	"slices"

	"sockeye/parse"
)

// goneKey sorts flows that have left the table.
type goneKey struct {
	class    Class
	filtered bool
	family   parse.Family
	proto    uint16
}

// fold is the sum of flows, by sent and received.
type fold struct {
	flows uint64
	count [2]Count
}

func (f *flow) goneKey() goneKey {
	return goneKey{f.class(), f.flags&filtered != 0, f.key.Family, f.key.Proto}
}

// retire takes a flow out of the table; its counts go to the others.
func (sh *Shard) retire(slot uint32) {
	f := sh.flows.at(slot)
	sh.foldInto(sh.gone, f)
	if sh.passing && slot >= sh.cursor {
		sh.foldInto(sh.missed, f)
	}
	sh.drop(slot)
}

func (sh *Shard) foldInto(m map[goneKey]*fold, f *flow) {
	g := m[f.goneKey()]
	if g == nil {
		g = new(fold)
		m[f.goneKey()] = g
	}
	g.flows++
	for w := range f.count {
		g.count[f.way(w == 1)].Add(f.count[w])
	}
}

// drop takes a flow out of the table and forgets it.
func (sh *Shard) drop(slot uint32) {
	f := sh.flows.at(slot)
	sh.forget(f)
	if f.flags&manyIfaces != 0 {
		delete(sh.elsewhere, slot)
	}
	if f.flags&strayBorn != 0 {
		sh.t.strays.Add(-1)
	}
	sh.index.remove(f.key.Hash(sh.t.seed), slot)
	f.id = 0
	sh.flows.put(slot)
	sh.live--
	sh.t.live.Add(-1)
}

// expire retires a flow that has been idle past the limit.
func (sh *Shard) expire(slot uint32) {
	sh.losses.Expired++
	// The snapshot that is passing has just counted it as a flow of the table.
	sh.cursor++
	sh.retire(slot)
	sh.cursor--
}

// rejudge looks again at a flow between two other hosts: one of its addresses
// may have become this machine's.
func (sh *Shard) rejudge(f *flow) {
	if len(sh.t.cfg.Boundary) > 0 {
		return
	}
	l := sh.t.local.Load()
	a, b := l.has(endA(&f.key)), l.has(endB(&f.key))
	if !a && !b {
		return
	}
	startedBySrc := f.flags&startedFrom == 0 // src is A here
	v := verdict{startedBySrc: startedBySrc, known: f.flags&knownStart != 0}
	if a && b {
		v.class, v.localIsSrc = Loopback, startedBySrc
	} else {
		v.local(a)
	}
	f.judge(v, false, sh.t.cfg.ShowLoopback)
}

// evict throws out one of the idlest flows. Which flows are idle is judged by
// a sample: the hand goes round the table and takes what has been idle for
// longer than all but a sixteenth of the sample. It returns false when the
// shard is empty.
func (sh *Shard) evict() bool {
	if sh.live == 0 {
		return false
	}
	if sh.threshold == 0 || sh.sinceSample >= sh.live/32 {
		sh.sample()
	}
	sh.sinceSample++
	idlest, found := uint32(0), false
	for range 64 {
		slot := sh.hand
		if sh.hand++; sh.hand >= sh.flows.n {
			sh.hand = 0
		}
		f := sh.flows.at(slot)
		if f.id == 0 {
			continue
		}
		if f.last <= sh.threshold {
			sh.retire(slot)
			return true
		}
		if !found || f.last < sh.flows.at(idlest).last {
			idlest, found = slot, true
		}
	}
	for !found {
		slot := sh.hand
		if sh.hand++; sh.hand >= sh.flows.n {
			sh.hand = 0
		}
		idlest, found = slot, sh.flows.at(slot).id != 0
	}
	sh.retire(idlest)
	return true
}

// sample sets the threshold of eviction.
func (sh *Shard) sample() {
	const size = 256
	var last [size]int64
	n := 0
	for range 4 * size {
		sh.rng = sh.rng*6364136223846793005 + 1442695040888963407
		if f := sh.flows.at(uint32((sh.rng >> 32) * uint64(sh.flows.n) >> 32)); f.id != 0 {
			last[n] = f.last
			if n++; n == size {
				break
			}
		}
	}
	sh.sinceSample = 0
	if n == 0 {
		sh.threshold = 0
		return
	}
	slices.Sort(last[:n])
	sh.threshold = last[n/16]
}
