package query

import (
	"net/netip"
	"strconv"
	"strings"
	"testing"

	"sockeye/internal/testkit"
)

// row is what the queries of these tests are about.
type row struct {
	proto       string
	process     string
	pid         float64
	local       netip.AddrPort
	remote      netip.AddrPort
	names       []string
	country     [2]string // code and name
	asn         float64
	org         string
	state       string
	iface       string
	bytes, rate float64
	rtt         float64 // seconds; less than 0 where it is not known
}

var states = Info{
	Name: "state", Kind: Word, Help: "of the connection",
	Values: []string{"ESTABLISHED", "SYN_SENT", "SYN_RECV", "CLOSED", "SCTP_CLOSED", "ARP_REQUEST", "ARP_REPLY"},
	Same:   map[string]string{"arp_who_has": "ARP_REQUEST", "arp_is_at": "ARP_REPLY"},
}

var fields = NewFields([]Field[row]{
	{Info{Name: "process", Aliases: []string{"proc"}, Kind: Text, Help: "its name"}, func(r *row, t *Test) bool { return t.Text(r.process) }},
	{Info{Name: "pid", Kind: Number}, func(r *row, t *Test) bool { return r.pid > 0 && t.Number(r.pid) }},
	{Info{Name: "port", Aliases: []string{"tcp.port"}, Kind: Number, Help: "either"}, func(r *row, t *Test) bool {
		return t.Number(float64(r.local.Port())) || t.Number(float64(r.remote.Port()))
	}},
	{Info{Name: "ip.src", Kind: Host}, func(r *row, t *Test) bool { return t.Addr(r.local.Addr()) }},
	{Info{Name: "host", Aliases: []string{"hostname"}, Kind: Host}, func(r *row, t *Test) bool {
		for _, name := range r.names {
			if t.Text(name) {
				return true
			}
		}
		return t.Addr(r.remote.Addr())
	}},
	{Info{Name: "domain", Kind: Domain}, func(r *row, t *Test) bool { return len(r.names) > 0 && t.Text(r.names[0]) }},
	{Info{Name: "tls.sni", Aliases: []string{"sni"}, Kind: Text}, func(r *row, t *Test) bool { return len(r.names) > 0 && t.Text(r.names[0]) }},
	{Info{Name: "country", Kind: Code}, func(r *row, t *Test) bool { return t.Text(r.country[0]) || t.Text(r.country[1]) }},
	{Info{Name: "asn", Kind: Label}, func(r *row, t *Test) bool { return r.asn > 0 && t.Number(r.asn) || t.Text(r.org) }},
	{states, func(r *row, t *Test) bool { return t.Text(r.state) }},
	{Info{Name: "iface", Kind: Name}, func(r *row, t *Test) bool { return t.Text(r.iface) }},
	{Info{Name: "bytes", Kind: Bytes}, func(r *row, t *Test) bool { return t.Number(r.bytes) }},
	{Info{Name: "rate", Kind: Rate}, func(r *row, t *Test) bool { return t.Number(r.rate) }},
	{Info{Name: "rtt", Kind: Duration}, func(r *row, t *Test) bool { return r.rtt >= 0 && t.Number(r.rtt) }},
	{Info{Name: "loss", Kind: Percent}, func(r *row, t *Test) bool { return t.Number(2.5) }},
}, []Atom[row]{
	{"tcp", "TCP", func(r *row) bool { return r.proto == "tcp" }},
	{"udp", "UDP", func(r *row) bool { return r.proto == "udp" }},
}, shownOf)

// shownOf puts to the test what a screen would show of a row.
func shownOf(r *row, t *Test) bool {
	if t.Text(r.process) || t.Text(r.state) || t.AddrPort(r.local.Addr(), r.local.Port()) || t.AddrPort(r.remote.Addr(), r.remote.Port()) {
		return true
	}
	return len(r.names) > 0 && t.NamePort(r.names[0], r.remote.Port())
}

