package dpi

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"
)

// encodedName is a name in first-level encoding, padded with spaces, as a line says it.
func encodedName(name string, suffix byte) string {
	out := `20 "`
	for _, c := range []byte(fmt.Sprintf("%-15s", name) + string(rune(suffix))) {
		out += string([]byte{'A' + c>>4, 'A' + c&15})
	}
	return out + `" 00`
}

var netbiosTalks = register(
	conversation{name: "a question to a server", proto: NetBIOSName, udp: true, ports: [2]uint16{137, 137}, text: `
		c 8001 0100 0001 0000 0000 0000 ` + encodedName("WORK", 0x20) + ` 0020 0001
		s 8001 8580 0000 0001 0000 0000 ` + encodedName("WORK", 0x20) + ` 0020 0001 0000012c 0006 0000 c6336402`},
	conversation{name: "a registration", proto: NetBIOSName, udp: true, text: `
		c 8002 2910 0001 0000 0000 0001 ` + encodedName("DESK", 0) + ` 0020 0001 c00c 0020 0001 00000e10 0006 0000 c0000201`},
	conversation{name: "a registration of a group", proto: NetBIOSName, udp: true, text: `
		c 8002 2910 0001 0000 0000 0001 ` + encodedName("OFFICE", 0) + ` 0020 0001 c00c 0020 0001 00000e10 0006 8000 c0000201`},
	conversation{name: "the names of a node", proto: NetBIOSName, udp: true, text: `
		c 0005 0000 0001 0000 0000 0000 20 "CKAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA" 00 0021 0001
		s 0005 8400 0000 0001 0000 0000 20 "CKAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA" 00 0021 0001 00000000 002b 02 "SERVER         " 00 0400 "OFFICE         " 00 8400 080027 010203`},
	conversation{name: "no such name", proto: NetBIOSName, udp: true, text: `
		c 8006 0100 0001 0000 0000 0000 ` + encodedName("NOBODY", 0) + ` 0020 0001
		s 8006 8583 0000 0001 0000 0000 ` + encodedName("NOBODY", 0) + ` 000a 0001 00000000 0000`},
)

func TestNetBIOSName(t *testing.T) {
	wants := map[string]struct {
		json    string
		namings []string
	}{
		"a question to a server": {`{"requests":1,"responses":1,"operation":"query","name":"WORK","suffix":"20","role":"file server","result":"ok",` +
			`"names":["WORK<20>"],"addresses":["198.51.100.2"],"response_ms":1}`, []string{"WORK 198.51.100.2 5m0s"}},
		"a registration": {`{"requests":1,"responses":0,"operation":"registration","name":"DESK","suffix":"00","role":"workstation",` +
			`"names":["DESK<00>"],"addresses":["192.0.2.1"]}`, []string{"DESK 192.0.2.1 1h0m0s"}},
		"a registration of a group": {`{"requests":1,"responses":0,"operation":"registration","name":"OFFICE","suffix":"00","role":"workgroup","group":true,` +
			`"names":["OFFICE<00>"],"addresses":["192.0.2.1"]}`, nil},
		"the names of a node": {`{"requests":1,"responses":1,"operation":"status","name":"*","suffix":"00","role":"workstation","result":"ok",` +
			`"names":["*<00>","SERVER<00>","OFFICE<00>"],"mac":"08:00:27:01:02:03","response_ms":1}`, []string{"SERVER 198.51.100.2 1h0m0s"}},
		"no such name": {`{"requests":1,"responses":1,"operation":"query","name":"NOBODY","suffix":"00","role":"workstation","result":"no such name",` +
			`"names":["NOBODY<00>"],"response_ms":1}`, nil},
	}
	for _, c := range netbiosTalks {
		t.Run(c.name, func(t *testing.T) {
			out := play(t, c)
			want := wants[c.name]
			got := strings.NewReplacer(`\u003c`, "<", `\u003e`, ">").Replace(asJSON(detail[*NetBIOSDetail](t, out.App, "netbios_ns")))
			if got != want.json {
				t.Errorf("got  %s\nwant %s", got, want.json)
			}
			if got := dnsNamings(out.Namings); !slices.Equal(got, want.namings) {
				t.Errorf("names: got %q, want %q", got, want.namings)
			}
		})
	}
}

// TestNetBIOSOfOthers: nobody may say what another's name is.
func TestNetBIOSOfOthers(t *testing.T) {
	out := talk("192.0.2.66:137", "192.0.2.255:137",
		`8002 2910 0001 0000 0000 0001 `+encodedName("DESK", 0)+` 0020 0001 c00c 0020 0001 00000e10 0006 0000 c0000201`)
	if len(out.Namings) != 0 {
		t.Errorf("got %q, want no name", dnsNamings(out.Namings))
	}
}

func TestNetBIOSNameText(t *testing.T) {
	for encoded, want := range map[string]string{
		`20 "ABACFPFPENFDECFCEPFHFDEFFPFPACAB" 00`: `\001\002__MSBROWSE__\002`,
		`20 "CKAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA" 00`: "*",
		`20 "FEFADADADADADAFMCACACACACACACACA" 00`: `TP00000\092`,
		`20 "QKAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA" 00`: "",
		`1f "CKAAAAAAAAAAAAAAAAAAAAAAAAAAAAA" 00`:  "",
	} {
		name, _, ok := readNetBIOSName(bytesOf(encoded), 0)
		if got := string(name.appendTo(nil)); ok != (want != "") || ok && got != want {
			t.Errorf("%s: got %q %t, want %q", encoded, got, ok, want)
		}
	}
}

// FuzzNetBIOSName plays any bytes as datagrams.
func FuzzNetBIOSName(f *testing.F) {
	for _, c := range netbiosTalks {
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
		d := newNetBIOSName().(*netbiosDecoder)
		c := &conv{i: New(netip.MustParseAddrPort("192.0.2.1:137"), netip.MustParseAddrPort("198.51.100.1:137"), &out)}
		c.ends = [2]netip.AddrPort{netip.MustParseAddrPort("192.0.2.1:137"), netip.MustParseAddrPort("198.51.100.1:137")}
		for n := 0; len(b) > 0; n++ {
			cut := min(len(b), 50+int(b[0]))
			matchNetBIOSName(&sample{head: [2][]byte{b[:cut]}, wire: cut + n%2})
			d.datagram(c, Dir(n%2), b[:cut], cut)
			b = b[cut:]
		}
		if len(d.detail.Names) > maxList || len(d.detail.Addresses) > maxList || len(d.detail.Name) > 60 || len(d.detail.Scope) > 4*maxNameLen {
			t.Errorf("got %s", asJSON(&d.detail))
		}
	})
}
