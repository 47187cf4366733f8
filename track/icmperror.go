package track

import (
	"fmt"

	"sockeye/parse"
)

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

// Text words the error: "port unreachable". Family is that of the flow.
func (e *Report) Text(family parse.Family) string {
	texts := icmpErrors
	if family == parse.FamilyIPv6 {
		texts = icmp6Errors
	}
	if codes := texts[e.Type]; int(e.Code) < len(codes) {
		return codes[e.Code]
	}
	return fmt.Sprintf("type %d code %d", e.Type, e.Code)
}
