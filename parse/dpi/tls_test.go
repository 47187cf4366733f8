package dpi

import (
	"crypto/tls"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"sockeye/internal/testkit"
)

// tlsTalks are handshakes of crypto/tls.
var tlsTalks = func() map[string]conversation {
	v12 := func(c *tls.Config) { c.MaxVersion = tls.VersionTLS12 }
	cache := tls.NewLRUClientSessionCache(4)
	keep := withConfig(&clientConfig, func(c *tls.Config) { c.ClientSessionCache = cache })
	keep12 := withConfig(keep, v12)
	keep12.ClientSessionCache = tls.NewLRUClientSessionCache(4)
	keepServer := withConfig(&serverConfig, func(c *tls.Config) { c.SetSessionTicketKeys([][32]byte{{1}}) })
	talks := map[string][]said{
		"1.3":         talkTLS(&clientConfig, &serverConfig),
		"1.2":         talkTLS(withConfig(&clientConfig, v12), &serverConfig),
		"1.3 full":    talkTLS(keep, keepServer),
		"1.3 resumed": talkTLS(keep, keepServer),
		"1.2 full":    talkTLS(keep12, keepServer),
		"1.2 resumed": talkTLS(keep12, keepServer),
		"1.0": talkTLS(withConfig(&clientConfig, func(c *tls.Config) {
			c.MaxVersion = tls.VersionTLS10
			c.CipherSuites = []uint16{tls.TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA}
		}), &serverConfig),
		"1.3 retried": talkTLS(&clientConfig, withConfig(&serverConfig, func(c *tls.Config) {
			c.CurvePreferences = []tls.CurveID{tls.CurveP521}
		})),
		"client certificate": talkTLS(
			withConfig(&clientConfig, func(c *tls.Config) { v12(c); c.Certificates = []tls.Certificate{serverKey} }),
			withConfig(&serverConfig, func(c *tls.Config) { c.ClientAuth = tls.RequireAnyClientCert })),
		"refused": talkTLS(
			withConfig(&clientConfig, func(c *tls.Config) { c.NextProtos = []string{"dot"} }), &serverConfig),
		"distrusted": talkTLS(
			withConfig(&clientConfig, func(c *tls.Config) { c.InsecureSkipVerify = false }), &serverConfig),
	}
	all := map[string]conversation{}
	for name, s := range talks {
		all[name] = conversation{name: name, said: s, proto: TLS, ports: [2]uint16{50000, 443}}
	}
	for _, name := range []string{"1.3", "1.2", "1.2 resumed", "refused"} {
		register(all[name])
	}
	return all
}()

func TestTLSHandshakes(t *testing.T) {
	tests := map[string]TLSDetail{
		"1.3":                {Version: "1.3", Established: true, Group: "X25519MLKEM768", PostQuantum: true, Application: "http"},
		"1.2":                {Version: "1.2", Established: true, Group: "x25519", ALPN: "h2", Application: "http"},
		"1.3 full":           {Version: "1.3", Established: true, Group: "X25519MLKEM768", PostQuantum: true, Application: "http"},
		"1.3 resumed":        {Version: "1.3", Established: true, Group: "X25519MLKEM768", PostQuantum: true, Resumed: true, Application: "http"},
		"1.2 full":           {Version: "1.2", Established: true, Group: "x25519", ALPN: "h2", Application: "http"},
		"1.2 resumed":        {Version: "1.2", Established: true, ALPN: "h2", Resumed: true, Application: "http"},
		"1.0":                {Version: "1.0", Established: true, Group: "x25519", ALPN: "h2", Application: "http"},
		"1.3 retried":        {Version: "1.3", Established: true, Group: "secp521r1", Retried: true, Application: "http"},
		"client certificate": {Version: "1.2", Established: true, Group: "x25519", ALPN: "h2", Application: "http"},
		"refused":            {Application: "dns", Alert: "fatal no_application_protocol", AlertFrom: "server"},
		// The alert is encrypted: all that shows is that the client never finished.
		"distrusted": {Version: "1.3", Group: "X25519MLKEM768", PostQuantum: true, Application: "http"},
	}
	for name, want := range tests {
		t.Run(name, func(t *testing.T) {
			out := play(t, tlsTalks[name])
			d := detail[*TLSDetail](t, out.App, "tls")
			got := TLSDetail{
				Version: d.Version, Established: d.Established, Group: d.Group, PostQuantum: d.PostQuantum, ALPN: d.ALPN,
				Resumed: d.Resumed, Retried: d.Retried, Application: d.Application, Alert: d.Alert, AlertFrom: d.AlertFrom,
			}
			if g, w := asJSON(&got), asJSON(&want); g != w {
				t.Errorf("\n got %s\nwant %s", g, w)
			}
			if d.SNI != "example.org" || d.JA3 == "" || d.JA4 == "" || d.Established && d.JA3S == "" {
				t.Errorf("got name %q, fingerprints %q, %q, %q", d.SNI, d.JA3, d.JA4, d.JA3S)
			}
			if full := d.Version != "" && d.Version != "1.3" && !d.Resumed; (d.Certificate != nil) != full {
				t.Errorf("got certificate %+v, want one: %v", d.Certificate, full)
			}
			if (d.ClientCert != nil) != (name == "client certificate") {
				t.Errorf("got client certificate %+v", d.ClientCert)
			}
			if len(out.Events) != 1 || asJSON(out.Events[0].Detail) != asJSON(d) {
				t.Errorf("got events %s, want one: %s", asJSON(out.Events), asJSON(d))
			}
			if out.App.Confidence != Exact {
				t.Errorf("got confidence %v, want exact", out.App.Confidence)
			}
		})
	}
}

