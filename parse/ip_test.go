package parse

import (
	"strings"
	"testing"
)

func TestDecodeIPv4(t *testing.T) {
	const src = "10.0.0.1:40000 > 10.0.0.2:443 type=0800 "
	const bare = "10.0.0.1:0 > 10.0.0.2:0 type=0800 "
	const tcp = " frag=0/1234 tcp=1/2/10/512"
	addrs := "0000 0a000001 0a000002 "
	testDecode(t, []decodeRow{
		{name: "payload", link: LinkRaw, frame: ip4(6, 43) + tcpAck + "616263",
			want: "ipv4 tcp " + src + "at=0/20/40 len=43/3" + tcp},
		{name: "options", link: LinkRaw, frame: "4700 0030 1234 0000 4006" + addrs + "0101010101010100" + tcpAck,
			want: "ipv4 tcp " + src + "at=0/28/48 len=48/0" + tcp},
		{name: "options cut off", link: LinkRaw, frame: "4700 0030 1234 0000 4006" + addrs + "0101", wire: 48,
			want: "ipv4 tcp " + bare + "at=0/0/0 len=48/0 frag=0/1234 truncated"},
		{name: "header of 16 bytes", link: LinkRaw, frame: "4400 0028 1234 0000 4006" + addrs + tcpAck,
			want: "none key=0800 type=0800 at=0/0/0 malformed stray"},
		{name: "another version", link: LinkCooked, in: Packet{Proto2: 0x0800}, frame: ip6(6, 20) + tcpAck,
			want: "none key=0800 type=0800 at=0/0/0 malformed stray"},
		{name: "header cut off", link: LinkEthernet, frame: macs + "0800 4500 0028 1234 0000 4006 0000 0a000001", wire: 60,
			want: "none key=0800 type=0800 at=14/0/0 truncated"},
		{name: "length below the header's", link: LinkRaw, frame: ip4(6, 19) + tcpAck,
			want: "ipv4 tcp " + bare + "at=0/0/0 len=19/0 frag=0/1234 malformed stray"},
		{name: "length beyond the wire", link: LinkRaw, frame: ip4(6, 1500) + tcpAck + "616263",
			want: "ipv4 tcp " + src + "at=0/20/40 len=43/3" + tcp + " malformed stray"},
		{name: "length beyond an unknown wire", link: LinkRaw, frame: ip4(6, 1500) + tcpAck, wire: -1,
			want: "ipv4 tcp " + src + "at=0/20/40 len=1500/1460" + tcp + " truncated"},
		{name: "payload cut by the snap length", link: LinkRaw, frame: ip4(6, 1500) + tcpAck, wire: 1500,
			want: "ipv4 tcp " + src + "at=0/20/40 len=1500/1460" + tcp + " truncated"},
		{name: "length 0, not cut by the kernel yet", link: LinkRaw, frame: ip4(6, 0) + tcpAck, wire: 70000,
			want: "ipv4 tcp " + src + "at=0/20/40 len=70000/69960" + tcp + " truncated tso"},
		{name: "first fragment", link: LinkRaw, frame: "4500 0024 1234 2000 4011" + addrs + "9c40 0035 0bb8 0000 6162636465666768",
			want: "ipv4 udp 10.0.0.1:40000 > 10.0.0.2:53 type=0800 at=0/20/28 len=36/8 frag=0/1234 fragment first stray"},
		{name: "later fragment", link: LinkRaw, // V5: what would be ports is data
			frame: "4500 001c 1234 00b9 4011" + addrs + "9c40 0035 0bb8 0000",
			want:  "ipv4 udp " + bare + "at=0/20/20 len=28/8 frag=185/1234 fragment noports stray"},
		{name: "first fragment that ends in the TCP header", link: LinkRaw,
			frame: "4500 001c 1234 2000 4006" + addrs + "9c40 01bb 00000001",
			want:  "ipv4 tcp " + src + "at=0/20/0 len=28/0 frag=0/1234 tcp=1/0/00/0 fragment first stray"},
		{name: "authentication header", link: LinkRaw,
			frame: ip4(51, 64) + "06 04 0000 00000100 00000001 000000000000000000000000" + tcpAck,
			want:  "ipv4 tcp " + src + "at=0/44/64 len=64/0" + tcp + " stray"},
		{name: "authentication header, cut", link: LinkRaw, frame: ip4(51, 64) + "06 04 0000 00000100 00000001 00", wire: 64,
			want: "ipv4 hopopt " + bare + "at=0/0/0 len=64/0 frag=0/1234 truncated stray"},
		{name: "IGMP", link: LinkRaw, frame: ip4(2, 28) + "1600 09e4 e00000fb",
			want: "ipv4 igmp " + bare + "at=0/20/20 len=28/8 frag=0/1234"},
		{name: "ESP", link: LinkRaw, frame: ip4(50, 28) + "00000100 00000001",
			want: "ipv4 esp " + bare + "at=0/20/20 len=28/8 frag=0/1234 stray"},
		{name: "a protocol without name", link: LinkRaw, frame: ip4(200, 20),
			want: "ipv4 200 " + bare + "at=0/20/20 len=20/0 frag=0/1234"},
	})
}

