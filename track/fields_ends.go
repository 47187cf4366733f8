package track

import (
	"strings"

	"sockeye/parse"
	"sockeye/track/names"
	"sockeye/track/query"
)

// endFields are the ends of a flow: addresses and names.
func endFields(n *QueryNames) []rowField {
	return []rowField{
		{Info: infoOf{Name: "host", Aliases: []string{"hostname"}, Kind: query.Host, Help: "the remote end: its names, server names that were asked for, its address or network"},
			Any: func(r *Row, t *rowTest) bool { return n.testNames(r, t) || serverNames(r, t) || t.Addr(r.Remote.Addr) }},
		{Info: infoOf{Name: "domain", Kind: query.Domain, Help: "domain of the remote end, with all names below it"},
			Any: func(r *Row, t *rowTest) bool { return n.testNames(r, t) || serverNames(r, t) }},
		{Info: infoOf{Name: "src", Aliases: []string{"source", "local"}, Kind: query.Host, Help: "the local end: its address or network"},
			Any: func(r *Row, t *rowTest) bool { return t.Addr(r.Local.Addr) }},
		{Info: infoOf{Name: "dst", Aliases: []string{"dest", "destination", "remote"}, Kind: query.Host, Help: "the remote end: its names, its address or network"},
			Any: func(r *Row, t *rowTest) bool { return n.testNames(r, t) || t.Addr(r.Remote.Addr) }},
		{Info: infoOf{Name: "ip.addr", Aliases: []string{"ip", "addr", "net"}, Kind: query.Host, Help: "address or network of either end"},
			Any: func(r *Row, t *rowTest) bool { return isIP(r) && (t.Addr(r.Local.Addr) || t.Addr(r.Remote.Addr)) }},
		{Info: infoOf{Name: "ip.src", Kind: query.Host, Help: "address of the end that began it"},
			Any: func(r *Row, t *rowTest) bool { from, _ := r.caller(); return isIP(r) && t.Addr(from.Addr) }},
		{Info: infoOf{Name: "ip.dst", Kind: query.Host, Help: "address of the end that was called"},
			Any: func(r *Row, t *rowTest) bool { _, to := r.caller(); return isIP(r) && t.Addr(to.Addr) }},
		{Info: infoOf{Name: "arp.sender.ip", Kind: query.Host, Help: "address of the end that began to ask by ARP"},
			Any: func(r *Row, t *rowTest) bool { from, _ := r.caller(); return isARP(r) && t.Addr(from.Addr) }},
		{Info: infoOf{Name: "arp.target.ip", Kind: query.Host, Help: "address that was asked for by ARP"},
			Any: func(r *Row, t *rowTest) bool { _, to := r.caller(); return isARP(r) && t.Addr(to.Addr) }},
		{Info: infoOf{Name: "nat", Kind: query.Host, Help: "addresses on the other side of this machine's address translation"},
			Any: func(r *Row, t *rowTest) bool {
				return r.NAT != nil && (t.Addr(r.NAT.Local.Addr) || t.Addr(r.NAT.Remote.Addr))
			}},
		{Info: infoOf{Name: "mac", Kind: query.Text, Help: "address of a network card, of what is not IP"},
			Any: func(r *Row, t *rowTest) bool { return testMAC(&r.Local, t) || testMAC(&r.Remote, t) }},
		{Info: infoOf{Name: "vendor", Kind: query.Text, Help: "who made a network card, of what is not IP"},
			Any: func(r *Row, t *rowTest) bool { return n.testVendor(&r.Local, t) || n.testVendor(&r.Remote, t) }},
		{Info: infoOf{Name: "scope", Kind: query.Word, Help: "what sort of address the remote end has", Values: scopeNames},
			Any: func(r *Row, t *rowTest) bool { return t.Text(names.Scope(r.Remote.Addr)) }},
	}
}

// scopeNames are what names.Scope says.
var scopeNames = []string{
	"PUBLIC", "PRIVATE", "LOOPBACK", "LINK-LOCAL", "CGNAT", "MULTICAST", "BROADCAST", "UNIQUE-LOCAL", "DOCUMENTATION",
	"BENCHMARKING", "UNSPECIFIED", "RESERVED", "DISCARD", "IPV4-MAPPED",
}

