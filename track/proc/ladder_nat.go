package proc

import (
	"net/netip"
)

// translate finds out whether this machine translates a flow whose owner is not known
// yet, and what it is called on the other side: there its end's socket has it.
func (l *ladder) translate(t *attempt) {
	if l.nat == nil || t.answer.Translated || !isIP(&t.q.Key) {
		return
	}
	other, swapped, ok, err := l.nat.find(&t.q.Key)
	if err != nil || !ok || other == t.q.Key {
		return
	}
	t.answer.Translated, t.answer.Swapped, t.answer.Other = true, swapped, other
	t.better = true
}

// otherSide returns the question about the other name of a translated flow: its ends in
// the order of that key, and whether they are this machine's.
func (l *ladder) otherSide(t *attempt) Question {
	q := t.q
	q.Key = t.answer.Other
	q.FromB = t.q.FromB != t.answer.Swapped
	q.Ends = 0
	for e, a := range [...]netip.Addr{q.Key.AddrA(), q.Key.AddrB()} {
		if l.local != nil && l.local(a) {
			q.Ends |= 1 << e
		}
	}
	return q
}

// behind looks for the ends of a flow that were not found under its own name under the
// other one: the socket of an end that was translated, or one that is connected to it.
// An end that is the same on both sides is not looked for beyond that: which sockets
// are bound to it, its own name has told.
func (l *ladder) behind(t *attempt, now int64) {
	if !t.answer.Translated || t.isFinal(l) {
		return
	}
	inner := attempt{q: l.otherSide(t), tries: t.tries}
	for e := range 2 {
		switch {
		case t.final&(1<<t.across(e)) != 0:
			inner.final |= 1 << e
		case !t.moved(e, &inner.q):
			inner.exact |= 1 << e
		}
	}
	l.watch(&inner)
	t.takeOver(&inner)
	if l.tables != nil && !inner.isFinal(l) {
		t.inner = &inner
		l.tables.find(l, &inner, now)
	}
}

// across is the end of t that is end e of its other name.
func (t *attempt) across(e int) int {
	if t.answer.Swapped {
		return 1 - e
	}
	return e
}

// moved reports whether the translation changed end e of the other name.
func (t *attempt) moved(e int, inner *Question) bool {
	here, _ := t.q.end(t.across(e))
	there, _ := inner.end(e)
	return here != there
}

// takeOver takes what was found under the other name.
func (t *attempt) takeOver(inner *attempt) {
	for e := range 2 {
		f := inner.answer.Ends[e]
		if f.rank() == 0 {
			continue
		}
		to := t.across(e)
		t.put(to, f)
		if inner.final&(1<<e) != 0 {
			t.final |= 1 << to
		}
	}
}
