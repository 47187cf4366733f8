package proc

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"sockeye/parse"
)

const (
	// freshEnd is how long it is believed which sockets are bound to one local end.
	// Finding that out takes a walk over the whole table.
	freshEnd = 250 * time.Millisecond
	// maxEnds bounds how many such ends are remembered.
	maxEnds = 4096
	// holdersAgain is how often at most the whole machine is asked who holds sockets.
	holdersAgain = 250 * time.Millisecond
	// maxFailures is after how many failures in a row tables are given up.
	maxFailures = 3
)

// errNoSpace: a namespace that events told of, but /proc does not show.
var errNoSpace = errors.New("find network namespace: it is not reachable")

// batched are tables that are read as a whole, and answer all questions of one time
// from one reading.
type batched interface{ since(at time.Time) }

// tableRung answers from the socket tables of the kernel.
type tableRung struct {
	mu     sync.Mutex
	own    socketTables
	source Source // FromDiag or FromProc: what own is

	reach   *reach
	people  *people
	notes   *notes
	instead func() (socketTables, error) // opens what takes own's place; nil for nothing
	sampler *sampler                     // nil where none looks
	watcher Watcher                      // that tells who holds sockets; nil where /proc has to

	ends    map[boundEnd]boundSockets
	lookups []lookup // of this pass
	inodes  []uint64
	asked   time.Time // when the Watcher was asked last
	failed  int       // how often own failed in a row
}

// reads reports whether the tables are read as a whole.
func (r *tableRung) reads() bool {
	own, _ := r.current()
	_, ok := own.(batched)
	return ok
}

func newTableRung(from *sources, reach *reach, people *people, notes *notes) *tableRung {
	return &tableRung{
		source: from.source, own: from.own, instead: from.instead,
		reach: reach, people: people, notes: notes, ends: make(map[boundEnd]boundSockets),
	}
}

// current returns the tables of the own namespace, and what they are.
func (r *tableRung) current() (socketTables, Source) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.own, r.source
}

// boundEnd is what sockets without connection are remembered by.
type boundEnd struct {
	at   tuple
	from bool // that the flow began here: listening sockets do not count
}

type boundSockets struct {
	sockets []Socket
	match   match
	until   int64
}

// lookup is one end of a flow whose socket was found, but not yet its process.
type lookup struct {
	t       *attempt
	e       int
	match   match
	sockets []Socket
}

// find looks for the sockets of the ends of a flow that are not answered for good.
// Who holds them is asked for all together, by settle. It reports whether each end has
// its own socket, which no other name of the flow can have.
func (r *tableRung) find(l *ladder, t *attempt, now int64) (exact bool) {
	exact = true
	for e := range 2 {
		var own [1]uint64
		spaces := l.spaces(&t.q, e, &own)
		if len(spaces) == 0 || (t.final|t.gone)&(1<<e) != 0 {
			continue
		}
		local, remote := t.q.end(e)
		q := sought{proto: uint8(t.q.Key.Proto), local: local, remote: remote, first: t.q.First, began: t.q.began(e)}
		if !r.serves(&q) || t.tooSoon(spaces) {
			exact = false
			continue
		}
		found, read := lookup{t: t, e: e}, true
		for _, id := range spaces {
			q.space = id
			if !r.findIn(&q, &found, now) {
				read = false
				l.listAnew() // the process is gone by which the namespace was reached; another may be there
			}
		}
		r.keep(&found, read)
		exact = exact && found.match == matchExact
	}
	return exact
}

// keep keeps what was found of one end for settle. Where there is no socket by now
// that tells, there will be none later; read says that all tables were read.
func (r *tableRung) keep(found *lookup, read bool) {
	t, bit := found.t, uint8(1)<<found.e
	switch {
	case found.match == matchNone && read && hasPorts(uint8(t.q.Key.Proto)):
		t.gone |= bit
	case found.match == matchExact && found.sockets[0].State == stateTimeWait:
		t.gone |= bit
	case found.match == matchExact && t.q.Ends&bit != 0 && r.quick() && int(t.tries) < len(tries)-1:
		// Who has it is found out for all new sockets together.
	case found.match == matchExact, found.match > matchUnsure && t.exact&bit == 0:
		r.lookups = append(r.lookups, *found)
	}
}

// serves reports whether the tables can tell whose a flow is. Of echo only ping
// sockets can be told, by their identifier; a raw socket gets everybody's.
func (r *tableRung) serves(q *sought) bool {
	if q.proto == parse.ProtoICMP || q.proto == parse.ProtoICMPv6 {
		return q.local.Port() != 0 && (q.began || q.local.Addr() != q.remote.Addr())
	}
	return true
}

