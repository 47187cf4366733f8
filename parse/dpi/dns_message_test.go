package dpi

import (
	"bytes"
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"time"

	"sockeye/internal/testkit"
	"sockeye/parse"
)

func TestAppendName(t *testing.T) {
	tests := []struct {
		name, wire string
		off        int
		want       string
		free       string // as mDNS writes it, where that differs
		broken     bool
	}{
		{"plain", `03 "www" 02 "eX" 00`, 0, "www.eX", "", false},
		{"root", `00`, 0, ".", "", false},
		{"pointer", `02 "ex" 00 03 "www" c000`, 4, "www.ex", "", false},
		{"pointer to a pointer", `01 "a" 00 c000 c003`, 5, "a", "", false},
		{"dots and backslashes", `03 "a.b" 02 5c "c" 00`, 0, `a\.b.\\c`, "", false},
		{"what is not printable", `03 00 20 7f 00`, 0, `\000\032\127`, `\000 \127`, false},
		{"UTF-8", `03 "aü" 00`, 0, `a\195\188`, "aü", false},
		{"no UTF-8", `02 ff "a" 00`, 0, `\255a`, "", false},
		{"pointer to itself", `c000`, 0, "", "", true},
		{"pointers in a circle", `01 "a" c000`, 0, "", "", true},
		{"pointer forward", `c002 01 "a" 00`, 0, "", "", true},
		{"half a pointer", `c0`, 0, "", "", true},
		{"reserved label", `41 "a" 00`, 0, "", "", true},
		{"beyond the end", `05 "abc"`, 0, "", "", true},
		{"no end", `03 "abc"`, 0, "", "", true},
		{"as long as it may be", strings.Repeat(`3f `+strings.Repeat("61", 63)+" ", 3) + `3d ` + strings.Repeat("61", 61) + ` 00`, 0,
			strings.Repeat(strings.Repeat("a", 63)+".", 3) + strings.Repeat("a", 61), "", false},
		{"too long", strings.Repeat(`3f `+strings.Repeat("61", 63)+" ", 4) + `00`, 0, "", "", true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			b := bytesOf(tt.wire)
			for _, free := range []bool{false, true} {
				want := tt.want
				if free && tt.free != "" {
					want = tt.free
				}
				got, ok := appendName(nil, b, tt.off, free)
				if ok == tt.broken || ok && string(got) != want {
					t.Errorf("free %t: got %q %t, want %q %t", free, got, ok, want, !tt.broken)
				}
			}
		})
	}
}

