// Hot path: no allocation in the steady state.

package dpi

import "sockeye/parse/stream"

// A look is the search for the signature that a flow matches.
type look struct {
	sample  sample
	begun   bool      // the streams start with their first byte
	strange bool      // nobody knows the beginning: only who is sure later is taken
	last    bool      // nothing more will come
	opened  bool      // first is valid
	first   Dir       // the owner's direction that spoke first
	packets [2]uint16 // with payload, by the owner's direction
	bytes   [2]uint32
	seen    int // unread bytes at the last try
	tried   set // what matched in vain
}

// The search ends after so many packets of one direction. As long as they hold
// only a few bytes, connections may have more of them.
const (
	maxLook    = 12
	maxStrange = 8 // when nobody knows the first of them
	fewBytes   = 1 << 10
)

// note counts a packet.
func (l *look) note(dir Dir, n uint32) {
	if !l.opened {
		l.opened, l.first = true, dir
	}
	l.packets[dir] += min(1, 1<<16-1-l.packets[dir])
	l.bytes[dir] = min(l.bytes[dir]+min(n, 1<<16), 1<<30)
}

// again begins the search anew.
func (l *look) again() { *l = look{begun: true} }

// spent reports whether a stream has said enough.
func (l *look) spent(dir Dir) bool {
	if l.strange {
		return l.packets[dir] >= maxStrange
	}
	return l.packets[dir] >= maxLook && l.bytes[dir] >= fewBytes
}

// A candidate is a signature in the list of its transport.
type candidate struct {
	*signature
	n       uint8
	matches func(s *sample) match
}

var streamCandidates, packetCandidates []candidate

// They are no initial values, since decoders reach the Inspector, and it them.
func init() {
	for n := range signatures {
		s := &signatures[n]
		if s.stream != nil {
			streamCandidates = append(streamCandidates, candidate{s, uint8(n), s.stream})
		}
		if s.packet != nil {
			packetCandidates = append(packetCandidates, candidate{s, uint8(n), s.packet})
		}
	}
}

// candidateOf returns the candidate of a protocol, or nil.
func candidateOf(p Protocol, udp bool) *candidate {
	list := streamCandidates
	if udp {
		list = packetCandidates
	}
	for n := range list {
		if list[n].proto == p {
			return &list[n]
		}
	}
	return nil
}

// set holds candidates.
type set [4]uint64

func (s *set) add(c *candidate)      { s[c.n>>6] |= 1 << (c.n & 63) }
func (s *set) has(c *candidate) bool { return s[c.n>>6]&(1<<(c.n&63)) != 0 }

// best asks all candidates about the sample. It returns the first of those that
// are surest, and whether one of them waits for more.
func (l *look) best(list []candidate) (found *candidate, how match, waits bool) {
	for n := range list {
		c := &list[n]
		if l.tried.has(c) {
			continue
		}
		switch m := c.matches(&l.sample); {
		case m == sure:
			return c, sure, waits
		case m == likely && found == nil:
			found, how = c, likely
		case m == more:
			waits = true
		}
	}
	return found, how, waits
}

func confidence(m match) Confidence {
	if m == sure {
		return Exact
	}
	return Heuristic
}

// lookStream looks for the signature of a connection, after something came from a
// direction. It returns false while it waits for more.
func (i *Inspector) lookStream(dir Dir) bool {
	l := &i.look
	missing := i.halves[dir].Missing() != 0
	a, b := i.halves[i.flip].Unread(), i.halves[1-i.flip].Unread()
	if n := len(a) + len(b); n > 0 && (n != l.seen || missing || l.last) {
		l.seen = n
		if i.tryStream(dir, a, b) {
			return true
		}
	}
	if missing {
		i.halves[dir].Pass()
		l.begun = false // what follows is somewhere within
	}
	return false
}

// tryStream asks about the first bytes of both directions.
func (i *Inspector) tryStream(dir Dir, client, server []byte) bool {
	l, h := &i.look, &i.halves[dir]
	over := l.last || len(client) >= stream.Limit || len(server) >= stream.Limit || l.spent(dir)
	l.fill(&i.c, client, server)
	c, how, waits := l.best(streamCandidates)
	turned := false
	if l.strange && how < sure {
		c = nil
	}
	if how < likely && !l.begun && !l.strange { // the owner may have guessed wrong who is the client
		l.sample.head[0], l.sample.head[1] = server, client
		l.sample.ports[0], l.sample.ports[1] = l.sample.ports[1], l.sample.ports[0]
		other, otherHow, otherWaits := l.best(streamCandidates)
		if otherHow >= likely {
			c, how, turned = other, otherHow, true
		}
		waits = waits || otherWaits
	}
	l.sample.head = [2][]byte{}
	switch {
	case c != nil && (how == sure || !waits || over || h.Missing() != 0):
		if turned {
			i.turnRound()
		}
		i.start(c, confidence(how))
		return true
	case over:
		i.stop()
		return true
	case c == nil && !waits && l.begun && len(client) > 0 && len(server) > 0:
		l.begun, l.strange = false, true // TLS may follow what a proxy was told
		i.halves[0].Read(len(i.halves[0].Unread()))
		i.halves[1].Read(len(i.halves[1].Unread()))
		l.seen = 0
	case c == nil && !waits && !l.begun:
		h.Read(len(h.Unread())) // the next segment may be a beginning
		l.seen = 0
	}
	return false
}

// lookAt looks for the signature of a datagram. One that is only likely is taken
// at once: the datagram will not come again.
func (i *Inspector) lookAt(dir Dir, b []byte, wire int) bool {
	l := &i.look
	l.fill(&i.c, nil, nil)
	l.sample.head[dir^i.flip] = b
	l.sample.wire = wire
	l.sample.n = int(l.packets[0]) + int(l.packets[1]) - 1
	c, how, _ := l.best(packetCandidates)
	l.sample.head = [2][]byte{}
	if c != nil {
		i.start(c, confidence(how))
		return true
	}
	if l.packets[dir] >= maxLook {
		i.stop()
	}
	return false
}

func (l *look) fill(c *conv, client, server []byte) {
	l.sample = sample{
		head:  [2][]byte{client, server},
		ports: [2]uint16{c.ends[0].Port(), c.ends[1].Port()},
		begun: l.begun || l.strange,
	}
}