func TestTLSCertificate(t *testing.T) {
	d := detail[*TLSDetail](t, play(t, tlsTalks["1.2"]).App, "tls")
	got := *d.Certificate
	if got.SHA256 == "" {
		t.Error("got no hash")
	}
	got.SHA256 = ""
	want := Certificate{
		Subject: `CN=example.org,O=Example\, Inc.`, Issuer: `CN=example.org,O=Example\, Inc.`,
		Names:     []string{"example.org", "*.example.org", "192.0.2.7"},
		NotBefore: time.Unix(1_600_000_000, 0).UTC(), NotAfter: time.Unix(1_900_000_000, 0).UTC(),
		Serial: "1234", Chain: 1,
	}
	if asJSON(got) != asJSON(want) {
		t.Errorf("\n got %s\nwant %s", asJSON(got), asJSON(want))
	}
}

// tlsByHand are conversations that crypto/tls does not make.
var tlsByHand = func() map[string]conversation {
	hello := tlsHello([]uint16{0xc02f}, sniExtension("a.example"))
	clear := recordOf(recordHandshake, version10, hello)
	answer := tlsMessageOf(msgServerHello, serverHelloBody(version12, 0xc02f))
	cipher := recordOf(recordCipher, version12, []byte{1})
	finished := recordOf(recordHandshake, version12, make([]byte, 40))
	data := recordOf(recordData, version12, make([]byte, 100))
	large := tlsHello([]uint16{0xc02f}, sniExtension("large.example"), extension(21, make([]byte, 15000)...))
	flight := recordOf(recordHandshake, version12, answer, tlsMessageOf(msgServerHelloDone, nil))
	alert := recordOf(recordAlert, version12, []byte{1, 112})
	ssl2 := slices.Concat([]byte{0x80, 9 + 6 + 16, ssl2ClientHello, 3, 1, 0, 6, 0, 0, 0, 16}, make([]byte, 6+16))
	ssl2Server := slices.Concat([]byte{0x80, 11 + 3 + 16, ssl2ServerHello, 0, 1, 0, 2, 0, 0, 0, 3, 0, 16}, make([]byte, 3+16))
	talks := map[string]conversation{
		"one byte a record": {said: speak("c", oneByteRecords(hello), "s", flight, "c", cipher, "c", finished, "s", cipher, "s", finished)},
		"several messages a record": {said: speak("c", clear, "s", slices.Concat(flight, cipher, finished),
			"c", slices.Concat(cipher, finished, data))},
		"alert between":               {said: speak("c", clear, "s", slices.Concat(alert, flight), "c", cipher, "c", finished, "s", cipher, "s", finished)},
		"alert warning":               {said: speak("c", clear, "s", slices.Concat(alert, flight))},
		"large":                       {said: speak("c", slices.Concat(recordOf(recordHandshake, version10, large[:9000]), recordOf(recordHandshake, version10, large[9000:])))},
		"client alone":                {said: speak("c", clear, "c", cipher, "c", finished, "c", slices.Repeat(data, 20)), oneSide: true},
		"server alone":                {said: speak("s", flight, "s", cipher, "s", finished, "s", data), oneSide: true},
		"SSL 2.0 hello":               {said: speak("c", ssl2, "s", flight, "c", cipher, "c", finished, "s", cipher, "s", finished)},
		"SSL 2.0":                     {said: speak("c", ssl2, "s", ssl2Server)},
		"gap in data":                 {said: []said{{b: clear}, {dir: ToClient, b: flight}, {dir: ToClient, wire: 400}}},
		"hello cut":                   {said: []said{{b: clear[:len(clear)-4], wire: len(clear)}}, whole: true},
		"TLCP":                        {said: speak("c", recordOf(recordHandshake, versionTLCP, tlsMessageOf(msgClientHello, helloBody(versionTLCP, nil, []uint16{0xe013}))), "s", recordOf(recordHandshake, versionTLCP, tlsMessageOf(msgServerHello, serverHelloBody(versionTLCP, 0xe013))))},
		"hello retried, client alone": {said: speak("c", clear, "c", slices.Concat(cipher, clear), "c", data), oneSide: true},
		"mid-stream, a record":        {said: speak("s", data), mid: true, whole: true},
		"mid-stream, an alert":        {said: speak("s", recordOf(recordAlert, version12, make([]byte, 26))), mid: true, whole: true},
		"mid-stream, finished":        {said: speak("c", slices.Concat(cipher, finished), "s", slices.Concat(cipher, finished)), mid: true, whole: true},
		"mid-stream, ticket": {said: speak("s", slices.Concat(recordOf(recordHandshake, version12, tlsMessageOf(4, make([]byte, 90))),
			cipher, finished)), mid: true, whole: true},
		"data, mid-stream": {said: speak("s", slices.Repeat(data, 3), "c", data, "s", data), mid: true, whole: true},
	}
	for name, c := range talks {
		c.name, c.proto = name, TLS
		talks[name] = c
		register(c)
	}
	return talks
}()

