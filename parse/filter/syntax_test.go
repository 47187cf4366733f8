package filter

import (
	"fmt"
	"strings"
	"testing"
)

// Names of what the trees hold, as show writes them.
var (
	kindWords = map[kind]string{
		kindHost: "host", kindNet: "net", kindPort: "port", kindPortRange: "portrange",
		kindGateway: "gateway", kindProto: "proto", kindProtoChain: "protochain",
	}
	compareWords = map[compareOp]string{opEq: "=", opNe: "!=", opGt: ">", opGe: ">=", opLt: "<", opLe: "<="}
	arithWords   = map[arithOp]string{
		opAdd: "+", opSub: "-", opMul: "*", opDiv: "/", opMod: "%",
		opAnd: "&", opOr: "|", opXor: "^", opShl: "<<", opShr: ">>",
	}
	specialWords = map[specialKind]string{
		specialBroadcast: "broadcast", specialMulticast: "multicast", specialLess: "less", specialGreater: "greater",
		specialByte: "byte", specialInbound: "inbound", specialOutbound: "outbound", specialIfindex: "ifindex",
		specialVLAN: "vlan", specialMPLS: "mpls", specialPPPoED: "pppoed", specialPPPoES: "pppoes",
		specialGeneve: "geneve", specialVXLAN: "vxlan", specialLLC: "llc",
		specialWLANType: "type", specialWLANSubtype: "subtype", specialWLANDir: "dir",
		specialPFIfname: "ifname", specialPFRuleset: "ruleset", specialPFRnr: "rnr", specialPFSrnr: "srnr",
		specialPFReason: "reason", specialPFAction: "action", specialATM: "atm", specialMTP: "mtp",
	}
)

// show writes a tree with all its parentheses.
func show(n node) string {
	switch n := n.(type) {
	case *every:
		return "every"
	case *not:
		return "!" + show(n.x)
	case *and:
		return "(" + show(n.x) + " and " + show(n.y) + ")"
	case *or:
		return "(" + show(n.x) + " or " + show(n.y) + ")"
	case *primitive:
		return words(showProto(n.q.proto), n.q.dir.String(), kindWords[n.q.kind], showID(n.id))
	case *special:
		list := []string{showProto(n.proto), specialWords[n.what]}
		for _, id := range n.args {
			list = append(list, showID(id))
		}
		return words(list...)
	case *comparison:
		return show(n.x) + " " + compareWords[n.op] + " " + show(n.y)
	case *number:
		return fmt.Sprint(n.n)
	case *length:
		return "len"
	case *access:
		return fmt.Sprintf("%s[%s:%d]", n.proto, show(n.off), n.size)
	case *negate:
		return "-" + show(n.x)
	case *binary:
		return "(" + show(n.x) + arithWords[n.op] + show(n.y) + ")"
	}
	return fmt.Sprintf("?%T", n)
}

// showProto writes a protocol, nothing where there is none.
func showProto(p proto) string {
	if p == protoNone {
		return ""
	}
	return p.String()
}

// words puts blanks between the words that are there.
func words(words ...string) string {
	return strings.Join(strings.Fields(strings.Join(words, " ")), " ")
}

// showID writes an identifier as its form and its value.
func showID(id identifier) string {
	switch id.form {
	case formNone:
		return ""
	case formNumber:
		return fmt.Sprintf("#%d", id.num)
	case formRange:
		return fmt.Sprintf("#%d..%d", id.num, id.high)
	case formIPv4, formIPv6:
		s := fmt.Sprintf("@%v/%d", id.addr, id.bits)
		if id.mask.IsValid() {
			s += fmt.Sprintf("&%v", id.mask)
		}
		return s
	case formMAC:
		return fmt.Sprintf("%x", id.mac)
	case formAID:
		return fmt.Sprintf("$%x", id.mac[0])
	}
	return id.text
}

