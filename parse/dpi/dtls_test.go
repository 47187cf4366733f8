package dpi

import (
	"math/rand/v2"
	"slices"
	"testing"
)

// dtlsTalks are conversations by hand.
var dtlsTalks = func() map[string]conversation {
	body := helloBody(versionDTLS12, []byte{0}, []uint16{0xc02b}, sniExtension("d.example"))
	again := helloBody(versionDTLS12, []byte{4, 1, 2, 3, 4}, []uint16{0xc02b}, sniExtension("d.example"))
	answer := serverHelloBody(versionDTLS12, 0xc02b)
	chain := vector24(vector24(serverKey.Certificate[0]))
	clear := func(parts ...[]byte) []byte { return dtlsRecordOf(recordHandshake, 0, parts...) }
	whole := func(kind uint8, seq uint16, b []byte) []byte { return clear(fragmentOf(kind, seq, b, 0, len(b))) }
	done := whole(msgServerHelloDone, 3, nil)
	cipher := dtlsRecordOf(recordCipher, 0, []byte{1})
	finished := dtlsRecordOf(recordHandshake, 1, make([]byte, 48))
	ends := slices.Concat(cipher, finished)
	n := len(chain)
	answer13 := serverHelloBody(versionDTLS12, 0x1301, extension(extVersions, number16(versionDTLS13)...))
	body13 := helloBody(versionDTLS12, []byte{0}, []uint16{0x1301}, sniExtension("d.example"),
		versionsExtension(versionDTLS13, versionDTLS12))
	sealed := func(first byte, n int) []byte {
		return slices.Concat([]byte{first, 0, 1}, number16(uint16(n)), make([]byte, n))
	}
	stun := slices.Concat([]byte{0, 1, 0, 0, 0x21, 0x12, 0xa4, 0x42}, make([]byte, 12))
	talks := map[string]conversation{
		"full": {said: speak("c", whole(1, 0, body), "s", slices.Concat(whole(2, 0, answer), whole(11, 1, chain), done),
			"c", ends, "s", ends)},
		"cookie": {said: speak("c", whole(1, 0, body), "s", whole(3, 0, []byte{0xfe, 0xff, 4, 1, 2, 3, 4}),
			"c", whole(1, 1, again), "s", whole(2, 1, answer), "s", done, "c", ends, "s", ends)},
		"fragments out of order": {said: speak(
			"c", clear(fragmentOf(1, 0, body, 30, len(body))), "c", clear(fragmentOf(1, 0, body, 0, 40)),
			"s", whole(2, 0, answer),
			"s", slices.Concat(clear(fragmentOf(11, 1, chain, n-90, n)), clear(fragmentOf(11, 1, chain, 50, 200))),
			"s", clear(fragmentOf(11, 1, chain, 0, 60)), "s", clear(fragmentOf(11, 1, chain, 200, n-90)),
			"s", done, "c", ends, "s", ends)},
		"everything repeated": {said: speak("c", whole(1, 0, body), "c", whole(1, 0, body), "s", whole(2, 0, answer),
			"s", whole(2, 0, answer), "s", slices.Concat(whole(11, 1, chain), done), "c", ends, "s", ends)},
		"1.3": {said: speak("c", whole(1, 0, body13), "s", slices.Concat(whole(2, 0, answer13), sealed(0x2e, 600)),
			"c", sealed(0x2e, 80))},
		"1.3, acknowledged only": {said: speak("c", whole(1, 0, body13), "s", slices.Concat(whole(2, 0, answer13), sealed(0x2e, 600)),
			"c", sealed(0x2e, 35))},
		"alert":            {said: speak("c", whole(1, 0, body), "s", dtlsRecordOf(recordAlert, 0, []byte{2, 40}))},
		"in CAPWAP":        {said: speak("c", slices.Concat([]byte{1, 0, 0, 0}, whole(1, 0, body)))},
		"cut":              {said: []said{{b: whole(1, 0, body)[:len(body)+20], wire: len(body) + dtlsHeader + dtlsFragment}}},
		"with STUN":        {said: speak("c", whole(1, 0, body), "c", stun, "s", whole(2, 0, answer), "s", done, "c", ends, "s", ends)},
		"data, mid-stream": {said: speak("s", dtlsRecordOf(recordData, 1, make([]byte, 100)), "c", dtlsRecordOf(recordData, 1, make([]byte, 80)))},
	}
	for name, c := range talks {
		c.name, c.proto, c.udp = name, DTLS, true
		talks[name] = c
		register(c)
	}
	return talks
}()