func TestAppendData(t *testing.T) {
	tests := []struct {
		name string
		typ  uint16
		data string // at offset 12, where "example.com" is at offset 0
		want string
	}{
		{"A", typeA, `c0000201`, "192.0.2.1"},
		{"AAAA", typeAAAA, `20010db8 00000000 00000000 00000001`, "2001:db8::1"},
		{"A of five bytes", typeA, `c000020100`, `\# 5 c000020100`},
		{"NS", typeNS, `02 "ns" c000`, "ns.example.com"},
		{"PTR", typePTR, `c000`, "example.com"},
		{"MX", typeMX, `000a 02 "mx" c000`, "10 mx.example.com"},
		{"SRV", typeSRV, `0001 0002 01bb 01 "s" c000`, "1 2 443 s.example.com"},
		{"SOA", typeSOA, `c000 04 "root" c000 00000001 00000002 00000003 00000004 00000005`, "example.com root.example.com 1 2 3 4 5"},
		{"TXT", typeTXT, `03 "a" 22 "b" 02 07 "c" 00`, `"a\"b" "\007c" ""`},
		{"TXT cut", typeTXT, `05 "abc"`, `\# 4 05616263`},
		{"CAA", typeCAA, `80 05 "issue" "ca.example"`, `128 issue "ca.example"`},
		{"URI", typeURI, `0001 0002 "https://x"`, `1 2 "https://x"`},
		{"HTTPS of an alias", typeHTTPS, `0000 c000`, "0 example.com"},
		{"HTTPS", typeHTTPS, `0001 00 0001 0006 02 "h3" 02 "h2" 0003 0002 20fb 0004 0008 c0000201 c0000202 0005 0003 010203
			0006 0010 20010db8 00000000 00000000 00000001 0007 0010 "/dns-query{?dns}"`,
			`1 . alpn=h3,h2 port=8443 ipv4hint=192.0.2.1,192.0.2.2 ech=AQID ipv6hint=2001:db8::1 dohpath="/dns-query{?dns}"`},
		{"SVCB, keys", typeSVCB, `0001 00 0000 0004 0001 ff00 0002 0000 0009 0004 001d 11ec ff00 0001 "x"`,
			`1 . mandatory=alpn,key65280 no-default-alpn tls-supported-groups=29,4588 key65280="x"`},
		{"SVCB, port of three bytes", typeSVCB, `0001 00 0003 0003 010203`, `\# 10 00010000030003010203`},
		{"SVCB, hint of five bytes", typeSVCB, `0001 00 0004 0005 c000020101`, `\# 12 00010000040005c000020101`},
		{"DS", typeDS, `3039 08 02 abcd`, "12345 8 2 abcd"},
		{"DNSKEY", typeKEY, `0101 03 08 0102030405`, "257 3 8 ; tag 3343 key left out"},
		{"RRSIG", typeRRSIG, `0001 08 02 00000e10 00000002 00000001 3039 c000 ffff`, "A 8 2 3600 2 1 12345 example.com"},
		{"NSEC", typeNSEC, `01 "b" c000 0006 40 00 00 08 00 03`, "b.example.com A AAAA RRSIG NSEC"},
		{"SSHFP", typeSSHFP, `01 02 abcd`, "1 2 abcd"},
		{"TLSA", typeTLSA, `03 01 01 abcd`, "3 1 1 abcd"},
		{"unknown", 65280, `0102`, `\# 2 0102`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			head := bytesOf(`07 "example" 03 "com" 00`)
			data := bytesOf(tt.data)
			m := dnsMessage{b: append(head, data...)}
			r := dnsRecord{typ: tt.typ, class: classIN, data: uint16(len(head)), size: uint16(len(data))}
			got, _ := m.appendData([]byte("before "), &r, false)
			if want := "before " + tt.want; string(got) != want {
				t.Errorf("got %q, want %q", got, want)
			}
		})
	}
	m := dnsMessage{b: bytes.Repeat([]byte{9, 'a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i'}, 100)}
	if got, _ := m.appendData(nil, &dnsRecord{typ: typeTXT, class: classIN, size: 1000}, false); len(got) != maxText {
		t.Errorf("a long text: got %d bytes, want %d", len(got), maxText)
	}
}

