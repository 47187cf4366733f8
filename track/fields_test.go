package track

import (
	"net/netip"
	"strings"
	"testing"
	"time"

	"sockeye/internal/testkit"
	"sockeye/parse"
	"sockeye/parse/dpi"
	"sockeye/track/geo"
	"sockeye/track/names"
	"sockeye/track/proc"
	"sockeye/track/query"
)

// queryNow is the clock of the queries in these tests.
const queryNow = t0 + 600*int64(time.Second)

// What the queries of these tests know of names.
var (
	queryHosts    = map[netip.Addr]string{netip.MustParseAddr("192.168.1.9"): "printer.lan"}
	queryServices = map[uint16]string{443: "https", 22: "ssh", 53: "domain"}
	queryPlaces   = map[netip.Addr]geo.Place{
		netip.MustParseAddr("203.0.113.9"): {CountryCode: "DE", Country: "Germany", City: "Berlin", ASN: 64496, Org: "Example Networks"},
	}
)

var queryTables = QueryNames{
	Now:       func() int64 { return queryNow },
	Host:      func(r *Row) string { return queryHosts[r.Remote.Addr] },
	Service:   func(r *Row) string { return queryServices[r.ServicePort(nil)] },
	Place:     func(e *Endpoint) geo.Place { return queryPlaces[e.Addr] },
	Interface: func(slot uint16) string { return [...]string{"eth0", "wg0", "lo"}[slot] },
	Vendor:    func(mac [6]byte) string { return map[byte]string{0x02: "Acme"}[mac[0]] },
}

// queryRows are the rows of these tests by the letters that their tables have for them.
func queryRows() map[byte]*Row {
	curl := &proc.Process{
		ID: proc.ID{PID: 4711}, Name: "curl", Comm: "curl", Exe: "/usr/bin/curl", Args: []string{"curl", "-s", "https://example.org"},
		UID: 1000, User: "anna", Parents: []proc.Parent{{Name: "bash"}}, Unit: "session-3.scope", Package: &proc.Package{Name: "curl"},
	}
	nginx := &proc.Process{
		ID: proc.ID{PID: 812}, Name: "nginx", UID: 33, User: "www-data",
		Container: &proc.Container{ID: "4f5e6d", Name: "web", Image: "nginx:1.27", Pod: "web-0", Namespace: "prod"},
	}
	at := func(s string) Endpoint {
		a := netip.MustParseAddrPort(s)
		return Endpoint{Addr: a.Addr(), Port: a.Port()}
	}
	https := &Row{ // out, TLS
		ID: 1, Family: parse.FamilyIPv4, Proto: parse.ProtoTCP, Class: Outgoing, InitiatorKnown: true,
		Local: at("10.0.0.2:50000"), Remote: at("203.0.113.9:443"), First: t0, Last: queryNow - int64(time.Second),
		Count: [2]Count{{Packets: 100, Bytes: 20_000}, {Packets: 200, Bytes: 2_000_000_000}}, State: [2]State{Established, Established},
		App: &dpi.App{Protocol: dpi.TLS, Confidence: dpi.Exact, Details: []dpi.Detail{
			&dpi.TLSDetail{SNI: "www.example.org", ALPNOffered: []string{"h2"}, Application: "http", JA4: "t13d1516h2_8daaf6152771", Version: "1.3"},
		}},
		Names: []names.Name{{Name: "www.example.org"}, {Name: "edge.cdn.net"}},
		Owner: proc.Owner{Process: curl, Source: proc.FromEBPF},
	}
	https.Rate[0] = [2]Rate{{Bytes: 1000}, {Bytes: 3e6}}
	https.Health.RTT = [2]time.Duration{120 * time.Millisecond, time.Millisecond}
	https.Health.Retransmits, https.Health.Spurious = [2]uint32{1, 5}, [2]uint32{0, 1}
	incoming := &Row{ // in, SSH, ended
		ID: 2, Family: parse.FamilyIPv6, Proto: parse.ProtoTCP, Class: Incoming, InitiatorKnown: true, Iface: 1, Ifaces: 3,
		Local: at("[2001:db8::2]:22"), Remote: at("[2001:db8::99]:40022"), First: t0, Last: t0 + int64(time.Second), Ended: t0 + 2*int64(time.Second),
		State: [2]State{Closed, TimeWait}, Closed: ByFIN, VLAN: 7,
		App:   &dpi.App{Protocol: dpi.SSH, Details: []dpi.Detail{&dpi.SSHDetail{ServerSoftware: "OpenSSH_9.6", Stage: "ESTABLISHED"}}},
		Owner: proc.Owner{Process: nginx, Source: proc.Listener},
		NAT:   &Translation{Local: at("172.17.0.2:22"), Remote: at("[2001:db8::99]:40022")},
	}
	dns := &Row{
		ID: 3, Family: parse.FamilyIPv4, Proto: parse.ProtoUDP, Class: Loopback, Iface: 2, Ifaces: 4,
		Local: at("127.0.0.1:44321"), Remote: at("127.0.0.53:53"), First: queryNow, Last: queryNow, State: [2]State{DNSResponse},
		App:   &dpi.App{Protocol: dpi.DNS, Details: []dpi.Detail{&dpi.DNSDetail{DNSMessage: dpi.DNSMessage{Question: "intranet.example.net"}}}},
		Owner: proc.Owner{Reason: proc.NoSocket},
	}
	arp := &Row{
		ID: 4, Family: parse.FamilyARP, Proto: parse.EtherTypeARP, Class: Outgoing, First: t0, Last: t0,
		Local: Endpoint{Addr: netip.MustParseAddr("192.168.1.2")}, Remote: Endpoint{Addr: netip.MustParseAddr("192.168.1.9")}, State: [2]State{ARPRequest},
	}
	lldp := &Row{
		ID: 5, Family: parse.FamilyLink, Proto: 0x88cc, Class: Forwarded, First: t0, Last: t0,
		Local: Endpoint{MAC: [6]byte{2, 0, 0, 0, 0, 0xab}}, Remote: Endpoint{MAC: [6]byte{1, 0x80, 0xc2, 0, 0, 0x0e}},
	}
	return map[byte]*Row{'h': https, 's': incoming, 'd': dns, 'a': arp, 'l': lldp}
}