func TestDTLS(t *testing.T) {
	tests := map[string]TLSDetail{
		"full":                   {SNI: "d.example", Version: "1.2", Established: true, Certificate: &Certificate{}},
		"cookie":                 {SNI: "d.example", Version: "1.2", Established: true, Cookie: true},
		"fragments out of order": {SNI: "d.example", Version: "1.2", Established: true, Certificate: &Certificate{}},
		"everything repeated":    {SNI: "d.example", Version: "1.2", Established: true, Certificate: &Certificate{}},
		"1.3":                    {SNI: "d.example", Version: "1.3", Established: true},
		"1.3, acknowledged only": {SNI: "d.example", Version: "1.3"},
		"alert":                  {SNI: "d.example", Alert: "fatal handshake_failure", AlertFrom: "server"},
		"in CAPWAP":              {SNI: "d.example"},
		"cut":                    {},
		"with STUN":              {SNI: "d.example", Version: "1.2", Established: true},
		"data, mid-stream":       {},
	}
	for name, want := range tests {
		t.Run(name, func(t *testing.T) {
			out := play(t, dtlsTalks[name])
			d := detail[*TLSDetail](t, out.App, "tls")
			got := TLSDetail{
				SNI: d.SNI, Version: d.Version, Established: d.Established, Cookie: d.Cookie, Alert: d.Alert, AlertFrom: d.AlertFrom,
			}
			if (d.Certificate != nil) != (want.Certificate != nil) {
				t.Errorf("got certificate %s", asJSON(d.Certificate))
			}
			want.Certificate = nil
			if g, w := asJSON(&got), asJSON(&want); g != w {
				t.Errorf("\n got %s\nwant %s", g, w)
			}
			events := 1
			if name == "data, mid-stream" {
				events = 0
			}
			if len(out.Events) != events {
				t.Errorf("got %d events, want %d", len(out.Events), events)
			}
			if d.Transport != "dtls" {
				t.Errorf("got transport %q", d.Transport)
			}
		})
	}
}

// TestDTLSSpans adds every order of random parts to a message.
func TestDTLSSpans(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for range 2000 {
		body := make([]byte, 1+rng.IntN(60))
		for i := range body {
			body[i] = byte(1 + i)
		}
		var e dtlsEnd
		covered := make([]bool, len(body))
		for range 30 {
			from := rng.IntN(len(body))
			to := from + rng.IntN(len(body)-from+1)
			for i := from; i < to; i++ {
				covered[i] = true
			}
			p := dtlsPart{kind: msgCertificate, seq: 1, whole: len(body), off: from, body: body[from:to]}
			m := e.message(p)
			got, want := m.add(p), !slices.Contains(covered, false)
			if got != want {
				t.Fatalf("got whole %v, want %v with %v", got, want, covered)
			}
			if got && !slices.Equal(m.kept, body) {
				t.Fatalf("got %v, want %v", m.kept, body)
			}
		}
	}
}

func FuzzDTLS(f *testing.F) {
	for _, c := range dtlsTalks {
		for _, s := range c.said {
			f.Add(s.b, s.wire, uint8(s.dir))
		}
	}
	f.Fuzz(func(t *testing.T, b []byte, wire int, seed uint8) {
		d := newDTLS().(*dtlsFlow)
		c := &conv{i: &Inspector{pool: new(Pool)}}
		wire = max(wire%65536, len(b))
		isDTLS(b, wire)
		for i := range 3 {
			part := b[i*len(b)/4:]
			d.datagram(c, Dir(seed>>i&1), part, max(len(part), wire-i*len(b)/4))
		}
		for _, e := range d.ends {
			for _, m := range e.messages {
				if len(m.kept) > maxMessage || len(m.have) > maxList {
					t.Fatalf("got %d bytes in %d spans", len(m.kept), len(m.have))
				}
			}
		}
		d.end(c)
		checkTLSDetail(t, d.hs.d)
	})
}
