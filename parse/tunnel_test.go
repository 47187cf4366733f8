package parse

import (
	"testing"

	"sockeye/internal/testkit"
	"sockeye/internal/testkit/packet"
)

// inner is the packet that the samples carry.
var inner = []packet.Layer{
	packet.IPv4{Src: packet.IP("10.9.0.1"), Dst: packet.IP("10.9.0.2"), ID: 7},
	packet.TCP{Src: 1000, Dst: 2000, Seq: 1, Flags: packet.SYN},
	packet.Bytes("hello"),
}

var inner6 = []packet.Layer{packet.IPv6{}, packet.UDP{Src: 1000, Dst: 2000}, packet.Bytes("hello")}

const (
	wantInner  = "ipv4 tcp 10.9.0.1:1000 > 10.9.0.2:2000 type=0800 "
	wantInner6 = "ipv6 udp [2001:db8::1]:1000 > [2001:db8::2]:2000 type=86dd "
	innerTCP   = " len=45/5 frag=0/7 tcp=1/0/02/65535 tunnelled inner stray"
)

func build(outer []packet.Layer, inner ...packet.Layer) []byte {
	return packet.Build(append(append([]packet.Layer{packet.Ethernet{}}, outer...), inner...)...)
}

// tunnelSamples are tunnels: the frame, and what it is with and without Decap.
var tunnelSamples = []struct {
	name        string
	frame       []byte
	outer, want string
}{
	{"IPv4 in IPv4", build([]packet.Layer{packet.IPv4{}}, inner...),
		"ipv4 ipip 192.0.2.1:0 > 192.0.2.2:0 type=0800 at=14/34/34 len=65/45 tunnelled stray",
		wantInner + "at=34/54/74" + innerTCP},
	{"IPv6 in IPv4", build([]packet.Layer{packet.IPv4{}}, inner6...),
		"ipv4 ipv6 192.0.2.1:0 > 192.0.2.2:0 type=0800 at=14/34/34 len=73/53 tunnelled stray",
		wantInner6 + "at=34/74/82 len=53/5 tunnelled inner stray"},
	{"IPv4 in IPv6, tagged", build([]packet.Layer{packet.VLAN{ID: 3}, packet.IPv6{}}, inner...),
		"ipv6 ipip [2001:db8::1]:0 > [2001:db8::2]:0 type=86dd vlan=3 at=18/58/58 len=85/45 tunnelled stray",
		wantInner + "vlan=3 at=58/78/98" + innerTCP},
	{"GRE", build([]packet.Layer{packet.IPv4{}, packet.GRE{}}, inner...),
		"ipv4 gre 192.0.2.1:0 > 192.0.2.2:0 type=0800 at=14/34/34 len=69/49 tunnelled stray",
		wantInner + "at=38/58/78" + innerTCP},
	{"GRE with checksum, key and sequence number",
		build([]packet.Layer{packet.IPv4{}, packet.GRE{Checksum: true, Key: new(uint32(1)), Seq: new(uint32(2))}}, inner...),
		"ipv4 gre 192.0.2.1:0 > 192.0.2.2:0 type=0800 at=14/34/34 len=81/61 tunnelled stray",
		wantInner + "at=50/70/90" + innerTCP},
	{"Ethernet in GRE, tagged within",
		build([]packet.Layer{packet.IPv4{}, packet.GRE{}, packet.Ethernet{}, packet.VLAN{ID: 8}}, inner...),
		"ipv4 gre 192.0.2.1:0 > 192.0.2.2:0 type=0800 at=14/34/34 len=87/67 tunnelled stray",
		wantInner + "at=56/76/96" + innerTCP},
	{"ERSPAN type II",
		build([]packet.Layer{packet.IPv4{}, packet.GRE{Proto: 0x88be, Seq: new(uint32(2))}, packet.Zeros(8), packet.Ethernet{}}, inner...),
		"ipv4 gre 192.0.2.1:0 > 192.0.2.2:0 type=0800 at=14/34/34 len=95/75 tunnelled stray",
		wantInner + "at=64/84/104" + innerTCP},
	{"PPTP", // version 1: key is length and call id, sequence number
		build([]packet.Layer{packet.IPv4{}, packet.Proto{Number: 47, Data: []byte{0x30, 1, 0x88, 0x0b, 0, 49, 0, 1, 0, 0, 0, 5}}, packet.PPP{}}, inner...),
		"ipv4 gre 192.0.2.1:0 > 192.0.2.2:0 type=0800 at=14/34/34 len=81/61 tunnelled stray",
		wantInner + "at=50/70/90" + innerTCP},
	{"GRE with something else", build([]packet.Layer{packet.IPv4{}, packet.GRE{Proto: 0x1234}}, packet.Zeros(8)),
		"ipv4 gre 192.0.2.1:0 > 192.0.2.2:0 type=0800 at=14/34/34 len=32/12 tunnelled stray",
		"ipv4 gre 192.0.2.1:0 > 192.0.2.2:0 type=0800 at=14/34/34 len=32/12 tunnelled stray"},
	{"EtherIP", build([]packet.Layer{packet.IPv4{}, packet.Proto{Number: 97, Data: []byte{0x30, 0}}, packet.Ethernet{}}, inner...),
		"ipv4 etherip 192.0.2.1:0 > 192.0.2.2:0 type=0800 at=14/34/34 len=81/61 tunnelled",
		wantInner + "at=50/70/90" + innerTCP},
	{"MPLS in IP", build([]packet.Layer{packet.IPv4{Proto: 137}, packet.MPLS{}}, inner...),
		"ipv4 mpls-in-ip 192.0.2.1:0 > 192.0.2.2:0 type=0800 at=14/34/34 len=69/49 tunnelled",
		wantInner + "at=38/58/78" + innerTCP},
	{"VXLAN", build([]packet.Layer{packet.IPv4{}, packet.UDP{Src: 50000, Dst: 4789}, packet.VXLAN{VNI: 5}, packet.Ethernet{}}, inner...),
		"ipv4 udp 192.0.2.1:50000 > 192.0.2.2:4789 type=0800 at=14/34/42 len=95/67 tunnelled",
		wantInner + "at=64/84/104" + innerTCP},
	{"ARP in VXLAN", build([]packet.Layer{packet.IPv4{}, packet.UDP{Src: 50000, Dst: 8472}, packet.VXLAN{VNI: 5}, packet.Ethernet{}}, packet.ARP{}),
		"ipv4 udp 192.0.2.1:50000 > 192.0.2.2:8472 type=0800 at=14/34/42 len=78/50 tunnelled",
		"arp 192.0.2.1 > 192.0.2.2 key=0806 type=0806 at=64/0/0 tunnelled inner stray"},
	{"LLDP in VXLAN", build([]packet.Layer{packet.IPv4{}, packet.UDP{Src: 50000, Dst: 4789}, packet.VXLAN{VNI: 5}, packet.Ethernet{Type: 0x88cc}}, packet.Zeros(4)),
		"ipv4 udp 192.0.2.1:50000 > 192.0.2.2:4789 type=0800 at=14/34/42 len=54/26 tunnelled",
		"link 020000000001 > 020000000002 key=88cc type=88cc at=64/0/0 tunnelled inner stray"},
	{"Geneve with options", build([]packet.Layer{packet.IPv4{}, packet.UDP{Src: 50000, Dst: 6081}, packet.Geneve{Options: make([]byte, 8), Proto: 0x0800}}, inner...),
		"ipv4 udp 192.0.2.1:50000 > 192.0.2.2:6081 type=0800 at=14/34/42 len=89/61 tunnelled",
		wantInner + "at=58/78/98" + innerTCP},
	{"GTP-U with extension headers", // PDU session container
		build([]packet.Layer{packet.IPv4{}, packet.UDP{Src: 2152, Dst: 2152}, packet.GTPU{Extensions: []byte{0, 0, 0, 0x85, 1, 0, 9, 0}}}, inner...),
		"ipv4 udp 192.0.2.1:2152 > 192.0.2.2:2152 type=0800 at=14/34/42 len=89/61 tunnelled",
		wantInner + "at=58/78/98" + innerTCP},
	{"GTP-U echo", build([]packet.Layer{packet.IPv4{}, packet.UDP{Src: 2152, Dst: 2152}, packet.GTPU{Type: 1}}, packet.Zeros(4)),
		"ipv4 udp 192.0.2.1:2152 > 192.0.2.2:2152 type=0800 at=14/34/42 len=40/12 tunnelled",
		"ipv4 udp 192.0.2.1:2152 > 192.0.2.2:2152 type=0800 at=14/34/42 len=40/12 tunnelled"},
	{"L2TP", build([]packet.Layer{packet.IPv4{}, packet.UDP{Src: 1701, Dst: 1701}, packet.Bytes{0x40, 2, 0, 57, 0, 1, 0, 2}, packet.PPP{}}, inner...),
		"ipv4 udp 192.0.2.1:1701 > 192.0.2.2:1701 type=0800 at=14/34/42 len=85/57 tunnelled",
		wantInner + "at=54/74/94" + innerTCP},
	{"Teredo with origin", build([]packet.Layer{packet.IPv4{}, packet.UDP{Src: 3544, Dst: 40000}, packet.Bytes{0, 0, 1, 2, 3, 4, 5, 6}}, inner6...),
		"ipv4 udp 192.0.2.1:3544 > 192.0.2.2:40000 type=0800 at=14/34/42 len=89/61 tunnelled",
		wantInner6 + "at=50/90/98 len=53/5 tunnelled inner stray"},
	{"WireGuard", build([]packet.Layer{packet.IPv4{}, packet.UDP{Src: 40000, Dst: 51820}, packet.Bytes{4, 0, 0, 0}}, packet.Zeros(28)),
		"ipv4 udp 192.0.2.1:40000 > 192.0.2.2:51820 type=0800 at=14/34/42 len=60/32 tunnelled",
		"ipv4 udp 192.0.2.1:40000 > 192.0.2.2:51820 type=0800 at=14/34/42 len=60/32 tunnelled"},
	{"the ports of VXLAN, another protocol", build([]packet.Layer{packet.IPv4{}, packet.UDP{Src: 50000, Dst: 4789}}, packet.Zeros(60)),
		"ipv4 udp 192.0.2.1:50000 > 192.0.2.2:4789 type=0800 at=14/34/42 len=88/60",
		"ipv4 udp 192.0.2.1:50000 > 192.0.2.2:4789 type=0800 at=14/34/42 len=88/60"},
	{"only one level", build([]packet.Layer{packet.IPv4{}, packet.GRE{}, packet.IPv4{}}, inner...),
		"ipv4 gre 192.0.2.1:0 > 192.0.2.2:0 type=0800 at=14/34/34 len=89/69 tunnelled stray",
		"ipv4 ipip 192.0.2.1:0 > 192.0.2.2:0 type=0800 at=38/58/58 len=65/45 tunnelled inner stray"},
	{"inner header not IP after all", build([]packet.Layer{packet.IPv4{Proto: 4}}, packet.Zeros(30)),
		"ipv4 ipip 192.0.2.1:0 > 192.0.2.2:0 type=0800 at=14/34/34 len=50/30 tunnelled stray",
		"ipv4 ipip 192.0.2.1:0 > 192.0.2.2:0 type=0800 at=14/34/34 len=50/30 tunnelled stray"},
	{"fragment", build([]packet.Layer{packet.IPv4{More: true, ID: 1}, packet.GRE{}}, inner...),
		"ipv4 gre 192.0.2.1:0 > 192.0.2.2:0 type=0800 at=14/34/34 len=69/49 frag=0/1 fragment first tunnelled stray",
		"ipv4 gre 192.0.2.1:0 > 192.0.2.2:0 type=0800 at=14/34/34 len=69/49 frag=0/1 fragment first tunnelled stray"},
}

func TestDecodeTunnel(t *testing.T) {
	for _, s := range tunnelSamples {
		t.Run(s.name, func(t *testing.T) {
			p := Packet{Data: s.frame, WireLen: uint32(len(s.frame)), Link: LinkEthernet}
			p.Decode()
			if got := describe(&p); got != s.outer {
				t.Errorf("outer: got  %s\nwant %s", got, s.outer)
			}
			p.Decap = true
			p.Decode()
			if got := describe(&p); got != s.want {
				t.Errorf("inner: got  %s\nwant %s", got, s.want)
			}
			testkit.ZeroAllocs(t, "Decode", p.Decode)
		})
	}
}
