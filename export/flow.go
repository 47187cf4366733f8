package export

import (
	"fmt"
	"net"
	"strconv"

	"sockeye/parse"
	"sockeye/track"
	"sockeye/track/names"
)

// Names are the tables that records take names from. A nil table gives none.
type Names struct {
	Hosts    *names.Hosts
	Services *names.Services
}

var familyTexts = map[parse.Family]string{
	parse.FamilyNone: "none",
	parse.FamilyIPv4: "ipv4",
	parse.FamilyIPv6: "ipv6",
	parse.FamilyLink: "link",
	parse.FamilyARP:  "arp",
}

var classTexts = map[track.Class]string{
	track.Outgoing:  "outgoing",
	track.Incoming:  "incoming",
	track.Loopback:  "loopback",
	track.Forwarded: "forwarded",
}

// flow fills f from a row. It keeps the memory of f.Interfaces.
func (n Names) flow(f *Flow, r *track.Row, slots *slotNames) {
	*f = Flow{
		ID: r.ID, Proto: protoText(r.Family, r.Proto), Family: familyTexts[r.Family],
		Direction: classTexts[r.Class],
		Guessed:   !r.InitiatorKnown && (r.Class == track.Outgoing || r.Class == track.Incoming),
		Local:     n.endpoint(r, r.Local), Remote: n.endpoint(r, r.Remote),
		VLAN:      r.VLAN,
		Interface: slots.name(r.Iface), Interfaces: slots.others(f.Interfaces[:0], r),
		First: timeText(r.First), Last: timeText(r.Last),
		Volume: bothWays(r.Count), Ways: waysOf(r.Count),
		Rates: bothRates(r.Rate), WayRates: wayRatesOf(r.Rate), Peaks: peaksOf(r.Peak),
	}
	f.Source, f.Dest = f.Local.text(), f.Remote.text()
	if isICMP(r) {
		f.ICMPID = r.Local.Port
	}
	if f.Service = n.service(r); f.Service != "" {
		f.Local.service = n.Services.Name(uint8(r.Proto), f.Local.Port)
		f.Remote.service = n.Services.Name(uint8(r.Proto), f.Remote.Port)
		for _, e := range []*Endpoint{&f.Local, &f.Remote} {
			if e.service != f.Service {
				e.service = ""
			}
		}
	}
}

func (n Names) endpoint(r *track.Row, e track.Endpoint) Endpoint {
	var out Endpoint
	switch {
	case r.Family == parse.FamilyLink:
		out.MAC = net.HardwareAddr(e.MAC[:]).String()
	case e.Addr.IsValid():
		out.IP = e.Addr.String()
		out.Name = n.Hosts.Name(e.Addr)
	}
	if hasPorts(r) {
		out.Port = e.Port
	}
	return out
}

// text returns "address:port", "[address]:port", or the address alone.
func (e *Endpoint) text() string {
	if e.IP == "" {
		return e.MAC
	}
	if e.Port == 0 {
		return e.IP
	}
	return net.JoinHostPort(e.IP, strconv.Itoa(int(e.Port)))
}

// service names the port that was called: the responder's.
func (n Names) service(r *track.Row) string {
	if !hasPorts(r) {
		return ""
	}
	called := -1
	if r.InitiatorKnown {
		switch r.Class {
		case track.Outgoing:
			called = int(r.Remote.Port)
		case track.Incoming:
			called = int(r.Local.Port)
		}
	}
	return n.Services.Of(uint8(r.Proto), called, r.Local.Port, r.Remote.Port)
}

func isIP(f parse.Family) bool { return f == parse.FamilyIPv4 || f == parse.FamilyIPv6 }

func isICMP(r *track.Row) bool {
	return isIP(r.Family) && (r.Proto == parse.ProtoICMP || r.Proto == parse.ProtoICMPv6)
}

func hasPorts(r *track.Row) bool {
	if !isIP(r.Family) {
		return false
	}
	switch r.Proto {
	case parse.ProtoTCP, parse.ProtoUDP, parse.ProtoDCCP, parse.ProtoSCTP, parse.ProtoUDPLite:
		return true
	}
	return false
}

// protoText names a protocol: an IP protocol for IP, else an EtherType.
func protoText(f parse.Family, proto uint16) string {
	switch {
	case isIP(f):
		return parse.ProtoName(uint8(proto))
	case f == parse.FamilyNone && proto == 0:
		return "unknown"
	default:
		return parse.EtherTypeName(proto)
	}
}

// slotNames knows the interfaces by slot.
type slotNames struct {
	names []string // by slot; "" for a slot without a name
}

func (s *slotNames) set(slot uint16, name string) {
	for len(s.names) <= int(slot) {
		s.names = append(s.names, "")
	}
	s.names[slot] = name
}

// name returns the name of the interface in a slot; one that has none, as in
// most files, goes by its number.
func (s *slotNames) name(slot uint16) string {
	if int(slot) < len(s.names) && s.names[slot] != "" {
		return s.names[slot]
	}
	return fmt.Sprintf("#%d", slot)
}

// others appends the names of the interfaces that carried a row's packets
// besides its home.
func (s *slotNames) others(to []string, r *track.Row) []string {
	const last = 31 // stands for all further slots, too
	for slot := range uint16(last) {
		if r.Ifaces&(1<<slot) != 0 && slot != r.Iface {
			to = append(to, s.name(slot))
		}
	}
	if r.Ifaces&(1<<last) != 0 && r.Iface < last {
		to = append(to, "…")
	}
	return to
}
