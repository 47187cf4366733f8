package dpi

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"sockeye/parse"
)

// The name www.example.com on the wire, with type A and class IN: it is at offset
// 12 of a message, and example.com at 16.
const askWWW = `03 "www" 07 "example" 03 "com" 00 0001 0001`

var dnsTalks = register(
	conversation{name: "an address through an alias", proto: DNS, udp: true, text: `
		c 1234 0100 0001 0000 0000 0000 ` + askWWW + `
		s 1234 8180 0001 0002 0000 0000 ` + askWWW + ` c00c 0005 0001 0000012c 0006 03 "cdn" c010 c02d 0001 0001 0000003c 0004 c6336401`},
	conversation{name: "over TCP, two at once, answered in the other order", proto: DNS, text: `
		c 0021 0001 0100 0001 0000 0000 0000 ` + askWWW + ` 0021 0002 0100 0001 0000 0000 0000 03 "ftp" 07 "example" 03 "com" 00 001c 0001
		s 003d 0002 8580 0001 0001 0000 0000 03 "ftp" 07 "example" 03 "com" 00 001c 0001 c00c 001c 0001 0000003c 0010 20010db8000000000000000000000001
		s 0031 0001 8580 0001 0001 0000 0000 ` + askWWW + ` c00c 0001 0001 0000003c 0004 c6336401`},
	conversation{name: "no such name, with EDNS", proto: DNS, udp: true, text: `
		c 00ff 0120 0001 0000 0000 0001 02 "no" 04 "such" 00 000f 0001 00 0029 1000 00 00 8000 0000
		s 00ff 8193 0001 0000 0000 0001 02 "no" 04 "such" 00 000f 0001 00 0029 04d0 00 00 8000 0000`},
	conversation{name: "a code that EDNS extends", proto: DNS, udp: true, text: `
		c 0001 0100 0001 0000 0000 0001 00 0006 0001 00 0029 1000 00 01 0000 0000
		s 0001 8180 0001 0000 0000 0001 00 0006 0001 00 0029 1000 01 00 0000 0000`},
	conversation{name: "a name without such a record", proto: DNS, udp: true, text: `
		c 0001 0100 0001 0000 0000 0000 01 "a" 00 001c 0001
		s 0001 8180 0001 0000 0001 0000 01 "a" 00 001c 0001 00 0006 0001 00000e10 0016 00 00 00000001 00000002 00000003 00000004 00000005`},
	conversation{name: "a forged answer", proto: DNS, udp: true, text: `
		c 1234 0100 0001 0000 0000 0000 ` + askWWW + `
		s 4321 8180 0001 0001 0000 0000 ` + askWWW + ` c00c 0001 0001 0000003c 0004 c6336401`},
	conversation{name: "asked twice, answered twice", proto: DNS, udp: true, text: `
		c 1234 0100 0001 0000 0000 0000 ` + askWWW + `
		c 1234 0100 0001 0000 0000 0000 ` + askWWW + `
		s 1234 8180 0001 0001 0000 0000 ` + askWWW + ` c00c 0001 0001 0000003c 0004 c6336401
		s 1234 8180 0001 0001 0000 0000 ` + askWWW + ` c00c 0001 0001 0000003c 0004 c6336401`},
	conversation{name: "another question from the same port", proto: DNS, udp: true, text: `
		c 0001 0100 0001 0000 0000 0000 ` + askWWW + `
		s 0001 8180 0001 0001 0000 0000 ` + askWWW + ` c00c 0001 0001 0000003c 0004 c6336401
		c 0002 0100 0001 0000 0000 0000 01 "a" 00 001c 0001
		s 0001 8180 0001 0001 0000 0000 ` + askWWW + ` c00c 0001 0001 0000003c 0004 c6336401
		s 0002 8183 0001 0000 0000 0000 01 "a" 00 001c 0001`},
	conversation{name: "an update", proto: DNS, udp: true, text: `
		c 1234 2800 0001 0000 0001 0000 03 "lan" 00 0006 0001 01 "a" c00c 0001 0001 0000003c 0004 c0000237
		s 1234 a805 0001 0000 0000 0000 03 "lan" 00 0006 0001`},
	conversation{name: "only responses", proto: DNS, udp: true, ports: [2]uint16{53, 50000}, text: `
		c 1234 8180 0001 0001 0000 0000 ` + askWWW + ` c00c 0001 0001 0000003c 0004 c6336401`},
	conversation{name: "a cut response", proto: DNS, udp: true, text: `
		c 1234 0100 0001 0000 0000 0000 ` + askWWW + `
		s cut 400 1234 8180 0001 0009 0000 0000 ` + askWWW + ` c00c 0001 0001 0000003c 0004 c6336401 c00c 0001`},
	conversation{name: "a message too large for the buffer", proto: DNS, whole: true, said: []said{
		{dir: ToServer, b: bytesOf(`0013 0001 0100 0001 0000 0000 0000 01 "a" 00 0010 0001`)},
		{dir: ToClient, b: bytesOf(`4e20 0001 8180 0001 0050 0000 0000 01 "a" 00 0010 0001 c00c 0010 0001 00000001 0003 02 "hi"` + strings.Repeat(" 00", 20000-34))},
		{dir: ToServer, b: bytesOf(`0013 0002 0100 0001 0000 0000 0000 01 "b" 00 0010 0001`)},
		{dir: ToClient, b: bytesOf(`0020 0002 8180 0001 0001 0000 0000 01 "b" 00 0010 0001 c00c 0010 0001 00000001 0001 00`)},
	}},
	conversation{name: "a part was not captured", proto: DNS, whole: true, text: `
		c 0021 0001 0100 0001 0000 0000 0000 ` + askWWW + `
		s gap 49
		c 0013 0002 0100 0001 0000 0000 0000 01 "b" 00 0010 0001
		s 0020 0002 8180 0001 0001 0000 0000 01 "b" 00 0010 0001 c00c 0010 0001 00000001 0001 00`},
)

