package track

import (
	"time"

	"sockeye/parse/dpi"
)

// How long a flow of UDP without states of its own is active, and when it is
// stale.
const (
	udpActiveFor = 30 * time.Second
	udpStaleFrom = 60 * time.Second
)

// describe fills in the row what its flow is at: State (of TCP the connection has
// done so), Closed, Ended, Stale, Held and Error.
func (sh *Shard) describe(row *Row, f *flow, slot uint32, now int64) {
	row.Closed, row.Ended = sh.end(f, slot, row.App)
	if sh.t.limits != nil && f.tag&archived != archived {
		limit, since := sh.age(f, slot, row.App, now)
		idle := time.Duration(now - since)
		if row.Held = f.life&heldOpen != 0 && idle > limit; !row.Held {
			row.Stale = float32(min(max(float64(idle)/float64(limit), 0), 1))
		}
	}
	if !f.isTCP() {
		row.State[0] = f.state(row, time.Duration(now-f.last))
	}
	if f.life&reported != 0 {
		row.Error = sh.reports.at(slot).row()
	}
}

// state returns the state of a flow that is not TCP.
func (f *flow) state(row *Row, idle time.Duration) State {
	if f.tag&archived == isOther {
		return f.stage
	}
	if s := appState(row.App); s != StateNone {
		return s
	}
	switch {
	case idle <= udpActiveFor:
		return UDPActive
	case idle <= udpStaleFrom || row.Held:
		return UDPIdle
	}
	return UDPStale
}

// appState returns the state that an application of UDP gives its flow: that of
// the outermost protocol that has one.
func appState(app *dpi.App) State {
	if app == nil {
		return StateNone
	}
	for _, d := range app.Details {
		if s, ok := d.(dpi.Stater); ok {
			return flowStates[s.State()]
		}
	}
	return StateNone
}
