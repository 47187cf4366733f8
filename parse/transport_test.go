package parse

import (
	"testing"

	"sockeye/internal/testkit"
)

func TestDecodeTransport(t *testing.T) {
	const ends = "10.0.0.1:40000 > 10.0.0.2:443 type=0800 "
	const dns = "10.0.0.1:40000 > 10.0.0.2:53 type=0800 "
	const bare = "10.0.0.1:0 > 10.0.0.2:0 type=0800 "
	const id = " frag=0/1234"
	testDecode(t, []decodeRow{
		{name: "TCP, SYN with options", link: LinkRaw,
			frame: ip4(6, 44) + "9c40 01bb 00000001 00000000 6002 ffff 0000 0000 020405b4",
			want:  "ipv4 tcp " + ends + "at=0/20/44 len=44/0" + id + " tcp=1/0/02/65535"},
		{name: "TCP, all flags", link: LinkRaw,
			frame: ip4(6, 40) + "9c40 01bb 00000001 00000002 5fff 0001 0000 0000",
			want:  "ipv4 tcp " + ends + "at=0/20/40 len=40/0" + id + " tcp=1/2/ff/1"},
		{name: "TCP from the higher end", link: LinkRaw,
			frame: "4500 0028 1234 4000 4006 0000 0a000002 0a000001 01bb 9c40 00000002 00000001 5010 0200 0000 0000",
			want:  "ipv4 tcp 10.0.0.2:443 > 10.0.0.1:40000 type=0800 at=0/20/40 len=40/0" + id + " tcp=2/1/10/512"},
		{name: "TCP between the ports of one host", link: LinkRaw,
			frame: "4500 0028 1234 4000 4006 0000 7f000001 7f000001 9c40 01bb 00000002 00000001 5010 0200 0000 0000",
			want:  "ipv4 tcp 127.0.0.1:40000 > 127.0.0.1:443 type=0800 at=0/20/40 len=40/0" + id + " tcp=2/1/10/512"},
		{name: "TCP, options cut off", link: LinkRaw, wire: 152,
			frame: ip4(6, 152) + "9c40 01bb 00000001 00000002 8018 0200 0000 0000 0101",
			want:  "ipv4 tcp " + ends + "at=0/20/0 len=152/100" + id + " tcp=1/2/18/512 truncated"},
		{name: "TCP, cut behind the window", link: LinkRaw, wire: 140,
			frame: ip4(6, 140) + "9c40 01bb 00000001 00000002 5018 0200",
			want:  "ipv4 tcp " + ends + "at=0/20/0 len=140/0" + id + " tcp=1/2/18/512 truncated"},
		{name: "TCP, cut behind the ports", link: LinkRaw, frame: ip4(6, 140) + "9c40 01bb", wire: 140,
			want: "ipv4 tcp " + ends + "at=0/20/0 len=140/0" + id + " truncated"},
		{name: "TCP, cut in the ports", link: LinkRaw, frame: ip4(6, 140) + "9c40 01", wire: 140,
			want: "ipv4 tcp " + bare + "at=0/20/0 len=140/0" + id + " truncated"},
		{name: "TCP, data offset of 16 bytes", link: LinkRaw,
			frame: ip4(6, 43) + "9c40 01bb 00000001 00000002 4010 0200 0000 0000 616263",
			want:  "ipv4 tcp " + ends + "at=0/20/0 len=43/0" + id + " tcp=1/2/10/512 malformed stray"},
		{name: "TCP, data offset beyond the packet, in padding", link: LinkEthernet,
			frame: macs + "0800" + ip4(6, 40) + "9c40 01bb 00000001 00000002 6010 0200 0000 0000 00000000 0000",
			want:  "ipv4 tcp " + ends + "at=14/34/0 len=40/0" + id + " tcp=1/2/10/512 malformed stray"},
		{name: "TCP, packet of 10 bytes", link: LinkRaw, frame: ip4(6, 30) + "9c40 01bb 00000001 0000",
			want: "ipv4 tcp " + ends + "at=0/20/0 len=30/0" + id + " tcp=1/0/00/0 malformed stray"},

		{name: "UDP", link: LinkRaw, frame: ip4(17, 31) + "9c40 0035 000b 0000 616263",
			want: "ipv4 udp " + dns + "at=0/20/28 len=31/3" + id},
		{name: "UDP shorter than IP", link: LinkRaw, frame: ip4(17, 31) + "9c40 0035 0009 0000 616263",
			want: "ipv4 udp " + dns + "at=0/20/28 len=31/1" + id},
		{name: "UDP longer than IP", link: LinkRaw, frame: ip4(17, 31) + "9c40 0035 0100 0000 616263",
			want: "ipv4 udp " + dns + "at=0/20/28 len=31/3" + id + " malformed stray"},
		{name: "UDP of length 7", link: LinkRaw, frame: ip4(17, 31) + "9c40 0035 0007 0000 616263",
			want: "ipv4 udp " + dns + "at=0/20/0 len=31/0" + id + " malformed stray"},
		{name: "UDP of length 0", link: LinkRaw, frame: ip4(17, 31) + "9c40 0035 0000 0000 616263",
			want: "ipv4 udp " + dns + "at=0/20/28 len=31/3" + id + " malformed stray"},
		{name: "UDP of length 0, not cut by the kernel yet", link: LinkRaw, frame: ip4(17, 0) + "9c40 0035 0000 0000 616263",
			want: "ipv4 udp " + dns + "at=0/20/28 len=31/3" + id + " tso"},
		{name: "UDP cut", link: LinkRaw, frame: ip4(17, 31) + "9c40 0035 00", wire: 31,
			want: "ipv4 udp " + dns + "at=0/20/0 len=31/0" + id + " truncated"},
		{name: "UDP-Lite", link: LinkRaw, frame: ip4(136, 31) + "9c40 0035 0008 0000 616263",
			want: "ipv4 udplite " + dns + "at=0/20/28 len=31/3" + id},

		{name: "SCTP", link: LinkRaw, frame: ip4(132, 36) + "9c40 0035 00000001 00000000 03000004",
			want: "ipv4 sctp " + dns + "at=0/20/32 len=36/4" + id},
		{name: "SCTP cut", link: LinkRaw, frame: ip4(132, 36) + "9c40 0035 0000", wire: 36,
			want: "ipv4 sctp " + dns + "at=0/20/0 len=36/0" + id + " truncated"},
		{name: "DCCP", link: LinkRaw, frame: ip4(33, 40) + "9c40 0035 04 00 0000 00000000 00000000 61626364",
			want: "ipv4 dccp " + dns + "at=0/20/36 len=40/4" + id},
		{name: "DCCP, data offset of 8 bytes", link: LinkRaw, frame: ip4(33, 36) + "9c40 0035 02 00 0000 00000000 00000000",
			want: "ipv4 dccp " + dns + "at=0/20/0 len=36/0" + id + " malformed stray"},

		{name: "echo request", link: LinkRaw, frame: ip4(1, 32) + "0800 0000 0bad 0001 61626364",
			want: "ipv4 icmp 10.0.0.1:2989 > 10.0.0.2:2989 type=0800 at=0/20/28 len=32/4" + id + " icmp=8/0"},
		{name: "echo reply", link: LinkRaw, frame: ip4(1, 32) + "0000 0000 0bad 0001 61626364",
			want: "ipv4 icmp 10.0.0.1:2989 > 10.0.0.2:2989 type=0800 at=0/20/28 len=32/4" + id},
		{name: "timestamp request", link: LinkRaw, frame: ip4(1, 40) + "0d00 0000 0bad 0001 000000000000000000000000",
			want: "ipv4 icmp " + bare + "at=0/20/28 len=40/12" + id + " icmp=13/0"},
		{name: "port unreachable", link: LinkRaw,
			frame: ip4(1, 56) + "0303 0000 00000000" + ip4(17, 28) + udp8,
			want:  "ipv4 icmp " + bare + "at=0/20/28 len=56/28" + id + " icmp=3/3 icmperror"},
		{name: "ICMP cut behind the code", link: LinkRaw, frame: ip4(1, 32) + "0303", wire: 32,
			want: "ipv4 icmp " + bare + "at=0/20/0 len=32/0" + id + " icmp=3/3 truncated icmperror"},
		{name: "ICMP of 2 bytes", link: LinkRaw, frame: ip4(1, 22) + "0303",
			want: "ipv4 icmp " + bare + "at=0/20/0 len=22/0" + id + " icmp=3/3 malformed stray icmperror"},
		{name: "ICMPv6 echo", link: LinkRaw, frame: ip6(58, 8) + "8000 0000 0bad 0001",
			want: "ipv6 icmp6 [2001:db8::1]:2989 > [2001:db8::2]:2989 type=86dd at=0/40/48 len=48/0 icmp=128/0"},
		{name: "ICMPv6 packet too big", link: LinkRaw, frame: ip6(58, 56) + "0200 0000 000004d0" + ip6(17, 8) + udp8,
			want: "ipv6 icmp6 [2001:db8::1]:0 > [2001:db8::2]:0 type=86dd at=0/40/48 len=96/48 icmp=2/0 icmperror"},
		{name: "neighbour solicitation", link: LinkRaw,
			frame: ip6(58, 24) + "8700 0000 00000000 20010db8000000000000000000000002",
			want:  "ipv6 icmp6 [2001:db8::1]:0 > [2001:db8::2]:0 type=86dd at=0/40/48 len=64/16 icmp=135/0"},
	})
}