// rows are the rows of these tests, by the letters that their tables have for them.
var rows = map[byte]*row{
	'a': {
		proto: "tcp", process: "firefox", pid: 4711, state: "ESTABLISHED", iface: "eth0", bytes: 2e9, rate: 2e6, rtt: 0.120,
		local: netip.MustParseAddrPort("10.0.0.5:50000"), remote: netip.MustParseAddrPort("203.0.113.9:443"),
		names: []string{"www.Example.com", "edge.cdn.net"}, country: [2]string{"DE", "Germany"}, asn: 13335, org: "Cloudflare",
	},
	'b': {
		proto: "udp", process: "systemd-resolved", pid: 44, state: "CLOSED", iface: "veth0", bytes: 900, rate: 10, rtt: -1,
		local: netip.MustParseAddrPort("10.0.0.5:44321"), remote: netip.MustParseAddrPort("[2001:db8::53]:53"),
		names: []string{"dns.example.org"}, country: [2]string{"SE", "Sweden"},
	},
	'c': {
		proto: "tcp", process: "nginx: Größe", state: "SYN_RECV", iface: "lo", rate: 125_000, rtt: 0.001,
		local: netip.MustParseAddrPort("192.168.1.1:80"), remote: netip.MustParseAddrPort("10.1.2.3:44"),
		names: []string{"notexample.com"},
	},
	'd': {proto: "arp", state: "ARP_REQUEST", rtt: -1, iface: "eth0", local: netip.MustParseAddrPort("10.0.0.5:0"), remote: netip.MustParseAddrPort("10.0.0.50:0")},
}

// found returns the letters of the rows that a query finds.
func found(t testing.TB, text string, o Options) string {
	t.Helper()
	q, err := Compile(text, fields, o)
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return foundBy(q)
}

func foundBy(q *Query[row]) string {
	var all []byte
	for c := byte('a'); c <= 'd'; c++ {
		if q.Match(rows[c]) {
			all = append(all, c)
		}
	}
	return string(all)
}

