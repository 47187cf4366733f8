package export

import (
	"cmp"
	"net"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"sockeye/parse"
	"sockeye/track"
	"sockeye/track/geo"
	"sockeye/track/names"
)

// Names are the tables that records take names from. A nil table gives none.
type Names struct {
	Hosts    *names.Hosts
	Services *names.Services
	Places   *geo.Set
	Reverse  *names.Reverse // nil unless the network may be asked
	None     bool           // no names of hosts at all
}

// endsCache keeps the ends of flows from one record to the next: their texts
// cost more than all else of a row, and a flow that is in one record is likely
// to be in the next, too. Ids are given in sequence, so those that are shown
// together rarely share a place.
type endsCache [4096]struct {
	id   uint64
	from endsKey
	ends Ends
}

// endsKey is all that the ends of a row are made from.
type endsKey struct {
	local, remote track.Endpoint
	proto         uint16
	family        parse.Family
	class         track.Class
	known         bool
	name          string // the best that the flow has for its remote end
	places        uint64 // geo.Set.Version
}

// of returns the ends of a row. They are valid until the next call.
func (c *endsCache) of(r *track.Row, n Names) *Ends {
	key := endsKey{r.Local, r.Remote, r.Proto, r.Family, r.Class, r.InitiatorKnown, n.best(r), n.Places.Version()}
	place := &c[r.ID%uint64(len(c))]
	if place.id != r.ID || place.from != key || place.ends.Source == "" {
		place.id, place.from, place.ends = r.ID, key, n.ends(r)
	}
	return &place.ends
}

// best returns the name that a flow's remote end goes by, "" for none beyond
// those of this machine's tables.
func (n Names) best(r *track.Row) string {
	if n.None {
		return ""
	}
	if len(r.Names) > 0 {
		return r.Names[0].Name
	}
	if n.Reverse == nil || n.Hosts.Name(r.Remote.Addr) != "" {
		return ""
	}
	found, _ := n.Reverse.Name(r.Remote.Addr)
	return found.Name
}

// all returns the names of a flow's remote end, nil for none. It uses the memory of
// to.
func (n Names) all(to []Name, r *track.Row) []Name {
	if n.None {
		return nil
	}
	to = to[:0]
	for _, k := range r.Names {
		to = append(to, nameOf(k))
	}
	name := n.Hosts.Name(r.Remote.Addr)
	if name != "" && !slices.ContainsFunc(r.Names, func(k names.Name) bool { return strings.EqualFold(k.Name, name) }) {
		to = append(to, Name{Name: name, Source: names.HostsFile.String()})
	}
	if n.Reverse != nil && len(to) == 0 {
		if found, ok := n.Reverse.Name(r.Remote.Addr); ok {
			to = append(to, nameOf(found))
		}
	}
	return to
}

func nameOf(n names.Name) Name {
	domain := names.Domain(n.Name)
	if _, err := netip.ParseAddr(n.Name); err == nil {
		domain = "" // an address as the host of a request
	}
	return Name{
		Name: n.Name, Domain: domain, Source: n.Source.String(),
		Time: Time(n.At), Expires: Time(n.Expires), Outer: n.Outer,
	}
}

// ends words the ends of a row.
func (n Names) ends(r *track.Row) Ends {
	var e Ends
	e.Local, e.Source = n.end(r, &r.Local)
	e.Remote, e.Dest = n.end(r, &r.Remote)
	e.Remote.Name = cmp.Or(n.best(r), e.Remote.Name)
	e.Geo, e.Here = n.place(r.Remote.Addr), n.place(r.Local.Addr)
	if e.Service = n.service(r); e.Service == "" {
		return e
	}
	for _, end := range []*Endpoint{&e.Local, &e.Remote} {
		if n.Services.Name(uint8(r.Proto), end.Port) == e.Service {
			end.service = e.Service
		}
	}
	return e
}

// place says where an address is, nil for nowhere.
func (n Names) place(addr netip.Addr) *Geo {
	p := n.Places.Lookup(addr)
	if p == (geo.Place{}) {
		return nil
	}
	return &Geo{
		Country: p.CountryCode, CountryName: p.Country, City: p.City, PostalCode: p.PostalCode,
		ASN: uint64(p.ASN), Org: p.Org,
	}
}

// end words one end, and returns it as one text, too: "address:port",
// "[address]:port", or the address alone.
func (n Names) end(r *track.Row, from *track.Endpoint) (e Endpoint, text string) {
	if r.HasPorts() {
		e.Port = from.Port
	}
	switch {
	case r.Family == parse.FamilyLink:
		e.MAC = net.HardwareAddr(from.MAC[:]).String()
		return e, e.MAC
	case !from.Addr.IsValid():
		return e, ""
	}
	e.Name = n.Hosts.Name(from.Addr)
	e.Scope = names.Scope(from.Addr)
	var room [64]byte // "[", an address of 39, "]:65535"; a zone may ask for more
	b := room[:0]
	bracket := e.Port != 0 && from.Addr.Is6()
	if bracket {
		b = append(b, '[')
	}
	begin := len(b)
	b = from.Addr.AppendTo(b)
	end := len(b)
	if bracket {
		b = append(b, ']')
	}
	if e.Port != 0 {
		b = strconv.AppendUint(append(b, ':'), uint64(e.Port), 10)
	}
	text = string(b)
	e.IP = text[begin:end] // the same memory
	return e, text
}

// service names the port that was called.
func (n Names) service(r *track.Row) string {
	return n.Services.Name(uint8(r.Proto), r.ServicePort(n.Services))
}
