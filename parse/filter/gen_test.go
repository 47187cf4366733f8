package filter

import (
	"context"
	"errors"
	"net/netip"
	"testing"

	"sockeye/internal/testkit/packet"
	"sockeye/parse"
)

// frames are the packets that TestMeaning looks for, by name.
var frames = map[string][]byte{
	"tcp4": ethernet(packet.IPv4{Src: packet.IP("10.1.0.1"), Dst: packet.IP("192.168.1.2")},
		packet.TCP{Src: 40000, Dst: 443, Flags: packet.SYN}, packet.Bytes("hello")),
	"udp4": ethernet(packet.IPv4{Src: packet.IP("192.168.1.2"), Dst: packet.IP("10.1.0.1")},
		packet.UDP{Src: 53, Dst: 40000}, packet.Bytes("answer")),
	"options4": ethernet(packet.IPv4{Src: packet.IP("10.1.0.1"), Dst: packet.IP("10.9.9.9"), Options: []byte{1, 1, 1, 0}},
		packet.TCP{Src: 40000, Dst: 80, Flags: packet.ACK}, packet.Bytes("GET /")),
	"later4": ethernet(packet.IPv4{Src: packet.IP("10.1.0.1"), Dst: packet.IP("10.9.9.9"), FragOffset: 64, Proto: parse.ProtoUDP},
		packet.Bytes{0, 53, 0, 53, 0, 8, 0, 0}),
	"multi4": ethernet(packet.IPv4{Src: packet.IP("10.1.0.1"), Dst: packet.IP("239.1.2.3")},
		packet.UDP{Src: 5353, Dst: 5353}),
	"ah4": ethernet(packet.IPv4{}, packet.AH{}, packet.TCP{Src: 1, Dst: 80}),
	"tcp6": ethernet(packet.IPv6{Src: packet.IP("2001:db8:0:1::1"), Dst: packet.IP("2001:db8:ffff::2")},
		packet.TCP{Src: 40000, Dst: 443}),
	"icmp6": ethernet(packet.IPv6{Src: packet.IP("fe80::1"), Dst: packet.IP("ff02::1")},
		packet.ICMPv6{Type: 135}),
	"fragment6": ethernet(packet.IPv6{}, packet.Fragment{More: true}, packet.UDP{Src: 53, Dst: 53}),
	"chain6": ethernet(packet.IPv6{}, packet.HopByHop{}, packet.Options{}, packet.AH{}, packet.Options{Data: make([]byte, 30)},
		packet.UDP{Src: 53, Dst: 53}),
	"arp": ethernet(packet.ARP{Src: packet.IP("10.1.0.1"), Dst: packet.IP("10.1.0.9")}),
}

func ethernet(layers ...packet.Layer) []byte {
	return packet.Build(append([]packet.Layer{packet.Ethernet{}}, layers...)...)
}

