package filter

import (
	"errors"
	"strings"
	"testing"
)

// TestErrors has what users see of faults: the place, the reason, and what to do.
func TestErrors(t *testing.T) {
	const (
		unqualified = " needs a word such as host, net or port in front of it"
		wireshark   = " is a field of Wireshark's display filters, which are another language"
		joint       = `"and" or "or" is expected here, not `
		uncompared  = "a value must be compared with another, as in len > 100"
	)
	for _, row := range []struct {
		text   string
		offset int
		reason string
		mended string // what is suggested
	}{
		// Slips.
		{"prot 80", 0, `"prot"` + unqualified, "port 80"},
		{"tcp prot 80", 4, `"prot" needs a word such as host, net or port between it and "tcp"`, "tcp port 80"},
		{"scr host a", 0, `"scr"` + unqualified, "src host a"},
		{"host a and prot 80", 16, joint + `"80"`, "host a and port 80"},
		{"host a adn port 80", 7, joint + `"adn"`, "host a and port 80"},
		{"tcp dst prt 443", 12, joint + `"443"`, "tcp dst port 443"},
		{"vlna 5", 0, `"vlna"` + unqualified, "vlan 5"},
		{"ether brodcast", 6, `"brodcast" needs a word such as host, net or port between it and "ether"`, "ether broadcast"},
		{"tcp[tcpflag] & tcp-syn != 0", 4, `a number, a field or len is expected here, not "tcpflag"`, "tcp[tcpflags] & tcp-syn != 0"},
		{"TCP PORT 80", 0, `"TCP"` + unqualified, "tcp port 80"},
		{"tcp port 80 AND udp", 12, joint + `"AND"`, "tcp port 80 and udp"},
		{"net 1.2.3.0 netmask 255.255.255.0", 12, joint + `"netmask"`, "net 1.2.3.0 mask 255.255.255.0"},

		// Words that lack another.
		{"10.0.0.1", 0, `"10.0.0.1"` + unqualified, "host 10.0.0.1"},
		{"192.168", 0, `"192.168"` + unqualified, "net 192.168"},
		{"fe80::1", 0, `"fe80::1"` + unqualified, "host fe80::1"},
		{"1:2:3:4:5:6", 0, `"1:2:3:4:5:6"` + unqualified, "ether host 1:2:3:4:5:6"},
		{"tcp 80", 4, `"80" needs a word such as host, net or port between it and "tcp"`, "tcp port 80"},
		{"port 80 and and tcp", 12, `an expression is expected here, not "and"`, "port 80 and tcp"},
		{"host and port 80", 5, `a host is expected here, not "and"`, ""},
		{"(host a) or b", 12, `"b"` + unqualified, "(host a) or host b"},
		{"tcp not udp", 4, joint + `"not"`, "tcp and not udp"},
		{"host a host b", 7, joint + `"host"`, "host a and host b"},
		{"ether proto ip", 12, `"ip" is a keyword, not a protocol`, `ether proto \ip`},
		{"host (tcp)", 6, `"tcp" is a keyword, not a host`, `host (\tcp)`},
		{"src protochain 6", 4, `"protochain" cannot have "src" in front of it`, "protochain 6"},
		{"src or port 80", 7, `"dst" is expected here, not "port"`, "src or dst port 80"},

		// Other languages.
		{"tcp.port == 80", 0, `"tcp.port"` + wireshark, "tcp port 80"},
		{"host a and udp.port == 53", 11, `"udp.port"` + wireshark, "host a and udp port 53"},
		{"ip.addr == 10.0.0.1 && tcp.port eq 443", 0, `"ip.addr"` + wireshark, "host 10.0.0.1 && tcp port 443"},
		{"ip.src != 10.0.0.1", 0, `"ip.src"` + wireshark, "not src host 10.0.0.1"},
		{"tcp.flags.syn == 0", 0, `"tcp.flags.syn"` + wireshark, "tcp[tcpflags] & tcp-syn = 0"},
		{"tcp.flags.syn and ip", 0, `"tcp.flags.syn"` + wireshark, "tcp[tcpflags] & tcp-syn != 0 and ip"},
		{"frame.len > 100", 0, `"frame.len"` + wireshark, "len > 100"},
		{"tcp.stream eq 5", 0, `"tcp.stream"` + wireshark, ""},
		{"dns", 0, `"dns"` + unqualified, "port 53"},

		// Signs.
		{"len => 100", 5, `a number, a field or len is expected here, not ">"`, "len >= 100"},
		{"len =< 100", 5, `a number, a field or len is expected here, not "<"`, "len <= 100"},
		{"len <> 100", 5, `a number, a field or len is expected here, not ">"`, "len != 100"},
		{"port == 80", 5, `a port is expected here, not "="`, "port 80"},
		{"port != 80", 5, `a port is expected here, not "!="`, "port not 80"},
		{"port 80,443, 8080", 7, `"," has no meaning here`, "port 80 or 443 or 8080"},
		{"tcp | udp", 4, joint + `"|"`, "tcp || udp"},
		{"net 10/8", 6, joint + `"/"`, "net 10.0.0.0/8"},
		{"net 10.0.0.0/33", 13, "prefix length 33 is greater than 32", ""},
		{"net ::/129", 7, "prefix length 129 is greater than 128", ""},
		{"portrange 80:90", 12, joint + `":"`, "portrange 80-90"},
		{"(tcp or (udp)", 0, `"(" is never closed`, "(tcp or (udp))"},
		{"tcp port 80)", 11, `")" closes nothing`, "tcp port 80"},
		{"ip[0 = 1", 5, `"]" is expected here, not "="`, "ip[0] = 1"},
		{"ip[0", 2, `"[" is never closed`, "ip[0] != 0"},
		{"ip[2:2]] > 5", 7, `an operator such as = or > is expected here, not "]"`, "ip[2:2] > 5"},
		{`"tcp port 80"`, 0, `'"' has no meaning here`, "leave out the quotes, or check that the shell takes them away"},

		// Arithmetic.
		{"len", 0, uncompared, ""},
		{"tcp[13] & tcp-syn", 0, uncompared, "tcp[13] & tcp-syn != 0"},
		{"tcp[13] && 2", 0, uncompared, "tcp[13] & 2 != 0"},
		{"ip = 5", 0, `"ip" is no value: a field of it is, such as ip[0]`, ""},
		{"len > ip", 6, `"ip" is no value: a field of it is, such as ip[0]`, ""},
		{"ip[2:3] = 5", 5, "a field has 1, 2 or 4 bytes, not 3", ""},
		{"ip[] = 5", 3, `a number, a field or len is expected here, not "]"`, ""},
		{"len = 5 = 6", 8, joint + `"="`, ""},
		{"1 +", 3, "a number, a field or len is missing at the end", ""},

		// What is missing, or not what it looks like.
		{"port", 4, `a port is missing behind "port"`, ""},
		{"tcp and", 7, `an expression is missing behind "and"`, ""},
		{"and tcp", 0, `an expression is missing in front of "and"`, ""},
		{"()", 1, `an expression is expected here, not ")"`, ""},
		{"host ((a))", 5, "two parentheses around the same names", ""},
		{"08 = 8", 0, `number "08" starts with 0, so it is octal and has no digit 8 or 9`, ""},
		{"port 99999999999", 5, `number "99999999999" does not fit in 32 bits`, ""},
		{"portrange 1-99999999999", 10, `range "1-99999999999" has a number that does not fit in 32 bits`, ""},
		{"host 10.0.0.256", 5, `"10.0.0.256" is no IPv4 address: its parts are decimal numbers up to 255`, ""},
		{"host 0x0a.1", 5, `"0x0a.1" is no IPv4 address: its parts are decimal numbers up to 255`, ""},
		{"host ::1.2.3.400", 5, `"::1.2.3.400" is no IPv6 address`, ""},
		{"ether host 1:2:3:4:5", 11, `"1:2:3:4:" is no Ethernet address: six bytes make one`, ""},
		{"net 1.0.0.0 mask 255", 17, `a mask such as 255.255.255.0 is expected here, not "255"`, ""},
		{"rset 1", 5, `a name is expected here, not "1"`, ""},
		{"byte 1 != 2", 7, `one of = < > & | is expected here, not "!="`, ""},
		{"link host $zz", 10, `an ARCnet address is missing behind "$"`, ""},
		{"tcp \x01", 4, `"\x01" has no meaning here`, ""},
	} {
		t.Run(row.text, func(t *testing.T) {
			_, err := parseText(row.text)
			fail, ok := errors.AsType[*Error](err)
			if !ok {
				t.Fatalf("got %v, want an *Error", err)
			}
			if fail.Text != row.text || fail.Offset != row.offset || fail.Reason != row.reason {
				t.Errorf("got %q at %d: %s\nwant at %d: %s", fail.Text, fail.Offset, fail.Reason, row.offset, row.reason)
			}
			want := row.mended
			if want != "" && !strings.Contains(want, "quotes") {
				want = `did you mean "` + want + `"?`
			}
			if fail.Hint != want {
				t.Errorf("got hint %q, want %q", fail.Hint, want)
			}
		})
	}
}