func TestQueriesFindFlows(t *testing.T) {
	rows, fields := queryRows(), QueryFields(queryTables)
	for _, c := range []struct{ query, want string }{
		{"port:443", "h"}, {"port:44", ""}, {"port:~44", "hd"}, {"sport:22", "s"}, {"dport:443", "h"}, {"srcport:50000", "h"}, {"destination-port:53", "d"},
		{"tcp.port == 22", "s"}, {"tcp.srcport == 40022", "s"}, {"tcp.dstport == 22", "s"}, {"tcp.dstport == 443", "h"}, {"udp.port == 443", ""}, {"udp.dstport == 53", "d"},
		{"tcp.port == 443 and ip.src == 10.0.0.0/8", "h"}, {"ip.src == 2001:db8::99", "s"}, {"src:2001:db8::2", "s"}, {"ip.dst == 2001:db8::2", "s"}, {"ip.addr:127.0.0.0/8", "d"},
		{"src:10.0.0.0/8", "h"}, {"dst:203.0.113.0/24", "h"}, {"dst:www.example", "h"}, {"host:10.0.0.0/8", ""}, {"host:192.168.1.0/24", "a"}, {"host:printer", "a"},
		{"host:cdn.net", "h"}, {"domain:example.org", "h"}, {"domain:ample.org", ""}, {"sni:www.example.org", "h"}, {"tls.sni contains example", "h"}, {"nat:172.17.0.0/16", "s"},
		{"arp.target.ip == 192.168.1.9", "a"}, {"mac:02:00:00", "l"}, {"vendor:acme", "l"}, {"scope:public", ""}, {"scope:documentation", "hs"}, {"scope:loopback", "d"},

		{"process:cur", "h"}, {"proc:nginx", "s"}, {"pid:812", "s"}, {"exe:/usr/bin/curl", "h"}, {`cmd:"curl -s"`, "h"}, {"parent:bash", "h"}, {"user:anna", "h"}, {"user:33", "s"},
		{"uid:1000", "h"}, {"unit:session", "h"}, {"package:curl", "h"}, {"container:web", "s"}, {"container:4f5e", "s"}, {"pod:web-0", "s"}, {"ns:prod", "s"},
		{`attribution:"no socket"`, "d"}, {"attribution:listener", "s"}, {"not process:*", "dal"},

		{"proto:tcp", "hs"}, {"proto:arp", "a"}, {"proto:lldp", "l"}, {"app:https", "h"}, {"app:tls", "h"}, {"app:dns", "d"}, {"app:intranet", "d"}, {"dns.qname contains intranet", "d"},
		{"ssh:openssh", "s"}, {"ssh:established", "s"}, {"ja4:t13d1516h2*", "h"}, {"alpn:h2", "h"}, {"tls.version:1.3", "h"}, {"service:ssh", "s"}, {"service:http", ""}, {"service:https", "h"},
		{"state:established", "h"}, {"state:time_wait", "s"}, {"state:arp_who_has", "a"}, {"state:ARP_REQUEST", "a"}, {"state:arp_is_at", ""},
		{"closed:yes", "s"}, {"closed:no", "hdal"}, {"reason:fin", "s"}, {"dir:in", "s"}, {"dir:outgoing", "ha"}, {"dir:fwd", "l"}, {"family:link", "l"},
		{"iface:eth0", "hsal"}, {"iface:wg0", "s"}, {"vlan:7", "s"}, {"id:3", "d"},
		{"country:de", "h"}, {"country:germany", "h"}, {"city:berlin", "h"}, {"asn:AS64496", "h"}, {"asn:64496", "h"}, {"asn:example", "h"},

		{"bytes>=2G", "h"}, {"recv>1GB", "h"}, {"sent>1GB", ""}, {"sent:20k", "h"}, {"packets:300", "h"}, {"rate>3M", "h"}, {"rate>24Mb", "h"}, {"rate>25Mb", ""}, {"up>=1k", "h"}, {"down>3M", ""},
		{"rtt>100ms", "h"}, {"rtt<=120ms", "h"}, {"not rtt>0", "sdal"}, {"retrans:6", "h"}, {"loss>=2%", "h"}, {"loss>2%", ""}, {"loss>=0", "hs"},
		{"age>=10m", "hal"}, {"age<5m", "sd"}, {"age:2s", "s"}, {"idle:1s", "hs"}, {"idle<1s", "d"},

		{"tcp", "hs"}, {"udp", "d"}, {"ip", "hsd"}, {"ipv6", "s"}, {"arp", "a"}, {"dns", "d"}, {"tls", "h"}, {"ssh", "s"}, {"http", ""}, {"icmp or icmpv6 or quic", ""},

		{"curl", "h"}, {"471", "h"}, {"anna", "h"}, {"edge.cdn", "h"}, {"203.0.113.9:443", "h"}, {`"www.example.org:443"`, "h"}, {"127.0.0", "d"}, {"[2001:db8::2]:22", "s"},
		{"printer", "a"}, {"de", "h"}, {"germany", ""}, {"OpenSSH", "s"}, {`"arp"`, "a"}, {"01:80:c2", "l"}, {"web-0", "s"}, {"fin", "s"}, {"https", "h"}, {"/^curl$/", "h"}, {"10.0.0.0/8", "h"},
	} {
		q, err := query.Compile(c.query, fields, query.Options{})
		if err != nil {
			t.Errorf("%v", err)
			continue
		}
		var got []byte
		for _, letter := range []byte("hsdal") {
			if q.Match(rows[letter]) {
				got = append(got, letter)
			}
		}
		if string(got) != c.want {
			t.Errorf("%s: got flows %q, want %q", c.query, got, c.want)
		}
	}
}

