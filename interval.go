// Hot path: no allocation.

package main

import (
	"math"

	"sockeye/capture"
	"sockeye/parse"
)

// counter is a sink that counts behind the caller's back, until Sync waits for it.
type counter interface {
	capture.Sink
	Sync()
}

// intervalSink cuts the packets of a file into intervals of their own time. The
// grid of intervals begins at the first packet.
type intervalSink struct {
	next  counter
	every int64 // ns; 0 for one interval without an end
	most  int   // packets between two cuts; 0 for any number

	// cut is told the end of an interval that had packets, when the first packet
	// behind it has come; or the newest time, when there were so many packets.
	// Everything before is counted then.
	cut func(end int64)

	begun  bool
	end    int64 // of the interval that runs
	last   bool  // nothing can come after it
	newest int64 // time of the latest packet
	since  int   // packets since the last cut
}

// Packets passes a batch on, in parts where an interval ends within it. A packet
// that is older than the interval belongs to it all the same: what was cut stays
// cut.
func (s *intervalSink) Packets(ps []parse.Packet) {
	from := 0
	for i := range ps {
		t := ps[i].Time
		if !s.begun {
			s.begun, s.newest = true, t
			s.end, s.last = later(t, s.every)
		}
		switch {
		case s.every != 0 && !s.last && t >= s.end:
			s.pass(ps[from:i], s.end)
			from = i
			// A damaged time may be far off: no stepping through what is between, which
			// may be more than an int64 holds.
			into := (uint64(t) - uint64(s.end)) % uint64(s.every)
			s.end, s.last = later(t-int64(into), s.every)
		case s.most != 0 && s.since == s.most:
			s.pass(ps[from:i], s.newest)
			from = i
		}
		s.since++
		s.newest = max(s.newest, t)
	}
	if from < len(ps) {
		s.next.Packets(ps[from:])
	}
}

// pass has packets counted, the last before a cut, and cuts.
func (s *intervalSink) pass(ps []parse.Packet, end int64) {
	if len(ps) > 0 {
		s.next.Packets(ps)
	}
	s.next.Sync()
	s.cut(end)
	s.since = 0
}

// EndBlock passes the end of a block on.
func (s *intervalSink) EndBlock() { s.next.EndBlock() }

// later returns t+d, held at the end of time, and whether it had to be.
func later(t, d int64) (int64, bool) {
	if t > math.MaxInt64-d {
		return math.MaxInt64, true
	}
	return t + d, false
}
