package track

import (
	"strings"

	"sockeye/parse"
	"sockeye/parse/dpi"
	"sockeye/track/query"
)

// appFields are what a flow speaks, and what it says.
func appFields() []rowField {
	return []rowField{
		{Info: infoOf{Name: "proto", Aliases: []string{"protocol"}, Kind: query.Word, Help: "protocol above IP, or EtherType", Values: protoNames, Same: sameProtos},
			Any: func(r *Row, t *rowTest) bool { return t.Text(protoName(r)) }},
		{Info: infoOf{Name: "app", Aliases: []string{"application"}, Kind: query.Text, Help: "what it speaks, and the name that people know it by"},
			Any: func(r *Row, t *rowTest) bool { return testApp(r, t) }},
		{Info: infoOf{Name: "sni", Aliases: []string{"tls.sni", "quic.sni"}, Kind: query.Text, Help: "server name of TLS and QUIC"}, Any: testSNI},
		{Info: infoOf{Name: "http.host", Kind: query.Text, Help: "host of its HTTP requests"}, Any: testHTTPHost},
		{Info: infoOf{Name: "dns.qname", Kind: query.Text, Help: "name that DNS was asked for"}, Any: testQName},
		ofDetail("ssh", nil, "software, banners and stage of SSH", func(d *dpi.SSHDetail, t *rowTest) bool {
			return t.Text(d.ClientSoftware) || t.Text(d.ServerSoftware) || t.Text(d.ClientBanner) || t.Text(d.ServerBanner) || t.Text(d.Stage)
		}),
		ofDetail("ja4", []string{"tls.ja4"}, "JA4 fingerprint of the client", func(d *dpi.TLSDetail, t *rowTest) bool { return t.Text(d.JA4) }),
		ofDetail("ja3", []string{"tls.ja3"}, "JA3 fingerprint of the client", func(d *dpi.TLSDetail, t *rowTest) bool { return t.Text(d.JA3) }),
		ofDetail("alpn", []string{"tls.alpn"}, "application that TLS chose, or was offered where that is hidden", testALPN),
		ofDetail("tls.version", nil, "version of TLS", func(d *dpi.TLSDetail, t *rowTest) bool { return t.Text(d.Version) }),
	}
}

// protoNames are protocols worth offering. Others are known by name, too.
var protoNames = []string{"tcp", "udp", "icmp", "icmp6", "arp", "igmp", "sctp", "gre", "esp", "udplite", "lldp"}

var sameProtos = map[string]string{"icmpv6": "icmp6", "ipv6-icmp": "icmp6"}

// protoName names a row's protocol, as package export does.
func protoName(r *Row) string {
	switch {
	case isIP(r):
		return parse.ProtoName(uint8(r.Proto))
	case r.Family == parse.FamilyNone && r.Proto == 0:
		return "unknown"
	}
	return parse.EtherTypeName(r.Proto)
}

// ofDetail is a field of what one protocol said.
func ofDetail[D dpi.Detail](name string, aliases []string, help string, test func(D, *rowTest) bool) rowField {
	return rowField{
		Info: infoOf{Name: name, Aliases: aliases, Kind: query.Text, Help: help},
		Any: func(r *Row, t *rowTest) bool {
			if r.App == nil {
				return false
			}
			for _, d := range r.App.Details {
				if d, ok := d.(D); ok && test(d, t) {
					return true
				}
			}
			return false
		},
	}
}

func testSNI(r *Row, t *rowTest) bool {
	if r.App == nil {
		return false
	}
	for _, d := range r.App.Details {
		switch d := d.(type) {
		case *dpi.TLSDetail:
			if t.Text(d.SNI) {
				return true
			}
		case *dpi.QUICDetail:
			if t.Text(d.SNI) {
				return true
			}
		}
	}
	return false
}

func testHTTPHost(r *Row, t *rowTest) bool {
	if r.App == nil {
		return false
	}
	for _, d := range r.App.Details {
		switch d := d.(type) {
		case *dpi.HTTPDetail:
			if t.Text(d.Host) {
				return true
			}
		case *dpi.HTTPMessage: // of an event
			if t.Text(d.Host) {
				return true
			}
		}
	}
	return false
}