func TestParse(t *testing.T) {
	for _, row := range []struct{ text, want string }{
		{"", "every"},
		{" \n", "every"},
		{"tcp", "tcp"},
		{"fddi", "ether"},
		{"es-is or is-is", "(esis or isis)"},
		{"host a", "host a"},
		{"src a", "src a"},
		{"ip src or dst net 10", "ip src or dst net #10"},
		{"dst and src port http", "src and dst port http"},
		{"tcp dst port 80", "tcp dst port #80"},
		{`ip proto \tcp`, "ip proto tcp"},
		{"ip6 protochain 6", "ip6 protochain #6"},
		{"gateway a", "gateway a"},

		// Joining.
		{"tcp and udp or arp", "((tcp and udp) or arp)"},
		{"tcp or udp and arp", "((tcp or udp) and arp)"},
		{"tcp || (udp && arp)", "(tcp or (udp and arp))"},
		{"not tcp or udp", "(!tcp or udp)"},
		{"!(tcp or udp)", "!(tcp or udp)"},
		{"! not tcp", "!!tcp"},
		{"not len = 5", "!len = 5"},

		// Qualifiers that are taken over.
		{"port 80 or 443 or 8080", "((port #80 or port #443) or port #8080)"},
		{"src host a and not b", "(src host a and !src host b)"},
		{"host a or (b and c)", "(host a or (host b and host c))"},
		{"host (a or b)", "(host a or host b)"},
		{"tcp port (80 or not (81 or 82))", "(tcp port #80 or !(tcp port #81 or tcp port #82))"},
		{"port not 80", "!port #80"},
		{"port ((80))", "port #80"},
		{"port 80 or (443)", "(port #80 or port #443)"},
		{"host a and (tcp port 80 or 81) and b", "((host a and (tcp port #80 or tcp port #81)) and host b)"},
		{"port 80 and (5 and 6)", "(port #80 and (port #5 and port #6))"},
		{"port 80 and 443 = 443", "(port #80 and 443 = 443)"},
		{"port 80 and (443) = 443", "(port #80 and 443 = 443)"},
		{"port 80 and (not 5 or 6)", "(port #80 and (!port #5 or port #6))"},

		// Identifiers.
		{"net 10.0.0.0/8", "net @10.0.0.0/8"},
		{"net 10.0 mask 255.0", "net @10.0.0.0/16&255.0.0.0"},
		{"net 192.168", "net @192.168.0.0/16"},
		{"host 010.1.2.3", "host @10.1.2.3/-1"},
		{"net 2001:db8::/32", "net @2001:db8::/32"},
		{"host ::1", "host @::1/-1"},
		{"ether host 1:2:3:4:5:6", "ether host 010203040506"},
		{"link host $a", "ether host $a"},
		{"wlan ra 1-2-3-4-5-6", "ether ra 010203040506"},
		{"wlan address4 1-2-3-4-5-6", "ether addr4 010203040506"},
		{"decnet src 1.5", "decnet src 1.5"},
		{"portrange 80-90", "portrange #80..90"},
		{"portrange 80-http", "portrange 80-http"},
		{"portrange 80", "portrange #80"},
		{"port tcp-syn", "port #2"},

		// Arithmetic and comparisons.
		{"len > 5", "len > 5"},
		{"length>=5", "len >= 5"},
		{"tcp[13] & 2 != 0", "(tcp[13:1]&2) != 0"},
		{"ip[2:2] == 0x28", "ip[2:2] = 40"},
		{"icmp6[icmp6type] = icmp6-echo", "icmp6[0:1] = 128"},
		{"1 + 2 * 3 = 7", "(1+(2*3)) = 7"},
		{"1 - 2 - 3 < 7", "((1-2)-3) < 7"},
		{"1 | 2 & 3 << 4 + 5 * 6 = 0", "(1|(2&(3<<(4+(5*6))))) = 0"},
		{"6 * 5 + 4 >> 3 & 2 | 1 = 0", "(((((6*5)+4)>>3)&2)|1) = 0"},
		{"(1 + 2) * 3 = 9", "((1+2)*3) = 9"},
		{"((1)) + 2 = 3", "(1+2) = 3"},
		{"(len) <= 3", "len <= 3"},
		{"-1 + 2 = 1", "(-1+2) = 1"},
		{"- -len = 1", "--len = 1"},
		{"len % 3 + 1 = 2", "(len%(3+1)) = 2"}, // as libpcap's grammar has it
		{"len + 1 ^ 3 = 2", "(len+(1^3)) = 2"},
		{"-len % 3 = 2", "-(len%3) = 2"},
		{"ip[ip[0] & 0xf << 2:4] = 1", "ip[(ip[0:1]&(15<<2)):4] = 1"},
		{"(ip[0] = 5)", "ip[0:1] = 5"},

		// What has a grammar of its own.
		{"broadcast", "broadcast"},
		{"ether multicast", "ether multicast"},
		{"less 5 or greater 10", "(less #5 or greater #10)"},
		{"byte 1 == 5", "byte #1 = #5"},
		{"inbound or outbound", "(inbound or outbound)"},
		{"ifindex 2", "ifindex #2"},
		{"vlan and vlan 5 and vlan (6)", "((vlan and vlan #5) and vlan #6)"},
		{"mpls 5 && pppoed && pppoes 1", "((mpls #5 and pppoed) and pppoes #1)"},
		{"geneve 1 or vxlan", "(geneve #1 or vxlan)"},
		{"llc or llc UI or llc rulenum", "((llc or llc ui) or llc rnr)"},
		{"type mgt subtype probe-req", "type mgt probe-req"},
		{"wlan type 0 subtype 0x40", "ether type #0 #64"},
		{"subtype beacon", "subtype beacon"},
		{"direction tods or dir 1", "(dir tods or dir #1)"},
		{"on eth0 and rset a", "(ifname eth0 and ruleset a)"},
		{"rulenum 1 and subrulenum 2", "(rnr #1 and srnr #2)"},
		{"reason match or reason 1", "(reason match or reason #1)"},
		{"action pass", "action pass"},
		{"lane or vpi 5", "(atm lane or atm vpi = #5)"},
		{"vci != 5", "atm vci != #5"},
		{"vci (1 or 2 or 3)", "atm vci = #1 #2 #3"},
		{"lsu or opc > 5", "(mtp lssu or mtp opc > #5)"},
	} {
		t.Run(row.text, func(t *testing.T) {
			tree, err := parseText(row.text)
			if err != nil {
				t.Fatalf("got error %v, want %s", err, row.want)
			}
			if got := show(tree); got != row.want {
				t.Errorf("got %s, want %s", got, row.want)
			}
		})
	}
}