// TestDNSShape says what is taken for DNS by its bytes alone, and what at home.
func TestDNSShape(t *testing.T) {
	tests := []struct {
		name, text string
		wire       int // 0: all was captured
		away, home match
	}{
		{"a query", `1234 0100 0001 0000 0000 0000 ` + askWWW, 0, sure, sure},
		{"for a private type", `1234 0100 0001 0000 0000 0000 01 "a" 00 ff01 0001`, 0, sure, sure},
		{"for an unknown type", `1234 0100 0001 0000 0000 0000 01 "a" 00 3456 0001`, 0, no, no},
		{"for an unknown class", `1234 0100 0001 0000 0000 0000 01 "a" 00 0001 0007`, 0, no, no},
		{"with a byte too many", `1234 0100 0001 0000 0000 0000 ` + askWWW + ` 00`, 0, likely, likely},
		{"with many bytes too many", `1234 0100 0001 0000 0000 0000 ` + askWWW + ` 0000000000`, 0, no, likely},
		{"with a code", `1234 0103 0001 0000 0000 0000 ` + askWWW, 0, likely, likely},
		{"with the bit that must be zero", `1234 0140 0001 0000 0000 0000 ` + askWWW, 0, likely, likely},
		{"with more counted than is there", `1234 8180 0001 0009 0000 0000 ` + askWWW, 0, no, likely},
		{"cut by the capture", `1234 8180 0001 0009 0000 0000 ` + askWWW, 300, sure, sure},
		{"cut within the question", `1234 0100 0001 0000 0000 0000 03 "ww"`, 40, more, more},
		{"cut by the server", `1234 8380 0001 0009 0000 0000 ` + askWWW, 0, sure, sure},
		{"an update", `1234 2800 0001 0000 0001 0000 03 "com" 00 0006 0001 01 "a" 00 00ff 00ff 00000000 0000`, 0, sure, sure},
		{"an announcement of mDNS", `0000 8400 0000 0001 0000 0000 01 "a" 00 0001 8001 0000000a 0004 c0000201`, 0, sure, sure},
		{"an address of three bytes", `0000 8400 0000 0001 0000 0000 01 "a" 00 0001 8001 0000000a 0003 c00002`, 0, no, no},
		{"nothing but zeros", `0000 0000 0000 0000 0000 0000`, 0, no, no},
		{"a name that leads nowhere", `1234 0100 0001 0000 0000 0000 c00c 0001 0001`, 0, no, no},
		{"a NetBIOS name", `1234 0110 0001 0000 0000 0000 20 "EJFDEBFEEBFACACACACACACACACACACA" 00 0020 0001`, 0, no, no},
		{"short", `1234 0100 0001`, 0, no, no},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			b := bytesOf(tt.text)
			wire := max(tt.wire, len(b))
			if got := dnsShape(b, wire, false); got != tt.away {
				t.Errorf("away: got %d, want %d", got, tt.away)
			}
			if got := dnsShape(b, wire, true); got != tt.home {
				t.Errorf("at home: got %d, want %d", got, tt.home)
			}
		})
	}
}

// TestDNSStreamShape says what is taken for DNS over TCP, byte by byte.
func TestDNSStreamShape(t *testing.T) {
	query := bytesOf(`0021 0001 0100 0001 0000 0000 0000 ` + askWWW)
	for n := 1; n <= len(query); n++ {
		want := more
		if n == len(query) {
			want = sure
		}
		if got := dnsStreamShape(query[:n]); got != want {
			t.Errorf("%d bytes of a query: got %d, want %d", n, got, want)
		}
	}
	tests := []struct{ name, text string }{
		{"a length without room for a question", `0010`},
		{"a line of text", `"NXSH-8.10.1" 0a`},
		{"another", `"220 mail.example.com ESMTP" 0d0a`},
		{"a hello of TLS", `160301 0200 010001fc 0303 0102`},
	}
	for _, tt := range tests {
		if got := dnsStreamShape(bytesOf(tt.text)); got != no {
			t.Errorf("%s: got %d, want %d", tt.name, got, no)
		}
	}
}

// dnsExchange is a query and its response.
func dnsExchange() (packets [2]parse.Packet) {
	for n, text := range []string{
		`1234 0100 0001 0000 0000 0001 ` + askWWW + ` 00 0029 1000 00 00 0000 0000`,
		`1234 8180 0001 0002 0000 0001 ` + askWWW + ` c00c 0005 0001 0000012c 0006 03 "cdn" c010 c02d 0001 0001 0000003c 0004 c6336401 00 0029 1000 00 00 0000 0000`,
	} {
		b := append([]byte{0}, bytesOf(text)...)
		packets[n] = parse.Packet{Proto: 17, Data: b, Payload: 1, PayLen: uint32(len(b) - 1)}
	}
	return packets
}

// newDNSFlow returns an Inspector of a flow that may be one of DNS.
func newDNSFlow(sink Sink) *Inspector {
	return New(netip.MustParseAddrPort("192.0.2.1:5000"), netip.MustParseAddrPort("192.0.2.2:53"), sink)
}

// playExchange plays an exchange once more.
func playExchange(i *Inspector, packets *[2]parse.Packet) {
	for n := range packets {
		packets[n].Time += int64(time.Millisecond)
		i.Datagram(&packets[n], Dir(n))
	}
}

