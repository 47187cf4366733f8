package tests

import (
	"net"
	"strconv"
	"strings"
	"testing"

	"sockeye/export"
	"sockeye/internal/testkit"
	"sockeye/internal/testkit/packet"
)

// Addresses inside the tunnels.
const inner4A, inner4B, inner6A, inner6B = "10.80.0.1", "10.80.0.2", "fd00:80::1", "fd00:80::2"

// tunnels wrap an inner packet of that family into what goes over the wire from
// one end to the other. Proto and ports are those of the outer flow.
var tunnels = []struct {
	name, proto, port string
	v6                bool // inside
	wrap              func(from, to string) []packet.Layer
}{
	{"GRE", "gre", "", false, func(from, to string) []packet.Layer {
		return []packet.Layer{outer4(from, to), packet.GRE{}}
	}},
	{"GRE with key and checksum", "gre", "", true, func(from, to string) []packet.Layer {
		key := uint32(7)
		return []packet.Layer{outer4(from, to), packet.GRE{Key: &key, Checksum: true}}
	}},
	{"Ethernet in GRE", "gre", "", false, func(from, to string) []packet.Layer {
		return []packet.Layer{outer4(from, to), packet.GRE{}, packet.Ethernet{}}
	}},
	{"IPv4 in IPv4", "ipip", "", false, func(from, to string) []packet.Layer {
		return []packet.Layer{outer4(from, to)}
	}},
	{"IPv6 in IPv4", "ipv6", "", true, func(from, to string) []packet.Layer {
		return []packet.Layer{outer4(from, to)}
	}},
	{"VXLAN", "udp", ":4789", false, func(from, to string) []packet.Layer {
		return []packet.Layer{outer4(from, to), packet.UDP{Src: 4789, Dst: 4789}, packet.VXLAN{VNI: 7}, packet.Ethernet{}}
	}},
	{"Geneve", "udp", ":6081", true, func(from, to string) []packet.Layer {
		return []packet.Layer{outer4(from, to), packet.UDP{Src: 6081, Dst: 6081}, packet.Geneve{VNI: 7}, packet.Ethernet{}}
	}},
	{"GTP-U", "udp", ":2152", false, func(from, to string) []packet.Layer {
		return []packet.Layer{outer4(from, to), packet.UDP{Src: 2152, Dst: 2152}, packet.GTPU{TEID: 7}}
	}},
}

func outer4(from, to string) packet.IPv4 {
	return packet.IPv4{Src: packet.IP(from), Dst: packet.IP(to)}
}

// insideOf returns the addresses inside a tunnel, a's first.
func insideOf(v6 bool) (a, b string) {
	if v6 {
		return inner6A, inner6B
	}
	return inner4A, inner4B
}

// tunnelFrame builds a datagram inside the tunnel that outer makes. The frame is
// for a machine that is not there, so that nobody answers.
func tunnelFrame(outer []packet.Layer, from, to string, sport, dport uint16, size int) []byte {
	layers := append([]packet.Layer{packet.Ethernet{}}, outer...)
	if src, dst := packet.IP(from), packet.IP(to); src.Is6() {
		layers = append(layers, packet.IPv6{Src: src, Dst: dst})
	} else {
		layers = append(layers, packet.IPv4{Src: src, Dst: dst})
	}
	return packet.Build(append(layers, packet.UDP{Src: sport, Dst: dport}, packet.Zeros(size))...)
}

// TestLiveTunnels: a tunnel is one flow, and with --decap the flows inside. The
// kernel spreads them over the queues as it likes.
func TestLiveTunnels(t *testing.T) {
	t.Parallel()
	for _, tt := range tunnels {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			a, b, ifA, ifB := testkit.Veth(t)
			whole := live(t, a, "-i", ifA, "--queues", "4")
			inside := live(t, a, "-i", ifA, "--queues", "4", "--decap")
			const flows, sent, received, small, large = 16, 4, 3, 10, 900
			innerA, innerB := insideOf(tt.v6)
			out, in := a.Injector(t, ifA), b.Injector(t, ifB)
			var frameOut, frameIn []byte
			for i := range sent {
				for port := range uint16(flows) {
					frameOut = tunnelFrame(tt.wrap(testkit.AddrA4, testkit.AddrB4), innerA, innerB, 4000+port, 53, small)
					frameIn = tunnelFrame(tt.wrap(testkit.AddrB4, testkit.AddrA4), innerB, innerA, 53, 4000+port, large)
					out.Send(t, frameOut)
					if i < received {
						in.Send(t, frameIn)
					}
				}
			}
			wantSent, wantReceived := udpOf(tt.v6, small), udpOf(tt.v6, large)
			wantSent.Bytes, wantReceived.Bytes = uint64(len(frameOut)), uint64(len(frameIn))

			r := inside.end(flows * (sent + received))
			checkLossless(t, r)
			for port := range uint16(flows) {
				f := flowOf(t, r, "udp", endText(innerA, 4000+port), endText(innerB, 53))
				checkFlow(t, f, times(sent, wantSent), times(received, wantReceived))
			}
			if len(r.Flows) != flows {
				t.Errorf("got %d flows inside want %d: %s", len(r.Flows), flows, outline(r))
			}

			r = whole.end(flows * (sent + received))
			checkLossless(t, r)
			f := flowOf(t, r, tt.proto, testkit.AddrA4+tt.port, testkit.AddrB4+tt.port)
			checkOuter(t, f, times(flows*sent, wantSent), times(flows*received, wantReceived))
			if len(r.Flows) != 1 {
				t.Errorf("got %d flows want the tunnel: %s", len(r.Flows), outline(r))
			}
		})
	}
}