// oneByteRecords puts each byte of a message into a record of its own.
func oneByteRecords(message []byte) []byte {
	var b []byte
	for i := range message {
		b = append(b, recordOf(recordHandshake, version10, message[i:i+1])...)
	}
	return b
}

func TestTLSByHand(t *testing.T) {
	tests := map[string]struct {
		want   TLSDetail
		events int
	}{
		"one byte a record":           {TLSDetail{SNI: "a.example", Version: "1.2", Established: true}, 1},
		"several messages a record":   {TLSDetail{SNI: "a.example", Version: "1.2", Established: true}, 1},
		"alert between":               {TLSDetail{SNI: "a.example", Version: "1.2", Established: true, Alert: "warning unrecognized_name", AlertFrom: "server"}, 1},
		"alert warning":               {TLSDetail{SNI: "a.example", Version: "1.2", Alert: "warning unrecognized_name", AlertFrom: "server"}, 1},
		"large":                       {TLSDetail{SNI: "large.example"}, 1},
		"client alone":                {TLSDetail{SNI: "a.example"}, 1},
		"server alone":                {TLSDetail{Version: "1.2"}, 1},
		"SSL 2.0 hello":               {TLSDetail{Version: "1.2", Established: true}, 1},
		"SSL 2.0":                     {TLSDetail{Version: "SSL 2.0"}, 1},
		"gap in data":                 {TLSDetail{SNI: "a.example", Version: "1.2"}, 1},
		"hello cut":                   {TLSDetail{}, 1},
		"TLCP":                        {TLSDetail{Version: "TLCP 1.1"}, 1},
		"hello retried, client alone": {TLSDetail{SNI: "a.example"}, 1},
		"mid-stream, a record":        {TLSDetail{}, 0},
		"mid-stream, an alert":        {TLSDetail{}, 0},
		"mid-stream, finished":        {TLSDetail{}, 0},
		"mid-stream, ticket":          {TLSDetail{}, 0},
		"data, mid-stream":            {TLSDetail{}, 0},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			out := play(t, tlsByHand[name])
			d := detail[*TLSDetail](t, out.App, "tls")
			got := TLSDetail{SNI: d.SNI, Version: d.Version, Established: d.Established, Alert: d.Alert, AlertFrom: d.AlertFrom}
			if g, w := asJSON(&got), asJSON(&test.want); g != w {
				t.Errorf("\n got %s\nwant %s", g, w)
			}
			if len(out.Events) != test.events {
				t.Errorf("got %d events, want %d", len(out.Events), test.events)
			}
			if cut := name == "hello cut"; cut && d.JA4 != "" {
				t.Errorf("got fingerprint %q of a hello that was cut", d.JA4)
			}
			heuristic := tlsByHand[name].mid
			if (out.App.Confidence == Heuristic) != heuristic {
				t.Errorf("got confidence %v", out.App.Confidence)
			}
		})
	}
}

