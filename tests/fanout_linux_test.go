package tests

import (
	"encoding/binary"
	"errors"
	"maps"
	"net"
	"net/netip"
	"slices"
	"syscall"
	"testing"
	"time"

	"sockeye/internal/testkit"
	"sockeye/internal/testkit/packet"
	"sockeye/parse"
)

// Constants of linux/if_packet.h that package syscall lacks.
const (
	packetFanout     = 18
	packetFanoutHash = 0
)

// flowShapes build a packet of the flow between two addresses and ports, from
// src to dst, in every guise for which parse.Stray says something.
var flowShapes = []struct {
	name  string
	build func(src, dst netip.Addr, sport, dport uint16) []byte
}{
	{"plain", func(src, dst netip.Addr, sport, dport uint16) []byte {
		return flowFrame(nil, src, dst, packet.UDP{Src: sport, Dst: dport})
	}},
	{"802.1Q", func(src, dst netip.Addr, sport, dport uint16) []byte {
		return flowFrame([]packet.Layer{packet.VLAN{ID: 5}}, src, dst, packet.UDP{Src: sport, Dst: dport})
	}},
	{"802.1ad and 802.1Q", func(src, dst netip.Addr, sport, dport uint16) []byte {
		return flowFrame([]packet.Layer{packet.VLAN{ID: 5, TPID: 0x88a8}, packet.VLAN{ID: 6}}, src, dst, packet.UDP{Src: sport, Dst: dport})
	}},
	{"9100", func(src, dst netip.Addr, sport, dport uint16) []byte {
		return flowFrame([]packet.Layer{packet.VLAN{ID: 5, TPID: 0x9100}}, src, dst, packet.UDP{Src: sport, Dst: dport})
	}},
	{"PPPoE", func(src, dst netip.Addr, sport, dport uint16) []byte {
		return flowFrame([]packet.Layer{packet.PPPoE{}}, src, dst, packet.UDP{Src: sport, Dst: dport})
	}},
	{"MPLS", func(src, dst netip.Addr, sport, dport uint16) []byte {
		return flowFrame([]packet.Layer{packet.MPLS{Label: 16}}, src, dst, packet.UDP{Src: sport, Dst: dport})
	}},
	{"fragment header", func(src, dst netip.Addr, sport, dport uint16) []byte {
		if src.Is4() {
			return packet.Build(packet.Ethernet{}, packet.IPv4{Src: src, Dst: dst, More: true}, packet.UDP{Src: sport, Dst: dport}, packet.Zeros(8))
		}
		return flowFrame(nil, src, dst, packet.Fragment{}, packet.UDP{Src: sport, Dst: dport})
	}},
	{"options", func(src, dst netip.Addr, sport, dport uint16) []byte {
		if src.Is4() {
			return packet.Build(packet.Ethernet{}, packet.IPv4{Src: src, Dst: dst, Options: []byte{1, 1, 1, 0}}, packet.UDP{Src: sport, Dst: dport})
		}
		return flowFrame(nil, src, dst, packet.HopByHop{}, packet.Options{}, packet.UDP{Src: sport, Dst: dport})
	}},
	{"authentication header", func(src, dst netip.Addr, sport, dport uint16) []byte {
		return flowFrame(nil, src, dst, packet.AH{SPI: uint32(sport)}, packet.UDP{Src: sport, Dst: dport})
	}},
	{"flow label", func(src, dst netip.Addr, sport, dport uint16) []byte {
		if src.Is4() {
			return flowFrame(nil, src, dst, packet.UDP{Src: sport, Dst: dport})
		}
		return packet.Build(packet.Ethernet{}, packet.IPv6{Src: src, Dst: dst, FlowLabel: uint32(sport)}, packet.UDP{Src: sport, Dst: dport})
	}},
	{"ESP", func(src, dst netip.Addr, sport, dport uint16) []byte {
		return flowFrame(nil, src, dst, packet.Proto{Number: 50, Data: binary.BigEndian.AppendUint32(nil, uint32(sport)*70001)}, packet.Zeros(16))
	}},
	{"GRE", func(src, dst netip.Addr, sport, dport uint16) []byte {
		return flowFrame(nil, src, dst, packet.GRE{}, packet.IPv4{}, packet.UDP{Src: sport, Dst: dport})
	}},
	{"IP in IP", func(src, dst netip.Addr, sport, dport uint16) []byte {
		return flowFrame(nil, src, dst, packet.IPv4{}, packet.UDP{Src: sport, Dst: dport})
	}},
	{"VXLAN", func(src, dst netip.Addr, sport, _ uint16) []byte {
		return flowFrame(nil, src, dst, packet.UDP{Src: 5000, Dst: 4789}, packet.VXLAN{}, packet.Ethernet{}, packet.IPv4{}, packet.UDP{Src: sport})
	}},
	{"echo", func(src, dst netip.Addr, sport, dport uint16) []byte {
		if src.Is4() {
			return flowFrame(nil, src, dst, packet.ICMP{Type: 8, ID: sport ^ dport})
		}
		return flowFrame(nil, src, dst, packet.ICMPv6{Type: 128, ID: sport ^ dport})
	}},
	{"SCTP", func(src, dst netip.Addr, sport, dport uint16) []byte {
		return flowFrame(nil, src, dst, packet.SCTP{Src: sport, Dst: dport, Tag: uint32(sport)})
	}},
	{"ARP", func(src, dst netip.Addr, _, _ uint16) []byte {
		if !src.Is4() {
			return packet.Build(packet.Ethernet{}, packet.ARP{})
		}
		return packet.Build(packet.Ethernet{}, packet.ARP{Src: src, Dst: dst})
	}},
}

