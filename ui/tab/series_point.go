package tab

import (
	"time"

	"sockeye/track"
)

// Volume is a number of packets and their bytes on the wire.
type Volume struct{ Bytes, Packets uint64 }

func (v *Volume) add(w Volume) { v.Bytes, v.Packets = v.Bytes+w.Bytes, v.Packets+w.Packets }

// How many things of a kind a Point tells apart. Of what there is more, the last place
// has the rest.
const (
	maxPointInterfaces = 16
	maxPointProtocols  = 12
	maxPointApps       = 32
)

// tcpStates are the states of TCP that a Point counts, the first of them SynSent.
const tcpStates = int(track.Closed-track.SynSent) + 1

// Point is what passed in a stretch of time, and what there was at its end.
type Point struct {
	Time int64 // its end, ns since the Unix epoch on the capture's clock
	Span int64 // its length, ns

	Own  [2]Volume  // this machine's traffic with others, by way
	All  Volume     // each packet once
	Peak [3]float64 // bytes/s over the fullest reading in it: sent, received, all

	Active, MostActive int    // flows that have not ended: at its end, and the most
	Opened, Closed     uint64 // flows

	// RTT is the median of the TCP connections with traffic, averaged over RTTSpan, the
	// time (ns) for which one was known; 0 where that is 0.
	RTT        time.Duration
	RTTSpan    int64
	HighestRTT time.Duration // the highest of the medians

	TCP         uint64 // segments
	Retransmits uint64 // of them
	Spurious    uint64 // of the retransmits, those of what had arrived
	OutOfOrder  uint64 // of them
	Missed      uint64 // gaps in what was captured of connections
	States      [tcpStates]uint32

	Lost    uint64 // packets that the kernel dropped
	Queue   uint64 // packets that did not reach their flow
	Evicted uint64 // flows that had to leave a full table
	Unrowed uint64 // bytes of packets that belong to no row

	// By place: Series tells what each stands for.
	Interfaces [maxPointInterfaces][2]Volume
	Protocols  [maxPointProtocols]Volume
	Apps       [maxPointApps]uint64 // bytes
}

// Rate returns this machine's bytes/s to others (track.Sent) or from them.
func (p *Point) Rate(way int) float64 { return perSecond(float64(p.Own[way].Bytes), p.Span) }

// AllRate returns the bytes/s of everything, each packet once.
func (p *Point) AllRate() float64 { return perSecond(float64(p.All.Bytes), p.Span) }

// SegmentsLost returns the segments that were lost: those that were sent again. That one had
// arrived after all may be known only later: a sum is nearer to the truth than its parts.
func (p *Point) SegmentsLost() uint64 { return p.Retransmits - min(p.Spurious, p.Retransmits) }

// perSecond divides by a length of time in ns; it returns 0 where that is 0.
func perSecond(amount float64, span int64) float64 {
	if span <= 0 {
		return 0
	}
	return amount / (float64(span) / float64(time.Second))
}

// join adds the point that follows p to it.
func (p *Point) join(q *Point) {
	p.Time = q.Time
	p.Span += q.Span
	for way := range p.Own {
		p.Own[way].add(q.Own[way])
	}
	p.All.add(q.All)
	for i := range p.Peak {
		p.Peak[i] = max(p.Peak[i], q.Peak[i])
	}
	p.Active, p.MostActive = q.Active, max(p.MostActive, q.MostActive)
	p.Opened += q.Opened
	p.Closed += q.Closed
	p.joinHealth(q)
	p.Lost += q.Lost
	p.Queue += q.Queue
	p.Evicted += q.Evicted
	p.Unrowed += q.Unrowed
	for i := range p.Interfaces {
		p.Interfaces[i][0].add(q.Interfaces[i][0])
		p.Interfaces[i][1].add(q.Interfaces[i][1])
	}
	for i := range p.Protocols {
		p.Protocols[i].add(q.Protocols[i])
	}
	for i := range p.Apps {
		p.Apps[i] += q.Apps[i]
	}
}

// joinHealth is the part of join that is about TCP.
func (p *Point) joinHealth(q *Point) {
	if span := p.RTTSpan + q.RTTSpan; span > 0 {
		p.RTT = time.Duration((float64(p.RTT)*float64(p.RTTSpan) + float64(q.RTT)*float64(q.RTTSpan)) / float64(span))
		p.RTTSpan = span
	}
	p.HighestRTT = max(p.HighestRTT, q.HighestRTT)
	p.TCP += q.TCP
	p.Retransmits += q.Retransmits
	p.Spurious += q.Spurious
	p.OutOfOrder += q.OutOfOrder
	p.Missed += q.Missed
	p.States = q.States
}
