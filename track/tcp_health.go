// Hot path: no allocation.

package track

import "sockeye/parse"

const (
	// fewDuplicates is how many duplicate ACKs make a sender send again without
	// waiting (RFC 5681 3.2).
	fewDuplicates = 3
	// reordered is for how long a segment may be late by another way through the
	// network where the round trip is not known, µs.
	reordered = 3000
	// readLate is how long after its acknowledgement a segment may be captured,
	// µs: the rings of two queues, or two taps, are not read at the same moment.
	readLate = 5000
)

// acknowledge takes note of what a segment acknowledges.
func (c *conn) acknowledge(p *parse.Packet, way int) {
	e, o := &c.end[way], &c.end[1-way]
	first := e.flags&sawACK == 0
	if o.flags&known == 0 {
		o.flags |= known
		o.nxt = p.Ack
	}
	if first {
		e.flags |= sawACK
		e.ack = p.Ack
	}
	if before(p.Ack, e.ack) {
		return
	}
	if before(o.nxt, p.Ack) {
		c.acknowledgesUnseen(p, way)
	}
	if p.Ack != e.ack || first {
		e.ack = p.Ack
		e.dups = 0
		c.settleGaps(1-way, p)
		c.stopProbe(1-way, p)
	} else if p.PayLen == 0 && p.TCPFlags&(parse.FlagSYN|parse.FlagFIN) == 0 && p.Seq == e.nxt {
		c.repeat(p, way)
	}
	c.establish(p, way)
}

// acknowledgesUnseen moves nxt of the other end to an acknowledgement that is
// beyond it.
func (c *conn) acknowledgesUnseen(p *parse.Packet, way int) {
	o := &c.end[1-way]
	switch {
	case o.flags&begun == 0:
	case o.flags&windowTest != 0 && p.Ack == o.nxt+1:
	default:
		c.miss(1-way, extent{o.nxt, p.Ack})
		i := c.freeGap(false)
		if i >= 0 {
			c.gaps[i] = gap{extent: extent{o.nxt, p.Ack}, at: micros(p.Time)}
			c.gapIs[i] = gapUsed | gapAcked | gapFlags(1-way)*gapOfB
		}
	}
	o.flags &^= windowTest
	o.nxt = p.Ack
}

// repeat takes note of an ACK that acknowledges nothing new: a duplicate by RFC
// 5681 if data is under way and the window is as it was, or by RFC 6675 if it has
// selective acknowledgements of what is under way.
func (c *conn) repeat(p *parse.Packet, way int) {
	e, o := &c.end[way], &c.end[1-way]
	opt := readOptions(p)
	if opt.blocks != 0 {
		e.flags |= selective
		o.flags |= selective
		c.reportedTwice(&opt, p.Ack, 1-way)
	}
	if o.nxt == p.Ack {
		return
	}
	window := e.window
	if shift, _ := c.scaleOf(way); e.flags&onlySYN != 0 && shift > 0 {
		window >>= shift
	}
	if p.Window == window || opt.blocks != 0 && before(p.Ack, opt.sack[0].from) {
		e.dups += min(1, ^e.dups)
		c.duplicateACKs[way]++
	}
}

// reportedTwice looks for a report of data that came twice (RFC 2883): a first
// block that is acknowledged already, or within the second.
func (c *conn) reportedTwice(opt *tcpOptions, ack uint32, way int) {
	b := opt.sack[0]
	twice := !before(ack, b.to) ||
		opt.blocks > 1 && !before(b.from, opt.sack[1].from) && !before(opt.sack[1].to, b.to)
	if !twice || c.doubter() != way || c.doubt.from == c.doubt.to ||
		before(b.from, c.doubt.from) || before(c.doubt.to, b.to) {
		return
	}
	if c.spurious[way] < c.retransmits[way] {
		c.spurious[way]++
	}
	if b.from == c.doubt.from {
		c.doubt.from = b.to // it will not be reported again
	}
}

