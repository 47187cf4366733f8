package dpi

import (
	"net/netip"
	"slices"
	"strings"
	"testing"
)

// bootp is the fixed part of a message of DHCP as a line says it, with the cookie:
// op, xid, the addresses in use, assigned and of a relay.
func bootp(op, xid, inUse, assigned, relay string) string {
	return op + ` 01 06 00 ` + xid + ` 0000 0000 ` + inUse + ` ` + assigned + ` 00000000 ` + relay +
		` 080027 010203 ` + strings.Repeat("00", 10+64+128) + ` 63825363 `
}

const none = "00000000"

var dhcpTalks = register(
	conversation{name: "a client that comes anew", proto: DHCP, udp: true, ports: [2]uint16{68, 67}, text: `
		c ` + bootp("01", "00000001", none, none, none) + `3501 01 3d07 01080027010203 0c04 "desk" 3c08 "MSFT 5.0" 3704 0103060f ff
		c ` + bootp("01", "00000001", none, none, none) + `3501 03 3204 c0000237 3604 c0000201 0c04 "desk" ff 0000`},
	conversation{name: "a server", proto: DHCP, udp: true, ports: [2]uint16{67, 68}, text: `
		c ` + bootp("02", "00000001", none, "c0000237", "c00002fe") + `3501 02 3604 c0000201 3304 00000e10 ff
		c ` + bootp("02", "00000001", none, "c0000237", none) + `3501 05 3604 c0000201 3304 00000e10 0f07 "example" 0c04 "desk" ff`},
	conversation{name: "a lease that lives on", proto: DHCP, udp: true, ports: [2]uint16{68, 67}, text: `
		c ` + bootp("01", "00000002", "c0000237", none, none) + `3501 03 510d 05 00 00 04 "desk" 03 "lan" 00 ff
		s ` + bootp("02", "00000002", "c0000237", "c0000237", none) + `3501 05 3304 00000e10 ff`},
	conversation{name: "a refusal", proto: DHCP, udp: true, ports: [2]uint16{67, 68}, text: `
		c ` + bootp("02", "00000003", none, none, none) + `3501 06 3803 "no!" ff`},
	conversation{name: "options in the name of the server", proto: DHCP, udp: true, text: `
		c ` + strings.Replace(bootp("01", "00000004", none, none, none), strings.Repeat("00", 10+64+128),
		strings.Repeat("00", 10)+` 0c03 "abc" ff`+strings.Repeat("00", 58+128), 1) + `3401 02 3501 01 ff`},
)

func TestDHCP(t *testing.T) {
	wants := map[string]struct {
		json    string
		namings []string
	}{
		"a client that comes anew": {`{"type":"REQUEST","types":["DISCOVER","REQUEST"],"hosts":["desk"],"mac":"08:00:27:01:02:03","host_name":"desk",` +
			`"client_id":"08:00:27:01:02:03","vendor_class":"MSFT 5.0","fingerprint":"1,3,6,15","requested":"192.0.2.55","server":"192.0.2.1"}`,
			[]string{"desk 192.0.2.55 1h0m0s"}},
		"a server": {`{"type":"ACK","types":["OFFER","ACK"],"hosts":["desk"],"mac":"08:00:27:01:02:03","host_name":"desk","domain":"example",` +
			`"assigned":"192.0.2.55","server":"192.0.2.1","relay":"192.0.2.254","lease_seconds":3600}`, []string{"desk 192.0.2.55 1h0m0s"}},
		"a lease that lives on": {`{"type":"ACK","types":["REQUEST","ACK"],"mac":"08:00:27:01:02:03","fqdn":"desk.lan","assigned":"192.0.2.55","lease_seconds":3600}`,
			[]string{"desk.lan 192.0.2.55 1h0m0s", "desk.lan 192.0.2.55 1h0m0s"}},
		"a refusal": {`{"type":"NAK","types":["NAK"],"mac":"08:00:27:01:02:03","message":"no!"}`, nil},
		"options in the name of the server": {`{"type":"DISCOVER","types":["DISCOVER"],"hosts":["abc"],"mac":"08:00:27:01:02:03","host_name":"abc"}`,
			nil},
	}
	for _, c := range dhcpTalks {
		t.Run(c.name, func(t *testing.T) {
			out := play(t, c)
			want := wants[c.name]
			if got := asJSON(detail[*DHCPDetail](t, out.App, "dhcp")); got != want.json {
				t.Errorf("got  %s\nwant %s", got, want.json)
			}
			if got := dnsNamings(out.Namings); !slices.Equal(got, want.namings) {
				t.Errorf("names: got %q, want %q", got, want.namings)
			}
			for _, n := range out.Namings {
				if n.Source != NameDHCP || n.Client.IsValid() {
					t.Errorf("got %+v, want it from DHCP, for everybody", n)
				}
			}
		})
	}
}

