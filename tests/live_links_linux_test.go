package tests

import (
	"encoding/json"
	"os"
	"testing"
	"time"

	"sockeye/export"
	"sockeye/internal/testkit"
	"sockeye/internal/testkit/packet"
)

// TestLiveTun counts on interfaces whose other side is a program: TUN, which
// has no link header, and TAP.
func TestLiveTun(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		kind, link string
		tap        bool
	}{
		{"tun", "RAW", false},
		{"tap", "ETHERNET", true},
	} {
		t.Run(tt.kind, func(t *testing.T) {
			t.Parallel()
			const dev = "sk-tun"
			ns := testkit.NewNetns(t)
			file := ns.Tun(t, dev, tt.tap)
			ns.IP(t, "addr", "add", testkit.AddrA4+"/24", "dev", dev)
			ns.IP(t, "-6", "addr", "add", testkit.AddrA6+"/64", "dev", dev, "nodad")
			listenAt(t, ns, "["+testkit.AddrA6+"]:4000") // so that nothing is answered
			listenAt(t, ns, testkit.AddrA4+":4000")
			checkListed(t, ns, dev, tt.kind, tt.link)
			w := live(t, ns, "-i", dev)
			header := uint64(0)
			if tt.tap {
				header = etherHeader
			}
			r := driveTun(t, ns, file, w, tt.tap)
			checkLossless(t, r)
			if in := interfaceOf(t, r, dev); in.Kind != tt.kind || in.LinkType != tt.link {
				t.Errorf("got kind %s, link type %s want %s, %s", in.Kind, in.LinkType, tt.kind, tt.link)
			}
			for _, v6 := range []bool{false, true} {
				in, out := udpOf(v6, 100), udpOf(v6, 200)
				in.Bytes += header - etherHeader
				out.Bytes += header - etherHeader
				source, destination := testkit.AddrA4+":4000", testkit.AddrB4+":5000"
				if v6 {
					source, destination = "["+testkit.AddrA6+"]:4000", "["+testkit.AddrB6+"]:5000"
				}
				f := flowOf(t, r, "udp", source, destination)
				checkFlow(t, f, times(20, out), times(30, in))
				if f.Direction != "incoming" {
					t.Errorf("got direction %s want incoming", f.Direction)
				}
			}
		})
	}
}

