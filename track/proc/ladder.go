package proc

import (
	"net/netip"
	"sync/atomic"
	"time"

	"sockeye/parse"
)

// tries are the ages of a flow at which its owner is looked for. The first gives the
// events that came with its first packet time to arrive; the last is where it is given
// up. Between them it is looked for again whenever there are new events.
var tries = [...]time.Duration{5 * time.Millisecond, 20 * time.Millisecond, 60 * time.Millisecond, 200 * time.Millisecond}

// attempt is a question that is being answered.
type attempt struct {
	q       Question
	answer  Answer
	told    [2]Found // of answer.Ends, what was sent
	toldNAT bool     // that the flow is translated was sent, too
	better  bool     // there is more than what was sent
	busy    bool     // a source was not asked, since that would have taken too much time

	final uint8    // ends that will not be answered better, a bit each
	weak  uint8    // ends of which more may be told later, at
	at    [2]tuple // these tuples
	exact uint8    // ends of which only connected sockets count
	gone  uint8    // ends whose socket nobody has any more

	tries uint8
	seen  uint64 // the version of watched that it was last held against
	from  int64  // what the tries are reckoned from: the flow's first packet, or when it was heard of long after that
	due   int64

	open   bool  // it is in hand again after it waited
	waited bool  // it is, or was, among the weakAnswers
	since  int64 // when it began to wait

	inner *attempt // the same under the other name, while it is in hand
}

// ladder looks for the owners of flows, in the best source first.
type ladder struct {
	people  *people
	watched *watched // nil where nothing tells of sockets but the tables
	sees    Source   // what watched comes from
	reach   *reach
	tables  *tableRung            // nil where sockets' tables may not be asked
	nat     translator            // nil where it cannot be asked
	local   func(netip.Addr) bool // whether an address is this machine's
	left    budget                // for the tables
	holding budget                // for who holds their sockets
	pace    pace
	blind   *atomic.Bool  // the Watcher has failed
	relist  chan struct{} // asks for the namespaces to be listed anew
	notes   *notes
}

// translator tells how this machine translates the addresses of flows: a *conntrack.
type translator interface {
	// find returns the flow's key on the other side of the translation, and whether
	// the end that is A in k is B in that.
	find(k *parse.Key) (other parse.Key, swapped, ok bool, err error)
	close() error
}

// end returns the ends of a question as seen from one of them.
func (q *Question) end(e int) (local, remote netip.AddrPort) {
	if e == 0 {
		return q.Key.A(), q.Key.B()
	}
	return q.Key.B(), q.Key.A()
}

// began reports whether an end began the flow.
func (q *Question) began(e int) bool { return q.FromB == (e == 1) }

// isIP reports whether the flow has IP addresses.
func isIP(k *parse.Key) bool { return k.Family == parse.FamilyIPv4 || k.Family == parse.FamilyIPv6 }

// begin makes an attempt of a question. False: there is nothing to look for, and the
// answer is complete.
func (l *ladder) begin(t *attempt, q *Question, now int64) bool {
	*t = attempt{q: *q, answer: Answer{Flow: q.Flow, Place: q.Place}}
	t.from = min(max(q.First, now-int64(tries[0])), now)
	t.due = t.from + int64(tries[0])
	if q.Ends != 0 { // another namespace has the other end's address: perhaps another host has it, too
		t.exact = ^q.Ends & 3
	}
	if isControl(&q.Key) {
		l.conclude(t)
		return false
	}
	if isIP(&q.Key) {
		return true
	}
	reason := NoSocket
	if q.Key.Family == parse.FamilyARP {
		reason = Kernel
	}
	ends := q.Ends
	if ends == 0 {
		ends, reason = 3, OtherHost
	}
	for e := range 2 {
		if ends&(1<<e) != 0 {
			t.answer.Ends[e] = Found{Reason: reason}
		}
	}
	return false
}

// spaces returns the network namespaces in which an end's socket is, none where the
// end is not asked for. Own is room for the own one.
func (l *ladder) spaces(q *Question, e int, own *[1]uint64) []uint64 {
	if q.Ends&(1<<e) != 0 {
		own[0] = l.reach.own
		return own[:]
	}
	a, b := keyEnds(&q.Key)
	if e == 1 {
		a = b
	}
	return l.reach.at(a)
}

// watch looks for the ends of a flow in what the Watcher told. It reports whether all
// are answered for good.
func (l *ladder) watch(t *attempt) bool {
	if l.watched == nil {
		return false
	}
	all := true
	for e := range 2 {
		var own [1]uint64
		spaces := l.spaces(&t.q, e, &own)
		if len(spaces) == 0 || t.final&(1<<e) != 0 {
			continue
		}
		if t.tooSoon(spaces) {
			all = false
			continue
		}
		local, remote := t.q.end(e)
		q := sought{proto: uint8(t.q.Key.Proto), local: local, remote: remote, first: t.q.First, began: t.q.began(e)}
		f := l.watchedIn(spaces, q)
		if l.sees != FromEBPF && q.began && l.people.beganAfter(f.ref, q.first) {
			all = false // it has the socket from another process, which began the flow
			continue
		}
		if f.reason == NoRights {
			l.notes.tell(noRights)
		}
		if !t.sighted(e, &f, l.sees) {
			all = false
		}
	}
	return all && t.asked(l) != 0
}

