package track

import (
	"maps"
	"math/bits"
	"slices"
	"strings"

	"sockeye/parse"
	"sockeye/track/query"
)

// conditionFields are where a flow stands, and where it runs.
func conditionFields(n *QueryNames) []rowField {
	return []rowField{
		{Info: infoOf{Name: "state", Kind: query.Word, Help: "state of either end, of TCP and others", Values: stateWords(), Same: stateSpellings()},
			Any: func(r *Row, t *rowTest) bool { return t.Text(r.State[0].String()) || t.Text(r.State[1].String()) }},
		{Info: infoOf{Name: "closed", Kind: query.Word, Help: "whether it has ended", Values: []string{"yes", "no"}, Same: map[string]string{"true": "yes", "false": "no"}},
			Any: func(r *Row, t *rowTest) bool { return t.Text(yesNo(r.Closed != Open)) }},
		{Info: infoOf{Name: "reason", Aliases: []string{"close_reason"}, Kind: query.Word, Help: "why it has ended", Values: slices.Clone(reasonNames[Open+1:])},
			Any: func(r *Row, t *rowTest) bool { return t.Text(r.Closed.String()) }},
		{Info: infoOf{Name: "dir", Aliases: []string{"direction"}, Kind: query.Word, Help: "who began it, or between whom it runs", Values: classNames[:], Same: sameClasses},
			Any: func(r *Row, t *rowTest) bool { return t.Text(classNames[r.Class]) }},
		{Info: infoOf{Name: "family", Kind: query.Word, Help: "what its addresses are", Values: familyNames[:]},
			Any: func(r *Row, t *rowTest) bool { return t.Text(familyNames[r.Family]) }},
		{Info: infoOf{Name: "service", Aliases: []string{"svc"}, Kind: query.Word, Help: "name of the port that was called", Values: serviceNames},
			Any: func(r *Row, t *rowTest) bool { return t.Text(n.Service(r)) }},
		{Info: infoOf{Name: "iface", Aliases: []string{"interface"}, Kind: query.Name, Help: "interface that carried it"}, Any: n.testIface},
		{Info: infoOf{Name: "attribution", Kind: query.Text, Help: "how the process was found, or why not"}, Any: testAttribution},
		{Info: infoOf{Name: "vlan", Kind: query.Number, Help: "outermost VLAN id"},
			Any: func(r *Row, t *rowTest) bool { return r.VLAN != 0 && t.Number(float64(r.VLAN)) }},
		{Info: infoOf{Name: "id", Kind: query.Number, Help: "number of the flow in this run"},
			Any: func(r *Row, t *rowTest) bool { return t.Number(float64(r.ID)) }},
	}
}

// stateWords returns the states that have names, each once.
func stateWords() []string {
	var all []string
	for _, name := range stateNames {
		if name != "" && !slices.Contains(all, name) {
			all = append(all, name)
		}
	}
	return all
}

// stateSpellings returns the other names of states, in lower case.
func stateSpellings() map[string]string {
	same := make(map[string]string, len(otherNames))
	for name, state := range maps.All(otherNames) {
		same[strings.ToLower(name)] = state.String()
	}
	return same
}

func yesNo(yes bool) string {
	if yes {
		return "yes"
	}
	return "no"
}

var classNames = [...]string{Outgoing: "outgoing", Incoming: "incoming", Loopback: "loopback", Forwarded: "forwarded"}

var sameClasses = map[string]string{
	"out": "outgoing", "outbound": "outgoing", "in": "incoming", "inbound": "incoming", "lo": "loopback", "fwd": "forwarded",
}

var familyNames = [...]string{
	parse.FamilyNone: "none", parse.FamilyIPv4: "ipv4", parse.FamilyIPv6: "ipv6", parse.FamilyLink: "link", parse.FamilyARP: "arp",
}

// serviceNames are services that are found whole: "http" is not "https".
var serviceNames = []string{
	"http", "https", "domain", "ssh", "smtp", "submission", "imap", "imaps", "pop3", "pop3s", "ftp", "ftp-data", "telnet",
	"ntp", "mdns", "ldap", "ldaps", "mysql", "postgresql", "redis", "snmp", "syslog", "bootps", "bootpc", "microsoft-ds", "sip", "sips",
}

// testIface tests the names of all interfaces that carried a flow, as far as Row tells
// them apart.
func (n *QueryNames) testIface(r *Row, t *rowTest) bool {
	if t.Text(n.Interface(r.Iface)) {
		return true
	}
	for left := r.Ifaces &^ (1 << 31); left != 0; left &= left - 1 {
		if slot := uint16(bits.TrailingZeros32(left)); slot != r.Iface && t.Text(n.Interface(slot)) {
			return true
		}
	}
	return false
}
