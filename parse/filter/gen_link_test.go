package filter

import (
	"encoding/hex"
	"errors"
	"slices"
	"strings"
	"testing"

	"sockeye/internal/testkit/packet"
	"sockeye/parse"
)

// unhex reads hex digits with blanks between them.
func unhex(t *testing.T, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(strings.ReplaceAll(s, " ", ""))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// match compiles text, optimised and not, and runs it on a packet.
func match(t *testing.T, text string, o Options, b []byte) bool {
	t.Helper()
	var got [2]bool
	for i := range got {
		o.Unoptimized = i == 1
		p, err := Compile(text, o)
		if err != nil {
			t.Fatalf("compile %q for %s: %v", text, o.Link, err)
		}
		got[i] = p.Match(b, uint32(len(b)))
	}
	if got[0] != got[1] {
		t.Errorf("%q for %s: optimized %v, unoptimized %v", text, o.Link, got[0], got[1])
	}
	return got[0]
}

// TestLinkTypes puts an IPv4 and an IPv6 packet behind the header of each link
// type, as hex digits, "-" where it has none for that.
func TestLinkTypes(t *testing.T) {
	const mac = "000102030405 060708090a0b"
	const snap = "aaaa03000000"
	tests := []struct {
		link     parse.LinkType
		ip4, ip6 string
	}{
		{parse.LinkEthernet, mac + "0800", mac + "86dd"},
		{parse.LinkDSATagBRCM, mac + "20000001 0800", mac + "20000001 86dd"},
		{parse.LinkDSATagDSA, mac + "40000000 0800", mac + "40000000 86dd"},
		{parse.LinkDSATagEDSA, mac + "dada000040000000 0800", mac + "dada000040000000 86dd"},
		{parse.LinkDSAPrepend, "20000001" + mac + "0800", "20000001" + mac + "86dd"},
		{linkNetAnalyzer, "00000000" + mac + "0800", "00000000" + mac + "86dd"},
		{parse.LinkRaw, "", ""},
		{parse.LinkIPv4, "", "-"},
		{parse.LinkIPv6, "-", ""},
		{parse.LinkCooked, "", ""},
		{parse.LinkNull, "02000000", "1e000000"},
		{parse.LinkLoop, "00000002", "00000018"},
		{parse.LinkENC, "02000000 0000000000000000", "18000000 0000000000000000"},
		{parse.LinkSLL, "0000 0001 0006 0001020304050000 0800", "0004 0001 0006 0001020304050000 86dd"},
		{parse.LinkSLL2, "0800 0000 00000002 0001 00 06 0001020304050000", "86dd 0000 00000002 0001 04 06 0001020304050000"},
		{parse.LinkPPP, "ff030021", "ff030057"},
		{parse.LinkPPPHDLC, "ff030021", "ff030057"},
		{parse.LinkPPPPPPD, "01030021", "01030057"},
		{parse.LinkPPPWithDir, "00ff030021", "00ff030057"},
		{parse.LinkPPPEther, "1100 0001 0030 0021", "1100 0001 0030 0057"},
		{parse.LinkCHDLC, "0f000800", "0f0086dd"},
		{parse.LinkCHDLCWithDir, "010f000800", "010f0086dd"},
		{parse.LinkPFLog, "3d020000" + strings.Repeat("00", 60), "64180000" + strings.Repeat("00", 96)},
		{parse.LinkFDDI, "50" + mac + snap + "0800", "50" + mac + snap + "86dd"},
		{parse.LinkTokenRing, "1040" + mac + snap + "0800", "1040" + mac + snap + "86dd"},
		{linkIPOverFC, "0000" + "000102030405 0000 0607" + "08090a0b" + snap + "0800", "-"},
		{parse.LinkATMRFC1483, snap + "0800", snap + "86dd"},
		{parse.LinkATMCLIP, snap + "0800", snap + "86dd"},
		{parse.LinkSunATM, "02000020" + snap + "0800", "02000020" + snap + "86dd"},
		{parse.Link80211, "0801 0000 000102030405 000102030405 000102030405 0000" + snap + "0800",
			"8801 0000 000102030405 000102030405 000102030405 0000 0000" + snap + "86dd"},
		{parse.LinkRadiotap, "00000800 00000000 0801 0000 000102030405 000102030405 000102030405 0000" + snap + "0800",
			// With padding behind the header of a QoS frame.
			"00000c00 02000000 20000000 8801 0000 000102030405 000102030405 000102030405 0000 0000 0000" + snap + "86dd"},
		{parse.LinkPrism, strings.Repeat("00", 144) + "0801 0000 000102030405 000102030405 000102030405 0000" + snap + "0800",
			// An AVS header in place of Prism's.
			"80211001 00000010 0000000000000000 0801 0000 000102030405 000102030405 000102030405 0000" + snap + "86dd"},
		{parse.LinkAVS, "80211001 00000008 0801 0000 000102030405 000102030405 000102030405 0000" + snap + "0800",
			"80211001 0000000c 00000000 0801 0000 000102030405 000102030405 000102030405 0000" + snap + "86dd"},
		{parse.LinkPPI, "00000800 69000000 0801 0000 000102030405 000102030405 000102030405 0000" + snap + "0800",
			"00000c00 69000000 00000000 0801 0000 000102030405 000102030405 000102030405 0000" + snap + "86dd"},
		{parse.LinkMPLS, "00064140", "00064140"},
		{parse.LinkARCNETLinux, "0102 0000 d4 00 0000", "0102 0000 c4 00 0000"},
		{linkARCNETBSD, "0102 d4 00 0000", "0102 c4 00 0000"},
		{parse.LinkIPOver1394, "0001020304050607 08090a0b0c0d0e0f 0800", "0001020304050607 08090a0b0c0d0e0f 86dd"},
		{linkIPNet, "0102" + strings.Repeat("00", 22), "011a" + strings.Repeat("00", 22)},
	}
	ip4 := packet.Build(packet.IPv4{Src: packet.IP("10.1.0.1"), Options: []byte{1, 1, 1, 0}}, packet.UDP{Src: 53, Dst: 4000})
	ip6 := packet.Build(packet.IPv6{Src: packet.IP("2001:db8::1")}, packet.UDP{Src: 53, Dst: 4000})
	for _, test := range tests {
		t.Run(test.link.String(), func(t *testing.T) {
			o := Options{Link: test.link}
			check := func(header string, payload []byte, want map[string]bool) {
				if header == "-" {
					return
				}
				b := slices.Concat(unhex(t, header), payload)
				for text, want := range want {
					if got := match(t, text, o, b); got != want {
						t.Errorf("%q behind %s: got %v, want %v", text, header, got, want)
					}
				}
			}
			check(test.ip4, ip4, map[string]bool{
				"ip": true, "ip6": false, "udp": true, "udp port 53": true, "udp dst port 53": false,
				"src host 10.1.0.1": true, "net 192.168.0.0/16": false, "udp[2:2] = 4000": true, "not ip6": true,
			})
			check(test.ip6, ip6, map[string]bool{
				"ip": false, "ip6": true, "udp": true, "udp port 53": true, "udp dst port 53": false,
				"src host 2001:db8::1": true, "ip6[6] = 17": true, "not ip": true,
			})
		})
	}
}

// TestEtherTypes tests network layers other than IP, which some links have in
// several forms.
func TestEtherTypes(t *testing.T) {
	const mac = "0180c2000000 060708090a0b"
	tests := []struct {
		name   string
		link   parse.LinkType
		packet string
		match  []string
		not    []string
	}{
		{"SAP", parse.LinkEthernet, mac + "0026 4242 03" + strings.Repeat("00", 35), []string{"stp", "ether proto 0x42", "llc"}, []string{"ip", "iso"}},
		{"length 1500", parse.LinkEthernet, mac + "05dc f0f0 03", []string{"netbeui"}, []string{"stp"}},
		{"type 1501", parse.LinkEthernet, mac + "05dd f0f0 03", []string{"ether proto 1501"}, []string{"netbeui", "llc"}},
		{"two SAPs", parse.LinkEthernet, mac + "0026 fe42 03 83", nil, []string{"iso", "isis"}},
		{"IS-IS", parse.LinkEthernet, mac + "0026 fefe 03 83 1b 01 00 0f 01", []string{"iso", "isis", "iih", "l1", "isis proto 15"}, []string{"esis", "clnp", "l2", "csnp"}},
		{"IS-IS, reserved bits", parse.LinkEthernet, mac + "0026 fefe 03 83 1b 01 00 f9 01", []string{"csnp", "l2", "snp"}, []string{"psnp", "lsp"}},
		{"IS-IS on HDLC", parse.LinkCHDLC, "0f00 fefe 03 83 1b 01 00 14 01", []string{"iso", "isis", "lsp"}, []string{"clnp", "iih"}},
		{"IS-IS on frame relay", parse.LinkFrameRelay, "1841 03 83 1b 01 00 18 01", []string{"iso", "isis", "csnp"}, []string{"esis", "ip"}},
		{"IS-IS on PPP", parse.LinkPPP, "ff03 0023 83 1b 01 00 11 01", []string{"iso", "isis", "l1", "l2"}, []string{"stp"}},
		{"IPX, Ethernet II", parse.LinkEthernet, mac + "8137 ffff", []string{"ipx"}, []string{"llc"}},
		{"IPX, SNAP", parse.LinkEthernet, mac + "0022 aaaa 03 000000 8137", []string{"ipx", "llc"}, []string{"atalk"}},
		{"IPX, 802.2", parse.LinkEthernet, mac + "0022 e0e0 03 ffff 0000 00", []string{"ipx", "llc"}, nil},
		{"IPX, 802.3", parse.LinkEthernet, mac + "0022 ffff 0022 0000 00", []string{"ipx"}, []string{"llc"}},
		{"IPX, cooked 802.3", parse.LinkSLL, "0000 0001 0006 0001020304050000 0001 ffff", []string{"ipx"}, []string{"ip"}},
		{"EtherTalk 1", parse.LinkEthernet, mac + "809b 00", []string{"atalk"}, []string{"aarp"}},
		{"EtherTalk 2", parse.LinkEthernet, mac + "0022 aaaa 03 080007 809b", []string{"atalk"}, []string{"aarp", "ipx"}},
		{"AppleTalk ARP", parse.LinkEthernet, mac + "0022 aaaa 03 000000 80f3", []string{"aarp"}, []string{"atalk"}},
		{"cooked SAP", parse.LinkSLL, "0000 0001 0006 0001020304050000 0004 4242 03", []string{"stp"}, []string{"iso", "ip"}},
		{"LLDP", parse.LinkEthernet, mac + "88cc 02", []string{"ether proto 0x88cc", `multicast`}, []string{"broadcast"}},
		{"PPP bridging", parse.LinkPPP, "ff03 0031 00", []string{"stp"}, []string{"ip"}},
		{"management frame", parse.Link80211, "8000 0000 ffffffffffff 000102030405 000102030405 0000 aaaa03000000 0800 45", []string{"broadcast"}, []string{"ip", "llc"}},
		{"swapped", parse.LinkNull, "00000002 45", nil, []string{"ip", "ip6"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			b := append(unhex(t, test.packet), make([]byte, 16)...)
			for _, text := range test.match {
				if !match(t, text, Options{Link: test.link}, b) {
					t.Errorf("%q: got no match, want one", text)
				}
			}
			for _, text := range test.not {
				if match(t, text, Options{Link: test.link}, b) {
					t.Errorf("%q: got a match, want none", text)
				}
			}
		})
	}
	if !match(t, "ip", Options{Link: parse.LinkNull, Swapped: true}, unhex(t, "00000002 45")) {
		t.Error("ip in a file of the other byte order: got no match, want one")
	}
}

// TestLinkRefuses tests that what a link type has not is refused, and where.
func TestLinkRefuses(t *testing.T) {
	tests := []struct {
		link   parse.LinkType
		text   string
		offset int
	}{
		{parse.LinkRaw, "ether host 1:2:3:4:5:6", 0},
		{parse.LinkRaw, "tcp and broadcast", 8},
		{parse.LinkRaw, "multicast", 0},
		{parse.LinkRaw, "ip and vlan 5", 7},
		{parse.LinkRaw, "mpls", 0},
		{parse.LinkRaw, "not llc", 4},
		{parse.LinkRaw, "inbound", 0},
		{parse.LinkRaw, "ifindex 3", 0},
		{parse.LinkEthernet, "ether host $ab", 0},
		{parse.LinkEthernet, "type mgt", 0},
		{parse.LinkEthernet, "ether ra 1:2:3:4:5:6", 0},
		{parse.LinkEthernet, "dir fromds", 0},
		{parse.LinkEthernet, "rnr 5", 0},
		{parse.LinkEthernet, "vpi 5", 0},
		{parse.LinkEthernet, "fisu", 0},
		{parse.LinkEthernet, "vlan 4096", 5},
		{parse.LinkEthernet, "mpls 1048576", 5},
		{parse.LinkEthernet, "pppoes 65536", 7},
		{parse.LinkEthernet, "geneve 16777216", 7},
		{parse.LinkEthernet, "vxlan 0x1000000", 6},
		{parse.LinkEthernet, "llc nonsense", 4},
		{parse.LinkEthernet, "iso proto 256", 0},
		{parse.LinkEthernet, "mpls and vlan", 9},
		{parse.LinkEthernet, "mpls and arp", 9},
		{parse.LinkEthernet, "pppoes and ether host 1:2:3:4:5:6", 11},
		{parse.LinkPPI, "vlan", 0},
		{parse.Link80211, "type nonsense", 5},
		{parse.Link80211, "type 0x10", 5},
		{parse.Link80211, "type mgt subtype cts", 17},
		{parse.Link80211, "subtype nonsense", 8},
		{parse.Link80211, "dir nowhere", 4},
		{parse.Link80211, "dir 4", 4},
		{parse.LinkEthernet, "ip or ether proto 256", 6},
		{parse.LinkSLL, "link proto 1500", 0},
		{parse.Link80211, "wlan host $ab", 0},
		{parse.LinkPFLog, "action nonsense", 7},
		{parse.LinkPFLog, "reason nonsense", 7},
		{parse.LinkPFLog, "ifname sixteenletters16", 7},
		{linkMTP2, "sls 16", 4},
		{linkMTP2, "opc (1 or 16384)", 10},
		{parse.LinkSunATM, "vpi 256", 4},
		{parse.LinkNFLog, "tcp or ip", 0},
		{parse.LinkType(189), "ip or tcp", 0}, // USB
	}
	for _, test := range tests {
		t.Run(test.link.String()+" "+test.text, func(t *testing.T) {
			_, err := Compile(test.text, Options{Link: test.link})
			e, ok := errors.AsType[*Error](err)
			if !ok {
				t.Fatalf("got %v, want an *Error", err)
			}
			if e.Offset != test.offset {
				t.Errorf("offset of %q: got %d, want %d", e.Reason, e.Offset, test.offset)
			}
		})
	}
}