// tooSoon reports whether it cannot be said yet whose an end is: where several
// namespaces have its address, all must have had the time to show their sockets.
func (t *attempt) tooSoon(spaces []uint64) bool {
	return len(spaces) > 1 && int(t.tries) < len(tries)-1
}

// asked returns the ends that are looked for.
func (t *attempt) asked(l *ladder) (ends uint8) {
	for e := range 2 {
		var own [1]uint64
		if len(l.spaces(&t.q, e, &own)) > 0 {
			ends |= 1 << e
		}
	}
	return ends
}

// watchedIn looks in several namespaces, all of which have the address: only one of
// them can have the flow. Where two fit equally it is neither's.
func (l *ladder) watchedIn(spaces []uint64, q sought) (best sighting) {
	for _, id := range spaces {
		q.space = id
		f := l.watched.find(&q)
		best.merge(&f)
	}
	return best
}

// merge takes what was found in another namespace.
func (f *sighting) merge(g *sighting) {
	switch {
	case g.match > f.match:
		*f = *g
	case g.match == f.match && g.match != matchNone && (g.ref != f.ref || g.ref == 0):
		f.ref, f.reason, f.weak = 0, Several, false
	}
}

// sighted takes what was found of one end, and reports whether that is for good.
func (t *attempt) sighted(e int, f *sighting, source Source) bool {
	bit := uint8(1) << e
	if f.match <= matchUnsure || t.exact&bit != 0 && f.match != matchExact {
		return false
	}
	if f.late && t.tries < 2 { // the one that took its place may be told of yet
		return false
	}
	found := Found{Ref: f.ref, Source: source, Reason: f.reason}
	if f.match == matchListener {
		found.Source = Listener
	}
	t.weak &^= bit
	switch {
	case f.ref == 0:
		found.Source = NoSource
	case f.weak:
		t.weak |= bit
		t.at[e] = f.at
	default:
		t.final |= bit
	}
	if f.reason == Kernel {
		t.final |= bit
	}
	t.put(e, found)
	return t.final&bit != 0
}

// put keeps the answer for an end, unless there is a better one already.
func (t *attempt) put(e int, f Found) {
	old := &t.answer.Ends[e]
	f.Took = old.Took
	if f == *old || f.rank() < old.rank() {
		return
	}
	*old = f
	t.better = t.better || f.Ref != 0
}

// rank orders answers by what they tell.
func (f *Found) rank() int {
	switch {
	case f.Ref != 0 && f.Reason == None && f.Source != Listener:
		return 4
	case f.Ref != 0 && f.Reason == None:
		return 3
	case f.Ref != 0: // only the user
		return 2
	case f.Reason != None:
		return 1
	}
	return 0
}

// conclude gives the reasons for what was not found.
func (l *ladder) conclude(t *attempt) {
	asked := t.asked(l)
	if asked == 0 {
		t.answer.Ends = [2]Found{{Reason: OtherHost}, {Reason: OtherHost}}
		return
	}
	for e := range 2 {
		f := &t.answer.Ends[e]
		if asked&(1<<e) == 0 || f.rank() > 0 {
			continue
		}
		switch {
		case t.q.Ends != 0 && t.exact&(1<<e) != 0:
			f.Reason = OtherHost // its address may be another's, too: only its own socket would have told
		case kernelSpeaks(&t.q, e):
			f.Reason = Kernel
		case t.busy:
			f.Reason = Busy
		case t.q.Ends&(1<<e) == 0 && !l.reaches(&t.q, e):
			f.Reason = OtherNS
		default:
			f.Reason = NoSocket
		}
	}
}

// reaches reports whether the sockets of an end's namespace could be seen at all.
func (l *ladder) reaches(q *Question, e int) bool {
	var own [1]uint64
	for _, id := range l.spaces(q, e, &own) {
		if _, err := l.reach.tables(id); err == nil {
			return true
		}
	}
	return l.sees == FromEBPF
}

// isControl reports whether a flow is of messages between kernels: of ICMP all but
// echo, whose identifier is in the place of the ports.
func isControl(k *parse.Key) bool {
	return (k.Proto == parse.ProtoICMP || k.Proto == parse.ProtoICMPv6) && isIP(k) && k.APort == 0 && k.BPort == 0
}

// kernelSpeaks reports whether what an end says without any socket is the kernel's:
// control messages, answers to echo requests, groups, tunnels.
func kernelSpeaks(q *Question, e int) bool {
	const (
		igmp, ipip, sit, gre, esp, ah, ipcomp, pim, l2tp = 2, 4, 41, 47, 50, 51, 108, 103, 115
	)
	switch q.Key.Proto {
	case parse.ProtoICMP, parse.ProtoICMPv6:
		return isControl(&q.Key) || !q.began(e)
	case igmp, ipip, sit, gre, esp, ah, ipcomp, pim, l2tp:
		return true
	}
	return false
}
