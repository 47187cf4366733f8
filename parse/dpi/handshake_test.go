package dpi

import (
	"crypto/tls"
	"slices"
	"strings"
	"testing"
)

// readMessages reads messages of a client and returns the detail.
func readMessages(over byte, messages ...[]byte) *TLSDetail {
	h := handshake{over: over}
	c := &conv{i: &Inspector{pool: new(Pool)}}
	for _, m := range messages {
		h.message(c, ToServer, m)
	}
	return h.d
}

func shareExtension(groups ...uint16) []byte {
	var shares []byte
	for _, g := range groups {
		shares = append(append(shares, number16(g)...), vector16(make([]byte, 4))...)
	}
	return extension(extKeyShare, vector16(shares)...)
}

func groupsExtension(groups ...uint16) []byte {
	return extension(extGroups, vector16(numbers(groups...))...)
}

func TestClientHello(t *testing.T) {
	one := []uint16{0x1301}
	tests := []struct {
		name  string
		hello []byte
		want  TLSDetail
	}{
		{"versions highest first", tlsHello(one, versionsExtension(0x2a2a, version10, 0x7f1c, version13, 0x1234)),
			TLSDetail{VersionsOffered: []string{"1.3 draft 28", "0x1234", "1.3", "1.0"}}},
		{"shares", tlsHello(one, shareExtension(0xdada, 0x11ec, 0x1d)),
			TLSDetail{GroupsOffered: []string{"X25519MLKEM768", "x25519"}, PostQuantumOffer: true}},
		{"a group without a share", tlsHello(one, groupsExtension(0x1a1a, 0x1d, 0xfe31), shareExtension(0x1d)),
			TLSDetail{GroupsOffered: []string{"x25519"}, PostQuantumOffer: true}},
		{"classical", tlsHello(one, groupsExtension(0x1d, 0x17), shareExtension(0x4242)),
			TLSDetail{GroupsOffered: []string{"0x4242"}}},
		{"ECH", tlsHello(one, sniExtension("outer.example"), extension(extECH, 0, 1, 2)),
			TLSDetail{SNI: "outer.example", ECH: true}},
		{"early data", tlsHello(one, extension(extEarlyData)), TLSDetail{EarlyData: true}},
		{"DNS over TLS", tlsHello(one, alpnExtension("dot")), TLSDetail{ALPNOffered: []string{"dot"}, Application: "dns", DNS: "dot"}},
		{"DNS over HTTPS", tlsHello(one, sniExtension("Mozilla.cloudflare-dns.com"), alpnExtension("h2", "http/1.1")),
			TLSDetail{SNI: "Mozilla.cloudflare-dns.com", ALPNOffered: []string{"h2", "http/1.1"}, Application: "http", DNS: "doh"}},
		{"two applications", tlsHello(one, alpnExtension("h2", "acme-tls/1")),
			TLSDetail{ALPNOffered: []string{"h2", "acme-tls/1"}}},
		{"a draft of HTTP/3", tlsHello(one, alpnExtension("h3-29", "h3")),
			TLSDetail{ALPNOffered: []string{"h3-29", "h3"}, Application: "http"}},
		{"a long name", tlsHello(one, sniExtension(strings.Repeat("a", 300))), TLSDetail{SNI: strings.Repeat("a", maxText)}},
		{"an empty name", tlsHello(one, sniExtension("")), TLSDetail{}},
		{"another kind of name", tlsHello(one, extension(extServerName, vector16([]byte{7}, vector16([]byte("x")))...)), TLSDetail{}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got := *readMessages('t', test.hello)
			if test.want.VersionsOffered == nil {
				test.want.VersionsOffered = []string{"1.2"}
			}
			if got.JA3 == "" || got.JA4 == "" {
				t.Errorf("got no fingerprints: %s", asJSON(&got))
			}
			got.JA3, got.JA3Full, got.JA4 = "", "", ""
			if g, w := asJSON(&got), asJSON(&test.want); g != w {
				t.Errorf("\n got %s\nwant %s", g, w)
			}
		})
	}
}