// TestDHCPClients: what one client says is not mixed with what another says in the
// same broadcasts.
func TestDHCPClients(t *testing.T) {
	one := bootp("01", "00000001", none, none, none)
	other := strings.Replace(one, "010203", "040506", 1)
	out := talk("0.0.0.0:68", "255.255.255.255:67", one+`3501 01 0c03 "one" 3c01 "v" ff`, other+`3501 01 0c05 "other" ff`)
	want := `{"type":"DISCOVER","types":["DISCOVER"],"hosts":["one","other"],"mac":"08:00:27:04:05:06","host_name":"other"}`
	if got := asJSON(detail[*DHCPDetail](t, out.App, "dhcp")); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

const (
	clientDUID = `0001 000e 0001 0001 12345678 080027 010203`
	serverDUID = `0002 000a 0003 0001 080027 040506`
	lease6     = `0003 0028 00000001 00000000 00000000 0005 0018 20010db8 00000000 00000000 00000037 00000e10 00001c20`
)

var dhcp6Talks = register(
	conversation{name: "a client", proto: DHCPv6, udp: true, ports: [2]uint16{546, 547}, text: `
		c 01 000001 ` + clientDUID + ` 0006 0004 0017 0018 0010 000e 00000137 0008 "MSFT 5.0" 0027 000b 00 04 "desk" 03 "lan" 00`},
	conversation{name: "an answer", proto: DHCPv6, udp: true, ports: [2]uint16{547, 546}, text: `
		c 07 000001 ` + clientDUID + ` ` + serverDUID + ` ` + lease6 + ` 0027 0006 00 04 "desk"`},
	conversation{name: "a prefix", proto: DHCPv6, udp: true, text: `
		c 07 000001 ` + clientDUID + ` ` + serverDUID + ` 0019 0029 00000001 00000000 00000000 001a 0019 00000e10 00001c20 38 20010db8 00010000 00000000 00000000`},
	conversation{name: "nothing left", proto: DHCPv6, udp: true, text: `
		c 07 000001 ` + clientDUID + ` ` + serverDUID + ` 0003 0012 00000001 00000000 00000000 000d 0002 0002`},
	conversation{name: "through a relay", proto: DHCPv6, udp: true, ports: [2]uint16{547, 547}, text: `
		c 0c 00 20010db8 00000000 00000000 00000001 fe800000 00000000 00000000 00000002 0009 0016 05 000001 ` + clientDUID,
	},
)

func TestDHCPv6(t *testing.T) {
	wants := map[string]struct {
		json    string
		namings []string
	}{
		"a client": {`{"type":"SOLICIT","types":["SOLICIT"],"duid":"0001000112345678080027010203","mac":"08:00:27:01:02:03","fqdn":"desk.lan",` +
			`"vendor_class":"MSFT 5.0","enterprise":311,"fingerprint":"23,24"}`, nil},
		"an answer": {`{"type":"REPLY","types":["REPLY"],"duid":"0001000112345678080027010203","mac":"08:00:27:01:02:03","server_duid":"00030001080027040506",` +
			`"fqdn":"desk","addresses":["2001:db8::37"],"valid_seconds":7200}`, []string{"desk 2001:db8::37 2h0m0s"}},
		"a prefix": {`{"type":"REPLY","types":["REPLY"],"duid":"0001000112345678080027010203","mac":"08:00:27:01:02:03","server_duid":"00030001080027040506",` +
			`"prefixes":["2001:db8:1::/56"],"valid_seconds":7200}`, nil},
		"nothing left": {`{"type":"REPLY","types":["REPLY"],"duid":"0001000112345678080027010203","mac":"08:00:27:01:02:03","server_duid":"00030001080027040506",` +
			`"status":"NoAddrsAvail"}`, nil},
		"through a relay": {`{"type":"RENEW","types":["RELAY-FORW","RENEW"],"duid":"0001000112345678080027010203","mac":"08:00:27:01:02:03",` +
			`"relay":"2001:db8::1","relayed_for":"fe80::2","relay_hops":1}`, nil},
	}
	for _, c := range dhcp6Talks {
		t.Run(c.name, func(t *testing.T) {
			out := play(t, c)
			want := wants[c.name]
			if got := asJSON(detail[*DHCPv6Detail](t, out.App, "dhcpv6")); got != want.json {
				t.Errorf("got  %s\nwant %s", got, want.json)
			}
			if got := dnsNamings(out.Namings); !slices.Equal(got, want.namings) {
				t.Errorf("names: got %q, want %q", got, want.namings)
			}
		})
	}
}

// FuzzDHCP plays any bytes as datagrams of both versions.
func FuzzDHCP(f *testing.F) {
	for _, c := range slices.Concat(dhcpTalks, dhcp6Talks) {
		all, err := c.lines()
		if err != nil {
			f.Fatal(err)
		}
		for _, s := range all {
			f.Add(s.b)
		}
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		var out played
		c := &conv{i: New(netip.MustParseAddrPort("192.0.2.1:68"), netip.MustParseAddrPort("198.51.100.1:67"), &out)}
		four, six := newDHCP().(*dhcpDecoder), newDHCPv6().(*dhcp6Decoder)
		for n := range 3 {
			s := sample{head: [2][]byte{b}, wire: len(b) + n}
			matchDHCP(&s)
			matchDHCPv6(&s)
			four.datagram(c, Dir(n%2), b, len(b)+n)
			six.datagram(c, Dir(n%2), b, len(b)+n)
		}
		if d := &four.detail; len(d.Types) > maxList || len(d.Hosts) > maxList || len(asJSON(d)) > 40*maxText {
			t.Errorf("got %s", asJSON(d))
		}
		if d := &six.detail; len(d.Types) > maxList || len(d.Addresses) > maxList || len(d.Prefixes) > maxList || len(asJSON(d)) > 40*maxText {
			t.Errorf("got %s", asJSON(d))
		}
	})
}
