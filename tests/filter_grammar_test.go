package tests

import (
	"fmt"
	"math/rand/v2"
	"strings"
)

// A grammar writes random expressions of pcap-filter(7), most of which make
// sense, and about a tenth of which do not. What our answer differs in on purpose
// is left out; the documentation of parse/filter lists it.
type grammar struct {
	r    *rand.Rand
	wlan bool // the link type is one of 802.11
	// variable asks for headers of variable length, but for no arithmetic:
	// libpcap's overwrites their length.
	variable bool
}

// pick returns one of the words.
func (g *grammar) pick(words ...string) string { return words[g.r.IntN(len(words))] }

// oneIn is true once in n times.
func (g *grammar) oneIn(n int) bool { return g.r.IntN(n) == 0 }

// expression returns an expression, or what is left of one that lost a word,
// got one, or has one twice.
func (g *grammar) expression() string {
	text := g.sum(3)
	if !g.oneIn(12) {
		return text
	}
	words := strings.Fields(text)
	i := g.r.IntN(len(words))
	switch g.r.IntN(4) {
	case 0:
		words = append(words[:i], words[i+1:]...)
	case 1:
		words[i] += " " + words[i]
	case 2:
		words[i] += " " + g.pick("and", "not", "port", "tcp", "src", "host", "80", "proto", "(", ")", "[", "=", "net", "10", "mask", "|", "or")
	default:
		j := g.r.IntN(len(words))
		words[i], words[j] = words[j], words[i]
	}
	return strings.Join(words, " ")
}

// sum joins terms with and and or, which bind equally.
func (g *grammar) sum(depth int) string {
	text := g.term(depth)
	for range g.r.IntN(3) * g.r.IntN(2) {
		text += g.pick(" and ", " or ", " && ", " || ", " and ", " or ") + g.term(depth)
	}
	return text
}

func (g *grammar) term(depth int) string {
	text := ""
	switch {
	case depth > 0 && g.oneIn(4):
		text = "(" + g.sum(depth-1) + ")"
	case g.oneIn(3) && !g.variable:
		text = g.relation()
	default:
		text = g.primitive()
	}
	if g.oneIn(5) {
		return g.pick("not ", "! ", "!") + text
	}
	return text
}

// primitive returns a set of qualifiers with an identifier, or a keyword.
func (g *grammar) primitive() string {
	switch g.r.IntN(10) {
	case 0, 1:
		return g.host()
	case 2, 3:
		return g.port()
	case 4:
		return g.network()
	case 5:
		return g.protocol()
	case 6:
		return g.link()
	case 7:
		return g.tunnel()
	default:
		if g.oneIn(15) {
			return g.pick("inbound", "ifindex 2", "gateway 10.0.0.1", "metac", "fisu", "lane", "vpi 1", "dpc 1", "action pass", "rnr 1")
		}
		return g.keyword()
	}
}

func (g *grammar) direction() string {
	return g.pick("", "", "", "src ", "dst ", "src or dst ", "src and dst ", "dst or src ", "dst and src ")
}

func (g *grammar) v4() string {
	return g.pick("10.0.0.1", "192.168.1.2", "224.0.0.1", "255.255.255.255", "0.0.0.0", "10.1.1.1", "8.8.8.8")
}

func (g *grammar) v6() string {
	return g.pick("2001:db8::1", "fe80::2", "ff02::1", "::1", "::", "2001:db8:1:2:3:4:5:6")
}

func (g *grammar) host() string {
	dir := g.direction()
	switch g.r.IntN(6) {
	case 0:
		return g.pick("", "ip6 ") + dir + g.pick("", "host ") + g.v6()
	case 1:
		return g.pick("ip ", "arp ", "rarp ", "ip ", "arp ") + dir + "host " + g.v4()
	case 2:
		return "host " + g.v4() + g.pick(" or ", " and ") + g.v4()
	default:
		return g.pick("", "", "ip ", "arp ", "rarp ") + dir + g.pick("", "host ") + g.v4()
	}
}

