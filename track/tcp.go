// Hot path: no allocation.

package track

import (
	"unsafe"

	"sockeye/parse"
)

// A conn is what is known of one TCP connection beside its flow: how far each
// end has sent and acknowledged, where it stands (tcp_state.go), and how it
// fares (tcp_health.go). It has no pointers; a zeroed one is a connection of which
// nothing has passed. It is kept in three
// parts, since few connections have all of them, see conns.go.
//
// The capture sees a segment somewhere between its two ends. It takes it for
// sent and received at that moment, unless the sequence numbers say otherwise:
// what an end does not accept by RFC 9293 changes nothing.
type conn struct {
	wire
	pace
	trouble
}

// A wire is what every segment of a connection is held against. An ordinary one
// touches nothing else.
type wire struct {
	end    [2]tcpEnd // by the key: 0 is A, 1 is B
	sentAt [2]uint32 // when the segment passed that is timed, µs; of a connection that is over see overAt
	flags  connFlags
	_      uint8
	gapIs  [2]gapFlags
	isn    [2]uint32 // with sawSYN
	mss    [2]uint16
}

// A pace is how long a connection's segments take to arrive.
type pace struct {
	srtt      [2]uint32 // µs/8, by way; 0 for none
	minRTT    [2]uint32 // µs
	handshake uint32    // µs; while it runs, when it began
}

// A trouble is what does not go as it should.
type trouble struct {
	doubt  extent    // what was sent again last, perhaps needlessly; whose, say the flags
	zeroes [2]uint16 // see Health
	gaps   [2]gap

	retransmits   [2]uint32
	fast          [2]uint32
	spurious      [2]uint32
	outOfOrder    [2]uint32
	duplicateACKs [2]uint32
	missed        [2]uint32
	missedBytes   [2]uint64
}

// A tcpEnd is one end as its segments tell of it.
type tcpEnd struct {
	nxt    uint32 // the sequence number behind the highest one sent
	ack    uint32 // the highest acknowledgement sent, with sawACK
	probe  uint32 // with timed: the number whose acknowledgement ends the sample; with byStamp: its timestamp
	window uint16 // as last offered, not scaled
	flags  endFlags
	state  State
	dups   uint8 // duplicate ACKs sent in a row
	scale  uint8 // with scales
	steady bool  // nothing is going on: segment need not look further at what it sends
}

type endFlags uint16

const (
	sawSYN     endFlags = 1 << iota // isn is known
	answered                        // its SYN was a SYN-ACK
	scales                          // its SYN had a window scale
	selective                       // its SYN permitted SACK
	stamps                          // its segments have timestamps
	onlySYN                         // nothing has passed but its SYN: window is never scaled there
	begun                           // it has sent a segment
	known                           // nxt is known: it has sent, or the other has acknowledged
	sawACK                          // ack is known
	sentFIN                         // nxt is behind its FIN
	heardFIN                        // the other's FIN has reached it
	timed                           // a sample of the round trip is running
	byStamp                         // it ends with the timestamp in probe
	windowTest                      // the byte at nxt was sent to test a closed window
	astray                          // its last segment was out of every window
	inPieces                        // IP fragments carried segments of it: gaps are no loss
)

type connFlags uint8

const (
	opening   connFlags = 1 << iota // the handshake is being timed
	doubtB                          // doubt is about what B sent
	doubtOver                       // all of doubt was acknowledged
	inParts                         // see conns
)

// An extent is a range of sequence numbers, `to` not included.
type extent struct{ from, to uint32 }

// A gap is an extent that an end has skipped.
type gap struct {
	extent
	at    uint32 // when the segment behind it passed, µs; of an acknowledged one, when that was
	stamp uint32 // the timestamp of that segment, with gapStamped
}

type gapFlags uint8

const (
	gapUsed    gapFlags = 1 << iota
	gapOfB              // B has skipped it
	gapAcked            // it was acknowledged, and counts as missed; kept for a while in case the capture is out of order
	gapStamped          // stamp is valid
)

// A wire must stay within one cache line: this fails to compile when it does not.
var _ [64]byte = [unsafe.Sizeof(wire{})]byte{}

// segment takes note of one TCP packet, sent by A (way 0) or B, if it is an ordinary
// one: established, in order, something new. It returns false, and has done nothing,
// where it is not: then conn.examine does. It must see each packet once. took is the
// round trip in µs that it ended, of what the other end had sent; 0 for none.
func (c *wire) segment(p *parse.Packet, way int) (ok bool, took uint32) {
	const kinds = parse.FlagSYN | parse.FlagFIN | parse.FlagRST | parse.FlagACK
	e, o := &c.end[way&1], &c.end[^way&1]
	if !e.steady || p.TCPFlags&kinds != parse.FlagACK || p.Seq != e.nxt || p.Window == 0 || p.Payload == 0 ||
		p.Status&parse.Fragment != 0 {
		return false, 0
	}
	if moved := p.Ack - e.ack; moved != 0 {
		if moved > o.nxt-e.ack {
			return false, 0
		}
		e.ack = p.Ack
		if o.flags&timed != 0 && !before(p.Ack, o.probe) {
			took = c.stopSample(^way&1, p.Time)
		}
	} else if p.PayLen == 0 {
		return false, 0
	}
	e.window = p.Window
	if p.PayLen != 0 {
		e.nxt += p.PayLen
		if e.flags&timed == 0 {
			e.flags |= timed
			e.probe = e.nxt
			c.sentAt[way&1] = micros(p.Time)
		}
	}
	return true, took
}

