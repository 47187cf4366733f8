package filter

import (
	"testing"

	"sockeye/internal/testkit/cbpf"
	"sockeye/internal/testkit/packet"
	"sockeye/parse"
)

var (
	inner4 = []packet.Layer{packet.IPv4{Src: packet.IP("10.1.0.1"), Dst: packet.IP("10.1.0.2")}, packet.TCP{Src: 40000, Dst: 80}}
	inner6 = []packet.Layer{packet.IPv6{Src: packet.IP("fe80::1")}, packet.TCP{Src: 40000, Dst: 80}}
)

// in puts packets into layers.
func in(payload []packet.Layer, outer ...packet.Layer) []byte {
	return packet.Build(append(outer, payload...)...)
}

// TestEncapsulation tests that primitives which go into a layer move those behind
// them.
func TestEncapsulation(t *testing.T) {
	ether := packet.Ethernet{}
	outer4 := packet.IPv4{Src: packet.IP("172.16.0.1"), Dst: packet.IP("172.16.0.2"), Options: []byte{1, 1, 1, 0}}
	outer6 := packet.IPv6{Src: packet.IP("2001:db8::1")}
	innerMAC := packet.Ethernet{Src: packet.MAC{2, 0, 0, 0, 0, 1}, Dst: packet.MAC{0xff, 0xff, 0xff, 0xff, 0xff, 0xff}}
	frames := map[string][]byte{
		"plain":     in(inner4, ether),
		"vlan":      in(inner4, ether, packet.VLAN{ID: 100, Priority: 5}),
		"vlan6":     in(inner6, ether, packet.VLAN{ID: 200}),
		"qinq":      in(inner4, ether, packet.VLAN{TPID: 0x88a8, ID: 100}, packet.VLAN{ID: 7}),
		"mpls":      in(inner4, ether, packet.MPLS{Label: 100}),
		"labels":    in(inner6, ether, packet.MPLS{Label: 100}, packet.MPLS{Label: 7}),
		"pppoe":     in(inner4, ether, packet.PPPoE{Session: 9}),
		"pppoe6":    in(inner6, ether, packet.VLAN{ID: 100}, packet.PPPoE{Session: 9}),
		"discovery": in(nil, ether, packet.PPPoE{Code: 9}),
		"vxlan":     in(inner4, ether, outer4, packet.UDP{Dst: 4789}, packet.VXLAN{VNI: 77}, innerMAC),
		"vxlan6":    in(inner6, ether, outer6, packet.UDP{Dst: 4789}, packet.VXLAN{VNI: 78}, innerMAC, packet.VLAN{ID: 100}),
		"geneve": in(inner4, ether, outer4, packet.UDP{Dst: 6081},
			packet.Geneve{VNI: 77, Options: make([]byte, 8)}, innerMAC),
		"geneve6":    in(inner6, ether, outer6, packet.UDP{Dst: 6081}, packet.Geneve{VNI: 78}, innerMAC),
		"geneve raw": in(inner4, ether, outer4, packet.UDP{Dst: 6081}, packet.Geneve{VNI: 79, Options: make([]byte, 4)}),
	}
	tests := []struct {
		text string
		want []string
	}{
		{"tcp port 80", []string{"plain"}},
		{"vlan", []string{"vlan", "vlan6", "qinq", "pppoe6"}},
		{"vlan 100", []string{"vlan", "qinq", "pppoe6"}},
		{"vlan 100 and tcp port 80", []string{"vlan"}},
		{"vlan and src host fe80::1", []string{"vlan6"}},
		{"vlan 100 and vlan 7 and tcp", []string{"qinq"}},
		{"vlan and vlan and dst port 80", []string{"qinq"}},
		{"vlan 200 or vlan 7", []string{"vlan6", "qinq"}}, // the second is behind the first
		{"ip or (vlan 200 and ip6)", []string{"plain", "vxlan", "geneve", "geneve raw", "vlan6"}},
		{"vlan and ether src 00:00:00:00:00:00", nil},
		{"mpls", []string{"mpls", "labels"}},
		{"mpls 100 and tcp port 80", []string{"mpls"}},
		{"mpls 100 and mpls 7 and ip6 and tcp", []string{"labels"}},
		{"mpls and mpls", []string{"labels"}},
		{"mpls 7", nil},
		{"pppoed", []string{"discovery"}},
		{"pppoes", []string{"pppoe"}},
		{"pppoes 9 and src host 10.1.0.1", []string{"pppoe"}},
		{"pppoes 8", nil},
		{"vlan and pppoes 9 and ip6 and tcp port 80", []string{"pppoe6"}},
		{"vxlan", []string{"vxlan", "vxlan6"}},
		{"vxlan 77", []string{"vxlan"}},
		{"vxlan and src host 10.1.0.1 and tcp port 80", []string{"vxlan"}},
		{"vxlan and ether broadcast", []string{"vxlan", "vxlan6"}},
		{"vxlan and vlan 100 and src host fe80::1", []string{"vxlan6"}},
		{"host 172.16.0.1 and vxlan and host 10.1.0.2", []string{"vxlan"}},
		{"geneve", []string{"geneve", "geneve6", "geneve raw"}},
		{"geneve 78", []string{"geneve6"}},
		{"geneve and src host 10.1.0.1 and tcp port 80", []string{"geneve", "geneve raw"}},
		{"geneve and ether src 2:0:0:0:0:1", []string{"geneve", "geneve6"}},
		{"geneve and ip6 and tcp", []string{"geneve6"}},
		{"geneve and not ether broadcast", []string{"geneve raw"}},
	}
	for _, test := range tests {
		t.Run(test.text, func(t *testing.T) {
			want := map[string]bool{}
			for _, name := range test.want {
				want[name] = true
			}
			for name, b := range frames {
				if got := match(t, test.text, Options{Link: parse.LinkEthernet}, b); got != want[name] {
					t.Errorf("match of %s: got %v, want %v", name, got, want[name])
				}
			}
		})
	}
	onMPLS := in(inner4, packet.MPLS{Label: 5}, packet.MPLS{Label: 6})
	for text, want := range map[string]bool{
		"mpls 5": true, "mpls 6": false, "mpls 5 and mpls 6 and tcp port 80": true, "ip": false, "mpls and mpls and mpls": false,
	} {
		if got := match(t, text, Options{Link: parse.LinkMPLS}, onMPLS); got != want {
			t.Errorf("%q on %s: got %v, want %v", text, parse.LinkMPLS, got, want)
		}
	}
}