func (g *grammar) network() string {
	net := g.pick("10", "10.0", "10.0.0.0/8", "192.168.1.0/24", "192.168.1", "0.0.0.0/0", "10.0.0.0 mask 255.0.0.0",
		"192.168.1.2/32", "224.0.0.0/4", "10.0/16", "172.16.0.0/12", "1.2.3.0 mask 255.255.255.0")
	proto := g.pick("", "", "ip ", "arp ", "rarp ")
	if g.oneIn(3) {
		net = g.pick("2001:db8::/32", "fe80::/10", "::/0", "ff00::/8", "2001:db8::1/128", "2001:db8::/127", "2001:db8::/33")
		proto = g.pick("", "", "", "ip6 ")
	}
	if g.oneIn(20) {
		net = g.pick("10.0.0.1/8", "10.0.0.0/33", "1.2.3.4 mask 255.255.255.0", "fe80::2/64", "::/129")
	}
	return proto + g.direction() + "net " + net
}

func (g *grammar) port() string {
	proto := g.pick("", "", "", "tcp ", "tcp ", "udp ", "udp ", "sctp ")
	if g.oneIn(30) {
		proto = g.pick("ip ", "ip6 ", "icmp ")
	}
	number := g.pick("80", "443", "53", "5353", "http", "https", "domain", "22", "0", "65535", "0x50", "0120", "40000")
	switch g.r.IntN(5) {
	case 0:
		low := g.r.IntN(1000)
		return proto + g.direction() + fmt.Sprintf("portrange %d-%d", low, low+g.r.IntN(500)-50)
	case 1:
		return proto + g.direction() + "port " + number + " or " + g.pick("22", "67", "domain", "53") + g.pick("", " or 123", " or udp")
	default:
		return proto + g.direction() + "port " + number
	}
}

func (g *grammar) protocol() string {
	number := g.pick("6", "17", "1", "58", "132", "47", "0", "255", `\tcp`, `\udp`, `\icmp`, `\icmp6`, `\igmp`, "89", "41")
	switch g.r.IntN(6) {
	case 0:
		return "ether proto " + g.pick(`\ip`, `\arp`, `\ip6`, `\rarp`, "0x800", "0x86dd", "0x8847", "1501", "0x42", `\iso`, `\stp`, `\ipx`, `\netbeui`, `\atalk`, `\aarp`, `\decnet`, `\lat`, "2054", "65535")
	default:
		return g.pick("ip ", "ip6 ", "", "ip ", "ip6 ") + "proto " + number
	}
}

func (g *grammar) link() string {
	mac := g.pick("02:00:00:00:00:01", "02:00:00:00:00:02", "ff:ff:ff:ff:ff:ff", "01:80:c2:00:00:00", "01-00-5e-00-00-01", "0200.0000.0001")
	switch g.r.IntN(5) {
	case 0:
		return g.pick("ether ", "link ", "wlan ", "fddi ", "") + g.pick("broadcast", "multicast")
	case 1:
		return g.pick("ip broadcast", "ip6 multicast")
	case 2:
		return g.pick("llc", "llc i", "llc s", "llc u", "llc rr", "llc rnr", "llc rej", "llc ui", "llc ua", "llc disc", "llc sabme", "llc test", "llc xid", "llc frmr", "ether host "+mac)
	case 3:
		if !g.wlan && !g.oneIn(10) {
			return g.pick("ether ", "link ", "") + "host " + mac
		}
		return "wlan " + g.pick("type mgt", "type ctl", "type data", "type mgt subtype beacon", "type data subtype qos-data", "subtype ack", "subtype probe-req",
			"dir nods", "dir tods", "dir fromds", "dir dstods", "dir 2", "type 0x8", "ra "+mac, "ta "+mac, "addr1 "+mac, "addr2 "+mac, "addr3 "+mac, "addr4 "+mac)
	default:
		return g.pick("ether ", "wlan ", "link ", "ether ") + g.direction() + g.pick("host ", "") + mac
	}
}

