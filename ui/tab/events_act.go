package tab

import (
	"encoding/json"
	"fmt"
	"time"

	"sockeye/track"
	"sockeye/ui/term"
)

// Act moves about in the log, chooses the kind of what is shown, and opens an entry's
// flow.
func (e *Events) Act(m *Model, a Action) bool {
	t := &e.table
	switch a {
	case DoRowUp:
		e.move(-1)
	case DoRowDown:
		e.move(1)
	case DoPageUp:
		e.move(-t.Page())
	case DoPageDown:
		e.move(t.Page())
	case DoHalfPageUp:
		e.move(-max(1, t.Page()/2))
	case DoHalfPageDown:
		e.move(max(1, t.Page()/2))
	case DoFirst:
		e.move(-t.Rows)
	case DoLast, DoReset:
		e.follow = true
	case DoBack:
		return e.back()
	case DoOpen:
		e.open(m)
	case DoGroupNext:
		e.kind = (e.kind + 1) % eventKinds
		e.follow = true
	default:
		return false
	}
	return true
}

// move moves the selection, and ends following.
func (e *Events) move(n int) {
	t := &e.table
	if e.follow && n < 0 && t.Rows > 0 {
		t.Selected, n = t.Rows-1, n+1
	}
	if e.follow && n > 0 {
		return // there is nothing behind the newest
	}
	e.follow = false
	t.Move(n)
	e.keep()
}

// back deselects, and follows again.
func (e *Events) back() bool {
	if e.follow {
		return false
	}
	e.follow = true
	return true
}

// open goes to the flow of the selected entry.
func (e *Events) open(m *Model) {
	t := &e.table
	if t.Selected < 0 || t.Selected >= len(e.list.shown) {
		return
	}
	of, flow := e.list.shown[t.Selected], uint64(0)
	if a := of.alarmOf(m.Log); a != nil {
		flow = a.Flow
	} else if ev := of.event(m.Log); ev != nil {
		flow = ev.Row.ID
	}
	if flow == 0 && of.alarm {
		m.Send(Request{Tab: -1, Status: "this alert is about no single flow"})
		return
	}
	m.Send(Request{Tab: DetailsTab, Flow: flow})
}

// wheelRows is how far a step of the wheel goes.
const wheelRows = 3

// Mouse selects by a click, chooses kinds, and scrolls.
func (e *Events) Mouse(m *Model, ev term.Event) bool {
	t := &e.table
	switch ev.Kind {
	case term.WheelUp, term.WheelDown:
		n := wheelRows
		if ev.Kind == term.WheelUp {
			n = -wheelRows
		}
		e.follow = e.follow && n > 0
		t.Scroll(n)
		if t.Selected < 0 && t.Top+t.Page() >= t.Rows {
			e.follow = true // down at the newest again
		}
		e.keep()
		return true
	case term.MouseDrag:
		t.Drag(e.drag, ev.X)
		return e.drag != ""
	case term.MouseRelease:
		e.drag = ""
	case term.MousePress:
		return e.press(ev)
	}
	return false
}

// press chooses what lies under the pointer. Any button selects a row.
func (e *Events) press(ev term.Event) bool {
	left := ev.Button == term.LeftButton
	for k, at := range e.kinds {
		if left && ev.Y == 0 && ev.X >= at[0] && ev.X < at[1] {
			e.kind, e.follow = eventKind(k), true
			return true
		}
	}
	if !e.body.Contains(ev.X, ev.Y) {
		return false
	}
	if key, edge, ok := e.table.ColumnAt(ev.X, ev.Y-e.body.Y); ok && edge && left {
		e.drag = key
		return true
	}
	row, ok := e.table.RowAt(ev.Y - e.body.Y)
	if !ok {
		return false
	}
	e.follow, e.table.Selected = false, row
	e.keep()
	return true
}

// Tip says all of an entry that has no room in its row.
func (e *Events) Tip(m *Model, x, y int) func(m *Model) *Tip {
	row, ok := e.table.RowAt(y - e.body.Y)
	if !ok || !e.body.Contains(x, y) || row >= len(e.list.shown) {
		return nil
	}
	of := e.list.shown[row]
	return func(m *Model) *Tip {
		if a := of.alarmOf(m.Log); a != nil {
			text, _ := alarmText(a)
			return &Tip{Title: "alert", Lines: []TipLine{{"Time", clockText(m, a.Time.UnixNano())}, {"", text}}}
		}
		ev := of.event(m.Log)
		if ev == nil {
			return nil // it had to make room
		}
		return eventTip(m, ev)
	}
}

func eventTip(m *Model, ev *track.Event) *Tip {
	text, _ := eventText(ev)
	r := &ev.Row
	return &Tip{Title: eventName(ev), Lines: []TipLine{
		{"Time", clockText(m, ev.Time)}, {"Flow", fmt.Sprint(r.ID)}, {"Process", ownerText(ownerOf(r))},
		{"Local", endText(m, r, track.Sent)}, {"Remote", endText(m, r, track.Received)},
		{"Address", addressText(r, &r.Remote)}, {"", ""}, {"", text},
	}}
}

// eventObject is an entry as an export has it.
type eventObject struct {
	Time   time.Time `json:"time"`
	Event  string    `json:"event"`
	Flow   uint64    `json:"flow,omitempty"`
	PID    uint32    `json:"pid,omitempty"`
	Owner  string    `json:"process,omitempty"`
	Local  string    `json:"local,omitempty"`
	Remote string    `json:"remote,omitempty"`
	Text   string    `json:"text"`
	Detail any       `json:"detail,omitempty"` // of a message: all that it says
}

// Sheet returns the entries that are shown.
func (e *Events) Sheet(m *Model) *Sheet {
	e.list.update(m, e.kind)
	s := &Sheet{Name: "events", Columns: []string{"time", "event", "process", "local", "remote", "what"}}
	for i := range e.list.shown {
		s.Rows = append(s.Rows, e.fields(m, i))
	}
	shown := e.list.shown
	objects := make([]eventObject, 0, len(shown))
	for _, of := range shown {
		objects = append(objects, eventObjectOf(m, of))
	}
	s.Objects = func() ([]byte, error) { return json.MarshalIndent(objects, "", "  ") }
	return s
}

func eventObjectOf(m *Model, of entry) eventObject {
	if a := of.alarmOf(m.Log); a != nil {
		text, _ := alarmText(a)
		return eventObject{Time: a.Time, Event: "alert", Flow: a.Flow, Text: text}
	}
	ev := of.event(m.Log)
	if ev == nil {
		return eventObject{Time: time.Unix(0, of.time)}
	}
	text, _ := eventText(ev)
	r := &ev.Row
	o := eventObject{
		Time: time.Unix(0, ev.Time), Event: eventName(ev), Flow: r.ID, Owner: ownerText(ownerOf(r)),
		Local: endText(m, r, track.Sent), Remote: endText(m, r, track.Received), Text: text,
	}
	if p := ownerOf(r).Process; p != nil {
		o.PID = uint32(p.PID)
	}
	if ev.Kind == track.AppMessage {
		o.Detail = ev.Detail
	}
	return o
}