func TestMeaning(t *testing.T) {
	tests := []struct {
		text string
		want []string
	}{
		{"host 10.1.0.1", []string{"tcp4", "udp4", "options4", "later4", "multi4", "arp"}},
		{"src host 10.1.0.1", []string{"tcp4", "options4", "later4", "multi4", "arp"}},
		{"dst host 10.1.0.1", []string{"udp4"}},
		{"src and dst net 10", []string{"options4", "later4", "arp"}},
		{"ip src or dst host 10.9.9.9", []string{"options4", "later4"}},
		{"arp host 10.1.0.9", []string{"arp"}},
		{"ip host 10.1.0.9", nil},
		{"host 0x0a09090a or host 0x0a090909", []string{"options4", "later4"}},
		{"net 192.168", []string{"tcp4", "udp4"}},
		{"net 192.168.1.0/30 and tcp", []string{"tcp4"}},
		{"net 10.0.0.9 mask 255.0.0.255", []string{"options4", "later4", "arp"}},
		{"host fe80::1", []string{"icmp6"}},
		{"net 2001:db8::/32 and tcp", []string{"tcp6"}},
		{"net 2001:db8:0:1::/64", []string{"tcp6"}},
		{"src net 2001:db8:8000::/33", nil},
		{"dst net 2001:db8:8000::/33", []string{"tcp6"}},
		{"net ::/0", []string{"tcp6", "icmp6", "fragment6", "chain6"}},

		{"port 53", []string{"udp4"}}, // neither later fragments nor extension headers of IPv6
		{"tcp port 443", []string{"tcp4", "tcp6"}},
		{"udp port 443", nil},
		{"src port 443", nil},
		{"port 80", []string{"options4"}},
		{"src and dst port 5353", []string{"multi4"}},
		{"portrange 50-60", []string{"udp4"}},
		{"portrange 60-50", []string{"udp4"}},
		{"portrange 0x32-074", []string{"udp4"}},
		{"tcp dst portrange 0-100", []string{"options4"}},
		{"tcp dst portrange 400-65535", []string{"tcp4", "tcp6"}},
		{"tcp dst portrange 440-https", []string{"tcp4", "tcp6"}},

		{"tcp", []string{"tcp4", "options4", "tcp6"}},
		{"ip and udp", []string{"udp4", "later4", "multi4"}},
		{"udp", []string{"udp4", "later4", "multi4", "fragment6"}},
		{"ah", []string{"ah4"}},
		{"icmp6", []string{"icmp6"}},
		{"ip proto 51", []string{"ah4"}},
		{`ip6 proto \udp`, []string{"fragment6"}},
		{`protochain \udp`, []string{"udp4", "later4", "multi4", "fragment6", "chain6"}},
		{"ip protochain 6", []string{"tcp4", "options4", "ah4"}},
		{"ip6 protochain 51", []string{"chain6"}},
		{"arp or rarp", []string{"arp"}},

		{"ip multicast", []string{"multi4"}},
		{"ip6 multicast", []string{"icmp6"}},
		{"ip broadcast", nil},
		{"less 42 and arp", []string{"arp"}},
		{"greater 100", []string{"chain6"}},
		{"byte 12 = 8 and byte 23 & 1 and not byte 23 < 17", []string{"udp4", "later4", "multi4", "ah4"}},

		{"tcp[tcpflags] & tcp-syn != 0", []string{"tcp4"}},
		{"tcp[tcpflags] & (tcp-syn|tcp-ack) == tcp-ack", []string{"options4"}},
		{"tcp[((tcp[12] & 0xf0) >> 2):4] = 0x47455420", []string{"options4"}},
		{"ip[0] & 0xf != 5", []string{"options4"}},
		{"icmp6[icmp6type] = icmp6-neighborsolicit", []string{"icmp6"}},
		{"udp[2:2] - udp[0:2] > 30000", []string{"udp4"}},
		{"udp[0:2] == udp[2:2]", []string{"multi4"}},
		{"ip[2:2] = len - 14 and tcp", []string{"tcp4", "options4"}},
		{"(ip[12] * ip[13] + ip[14] * ip[15]) * (ip[0] >> 4) = 40 and port 80", []string{"options4"}},
		{"-ip[0] = 0xffffffbb", []string{"tcp4", "udp4", "later4", "multi4", "ah4"}},
		{"1 = 2", nil},
		{"1 << 4 = 16 and arp", []string{"arp"}},
	}
	for _, test := range tests {
		t.Run(test.text, func(t *testing.T) {
			for _, o := range []Options{{Link: parse.LinkEthernet}, {Link: parse.LinkEthernet, Unoptimized: true}} {
				p, err := Compile(test.text, o)
				if err != nil {
					t.Fatal(err)
				}
				want := map[string]bool{}
				for _, name := range test.want {
					want[name] = true
				}
				for name, b := range frames {
					if got := p.Match(b, uint32(len(b))); got != want[name] {
						t.Errorf("unoptimized %v: match of %s: got %v, want %v", o.Unoptimized, name, got, want[name])
					}
				}
			}
		})
	}
}

