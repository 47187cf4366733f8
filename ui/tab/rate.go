package tab

import (
	"time"

	"sockeye/track"
	"sockeye/ui/widget"
)

// ways says which of a flow's ways a number is about.
type ways uint8

const (
	bothWays ways = iota
	onlySent
	onlyReceived
)

// waysOf returns what the numbers on a line of a flow's row are about, or if all is set
// those of the whole row.
func waysOf(mode LineMode, line int, all bool) ways {
	switch {
	case mode == SentOnly:
		return onlySent
	case mode == ReceivedOnly:
		return onlyReceived
	case mode == OneLine, all:
		return bothWays
	case line == 0:
		return onlySent
	}
	return onlyReceived
}

// amounts is what a flow, or several together, carried.
type amounts struct {
	bytes [2]uint64     // by way
	rate  [3][2]float64 // bytes/s by window of track.Windows, then by way
	first int64         // the first packet, ns since the Unix epoch
	until int64         // the end of the flow, or now
	flow  *track.Row    // whose they are; nil of several
}

// amountsOf returns what a flow carried, at a time on the capture's clock.
func amountsOf(r *track.Row, now int64) amounts {
	a := amounts{first: r.First, until: now, flow: r}
	if r.Closed != track.Open {
		a.until = r.Ended
	}
	for w := range a.bytes {
		a.bytes[w] = r.Count[w].Bytes
		for k := range a.rate {
			a.rate[k][w] = r.Rate[k][w].Bytes
		}
	}
	return a
}

// add takes another flow's amounts in.
func (a *amounts) add(b *amounts) {
	if a.first == 0 || b.first < a.first {
		a.first = b.first
	}
	a.until = max(a.until, b.until)
	a.flow = nil
	for w := range a.bytes {
		a.bytes[w] += b.bytes[w]
		for k := range a.rate {
			a.rate[k][w] += b.rate[k][w]
		}
	}
}

// rateOver returns bytes/s over a window.
func (a *amounts) rateOver(window int, w ways) float64 {
	switch w {
	case onlySent:
		return a.rate[window][track.Sent]
	case onlyReceived:
		return a.rate[window][track.Received]
	}
	return a.rate[window][track.Sent] + a.rate[window][track.Received]
}

// total returns the bytes that passed.
func (a *amounts) total(w ways) uint64 {
	switch w {
	case onlySent:
		return a.bytes[track.Sent]
	case onlyReceived:
		return a.bytes[track.Received]
	}
	return a.bytes[track.Sent] + a.bytes[track.Received]
}

// rtt returns the round trip of a flow; 0 where it is not known, and of several.
func (a *amounts) rtt() time.Duration {
	if a.flow == nil {
		return 0
	}
	return rttOf(a.flow)
}

// age returns for how long the flow has been there, or was.
func (a *amounts) age() time.Duration { return time.Duration(max(0, a.until-a.first)) }

// rateText words bytes/s in the unit that people want.
func rateText(m *Model, bytesPerSecond float64) string {
	return widget.Rate(bytesPerSecond, m.Prefs.Bytes)
}

// rateScale turns rates into lengths of bars and heights of curves.
type rateScale struct {
	to    float64 // its end, bytes/s
	log   bool
	bytes bool // its end is a round number of bytes, not bits
}

const (
	// leastScale is the end of the shortest scale that follows traffic: 10 kb/s or kB/s.
	leastScale = 1e4

	// shrinkAt is the part of a scale below which the highest rate has to be for the scale
	// to become a shorter one: bars should not jump with every burst.
	shrinkAt = 0.1
)

// follow sets the scale's end: at Prefs.ScaleMax, or else at the first round number above
// the highest rate in the unit that it is shown in. It grows at once.
func (s *rateScale) follow(p *Prefs, highest float64) {
	if s.bytes != p.Bytes {
		s.to = 0
	}
	s.log, s.bytes = p.LogScale, p.Bytes
	if p.ScaleMax > 0 {
		s.to = p.ScaleMax
		return
	}
	unit := 8.0
	if p.Bytes {
		unit = 1
	}
	round := widget.Nice(max(highest*unit, leastScale)) / unit
	if round > s.to || highest < shrinkAt*s.to {
		s.to = round
	}
}

// share returns the length of a bar, 0 to 1.
func (s *rateScale) share(bytesPerSecond float64) float64 {
	return widget.Share(bytesPerSecond, s.to, s.log)
}

// seconds returns a time of that many seconds.
func seconds(v float64) time.Duration { return time.Duration(v * float64(time.Second)) }