func TestQueriesFind(t *testing.T) {
	for _, c := range []struct{ query, want string }{
		{"", "abcd"}, {"  ", "abcd"},

		// Bare words.
		{"firefox", "a"}, {"FIREFOX", "a"}, {"fox", "a"}, {"example", "abc"}, {`"nginx: g"`, "c"}, {"GRÖSSE", ""}, {"GRÖß", "c"},
		{"10.0.0.5", "abd"}, {"10.0.0.5:5", "a"}, {`":443"`, "ab"}, {"www.example.com:443", "a"}, {"[2001:db8::53]:53", "b"},
		{"2001:db8::", "b"}, {"2001:db8::/32", "b"}, {"2001:0DB8:0:0::53", "b"}, {"2001:db8::5", "b"}, {"not 2001:db8:0::53", "acd"}, {"10.1.0.0/16", "c"}, {"*.example.*", "ab"}, {"10.0.0.40-10.0.0.60", "d"},
		{`/^fire/`, "a"}, {`/\D\d{4}5/`, ""}, {`/[a-z]-\w+d$/`, "b"}, {`/\S\sG/`, "c"}, {`/(?-i)FIRE/`, ""}, {"/usr/bin/x", ""},

		// Fields of text.
		{"process:fire", "a"}, {"proc:FIRE", "a"}, {"process=fire", ""}, {"process:=Firefox", "a"}, {"process == firefox", "a"}, {"process:firefox,systemd-resolved", "ab"},
		{"process:{firefox, nginx*}", "ac"}, {"process:*d", "b"}, {"process:/^.{7}$/", "a"}, {"process:*", "abc"}, {"not process:*", "d"},
		{`process:"nginx: "`, "c"}, {`process:'nginx: '`, "c"}, {"process != firefox", "bc"}, {"not process = firefox", "bcd"},
		{"process contains FIRE", "a"}, {"process matches ^f", "a"}, {"process =~ ^f", "a"}, {"process in {firefox}", "a"}, {"process in {fire}", ""},

		// Numbers.
		{"port:44", "c"}, {"port:~44", "abc"}, {"port:80-90", "c"}, {"port:{53,443}", "ab"}, {"port:{53 443}", "ab"}, {"port:53,443", "ab"}, {"port:1-100,50000", "abc"},
		{"port>50k", ""}, {"port>=50k", "a"}, {"port:>=50000", "a"}, {"port < 53", "cd"}, {"port:40000-", "ab"}, {"port:-44", "cd"}, {"port:/^4{2}/", "abc"},
		{"tcp.port == 443", "a"}, {"tcp.port != 443", "bcd"}, {"pid:44", "b"}, {"not pid:*", "cd"},

		// Units.
		{"rate>1M", "a"}, {"rate>=2MB", "a"}, {"rate>=2MB/s", "a"}, {"rate=16Mb", "a"}, {"rate=16mbit/s", "a"}, {"rate>=1Mb", "ac"}, {"rate>1Mb", "a"},
		{"bytes>=1G", "a"}, {"bytes>=2GB", "a"}, {"bytes>2GiB", ""}, {"bytes:500-1k", "b"}, {"bytes<1K", "bcd"},
		{"rtt>100ms", "a"}, {"rtt<=1ms", "c"}, {"rtt<2s", "ac"}, {"rtt:1-200ms", "ac"}, {"not rtt<2s", "bd"}, {"rtt>0", "ac"}, {"loss>2%", "abcd"}, {"loss>2.5", ""},

		// Addresses.
		{"host:10.0.0.0/8", "cd"}, {"host:203.0.113.9", "a"}, {"host:203.0", "a"}, {"host:2001:db8::/32", "b"}, {"host:[2001:db8::53]", "b"}, {"host:2001:db8::%eth0/32", "b"},
		{"host:10.0.0.1-10.1.9.9", "cd"}, {"host:example.com", "ac"}, {"host==example.com", ""}, {"host:{10.0.0.0/8,*.cdn.net}", "acd"},
		{"ip.src == 10.0.0.0/8", "abd"}, {"ip.src != 10.0.0.0/8", "c"}, {"host:10.0.0.5", ""},

		// Words, names, domains, codes, labels.
		{"state:closed", "b"}, {"state:syn", "c"}, {"state:arp_who_has", "d"}, {"state:arp_who", "d"}, {"state:ARP_REQUEST", "d"}, {"state == arp_is_at", ""},
		{"iface:eth0", "ad"}, {"iface:*eth0", "abd"}, {"iface:~eth0", "abd"}, {"iface:lo", "c"},
		{"domain:example.com", "a"}, {"domain:com", "ac"}, {"domain == www.example.com", "a"}, {"domain:example.*", ""}, {"domain:example.org", "b"}, {"domain:org", "b"}, {"domain:xample.com", ""}, {"domain:*.example.*", "ab"},
		{"country:de", "a"}, {"country:germany", "a"}, {"country:swe", "b"}, {"country:{de,se}", "ab"},
		{"asn:13335", "a"}, {"asn:AS13335", "a"}, {"asn:1333", ""}, {"asn:cloud", "a"}, {"asn>13000", "a"},

		// Logic.
		{"tcp", "ac"}, {"TCP", "ac"}, {`"tcp"`, ""}, {"not tcp", "bd"}, {"!tcp", "bd"}, {"! tcp", "bd"}, {"!(tcp or udp)", "d"}, {"not not tcp", "ac"},
		{"tcp and host:example.com", "ac"}, {"tcp host:10.0.0.0/8", "c"}, {"tcp && !process:nginx", "a"}, {"udp or tcp and fire", "ab"}, {"(udp or tcp) fire", "a"},
		{"udp || fire", "ab"}, {"udp||fire", "ab"}, {"tcp&&fire", "a"}, {"not udp and not tcp", "d"}, {"not tcp or fire", "abd"}, {"tcp AND NOT fire", "c"},
		{"tls.sni contains example.com", "ac"}, {"tls.sni", "abc"}, {"not tls.sni", "d"}, {"sni:*", "abc"},
		{"tcp.port == 443 and ip.src == 10.0.0.0/8", "a"}, {"((((tcp))))", "ac"}, {"process:fire(tcp)", "a"},
		{":web", "ac"}, {":web and not :big", "c"}, {"not (:web or udp)", "d"},
	} {
		o := Options{Saved: map[string]string{"web": "tcp or port:8080", "big": "bytes>1G :web"}}
		if got := found(t, c.query, o); got != c.want {
			t.Errorf("%s: got rows %q, want %q", c.query, got, c.want)
		}
	}
}