func testQName(r *Row, t *rowTest) bool {
	if r.App == nil {
		return false
	}
	for _, d := range r.App.Details {
		switch d := d.(type) {
		case *dpi.DNSDetail:
			if t.Text(d.Question) {
				return true
			}
		case *dpi.DNSMessage: // of an event
			if t.Text(d.Question) {
				return true
			}
		}
	}
	return false
}

func testALPN(d *dpi.TLSDetail, t *rowTest) bool {
	if d.ALPN != "" {
		return t.Text(d.ALPN)
	}
	for _, name := range d.ALPNOffered {
		if t.Text(name) {
			return true
		}
	}
	return false
}

// testApp tests what a flow speaks, from its transport inwards, and what people know it
// by. HTTP within TLS is also "https".
func testApp(r *Row, t *rowTest) bool {
	if shownApp(r, t) {
		return true
	}
	if r.App == nil {
		return false
	}
	for _, d := range r.App.Details {
		if t.Text(d.Protocol().String()) {
			return true
		}
		if d, ok := d.(*dpi.TLSDetail); ok && d.Application != "" && (t.Text(d.Application) || strings.Contains(d.Application, "http") && t.Text("https")) {
			return true
		}
	}
	return false
}

// shownApp tests what a list shows of what a flow speaks.
func shownApp(r *Row, t *rowTest) bool {
	return r.App != nil && (r.App.Protocol != dpi.Unknown && t.Text(r.App.Protocol.String()) || t.Text(r.App.Subject()))
}

// speaks reports whether one of these protocols was met in a flow.
func (r *Row) speaks(any ...dpi.Protocol) bool {
	if r.App == nil {
		return false
	}
	for _, p := range any {
		if r.App.Protocol == p {
			return true
		}
		for _, d := range r.App.Details {
			if d.Protocol() == p {
				return true
			}
		}
	}
	return false
}

// rowAtoms are words that stand for flows of a sort, mostly of a protocol.
func rowAtoms() []query.Atom[Row] {
	ip := func(name string, proto uint16) query.Atom[Row] {
		return query.Atom[Row]{Name: name, Help: "the protocol", Match: func(r *Row) bool { return isIP(r) && r.Proto == proto }}
	}
	return []query.Atom[Row]{
		ip("tcp", parse.ProtoTCP), ip("udp", parse.ProtoUDP), ip("sctp", parse.ProtoSCTP), ip("icmp", parse.ProtoICMP),
		ip("icmpv6", parse.ProtoICMPv6), ip("icmp6", parse.ProtoICMPv6), ip("igmp", parse.ProtoIGMP),
		{Name: "ip", Help: "IPv4 and IPv6", Match: isIP},
		{Name: "ipv4", Help: "IPv4", Match: func(r *Row) bool { return r.Family == parse.FamilyIPv4 }},
		{Name: "ipv6", Help: "IPv6", Match: func(r *Row) bool { return r.Family == parse.FamilyIPv6 }},
		{Name: "arp", Help: "ARP", Match: isARP},
		{Name: "dns", Help: "DNS; mdns and llmnr are others", Match: func(r *Row) bool { return r.speaks(dpi.DNS) }},
		{Name: "tls", Help: "TLS, also within QUIC, and DTLS", Match: func(r *Row) bool { return r.speaks(dpi.TLS, dpi.DTLS) || r.App.Find("tls") != nil }},
		{Name: "http", Help: "HTTP in the clear, of any version", Match: func(r *Row) bool { return r.speaks(dpi.HTTP, dpi.HTTP2, dpi.GRPC, dpi.WebSocket) }},
		{Name: "quic", Help: "QUIC", Match: func(r *Row) bool { return r.speaks(dpi.QUIC) }},
		{Name: "ssh", Help: "SSH", Match: func(r *Row) bool { return r.speaks(dpi.SSH) }},
	}
}
