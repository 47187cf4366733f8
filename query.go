package main

import (
	"sockeye/capture"
	"sockeye/export"
	"sockeye/parse/dpi"
	"sockeye/track"
	"sockeye/track/query"
)

// choice is the flows that --query names. It is for one goroutine.
type choice struct {
	query *query.Query[track.Row] // nil for all
	names *shownNames
	now   int64 // the capture's clock, for how old flows are

	left uint64    // events that it left out
	row  track.Row // memory for that of a message
}

// choose reads the query of the options. reverse is nil where the network is not asked.
func (a *app) choose(o *recordFlags, tables export.Names, reverse *reverser) (*choice, error) {
	c := &choice{names: newShownNames(tables, reverse)}
	if o.Query == "" {
		return c, nil
	}
	names := queryNames(c.names)
	names.Now = func() int64 { return c.now }
	var err error
	c.query, err = query.Compile(o.Query, track.QueryFields(names), a.queryOptions())
	return c, err
}

// queryOptions are the queries that the configuration saves.
func (a *app) queryOptions() query.Options {
	if a.settings == nil {
		return query.Options{}
	}
	return query.Options{Saved: a.settings.Queries}
}

// snapshooter takes snapshots: a track.Table, or what stands before one.
type snapshooter interface {
	Snapshot(s *track.Snapshot, r track.Request)
}

// snapshot takes one, and leaves the flows that are chosen, of which those count that rank
// highest.
func (c *choice) snapshot(t snapshooter, s *track.Snapshot, r track.Request, interfaces func() []capture.InterfaceStatus) {
	if c.query == nil {
		t.Snapshot(s, r)
		return
	}
	top := r.Top
	r.Top = 0
	t.Snapshot(s, r)
	c.names.interfaces(interfaces())
	c.now = s.Time
	s.Select(c.query.Match, top, r.By)
}

// tell reports whether an event is about a flow that is chosen, as the flow is at that
// time. A message is chosen by the ends and owners of its flow, and by what it says.
func (c *choice) tell(e *track.Event, all []capture.InterfaceStatus) bool {
	if c.query == nil {
		return true
	}
	c.names.interfaces(all)
	c.now = e.Time
	row := &e.Row
	if e.Kind == track.AppMessage {
		row, c.row = &c.row, e.Row
		row.App = &dpi.App{Protocol: e.Detail.Protocol(), Details: []dpi.Detail{e.Detail}}
	}
	if c.query.Match(row) {
		return true
	}
	c.left++
	return false
}

// queryHint says what to do about a query that cannot be read.
func queryHint(e *query.Error) string {
	if e.Suggestion != "" {
		return "did you mean " + e.Suggestion + "?"
	}
	return "'process:curl', 'port:443', 'host:10.0.0.0/8', 'rate>1M and not tcp', '\"any text\"'; docs/query.md has the language"
}
