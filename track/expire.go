package track

import (
	"slices"

	"sockeye/parse/dpi"
)

// retire takes a flow out of the table, for the reason why if it was not over; what
// it carried stays in its account.
func (sh *Shard) retire(slot uint32, why Reason, now int64) {
	f := sh.flows.at(slot)
	if f.life&shadow != 0 {
		sh.drop(slot)
		return
	}
	if f.flags&manyIfaces != 0 {
		sh.settleHome(slot)
	}
	sh.closeApp(f, slot, now)
	sh.remember(f, slot, why, now)
	sh.spend(f, slot)
	sh.books.close(f)
	if f.isTCP() && f.current() {
		sh.bury(f, slot, now)
	}
	sh.drop(slot)
}

// drop takes a flow out of the table and forgets it.
func (sh *Shard) drop(slot uint32) {
	f := sh.flows.at(slot)
	sh.forget(f)
	sh.forgetApp(f)
	if f.flags&manyIfaces != 0 {
		delete(sh.elsewhere, slot)
	}
	if f.flags&strayBorn != 0 {
		sh.t.strays.Add(-1)
	}
	if f.tag&archived != archived {
		sh.index.remove(f.key.Hash(sh.t.seed), slot)
	}
	if f.isTCP() {
		sh.conns.drop(slot)
	}
	if sh.owned != nil {
		sh.owned.forget(slot)
		sh.part(slot)
	}
	if f.life&shadow != 0 {
		sh.shadows--
	}
	*f = flow{}
	sh.flows.put(slot)
	sh.live--
	sh.t.live.Add(-1)
}

// passRetired is how many flows expire before writers get the shard: about as
// long as passFlows takes.
const passRetired = 128

// expire goes through a part of the table and retires flows that have been
// silent past their limit. Every flow is looked at once in about 32 calls.
func (sh *Shard) expire(now int64) {
	if sh.t.limits == nil {
		return
	}
	retired := 0
	for seen := range min(sh.flows.n/32+1024, sh.flows.n) {
		if seen%passFlows == passFlows-1 {
			sh.yield()
		}
		if sh.idleHand >= sh.flows.n {
			sh.idleHand = 0
		}
		if f := sh.flows.at(sh.idleHand); f.used() && now-f.last >= int64(leastLimit) && sh.expired(f, sh.idleHand, now) {
			sh.retire(sh.idleHand, ByTimeout, now)
			sh.losses.Expired++
			if retired++; retired%passRetired == 0 {
				sh.yield()
			}
		}
		sh.idleHand++
	}
}

// expired reports whether a flow shall leave. One that has a socket still, and has
// not come to its end, stays.
func (sh *Shard) expired(f *flow, slot uint32, now int64) bool {
	app := sh.viewApp(f)
	if limit, since := sh.age(f, slot, app, now); now-since <= int64(limit) {
		return false
	}
	if why, _ := sh.end(f, slot, app); why == Open && sh.held(f, app) {
		f.life |= heldOpen
		return false
	}
	return true
}

// held asks whether a flow has a socket on this machine. Those that nobody has
// answered are not asked about, nor those that are over with their answer: there may
// be too many of them.
func (sh *Shard) held(f *flow, app *dpi.App) bool {
	switch protocolOf(f, app) {
	case dpi.DNS, dpi.MDNS, dpi.LLMNR, dpi.NetBIOSName, dpi.NTP, dpi.SSDP:
		if !f.isTCP() {
			return false
		}
	}
	return sh.t.cfg.Held != nil && hasPorts(&f.key) && f.class() != Forwarded &&
		f.count[0].Packets != 0 && f.count[1].Packets != 0 && sh.t.cfg.Held(&f.key)
}

// rejudgeAll looks again at the flows between two other hosts, after this
// machine's addresses have changed.
func (sh *Shard) rejudgeAll() {
	for slot := range sh.flows.n {
		if slot%passFlows == passFlows-1 {
			sh.yield()
		}
		if f := sh.flows.at(slot); f.used() && f.class() == Forwarded {
			sh.rejudge(f)
		}
	}
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
	local := f.localEnd()
	sh.books.move(f, func() { f.judge(v, false, sh.t.cfg.ShowLoopback) })
	if sh.owned != nil {
		slot := sh.flows.slot(f)
		sh.owned.turn(slot, f.localEnd() != local)
		sh.ask(f, slot)
	}
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
		if !f.used() {
			continue
		}
		if f.last <= sh.threshold {
			sh.retire(slot, ByEviction, sh.clock)
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
		idlest, found = slot, sh.flows.at(slot).used()
	}
	sh.retire(idlest, ByEviction, sh.clock)
	return true
}

// sample sets the threshold of eviction.
func (sh *Shard) sample() {
	const size = 256
	var last [size]int64
	n := 0
	for range 4 * size {
		sh.rng = sh.rng*6364136223846793005 + 1442695040888963407
		if f := sh.flows.at(uint32((sh.rng >> 32) * uint64(sh.flows.n) >> 32)); f.used() {
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