func TestPlaceIsTheWordAtFault(t *testing.T) {
	for _, row := range []struct {
		text string
		want string
	}{
		{"tcp prt 80", "prt"}, {"(host 10.0.0.256)", "10.0.0.256"}, {"tcp and", ""}, {"()", ")"},
	} {
		_, err := parseText(row.text)
		fail, ok := errors.AsType[*Error](err)
		if !ok {
			t.Fatalf("%q: got %v, want an *Error", row.text, err)
		}
		from, to := fail.Place()
		if got := row.text[from:to]; got != row.want {
			t.Errorf("%q: got %q at fault, want %q", row.text, got, row.want)
		}
	}
	from, to := (&Error{Text: "tcp", Offset: 9}).Place()
	if from != 3 || to != 3 {
		t.Errorf("an offset behind the text: got %d to %d, want 3 to 3", from, to)
	}
}

// TestQuote has pieces of text as errors repeat them.
func TestQuote(t *testing.T) {
	for _, row := range []struct{ text, want string }{
		{"tcp", `"tcp"`},
		{`\tcp`, `"\tcp"`},
		{`"`, `'"'`},
		{"a\x00\n", `"a\x00\n"`},
		{"é", `"é"`},
		{strings.Repeat("a", 41), `"` + strings.Repeat("a", 40) + `…"`},
		{strings.Repeat("é", 41), `"` + strings.Repeat("é", 20) + `…"`},
	} {
		if got := quote(row.text); got != row.want {
			t.Errorf("quote(%q): got %s, want %s", row.text, got, row.want)
		}
	}
}
