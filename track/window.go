package track

import "time"

// window is a stretch of the capture's clock, in buckets and fractions of one
// since the table's base.
type window struct{ from, to float64 }

// amount is what a window holds, by way.
type amount struct {
	bytes, packets [2]float64
}

// add adds to each window's amount its share of what passed in the buckets
// [start, start+length).
func (c *clock) add(out *[3]amount, start, length float64, bytes, packets [2]float64) {
	for k := range c.win {
		share := c.share(k, start, length)
		if share == 0 {
			continue
		}
		for w := range bytes {
			out[k].bytes[w] += share * bytes[w]
			out[k].packets[w] += share * packets[w]
		}
	}
}

// share returns how much of what passed in the buckets [start, start+length) the
// window k holds, by time.
func (c *clock) share(k int, start, length float64) float64 {
	if c.exact && start+length > c.win[0].to {
		// The last bucket is not over: what it holds passed before the end, or at
		// the end where that is the bucket's first moment.
		if length = c.win[0].to - start; length < 0 {
			return 0
		}
	}
	q, end := &c.win[k], start+length
	if start >= q.from && end <= q.to {
		return 1
	}
	lo, hi := max(start, q.from), min(end, q.to)
	if hi <= lo {
		return 0
	}
	return (hi - lo) / length
}

// clock is the state of the capture's time at a snapshot.
type clock struct {
	now    uint32  // the bucket in which the windows end
	exact  bool    // nothing newer than the windows' end has been counted
	ns     int64   // the clock itself
	done   uint32  // seconds that are over
	until  int64   // the windows' end on the capture's clock, ns
	oldest float64 // where the longest window begins
	win    [3]window
	length [3]time.Duration // of the windows: shorter than Windows while the capture is young
}

// clockAt works out the windows that end at ns, which is on the capture's
// clock. Where packets may still be on their way (lag > 0) they end at the
// last bucket that is surely complete; otherwise at ns itself.
func (t *Table) clockAt(ns int64, lag time.Duration) clock {
	base := t.rebase(ns)
	end := ns - base
	if lag > 0 {
		end = (end - int64(lag)) / bucketNs * bucketNs
	}
	end = max(end, t.start.Load()-base)
	c := clock{now: uint32(end / bucketNs), done: uint32(end / bucketNs / secondBuckets), ns: ns, until: end + base, exact: lag <= 0}
	for k, w := range Windows {
		c.length[k] = min(w, time.Duration(end-(t.start.Load()-base)))
		c.win[k] = window{
			from: float64(end-int64(c.length[k])) / bucketNs,
			to:   float64(end) / bucketNs,
		}
	}
	c.oldest = c.win[len(c.win)-1].from
	return c
}

// rate divides what window k holds by its real length.
func (c *clock) rate(k int, bytes, packets float64) Rate {
	s := c.length[k].Seconds()
	if s <= 0 {
		return Rate{}
	}
	return Rate{Bytes: bytes / s, Packets: packets / s}
}

func (r *Rate) add(d Rate) {
	r.Bytes += d.Bytes
	r.Packets += d.Packets
}

// less is r without d, which is a part of it; rounding must not make it
// negative.
func (r Rate) less(d Rate) Rate {
	return Rate{Bytes: max(0, r.Bytes-d.Bytes), Packets: max(0, r.Packets-d.Packets)}
}