func TestGenerateRefuses(t *testing.T) {
	tests := []struct {
		text   string
		offset int
	}{
		{"host 10.0.0.1/24", 0},
		{"host 10.0/16", 0},
		{"dst and src 10.0.0.1/32", 0},
		{"net 10.0.0.1/8", 4},
		{"net 10.0.0.0 mask 0.0.0.255", 4},
		{"net fe80::1/10", 4},
		{"tcp host 10.0.0.1", 0},
		{"ip6 host 10.0.0.1", 0},
		{"ip host fe80::1", 0},
		{"arp port 80", 0},
		{"port 65536", 5},
		{"portrange 1-65536", 10},
		{"port nosuchservice", 5},
		{"port 80-90", 5},
		{"portrange http-090", 10},
		{"portrange 80-90-100", 10},
		{"udp port ssh", 9},
		{"ip proto 256", 9},
		{"tcp proto 6", 0},
		{"ether protochain 6", 0},
		{`ip proto \nosuchproto`, 9},
		{"arp multicast", 0},
		{"ip6 broadcast", 0},
		{"byte 0 = 256", 9},
		{"radio[0] = 1", 0},
		{"ah[0] = 1", 0},
		{"1 / 0 = 1", 4},
		{"ip[0] % (2 - 2) = 1", 9},
		{"1 << 32 = 0", 5},
		{"ether proto 65536", 12},
		{"decnet net 1.5", 0},
		{"decnet host 64.1", 12},
		{"decnet host 1.1024", 12},
		{"gateway nosuchhost", 8},
	}
	for _, test := range tests {
		t.Run(test.text, func(t *testing.T) {
			_, err := Compile(test.text, Options{Link: parse.LinkEthernet})
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

// hosts is a resolver that knows some names.
type hosts map[string][]netip.Addr

func (h hosts) LookupNetIP(_ context.Context, _, host string) ([]netip.Addr, error) {
	if addrs, ok := h[host]; ok {
		return addrs, nil
	}
	return nil, errors.New("no such host")
}

func TestHostNames(t *testing.T) {
	resolver := hosts{
		"both.example": {packet.IP("fe80::1"), packet.IP("192.168.1.2")},
		"four.example": {packet.IP("10.9.9.9"), packet.IP("10.1.0.9")},
	}
	tests := []struct {
		text string
		want []string // nil: refused
	}{
		{"host both.example", []string{"tcp4", "udp4", "icmp6"}},
		{"dst host both.example", []string{"tcp4"}},
		{"ip6 host both.example", []string{"icmp6"}},
		{"ip host both.example", []string{"tcp4", "udp4"}},
		{"host four.example", []string{"options4", "later4", "arp"}},
		{"arp dst four.example", []string{"arp"}},
		{"ip6 host four.example", nil},
		{"tcp host both.example", nil},
		{"host other.example", nil},
	}
	for _, test := range tests {
		t.Run(test.text, func(t *testing.T) {
			p, err := Compile(test.text, Options{Link: parse.LinkEthernet, Resolver: resolver})
			if (err == nil) != (test.want != nil) {
				t.Fatalf("got error %v, want matches %v", err, test.want)
			}
			if err != nil {
				return
			}
			got := 0
			for _, b := range frames {
				if p.Match(b, uint32(len(b))) {
					got++
				}
			}
			for _, name := range test.want {
				if b := frames[name]; !p.Match(b, uint32(len(b))) {
					t.Errorf("match of %s: got false, want true", name)
				}
			}
			if got != len(test.want) {
				t.Errorf("matches: got %d, want %d", got, len(test.want))
			}
		})
	}
}

// TestNetmask tests the broadcast addresses of a network.
func TestNetmask(t *testing.T) {
	p, err := Compile("ip broadcast", Options{Link: parse.LinkEthernet, Netmask: 0xffffff00})
	if err != nil {
		t.Fatal(err)
	}
	for dst, want := range map[string]bool{"10.0.0.255": true, "10.0.0.0": true, "10.0.0.5": false, "255.255.255.255": true} {
		b := ethernet(packet.IPv4{Dst: packet.IP(dst)}, packet.UDP{})
		if got := p.Match(b, uint32(len(b))); got != want {
			t.Errorf("match of %s: got %v, want %v", dst, got, want)
		}
	}
}

// TestScratchMemory tests that arithmetic fits in the scratch words however deep
// it is nested to one side, and that what does not fit is refused.
func TestScratchMemory(t *testing.T) {
	leaf := arith(&access{proto: protoTCP, off: &number{}, size: 1})
	minus := func(x, y arith) arith { return &binary{op: opSub, x: x, y: y} }
	for _, test := range []struct {
		name  string
		depth int
		grow  func(arith) arith
		fits  bool
	}{
		{"left", 100, func(a arith) arith { return minus(a, leaf) }, true},
		{"right", 100, func(a arith) arith { return minus(leaf, a) }, true},
		{"both", scratchWords, func(a arith) arith { return minus(a, a) }, true},
		{"too many", scratchWords + 1, func(a arith) arith { return minus(a, a) }, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			a := leaf
			for range test.depth {
				a = test.grow(a)
			}
			_, err := generate(&comparison{x: a, y: &number{n: 1}}, Options{Link: parse.LinkEthernet})
			if (err == nil) != test.fits {
				t.Errorf("got error %v, want it to fit: %v", err, test.fits)
			}
		})
	}
}
