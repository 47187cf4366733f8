package tab

import (
	"cmp"
	"strconv"

	"sockeye/parse"
	"sockeye/track"
	"sockeye/track/names"
	"sockeye/track/proc"
)

// groupNames are the groups of flows as people know them.
var groupNames = [GroupBys]string{
	Ungrouped: "", ByProcess: "process", ByRemote: "remote", ByDomain: "domain", ByContainer: "container", ByPort: "port", ByCountry: "country",
}

// String returns what the flows are grouped by: "process".
func (g GroupBy) String() string {
	if g < GroupBys {
		return groupNames[g]
	}
	return ""
}

// groupKey tells a group from others of the same GroupBy. The zero key is that of flows
// that have none.
type groupKey struct {
	number uint64
	text   string
	words  [2]uint64
}

// grouper finds the groups of rows.
type grouper struct {
	by      GroupBy
	domains map[string]string // by host: working one out takes some microseconds
}

// maxDomains is how many hosts' domains are remembered: more than a table of flows has.
const maxDomains = 1 << 17

// key returns the group of a row.
func (g *grouper) key(m *Model, r *track.Row) groupKey {
	switch g.by {
	case ByProcess:
		return ownerKey(ownerOf(r))
	case ByRemote:
		return remoteKey(m, r)
	case ByDomain:
		if name := remoteName(m, r); name != "" {
			return groupKey{text: g.domain(name)}
		}
		return addressKey(r)
	case ByContainer:
		if p := ownerOf(r).Process; p != nil && p.Container != nil {
			return groupKey{text: p.Container.ID}
		}
	case ByPort:
		if m.Naming != nil {
			if port := m.Naming.Port(r); port != 0 {
				return groupKey{number: uint64(r.Proto)<<16 | uint64(port)}
			}
		}
		return groupKey{text: protoText(r)}
	case ByCountry:
		return groupKey{text: countryText(m, r)}
	}
	return groupKey{}
}

// ownerKey tells processes apart by their identity, never by name alone; of unknown ones
// the reasons.
func ownerKey(o *proc.Owner) groupKey {
	p := o.Process
	switch {
	case p == nil:
		return groupKey{number: uint64(o.Reason)}
	case p.PID == 0 && p.Kernel:
		return groupKey{words: [2]uint64{1}}
	case p.PID == 0:
		return groupKey{words: [2]uint64{2, uint64(p.UID)}, text: p.User}
	}
	return groupKey{words: [2]uint64{3, uint64(uint32(p.PID))}, number: p.Start}
}

// remoteKey groups by what the remote end is shown as: hosts of one name are one.
func remoteKey(m *Model, r *track.Row) groupKey {
	if name := remoteName(m, r); name != "" {
		return groupKey{text: name}
	}
	return addressKey(r)
}

func addressKey(r *track.Row) groupKey {
	if a := r.Remote.Addr; a.IsValid() {
		b := a.As16()
		return groupKey{words: [2]uint64{word(b[:8]), word(b[8:])}, text: a.Zone()}
	}
	return groupKey{number: word(r.Remote.MAC[:])}
}

func (g *grouper) domain(host string) string {
	if d, ok := g.domains[host]; ok {
		return d
	}
	if g.domains == nil || len(g.domains) >= maxDomains {
		g.domains = make(map[string]string)
	}
	d := names.Domain(host)
	g.domains[host] = d
	return d
}

// label names the group of a row.
func (g *grouper) label(m *Model, r *track.Row) string {
	switch g.by {
	case ByProcess:
		return cmp.Or(ownerText(ownerOf(r)), noOwner(ownerOf(r)))
	case ByRemote:
		return hostText(m, r, track.Received)
	case ByDomain:
		if name := remoteName(m, r); name != "" {
			return g.domain(name)
		}
		return hostText(m, r, track.Received)
	case ByContainer:
		if p := ownerOf(r).Process; p != nil && p.Container != nil {
			return containerText(p.Container)
		}
		return "(no container)"
	case ByPort:
		return portLabel(m, r)
	case ByCountry:
		if m.Naming == nil {
			return "(unknown)"
		}
		place := m.Naming.Place(&r.Remote)
		return cmp.Or(place.CountryName, place.Country, "(unknown)")
	}
	return ""
}

// noOwner names a group of flows of which it goes without saying that they have no owner.
func noOwner(o *proc.Owner) string {
	if o.Reason == proc.OtherHost {
		return "(other hosts)"
	}
	return "(unknown)"
}

// portLabel names the service of a row with its number: "https tcp/443".
func portLabel(m *Model, r *track.Row) string {
	text := protoText(r)
	if m.Naming == nil {
		return text
	}
	if port := m.Naming.Port(r); port != 0 {
		text += "/" + strconv.Itoa(int(port))
	}
	if name := m.Naming.Service(r); name != "" && m.Prefs.ServiceNames {
		text = name + " " + text
	}
	return text
}

// isProto reports whether a row is of an IP protocol.
func isProto(r *track.Row, proto uint16) bool { return isIP(r.Family) && r.Proto == proto }

// protoCounts are how many flows there are of the protocols that people count.
type protoCounts struct{ tcp, udp int }

func (c *protoCounts) add(r *track.Row) {
	switch {
	case isProto(r, parse.ProtoTCP):
		c.tcp++
	case isProto(r, parse.ProtoUDP):
		c.udp++
	}
}