// driveTun sends packets in and out over a TUN or TAP interface, v4 and v6.
func driveTun(t *testing.T, ns *testkit.Netns, file *os.File, w *watch, tap bool) *export.Record {
	t.Helper()
	out := ns.Injector(t, "sk-tun")
	send := out.SendIP
	if tap {
		send = out.Send
	}
	for _, v6 := range []bool{false, true} {
		for i, n := range []int{30, 20} {
			var layers []packet.Layer
			if tap {
				layers = append(layers, packet.Ethernet{Dst: packet.MAC{0x02, 9}})
			}
			addrs := [2]string{testkit.AddrB4, testkit.AddrA4}
			if v6 {
				addrs = [2]string{testkit.AddrB6, testkit.AddrA6}
			}
			from, to := packet.IP(addrs[i]), packet.IP(addrs[1-i])
			if v6 {
				layers = append(layers, packet.IPv6{Src: from, Dst: to})
			} else {
				layers = append(layers, packet.IPv4{Src: from, Dst: to})
			}
			ports := [2]uint16{5000, 4000}
			frame := packet.Build(append(layers, packet.UDP{Src: ports[i], Dst: ports[1-i]}, packet.Zeros(100*(i+1)))...)
			if i == 1 {
				send(t, frames(n, frame)...)
				continue
			}
			for range n {
				if _, err := file.Write(frame); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
	return w.end(2 * (30 + 20))
}

// checkListed checks what `sockeye interfaces` says of an interface.
func checkListed(t *testing.T, ns *testkit.Netns, dev, kind, link string) {
	t.Helper()
	out := testkit.Run(t, ns.Command(testkit.Binary(t), "interfaces", "--json")).Stdout
	var all []struct {
		Name string `json:"name"`
		Kind string `json:"kind"`
		Link string `json:"link_type"`
	}
	if err := json.Unmarshal([]byte(out), &all); err != nil {
		t.Fatal(err)
	}
	for _, i := range all {
		if i.Name == dev {
			if i.Kind != kind || i.Link != link {
				t.Errorf("sockeye interfaces: got kind %s, link type %s of %s want %s, %s", i.Kind, i.Link, dev, kind, link)
			}
			return
		}
	}
	t.Errorf("sockeye interfaces does not list %s: %s", dev, out)
}

// TestLiveLinks counts on virtual interfaces of other kinds: IP packets on those
// without a link header, frames on the others. What is sent is seen before the
// interface passes it on, or finds that it has no peer.
func TestLiveLinks(t *testing.T) {
	t.Parallel()
	tunnel := []string{"local", testkit.AddrA4, "remote", testkit.AddrB4}
	tunnel6 := []string{"local", testkit.AddrA6, "remote", testkit.AddrB6}
	for _, tt := range []struct {
		kind, link string
		args       []string
	}{
		{"wireguard", "RAW", nil},
		{"ipip", "RAW", tunnel},
		{"sit", "RAW", tunnel},
		{"gre", "COOKED", tunnel},
		{"ip6tnl", "RAW", tunnel6},
		{"ip6gre", "COOKED", tunnel6},
		{"gretap", "ETHERNET", tunnel},
		{"vxlan", "ETHERNET", append([]string{"id", "7", "dstport", "4789"}, tunnel...)},
		{"dummy", "ETHERNET", nil},
	} {
		t.Run(tt.kind, func(t *testing.T) {
			t.Parallel()
			const dev = "sk-link"
			a, _, _, _ := testkit.Veth(t)
			a.Link(t, dev, append([]string{"type", tt.kind}, tt.args...)...)
			checkListed(t, a, dev, tt.kind, tt.link)
			w := live(t, a, "-i", dev)
			var link []packet.Layer
			if tt.link == "ETHERNET" {
				link = append(link, packet.Ethernet{})
			}
			v4 := packet.Build(append(link, packet.IPv4{}, packet.UDP{Src: 4000, Dst: 5000}, packet.Zeros(100))...)
			v6 := packet.Build(append(link, packet.IPv6{}, packet.UDP{Src: 4000, Dst: 5000}, packet.Zeros(100))...)
			inject := a.Injector(t, dev)
			send := inject.SendIP
			if tt.link == "ETHERNET" {
				send = inject.Send
			}
			send(t, frames(30, v4)...)
			send(t, frames(20, v6)...)
			r := w.end(50)
			in := interfaceOf(t, r, dev)
			if in.Kind != tt.kind || in.LinkType != tt.link {
				t.Errorf("got kind %s, link type %s want %s, %s", in.Kind, in.LinkType, tt.kind, tt.link)
			}
			want := export.Volume{Packets: 50, Bytes: uint64(30*len(v4) + 20*len(v6)), IP: 30*128 + 20*148, Payload: 50 * 100}
			if in.Volume != want || in.PacketsSent != 50 {
				t.Errorf("got %+v, %d packets sent want %+v, all sent", in.Volume, in.PacketsSent, want)
			}
			flowOf(t, r, "udp", "192.0.2.1:4000", "192.0.2.2:5000")
			flowOf(t, r, "udp", "[2001:db8::1]:4000", "[2001:db8::2]:5000")
		})
	}
}

// TestLiveAnyAcrossLinks captures interfaces with and without a link header
// through one socket.
func TestLiveAnyAcrossLinks(t *testing.T) {
	t.Parallel()
	a, b, ifA, _ := testkit.Veth(t)
	tun := a.Tun(t, "sk-tun", false)
	a.IP(t, "addr", "add", "10.79.0.1/24", "dev", "sk-tun")
	listenAt(t, a, "10.79.0.1:5000") // so that nothing is answered
	w := live(t, a, "-i", "any")
	k := vethTalk(t, a, b, true)
	k.send(30, 100)
	w.awaitPackets(30)
	frame := packet.Build(packet.IPv4{Src: packet.IP("10.79.0.2"), Dst: packet.IP("10.79.0.1")},
		packet.UDP{Src: 4000, Dst: 5000}, packet.Zeros(100))
	if err := tun.SetWriteDeadline(time.Now().Add(patience)); err != nil {
		t.Fatal(err)
	}
	out := a.Injector(t, "sk-tun")
	back := packet.Build(packet.IPv4{Src: packet.IP("10.79.0.1"), Dst: packet.IP("10.79.0.2")},
		packet.UDP{Src: 5000, Dst: 4000}, packet.Zeros(100))
	for range 20 {
		out.SendIP(t, back)
		if _, err := tun.Write(frame); err != nil {
			t.Fatal(err)
		}
	}
	r := w.end(30 + 40)
	onTun := udp4(100)
	onTun.Bytes -= etherHeader
	checkInterface(t, r, "sk-tun", times(20, onTun), times(20, onTun))
	checkInterface(t, r, ifA, times(30, udp6(100)), export.Volume{})
	f := flowOf(t, r, "udp", "10.79.0.1:5000", "10.79.0.2:4000")
	checkFlow(t, f, times(20, onTun), times(20, onTun))
	if f.Interface != "sk-tun" {
		t.Errorf("got interface %s want sk-tun", f.Interface)
	}
	if got := interfaceOf(t, r, "any").Kernel.Delivered; got != 70 {
		t.Errorf("got %d frames delivered through any want 70", got)
	}
}
