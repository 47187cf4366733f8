package export

import (
	"fmt"
	"math/bits"

	"sockeye/parse"
	"sockeye/track"
)

var familyTexts = [...]string{
	parse.FamilyNone: "none",
	parse.FamilyIPv4: "ipv4",
	parse.FamilyIPv6: "ipv6",
	parse.FamilyLink: "link",
	parse.FamilyARP:  "arp",
}

var classTexts = [...]string{
	track.Outgoing:  "outgoing",
	track.Incoming:  "incoming",
	track.Loopback:  "loopback",
	track.Forwarded: "forwarded",
}

// flow fills f from a row.
func (b *Builder) flow(f *Flow, r *track.Row) {
	b.facts(&f.FlowFacts, r)
	f.Rates, f.WayRates = bothRates(&r.Rate), wayRatesOf(&r.Rate)
}

// facts fills f from a row. It keeps the memory of f.Interfaces, f.Health, f.Names and
// of the attributions.
func (b *Builder) facts(f *FlowFacts, r *track.Row) {
	health, of, owners := f.Health, f.Names, f.Owners
	*f = FlowFacts{
		ID: r.ID, Proto: protoText(r.Family, r.Proto), Family: familyTexts[r.Family],
		Direction: classTexts[r.Class],
		Guessed:   !r.InitiatorKnown && (r.Class == track.Outgoing || r.Class == track.Incoming),
		Ends:      *b.ends.of(r, b.Names),
		VLAN:      r.VLAN,
		Interface: b.slots.name(r.Iface), Interfaces: b.slots.others(f.Interfaces[:0], r),
		First: Time(r.First), Last: Time(r.Last),
		Volume: bothWays(r.Count), Ways: waysOf(r.Count), Peaks: peaksOf(r.Peak),
	}
	if isICMP(r) {
		f.ICMPID = r.Local.Port
	}
	f.Owners = owners
	b.owners(&f.Owners, r)
	f.Condition = b.condition(r, health)
	f.Names = b.Names.all(of, r)
}

func isIP(f parse.Family) bool { return f == parse.FamilyIPv4 || f == parse.FamilyIPv6 }

func isICMP(r *track.Row) bool {
	return isIP(r.Family) && (r.Proto == parse.ProtoICMP || r.Proto == parse.ProtoICMPv6)
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
	names []string // by slot; "" for one that was not met yet
}

func (s *slotNames) set(slot uint16, name string) {
	for len(s.names) <= int(slot) {
		s.names = append(s.names, "")
	}
	if name == "" {
		name = fmt.Sprintf("#%d", slot)
	}
	s.names[slot] = name
}

// name returns the name of the interface in a slot; one that has none, as in
// most files, goes by its number.
func (s *slotNames) name(slot uint16) string {
	if int(slot) >= len(s.names) || s.names[slot] == "" {
		s.set(slot, "")
	}
	return s.names[slot]
}

// others appends the names of the interfaces that carried a row's packets
// besides its home.
func (s *slotNames) others(to []string, r *track.Row) []string {
	const last = 31 // stands for all further slots, too
	for rest := r.Ifaces &^ (1 << min(r.Iface, last)); rest != 0; rest &= rest - 1 {
		if slot := bits.TrailingZeros32(rest); slot < last {
			to = append(to, s.name(uint16(slot)))
		} else {
			to = append(to, "…")
		}
	}
	return to
}