func TestQuoted(t *testing.T) {
	tests := []struct {
		name, frame string
		want        string // source > destination and protocol, "" if nothing is quoted
	}{
		{"UDP", ip4(1, 56) + "0303 0000 00000000" + ip4(17, 1028) + udp8, "udp 10.0.0.1:40000 > 10.0.0.2:53"},
		{"TCP, eight bytes of it", ip4(1, 56) + "0b00 0000 00000000" + ip4(6, 1500) + "01bb 9c40 00000001",
			"tcp 10.0.0.1:443 > 10.0.0.2:40000"},
		{"from the higher end", ip4(1, 56) + "0303 0000 00000000 4500 001c 0000 0000 4011 0000 0a000009 0a000001" + udp8,
			"udp 10.0.0.9:40000 > 10.0.0.1:53"},
		{"IPv6", ip6(58, 56) + "0200 0000 000004d0" + ip6(6, 1400) + "9c40 01bb 00000001",
			"tcp [2001:db8::1]:40000 > [2001:db8::2]:443"},
		{"no error", ip4(1, 56) + "0800 0000 00000000" + ip4(17, 28) + udp8, ""},
		{"nothing", ip4(1, 28) + "0303 0000 00000000", ""},
		{"half a header", ip4(1, 36) + "0303 0000 00000000 4500 001c 0000 0000", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p := Packet{Data: unhex(t, tt.frame), Link: LinkRaw}
			p.WireLen = uint32(len(p.Data))
			p.Decode()
			got := ""
			if k, swapped, ok := p.Quoted(); ok {
				got = ProtoName(uint8(k.Proto)) + " " + k.Src(swapped).String() + " > " + k.Dst(swapped).String()
			}
			if got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
			testkit.ZeroAllocs(t, "Quoted", func() { p.Quoted() })
		})
	}
}

func TestPayloadBytes(t *testing.T) {
	tests := []struct {
		name, frame string
		wire        uint32
		want        string
	}{
		{"without padding", macs + "0800" + ip4(17, 31) + "9c40 0035 000b 0000 616263 00000000", 49, "abc"},
		{"what was captured", macs + "0800" + ip4(17, 35) + "9c40 0035 000f 0000 6162", 49, "ab"},
		{"header not whole", macs + "0800" + ip4(17, 35) + "9c40 0035", 49, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p := Packet{Data: unhex(t, tt.frame), Link: LinkEthernet, WireLen: tt.wire}
			p.Decode()
			if got := string(p.PayloadBytes()); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}