func TestResolverNames(t *testing.T) {
	for name, want := range map[string]bool{
		"dns.google": true, "abc123.dns.nextdns.io": true, "DOH.example.org": true, "doh-2.seby.io": true, "fi.doh.dns.snopyta.org": true,
		"example.org": false, "google": false, "doh": false, "dohnuts.example": false, "dns.example.org": false, "": false, ".": false,
	} {
		if got := isResolver(name); got != want {
			t.Errorf("%s: got %v, want %v", name, got, want)
		}
	}
}

// TestDoTByPort: clients of DNS over TLS seldom say so by ALPN.
func TestDoTByPort(t *testing.T) {
	for port, want := range map[uint16]string{853: "dot", 443: ""} {
		record := append([]byte{22, 3, 1}, vector16(tlsHello([]uint16{0x1301}, sniExtension("a.example")))...)
		c := conversation{name: "hello", ports: [2]uint16{50000, port}, said: speak("c", record)}
		if got := detail[*TLSDetail](t, c.once(t, manner{}).App, "tls").DNS; got != want {
			t.Errorf("port %d: got %q, want %q", port, got, want)
		}
	}
}

// TestHelloPrefixes reads every part of a hello: what is there of it is right.
func TestHelloPrefixes(t *testing.T) {
	hello := tlsHello([]uint16{0x1301, 0xc02f}, sniExtension("a.example"), alpnExtension("h2"), shareExtension(0x1d), versionsExtension(version13))
	for n := 4; n < len(hello); n++ {
		d := readMessages('t', hello[:n])
		if d.JA3 != "" || d.JA4 != "" {
			t.Fatalf("got fingerprints of %d bytes of %d", n, len(hello))
		}
		if d.SNI != "" && d.SNI != "a.example" {
			t.Fatalf("got name %q of %d bytes", d.SNI, n)
		}
	}
	if d := readMessages('t', hello[:len(hello)-1]); d.SNI != "a.example" || len(d.ALPNOffered) != 1 {
		t.Errorf("got %s of all but a byte", asJSON(d))
	}
}

func TestSecondHello(t *testing.T) {
	first := tlsHello([]uint16{0x1301}, sniExtension("a.example"))
	second := tlsHello([]uint16{0x1301}, sniExtension("a.example"), extension(44, 0, 1, 1))
	got, want := readMessages('t', first, second), readMessages('t', first)
	if asJSON(got) != asJSON(want) {
		t.Errorf("\n got %s\nwant %s", asJSON(got), asJSON(want))
	}
}

func TestServerHello(t *testing.T) {
	retry := serverHelloBody(version12, 0x1301, extension(extVersions, number16(version13)...), extension(extKeyShare, 0, 0x17))
	copy(retry[2:], retryRandom[:])
	// Up to draft 21: no session, no compression.
	draft := slices.Concat(number16(0x7f12), make([]byte, 32), number16(0x1301), vector16(extension(extKeyShareDraft, 0, 0x1d)))
	tests := []struct {
		name string
		body []byte
		want TLSDetail
	}{
		{"1.2", serverHelloBody(version12, 0xc02f, alpnExtension("http/1.1")),
			TLSDetail{Version: "1.2", Cipher: "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256", ALPN: "http/1.1", Application: "http"}},
		{"1.3, resumed", serverHelloBody(version12, 0x1302, extension(extVersions, number16(version13)...), extension(extKeyShare, 0x11, 0xec), extension(extPreSharedKey, 0, 0)),
			TLSDetail{Version: "1.3", Cipher: "TLS_AES_256_GCM_SHA384", Group: "X25519MLKEM768", PostQuantum: true, Resumed: true}},
		{"retry", retry, TLSDetail{Version: "1.3", Cipher: "TLS_AES_128_GCM_SHA256", Group: "secp256r1", Retried: true}},
		{"a draft", draft, TLSDetail{Version: "1.3 draft 18", Cipher: "TLS_AES_128_GCM_SHA256", Group: "x25519"}},
		{"a suite without a name", serverHelloBody(version12, 0xfafb), TLSDetail{Version: "1.2", Cipher: "0xfafb"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got := *readMessages('t', tlsMessageOf(msgServerHello, test.body))
			if (got.JA3S == "") != got.Retried {
				t.Errorf("got JA3S %q", got.JA3S)
			}
			got.JA3S, got.JA3SFull = "", ""
			if g, w := asJSON(&got), asJSON(&test.want); g != w {
				t.Errorf("\n got %s\nwant %s", g, w)
			}
		})
	}
}

