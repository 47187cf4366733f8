package proc

import (
	"net/netip"

	"sockeye/parse"
)

// sought is one end of a flow, whose socket is looked for.
type sought struct {
	space         uint64 // the network namespace to look in
	proto         uint8
	local, remote netip.AddrPort
	first         int64 // when the flow began, ns since the Unix epoch
	began         bool  // by this end
}

// sighting is what a source knows of a sought end.
type sighting struct {
	match  match
	ref    Ref
	reason Reason // why ref is 0
	// weak: the process is the one that listens, or that bound the socket and never
	// used it. Who uses it is told later at the tuple, if ever.
	weak bool
	// late: the socket was closed before the flow began, by a little. Another one may
	// have taken its place, of which nothing was told yet.
	late bool
	at   tuple
}

// maxChain bounds the sockets with one tuple that are looked at.
const maxChain = 1024

// find looks for the socket of one end of a flow as it was when the flow began: the
// connected one, then a ping socket's, then those that are bound to its local end, in
// the kernel's order, then raw ones.
func (w *watched) find(q *sought) sighting {
	w.mu.Lock()
	defer w.mu.Unlock()
	at := tuple{
		space: q.space, proto: q.proto,
		local: addressOf(q.local.Addr()), lport: q.local.Port(),
		remote: addressOf(q.remote.Addr()), rport: q.remote.Port(),
	}
	icmp := q.proto == parse.ProtoICMP || q.proto == parse.ProtoICMPv6
	if icmp && !q.began && at.local == at.remote {
		return sighting{} // of an echo over loopback the end that answers
	}
	if s := w.connected(at, q.first); s != nil {
		return w.ownerOfConnected(s, q.first)
	}
	if icmp { // a ping socket has the identifier for its port, and no other
		ping := at
		ping.rport = 0
		if s := w.connected(ping, q.first); s != nil {
			return w.ownerOfConnected(s, q.first)
		}
	}
	f := w.boundTo(at, q)
	if f.match == matchNone && !hasPorts(q.proto) {
		f = w.rawFor(at, q)
	}
	if f.match == matchListener {
		f.at = at // where the accepted socket is told of
	}
	return f
}

// connected returns of the sockets with these ends the one of the flow that began at
// first. The same ends may have been several sockets' within seconds.
func (w *watched) connected(at tuple, first int64) *watchedSocket {
	var best *watchedSocket
	var rank int
	for i, n := w.byTuple[at], 0; i != 0 && n < maxChain; i, n = w.sockets[i].next, n+1 {
		s := &w.sockets[i]
		r := s.lived(first)
		if r == 0 {
			continue
		}
		if s.flags&injected == 0 {
			r += likely // a frame is only looked at where there was no socket
		}
		if best == nil || r > rank || r == rank && nearer(s, best, r%likely) {
			best, rank = s, r
		}
	}
	return best
}

// How well the life of a socket agrees with the time at which a flow began.
const (
	after  = iota + 1 // it was closed a little before
	before            // it was told of a little later, since it is not told of at its birth
	inside
	likely
)

// lived is how well a socket's life agrees with a flow that began at first, 0 for not.
func (s *watchedSocket) lived(first int64) int {
	switch {
	case first < s.made-skew:
		if s.flags&bornLate != 0 && s.made-first <= lateBirth {
			return before
		}
		return 0
	case s.gone == 0 || first <= s.gone:
		return inside
	case first-s.gone <= lateDeath && s.flags&sampled == 0:
		return after
	}
	return 0
}

// nearer reports which of two sockets that agree equally with a time is nearer to it.
func nearer(a, b *watchedSocket, r int) bool {
	if r == before {
		return a.made < b.made
	}
	return a.made > b.made
}

// ownerOfConnected says whose a connected socket is: of one that came in the first who
// used it, of another one who connected it, and of one of which neither was seen all
// who hold it.
func (w *watched) ownerOfConnected(s *watchedSocket, first int64) sighting {
	f := sighting{match: matchExact, at: s.at, late: s.lived(first) == after}
	switch {
	case s.flags&taken != 0 && s.n > 0:
		f.ref = s.users[0]
	case s.flags&taken != 0:
		f.ref, f.match, f.weak = s.maker, matchListener, true
	case s.maker != 0:
		f.ref = s.maker
	case s.flags&ofKernel != 0 && s.n == 0:
		f.reason = Kernel
		return f
	default:
		f.ref, f.reason = w.people.choose(s.users[:s.n], s.flags&moreUsers != 0)
		return f
	}
	if f.ref == 0 {
		f.reason = s.nobody()
	}
	return f
}

// nobody says why a socket has no process.
func (s *watchedSocket) nobody() Reason {
	if s.flags&ofKernel != 0 {
		return Kernel
	}
	return Busy // there was no room for it
}

