package export

import (
	"fmt"

	"sockeye/parse"
	"sockeye/track"
)

// condition words what a row says of its flow's state. It keeps the memory of
// health, which may be nil.
func (b *Builder) condition(r *track.Row, health *Health) Condition {
	c := Condition{
		State: r.State[0].String(), StateRemote: r.State[1].String(), CloseReason: r.Closed.String(),
		Staleness: rounded(float64(r.Stale)), Idle: r.Held, Migrated: uint64(r.Migrated), App: r.App,
	}
	if isIP(r.Family) && r.Proto == parse.ProtoTCP {
		if health == nil {
			health = new(Health)
		}
		health.fill(&r.Health)
		c.Health = health
	}
	if e := &r.Error; e.Count > 0 {
		c.Error = &ICMPError{
			Text: icmpErrorText(r.Family, e.Type, e.Code), Type: int(e.Type), Code: int(e.Code), Count: uint64(e.Count),
		}
		if e.From.IsValid() {
			c.Error.From = e.From.String()
		}
	}
	return c
}

// What ICMP errors say, by type, then code (IANA, ICMP Parameters): RFC 792, 1122,
// 1191, 1812.
var icmpErrors = map[uint8][]string{
	3: {
		"network unreachable", "host unreachable", "protocol unreachable", "port unreachable",
		"fragmentation needed", "source route failed", "network unknown", "host unknown", "source host isolated",
		"network prohibited", "host prohibited", "network unreachable for this type of service",
		"host unreachable for this type of service", "communication prohibited", "host precedence violation",
		"precedence cutoff",
	},
	4:  {"source quench"},
	5:  {"redirect", "redirect for the host", "redirect for the type of service", "redirect for the host and type of service"},
	11: {"time to live exceeded", "fragment reassembly time exceeded"},
	12: {"header error", "required option missing", "bad length"},
}

// The same of ICMPv6: RFC 4443, 4861.
var icmp6Errors = map[uint8][]string{
	1: {
		"no route", "communication prohibited", "beyond the scope of the source address", "address unreachable",
		"port unreachable", "source address failed policy", "route rejected", "error in source routing header",
	},
	2: {"packet too big"},
	3: {"hop limit exceeded", "fragment reassembly time exceeded"},
	4: {"header error", "next header unknown", "option unknown", "first fragment without its headers"},
}

// icmpErrorText words an ICMP error.
func icmpErrorText(family parse.Family, kind, code uint8) string {
	texts := icmpErrors
	if family == parse.FamilyIPv6 {
		texts = icmp6Errors
	}
	if codes := texts[kind]; int(code) < len(codes) {
		return codes[code]
	}
	return fmt.Sprintf("type %d code %d", kind, code)
}