// examine is segment for every kind of packet.
func (c *conn) examine(p *parse.Packet, way int) {
	e := &c.end[way]
	if p.Status&parse.Fragment != 0 {
		e.flags |= inPieces
	}
	if !readable(p) {
		return
	}
	wasOver := c.over()
	switch {
	case p.TCPFlags&parse.FlagRST != 0:
		c.abort(p, way)
	case p.TCPFlags&parse.FlagSYN != 0:
		if c.renews(p, way) { // the shard has not asked: its message came late
			c.reset()
		}
		c.open(p, way)
	case p.TCPFlags&parse.FlagACK != 0: // RFC 9293 3.10.7.4: without, it is dropped
		c.run(p, way)
	}
	c.settle()
	if !wasOver && c.over() {
		c.setOver(p.Time)
	}
}

// readable reports whether the fixed header was captured, and is no fragment's
// data.
func readable(p *parse.Packet) bool {
	const broken = parse.Malformed | parse.NoPorts
	return p.Payload != 0 && p.Status&parse.NoPorts == 0 ||
		p.Status&broken == 0 && p.L4 != 0 && len(p.Data) >= int(p.L4)+20
}

// run takes note of a segment that neither begins nor breaks off the connection.
func (c *conn) run(p *parse.Packet, way int) {
	e, o := &c.end[way], &c.end[1-way]
	if c.strays(p, way) {
		return
	}
	if e.state == StateNone {
		// From the middle of a connection; nobody sends without one.
		e.state = Established
		if o.state == StateNone {
			o.state = Established
		}
	}
	if c.livesOn(p, way) {
		e.state, o.state = Established, Established
	}
	if e.flags&(sawSYN|begun) == 0 {
		c.learn(p, way)
	}
	c.acknowledge(p, way)
	c.offer(p, way)
	c.carry(p, way)
	e.flags &^= onlySYN
}

// settle finds out for which end an ordinary packet needs no more than segment
// does. Where the other one is not captured, that does not take much.
func (c *conn) settle() {
	if c.doubtAcked() {
		c.flags |= doubtOver // for good: half a round of the numbers later it would not look so
	}
	calm := [2]bool{c.calm(0), c.calm(1)}
	for w := range c.end {
		o := &c.end[1-w]
		c.end[w].steady = calm[w] && (calm[1-w] || o.flags&begun == 0 && o.state == Established)
	}
}

// calm reports whether an end neither opens nor closes the connection or its
// window, nor misses anything.
func (c *conn) calm(way int) bool {
	const (
		needed = begun | known | sawACK
		busy   = onlySYN | byStamp | windowTest | astray
	)
	e := &c.end[way]
	return e.state == Established && e.flags&(needed|busy) == needed && e.dups == 0 && e.window != 0 &&
		!c.recovers(way) && !c.gapOpen(way)
}

// reset makes it a connection of which nothing has passed, whatever is kept of the
// one before.
func (c *conn) reset() {
	*c = conn{wire: wire{flags: c.flags & inParts}}
}

// adopt takes over what another shard knew of the same connection.
func (c *conn) adopt(g *conn) {
	if (c.end[0].flags|c.end[1].flags)&begun == 0 {
		kept := c.flags & inParts
		*c = *g
		c.flags = c.flags&^inParts | kept
		return
	}
	for w := range c.end {
		if e, ge := &c.end[w], &g.end[w]; e.flags&sawSYN == 0 && ge.flags&sawSYN != 0 {
			const ofSYN = sawSYN | answered | scales | selective | stamps
			e.flags |= ge.flags & ofSYN
			e.scale, c.isn[w], c.mss[w] = ge.scale, g.isn[w], g.mss[w]
		}
		if g.srtt[w] != 0 {
			if c.srtt[w] == 0 {
				c.srtt[w] = g.srtt[w]
			}
			c.leastRTT(w, g.minRTT[w])
		}
		c.retransmits[w] += g.retransmits[w]
		c.fast[w] += g.fast[w]
		c.spurious[w] += g.spurious[w]
		c.outOfOrder[w] += g.outOfOrder[w]
		c.duplicateACKs[w] += g.duplicateACKs[w]
		c.missed[w] += g.missed[w]
		c.missedBytes[w] += g.missedBytes[w]
		c.zeroes[w] += min(g.zeroes[w], ^c.zeroes[w])
	}
	if c.flags&opening == 0 && c.handshake == 0 && g.flags&opening == 0 {
		c.handshake = g.handshake
	}
}

// before reports whether sequence number a comes before b (RFC 9293 3.4).
func before(a, b uint32) bool { return int32(a-b) < 0 }

// micros is a time by the clock of sentAt, which goes round in 71 minutes.
func micros(ns int64) uint32 { return uint32(uint64(ns) / 1000) }