func TestMistakesAreShown(t *testing.T) {
	saved := map[string]string{"loop": "tcp :pool", "pool": "udp :loop", "bad": "prot:tcp", "web": "tcp"}
	for _, c := range []struct {
		query          string
		offset, length int
		reason         string
		suggestion     string
	}{
		{"poort:443", 0, 5, `no field is named "poort"`, "port"},
		{"tcp stat:closed", 4, 4, `no field is named "stat"`, "state"},
		{"tcp.prt == 443", 0, 7, `no field is named "tcp.prt"`, "tcp.port"},
		{"tcp.prt:443", 0, 7, `no field is named "tcp.prt"`, "tcp.port"},
		{"tls.sn contains x", 0, 6, `no field is named "tls.sn"`, "tls.sni"},
		{"xyzzyplugh=1", 0, 10, `no field is named "xyzzyplugh"`, ""},
		{"port:", 5, 0, "want a value here", ""},
		{"port:80,", 8, 0, "want a value here", ""},
		{"port:http", 5, 4, `port: want a number such as 443 or 10k, got "http"`, ""},
		{"port:90-80", 5, 5, "port: the range 90-80 ends before it begins", ""},
		{"rtt>100", 4, 3, `rtt: want a time with its unit such as 100ms, 5s, 10m, 2h or 1d, got "100"`, ""},
		{"rate>1Q", 5, 2, `rate: want a rate such as 100k or 1MB for bytes per second, or 8Mb for bits, got "1Q"`, ""},
		{"rate:~1", 6, 1, "rate is compared, not searched: want a rate such as 100k or 1MB for bytes per second, or 8Mb for bits", ""},
		{"process>5", 8, 1, "process is a text: nothing is less or greater", ""},
		{"host:10.0.0.0/99", 5, 11, `host: want a prefix length from 0 to 32, got "99"`, ""},
		{"10.0.0.0/99", 0, 11, `want a prefix length from 0 to 32, got "99"`, ""},
		{"/a(/", 0, 4, "the regular expression is wrong: missing closing ): a(", ""},
		{"(tcp", 0, 1, "this ( is not closed", ""},
		{"tcp)", 3, 1, "this ) closes nothing", ""},
		{"tcp and", 7, 0, "want a term here", ""},
		{"or tcp", 0, 0, "want a term here", ""},
		{"()", 1, 0, "want a term here", ""},
		{"not", 3, 0, "want a term here", ""},
		{"port:{80", 5, 1, "this { is not closed", ""},
		{`"abc`, 0, 4, `this " has no second one`, ""},
		{`process:""`, 8, 2, "nothing stands between the quotes", ""},
		{"> 5", 0, 1, "want a field before >", ""},
		{"tcp :wbe", 4, 4, `no saved query is named "wbe"`, ":web"},
		{"tcp :loop", 4, 5, "in :loop: in :pool: the saved query :loop refers to itself", ""},
		{":bad", 0, 4, `in :bad: no field is named "prot"`, ""},
		{strings.Repeat("(", 200) + "tcp", 100, 1, "the query is nested too deep", ""},
	} {
		_, err := Compile(c.query, fields, Options{Saved: saved})
		got, ok := err.(*Error)
		want := Error{c.query, c.offset, c.length, c.reason, c.suggestion}
		if !ok || *got != want {
			t.Errorf("%.40s: got %+v, want %+v", c.query, err, want)
		}
	}
}

func TestSavedQueriesThatGrowAreRefused(t *testing.T) {
	saved := map[string]string{}
	for i := range 30 {
		saved["q"+strconv.Itoa(i)] = ":q" + strconv.Itoa(i+1) + " :q" + strconv.Itoa(i+1)
	}
	saved["q30"] = "tcp"
	if _, err := Compile(":q0", fields, Options{Saved: saved}); err == nil || !strings.Contains(err.Error(), "too many terms") {
		t.Errorf("2^30 terms: got %v", err)
	}
}