// findIn looks for an end in one namespace, and adds what fits as well as what was
// found in others. It reports whether the namespace's tables could be read.
func (r *tableRung) findIn(q *sought, found *lookup, now int64) bool {
	tables, _ := r.current()
	var err error
	if q.space != r.reach.own {
		tables, err = r.reach.tables(q.space)
	}
	if err != nil || tables == nil {
		return false
	}
	if known, ok := r.ends[endOf(q)]; ok && now < known.until && known.match == matchListener && q.space == r.reach.own && r.quick() {
		found.add(known.match, known.sockets) // the sampler sees what was accepted
		return true
	}
	if t, ok := tables.(batched); ok {
		t.since(time.Unix(0, now))
	}
	s, m, err := tables.find(q.proto, q.local, q.remote)
	if err != nil {
		r.fails(q.space, err)
		return false
	}
	if q.space == r.reach.own {
		r.failed = 0
	}
	if m == matchListener && q.began {
		return true // it takes connections, and began none
	}
	sockets := []Socket{s}
	if m == matchBound || m == matchListener {
		if sockets, m = r.allBound(tables, q, now); m == matchNone {
			return true
		}
	}
	found.add(m, sockets)
	return true
}

// add takes sockets that fit better than those before, or as well.
func (u *lookup) add(m match, sockets []Socket) {
	switch {
	case m > u.match:
		u.match, u.sockets = m, sockets
	case m == u.match && m > matchUnsure:
		u.sockets = append(slices.Clip(u.sockets), sockets...)
	}
}

// quick reports whether a sampler will soon have seen every socket.
func (r *tableRung) quick() bool { return r.sampler != nil && r.sampler.quick.Load() }

// endOf is what the sockets that take what comes to an end are remembered by.
func endOf(q *sought) boundEnd {
	return boundEnd{tuple{space: q.space, proto: q.proto, local: addressOf(q.local.Addr()), lport: q.local.Port()}, q.began}
}

// allBound lists all sockets that take what comes to a local end: several may share it.
func (r *tableRung) allBound(tables socketTables, q *sought, now int64) ([]Socket, match) {
	end := endOf(q)
	if known, ok := r.ends[end]; ok && now < known.until {
		return known.sockets, known.match
	}
	sockets, m, err := tables.findAll(q.proto, q.local, q.remote, nil)
	if err != nil {
		r.fails(q.space, err)
		return nil, matchNone
	}
	if m == matchListener && q.began {
		m = matchNone
	}
	if m == matchBound && !q.began {
		sockets = narrowest(sockets, q.local.Addr())
	}
	if m == matchBound || m == matchListener {
		if len(r.ends) >= maxEnds {
			clear(r.ends)
		}
		r.ends[end] = boundSockets{sockets, m, now + int64(freshEnd)}
	}
	return sockets, m
}

