package filter

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var tokenNames = map[tokenKind]string{
	tokenKeyword: "keyword", tokenOperator: "operator", tokenNumber: "number", tokenName: "name",
	tokenDotted: "dotted", tokenIPv6: "ipv6", tokenMAC: "mac", tokenAID: "aid", tokenBad: "bad",
}

// tokens writes the tokens of a text as "kind text" with commas between them.
func tokens(text string) string {
	var out []string
	l := lexer{text: text}
	for t := l.next(); t.kind != tokenEnd; t = l.next() {
		s := tokenNames[t.kind] + " " + t.text
		if t.kind == tokenNumber {
			s = fmt.Sprintf("number %d", t.num)
		}
		out = append(out, s)
	}
	return strings.Join(out, ", ")
}

// TestTokens has what libpcap's scanner makes of the same texts.
func TestTokens(t *testing.T) {
	for _, row := range []struct{ name, text, want string }{
		{"blank", " \t\r\n", ""},
		{"words", "tcp port http", "keyword tcp, keyword port, name http"},
		{"case", "TCP", "name TCP"},
		{"signs", "!a&&b||c", "keyword !, name a, keyword &&, name b, keyword ||, name c"},
		{"operators", "a>=b<=c!=d==e<<f>>g", "name a, operator >=, name b, operator <=, name c, operator !=, name d, operator =, name e, operator <<, name f, operator >>, name g"},
		{"single signs", "()[]+-*/%|&^< > =:", "operator (, operator ), operator [, operator ], operator +, operator -, operator *, operator /, operator %, operator |, operator &, operator ^, operator <, operator >, operator =, operator :"},
		{"numbers", "10 0x1F 0X1f 017 0", "number 10, number 31, number 31, number 15, number 0"},
		{"largest number", "4294967295 0xffffffff", "number 4294967295, number 4294967295"},
		{"number too large", "4294967296", "bad 4294967296"},
		{"number too large by much", strings.Repeat("9", 11), "bad 99999999999"},
		{"not octal", "08", "bad 08"},
		{"no hexadecimal digits", "0x", "name 0x"},
		{"named numbers", "tcp-syn icmp6-echo tcpflags", "number 2, number 128, number 13"},
		{"name of digits and letters", "80a 1e5", "name 80a, name 1e5"},
		{"range", "80-90 http-90", "name 80-90, name http-90"},
		{"name with dashes", "a-b_c.d tcp-x es-is", "name a-b_c.d, name tcp-x, keyword es-is"},
		{"dash at the end", "tcp- 1", "keyword tcp, operator -, number 1"},
		{"dot at the end", "host.invalid.", "name host.invalid."},
		{"escaped", `\tcp \80 \a+b)`, "name tcp, name 80, name a+b, operator )"},
		{"nothing escaped", `\ a`, `bad \, name a`},
		{"dotted", "10.1 10.1.2 10.1.2.3", "dotted 10.1, dotted 10.1.2, dotted 10.1.2.3"},
		{"five parts", "1.2.3.4.5", "name 1.2.3.4.5"},
		{"prefix", "10.0.0.0/8", "dotted 10.0.0.0, operator /, number 8"},
		{"IPv6", ":: ::1 1:: fe80::1 1:2:3:4:5:6:7:8 ::ffff:1.2.3.4", "ipv6 ::, ipv6 ::1, ipv6 1::, ipv6 fe80::1, ipv6 1:2:3:4:5:6:7:8, ipv6 ::ffff:1.2.3.4"},
		{"IPv6 with an IPv4 end", "1:2:3:4:5:6:1.2.3.4 1::2:1.2.3.4", "ipv6 1:2:3:4:5:6:1.2.3.4, ipv6 1::2:1.2.3.4"},
		{"eight groups and a gap", "1:2:3:4:5:6:7::8", "ipv6 1:2:3:4:5:6:7::, number 8"},
		{"two gaps", "1::2222::3", "ipv6 1::2222, ipv6 ::3"},
		{"IPv6 prefix", "2001:db8::/32", "ipv6 2001:db8::, operator /, number 32"},
		{"MAC", "1:2:3:4:5:6 00-11-22-33-44-55 a.b.c.d.e.f 0011.2233.4455 001122334455", "mac 1:2:3:4:5:6, mac 00-11-22-33-44-55, mac a.b.c.d.e.f, mac 0011.2233.4455, mac 001122334455"},
		{"MAC too short", "1:2:3:4:5", "bad 1:2:3:4:, number 5"},
		{"MAC too long", "11:22:33:44:55:66:", "bad 11:22:33:44:55:66:"},
		{"MAC in a name", "1-2-3-4-5-6x", "name 1-2-3-4-5-6x"},
		{"offset and size", "ip[0:2]", "keyword ip, operator [, number 0, operator :, number 2, operator ]"},
		{"ARCnet", "$1 $ab $abc", "aid $1, aid $ab, aid $ab, name c"},
		{"no ARCnet", "$x", "bad $, name x"},
		{"other signs", "a,b", "name a, bad ,, name b"},
		{"other letters", "é", "bad é"},
	} {
		t.Run(row.name, func(t *testing.T) {
			if diff := cmp.Diff(row.want, tokens(row.text)); diff != "" {
				t.Errorf("tokens of %q (-want +got):\n%s", row.text, diff)
			}
		})
	}
}

func TestReadMAC(t *testing.T) {
	want := [6]byte{0x00, 0x01, 0x0a, 0xbc, 0xde, 0xff}
	for _, text := range []string{"00:01:0a:bc:de:ff", "0:1:a:bc:de:ff", "0-1-A-BC-DE-FF", "0.1.a.bc.de.ff", "0001.0abc.deff", "00010abcdeff"} {
		if got := readMAC(text); got != want {
			t.Errorf("readMAC(%q): got % x, want % x", text, got, want)
		}
	}
}