func TestMatchingAllocatesNothing(t *testing.T) {
	for _, text := range []string{
		"port:443", "port:~44", "rate>1M and not bytes<1k", "host:10.0.0.0/8", "process==firefox", "state:syn", "firefox", "10.0.0.5:5",
		"domain:example.com", `"www.example.com:443"`, "GRÖßE", "tcp or udp",
	} {
		q, err := Compile(text, fields, Options{})
		if err != nil {
			t.Fatal(err)
		}
		testkit.ZeroAllocs(t, text, func() {
			for _, c := range "abcd" {
				q.Match(rows[byte(c)])
			}
		})
	}
}

func TestFuzzyFindsWhatIsAlike(t *testing.T) {
	for _, c := range []struct{ query, want string }{
		{"firfox", "a"}, {"frfx", "a"}, {"resolvd", "b"}, {"udp firfox", ""}, {"tcp firfox", "a"}, {"resolvd or firfox", "ab"}, {"xyz", ""},
		{"udp", "b"}, {"tcp or nginx", "ac"},
		{"firfox not process:firefox", ""}, {"frefox port:44", ""},
	} {
		q, err := Compile(c.query, fields, Options{})
		if err != nil {
			t.Fatal(err)
		}
		if f := q.Fuzzy(); f == nil || foundBy(f) != c.want {
			t.Errorf("%s: got %q, want %q", c.query, foundBy(f), c.want)
		}
	}
	for _, text := range []string{"", "port:443", "ab", "not firfox", `"firfox"`, "/firfox/"} {
		q, err := Compile(text, fields, Options{})
		if err != nil {
			t.Fatal(err)
		}
		if q.Fuzzy() != nil {
			t.Errorf("%q: got a query by likeness, want none", text)
		}
	}
}

func TestFindShowsWhere(t *testing.T) {
	for _, c := range []struct {
		query, text string
		fields      []string
		want        string
	}{
		{"fox", "Firefox 4711", []string{"process"}, "fox"},
		{"process:fire", "Firefox 4711", []string{"process", "pid"}, "Fire"},
		{"process:fire", "firehose.example.com", []string{"host"}, ""},
		{"tcp or /e.am/", "www.example.com", nil, "exam"},
		{"not fox", "firefox", []string{"process"}, ""},
		{"GRÖ", "nginx: Größe", nil, "Grö"},
		{"port:443", "example.com:443", []string{"host", "port"}, ""},
		{"port:~44", "example.com:443", []string{"host", "port"}, "44"},
	} {
		q, err := Compile(c.query, fields, Options{})
		if err != nil {
			t.Fatal(err)
		}
		if from, to := q.Find(c.text, c.fields...); c.text[from:to] != c.want {
			t.Errorf("%s in %s: got %q, want %q", c.query, c.text, c.text[from:to], c.want)
		}
	}
}

func TestCompletionOffers(t *testing.T) {
	o := Options{Saved: map[string]string{"web": "tcp"}}
	for _, c := range []struct{ before, want string }{
		{"pr", "process:"}, {"tcp PRO", "process:"}, {"(!ho", "host:"}, {"hostn", "hostname:"}, {"t", "tcp.port: tls.sni: tcp"},
		{"state:", "ESTABLISHED SYN_SENT SYN_RECV CLOSED SCTP_CLOSED ARP_REQUEST ARP_REPLY"}, {"state:{closed,sy", "SYN_SENT SYN_RECV"}, {"state==es", "ESTABLISHED"},
		{"port:44", "~44"}, {"port:~44", ""}, {"rate:44", ""}, {":", ":web"}, {":x", ""}, {`"pr`, ""}, {"nosuch:x", ""}, {"port!", ""}, {"(!pr", "process:"}, {"!(u", "udp"},
	} {
		var all []string
		for _, n := range Complete(c.before+" udp", len(c.before), fields, o) {
			if n.To != len(c.before) || n.From > n.To {
				t.Errorf("%s: got place %d to %d", c.before, n.From, n.To)
			}
			all = append(all, n.Text)
		}
		if got := strings.Join(all, " "); got != c.want {
			t.Errorf("%s: got %s, want %s", c.before, got, c.want)
		}
	}
	if all := Complete("", 0, fields, o); len(all) != len(fields.List())+2 {
		t.Errorf("nothing written: got %d candidates, want every field and atom", len(all))
	}
}