// checkOuter checks the packets and bytes of a tunnel by those inside.
func checkOuter(t *testing.T, f *export.Flow, sent, received export.Volume) {
	t.Helper()
	got := [4]uint64{f.PacketsSent, f.BytesSent, f.PacketsReceived, f.BytesReceived}
	want := [4]uint64{sent.Packets, sent.Bytes, received.Packets, received.Bytes}
	if got != want {
		t.Errorf("tunnel %s to %s: packets and bytes sent and received: got %v want %v", f.Source, f.Dest, got, want)
	}
	if ip := f.IPSent + f.IPReceived; ip != f.Bytes-etherHeader*f.Packets {
		t.Errorf("tunnel %s to %s: got %d bytes by the IP header want %d", f.Source, f.Dest, ip, f.Bytes-etherHeader*f.Packets)
	}
}

// endText is an end of a flow as records show it.
func endText(addr string, port uint16) string {
	return net.JoinHostPort(addr, strconv.Itoa(int(port)))
}

// TestLiveTunnelDevices sends through the kernel's own tunnels.
func TestLiveTunnelDevices(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		kind     string
		args     []string
		v6       bool // inside
		overhead int  // bytes around the inner IP packet, behind the Ethernet header
		proto    string
	}{
		{"gre", nil, false, ip4Header + 4, "gre"},
		{"ipip", nil, false, ip4Header, "ipip"},
		{"sit", nil, true, ip4Header, "ipv6"},
		{"vxlan", []string{"id", "7", "dstport", "4789", "srcport", "4789", "4790"}, false, ip4Header + udpHeader + 8 + etherHeader, "udp"},
	} {
		t.Run(tt.kind, func(t *testing.T) {
			t.Parallel()
			a, b, ifA, _ := testkit.Veth(t)
			innerA, innerB := insideOf(tt.v6)
			tunnelEnd(t, a, tt.kind, tt.args, testkit.AddrA4, testkit.AddrB4, innerA, innerB)
			tunnelEnd(t, b, tt.kind, tt.args, testkit.AddrB4, testkit.AddrA4, innerB, innerA)
			whole := live(t, a, "-i", ifA)
			inside := live(t, a, "-i", ifA, "--decap")
			device := live(t, a, "-i", tunnelDev)
			k := newTalk(t, a, b, innerA, innerB)
			k.send(30, 100)
			k.reply(20, 200)
			sent, received := udpOf(tt.v6, 100), udpOf(tt.v6, 200)
			sent.Bytes += uint64(tt.overhead)
			received.Bytes += uint64(tt.overhead)
			endA, endB := k.ends()
			checkFlow(t, flowOf(t, inside.end(50), "udp", endA, endB), times(30, sent), times(20, received))
			r := device.end(50)
			if f := flowOf(t, r, "udp", endA, endB); f.PayloadSent != 3000 || f.PayloadReceived != 4000 {
				t.Errorf("on the device: got %d and %d bytes of payload want 3000 and 4000", f.PayloadSent, f.PayloadReceived)
			}
			r = whole.end(50)
			port := ""
			if tt.proto == "udp" {
				port = ":4789"
			}
			checkOuter(t, flowOf(t, r, tt.proto, testkit.AddrA4+port, testkit.AddrB4+port), times(30, sent), times(20, received))
			if len(r.Flows) != 1 {
				t.Errorf("got %d flows want the tunnel: %s", len(r.Flows), outline(r))
			}
		})
	}
}

const tunnelDev = "sk-tunnel"

// tunnelEnd makes one end of a tunnel.
func tunnelEnd(t *testing.T, ns *testkit.Netns, kind string, args []string, own, peer, innerOwn, innerPeer string) {
	t.Helper()
	args = append([]string{"type", kind, "local", own, "remote", peer}, args...)
	ns.Link(t, tunnelDev, args...)
	bits := "/30"
	if strings.Contains(innerOwn, ":") {
		bits = "/126"
		args = []string{"nodad"}
	} else {
		args = nil
	}
	ns.IP(t, append([]string{"addr", "add", innerOwn + bits, "dev", tunnelDev}, args...)...)
	if kind == "vxlan" { // the only one with link addresses: take those of the ends outside
		macs := map[string]string{testkit.AddrA4: testkit.MACA, testkit.AddrB4: testkit.MACB}
		ns.IP(t, "link", "set", tunnelDev, "address", macs[own])
		ns.IP(t, "neigh", "replace", innerPeer, "lladdr", macs[peer], "dev", tunnelDev, "nud", "permanent")
	}
}