// live compiles text for the kernel and runs it on a packet and what the kernel
// knows of it.
func live(t *testing.T, text string, link parse.LinkType, p *cbpf.Packet) bool {
	t.Helper()
	var got [2]bool
	for i := range got {
		compiled, err := Compile(text, Options{Link: link, Kernel: true, Unoptimized: i == 1})
		if err != nil {
			t.Fatalf("compile %q: %v", text, err)
		}
		var program cbpf.Program
		for _, in := range compiled.Instructions() {
			program = append(program, cbpf.Insn{Op: in.Op, Jt: in.Jt, Jf: in.Jf, K: in.K})
		}
		p.Wire = uint32(len(p.Data))
		got[i] = program.Run(p).Matches()
	}
	if got[0] != got[1] {
		t.Errorf("%q: optimized %v, unoptimized %v", text, got[0], got[1])
	}
	return got[0]
}

// TestVLANKernel tests tags that the kernel has taken out of the packet: the
// answers are those for files, where the tag is in the packet. The same packets
// come with a link header and without.
func TestVLANKernel(t *testing.T) {
	const (
		outgoing = 4
		ifindex  = 3
	)
	type frame struct {
		outer   []packet.Layer // in the packet
		inner   []packet.Layer
		taken   bool // a tag with this TCI
		tci     uint16
		cooked4 uint16 // protocol for the kernel
	}
	vlan := func(id uint16) packet.Layer { return packet.VLAN{ID: id} }
	frames := map[string]frame{
		"plain":        {inner: inner4, cooked4: 0x0800},
		"plain6":       {inner: inner6, cooked4: 0x86dd},
		"taken":        {inner: inner4, taken: true, tci: 0xa064, cooked4: 0x0800},
		"taken6":       {inner: inner6, taken: true, tci: 200, cooked4: 0x86dd},
		"in packet":    {outer: []packet.Layer{vlan(100)}, inner: inner4, cooked4: 0x8100},
		"both":         {outer: []packet.Layer{vlan(7)}, inner: inner4, taken: true, tci: 100, cooked4: 0x8100},
		"two":          {outer: []packet.Layer{packet.VLAN{TPID: 0x88a8, ID: 100}, vlan(7)}, inner: inner6, cooked4: 0x88a8},
		"tag of zeros": {inner: inner4, taken: true, cooked4: 0x0800},
	}
	tests := []struct {
		text string
		want []string
	}{
		{"tcp port 80", []string{"plain", "plain6", "taken", "taken6", "tag of zeros"}},
		{"vlan", []string{"taken", "taken6", "in packet", "both", "two", "tag of zeros"}},
		{"vlan 100", []string{"taken", "in packet", "both", "two"}},
		{"vlan 0", []string{"tag of zeros"}},
		{"vlan 100 and tcp port 80", []string{"taken", "in packet"}},
		{"vlan and ip", []string{"taken", "in packet", "tag of zeros"}},
		{"vlan and src host fe80::1", []string{"taken6"}},
		{"vlan and vlan", []string{"both", "two"}},
		{"vlan 100 and vlan 7 and ip and tcp port 80", []string{"both"}},
		{"vlan 100 and vlan 7 and ip6", []string{"two"}},
		{"vlan 200 or vlan 7", []string{"taken6", "both", "two"}},
		{"tcp or (vlan 100 and tcp)", []string{"plain", "plain6", "taken", "taken6", "tag of zeros", "in packet"}},
		{"not vlan", []string{"plain", "plain6"}},
		{"outbound and ifindex 3 and vlan 200", []string{"taken6"}},
		{"inbound", nil},
		{"ifindex 4", nil},
	}
	for _, test := range tests {
		t.Run(test.text, func(t *testing.T) {
			want := map[string]bool{}
			for _, name := range test.want {
				want[name] = true
			}
			for name, f := range frames {
				p := cbpf.Packet{Type: outgoing, Ifindex: ifindex, Tagged: f.taken, TCI: f.tci, Protocol: f.cooked4}
				p.Data = in(f.inner, append([]packet.Layer{packet.Ethernet{}}, f.outer...)...)
				if got := live(t, test.text, parse.LinkEthernet, &p); got != want[name] {
					t.Errorf("match of %s: got %v, want %v", name, got, want[name])
				}
				p.Data = p.Data[14:]
				if got := live(t, test.text, parse.LinkCooked, &p); got != want[name] {
					t.Errorf("match of %s without link header: got %v, want %v", name, got, want[name])
				}
			}
		})
	}
}

// TestCookedKernel tests what only the kernel says of packets without a link
// header.
func TestCookedKernel(t *testing.T) {
	arp := packet.Build(packet.ARP{Src: packet.IP("10.0.0.1")})
	for text, want := range map[string]bool{
		"arp": true, "ip": false, "ip6": false, "arp src host 10.0.0.1": true, "arp[7] = 1": true, "ether proto 0x806": true,
	} {
		if got := live(t, text, parse.LinkCooked, &cbpf.Packet{Data: arp, Protocol: 0x0806}); got != want {
			t.Errorf("%q on ARP: got %v, want %v", text, got, want)
		}
	}
	stp := &cbpf.Packet{Data: []byte{0x42, 0x42, 3, 0, 0, 0, 0, 0}, Protocol: 4}
	for text, want := range map[string]bool{"stp": true, "iso": false, "ip": false} {
		if got := live(t, text, parse.LinkCooked, stp); got != want {
			t.Errorf("%q on STP: got %v, want %v", text, got, want)
		}
	}
}
