package export

import (
	"net"

	"sockeye/parse"
	"sockeye/track"
)

var groupTexts = [...]string{
	track.GroupHost: "host",
	track.GroupPort: "port",
}

func (b *Builder) groups(s *track.Snapshot) {
	b.rec.Groups = resize(b.rec.Groups, len(s.Groups))
	for i := range s.Groups {
		from, to := &s.Groups[i], &b.rec.Groups[i]
		to.By, to.Other = groupTexts[from.By()], foldOf(from.Other)
		to.Entries = resize(to.Entries, len(from.Rows))
		for k := range from.Rows {
			r := &from.Rows[k]
			to.Entries[k] = b.Names.entry(from.By(), r)
			to.Entries[k].sum(r)
		}
	}
}

// entry words the key of a group's row.
func (n Names) entry(by track.GroupBy, r *track.GroupRow) Entry {
	switch {
	case by == track.GroupPort:
		return Entry{
			Proto: parse.ProtoName(uint8(r.Proto)),
			Port:  r.Port, Service: n.Services.Name(uint8(r.Proto), r.Port),
		}
	case r.Family == parse.FamilyLink:
		return Entry{MAC: net.HardwareAddr(r.Host.MAC[:]).String()}
	default:
		return Entry{Addr: r.Host.Addr.String(), Name: n.Hosts.Name(r.Host.Addr)}
	}
}

// sum fills all but the key.
func (e *Entry) sum(r *track.GroupRow) {
	e.Flows, e.First, e.Last = r.Flows, Time(r.First), Time(r.Last)
	e.Volume, e.Ways = bothWays(r.Count), waysOf(r.Count)
	e.Rates, e.WayRates = bothRates(&r.Rate), wayRatesOf(&r.Rate)
}
