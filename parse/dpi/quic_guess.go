package dpi

import "math/bits"

// A connection whose handshake was missed shows only short headers (RFC 9000,
// section 17.3): two fixed bits, five that are as good as random since they are
// protected, and the receiver's connection ID, which has no length. Where an end
// has an ID of eight bytes or more, as servers mostly do, several packets give it
// away: the bytes behind the first stay the same, and those before and after
// change. One packet tells nothing; so others are asked first, and a flow that
// does not show this soon is none.
const (
	guessAfter   = 2  // datagrams that nobody else wanted
	guessPackets = 4  // of one direction, with the same ID
	guessFirsts  = 3  // different values of the protected bits among them
	guessMost    = 48 // datagrams that are looked at
	guessID      = 8
	guessLeast   = 1 + quicSampleAt + quicSampleLen // of a packet, with an empty ID
)

// quicGuess is what the packets of one direction have in common.
type quicGuess struct {
	packets int
	id      [guessID]byte
	firsts  uint32  // the protected bits of the first byte that there were
	tail    [4]byte // of the newest packet, behind the longest ID
	broken  bool    // they have no ID in common
}

// add takes a packet.
func (g *quicGuess) add(b []byte) {
	if len(b) < guessLeast+guessID {
		return
	}
	id, tail := [guessID]byte(b[1:]), [4]byte(b[1+quicMaxID:])
	if g.packets > 0 && (id != g.id || tail == g.tail) {
		g.broken = true
	}
	g.packets++
	g.id, g.tail = id, tail
	g.firsts |= 1 << (b[0] & 0x1f)
}

func (g *quicGuess) proven() bool {
	return !g.broken && g.packets >= guessPackets && bits.OnesCount32(g.firsts) >= guessFirsts && !isRun(g.id[:])
}

// isRun reports whether there are fewer than four different values in b.
func isRun(b []byte) bool {
	var seen [4]uint64
	n := 0
	for _, c := range b {
		if seen[c>>6]&(1<<(c&63)) == 0 {
			seen[c>>6] |= 1 << (c & 63)
			n++
		}
	}
	return n < 4
}

// guess reads a packet of a flow that is not known to be QUIC yet.
func (q *quicFlow) guess(c *conv, dir Dir, b []byte) {
	q.datagrams++
	if b[0]&0xc0 != 0x40 || len(b) < guessLeast {
		c.wrong()
		return
	}
	g := &q.guesses[dir]
	g.add(b)
	switch {
	case g.proven():
		if dir == ToClient && !q.guesses[ToServer].proven() {
			c.swap() // it is servers that have IDs
		}
		q.d = &QUICDetail{Phase: quicStateConnected}
		c.detail(q.d)
		c.done()
	case q.datagrams == guessMost, q.guesses[0].broken && q.guesses[1].broken:
		c.wrong()
	}
}