// TestQueryFieldsAreTold keeps every field one that help and completion can show, and
// one that takes any row.
func TestQueryFieldsAreTold(t *testing.T) {
	fields := QueryFields(QueryNames{})
	for _, f := range fields.List() {
		if f.Help == "" || strings.HasSuffix(f.Help, ".") {
			t.Errorf("field %s: got help %q", f.Name, f.Help)
		}
		q, err := query.Compile(f.Name+":*", fields, query.Options{})
		if err != nil {
			t.Fatal(err)
		}
		q.Match(new(Row))
		for _, r := range queryRows() {
			q.Match(r)
		}
	}
}

func TestQueriesAllocateNothing(t *testing.T) {
	rows, fields := queryRows(), QueryFields(queryTables)
	for _, text := range append(usualQueries, "state:syn", "user:1000", "cmd:example", "scope:public", "mac:02:00", "iface:eth0", "country:de", "loss>1%", "age<5m") {
		q, err := query.Compile(text, fields, query.Options{})
		if err != nil {
			t.Fatal(err)
		}
		testkit.ZeroAllocs(t, text, func() {
			for _, r := range rows {
				q.Match(r)
			}
		})
	}
}

// usualQueries are what people ask for most.
var usualQueries = []string{
	"port:443", "process:firefox", "host:example.net", "dst:10.0.0.0/8", "rate>1M and tcp", "state:established not port:{80,443}", "rtt>100ms or retrans>10", "firefox",
}