// fails notes that tables could not be read. Those of another namespace are opened anew
// when they are needed again: they may have been a process's that has ended.
func (r *tableRung) fails(space uint64, err error) {
	if space != r.reach.own {
		r.reach.drop(space)
		return
	}
	if r.failed++; r.failed != maxFailures {
		return
	}
	r.notes.lost(r.source, fmt.Sprintf("owners without %s from now on: %v", r.source, err), doctorHint)
	if r.instead == nil {
		return
	}
	own, err := r.instead()
	if err != nil {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.own.close()
	r.own, r.source, r.instead, r.failed = own, FromProc, nil, 0
}

// settle finds out who holds the sockets that were found, and answers.
func (r *tableRung) settle(now time.Time) {
	if len(r.lookups) == 0 {
		return
	}
	r.inodes = r.inodes[:0]
	for i := range r.lookups {
		for j := range r.lookups[i].sockets {
			if n := r.lookups[i].sockets[j].Inode; n != 0 {
				r.inodes = append(r.inodes, n)
			}
		}
	}
	slices.Sort(r.inodes)
	r.inodes = slices.Compact(r.inodes)
	holders, lacks := r.holders(now)
	for i := range r.lookups {
		r.answer(&r.lookups[i], holders, lacks)
	}
	clear(r.lookups)
	r.lookups = r.lookups[:0]
}

// putOff leaves what was found for the next try.
func (r *tableRung) putOff() {
	for i := range r.lookups {
		r.lookups[i].t.busy = true
	}
	clear(r.lookups)
	r.lookups = r.lookups[:0]
}

// holders asks who has the sockets open: the Watcher, though not too often, and /proc
// about those that nobody has by what the Watcher tells. There are processes that it is
// not shown either, and only /proc says so.
func (r *tableRung) holders(now time.Time) (map[uint64][]ID, Reason) {
	if len(r.inodes) == 0 {
		return nil, None
	}
	if r.watcher != nil {
		if now.Sub(r.asked) < holdersAgain {
			return nil, Pending
		}
		r.asked = now
	}
	return r.people.whoHolds(r.watcher, r.inodes)
}

// open reports whether a socket that nobody has is still there. One that is not was
// closed after it had been found.
func (r *tableRung) open(u *lookup, s *Socket) bool {
	tables, _ := r.current()
	if s.NetNS != 0 && s.NetNS != r.reach.own {
		var err error
		if tables, err = r.reach.tables(s.NetNS); err != nil {
			return false
		}
	}
	if tables == nil {
		return false
	}
	if t, ok := tables.(batched); ok {
		t.since(time.Now())
	}
	local, remote := u.t.q.end(u.e)
	proto := uint8(u.t.q.Key.Proto)
	if u.match == matchExact {
		now, _, err := tables.find(proto, local, remote)
		return err == nil && now.Inode == s.Inode
	}
	all, _, err := tables.findAll(proto, local, remote, nil)
	return err == nil && slices.ContainsFunc(all, func(now Socket) bool { return now.Inode == s.Inode })
}

// whoHolds asks who has sockets open: the Watcher, where there is one, and /proc about
// those that nobody has by what it tells. The inodes are sorted.
func (p *people) whoHolds(w Watcher, inodes []uint64) (map[uint64][]ID, Reason) {
	found := make(map[uint64][]ID)
	if w != nil {
		if held, err := heldAccordingTo(w, inodes, p); err == nil {
			found = held
		}
	}
	left := slices.DeleteFunc(slices.Clone(inodes), func(n uint64) bool { return found[n] != nil })
	switch {
	case len(left) == 0:
		return found, None
	case p.from == nil:
		return found, Failed
	}
	held, lacks := p.from.holders(left)
	maps.Copy(found, held)
	return found, lacks
}

// heldAccordingTo asks a Watcher who holds some sockets, whose inodes are sorted.
func heldAccordingTo(w Watcher, inodes []uint64, people *people) (map[uint64][]ID, error) {
	found := make(map[uint64][]ID)
	err := w.Holders(func(h Holding) {
		if _, ok := slices.BinarySearch(inodes, h.Inode); ok && h.Process.PID != 0 {
			people.meet(&h.Event)
			if ids := found[h.Inode]; !slices.Contains(ids, h.Process) {
				found[h.Inode] = append(ids, h.Process)
			}
		}
	})
	return found, err
}

// answer says whose the sockets of one end are: there may be several that fit, and
// each may be held by several processes, but all must come to one.
func (r *tableRung) answer(u *lookup, holders map[uint64][]ID, lacks Reason) {
	if lacks == Pending {
		u.t.busy = true
		return
	}
	f := sighting{match: u.match}
	for i := range u.sockets {
		one := sighting{match: u.match}
		one.ref, one.reason = r.whose(&u.sockets[i], holders, lacks, u.t, u.e)
		if one.reason == Kernel && !r.open(u, &u.sockets[i]) {
			one.ref, one.reason = r.people.userOf(0), Exited
		}
		if i == 0 {
			f = one
		} else {
			f.merge(&one)
		}
	}
	switch {
	case f.ref != 0 && f.reason == None:
		u.t.sighted(u.e, &f, r.source)
	case f.reason == NoRights:
		r.notes.tell(noRights)
		u.t.put(u.e, Found{Ref: f.ref, Source: r.source, Reason: f.reason})
		u.t.final |= 1 << u.e
	case int(u.t.tries) == len(tries)-1 && f.reason != None:
		u.t.put(u.e, Found{Ref: f.ref, Source: r.sourceOf(f.ref), Reason: f.reason})
	}
}

// noRights is told once where the users of sockets are known, but not their processes.
var noRights = Notice{
	Text: "owners of other users' sockets by user only: the rights to look into their processes are lacking",
	Hint: doctorHint,
}

// sourceOf is the source of an answer that may name nobody.
func (r *tableRung) sourceOf(ref Ref) Source {
	if ref == 0 {
		return NoSource
	}
	return r.source
}

// whose says who holds a socket. Without the right to see who it is the user's, whom
// the tables name.
func (r *tableRung) whose(s *Socket, holders map[uint64][]ID, lacks Reason, t *attempt, e int) (Ref, Reason) {
	if s.Inode == 0 { // closed by its process, or not accepted yet
		return 0, NoSocket
	}
	var ps [maxUsers]*Process
	n, gone := 0, Exited
	for _, id := range holders[s.Inode] {
		ref, reason := r.people.known(id)
		p := r.people.process(ref)
		switch {
		case p == nil:
			gone = reason
		case t.q.began(e) && r.people.beganAfter(ref, t.q.First):
			// It has the socket from another process: it was not there yet.
		case n == len(ps):
			return 0, Several
		default:
			ps[n] = p
			n++
		}
	}
	switch {
	case n > 0:
		return chooseOf(ps[:n], false)
	case len(holders[s.Inode]) > 0:
		return 0, gone
	case lacks == NoRights:
		return r.people.userOf(s.UID), NoRights
	case lacks != None:
		return 0, lacks
	}
	if s.UID == 0 {
		return 0, Kernel // open, and in nobody's hands
	}
	return r.people.userOf(s.UID), Exited
}
