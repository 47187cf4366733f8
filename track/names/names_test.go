package names

import (
	"net/netip"
	"os"
	"strings"
	"testing"
)

const tcp, udp, sctp = 6, 17, 132

func TestServices(t *testing.T) {
	s := ReadServices(strings.NewReader(`
# a comment
https	443/tcp		www-s	# with an alias
https	443/udp
second	443/tcp
broken
bad	70000/tcp
bad	-1/tcp
odd	80/carrier
m3ua 2905/sctp
`))
	tests := []struct {
		name  string
		proto uint8
		port  uint16
		want  string
	}{
		{"tcp", tcp, 443, "https"},
		{"udp", udp, 443, "https"},
		{"sctp", sctp, 2905, "m3ua"},
		{"another protocol", tcp, 2905, ""},
		{"port too large for 16 bits", tcp, 4464, ""}, // 70000 - 65536
		{"unknown protocol", tcp, 80, ""},
		{"port 0", tcp, 0, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := s.Name(tt.proto, tt.port); got != tt.want {
				t.Errorf("Name(%d, %d): got %q, want %q", tt.proto, tt.port, got, tt.want)
			}
		})
	}
	if got := (*Services)(nil).Name(tcp, 443); got != "" {
		t.Errorf("nil table: got %q, want no name", got)
	}
}

func TestServicePort(t *testing.T) {
	s := ReadServices(strings.NewReader("ssh 22/tcp\nhttps 443/tcp\nrare 40000/tcp\n"))
	tests := []struct {
		name  string
		table *Services
		a, b  uint16
		want  uint16
	}{
		{"both have a name", s, 443, 22, 22},
		{"one has a name", s, 1000, 40000, 40000},
		{"neither has a name", s, 2000, 1000, 1000},
		{"no table", nil, 443, 40000, 443},
		{"one port was not seen", s, 0, 1000, 1000},
		{"none was seen", s, 0, 0, 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := tt.table.Port(tcp, tt.a, tt.b); got != tt.want {
				t.Errorf("got %d, want %d", got, tt.want)
			}
		})
	}
}

// TestBuiltinServices checks that each line of the table is read, and that no
// later line is hidden by an earlier one.
func TestBuiltinServices(t *testing.T) {
	lines := 0
	for line := range strings.Lines(builtin) {
		if !strings.HasPrefix(line, "#") {
			lines++
		}
	}
	s := ReadServices(strings.NewReader(builtin))
	if len(s.names) != lines {
		t.Errorf("got %d names of %d lines: a line repeats a port or does not have the form", len(s.names), lines)
	}
	for _, want := range []struct {
		proto uint8
		port  uint16
		name  string
	}{{tcp, 22, "ssh"}, {udp, 53, "domain"}, {udp, 443, "https"}, {udp, 51820, "wireguard"}} {
		if got := SystemServices().Name(want.proto, want.port); got != want.name {
			t.Errorf("port %d: got %q, want %q", want.port, got, want.name)
		}
	}
}

// TestOwnServices checks that the built-in table was made from the list of our own.
func TestOwnServices(t *testing.T) {
	own, err := os.ReadFile("services_own.txt")
	if err != nil {
		t.Fatal(err)
	}
	table := ReadServices(strings.NewReader(builtin))
	for k, want := range ReadServices(strings.NewReader(string(own))).names {
		if got := table.Name(k.proto, k.port); got != want {
			t.Errorf("port %d: got %q, want %q: run scripts/gen-services", k.port, got, want)
		}
	}
}

func TestHosts(t *testing.T) {
	h := ReadHosts(strings.NewReader(`127.0.0.1 localhost
::1 ip6-localhost ip6-loopback # loopback
192.0.2.2 printer printer.example
192.0.2.2 again
fe80::1%eth0 router
not-an-address nobody
192.0.2.3
`))
	for addr, want := range map[string]string{
		"127.0.0.1": "localhost", "::1": "ip6-localhost", "192.0.2.2": "printer",
		"::ffff:192.0.2.2": "printer", "fe80::1": "router", "192.0.2.3": "", "192.0.2.4": "",
	} {
		if got := h.Name(netip.MustParseAddr(addr)); got != want {
			t.Errorf("Name(%s): got %q, want %q", addr, got, want)
		}
	}
	if got := (*Hosts)(nil).Name(netip.MustParseAddr("::1")); got != "" {
		t.Errorf("nil table: got %q, want no name", got)
	}
	if SystemHosts() == nil {
		t.Error("SystemHosts: got nil")
	}
}

func FuzzReadServices(f *testing.F) {
	f.Add("https 443/tcp www # web\n")
	f.Add("a 1/udp\x00b\n\t 2/")
	f.Fuzz(func(t *testing.T, text string) {
		for k, name := range ReadServices(strings.NewReader(text)).names {
			if name == "" || strings.ContainsAny(name, " \t\n#") {
				t.Errorf("port %d: got name %q", k.port, name)
			}
		}
	})
}