// testNames tests the names of the remote end.
func (n *QueryNames) testNames(r *Row, t *rowTest) bool {
	if !t.Worded() {
		return false
	}
	for i := range r.Names {
		if t.Text(r.Names[i].Name) {
			return true
		}
	}
	return len(r.Names) == 0 && t.Text(n.Host(r))
}

func (n *QueryNames) testVendor(e *Endpoint, t *rowTest) bool {
	return e.MAC != [6]byte{} && t.Text(n.Vendor(e.MAC))
}

// serverNames tests the names of servers that a flow's client asked for, whichever end
// that is.
func serverNames(r *Row, t *rowTest) bool {
	return testSNI(r, t) || testHTTPHost(r, t)
}

// portFields are ports. Those without a protocol go by local and remote end, as in most
// programs of this kind; those with one by who began it, as in packet analysers.
func portFields() []rowField {
	number := func(r *Row, e *Endpoint, t *rowTest) bool { return r.HasPorts() && t.Number(float64(e.Port)) }
	all := []rowField{
		{Info: infoOf{Name: "port", Kind: query.Number, Help: "port of either end"},
			Any: func(r *Row, t *rowTest) bool { return number(r, &r.Local, t) || number(r, &r.Remote, t) }},
		{Info: infoOf{Name: "sport", Aliases: []string{"srcport", "source-port"}, Kind: query.Number, Help: "port of the local end"},
			Any: func(r *Row, t *rowTest) bool { return number(r, &r.Local, t) }},
		{Info: infoOf{Name: "dport", Aliases: []string{"dstport", "dest-port", "destination-port"}, Kind: query.Number, Help: "port of the remote end"},
			Any: func(r *Row, t *rowTest) bool { return number(r, &r.Remote, t) }},
	}
	for _, proto := range []uint8{parse.ProtoTCP, parse.ProtoUDP, parse.ProtoSCTP} {
		name := parse.ProtoName(proto)
		is := func(r *Row) bool { return isIP(r) && r.Proto == uint16(proto) }
		all = append(all,
			rowField{Info: infoOf{Name: name + ".port", Kind: query.Number, Help: "port of either end, of " + strings.ToUpper(name)},
				Any: func(r *Row, t *rowTest) bool { return is(r) && (number(r, &r.Local, t) || number(r, &r.Remote, t)) }},
			rowField{Info: infoOf{Name: name + ".srcport", Kind: query.Number, Help: "port of the end that began it, of " + strings.ToUpper(name)},
				Any: func(r *Row, t *rowTest) bool { from, _ := r.caller(); return is(r) && number(r, from, t) }},
			rowField{Info: infoOf{Name: name + ".dstport", Kind: query.Number, Help: "port that was called, of " + strings.ToUpper(name)},
				Any: func(r *Row, t *rowTest) bool { _, to := r.caller(); return is(r) && number(r, to, t) }},
		)
	}
	return all
}

// placeFields are where the remote end is.
func placeFields(n *QueryNames) []rowField {
	return []rowField{
		{Info: infoOf{Name: "country", Kind: query.Code, Help: "country of the remote end: its two letters or a part of its name"},
			Any: func(r *Row, t *rowTest) bool {
				p := n.Place(&r.Remote)
				return t.Text(p.CountryCode) || t.Text(p.Country)
			}},
		{Info: infoOf{Name: "city", Kind: query.Text, Help: "city of the remote end"},
			Any: func(r *Row, t *rowTest) bool { return t.Text(n.Place(&r.Remote).City) }},
		{Info: infoOf{Name: "asn", Aliases: []string{"as", "org"}, Kind: query.Label, Help: "network of the remote end: its number (AS13335) or who runs it"},
			Any: func(r *Row, t *rowTest) bool {
				p := n.Place(&r.Remote)
				return p.ASN != 0 && t.Number(float64(p.ASN)) || t.Text(p.Org)
			}},
	}
}

func isIP(r *Row) bool { return r.Family == parse.FamilyIPv4 || r.Family == parse.FamilyIPv6 }

func isARP(r *Row) bool { return r.Family == parse.FamilyARP }
