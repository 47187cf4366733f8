// Hot path: no allocation in the steady state.

package dpi

import (
	"math/bits"

	"sockeye/parse"
	"sockeye/parse/stream"
)

// A look is the search for the signature that a flow matches.
type look struct {
	sample  sample
	begun   bool      // the streams start with their first byte
	strange bool      // nobody knows the beginning: only who is sure later is taken
	last    bool      // nothing more will come
	opened  bool      // first is valid
	both    bool      // both ends have spoken
	first   Dir       // the owner's direction that spoke first
	packets [2]uint16 // with payload, by the owner's direction
	bytes   [2]uint32
	seen    int // unread bytes at the last try
	// prefaced says that a strange beginning may be what comes before something known.
	prefaced bool
	// The segments of what an end writes at once: how many there were (up to inRun+1),
	// and in which direction.
	run     uint8
	runs    Dir
	tried   set // what matched in vain
	refused set // what said no to the beginning
}

// The search ends after so many packets of one direction. As long as they hold
// only a few bytes, connections may have more of them.
const (
	maxLook    = 12
	maxStrange = 4 // where nobody knows the first of them
	maxBinary  = 2 // nor is it text
	fewBytes   = 1 << 10
	// Of what an end writes at once so many segments may be a beginning where nobody
	// knows the first of the connection: not what follows on those.
	inRun = 2
)

// note counts a packet.
func (l *look) note(dir Dir, n uint32) {
	if !l.opened {
		l.opened, l.first = true, dir
	}
	l.packets[dir] += min(1, 1<<16-1-l.packets[dir])
	l.bytes[dir] = min(l.bytes[dir]+min(n, 1<<16), 1<<30)
}

// ran counts a segment with payload to what an end writes at once, which ends with
// PSH (RFC 9293, 3.9.1).
func (l *look) ran(p *parse.Packet, dir Dir) {
	switch {
	case p.TCPFlags&(parse.FlagPSH|parse.FlagFIN) != 0:
		l.run = 0
	case l.runs != dir:
		l.run = 1
	default:
		l.run = min(l.run+1, inRun+1)
	}
	l.runs = dir
}

// again begins the search anew.
func (l *look) again() { *l = look{begun: true} }

// spent reports whether a stream has said enough.
func (l *look) spent(dir Dir) bool {
	if l.strange {
		return l.packets[dir] >= maxStrange || l.packets[dir] >= maxBinary && !l.prefaced
	}
	return l.packets[dir] >= maxLook && l.bytes[dir] >= fewBytes
}

// best asks the candidates about the sample. It returns the first of those that
// are surest, and whether one of them waits for more.
func (l *look) best(t *candidates) (found *candidate, how match, waits bool) {
	open := set(0)
	for ask := t.worth(&l.sample) &^ (l.tried | l.refused); ask != 0; ask &= ask - 1 {
		c := &t.list[bits.TrailingZeros64(uint64(ask))]
		m := c.matches(&l.sample)
		if m != no {
			open |= 1 << c.n
		}
		switch {
		case m == sure:
			return c, sure, waits
		case m == likely && found == nil:
			found, how = c, likely
		case m == more:
			waits = true
		}
	}
	if l.begun {
		l.refused = ^open
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
	if l.run > inRun && l.seen == 0 && !l.begun && !l.strange && !missing {
		if l.spent(dir) {
			i.stop()
			return true
		}
		i.dropHeads()
		return false
	}
	a, b := i.halves[i.flip].Unread(), i.halves[1-i.flip].Unread()
	if n := len(a) + len(b); n > 0 && (n != l.seen || missing || l.last) {
		l.seen = n
		if i.tryStream(dir, a, b) {
			return true
		}
	}
	if missing {
		i.halves[dir].Pass()
		l.begun, l.refused = false, 0 // what follows is somewhere within
	}
	return false
}

// tryStream asks about the first bytes of both directions.
func (i *Inspector) tryStream(dir Dir, client, server []byte) bool {
	l, h := &i.look, &i.halves[dir]
	if len(client) > 0 && len(server) > 0 && !l.both {
		l.both, l.refused = true, 0 // what one end says nonsense to may be known by the other
	}
	l.prefaced = l.prefaced || preface(client) || preface(server)
	over := l.last || len(client) >= stream.Limit || len(server) >= stream.Limit || l.spent(dir)
	l.fill(&i.c, client, server)
	c, how, waits := l.best(&streamCandidates)
	turned := false
	if l.strange && how < sure {
		c = nil
	}
	if how < likely && !l.begun && (!l.strange || l.prefaced) { // the owner may have guessed wrong who is the client
		l.sample.head[0], l.sample.head[1] = server, client
		l.sample.ports[0], l.sample.ports[1] = l.sample.ports[1], l.sample.ports[0]
		other, otherHow, otherWaits := l.best(&streamCandidates)
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
	case c == nil && !waits:
		if (l.begun || l.strange) && !l.prefaced && l.packets[1-i.flip] > 0 {
			i.stop() // both ends have said something else
			return true
		}
		i.dropHeads() // the next segment may be a beginning
	}
	return false
}

// preface reports whether a head may be what is said before something known: to ask
// for encryption, which is text, or to a proxy, which may be SOCKS with the ends the
// other way round. It is short.
func preface(b []byte) bool {
	const short, enough, socks5 = 512, 4, 5
	return len(b) > 0 && len(b) <= short && (b[0] == socks5 || printable(b[:min(len(b), enough)]))
}

// dropHeads gives up what nobody knows. Behind it there may be something known.
func (i *Inspector) dropHeads() {
	l := &i.look
	l.begun, l.strange, l.refused, l.seen = false, l.strange || l.begun, 0, 0
	for d := range i.halves {
		h := &i.halves[d]
		h.Read(len(h.Unread()))
	}
}

// lookAt looks for the signature of a datagram. One that is only likely is taken
// at once: the datagram will not come again.
func (i *Inspector) lookAt(dir Dir, b []byte, wire int) bool {
	l := &i.look
	l.fill(&i.c, nil, nil)
	l.sample.head[dir^i.flip] = b
	l.sample.wire = wire
	l.sample.n = int(l.packets[0]) + int(l.packets[1]) - 1
	c, how, waits := l.best(&packetCandidates)
	l.sample.head = [2][]byte{}
	if c != nil {
		i.start(c, confidence(how))
		return true
	}
	if n := l.packets[0] + l.packets[1]; n >= 2*maxLook || n >= maxStrange && !waits {
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
