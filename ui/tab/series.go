package tab

import (
	"sockeye/track"
)

// Point is what passed in a second, and what there was at its end.
type Point struct {
	Time          int64      // ns since the Unix epoch
	Rate          [2]float64 // bytes/s of Totals.Own by way
	All           float64    // bytes/s of all
	Packets       float64    // of all, a second
	Flows         int
	Opened        int
	Closed        int
	RTT           float64 // median of the connections with traffic, seconds; 0 where none is known
	Retransmits   int
	Missed        int
	Interfaces    []PointRate // by slot
	Protocols     []ProtocolRate
	DropsInKernel uint64
}

// PointRate is what an interface carried: bytes/s by way.
type PointRate struct {
	Slot uint16
	Rate [2]float64
}

// ProtocolRate is what a protocol or an application carried.
type ProtocolRate struct {
	Name string
	Rate float64 // bytes/s
}

// Series keeps Points: a second apart for ten minutes, then ever coarser, for as long as
// the run lasts, in bounded memory.
type Series struct {
	points []Point
}

// Add appends what a snapshot says, with what happened since the one before.
func (s *Series) Add(p Point) { s.points = append(s.points, p) }

// Last returns the points of the last n seconds, the oldest first. They are not to be
// written to.
func (s *Series) Last(n int) []Point {
	return s.points[max(0, len(s.points)-n):]
}

// Log keeps the last events in bounded memory, the newest last.
type Log struct {
	events []track.Event
	lost   uint64
}

const maxLog = 5000

// Add appends events; the oldest make room.
func (l *Log) Add(all []track.Event) {
	l.events = append(l.events, all...)
	if extra := len(l.events) - maxLog; extra > 0 {
		l.lost += uint64(extra)
		l.events = append(l.events[:0], l.events[extra:]...)
	}
}

// All returns what is kept, the oldest first. It is not to be written to.
func (l *Log) All() []track.Event { return l.events }

// Gone returns how many events had to make room.
func (l *Log) Gone() uint64 { return l.lost }
