package export

import (
	"cmp"
	"fmt"
	"net"
	"strings"

	"sockeye/parse"
	"sockeye/track"
)

// Group adds flows up by what they have in common. Its entries and its other
// together are the totals.
type Group struct {
	By      string  `json:"by"`      // host: the remote end; port: the protocol, and the port that was called; process, container, user, unit, package: the owner
	Entries []Entry `json:"entries"` // as many as the top has flows, ranked like them, the highest first
	Other   Fold    `json:"other"`   // beyond the top, filtered, unmatched, without such a key, or no longer in the table
}

// Entry is what the flows with one key add up to. Which fields make the key
// depends on the group.
type Entry struct {
	Addr      string     `json:"ip,omitempty"`        // host; Volume has an IP, too
	MAC       string     `json:"mac,omitempty"`       // host, only of what is not IP
	Name      string     `json:"name,omitempty"`      // host: from this machine's tables
	Proto     string     `json:"proto,omitempty"`     // port: "tcp", "udp", …
	Port      uint16     `json:"port,omitempty"`      // port
	Service   string     `json:"service,omitempty"`   // port: its name
	Process   *Process   `json:"process,omitempty"`   // process
	Container *Container `json:"container,omitempty"` // container
	UID       *uint64    `json:"uid,omitempty"`       // user
	User      string     `json:"user,omitempty"`      // user: the name
	Unit      string     `json:"unit,omitempty"`      // unit
	Package   *Package   `json:"package,omitempty"`   // package
	Reason    string     `json:"reason,omitempty"`    // of the groups by owner: why he is not known, or no more than the user

	Flows   uint64 `json:"flows"`                // in the table
	Gone    uint64 `json:"flows_gone,omitempty"` // of the groups by owner: that have left it, and are counted
	Remotes uint64 `json:"remotes,omitempty"`    // likewise: different remote addresses
	First   Time   `json:"first"`                // of the first packet
	Last    Time   `json:"last"`                 // of the last packet

	Volume
	Ways
	Rates
	WayRates

	Peer *PeerSum `json:"peer,omitempty"` // flows between two owners here, which count for the other one
}

// PeerSum is what flows add up to that count for the owner of their other end. Sent is
// what this end sent.
type PeerSum struct {
	Flows uint64 `json:"flows"`
	Volume
	Ways
	Rates
	WayRates
}

var groupTexts = [...]string{
	track.GroupHost:      "host",
	track.GroupPort:      "port",
	track.GroupProcess:   "process",
	track.GroupContainer: "container",
	track.GroupUser:      "user",
	track.GroupUnit:      "unit",
	track.GroupPackage:   "package",
}

func (b *Builder) groups(s *track.Snapshot) {
	b.rec.Groups = resize(b.rec.Groups, len(s.Groups))
	for i := range s.Groups {
		from, to := &s.Groups[i], &b.rec.Groups[i]
		to.By, to.Other = groupTexts[from.By()], foldOf(from.Other)
		to.Entries = resize(to.Entries, len(from.Rows))
		for k := range from.Rows {
			r := &from.Rows[k]
			to.Entries[k] = b.entry(from.By(), r)
			to.Entries[k].sum(r)
		}
	}
}

// entry words the key of a group's row.
func (b *Builder) entry(by track.GroupBy, r *track.GroupRow) Entry {
	n := b.Names
	switch {
	case by == track.GroupPort:
		return Entry{
			Proto: parse.ProtoName(uint8(r.Proto)),
			Port:  r.Port, Service: n.Services.Name(uint8(r.Proto), r.Port),
		}
	case by != track.GroupHost:
		return b.whoseEntry(by, r)
	case r.Family == parse.FamilyLink:
		return Entry{MAC: net.HardwareAddr(r.Host.MAC[:]).String()}
	default:
		return Entry{Addr: r.Host.Addr.String(), Name: n.Hosts.Name(r.Host.Addr)}
	}
}

// whoseEntry words the key of a row of the groups by owner.
func (b *Builder) whoseEntry(by track.GroupBy, r *track.GroupRow) Entry {
	e := Entry{Reason: r.Reason.String()}
	p := b.whose.of(r.Process)
	if p == nil {
		return e
	}
	switch by {
	case track.GroupProcess:
		e.Process = p
	case track.GroupContainer:
		e.Container = p.Container
	case track.GroupUser:
		e.UID, e.User = p.UID, p.User
	case track.GroupUnit:
		e.Unit = p.Unit
	case track.GroupPackage:
		e.Package = p.Package
	}
	return e
}

// sum fills all but the key.
func (e *Entry) sum(r *track.GroupRow) {
	e.Flows, e.First, e.Last = r.Flows, Time(r.First), Time(r.Last)
	e.Gone, e.Remotes = r.Gone, r.Remotes
	e.Volume, e.Ways = bothWays(r.Count), waysOf(r.Count)
	e.Rates, e.WayRates = bothRates(&r.Rate), wayRatesOf(&r.Rate)
	if p := r.Peer; p != nil {
		e.Peer = &PeerSum{p.Flows, bothWays(p.Count), waysOf(p.Count), bothRates(&p.Rate), wayRatesOf(&p.Rate)}
	}
}

// whole returns the entry with its peer's part in its own numbers: all that passed at
// the sockets of one owner.
func (e *Entry) whole() Entry {
	w := *e
	if p := e.Peer; p != nil {
		w.Peer = nil
		w.Flows += p.Flows
		w.Volume.add(&p.Volume)
		w.Ways.add(&p.Ways)
		w.Rates.add(&p.Rates)
		w.WayRates.add(&p.WayRates)
	}
	return w
}

// text words the key.
func (e *Entry) text() string {
	switch {
	case e.Port != 0:
		return cmp.Or(e.Service, fmt.Sprint(e.Port))
	case e.Process != nil:
		return e.Process.text()
	case e.Container != nil:
		return e.Container.text()
	case e.UID != nil:
		return cmp.Or(e.User, fmt.Sprint(*e.UID))
	case e.Unit != "":
		return e.Unit
	case e.Package != nil:
		return e.Package.Name
	case e.Reason != "":
		return "unknown: " + e.Reason
	}
	return e.host()
}

// host words the host, as Text.host does without a port.
func (e *Entry) host() string { return cmp.Or(e.Name, e.Addr, e.MAC) }

// compareKeys orders entries as their keys are read.
func (e *Entry) compareKeys(o *Entry) int {
	return cmp.Or(strings.Compare(e.host(), o.host()), cmp.Compare(e.Port, o.Port), strings.Compare(e.Proto, o.Proto), strings.Compare(e.text(), o.text()))
}

// about says in a few words what the entry's flows are.
func (e *Entry) about() string {
	text := counted(e.Flows, "flow")
	if e.Remotes > 0 {
		text += ", " + counted(e.Remotes, "host")
	}
	switch {
	case e.Process != nil && e.Process.PID != 0:
		if user := e.Process.user(); user != "" {
			text += ", " + user
		}
		if c := e.Process.Container; c != nil {
			text += " in " + c.text()
		}
	case e.Container != nil && e.Container.Runtime != "":
		text += ", " + e.Container.Runtime
	case e.Package != nil && e.Package.Version != "":
		text += ", " + e.Package.Version
	}
	return text
}

// counted words a number of things.
func counted(n uint64, what string) string {
	if n != 1 {
		what += "s"
	}
	return fmt.Sprintf("%d %s", n, what)
}