// bytesOf reads what a conversation's line may say; here it may be broken.
func bytesOf(text string) []byte {
	s, err := readLine("c " + strings.ReplaceAll(text, "\n", " "))
	if err != nil {
		panic(err)
	}
	return s.b
}

// TestDNS says of each conversation what comes of it: the events, as outcome, question,
// code and answers, and the names with their addresses.
func TestDNS(t *testing.T) {
	wants := map[string]struct{ events, namings []string }{
		"an address through an alias": {
			[]string{"answered www.example.com A NOERROR [rd ra] CNAME cdn.example.com, cdn.example.com A 198.51.100.1"},
			[]string{"www.example.com 198.51.100.1 1m0s"},
		},
		"over TCP, two at once, answered in the other order": {
			[]string{"answered ftp.example.com AAAA NOERROR [aa rd ra] AAAA 2001:db8::1", "answered www.example.com A NOERROR [aa rd ra] A 198.51.100.1"},
			[]string{"ftp.example.com 2001:db8::1 1m0s", "www.example.com 198.51.100.1 1m0s"},
		},
		"no such name, with EDNS":      {[]string{"answered no.such MX NXDOMAIN [rd ra cd] 1232 DO"}, nil},
		"a code that EDNS extends":     {[]string{"answered . SOA BADVERS [rd ra] 4096"}, nil},
		"a name without such a record": {[]string{"answered a AAAA NOERROR [rd ra] no data"}, nil},
		"a forged answer":              {[]string{"unsolicited www.example.com A NOERROR [rd ra] A 198.51.100.1", "unanswered www.example.com A  []"}, nil},
		"asked twice, answered twice": {
			[]string{"answered www.example.com A NOERROR [rd ra] A 198.51.100.1"},
			[]string{"www.example.com 198.51.100.1 1m0s"},
		},
		"another question from the same port": {
			[]string{"answered www.example.com A NOERROR [rd ra] A 198.51.100.1", "answered a AAAA NXDOMAIN [rd ra]"},
			[]string{"www.example.com 198.51.100.1 1m0s"},
		},
		"an update":      {[]string{"answered lan SOA REFUSED [] a.lan A 192.0.2.55 UPDATE"}, nil},
		"only responses": {[]string{"unsolicited www.example.com A NOERROR [rd ra] A 198.51.100.1"}, nil},
		"a cut response": {
			[]string{"answered www.example.com A NOERROR [rd ra] A 198.51.100.1 and 8 more"},
			[]string{"www.example.com 198.51.100.1 1m0s"},
		},
		"a message too large for the buffer": {
			[]string{`answered a TXT NOERROR [rd ra] TXT "hi", . TYPE0 \# 0 , . TYPE0 \# 0 , . TYPE0 \# 0 , . TYPE0 \# 0 , . TYPE0 \# 0 , . TYPE0 \# 0 , . TYPE0 \# 0 , ` +
				`. TYPE0 \# 0 , . TYPE0 \# 0 , . TYPE0 \# 0 , . TYPE0 \# 0 , . TYPE0 \# 0 , . TYPE0 \# 0 , . TYPE0 \# 0 , . TYPE0 \# 0  and 64 more`,
				`answered b TXT NOERROR [rd ra] TXT ""`}, nil,
		},
		"a part was not captured": {[]string{`answered b TXT NOERROR [rd ra] TXT ""`, "unanswered www.example.com A  []"}, nil},
	}
	for _, c := range dnsTalks {
		t.Run(c.name, func(t *testing.T) {
			out := play(t, c)
			want := wants[c.name]
			if got := dnsEvents(out.Events); !slices.Equal(got, want.events) {
				t.Errorf("events:\n got %q\nwant %q", got, want.events)
			}
			if got := dnsNamings(out.Namings); !slices.Equal(got, want.namings) {
				t.Errorf("names: got %q, want %q", got, want.namings)
			}
			for _, n := range out.Namings {
				if want := netip.MustParseAddr("192.0.2.1"); n.Client != want || n.Source != NameDNS {
					t.Errorf("got client %v source %v, want %v, DNS", n.Client, n.Source, want)
				}
			}
		})
	}
}

