package ui

import (
	"sockeye/track"
	"sockeye/track/geo"
	"sockeye/track/query"
)

// newQueryFields returns the fields of flows, with the names that the source knows.
func (a *App) newQueryFields() *query.Fields[track.Row] {
	n := a.model.Naming
	return track.QueryFields(track.QueryNames{
		Host: n.Host, Service: n.Service, Interface: n.Interface, Vendor: n.Vendor,
		Place: func(e *track.Endpoint) geo.Place {
			p := n.Place(e)
			return geo.Place{CountryCode: p.Country, Country: p.CountryName, City: p.City, ASN: p.ASN, Org: p.Network}
		},
		Now: func() int64 {
			if a.model.Snap == nil {
				return a.now.UnixNano()
			}
			return a.model.Snap.Time
		},
	})
}
