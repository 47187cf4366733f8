package tab

import (
	"slices"

	"sockeye/track"
)

// How many events and how many alarms a Log keeps.
const (
	maxLog    = 5000
	maxAlarms = 500
)

// Log keeps the last events and alarms in bounded memory, the newest last. The zero value
// is ready.
type Log struct {
	events []track.Event // up to twice maxLog, so that not every Add moves all of them
	gone   uint64
	begun  uint64 // how often it was emptied: numbers of before are of other events
	alarms []Alarm
	alarm  uint64 // alarms that had to make room
}

// NewLog returns an empty Log.
func NewLog() *Log { return new(Log) }

// Add appends events; the oldest make room. It keeps what they point to, not the slice.
func (l *Log) Add(all []track.Event) {
	if extra := len(all) - maxLog; extra > 0 {
		l.gone += uint64(extra)
		all = all[extra:]
	}
	before := len(l.All())
	if len(l.events)+len(all) > 2*maxLog {
		kept := l.events[len(l.events)-min(before, maxLog-len(all)):]
		n := copy(l.events, kept)
		clear(l.events[n:])
		l.events = l.events[:n]
	}
	l.events = append(l.events, all...)
	if extra := before + len(all) - maxLog; extra > 0 {
		l.gone += uint64(extra)
	}
}

// All returns what is kept, the oldest first. It is not to be written to, and valid
// until the next Add.
func (l *Log) All() []track.Event { return l.events[max(0, len(l.events)-maxLog):] }

// Gone returns how many events had to make room.
func (l *Log) Gone() uint64 { return l.gone }

// AddAlarm appends that an alarm began, or that it is over; Time says when.
func (l *Log) AddAlarm(a Alarm) {
	if len(l.alarms) == maxAlarms {
		l.alarms = slices.Delete(l.alarms, 0, 1)
		l.alarm++
	}
	l.alarms = append(l.alarms, a)
}

// Alarms returns the last alarms, the oldest first. It is not to be written to.
func (l *Log) Alarms() []Alarm { return l.alarms }

// Clone returns a copy, to be drawn.
func (l *Log) Clone() *Log {
	return &Log{events: slices.Clone(l.All()), gone: l.gone, begun: l.begun, alarms: slices.Clone(l.alarms), alarm: l.alarm}
}

// Reset forgets all of it.
func (l *Log) Reset() {
	clear(l.events)
	*l = Log{events: l.events[:0], begun: l.begun + 1}
}
