package export

// Alert says that something is worth a warning, or is so no more.
type Alert struct {
	Rule    string  `json:"rule,omitempty"` // its name, where it has one
	On      string  `json:"on"`             // flow, process, remote, interface, total
	Metric  string  `json:"metric"`         // rate, volume, new-destination, new-process, drops
	State   string  `json:"state"`          // began, ended
	Subject string  `json:"subject"`        // what it is about, for people
	Value   float64 `json:"value"`          // bytes/s, bytes or packets; 0 of what is new
	Above   float64 `json:"above"`          // the limit, the same
	FlowID  uint64  `json:"flow_id,omitempty"`
	Since   Time    `json:"since"` // when it began
}

// Alert returns the line of an alert. It is valid until the next call.
func (e *Events) Alert(a *Alert, at Time) *Event {
	e.line = Event{Schema: EventSchema, Event: "alert", Time: at, Alert: a}
	return &e.line
}