func TestPositions(t *testing.T) {
	const text = "tcp src port  http and len > ip[2:2] + 1"
	tree, err := parseText(text)
	if err != nil {
		t.Fatal(err)
	}
	both := tree.(*and)
	compare := both.y.(*comparison)
	sum := compare.y.(*binary)
	for _, row := range []struct {
		name string
		got  int
		want string
	}{
		{"and", both.pos(), "tcp"},
		{"primitive", both.x.pos(), "tcp"},
		{"identifier", both.x.(*primitive).id.at, "http"},
		{"comparison", compare.pos(), "len"},
		{"sum", sum.pos(), "ip["},
		{"number", sum.y.pos(), "1"},
	} {
		if !strings.HasPrefix(text[row.got:], row.want) {
			t.Errorf("%s: got %q, want %q", row.name, text[row.got:], row.want)
		}
	}
}

// TestLimits gives texts that would be deep or large trees.
func TestLimits(t *testing.T) {
	const n = 1 << 20
	for name, text := range map[string]string{
		"parentheses":          strings.Repeat("(", n),
		"closed parentheses":   strings.Repeat("(", n) + "tcp" + strings.Repeat(")", n),
		"not":                  strings.Repeat("!", n) + "tcp",
		"signs":                "len = " + strings.Repeat("-", n) + "1",
		"brackets":             strings.Repeat("ip[", n),
		"exclusive or":         "len = 1" + strings.Repeat("^1", n),
		"numbers in brackets":  "vlan " + strings.Repeat("(", n) + "1",
		"alternatives":         "port 80" + strings.Repeat(" or 80", n),
		"sums":                 "len = 1" + strings.Repeat("+1", n),
		"one name":             "host " + strings.Repeat("a", n) + " b",
		"one number":           "port " + strings.Repeat("1", n),
		"one address":          "host " + strings.Repeat("1:", n),
		"quoted":               strings.Repeat("'", n),
		"names behind another": strings.Repeat("a ", n),
		"fields of ATM":        "vpi (1" + strings.Repeat(" or 1", n) + ")",
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := parseText(text); err == nil {
				t.Error("got no error, want one")
			} else if len(err.Error()) > 300 {
				t.Errorf("got an error of %d bytes, want a short one", len(err.Error()))
			}
		})
	}
	if _, err := parseText(strings.Repeat("(", maxDepth/2) + "tcp" + strings.Repeat(")", maxDepth/2)); err != nil {
		t.Errorf("got %v, want none below the limit", err)
	}
	if _, err := parseText("port 80" + strings.Repeat(" or 80", maxNodes/3-1)); err != nil {
		t.Errorf("got %v, want none below the limit", err)
	}
}

func BenchmarkParse(b *testing.B) {
	for _, text := range []string{
		"tcp port 443 and not host 10.0.0.1",
		"(tcp[tcpflags] & (tcp-syn|tcp-fin) != 0) and not src and dst net 192.168.0.0/16",
	} {
		b.Run(text, func(b *testing.B) {
			b.ReportAllocs()
			b.SetBytes(int64(len(text)))
			for b.Loop() {
				if _, err := parseText(text); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