func TestDecodeIPv6(t *testing.T) {
	const (
		ends = "[2001:db8::1]:40000 > [2001:db8::2]:443 type=86dd "
		bare = "[2001:db8::1]:0 > [2001:db8::2]:0 type=86dd "
		tcp  = " tcp=1/2/10/512"
	)
	testDecode(t, []decodeRow{
		{name: "TCP", link: LinkRaw, frame: ip6(6, 20) + tcpAck,
			want: "ipv6 tcp " + ends + "at=0/40/60 len=60/0" + tcp},
		{name: "hop-by-hop options", link: LinkRaw, frame: ip6(0, 28) + "06 00 05020000 0100" + tcpAck, // V6
			want: "ipv6 tcp " + ends + "at=0/48/68 len=68/0" + tcp},
		{name: "every header that can be skipped", link: LinkRaw,
			frame: ip6(0, 92) + `
				3c 00 010400000000   # hop-by-hop, to destination options
				2b 01 010c000000000000000000000000  # destination options, to routing
				33 00 0400 00000000  # routing, to authentication
				8b 04 0000 00000100 00000001 000000000000000000000000  # authentication, to HIP
				8c 00 000000000000   # HIP, to shim6
				06 00 000000000000   # shim6
				` + tcpAck,
			want: "ipv6 tcp " + ends + "at=0/112/132 len=132/0" + tcp + " stray"},
		{name: "mobility signalling", link: LinkRaw, frame: ip6(135, 16) + "3b 01 0500 0000 0000 0000000000000000",
			want: "ipv6 mobility " + bare + "at=0/40/40 len=56/16 stray"},
		{name: "first fragment", link: LinkRaw, frame: ip6(44, 32) + "06 00 0001 000000ff" + tcpAck + "61626364",
			want: "ipv6 tcp " + ends + "at=0/48/68 len=72/4 frag=0/ff" + tcp + " fragment first stray"},
		{name: "later fragment", link: LinkRaw, frame: ip6(44, 16) + "06 00 0010 000000ff 9c40 01bb 00000001",
			want: "ipv6 tcp " + bare + "at=0/48/48 len=56/8 frag=2/ff fragment noports stray"},
		{name: "fragment that is whole", link: LinkRaw, // RFC 6946; reserved byte set
			frame: ip6(44, 28) + "06 ff 0000 000000ff" + tcpAck,
			want:  "ipv6 tcp " + ends + "at=0/48/68 len=68/0 frag=0/ff" + tcp + " stray"},
		{name: "no next header", link: LinkRaw, frame: ip6(59, 4) + "61626364",
			want: "ipv6 ipv6-nonxt " + bare + "at=0/40/40 len=44/4"},
		{name: "no next header, nothing", link: LinkEthernet, frame: macs + "86dd" + ip6(59, 0) + "000000000000",
			want: "ipv6 ipv6-nonxt " + bare + "at=14/54/54 len=40/0"},
		{name: "ESP", link: LinkRaw, frame: ip6(50, 8) + "00000100 00000001",
			want: "ipv6 esp " + bare + "at=0/40/40 len=48/8 stray"},
		{name: "jumbogram", link: LinkRaw, // RFC 2675: hop-by-hop, option 0xc2
			frame: ip6(0, 0) + "06 00 c204 00011180" + tcpAck, wire: 40 + 0x11180,
			want: "ipv6 tcp " + ends + "at=0/48/68 len=70056/69988" + tcp + " truncated"},
		{name: "jumbogram that is none", link: LinkRaw, frame: ip6(0, 0) + "06 00 c204 0000001c" + tcpAck,
			want: "ipv6 tcp " + ends + "at=0/48/68 len=68/0" + tcp + " malformed stray"},
		{name: "length 0, not cut by the kernel yet", link: LinkRaw, frame: ip6(6, 0) + tcpAck, wire: 100000,
			want: "ipv6 tcp " + ends + "at=0/40/60 len=100000/99940" + tcp + " truncated tso"},
		{name: "length beyond the wire", link: LinkRaw, frame: ip6(6, 2000) + tcpAck,
			want: "ipv6 tcp " + ends + "at=0/40/60 len=60/0" + tcp + " malformed stray"},
		{name: "padding", link: LinkEthernet, frame: macs + "86dd" + ip6(17, 8) + udp8 + "0000",
			want: "ipv6 udp [2001:db8::1]:40000 > [2001:db8::2]:53 type=86dd at=14/54/62 len=48/0"},
		{name: "header cut off", link: LinkRaw, frame: "60000000 0014 06 40 20010db8", wire: 60,
			want: "none key=86dd type=86dd at=0/0/0 truncated"},
		{name: "extension header cut off", link: LinkRaw, frame: ip6(43, 44) + "06 02 0400", wire: 84,
			want: "ipv6 hopopt " + bare + "at=0/0/0 len=84/0 truncated"},
		{name: "extension header beyond the packet", link: LinkRaw, frame: ip6(60, 8) + "06 09 010400000000",
			want: "ipv6 hopopt " + bare + "at=0/0/0 len=48/0 malformed stray"},
		{name: "headers without end", link: LinkRaw,
			frame: ip6(60, 17*8) + strings.Repeat("3c 00 010400000000", 17),
			want:  "ipv6 hopopt " + bare + "at=0/0/0 len=176/0 malformed stray"},
		{name: "another version", link: LinkCooked, in: Packet{Proto2: 0x86dd}, frame: "45" + strings.Repeat("00", 39),
			want: "none key=86dd type=86dd at=0/0/0 malformed stray"},
	})
}