// TestTLSData checks that what follows the handshake costs nothing.
func TestTLSData(t *testing.T) {
	d := &tlsStream{hs: handshake{over: 't'}}
	c := &conv{i: &Inspector{pool: new(Pool)}}
	record := recordOf(recordData, version12, make([]byte, 1000))
	head := record[:200]
	testkit.ZeroAllocs(t, "record of data", func() {
		d.opaque, d.over = 0, false
		if n := d.stream(c, ToClient, head); n != len(record) {
			t.Fatalf("got %d bytes, want to skip the record of %d", n, len(record))
		}
	})
}

func FuzzTLS(f *testing.F) {
	for _, c := range tlsByHand {
		for _, s := range c.said {
			f.Add(s.b, []byte{}, uint64(1))
		}
	}
	for _, c := range tlsTalks {
		var both [2][]byte
		for _, s := range c.said {
			both[s.dir] = append(both[s.dir], s.b...)
		}
		f.Add(both[0], both[1], uint64(2))
	}
	f.Fuzz(func(t *testing.T, client, server []byte, seed uint64) {
		rng := rand.New(rand.NewPCG(seed, 1))
		d := newTLS().(*tlsStream)
		c := &conv{i: &Inspector{pool: new(Pool)}}
		rest := [2][]byte{client, server}
		for !d.over && len(rest[0])+len(rest[1]) > 0 {
			dir := Dir(rng.IntN(2))
			b := rest[dir][:rng.IntN(len(rest[dir])+1)]
			if len(b) == 0 {
				dir = dir.other()
				if b = rest[dir]; len(b) == 0 {
					break
				}
			}
			n := d.stream(c, dir, b)
			if n < 0 || n > 1<<31 {
				t.Fatalf("got %d bytes done with", n)
			}
			if n == 0 && len(b) == len(rest[dir]) {
				break
			}
			rest[dir] = rest[dir][min(n, len(rest[dir])):]
			if seed%5 == 0 && rng.IntN(4) == 0 {
				d.gap(c, dir, rng.Uint32N(2000))
			}
			checkTLS(t, d)
		}
		d.end(c)
		checkTLS(t, d)
	})
}

// checkTLS checks that what is kept is bounded.
func checkTLS(t *testing.T, d *tlsStream) {
	for _, e := range d.ends {
		if len(e.message.kept) > maxMessage && e.kind != recordSSL2 {
			t.Fatalf("got %d bytes kept of a message", len(e.message.kept))
		}
		if e.left < 0 || e.left > 1<<15 {
			t.Fatalf("got %d bytes left of a record", e.left)
		}
	}
	checkTLSDetail(t, d.hs.d)
}

func checkTLSDetail(t *testing.T, d *TLSDetail) {
	if d == nil {
		return
	}
	if len(d.SNI) > maxText || len(d.ALPNOffered) > maxALPN || len(d.VersionsOffered) > maxList || len(d.GroupsOffered) > maxList {
		t.Fatalf("got an unbounded detail %s", asJSON(d))
	}
	if d.JA4 != "" && len(d.JA4) != 36 {
		t.Fatalf("got JA4 %q", d.JA4)
	}
}

// BenchmarkTLSHandshake is a new connection: its packets up to the application's
// data, through an Inspector.
func BenchmarkTLSHandshake(b *testing.B) {
	for _, name := range []string{"1.3", "1.2"} {
		c := tlsTalks[name]
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				c.once(b, manner{})
			}
		})
	}
}

func BenchmarkTLSHello(b *testing.B) {
	hello := tlsTalks["1.3"].said[0].b[recordHeader:]
	b.ReportAllocs()
	b.SetBytes(int64(len(hello)))
	var pool Pool
	for b.Loop() {
		h := handshake{over: 't'}
		h.message(&conv{i: &Inspector{pool: &pool}}, ToServer, hello)
	}
}
