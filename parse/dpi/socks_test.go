package dpi

import "testing"

var socksTalks = register(
	conversation{name: "socks5", proto: TLS, ports: [2]uint16{50000, 1080}, said: append(speak(
		"c", []byte{5, 2, 0, 1}, "s", []byte{5, 0},
		"c", append([]byte{5, 1, 0, 3, 9}, "a.example\x01\xbb"...), "s", []byte{5, 0, 0, 1, 127, 0, 0, 1, 4, 56},
	), tlsByHand["several messages a record"].said...)},
	conversation{name: "socks5, password", proto: SOCKS, text: `
		c 05 02 00 02
		s 05 02
		c 01 03 "joe" 06 "secret"
		s 01 00
		c 05 01 00 04 20010db8000000000000000000000001 0016
		s 05 05 00 01 00000000 0000`},
	conversation{name: "socks4", proto: TLS, ports: [2]uint16{50000, 1080}, said: append(speak(
		"c", append([]byte{4, 1, 1, 0xbb, 192, 0, 2, 9}, "joe\x00"...), "s", []byte{0, 90, 0, 0, 0, 0, 0, 0},
	), tlsByHand["several messages a record"].said...)},
	conversation{name: "socks4a", proto: SOCKS, text: `
		c 04 01 0050 00000001 "joe" 00 "b.example" 00
		s 00 5b 0000 00000000`},
	conversation{name: "socks5, no method", proto: SOCKS, text: `
		c 05 01 02
		s 05 ff`},
)

func TestSOCKS(t *testing.T) {
	tests := map[string]SOCKSDetail{
		"socks5":            {Version: "5", Auth: "none", Command: "connect", Host: "a.example", Port: 443},
		"socks5, password":  {Version: "5", Auth: "password", User: "joe", Command: "connect", Host: "2001:db8::1", Port: 22, Refused: true},
		"socks4":            {Version: "4", User: "joe", Command: "connect", Host: "192.0.2.9", Port: 443},
		"socks4a":           {Version: "4a", User: "joe", Command: "connect", Host: "b.example", Port: 80, Refused: true},
		"socks5, no method": {Version: "5", Refused: true},
	}
	for _, c := range socksTalks {
		t.Run(c.name, func(t *testing.T) {
			out := play(t, c)
			want := tests[c.name]
			if got := asJSON(detail[*SOCKSDetail](t, out.App, "socks")); got != asJSON(&want) {
				t.Errorf("\n got %s\nwant %s", got, asJSON(&want))
			}
			if c.proto == TLS && detail[*TLSDetail](t, out.App, "tls").SNI != "a.example" {
				t.Errorf("got %s", asJSON(out.App))
			}
		})
	}
}

func FuzzSOCKS(f *testing.F) {
	f.Add([]byte("\x05\x01\x02\x01\x01a\x01b\x05\x01\x00\x03\x01a\x00\x50"), []byte("\x05\x02\x01\x00\x05\x00\x00\x01\x00\x00\x00\x00\x00\x00"))
	f.Add([]byte("\x04\x01\x00\x50\x00\x00\x00\x01a\x00b\x00"), []byte("\x00\x5a\x00\x00\x00\x00\x00\x00"))
	f.Fuzz(func(t *testing.T, client, proxy []byte) {
		c := conversation{name: "fuzz", said: speak("c", client, "s", proxy, "c", proxy, "s", client)}
		out := c.once(t, manner{})
		if d, ok := out.App.Find("socks").(*SOCKSDetail); ok && (len(d.User) > maxText || len(d.Host) > maxText) {
			t.Fatalf("got an unbounded detail %s", asJSON(d))
		}
	})
}