// flowFrame is an Ethernet frame with tags around an IP header around inner.
func flowFrame(tags []packet.Layer, src, dst netip.Addr, inner ...packet.Layer) []byte {
	layers := append([]packet.Layer{packet.Ethernet{}}, tags...)
	if src.Is4() {
		layers = append(layers, packet.IPv4{Src: src, Dst: dst})
	} else {
		layers = append(layers, packet.IPv6{Src: src, Dst: dst})
	}
	return packet.Build(append(layers, inner...)...)
}

// TestStray sends packets of many flows through the kernel's fanout hash:
// those that are not Stray must come to one queue with all others of their
// key, whatever is around them and whichever way they go.
func TestStray(t *testing.T) {
	testkit.NetAdmin(t)
	ns := testkit.NewNetns(t)
	ns.IP(t, "link", "add", "sk0", "type", "veth", "peer", "name", "sk1")
	ns.IP(t, "link", "set", "sk0", "up")
	ns.IP(t, "link", "set", "sk1", "up")
	var f *fanout
	ns.Do(func() { f = newFanout(t, "sk0", "sk1", 32) })

	type home struct {
		queue int
		shape string
	}
	homes := map[parse.Key]home{}
	strayed := map[string]bool{}
	send := func(shape string, frame []byte) {
		p := parse.Packet{Data: frame, WireLen: uint32(len(frame)), Link: parse.LinkEthernet}
		p.Decode()
		queue := f.queueOf(t, frame)
		h, known := homes[p.Key]
		switch {
		case !known && p.Status&parse.Stray == 0:
			homes[p.Key] = home{queue, shape}
		case known && queue != h.queue && p.Status&parse.Stray == 0:
			t.Errorf("%s: came to queue %d, %s of the same key to %d, and is not stray", shape, queue, h.shape, h.queue)
		case known && queue != h.queue:
			strayed[shape] = true
		}
	}
	for _, ends := range [][2]string{{"192.0.2.1", "192.0.2.2"}, {"2001:db8::1", "2001:db8::2"}} {
		a, b := netip.MustParseAddr(ends[0]), netip.MustParseAddr(ends[1])
		for port := uint16(1000); port < 1016; port++ {
			for _, s := range flowShapes {
				send(s.name, s.build(a, b, port, 7))
				send(s.name, s.build(b, a, 7, port))
			}
		}
	}
	t.Logf("left the queue of their key: %v", slices.Sorted(maps.Keys(strayed)))
	for _, want := range []string{"fragment header", "authentication header"} {
		if !strayed[want] {
			t.Errorf("%s: never left the queue of its key: the test proves nothing", want)
		}
	}
}

