// Hot path: no allocation.

package track

import "sockeye/parse"

// open takes note of a SYN or SYN-ACK of this connection.
func (c *conn) open(p *parse.Packet, way int) {
	e, o := &c.end[way], &c.end[1-way]
	if e.flags&sawSYN != 0 && p.Seq == c.isn[way] {
		c.openAgain(p, way)
		return
	}
	answers := p.TCPFlags&parse.FlagACK != 0
	if c.over() || answers && o.flags&sawSYN != 0 && p.Ack-c.isn[1-way]-1 > o.nxt-c.isn[1-way]-1 {
		return // a SYN-ACK to nothing that was asked
	}
	if e.flags&sawSYN != 0 && e.state != SynSent && e.state != SynRecv || e.flags&sawSYN != 0 && !answers {
		return // two SYNs of one end: only while it is being answered may it have changed its mind
	}
	if e.flags&begun == 0 || e.flags&onlySYN != 0 {
		e.flags |= onlySYN
		e.window = p.Window
	}
	if behind := p.Seq + 1 + p.PayLen; e.flags&known == 0 || e.flags&(sawSYN|onlySYN) == sawSYN|onlySYN || before(e.nxt, behind) {
		e.nxt = behind
	}
	c.isn[way] = p.Seq
	e.flags |= sawSYN | begun | known
	c.learn(p, way)
	if answers {
		e.flags |= answered
		c.opensAnswering(p, way)
	} else {
		c.opensAsking(p, way)
	}
	if !(o.flags&sawACK != 0 && !before(o.ack, e.nxt)) {
		c.time(way, p.Time)
	}
}

// opensAsking goes on from a SYN.
func (c *conn) opensAsking(p *parse.Packet, way int) {
	e, o := &c.end[way], &c.end[1-way]
	switch {
	case o.state == SynSent: // both at once (RFC 9293 3.5)
		e.state, o.state = SynRecv, SynRecv
	case e.state == StateNone:
		e.state = SynSent
		if o.state == StateNone {
			o.state = SynRecv
		}
		c.flags |= opening
		c.handshake = micros(p.Time)
	}
	// Else it was captured behind the segment that answers it.
}

// opensAnswering goes on from a SYN-ACK.
func (c *conn) opensAnswering(p *parse.Packet, way int) {
	e, o := &c.end[way], &c.end[1-way]
	if e.state == StateNone || e.state == SynSent {
		e.state = SynRecv
	}
	if o.state == StateNone {
		o.state = Established
	}
	c.acknowledge(p, way)
}

// openAgain takes note of a SYN that was sent again.
func (c *conn) openAgain(p *parse.Packet, way int) {
	e, o := &c.end[way], &c.end[1-way]
	if c.over() {
		if e.flags&sentFIN != 0 || o.flags&sawSYN != 0 {
			return
		}
		// It was refused, and asks once more.
		e.state, o.state = SynSent, SynRecv
		c.flags |= opening
		c.handshake = micros(p.Time)
	}
	if p.TCPFlags&parse.FlagACK != 0 && e.flags&answered == 0 {
		e.flags |= answered // both opened at once: the SYN with its ACK
		c.acknowledge(p, way)
		return
	}
	acked := o.flags&sawACK != 0 && before(c.isn[way], o.ack)
	c.sentAgain(p, way, 1, extent{p.Seq, p.Seq + 1}, acked)
	if p.TCPFlags&parse.FlagACK != 0 {
		c.acknowledge(p, way)
	}
}

// renews reports whether p is a SYN that begins another connection between the same two
// ports: when the old one is closing or closed (RFC 6191, RFC 9293 3.10.7.4), and
// when its number is outside the window of an open one, whose end must have been
// lost. Neither a SYN that is sent again does, nor a SYN-ACK.
func (c *wire) renews(p *parse.Packet, way int) bool {
	e, o := &c.end[way], &c.end[1-way]
	switch {
	case p.TCPFlags&(parse.FlagSYN|parse.FlagACK|parse.FlagRST) != parse.FlagSYN, !readable(p), (e.flags|o.flags)&begun == 0,
		e.flags&sawSYN != 0 && p.Seq == c.isn[way]:
		return false
	case c.over():
		return true
	case e.flags&sawSYN == 0 && (o.state == SynSent || o.flags&sawACK != 0 && p.Seq+1 == o.ack):
		return false // both open at once, or it was captured late
	case e.state == Established && o.state == Established && o.flags&sawACK != 0:
		return p.Seq-o.ack >= max(c.offers(1-way, 0), e.nxt-o.ack)
	}
	return true
}

// abort takes note of an RST. It counts if its receiver accepts it, RFC 9293
// 3.10.7: after a SYN if it acknowledges that, else if it is in the window.
// RFC 5961 wants the very next number, but not all systems do.
func (c *conn) abort(p *parse.Packet, way int) {
	e, o := &c.end[way], &c.end[1-way]
	if c.over() {
		return
	}
	switch {
	case (e.flags|o.flags)&begun == 0:
	case o.state == SynSent:
		n := p.Ack - c.isn[1-way]
		if p.TCPFlags&parse.FlagACK == 0 || n == 0 || n > o.nxt-c.isn[1-way] {
			return
		}
	case o.flags&sawACK != 0:
		if n := p.Seq - o.ack; n > e.nxt-o.ack && n >= c.offers(1-way, 0) {
			return
		}
	case e.flags&known != 0:
		if p.Seq != e.nxt && e.flags&begun != 0 {
			return
		}
	}
	if e.flags&known == 0 {
		e.nxt = p.Seq
	}
	e.flags |= begun | known
	e.state, o.state = Closed, Closed
	e.probe, o.probe = e.nxt, o.nxt // the timers are off now, see livesOn
}

