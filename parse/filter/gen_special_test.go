package filter

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"sockeye/parse"
)

// TestSpecial tests primitives on fields that few link types have. The packets are
// in hex digits, with zeros behind.
func TestSpecial(t *testing.T) {
	pflog := "3d18 04 03" + "656d3000" + strings.Repeat("00", 12) + "666f6f00" + strings.Repeat("00", 12) +
		"00000005 ffffffff" + strings.Repeat("00", 16) + "02000000"
	lane := func(frame string) string { return "01010064" + frame }
	tests := []struct {
		name   string
		link   parse.LinkType
		packet string
		match  string // expressions
		not    string
	}{
		{"cooked, sent", parse.LinkSLL, "0004", "outbound", "inbound"},
		{"cooked, received", parse.LinkSLL, "0000", "inbound", "outbound"},
		{"cooked 2", parse.LinkSLL2, "0800 0000 00000007 0001 04", "outbound; ifindex 7; ip", "inbound; ifindex 8"},
		{"SLIP", parse.LinkSLIP, "01", "outbound", "inbound"},
		{"pppd", parse.LinkPPPPPPD, "01", "outbound", "inbound"},
		{"PPP with direction", parse.LinkPPPWithDir, "00ff030021", "inbound; ip", "outbound"},
		{"IPNET", linkIPNet, "0102 0001", "outbound; ip", "inbound"},
		{"Juniper", parse.LinkJuniperEther, "4d474301", "inbound", "outbound"},
		{"Broadcom tag", parse.LinkDSATagBRCM, "000000000000000000000000 20000001 0800", "outbound; ip", "inbound"},
		{"Broadcom tag in front", parse.LinkDSAPrepend, "00000001", "inbound; broadcast or len > 5", "outbound"},
		{"pflog", parse.LinkPFLog, pflog, "outbound; ifname em0; on em; rset foo; rnr 5; rulenum 5; srnr 0xffffffff; reason 3; reason short; action nat; ip6",
			"inbound; ifname em1; ruleset bar; rnr 6; reason match; action pass; action nonat; ip"},

		{"LLC I", parse.LinkEthernet, "000000000000000000000000 0026 4242 02", "llc; llc i", "llc s; llc u; llc rr"},
		{"LLC RR", parse.LinkEthernet, "000000000000000000000000 0026 4242 11", "llc s; llc rr", "llc i; llc u; llc rnr; llc rej"},
		{"LLC RNR", parse.LinkEthernet, "000000000000000000000000 0026 4242 05", "llc s; llc rnr", "llc rr; llc rej"},
		{"LLC REJ", parse.LinkEthernet, "000000000000000000000000 0026 4242 09", "llc s; llc rej", "llc rr"},
		{"LLC UI", parse.LinkEthernet, "000000000000000000000000 0026 4242 13", "llc u; llc ui", "llc ua; llc s; llc i"},
		{"LLC UA", parse.LinkEthernet, "000000000000000000000000 0026 4242 73", "llc u; llc ua", "llc ui; llc sabme"},
		{"LLC DISC", parse.LinkEthernet, "000000000000000000000000 0026 4242 43", "llc disc", "llc dm"},
		{"LLC DM", parse.LinkEthernet, "000000000000000000000000 0026 4242 0f", "llc dm", "llc disc"},
		{"LLC SABME", parse.LinkFDDI, "50000000000000000000000000 4242 7f", "llc; llc sabme", "llc test"},
		{"LLC TEST", parse.LinkTokenRing, "1040000000000000000000000000 4242 f3", "llc test", "llc xid"},
		{"LLC XID", parse.LinkATMRFC1483, "4242 bf", "llc xid", "llc frmr"},
		{"LLC FRMR", parse.LinkSunATM, "02000020 4242 97", "llc; llc frmr; vci 32", "llc xid; lane"},

		{"ATM signalling", parse.LinkSunATM, "06000005 090000000005", "sc; connectmsg; vpi 0; vci (4 or 5)", "metac; metaconnect; bcc; oam; llc; vpi != 0"},
		{"ATM acknowledge", parse.LinkSunATM, "06000005 09000000000f", "sc; connectmsg", "metaconnect"},
		{"ATM meta signalling", parse.LinkSunATM, "06000001 09000000005a", "metac; metaconnect", "connectmsg"},
		{"ATM meta acknowledge", parse.LinkSunATM, "06000001 09000000000f", "metac", "metaconnect"},
		{"ATM OAM", parse.LinkSunATM, "00000003", "oam; oamf4; oamf4sc", "oamf4ec; ilmic"},
		{"ATM OAM, end to end", parse.LinkSunATM, "00000004", "oam; oamf4; oamf4ec", "oamf4sc"},
		{"ATM ILMI", parse.LinkSunATM, "00000010", "ilmic; vci > 15; vci >= 16; vci <= 16; vci < 17", "vci > 16; vci < 16; bcc"},
		{"ATM broadcast", parse.LinkSunATM, "00000002", "bcc", "sc"},
		{"ATM path", parse.LinkSunATM, "00050003", "vpi 5; vpi = 5; vpi != 4; vpi (1 or 5)", "oam; vpi (1 or 2); vpi < 5"},
		{"LANE", parse.LinkSunATM, lane("0001 010203040506 0708090a0b0c 0800"),
			"lane; lane and ip; lane and ether src 7:8:9:a:b:c; lane and ether[0] = 1; lane and multicast", "llc; ip; lane and ip6; lane and broadcast"},
		{"LANE control", parse.LinkSunATM, lane("ff00 010203040506 0708090a0b0c 0800"), "lane", "lane and ip; lane and ether src 7:8:9:a:b:c"},

		{"fill-in", linkMTP2, "0000 00", "fisu; hfisu", "lssu; msu; hlssu; hmsu"},
		{"link status", linkMTP2, "0000 42", "lssu; lsu", "fisu; msu"},
		{"message", linkMTP2, "0000 3f a2 d631 80 57", "msu; sio 0xa2; sio >= 0xa2; dpc 0x31d6; sls (4 or 5); sls != 6; sls <= 5", "lssu; sio != 0xa2; dpc != 0x31d6; sls 7; sls > 5"},
		{"originator", linkMTP2, "0000 3f 00 00 40 82 01", "opc 0x609; opc (1 or 0x609); opc < 0x60a", "opc 0x608; opc != 0x609"},
		{"fast message", linkMTP2, "0000 0000 8180 82 d631", "hmsu; hsio 0x82; hdpc 0x31d6", "hfisu; hlssu; hsio 0x81"},
		{"fast link status", linkMTP2, "0000 0000 0100", "hlssu", "hmsu; hfisu"},
		{"with a header", linkMTP2WithHeader, "00000000 0000 3f a2", "msu; sio 0xa2", "lssu"},
		{"ERF", linkERF, strings.Repeat("00", 20) + "0000 3f a2", "msu; sio 0xa2", "fisu"},

		{"ARCNET", linkARCNETBSD, "05 00 d4", "link src $5; link host $05; broadcast; multicast; ip", "link dst $5; arp"},
		{"ARCNET, old types", parse.LinkARCNETLinux, "05 07 0000 f1", "link dst host $7", "arp; ip; broadcast"},
		{"BACnet", linkBACnetMSTP, "55ff 01 ff 07", "link src $7; broadcast", "link dst $7"},
		{"FDDI", parse.LinkFDDI, "50 ffffffffffff 010203040506", "broadcast; multicast; fddi src 1:2:3:4:5:6", "fddi dst 1:2:3:4:5:6"},
		{"token ring", parse.LinkTokenRing, "1040 c00000000001 010203040506", "tr host c0:0:0:0:0:1; not multicast", "broadcast; tr src c0:0:0:0:0:1"},
		{"Fibre Channel", linkIPOverFC, "0000 010203040506 0000 0708090a0b0c", "ether dst 1:2:3:4:5:6; ether src 7:8:9:a:b:c; multicast", "broadcast"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			b := slices.Concat(unhex(t, test.packet), bytes.Repeat([]byte{0}, 40))
			for _, text := range strings.Split(test.match, "; ") {
				if !match(t, text, Options{Link: test.link}, b) {
					t.Errorf("%q: got no match, want one", text)
				}
			}
			for _, text := range strings.Split(test.not, "; ") {
				if match(t, text, Options{Link: test.link}, b) {
					t.Errorf("%q: got a match, want none", text)
				}
			}
		})
	}
}