// carry takes note of what a segment carries.
func (c *conn) carry(p *parse.Packet, way int) {
	e, o := &c.end[way], &c.end[1-way]
	n, fin := p.PayLen, p.TCPFlags&parse.FlagFIN != 0
	if fin {
		n++
	}
	if e.flags&begun == 0 {
		if e.flags&known == 0 || before(e.nxt, p.Seq) {
			e.nxt = p.Seq // what was before that, was before the capture
		}
		e.probe = e.nxt
		e.flags |= begun | known
	}
	if e.flags&windowTest != 0 && p.Seq == e.nxt+1 {
		e.nxt++
		e.flags &^= windowTest
	}
	switch {
	case e.flags&sentFIN != 0 && n != 0 && !before(p.Seq, e.nxt):
		return // behind its FIN there is nothing
	case before(e.nxt, p.Seq):
		c.skip(p, way)
		e.nxt = p.Seq + n
	case n == 0:
	case p.Seq != e.nxt:
		c.repeats(p, way, extent{p.Seq, p.Seq + n})
		if before(e.nxt, p.Seq+n) {
			e.nxt = p.Seq + n
		}
	case n == 1 && !fin && o.flags&(sawACK|onlySYN) == sawACK && o.window == 0 && o.ack == e.nxt:
		e.flags |= windowTest
	default:
		e.nxt += n
		c.time(way, p.Time)
	}
	if fin && e.flags&sentFIN == 0 && p.Seq+n == e.nxt {
		c.sendFIN(p, way)
	}
}

// skip remembers a gap before the segment.
func (c *conn) skip(p *parse.Packet, way int) {
	i := c.freeGap(true)
	g := gap{extent: extent{c.end[way].nxt, p.Seq}, at: micros(p.Time)}
	c.gapIs[i] = gapUsed | gapFlags(way)*gapOfB
	if c.end[way].flags&stamps != 0 {
		if opt := readOptions(p); opt.stamps {
			g.stamp = opt.stamp
			c.gapIs[i] |= gapStamped
		}
	}
	c.gaps[i] = g
}

// repeats takes note of a segment whose beginning, at least, is not new.
func (c *conn) repeats(p *parse.Packet, way int, s extent) {
	e, o := &c.end[way], &c.end[1-way]
	if s.to == e.nxt && s.to-s.from == 1 && p.TCPFlags&parse.FlagFIN == 0 && (o.flags&sawACK == 0 || o.ack == e.nxt) {
		return // a keep-alive
	}
	old := extent{s.from, s.to}
	if before(e.nxt, s.to) {
		old.to = e.nxt
	}
	n := segmentsOf(p, old.to-old.from)
	acked := o.flags&sawACK != 0 && !before(o.ack, old.to)
	if i := c.gapAt(way, old); i >= 0 {
		switch g := &c.gaps[i]; {
		case c.gapIs[i]&gapAcked != 0:
			if int32(micros(p.Time)-g.at) <= readLate { // it may bear an earlier time, too
				c.missedAfterAll(i, old)
				c.outOfOrder[way] += n
				return
			}
		case !acked:
			late := c.overtaken(p, way, i)
			c.cut(i, old)
			if late {
				c.outOfOrder[way] += n
				return
			}
		}
	}
	c.sentAgain(p, way, n, old, acked)
}

// sentAgain counts n retransmitted segments.
func (c *conn) sentAgain(p *parse.Packet, way int, n uint32, s extent, acked bool) {
	e, o := &c.end[way], &c.end[1-way]
	c.retransmits[way] += n
	recovers := c.recovers(way)
	inDoubt := recovers && !before(s.from, c.doubt.from) && before(s.from, c.doubt.to)
	if o.dups >= fewDuplicates && !before(s.from, o.ack) && !inDoubt {
		c.fast[way] += n
	}
	switch {
	case acked:
		c.spurious[way] += n
	case recovers:
		if before(s.from, c.doubt.from) {
			c.doubt.from = s.from
		}
		if before(c.doubt.to, s.to) {
			c.doubt.to = s.to
		}
	default:
		c.doubt = s
		c.flags = c.flags&^(doubtB|doubtOver) | connFlags(way)*doubtB
	}
	if e.flags&byStamp != 0 || c.over() {
		return
	}
	// Whose acknowledgement the next one is cannot be told (Karn), but by the
	// timestamp that it sends back.
	c.stopTimer(way)
	if e.flags&stamps != 0 {
		if opt := readOptions(p); opt.stamps {
			e.flags |= timed | byStamp
			e.probe = opt.stamp
			c.sentAt[way] = micros(p.Time)
		}
	}
}

// recovers reports whether an end has sent again what is not acknowledged yet.
func (c *conn) recovers(way int) bool {
	return c.doubt.from != c.doubt.to && c.doubter() == way && c.end[1-way].flags&sawACK != 0 && !c.doubtAcked()
}

// doubtAcked reports whether all of doubt is acknowledged.
func (c *conn) doubtAcked() bool {
	o := &c.end[1-c.doubter()]
	return c.flags&doubtOver != 0 || o.flags&sawACK != 0 && !before(o.ack, c.doubt.to)
}