// A fanout sends frames into one end of a veth pair and tells in which of the
// queues at the other end they come out.
type fanout struct {
	out    int
	queues []int
}

func newFanout(t *testing.T, from, to string, n int) *fanout {
	t.Helper()
	f := &fanout{out: packetSocket(t, from, 0)}
	for range n {
		fd := packetSocket(t, to, syscall.ETH_P_ALL)
		const group = 0x5350
		if err := syscall.SetsockoptInt(fd, syscall.SOL_PACKET, packetFanout, group|packetFanoutHash<<16); err != nil {
			t.Fatalf("join fanout group: %v", err)
		}
		f.queues = append(f.queues, fd)
	}
	// Until the kernel has brought the link up it drops without a word.
	probe := packet.Build(packet.Ethernet{Type: 0x88b5}, packet.Bytes("is the link up?"))
	for deadline := time.Now().Add(5 * time.Second); ; {
		if f.send(t, probe); f.receive(t, probe, 20*time.Millisecond) >= 0 {
			return f
		}
		if time.Now().After(deadline) {
			t.Fatalf("no frame came from %s to %s within 5 s", from, to)
		}
	}
}

// packetSocket opens a packet socket on an interface, for a protocol or, with
// 0, only to send.
func packetSocket(t *testing.T, name string, proto uint16) int {
	t.Helper()
	i, err := net.InterfaceByName(name)
	if err != nil {
		t.Fatal(err)
	}
	fd, err := syscall.Socket(syscall.AF_PACKET, syscall.SOCK_RAW|syscall.SOCK_CLOEXEC|syscall.SOCK_NONBLOCK, 0)
	if err != nil {
		t.Fatalf("open packet socket: %v", err)
	}
	t.Cleanup(func() { syscall.Close(fd) })
	proto = proto<<8 | proto>>8 // network byte order
	if err := syscall.Bind(fd, &syscall.SockaddrLinklayer{Protocol: proto, Ifindex: i.Index}); err != nil {
		t.Fatalf("bind packet socket to %s: %v", name, err)
	}
	return fd
}

// queueOf sends a frame and returns the queue that it comes to.
func (f *fanout) queueOf(t *testing.T, frame []byte) int {
	t.Helper()
	f.send(t, frame)
	queue := f.receive(t, frame, 5*time.Second)
	if queue < 0 {
		t.Fatalf("frame %x did not come out within 5 s", frame)
	}
	return queue
}

func (f *fanout) send(t *testing.T, frame []byte) {
	t.Helper()
	if _, err := syscall.Write(f.out, frame); err != nil {
		t.Fatalf("send frame: %v", err)
	}
}

// receive reads from all queues until the frame comes, and returns the number
// of its queue, or -1 after the wait.
func (f *fanout) receive(t *testing.T, frame []byte, wait time.Duration) int {
	t.Helper()
	// Tags are taken off on the way in, so the tail tells the frame.
	tail := string(frame[len(frame)-8:])
	var buf [2048]byte
	for deadline := time.Now().Add(wait); time.Now().Before(deadline); {
		for i, fd := range f.queues {
			n, err := syscall.Read(fd, buf[:])
			if errors.Is(err, syscall.EAGAIN) {
				continue
			}
			if err != nil {
				t.Fatalf("receive frame: %v", err)
			}
			if n >= 8 && string(buf[n-8:n]) == tail {
				return i
			}
		}
	}
	return -1
}