// livesOn reports whether a segment shows that an RST was not taken (its checksum
// may be wrong, or somebody else's it was): it acknowledges what was sent only
// after that. Segments that were under way then prove nothing.
func (c *conn) livesOn(p *parse.Packet, way int) bool {
	o := &c.end[1-way]
	return c.closed() == ByRST && (c.end[0].flags|c.end[1].flags)&sentFIN == 0 &&
		o.flags&begun != 0 && before(o.probe, p.Ack) && !before(o.nxt, p.Ack)
}

// establish goes on from an acknowledgement of all up to e.ack by e.
func (c *conn) establish(p *parse.Packet, way int) {
	e, o := &c.end[way], &c.end[1-way]
	if o.state == SynSent || o.state == SynRecv {
		if o.flags&sawSYN == 0 || before(c.isn[1-way], e.ack) {
			o.state = Established
		}
	}
	if p.TCPFlags&parse.FlagSYN == 0 {
		switch {
		case e.state == SynSent: // the SYN-ACK was not captured
			e.state = Established
		case e.state == SynRecv && p.PayLen != 0: // the ACK was not captured
			e.state = Established
		}
	}
	if c.flags&opening != 0 && e.state == Established && o.state == Established {
		c.flags &^= opening
		took := micros(p.Time) - c.handshake
		c.handshake = 0
		if took <= longest && e.flags&o.flags&sawSYN != 0 {
			c.handshake = max(took, 1)
		}
	}
	if o.flags&sentFIN != 0 && !before(e.ack, o.nxt) {
		switch o.state {
		case FinWait1:
			o.state = FinWait2
		case Closing:
			o.state = TimeWait
		case LastAck:
			o.state = Closed
		}
		e.hearFIN()
	}
}

// hearFIN is told when the other end's FIN has reached this one.
func (e *tcpEnd) hearFIN() {
	if e.flags&heardFIN != 0 {
		return
	}
	e.flags |= heardFIN
	switch e.state {
	case SynSent, SynRecv, Established:
		e.state = CloseWait
	case FinWait1:
		e.state = Closing
	case FinWait2:
		e.state = TimeWait
	}
}

// sendFIN takes note of the first FIN of an end.
func (c *conn) sendFIN(p *parse.Packet, way int) {
	e, o := &c.end[way], &c.end[1-way]
	e.flags |= sentFIN
	switch e.state {
	case SynSent, SynRecv, Established:
		e.state = FinWait1
	case CloseWait:
		e.state = LastAck
		if before(p.Ack, o.nxt) { // it did not know of the other's FIN: both at once
			e.state = Closing
		}
	}
	if !c.gapOpen(way) { // else it has arrived when it is acknowledged
		o.hearFIN()
	}
}

// over reports whether both ends have nothing more to say.
func (c *wire) over() bool {
	a, b := c.end[0].state, c.end[1].state
	return (a == TimeWait || a == Closed) && (b == TimeWait || b == Closed)
}

// setOver notes when it was over. That takes the place of the timers.
func (c *conn) setOver(ns int64) {
	c.stopTimer(0)
	c.stopTimer(1)
	if c.flags&opening != 0 { // it was refused: what handshake holds is no length of time
		c.flags &^= opening
		c.handshake = 0
	}
	c.sentAt = [2]uint32{uint32(ns), uint32(ns >> 32)}
}

// overAt returns when it was over, in ns; 0 while it is not.
func (c *wire) overAt() int64 {
	if !c.over() {
		return 0
	}
	return int64(c.sentAt[1])<<32 | int64(c.sentAt[0])
}

// setBack takes the time at which it was over to the new clock where it is later
// than `ahead`, see Table.setBack. Samples that are running then come to nothing.
func (c *conn) setBack(ahead, back int64) {
	if ns := c.overAt(); ns > ahead {
		c.setOver(ns - back)
	}
}

// life returns where A and B stand, and since when it is over (capture time,
// ns), or 0 while it is not.
func (c *wire) life() (states [2]State, since int64) {
	return [2]State{c.end[0].state, c.end[1].state}, c.overAt()
}

// closed says how the connection ended, or that it is open.
func (c *wire) closed() Reason {
	switch {
	case !c.over():
		return Open
	case c.end[0].flags&c.end[1].flags&sentFIN != 0:
		return ByFIN
	}
	return ByRST
}

// start returns the sequence number of the first byte that an end sends. It is
// known if its SYN was seen, and nothing behind that.
func (c *wire) start(way int) (seq uint32, ok bool) {
	e, seq := &c.end[way], c.isn[way]+1
	return seq, e.flags&sawSYN != 0 && e.nxt == seq
}

// sent reports whether an end may have a segment with this number under way, as
// far as that is known.
func (c *wire) sent(way int, seq uint32) bool {
	e, o := &c.end[way], &c.end[1-way]
	return e.flags&known == 0 || !before(e.nxt, seq) && (o.flags&sawACK == 0 || !before(seq, o.ack))
}
