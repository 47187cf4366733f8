package tab

import (
	"cmp"
	"slices"

	"sockeye/parse/dpi"
	"sockeye/track"
	"sockeye/track/query"
)

// entry is a line of the log: an event or an alarm, by its number since the start.
type entry struct {
	alarm bool
	n     uint64
	time  int64 // ns since the Unix epoch
}

// eventList is which entries are shown. Each is looked at once, unless what is wanted
// changes.
type eventList struct {
	shown  []entry // in the order of time
	counts [eventKinds]int

	log     *Log
	begun   uint64 // the log's
	kind    eventKind
	query   *query.Query[track.Row]
	drill   string // what identifies the steps
	events  uint64 // the number of the first that was not looked at
	alarms  uint64
	scratch track.Row
	app     dpi.App
	details [2]dpi.Detail
}

// spoken is a message that is known by all that its line says, so that a query finds what
// is seen.
type spoken struct {
	dpi.Detail
	text string
}

// Subject returns the text.
func (s *spoken) Subject() string { return s.text }

// update takes in what is new, and lets go of what had to make room. It reports whether
// something else is wanted than before.
func (l *eventList) update(m *Model, kind eventKind) (changed bool) {
	drill := ""
	for i := range m.Drill {
		drill += m.Drill[i].By + "\x00" + m.Drill[i].Label + "\x00"
	}
	changed = l.kind != kind || l.query != m.Query || l.drill != drill
	if changed || l.log != m.Log || l.begun != m.Log.begun {
		*l = eventList{shown: l.shown[:0], log: m.Log, begun: m.Log.begun, kind: kind, query: m.Query, drill: drill}
	}
	before := len(l.shown)
	all := m.Log.All()
	l.events = max(l.events, m.Log.gone)
	for i := int(l.events - m.Log.gone); i < len(all); i++ {
		if k := kindOf(&all[i]); (kind == allEvents || kind == k) && l.wants(m, &all[i]) {
			l.shown = append(l.shown, entry{n: l.events, time: all[i].Time})
		}
		l.events++
	}
	alarms := m.Log.Alarms()
	l.alarms = max(l.alarms, m.Log.alarm)
	for i := int(l.alarms - m.Log.alarm); i < len(alarms); i++ {
		if kind == allEvents || kind == alarmEvents {
			l.shown = append(l.shown, entry{alarm: true, n: l.alarms, time: alarms[i].Time.UnixNano()})
		}
		l.alarms++
	}
	if len(l.shown) > before {
		slices.SortStableFunc(l.shown, func(a, b entry) int { return cmp.Compare(a.time, b.time) })
	}
	l.shown = slices.DeleteFunc(l.shown, func(e entry) bool {
		return !e.alarm && e.n < m.Log.gone || e.alarm && e.n < m.Log.alarm
	})
	l.count(m)
	return changed
}

// count counts all that is kept, by kind.
func (l *eventList) count(m *Model) {
	l.counts = [eventKinds]int{}
	all := m.Log.All()
	for i := range all {
		l.counts[allEvents]++
		if k := kindOf(&all[i]); k != allEvents {
			l.counts[k]++
		}
	}
	l.counts[alarmEvents] = len(m.Log.Alarms())
	l.counts[allEvents] += l.counts[alarmEvents]
}

// wants reports whether the query and the drill-down find an event. A message is found
// by what it says, too.
func (l *eventList) wants(m *Model, e *track.Event) bool {
	if m.Query == nil && len(m.Drill) == 0 {
		return true
	}
	row := &e.Row
	if e.Kind == track.AppMessage {
		text, _ := eventText(e)
		l.details = [2]dpi.Detail{e.Detail, &spoken{e.Detail, text}}
		l.app = dpi.App{Protocol: e.Detail.Protocol(), Details: l.details[:]}
		l.scratch = e.Row
		l.scratch.App = &l.app
		row = &l.scratch
	}
	for i := range m.Drill {
		if !m.Drill[i].Match(row) {
			return false
		}
	}
	return m.Query.Match(row)
}

// event returns the event of an entry, nil of an alarm's.
func (e entry) event(l *Log) *track.Event {
	if e.alarm || e.n < l.gone || e.n-l.gone >= uint64(len(l.All())) {
		return nil
	}
	return &l.All()[e.n-l.gone]
}

// alarmOf returns the alarm of an entry, nil of an event's.
func (e entry) alarmOf(l *Log) *Alarm {
	if !e.alarm || e.n < l.alarm || e.n-l.alarm >= uint64(len(l.alarms)) {
		return nil
	}
	return &l.alarms[e.n-l.alarm]
}
