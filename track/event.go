package track

import "sockeye/parse/dpi"

// EventKind says what an Event tells.
type EventKind uint8

const (
	FlowOpened EventKind = iota // a new flow; what it speaks is known, or a second has passed
	FlowClosed                  // a flow ended: Row is its last state
	AppMessage                  // Detail: one message of an application
)

// An Event is something that happened to a flow.
type Event struct {
	Kind   EventKind
	Time   int64 // capture time, ns since the Unix epoch
	Row    Row   // of FlowOpened and FlowClosed; of AppMessage the ends and the ID
	Detail dpi.Detail
}
