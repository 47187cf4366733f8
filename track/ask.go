// Hot path: no allocation in the steady state.

package track

import "sockeye/track/proc"

const (
	askAtOnce = 256 // questions
	maxEarly  = 4096

	// earlyPause is how long connections that are being made are left alone before
	// they are looked at again. That takes some 20 ns for each.
	earlyPause = 100_000_000 // ns
)

// ask asks whose a flow is, unless it has no row, or is nobody's here. What is asked
// goes out when the block ends: most flows have their answer before the next one.
func (sh *Shard) ask(f *flow, slot uint32) {
	o := sh.owned
	if o == nil || f.flags&filtered != 0 || sh.t.cfg.Told != nil {
		return
	}
	ends := sh.t.ends(f)
	if ends == 0 && !sh.t.cfg.Owners.Wants(&f.key) {
		o.set(slot, whose{own: proc.Found{Reason: proc.OtherHost}})
		return
	}
	o.asking = append(o.asking, proc.Question{
		Flow: f.id, Place: uint64(sh.n)<<32 | uint64(slot),
		Key: f.key, Ends: ends, FromB: f.flags&startedFrom != 0, First: f.first,
	})
	if len(o.asking) == askAtOnce {
		sh.sendQuestions()
	}
}

// ends tells which ends of a flow are this machine's: bit 0 for A, bit 1 for B. A
// boundary says nothing about that, so there the addresses decide; what comes to a
// group has come to this machine.
func (t *Table) ends(f *flow) uint8 {
	a, b := endA(&f.key), endB(&f.key)
	if len(t.cfg.Boundary) > 0 {
		l := t.local.Load()
		if own := endBits(l.has(a) || a.loopback(), l.has(b) || b.loopback()); own != 0 {
			return own
		}
		return endBits(a.group(), b.group())
	}
	switch f.class() {
	case Loopback:
		return endBits(true, true)
	case Forwarded:
		return 0
	}
	return 1 << f.localEnd()
}

func endBits(a, b bool) (bits uint8) {
	if a {
		bits = 1
	}
	if b {
		bits |= 2
	}
	return bits
}

// askBlock sends what a block had to ask.
func (sh *Shard) askBlock() {
	if sh.owned == nil {
		return
	}
	sh.askEarly()
	sh.sendQuestions()
}

func (sh *Shard) sendQuestions() {
	if o := sh.owned; o != nil && len(o.asking) > 0 {
		sh.t.cfg.Owners.Ask(o.asking)
		o.asking = o.asking[:0]
	}
}

// tooEarly reports whether an answer may be another one once the connection is there:
// it had no socket yet, or only the one that listens; or nobody had the time to look.
func tooEarly(f proc.Found) bool {
	return f.Source == proc.Listener || f.Ref == 0 && (f.Reason == proc.NoSocket || f.Reason == proc.Busy)
}

// askEarly asks again, once, about connections whose answer came too early.
func (sh *Shard) askEarly() {
	o := sh.owned
	if wait := o.lookAt - sh.clock; len(o.early) == 0 || wait > 0 && wait <= earlyPause {
		return // a longer one is of a clock that was set back
	}
	o.lookAt = sh.clock + earlyPause
	kept := o.early[:0]
	for _, at := range o.early {
		f := sh.flowAt(at)
		if f == nil || !f.isTCP() || !f.current() || f.flags&filtered != 0 {
			continue
		}
		switch ends, _ := sh.conns.wire(at.slot).life(); ends[f.localEnd()] {
		case SynSent, SynRecv:
			kept = append(kept, at)
		case Established:
			f.life |= askedAgain
			sh.ask(f, at.slot)
		}
	}
	o.early = kept
}

// askAnew asks about a flow that has another id than when it was asked about: nobody
// takes that answer. Until there is a new one, w is what is known.
func (sh *Shard) askAnew(f *flow, slot uint32, w whose) {
	if sh.owned == nil {
		return
	}
	if sh.owned.local.at(slot).Ref == 0 {
		sh.owned.set(slot, w)
	}
	sh.ask(f, slot)
}