func TestServerKeys(t *testing.T) {
	tests := []struct {
		suite uint16
		body  []byte
		want  string
	}{
		{0xc02f, []byte{3, 0, 0x1d, 32}, "x25519"},
		{0xc02f, []byte{1, 0, 0x1d, 32}, ""},         // explicit parameters
		{0x0033, []byte{1, 0, 0xff, 0xff}, "dh2048"}, // a prime of 256 bytes
		{0x00aa, []byte{0, 0, 1, 0, 0xff}, ""},       // a hint for the pre-shared key comes first
		{0xc01a, []byte{1, 0, 0xff, 0xff}, ""},       // SRP
	}
	for _, test := range tests {
		d := readMessages('t', tlsMessageOf(msgServerHello, serverHelloBody(version12, test.suite)), tlsMessageOf(msgServerKeys, test.body))
		if d.Group != test.want {
			t.Errorf("got group %q of %s, want %q", d.Group, d.Cipher, test.want)
		}
	}
}

// TestTransport checks what QUIC is handed.
func TestTransport(t *testing.T) {
	h := handshake{over: 'q'}
	c := &conv{i: &Inspector{pool: new(Pool)}}
	h.message(c, ToServer, tlsHello([]uint16{0x1301}, extension(extQUICParameters, 1, 2, 3)))
	if !slices.Equal(h.transport, []byte{1, 2, 3}) || h.d.Protocol() != QUIC || h.d.Transport != "quic" || h.d.JA4[0] != 'q' {
		t.Errorf("got parameters %v, %s", h.transport, asJSON(h.d))
	}
	h.message(c, ToClient, tlsMessageOf(msgServerHello, serverHelloBody(version12, 0x1301)))
	if h.transport != nil {
		t.Errorf("got parameters %v of another message", h.transport)
	}
}

// TestCipherNames compares with the names in crypto/tls, and checks the table.
func TestCipherNames(t *testing.T) {
	for _, s := range slices.Concat(tls.CipherSuites(), tls.InsecureCipherSuites()) {
		if got := cipherName(s.ID); got != s.Name {
			t.Errorf("%#04x: got %s, want %s", s.ID, got, s.Name)
		}
	}
	lines := 0
	for line := range strings.Lines(suiteText) {
		if line[0] != '#' {
			lines++
		}
	}
	if got := len(suites()); got != lines || lines < 380 {
		t.Errorf("got %d suites of %d lines", got, lines)
	}
}

func TestTLSNames(t *testing.T) {
	tests := []struct{ got, want string }{
		{versionName(versionSSL2), "SSL 2.0"}, {versionName(versionSSL3), "SSL 3.0"}, {versionName(version11), "1.1"},
		{versionName(versionDTLS10), "1.0"}, {versionName(versionDTLS13), "1.3"}, {versionName(versionTLCP), "TLCP 1.1"},
		{versionName(0x7f17), "1.3 draft 23"}, {versionName(0xfb17), "1.3 draft 23"}, {versionName(0x0305), "0x0305"},
		{groupName(0x11eb), "SecP256r1MLKEM768"}, {groupName(0x6399), "X25519Kyber768Draft00"}, {groupName(0x9999), "0x9999"},
		{alertName(0), "close_notify"}, {alertName(112), "unrecognized_name"}, {alertName(200), "alert 200"},
		{alertLevel(1), "warning"}, {alertLevel(9), "level 9"},
	}
	for _, test := range tests {
		if test.got != test.want {
			t.Errorf("got %q, want %q", test.got, test.want)
		}
	}
	for _, g := range []uint16{0x11eb, 0x11ec, 0x11ed, 0x6399, 0x639a, 0xfe31, 0x200} {
		if !isPostQuantum(g) {
			t.Errorf("got that %s is not post-quantum", groupName(g))
		}
	}
	for _, g := range []uint16{0x17, 0x1d, 0x100, 41} {
		if isPostQuantum(g) {
			t.Errorf("got that %s is post-quantum", groupName(g))
		}
	}
}