// TestDNSAllocs: an exchange that says nothing new costs no memory.
func TestDNSAllocs(t *testing.T) {
	i, packets := newDNSFlow(nil), dnsExchange()
	playExchange(i, &packets)
	testkit.ZeroAllocs(t, "an exchange as before", func() { playExchange(i, &packets) })
	b := bytesOf(`1234 8180 0001 0000 0000 0000 ` + askWWW)
	testkit.ZeroAllocs(t, "dnsShape", func() { dnsShape(b, len(b), false) })
}

func BenchmarkDNS(b *testing.B) {
	for _, listened := range []bool{false, true} {
		b.Run(fmt.Sprintf("events=%t", listened), func(b *testing.B) {
			var sink Sink
			if listened {
				sink = nobody{}
			}
			i, packets := newDNSFlow(sink), dnsExchange()
			b.ReportAllocs()
			for range b.N {
				playExchange(i, &packets)
			}
		})
	}
}

// BenchmarkDNSFlow is a flow of one query and its response, as most are.
func BenchmarkDNSFlow(b *testing.B) {
	packets := dnsExchange()
	b.ReportAllocs()
	for range b.N {
		playExchange(newDNSFlow(nobody{}), &packets)
	}
}

// nobody is a Sink that does nothing.
type nobody struct{}

func (nobody) Event(Event)   {}
func (nobody) Naming(Naming) {}

// FuzzDNS plays any bytes as datagrams and as a stream.
func FuzzDNS(f *testing.F) {
	for _, c := range dnsTalks {
		all, err := c.lines()
		if err != nil {
			f.Fatal(err)
		}
		for _, s := range all {
			f.Add(s.b, uint16(53), c.udp)
		}
	}
	f.Fuzz(func(t *testing.T, b []byte, port uint16, udp bool) {
		var out played
		d := newDNS().(*dnsDecoder)
		c := &conv{i: New(netip.MustParseAddrPort("192.0.2.1:5000"), netip.AddrPortFrom(netip.MustParseAddr("224.0.0.251"), port), &out)}
		c.ends = [2]netip.AddrPort{netip.MustParseAddrPort("192.0.2.1:5000"), netip.AddrPortFrom(netip.MustParseAddr("198.51.100.1"), port)}
		c.i.sink = &out
		if udp {
			for n := 0; len(b) > 0; n++ {
				cut := min(len(b), 12+int(b[0]))
				dnsShape(b[:cut], cut+n%2, n%3 == 0)
				d.datagram(c, Dir(n%2), b[:cut], cut)
				b = b[cut:]
			}
		} else if n := d.stream(c, ToServer, b); len(b) > 0 && (n < 0 || n > 1<<17+len(b)) {
			t.Fatalf("stream returned %d of %d", n, len(b))
		}
		d.end(c)
		bounded(t, &d.detail.DNSMessage)
		if len(d.pending) != 0 || len(d.detail.Hosts) > maxList || len(d.detail.Services) > maxList {
			t.Errorf("got %d pending, %d hosts, %d services", len(d.pending), len(d.detail.Hosts), len(d.detail.Services))
		}
		for _, e := range out.Events {
			bounded(t, e.Detail.(*DNSMessage))
		}
		for _, n := range out.Namings {
			if n.TTL < 0 || n.Name == "" || !n.Addr.IsValid() {
				t.Errorf("got %+v", n)
			}
		}
	})
}

// bounded fails where a message holds more than it may.
func bounded(t *testing.T, m *DNSMessage) {
	t.Helper()
	if len(m.Answers) > maxList || len(m.Questions) > maxQuestions || len(m.Question) > 4*maxNameLen {
		t.Errorf("got %d answers, %d questions, a question of %d bytes", len(m.Answers), len(m.Questions), len(m.Question))
	}
	for _, a := range m.Answers {
		if len(a.Data) > maxText || len(a.Name) > 4*maxNameLen {
			t.Errorf("got an answer of %d and %d bytes", len(a.Name), len(a.Data))
		}
	}
}
