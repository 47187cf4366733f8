package parse

import (
	"testing"

	"sockeye/internal/testkit"
	"sockeye/internal/testkit/packet"
)

// shapes are the frames of the benchmarks and of the allocation test.
var shapes = []struct {
	name  string
	decap bool
	frame []byte
}{
	{"TCP4", false, packet.Build(packet.Ethernet{}, packet.IPv4{}, packet.TCP{Src: 443, Dst: 50000, Flags: packet.ACK}, packet.Zeros(512))},
	{"TCP4Options", false, packet.Build(packet.Ethernet{}, packet.IPv4{Options: []byte{1, 1, 1, 0}}, packet.TCP{Src: 443, Dst: 50000, Options: make([]byte, 12)}, packet.Zeros(512))},
	{"UDP4", false, packet.Build(packet.Ethernet{}, packet.IPv4{}, packet.UDP{Src: 443, Dst: 50000}, packet.Zeros(512))},
	{"TCP6", false, packet.Build(packet.Ethernet{}, packet.IPv6{}, packet.TCP{Src: 443, Dst: 50000}, packet.Zeros(512))},
	{"VLANTCP4", false, packet.Build(packet.Ethernet{}, packet.VLAN{ID: 5}, packet.IPv4{}, packet.TCP{Src: 443, Dst: 50000}, packet.Zeros(512))},
	{"VLANIPv6ExtTCP", false, packet.Build(packet.Ethernet{}, packet.VLAN{ID: 5}, packet.IPv6{}, packet.HopByHop{}, packet.Options{}, packet.TCP{Src: 443, Dst: 50000}, packet.Zeros(512))},
	{"QinQPPPoETCP4", false, packet.Build(packet.Ethernet{}, packet.VLAN{ID: 5, TPID: 0x88a8}, packet.VLAN{ID: 6}, packet.PPPoE{}, packet.IPv4{}, packet.TCP{Src: 443, Dst: 50000}, packet.Zeros(512))},
	{"MPLSTCP4", false, packet.Build(packet.Ethernet{}, packet.MPLS{Label: 16}, packet.MPLS{Label: 17}, packet.IPv4{}, packet.TCP{Src: 443, Dst: 50000}, packet.Zeros(512))},
	{"Fragment4", false, packet.Build(packet.Ethernet{}, packet.IPv4{FragOffset: 1480, Proto: 17}, packet.Zeros(512))},
	{"ICMP4", false, packet.Build(packet.Ethernet{}, packet.IPv4{}, packet.ICMP{Type: 8, ID: 7}, packet.Zeros(56))},
	{"ARP", false, packet.Build(packet.Ethernet{Pad: true}, packet.ARP{})},
	{"LLDP", false, packet.Build(packet.Ethernet{Type: 0x88cc}, packet.Zeros(64))},
	{"VXLANOuter", false, vxlanTCP},
	{"VXLANInner", true, vxlanTCP},
}

var vxlanTCP = packet.Build(packet.Ethernet{}, packet.IPv4{}, packet.UDP{Src: 50001, Dst: 4789}, packet.VXLAN{VNI: 7},
	packet.Ethernet{}, packet.IPv4{}, packet.TCP{Src: 443, Dst: 50000}, packet.Zeros(512))

func BenchmarkDecode(b *testing.B) {
	for _, s := range shapes {
		b.Run(s.name, func(b *testing.B) {
			p := Packet{Data: s.frame, WireLen: uint32(len(s.frame)), Link: LinkEthernet, Decap: s.decap}
			b.ReportAllocs()
			b.SetBytes(int64(len(s.frame)))
			for b.Loop() {
				p.Decode()
			}
		})
	}
}

func TestDecodeAllocs(t *testing.T) {
	for _, s := range shapes {
		p := Packet{Data: s.frame, WireLen: uint32(len(s.frame)), Link: LinkEthernet, Decap: s.decap}
		testkit.ZeroAllocs(t, s.name, p.Decode)
	}
}
