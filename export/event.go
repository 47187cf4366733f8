package export

import (
	"fmt"
	"reflect"
	"time"
	"unsafe"

	"sockeye/capture"
	"sockeye/parse/dpi"
	"sockeye/track"
)

// EventSchema names the form of an Event, as Schema does that of a Record.
const EventSchema = "sockeye.events/1"

// Event is one line of --json-events. Which of the last fields it has depends on
// what it tells.
type Event struct {
	Schema string `json:"schema"`
	Event  string `json:"event"` // opened, closed, alert, end, or the key of the message that follows: dns, tls, http
	Time   Time   `json:"time"`

	Flow     *FlowFacts `json:"flow,omitempty"`             // opened, closed: all that is known
	Duration float64    `json:"duration_seconds,omitempty"` // closed: from the first packet to the last

	Totals *Totals `json:"totals,omitempty"` // end: what the whole run carried
	Drops  *Drops  `json:"drops,omitempty"`  // end: what was lost

	Alert *Alert `json:"alert,omitempty"`

	// Unmatched is, at the end, how many events the query left out.
	Unmatched uint64 `json:"unmatched_events,omitempty"`

	within *FlowName  // of a message: whose it is, written as flow
	detail dpi.Detail // the message, written under its own key
}

// FlowName says which flow a message belongs to.
type FlowName struct {
	ID        uint64 `json:"id"`
	Proto     string `json:"proto"`
	Family    string `json:"family"`
	Direction string `json:"direction"`
	Ends
	Owners
}

var eventNames = [...]string{track.FlowOpened: "opened", track.FlowClosed: "closed"}

// Events builds the lines of --json-events. It is for one goroutine.
type Events struct {
	Names Names

	b      Builder
	line   Event
	flow   FlowFacts
	within FlowName
}

// Interfaces tells the names of the interfaces by slot.
func (e *Events) Interfaces(all []capture.InterfaceStatus) {
	for i := range all {
		e.b.slots.set(all[i].Slot, all[i].Name)
	}
}

// Event returns the line of an event. It is valid until the next call.
func (e *Events) Event(from *track.Event) *Event {
	e.b.Names = e.Names
	if e.b.ends == nil {
		e.b.ends = new(endsCache)
	}
	e.line = Event{Schema: EventSchema, Time: Time(from.Time)}
	e.b.facts(&e.flow, &from.Row)
	if from.Kind == track.AppMessage {
		e.within = FlowName{e.flow.ID, e.flow.Proto, e.flow.Family, e.flow.Direction, e.flow.Ends, e.flow.Owners}
		e.line.Event, e.line.within, e.line.detail = from.Detail.Key(), &e.within, from.Detail
		return &e.line
	}
	e.line.Event, e.line.Flow = eventNames[from.Kind], &e.flow
	if from.Kind == track.FlowClosed {
		e.line.Duration = seconds(time.Duration(from.Row.Last - from.Row.First))
	}
	return &e.line
}

// End returns the last line of a run, from its final record.
func (e *Events) End(r *Record) *Event {
	e.line = Event{Schema: EventSchema, Event: "end", Time: r.Time, Totals: &r.Totals, Drops: &r.Drops}
	return &e.line
}

var (
	eventShape    = shapeOf(reflect.TypeFor[Event]())
	flowNameShape = shapeOf(reflect.TypeFor[FlowName]())
)

// AppendEvent appends an event as one line with its line end.
func (e *Encoder) AppendEvent(to []byte, v *Event) ([]byte, error) {
	e.err = nil
	b := e.value(to, eventShape, unsafe.Pointer(v)) // eventShape is that of an Event
	if v.detail != nil {
		b = append(b[:len(b)-1], `,"flow":`...)
		b = e.value(b, flowNameShape, unsafe.Pointer(v.within)) // it points to a FlowName
		b = append(b, fmt.Sprintf(",%q:", v.detail.Key())...)
		b = append(e.other(b, v.detail), '}')
	}
	if e.err != nil {
		return to, fmt.Errorf("encode event: %w", e.err)
	}
	return append(b, '\n'), nil
}