// BenchmarkQuery asks 100,000 flows for what none of them is.
func BenchmarkQuery(b *testing.B) {
	const flows = 100_000
	fields := QueryFields(queryTables)
	rows := make([]Row, 0, flows)
	kinds := queryRows()
	for i := range flows {
		r := *kinds["hsda"[i%4]]
		r.ID = uint64(i)
		rows = append(rows, r)
	}
	for _, text := range append(usualQueries, "10.77.88.99", "xy", "/fire.ox/", "nosuchword") {
		b.Run(text, func(b *testing.B) {
			q, err := query.Compile(text, fields, query.Options{})
			if err != nil {
				b.Fatal(err)
			}
			b.ReportAllocs()
			for b.Loop() {
				for i := range rows {
					q.Match(&rows[i])
				}
			}
		})
	}
}

func TestQueriesFindSockets(t *testing.T) {
	nginx, sshd := &proc.Process{ID: proc.ID{PID: 812}, Name: "nginx", UID: 33, User: "www-data"}, &proc.Process{ID: proc.ID{PID: 99}, Name: "sshd"}
	worker := &proc.Process{ID: proc.ID{PID: 813}, Name: "worker"}
	sockets := map[byte]*proc.Socket{
		'l': {Proto: parse.ProtoTCP, State: "LISTEN", Local: netip.MustParseAddrPort("[::]:8080"), Owner: proc.Owner{Process: nginx}, Others: []*proc.Process{sshd, worker}},
		'c': {Proto: parse.ProtoTCP, State: "ESTABLISHED", Local: netip.MustParseAddrPort("10.0.0.2:22"), Remote: netip.MustParseAddrPort("10.0.0.9:40000"), Owner: proc.Owner{Process: sshd}},
		'u': {Proto: parse.ProtoUDP, State: "UNCONNECTED", Local: netip.MustParseAddrPort("0.0.0.0:53"), Device: "eth0"},
		'p': {Family: afPacket, Proto: 3, State: "UNCONNECTED"},
	}
	fields := SocketFields()
	for _, c := range []struct{ query, want string }{
		{"", "lcup"}, {"tcp", "lc"}, {"ipv6", "l"}, {"process:nginx", "l"}, {"sshd", "c"}, {"process:sshd", "lc"}, {"pid:813", "l"}, {"user:33", "l"}, {"not process:*", "up"},
		{"state:listen port:8000-9000", "l"}, {"state:un", "up"}, {"port:22", "c"}, {"sport:53", "u"}, {"dport:40000", "c"}, {"src:10.0.0.0/8", "c"}, {"dst:10.0.0.9", "c"},
		{"iface:eth0", "u"}, {"proto:packet", "p"}, {"proto:udp", "u"}, {"10.0.0.9:40", "c"}, {"8080", "l"}, {"ip.addr:0.0.0.0", "u"},
	} {
		q, err := query.Compile(c.query, fields, query.Options{})
		if err != nil {
			t.Fatal(err)
		}
		var got []byte
		for _, letter := range []byte("lcup") {
			if q.Match(sockets[letter]) {
				got = append(got, letter)
			}
		}
		if string(got) != c.want {
			t.Errorf("%s: got sockets %q, want %q", c.query, got, c.want)
		}
	}
}
