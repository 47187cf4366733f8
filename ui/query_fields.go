package ui

import (
	"sockeye/track"
	"sockeye/track/query"
)

// newQueryFields returns the fields of flows: bare words are sought in names and
// addresses.
func (a *App) newQueryFields() *query.Fields[track.Row] {
	n := a.model.Naming
	return query.NewFields(nil, nil, func(r *track.Row, t *query.Test) bool {
		return t.Text(n.Host(r)) || t.Text(r.Remote.Addr.String()) || t.Text(r.Local.Addr.String())
	})
}