func (g *grammar) tunnel() string {
	inner := g.pick("", "", " and ip", " and tcp port 80", " and host 10.0.0.1", " and ip6", " and udp", " and arp", " and tcp[13] & 2 != 0")
	if g.oneIn(50) {
		return g.pick("vlan 4096", "mpls 1048576", "pppoes 65536", "geneve 16777216", "tcp host 10.0.0.1", "ip6 host 10.0.0.1", "udp net 10")
	}
	if g.variable && !g.wlan && g.oneIn(3) { // libpcap mixes up the lengths of the two headers
		return g.pick("geneve", "geneve 0", "geneve 77") + inner
	}
	switch g.r.IntN(5) {
	case 0, 1:
		return g.pick("vlan", "vlan 100", "vlan 7", "vlan 100", "vlan 4095", "vlan and vlan 7", "vlan 100 and vlan") + inner
	case 2:
		return g.pick("mpls", "mpls 1024", "mpls 1024 and mpls 3") + inner
	case 3:
		return g.pick("pppoed", "pppoes", "pppoes 0x1234") + inner
	default:
		return "not " + g.pick("vlan", "mpls", "pppoes") + inner
	}
}

func (g *grammar) keyword() string {
	return g.pick("ip", "ip6", "arp", "rarp", "tcp", "udp", "sctp", "icmp", "icmp6", "igmp", "igrp", "pim", "vrrp", "carp", "ah", "esp",
		"atalk", "aarp", "decnet", "lat", "sca", "moprc", "mopdl", "iso", "esis", "es-is", "isis", "is-is", "clnp", "stp", "ipx", "netbeui",
		"less 100", "greater 100", "byte 5 = 6", "byte 0 > 2", "icmp", "igmp", "tcp", "udp", "ip", "ip6", "icmp")
}

// relation compares arithmetic.
func (g *grammar) relation() string {
	if g.oneIn(4) {
		return g.pick("tcp[tcpflags] & (tcp-syn|tcp-fin) != 0", "tcp[13] & 2 != 0", "icmp[icmptype] = icmp-echo", "icmp[icmptype] != icmp-echoreply",
			"icmp6[icmp6type] == icmp6-echo", "ip[2:2] > 100", "ether[0] & 1 = 0", "ip[0] & 0xf != 5", "ip6[6] == 6", "udp[4:2] > 30", "sctp[0:2] = 80",
			"tcp[((tcp[12] & 0xf0) >> 2):4] = 0x47455420", "ip[6:2] & 0x1fff = 0", "link[0] == 0xff", "wlan[0] & 0xc == 8", "radio[2] = 24",
			"tcp[2:2] - tcp[0:2] > 100", "len - 20 < 60", "ip[8] < 64", "arp[6:2] = 1", "rarp[6:2] = 3", "icmp[0] % 2 = 0", "igmp[0] = 0x16", "pim[0] = 0x20", "vrrp[0] = 0x21")
	}
	return g.sumOf(2) + g.pick(" = ", " == ", " != ", " > ", " < ", " >= ", " <= ") + g.sumOf(2)
}

// sumOf returns arithmetic of some depth.
func (g *grammar) sumOf(depth int) string {
	if depth == 0 || g.oneIn(2) {
		return g.atom(depth)
	}
	x, y := g.sumOf(depth-1), g.sumOf(depth-1)
	op := g.pick(" + ", " - ", " * ", " / ", " % ", " & ", " | ", " ^ ", " << ", " >> ", " & ", " + ")
	switch {
	case g.oneIn(3):
		return "(" + x + op + y + ")"
	case g.oneIn(12):
		return "-" + x
	}
	return x + op + y
}

func (g *grammar) atom(depth int) string {
	switch g.r.IntN(5) {
	case 0:
		return "len"
	case 1, 2:
		return g.pick("0", "1", "2", "5", "8", "31", "32", "64", "0xff", "0x0f", "017", "1500", "65535", "4294967295", "0x800")
	}
	off := g.pick("0", "1", "2", "4", "6", "9", "12", "13", "20")
	if depth > 0 && g.oneIn(4) {
		off = g.sumOf(depth - 1)
	}
	return g.pick("ip", "ip", "tcp", "tcp", "udp", "icmp", "ether", "ip6", "link", "arp", "sctp", "icmp6", "igmp") +
		"[" + off + g.pick("", "", ":1", ":2", ":4", ":2") + "]"
}
