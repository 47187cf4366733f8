package dpi

import (
	"net/netip"
	"slices"
	"testing"

	"sockeye/parse"
)

// talk plays datagrams in one direction between two ends.
func talk(from, to string, texts ...string) played {
	var out played
	i := New(netip.MustParseAddrPort(from), netip.MustParseAddrPort(to), &out)
	for n, text := range texts {
		b := append([]byte{0}, bytesOf(text)...)
		i.Datagram(&parse.Packet{Time: int64(n), Proto: 17, Data: b, Payload: 1, PayLen: uint32(len(b) - 1)}, ToServer)
	}
	i.End(6)
	out.App = i.App()
	return out
}

func TestMDNS(t *testing.T) {
	for _, group := range []string{"224.0.0.251:5353", "[ff02::fb]:45353"} {
		out := talk("192.0.2.1:5353", group,
			`0000 0000 0002 0000 0000 0000 04 "_ipp" 04 "_tcp" 05 "local" 00 000c 8001 05 "_http" c011 000c 0001`,
			`0000 8400 0000 0003 0000 0001
			04 "_ipp" 04 "_tcp" 05 "local" 00 000c 0001 00001194 000d 0a "My Printer" c00c
			03 "prn" c016 0001 8001 00000078 0004 c0000228
			07 "büro.x" c016 001c 8001 00000078 0010 fe800000000000000000000000000001
			00 0029 05a0 00 00 1194 0000`)
		if got := out.App.protocol(); got != MDNS {
			t.Fatalf("%s: got %v, want mDNS", group, got)
		}
		d := detail[*DNSDetail](t, out.App, "dns")
		if want := []string{"_ipp._tcp.local", "_http._tcp.local"}; !slices.Equal(d.Services, want) {
			t.Errorf("services: got %q, want %q", d.Services, want)
		}
		if want := []string{"prn.local", `büro\.x.local`}; !slices.Equal(d.Hosts, want) {
			t.Errorf("hosts: got %q, want %q", d.Hosts, want)
		}
		if d.Queries != 1 || d.Responses != 1 || d.Unanswered != 0 || d.State() != "MDNS_RESPONSE" {
			t.Errorf("got %s, state %s", asJSON(d), d.State())
		}
		want := []string{
			"asked _ipp._tcp.local PTR  []",
			`announced   NOERROR [aa] _ipp._tcp.local PTR My Printer._ipp._tcp.local, prn.local A 192.0.2.40, büro\.x.local AAAA fe80::1 1440`,
		}
		if got := dnsEvents(out.Events); !slices.Equal(got, want) {
			t.Errorf("events:\n got %q\nwant %q", got, want)
		}
		if got := out.Events[1].Detail.(*DNSMessage).Kind; got != "mdns" {
			t.Errorf("kind: got %q, want mdns", got)
		}
		if got := out.Events[0].Detail.(*DNSMessage).Questions; !slices.Equal(got, d.Services) {
			t.Errorf("questions: got %q, want %q", got, d.Services)
		}
		if got, want := dnsNamings(out.Namings), []string{"prn.local 192.0.2.40 2m0s", `büro\.x.local fe80::1 2m0s`}; !slices.Equal(got, want) {
			t.Errorf("names: got %q, want %q", got, want)
		}
		for _, n := range out.Namings {
			if n.Source != NameMDNS || n.Client.IsValid() {
				t.Errorf("got %+v, want it from mDNS, for everybody", n)
			}
		}
	}
}

// TestDNSOnMDNSPort: a resolver may listen where mDNS does.
func TestDNSOnMDNSPort(t *testing.T) {
	out := talk("192.0.2.1:40000", "192.0.2.2:5353", `1234 0120 0001 0000 0000 0000 `+askWWW)
	if got := out.App.protocol(); got != DNS {
		t.Errorf("got %v, want DNS", got)
	}
}

func TestLLMNR(t *testing.T) {
	const answer = `abcd 8000 0001 0002 0000 0000 04 "host" 00 0001 0001 c00c 0001 0001 0000001e 0004 c0000207 c00c 0001 0001 0000001e 0004 c0000208`
	tests := []struct {
		name, from, to, text, event string
		namings                     []string
	}{
		{"a question to the group", "192.0.2.1:50000", "224.0.0.252:5355", `abcd 0000 0001 0000 0000 0000 04 "host" 00 0001 0001`,
			"asked host A  []", nil},
		{"over IPv6", "[fe80::1]:50000", "[ff02::1:3]:5355", `abcd 0000 0001 0000 0000 0000 04 "host" 00 00ff 0001`,
			"asked host ANY  []", nil},
		{"an answer of whom it is about, which says more than that", "192.0.2.7:5355", "192.0.2.1:50000", answer,
			"announced host A NOERROR [] A 192.0.2.7, A 192.0.2.8", []string{"host 192.0.2.7 30s"}},
		{"an answer of somebody else", "192.0.2.66:5355", "192.0.2.1:50000", answer,
			"announced host A NOERROR [] A 192.0.2.7, A 192.0.2.8", nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			out := talk(tt.from, tt.to, tt.text)
			if got := out.App.protocol(); got != LLMNR {
				t.Fatalf("got %v, want LLMNR", got)
			}
			if got := dnsEvents(out.Events); !slices.Equal(got, []string{tt.event}) {
				t.Errorf("got %q, want %q", got, tt.event)
			}
			if got := dnsNamings(out.Namings); !slices.Equal(got, tt.namings) {
				t.Errorf("names: got %q, want %q", got, tt.namings)
			}
		})
	}
}
