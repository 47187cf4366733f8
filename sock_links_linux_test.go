package main

import (
	"net"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"sockeye/capture"
	"sockeye/internal/testkit"
	"sockeye/internal/testkit/packet"
	"sockeye/parse"
)

// TestLiveSuperFrames has the kernel send TCP in super-frames of segments that
// are shorter than the MTU, and holds the segments against the kernel's count.
func TestLiveSuperFrames(t *testing.T) {
	if !kernelAtLeast(6, 2) {
		testkit.KernelLacks(t, "a virtio_net_hdr for every super-frame (Linux 6.2)")
	}
	const bytes = 4 << 20
	a, b, ifA, ifB := testkit.Veth(t)
	headers := capture.Options{HeadersOnly: true} // else the rings would run full
	out, in := openTap(t, a, ifA, headers), openTap(t, b, ifB, headers)
	before := outSegs(t, a)
	sendTCP(t, a, b, 1000, bytes)
	for _, tap := range []*tap{out, in} {
		super, sum, payload, want := 0, 0, 0, 0
		tap.until(func(batch []captured) bool {
			for _, p := range batch {
				p.Decode()
				if !fromA(&p.Packet) {
					continue
				}
				sum += max(int(p.Segs), 1)
				payload += int(p.PayLen)
				if p.Segs > 1 {
					super++
				}
			}
			want = int(outSegs(t, a) - before) // the last acknowledgement may be on its way
			return payload >= bytes && sum == want
		})
		if super == 0 {
			t.Fatal("no super-frame came: nothing was tested")
		}
		if sum != want || payload < bytes { // more, when the kernel sent some again
			t.Errorf("got %d segments, %d bytes of payload, want the kernel's %d, and %d; counters %+v", sum, payload, want, bytes, tap.stats())
		}
	}
}

// fromA tells whether an IPv4 packet has AddrA4 as its source.
func fromA(p *parse.Packet) bool {
	src := p.Key.A()
	if p.Swapped {
		src = p.Key.B()
	}
	return src.Addr().String() == testkit.AddrA4
}

// sendTCP sends n bytes from a to b in segments of at most mss bytes.
func sendTCP(t *testing.T, a, b *testkit.Netns, mss, n int) {
	t.Helper()
	var l net.Listener
	b.Do(func() {
		var err error
		if l, err = net.Listen("tcp4", testkit.AddrB4+":9"); err != nil {
			t.Fatal(err)
		}
	})
	defer l.Close()
	done := make(chan error, 1)
	go func() {
		c, err := l.Accept()
		if err == nil {
			buf := make([]byte, 1<<16)
			for err == nil {
				_, err = c.Read(buf)
			}
			c.Close()
		}
		done <- err
	}()
	a.Do(func() {
		d := net.Dialer{Control: func(_, _ string, c syscall.RawConn) error {
			var err error
			c.Control(func(fd uintptr) { err = unix.SetsockoptInt(int(fd), unix.IPPROTO_TCP, unix.TCP_MAXSEG, mss) })
			return err
		}}
		c, err := d.Dial("tcp4", testkit.AddrB4+":9")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := c.Write(make([]byte, n)); err != nil {
			t.Fatal(err)
		}
		c.Close()
	})
	<-done
}

// outSegs returns how many TCP segments the namespace has sent, those that were
// sent again included.
func outSegs(t *testing.T, n *testkit.Netns) uint64 {
	t.Helper()
	var names []string
	for line := range strings.Lines(testkit.Run(t, n.Command("cat", "/proc/net/snmp")).Stdout) {
		f := strings.Fields(line)
		if f[0] != "Tcp:" {
			continue
		}
		if names == nil {
			names = f
			continue
		}
		sum := uint64(0)
		for i, name := range names {
			if name == "OutSegs" || name == "RetransSegs" {
				v, err := strconv.ParseUint(f[i], 10, 64)
				if err != nil {
					t.Fatal(err)
				}
				sum += v
			}
		}
		return sum
	}
	t.Fatal("no TCP in /proc/net/snmp")
	return 0
}

func TestLiveLoopbackOnce(t *testing.T) {
	for _, tt := range []struct {
		name, dev string
		options   capture.Options
	}{
		{"by name, eBPF", "lo", capture.Options{}},
		{"by name, classic", "lo", capture.Options{HeadersOnly: true}},
		{"any, eBPF", capture.AnyName, capture.Options{}},
		{"any, classic", capture.AnyName, capture.Options{HeadersOnly: true}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			n := testkit.NewNetns(t)
			tap := openTap(t, n, tt.dev, tt.options, queues(2))
			n.Do(func() {
				in, err := net.ListenPacket("udp4", "127.0.0.1:0")
				if err != nil {
					t.Fatal(err)
				}
				defer in.Close()
				for i := range 10 {
					if _, err := in.WriteTo(make([]byte, 100+i), in.LocalAddr()); err != nil {
						t.Fatal(err)
					}
				}
			})
			for i, p := range tap.read(10) {
				if p.Link != parse.LinkEthernet || p.Hint != parse.HintHost || p.Iface != 1 || int(p.WireLen) != 142+i {
					t.Errorf("packet %d: got link %v, hint %d, slot %d, %d bytes", i, p.Link, p.Hint, p.Iface, p.WireLen)
				}
			}
			if st := tap.stats(); st != (capture.Stats{Received: 10}) {
				t.Errorf("got %+v, want 10 received", st)
			}
		})
	}
}

func TestLiveAny(t *testing.T) {
	a, _, ifA, _ := testkit.Veth(t)
	a.Tun(t, "sk-tun", false)
	all := openTap(t, a, capture.AnyName, capture.Options{}, func(t *capture.Target) {
		t.Slot = func(ifindex int) (uint16, bool) { return uint16(ifindex), ifindex != 1 }
	})
	a.Do(func() { // not wanted, neither seen nor counted
		c, err := net.Dial("udp4", "127.0.0.1:9")
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		c.Write([]byte("unwanted")) // the port is closed, which a later write would tell
	})
	openSender(t, a, ifA).send(udpFrame(1, 10, false))
	p := all.read(1)[0]
	want := 0
	a.Do(func() { want = targetOf(t, ifA).Index })
	if int(p.Iface) != want || p.WireLen != 52 {
		t.Errorf("got slot %d, %d bytes, want %d, 52", p.Iface, p.WireLen, want)
	}
	if st := all.stats(); st != (capture.Stats{Received: 1}) {
		t.Errorf("got %+v, want 1 received", st)
	}
}

func TestLiveLayer3(t *testing.T) {
	n := testkit.NewNetns(t)
	tun := n.Tun(t, "sk-tun", false)
	tap := openTap(t, n, "sk-tun", capture.Options{})
	want := packet.Build(packet.IPv4{}, packet.UDP{Src: 1, Dst: 9}, packet.Zeros(50))
	if _, err := tun.Write(want); err != nil {
		t.Fatal(err)
	}
	for _, p := range tap.read(1) {
		if p.Link != parse.LinkCooked || p.Proto2 != unix.ETH_P_IP || string(p.Data) != string(want) || int(p.WireLen) != len(want) {
			t.Errorf("got link %v, protocol %#x, %d bytes: % x, want % x", p.Link, p.Proto2, p.WireLen, p.Data, want)
		}
	}
}
