// Hot path: no allocation.

package track

import (
	"time"

	"sockeye/parse"
)

// time starts a sample of the round trip of all that an end has sent so far,
// unless one is running, or the acknowledgement might have to wait for
// something that is sent again.
func (c *conn) time(way int, ns int64) {
	e := &c.end[way]
	if e.flags&timed != 0 || c.recovers(way) || c.gapOpen(way) || c.over() {
		return
	}
	e.flags |= timed
	e.probe = e.nxt
	c.sentAt[way] = micros(ns)
}

// stopTimer gives the running sample up.
func (c *wire) stopTimer(way int) { c.end[way].flags &^= timed | byStamp }

// stopProbe ends the sample of an end where the acknowledgement in p says so.
func (c *conn) stopProbe(way int, p *parse.Packet) {
	e := &c.end[way]
	switch {
	case e.flags&timed == 0:
	case e.flags&byStamp != 0:
		opt := readOptions(p)
		switch {
		case opt.stamps && opt.echo == e.probe:
			c.sample(way, p.Time)
		case !opt.stamps || !before(opt.echo, e.probe) || p.Ack == e.nxt:
			c.stopTimer(way)
		}
	case !before(p.Ack, e.probe):
		c.sample(way, p.Time)
	}
}

// longest is the longest round trip that is believed, µs: 4.5 minutes, a little more
// than two segments live (RFC 9293 3.4.2). Above it the answer was not captured, the
// machine slept, the clock was set, or the capture is out of order.
const longest = 1 << 28

// stopSample ends the sample of an end and returns its round trip in µs, 0 where it
// is not believed.
func (c *wire) stopSample(way int, ns int64) uint32 {
	c.stopTimer(way)
	took := micros(ns) - c.sentAt[way]
	if took > longest {
		return 0
	}
	return max(1, took)
}

// sample ends the sample of an end and adds it to its round trips.
func (c *conn) sample(way int, ns int64) {
	if took := c.stopSample(way, ns); took != 0 {
		c.roundTrip(way, took)
	}
}

// roundTrip adds a round trip, in µs, to the smoothed time (RFC 6298 2).
func (c *pace) roundTrip(way int, took uint32) {
	c.leastRTT(way, took)
	if c.srtt[way] == 0 {
		c.srtt[way] = took * 8
	} else {
		c.srtt[way] += took - c.srtt[way]/8
	}
}

// leastRTT notes a round trip, in µs, should it be the shortest.
func (c *pace) leastRTT(way int, took uint32) {
	if c.minRTT[way] == 0 || took < c.minRTT[way] {
		c.minRTT[way] = took
	}
}

// offer takes note of the window that a segment offers.
func (c *conn) offer(p *parse.Packet, way int) {
	e := &c.end[way]
	if p.Ack != e.ack {
		return // it is older than another
	}
	fresh := e.flags&begun == 0 || e.flags&onlySYN != 0
	if p.Window == 0 && p.TCPFlags&parse.FlagFIN == 0 && (fresh || e.window != 0) {
		c.zeroes[way] += min(1, ^c.zeroes[way])
	}
	e.window = p.Window
}

// scaleOf returns the shift of an end's window. It is not used if it is -1; that
// it is not known, `sure` says.
func (c *wire) scaleOf(way int) (shift int8, sure bool) {
	e, o := &c.end[way], &c.end[1-way]
	if e.flags&scales != 0 && c.both(scales) {
		return int8(e.scale), true
	}
	return -1, e.flags&o.flags&sawSYN != 0 || (e.flags|o.flags)&(answered|scales) == answered
}

// offers returns the window that an end last offered, in bytes. Guess is the
// shift where it is not known.
func (c *wire) offers(way int, guess uint8) uint32 {
	e := &c.end[way]
	if e.flags&onlySYN != 0 {
		return uint32(e.window)
	}
	shift, sure := c.scaleOf(way)
	switch {
	case shift > 0:
		guess = uint8(shift)
	case sure, shift == 0:
		guess = 0
	}
	return uint32(e.window) << guess
}

// strays reports whether a segment lies outside of every window, and is to be
// left out: a blind guess, or of another connection. A second one in a row is
// believed: the capture has missed a great deal.
func (c *conn) strays(p *parse.Packet, way int) bool {
	e, o := &c.end[way], &c.end[1-way]
	out, leaps := false, e.flags&begun != 0 && int32(e.nxt-p.Seq) > maxWindow
	switch {
	case leaps:
		out = true
	case o.state == SynSent && o.flags&sawSYN != 0:
		out = p.Ack-c.isn[1-way]-1 > o.nxt-c.isn[1-way]-1
	case o.flags&begun == 0:
	case o.flags&sawACK == 0 || e.flags&begun == 0:
		out = int32(p.Ack-o.nxt) > maxWindow
	default:
		ahead, unseen := p.Seq-o.ack, p.Ack-o.nxt
		out = before(e.nxt, p.Seq) && ahead > c.offers(1-way, maxScale) ||
			before(o.nxt, p.Ack) && unseen > c.offers(way, maxScale)
	}
	if !out {
		e.flags &^= astray
		return false
	}
	e.flags ^= astray
	if leaps && e.flags&astray == 0 {
		c.leap(p, way)
	}
	return e.flags&astray != 0
}

// leap goes on where a segment lies so far behind that it cannot be sent again: it is
// ahead, by more than half of all numbers, which the capture has missed.
func (c *conn) leap(p *parse.Packet, way int) {
	e, o := &c.end[way], &c.end[1-way]
	c.miss(way, extent{e.nxt, p.Seq})
	c.stopTimer(way)
	for i := range c.gapIs {
		if c.gapIs[i]&gapOfB == gapFlags(way)*gapOfB {
			c.gapIs[i] = 0
		}
	}
	if c.doubter() == way {
		c.doubt = extent{}
	}
	e.flags &^= begun | known
	o.flags &^= sawACK
	o.dups = 0
}

// fill writes what is known of the connection into a row of its flow.
func (c *conn) fill(r *Row, f *flow) {
	h := &r.Health
	h.Handshake = 0
	if c.flags&opening == 0 {
		h.Handshake = inMicros(c.handshake)
	}
	h.SACK, h.Timestamps = c.both(selective), c.both(stamps)
	r.Closed = c.closed()
	for w := range c.end {
		as := f.way(w == 1)
		r.State[as] = c.shown(w)
		h.RTT[as], h.MinRTT[as] = inMicros(c.srtt[w]/8), inMicros(c.minRTT[w])
		h.Retransmits[as], h.FastRetransmits[as], h.Spurious[as] = c.retransmits[w], c.fast[w], c.spurious[w]
		h.OutOfOrder[as], h.DuplicateACKs[as] = c.outOfOrder[w], c.duplicateACKs[w]
		h.ZeroWindows[as] = uint32(c.zeroes[w])
		h.Missed[as], h.MissedBytes[as] = c.missed[w], c.missedBytes[w]
		h.Window[as], h.MSS[as] = c.offers(w, 0), c.mss[w]
		h.Scale[as], _ = c.scaleOf(w)
	}
}

// shown returns the state of an end as a row has it: none of one that has not
// answered a SYN, of which nothing is known.
func (c *wire) shown(way int) State {
	if e := &c.end[way]; e.state != SynRecv || e.flags&begun != 0 {
		return e.state
	}
	return StateNone
}

func inMicros(n uint32) time.Duration { return time.Duration(n) * time.Microsecond }