// doubter returns whose segments doubt is about.
func (c *conn) doubter() int { return int(c.flags&doubtB) / int(doubtB) }

// overtaken reports whether a segment that fills a gap was only overtaken on its
// way, and not sent again: by its timestamp, else since no end can have learnt in
// so short a time that the first one was lost.
func (c *conn) overtaken(p *parse.Packet, way, i int) bool {
	g := &c.gaps[i]
	if c.gapIs[i]&gapStamped != 0 {
		if opt := readOptions(p); opt.stamps && opt.stamp != g.stamp {
			return before(opt.stamp, g.stamp)
		}
	}
	limit := uint32(reordered)
	if a, b := c.minRTT[0], c.minRTT[1]; a != 0 && b != 0 {
		limit = a + b
		if c.end[1-way].dups == 0 {
			limit = max(limit, reordered)
		}
	}
	return int32(micros(p.Time)-g.at) < int32(limit)
}

// gapOpen reports whether an end has skipped what is not acknowledged yet.
func (c *conn) gapOpen(way int) bool {
	for i := range c.gaps {
		if c.gapIs[i]&(gapUsed|gapAcked|gapOfB) == gapUsed|gapFlags(way)*gapOfB {
			return true
		}
	}
	return false
}

// gapAt returns the gap of an end in which some of s lies, or -1.
func (c *conn) gapAt(way int, s extent) int {
	for i := range c.gaps {
		if c.gapIs[i]&(gapUsed|gapOfB) == gapUsed|gapFlags(way)*gapOfB &&
			before(s.from, c.gaps[i].to) && before(c.gaps[i].from, s.to) {
			return i
		}
	}
	return -1
}

// freeGap returns the place for another gap: one that is free, else one that is
// kept in case only. Failing that it is the older one, or -1 where that would be
// a pity.
func (c *conn) freeGap(must bool) int {
	free := -1
	for i, is := range c.gapIs {
		switch {
		case is&gapUsed == 0:
			return i
		case is&gapAcked != 0:
			free = i
		}
	}
	switch {
	case free >= 0 || !must:
		return free
	case before(c.gaps[1].at, c.gaps[0].at):
		return 1
	}
	return 0
}

// cut takes s out of a gap and returns how many bytes of it that were, and of how
// many gaps they leave it. Should there be no room for the second one, it is
// forgotten.
func (c *conn) cut(i int, s extent) (n uint32, left int) {
	g := &c.gaps[i]
	if before(s.from, g.from) {
		s.from = g.from
	}
	if before(g.to, s.to) {
		s.to = g.to
	}
	n = s.to - s.from
	switch {
	case s == g.extent:
		c.gapIs[i] = 0
		return n, 0
	case s.from == g.from:
		g.from = s.to
		return n, 1
	case s.to == g.to:
		g.to = s.from
		return n, 1
	}
	rest := *g
	rest.from, g.to = s.to, s.from
	if k := c.freeGap(false); k >= 0 && k != i {
		c.gaps[k], c.gapIs[k] = rest, c.gapIs[i]
	}
	return n, 2
}

// settleGaps ends the gaps that are acknowledged: what is missing has arrived.
func (c *conn) settleGaps(way int, p *parse.Packet) {
	for i := range c.gaps {
		if c.gapIs[i]&(gapUsed|gapAcked|gapOfB) != gapUsed|gapFlags(way)*gapOfB || before(p.Ack, c.gaps[i].to) {
			continue
		}
		c.miss(way, c.gaps[i].extent)
		c.gapIs[i] |= gapAcked
		c.gaps[i].at = micros(p.Time)
	}
}

// miss counts a gap that was acknowledged, and so not captured.
func (c *conn) miss(way int, s extent) {
	if c.end[way].flags&inPieces == 0 {
		c.missed[way]++
		c.missedBytes[way] += uint64(s.to - s.from)
	}
}

// missedAfterAll takes back, for s, that a gap was missed.
func (c *conn) missedAfterAll(i int, s extent) {
	way := int(c.gapIs[i]&gapOfB) / int(gapOfB)
	n, left := c.cut(i, s)
	if c.end[way].flags&inPieces == 0 {
		c.missedBytes[way] -= uint64(n)
		c.missed[way] += uint32(left - 1)
	}
}

// segmentsOf returns how many of a frame's segments n bytes of its payload are.
func segmentsOf(p *parse.Packet, n uint32) uint32 {
	segs := uint32(max(p.Segs, 1))
	if segs == 1 || n == 0 {
		return 1
	}
	each := max(1, (p.PayLen+segs-1)/segs)
	return max(1, min((n+each-1)/each, segs))
}