// boundTo looks for sockets that take from anybody at the local end: at its address,
// then at any of IPv4, then at any of IPv6 where that takes IPv4, too. What comes in
// goes to the first of these. What goes out may be from each of them.
func (w *watched) boundTo(at tuple, q *sought) (f sighting) {
	if at.lport == 0 {
		return f
	}
	at.remote, at.rport = address{}, 0
	levels := [...]address{at.local, any4Address, anyAddress}
	for n, local := range levels {
		is4, must := levels[0].is4(), uint16(0)
		switch {
		case n == 1 && !is4:
			continue
		case n == 2 && is4:
			must = dual
		}
		at.local = local
		f.besides(w.allAt(at, q, must), q.began)
		if f.match != matchNone && !f.late && !q.began {
			break
		}
	}
	return f
}

// besides takes what was found at a less narrow end. One that was closed before the flow
// began yields to one that was open. Both says that the flow may be either's.
func (f *sighting) besides(g sighting, both bool) {
	switch {
	case g.match == matchNone || g.late && !f.late && f.match != matchNone:
	case f.match == matchNone || f.late && !g.late:
		*f = g
	case both:
		f.merge(&g)
	}
}

// allAt says whose the sockets at a tuple are that have all the flags of must. Several
// may be bound to one end (SO_REUSEPORT): unless all are one process's it is nobody's.
func (w *watched) allAt(at tuple, q *sought, must uint16) (f sighting) {
	rank := 0
	for i, n := w.byTuple[at], 0; i != 0 && n < maxChain; i, n = w.sockets[i].next, n+1 {
		s := &w.sockets[i]
		r := s.lived(q.first)
		if r == 0 || r < rank || s.flags&must != must || !s.takes(q) {
			continue
		}
		ref, reason := w.ownerOfBound(s)
		if r > rank { // what was found agrees less with the time
			rank = r
			f = sighting{match: matchBound, ref: ref, reason: reason, at: at, weak: s.n == 0, late: r == after}
			if s.flags&listens != 0 {
				f.match, f.weak = matchListener, true
			}
			continue
		}
		if ref != f.ref || ref == 0 {
			f.ref, f.reason = 0, Several
		}
	}
	return f
}

// takes reports whether a socket that is not connected may have the flow: of TCP one
// that listens, and only where the other end began; of datagrams that this end began one
// that somebody has used.
func (s *watchedSocket) takes(q *sought) bool {
	switch {
	case q.proto == parse.ProtoTCP || q.proto == parse.ProtoDCCP:
		return s.flags&listens != 0 && !q.began
	case q.proto == parse.ProtoSCTP:
		return s.flags&listens == 0 || !q.began
	}
	return !q.began || s.n > 0 || s.flags&ofKernel != 0 // who sends uses it
}

// ownerOfBound says whose a socket is that serves many flows: who uses it, before any
// use who bound it.
func (w *watched) ownerOfBound(s *watchedSocket) (Ref, Reason) {
	switch {
	case s.n > 0:
		return w.people.choose(s.users[:s.n], s.flags&moreUsers != 0)
	case s.maker != 0:
		return s.maker, None
	}
	return 0, s.nobody()
}

// rawFor looks for raw sockets of the protocol: first, of a flow that this end began,
// among those that are known to have sent by then. They get everybody's packets, so
// unless all are one process's it is nobody's. Echo requests from elsewhere are
// answered by the kernel.
func (w *watched) rawFor(at tuple, q *sought) (f sighting) {
	icmp := q.proto == parse.ProtoICMP || q.proto == parse.ProtoICMPv6
	if icmp && !q.began {
		return f
	}
	at.lport, at.rport = 0, 0
	for _, mustSend := range [...]bool{true, false} {
		if mustSend && !q.began {
			continue
		}
		if f = w.rawWhich(at, q, mustSend); f.match != matchNone {
			return f
		}
	}
	return f
}

// lateSend is how long after a packet the event may come that tells of its sending.
const lateSend = 5e7

func (w *watched) rawWhich(at tuple, q *sought, mustSend bool) (f sighting) {
	locals := [...]address{at.local, anyAddress}
	remotes := [...]address{at.remote, anyAddress}
	for n := range 4 {
		at.local, at.remote = locals[n&1], remotes[n>>1]
		for i, n := w.byTuple[at], 0; i != 0 && n < maxChain; i, n = w.sockets[i].next, n+1 {
			s := &w.sockets[i]
			sends := s.sent != 0 && s.sent <= q.first+lateSend
			if s.flags&raw == 0 || s.lived(q.first) < before || mustSend && !sends {
				continue
			}
			ref, reason := w.ownerOfBound(s)
			switch {
			case f.match == matchNone:
				f = sighting{match: matchBound, ref: ref, reason: reason, at: at}
			case ref != f.ref || ref == 0:
				f.ref, f.reason = 0, Several
			}
		}
	}
	return f
}