func dnsEvents(all []Event) []string {
	var out []string
	for _, e := range all {
		m := e.Detail.(*DNSMessage)
		s := fmt.Sprintf("%s %s %s %s %v", m.Outcome, m.Question, m.Type, m.RCode, m.Flags)
		for i, a := range m.Answers {
			if i > 0 {
				s += ","
			}
			if a.Name != "" {
				s += " " + a.Name
			}
			s += " " + a.Type + " " + a.Data
		}
		if m.Opcode != "" {
			s += " " + m.Opcode
		}
		if m.LeftOut > 0 {
			s += fmt.Sprintf(" and %d more", m.LeftOut)
		}
		if m.NoData && m.UDPSize == 0 {
			s += " no data"
		}
		if m.UDPSize > 0 {
			s += fmt.Sprint(" ", m.UDPSize)
		}
		if m.DNSSECOK {
			s += " DO"
		}
		out = append(out, s)
	}
	return out
}

func dnsNamings(all []Naming) []string {
	var out []string
	for _, n := range all {
		out = append(out, fmt.Sprint(n.Name, " ", n.Addr, " ", n.TTL))
	}
	return out
}

func TestDNSDetail(t *testing.T) {
	byName := func(name string) *DNSDetail {
		for _, c := range dnsTalks {
			if c.name == name {
				return detail[*DNSDetail](t, c.once(t, manner{}).App, "dns")
			}
		}
		t.Fatalf("no conversation %q", name)
		return nil
	}
	d := byName("an address through an alias")
	if d.Queries != 1 || d.Responses != 1 || d.ResponseMS != 1 || d.State() != "DNS_RESPONSE" || d.Subject() != "www.example.com" {
		t.Errorf("got %s, state %s", asJSON(d), d.State())
	}
	if d = byName("another question from the same port"); d.Queries != 2 || d.Responses != 3 || d.Unsolicited != 0 || d.Failures != 1 {
		t.Errorf("another question from the same port: got %+v", d)
	}
	if d = byName("asked twice, answered twice"); d.Queries != 1 || d.Repeated != 1 || d.Responses != 2 || d.Unsolicited != 0 || d.ResponseMS != 2 {
		t.Errorf("asked twice: got %s", asJSON(d))
	}
	if d = byName("a forged answer"); d.Unsolicited != 1 || d.Unanswered != 1 {
		t.Errorf("forged: got %s", asJSON(d))
	}
	if d = byName("no such name, with EDNS"); d.Failures != 1 {
		t.Errorf("no such name: got %s", asJSON(d))
	}
}

// TestDNSPatience checks that a query is given up after a time, and that no more
// of them wait than may.
func TestDNSPatience(t *testing.T) {
	var out played
	i := New(netip.MustParseAddrPort("192.0.2.1:5000"), netip.MustParseAddrPort("192.0.2.2:53"), &out)
	ask := func(id int, at int64) {
		b := append([]byte{0}, bytesOf(fmt.Sprintf(`%04x 0100 0001 0000 0000 0000 01 "a" 00 0001 0001`, id))...)
		i.Datagram(&parse.Packet{Time: at, Proto: 17, Data: b, Payload: 1, PayLen: uint32(len(b) - 1)}, ToServer)
	}
	ask(1, 0)
	ask(2, int64(dnsPatience))
	if len(out.Events) != 0 {
		t.Errorf("in time: got %q", dnsEvents(out.Events))
	}
	ask(3, int64(dnsPatience)+1)
	if len(out.Events) != 1 || out.Events[0].Detail.(*DNSMessage).ID != 1 {
		t.Errorf("too late: got %q", dnsEvents(out.Events))
	}
	for id := range maxPending {
		ask(100+id, int64(dnsPatience)+2)
	}
	if n := len(out.Events); n != 3 {
		t.Errorf("too many: got %d given up, want 3", n)
	}
	i.End(int64(dnsPatience) + 3)
	if n := len(out.Events); n != 3+maxPending {
		t.Errorf("at the end: got %d given up, want %d", n, 3+maxPending)
	}
}

// TestChain follows CNAMEs in any order.
func TestChain(t *testing.T) {
	// a → b → c, c is 192.0.2.9; the names are at 12, and in the records' data.
	message := bytesOf(`0001 8180 0001 0004 0000 0000 01 "a" 00 0001 0001
		01 "c" 00 0001 0001 0000000a 0004 c0000209
		01 "b" 00 0005 0001 00000014 0003 01 "c" 00
		c00c 0005 0001 0000001e 0003 01 "b" 00
		01 "x" 00 0001 0001 0000000a 0004 c0000208`)
	var out played
	i := New(netip.MustParseAddrPort("192.0.2.1:5000"), netip.MustParseAddrPort("192.0.2.2:53"), &out)
	for n, b := range [][]byte{bytesOf(`0001 0100 0001 0000 0000 0000 01 "a" 00 0001 0001`), message} {
		b = append([]byte{0}, b...)
		i.Datagram(&parse.Packet{Time: 1, Proto: 17, Data: b, Payload: 1, PayLen: uint32(len(b) - 1)}, Dir(n))
	}
	if got, want := dnsNamings(out.Namings), []string{"a 192.0.2.9 10s"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}
