package filter

import "strings"

// displayFields are fields of Wireshark's display filters, with the beginning of
// what asks for the same here. Behind those that end in a value the comparison stays,
// behind the others the value does.
var displayFields = map[string]string{
	"eth.addr":      "ether host",
	"eth.src":       "ether src",
	"eth.dst":       "ether dst",
	"ip.addr":       "host",
	"ip.host":       "host",
	"ip.src":        "src host",
	"ip.dst":        "dst host",
	"ip.src_host":   "src host",
	"ip.dst_host":   "dst host",
	"ip.proto":      "ip proto",
	"ipv6.addr":     "host",
	"ipv6.src":      "src host",
	"ipv6.dst":      "dst host",
	"ipv6.nxt":      "ip6 proto",
	"arp.opcode":    "arp[6:2]",
	"tcp.port":      "tcp port",
	"tcp.srcport":   "tcp src port",
	"tcp.dstport":   "tcp dst port",
	"udp.port":      "udp port",
	"udp.srcport":   "udp src port",
	"udp.dstport":   "udp dst port",
	"sctp.port":     "sctp port",
	"vlan.id":       "vlan",
	"mpls.label":    "mpls",
	"frame.len":     "len",
	"icmp.type":     "icmp[icmptype]",
	"icmpv6.type":   "icmp6[icmp6type]",
	"tcp.flags.syn": "tcp[tcpflags] & tcp-syn",
	"tcp.flags.ack": "tcp[tcpflags] & tcp-ack",
	"tcp.flags.fin": "tcp[tcpflags] & tcp-fin",
	"tcp.flags.rst": "tcp[tcpflags] & tcp-rst",
	"tcp.flags":     "tcp[tcpflags]",
	"ip.ttl":        "ip[8]",
}

// otherWords are words that people bring from other programs.
var otherWords = map[string]string{
	"ip4":         "ip",
	"ipv4":        "ip",
	"ipv6":        "ip6",
	"icmpv6":      "icmp6",
	"eth":         "ether",
	"netmask":     "mask",
	"source":      "src",
	"destination": "dst",
	"dns":         "port 53",
	"mdns":        "udp port 5353",
	"dhcp":        "udp port 67 or udp port 68",
	"ntp":         "udp port 123",
	"ssh":         "tcp port 22",
	"smtp":        "tcp port 25",
	"http":        "tcp port 80",
	"https":       "tcp port 443",
	"tls":         "tcp port 443",
	"ssl":         "tcp port 443",
	"quic":        "udp port 443",
}

// displayOperators are the words for operators.
var displayOperators = map[string]string{
	"eq": "=", "ne": "!=", "gt": ">", "ge": ">=", "lt": "<", "le": "<=",
}

// displayFilter returns what t, a word of another language, may have meant, with
// the comparison behind it.
func displayFilter(text string, t token) []edit {
	if words, ok := otherWords[strings.ToLower(t.text)]; ok {
		return []edit{{t.at, t.end, words}}
	}
	words, ok := displayFields[t.text]
	if !ok {
		return nil
	}
	l := lexer{text: text, at: t.end}
	sign := l.next()
	op := sign.text
	if sign.kind == tokenName {
		op = displayOperators[op]
	}
	value := l.next()
	operand := " " + text[value.at:value.end]
	switch {
	case strings.Contains(words, "&"): // a flag
		if compares(op) && (value.num == 0) == (op == "=") {
			return []edit{{t.at, value.end, words + " = 0"}}
		}
		if !compares(op) {
			value.end = t.end
		}
		return []edit{{t.at, value.end, words + " != 0"}}
	case !compares(op):
		return nil
	case words == "len" || strings.HasSuffix(words, "]"):
		return []edit{{t.at, value.end, words + " " + op + operand}}
	case op == "=":
		return []edit{{t.at, value.end, words + operand}}
	case op == "!=":
		return []edit{{t.at, value.end, "not " + words + operand}}
	}
	return nil
}

// isDisplayField reports whether a word looks like a field of Wireshark's.
func isDisplayField(word string) bool {
	if _, ok := displayFields[word]; ok {
		return true
	}
	protocol, _, dotted := strings.Cut(word, ".")
	return dotted && keywords[protocol].role == roleProto
}
