package ebpf

import (
	"errors"
	"io/fs"
	"runtime"
	"testing"

	"golang.org/x/sys/unix"

	"sockeye/internal/testkit"
	"sockeye/internal/testkit/packet"
)

const (
	testSnap    = 4000
	testHeaders = 128
)

// newTestCutter loads a cutter with an empty flow map.
func newTestCutter(tb testing.TB) *Cutter {
	tb.Helper()
	c, err := NewCutter(CutOptions{Snaplen: testSnap, Headers: testHeaders})
	switch {
	case errors.Is(err, fs.ErrPermission):
		testkit.Root(tb)
		testkit.Skip(tb, "root without CAP_BPF: "+err.Error())
	case err != nil:
		tb.Fatal(err)
	}
	tb.Cleanup(func() { c.Close() })
	return c
}

// keeps returns how many bytes of frame the cutter passes.
func (c *Cutter) keeps(tb testing.TB, frame []byte) uint32 {
	tb.Helper()
	n, _, err := c.objects.Cut.Test(frame)
	if err != nil {
		tb.Fatal(err)
	}
	return n
}

// A flow makes frames of one conversation, with a payload of n bytes.
type flow func(n int, flags uint8, back bool) []byte

func tcp4(port uint16) flow {
	return func(n int, flags uint8, back bool) []byte {
		ip, t := packet.IPv4{Src: packet.IP("10.0.0.1"), Dst: packet.IP("10.0.0.2")}, packet.TCP{Src: port, Dst: 443, Flags: flags}
		if back {
			ip.Src, ip.Dst, t.Src, t.Dst = ip.Dst, ip.Src, t.Dst, t.Src
		}
		return packet.Build(packet.Ethernet{}, ip, t, packet.Zeros(n))
	}
}

func udp6(port uint16) flow {
	return func(n int, _ uint8, back bool) []byte {
		ip, u := packet.IPv6{Src: packet.IP("fd00::1"), Dst: packet.IP("fd00::2")}, packet.UDP{Src: port, Dst: 443}
		if back {
			ip.Src, ip.Dst, u.Src, u.Dst = ip.Dst, ip.Src, u.Dst, u.Src
		}
		return packet.Build(packet.Ethernet{}, ip, u, packet.Zeros(n))
	}
}

func TestCutterPassesTheFirstPackets(t *testing.T) {
	for _, tt := range []struct {
		name string
		flow flow
	}{{"TCP over IPv4", tcp4(40000)}, {"UDP over IPv6", udp6(40000)}} {
		t.Run(tt.name, func(t *testing.T) {
			c := newTestCutter(t)
			for _, back := range []bool{false, true} {
				for i := range 20 {
					if got := c.keeps(t, tt.flow(100, packet.ACK, back)); got != testSnap {
						t.Fatalf("small packet %d, back %v: got %d bytes, want all", i, back, got)
					}
				}
				for i := range 20 {
					want := uint32(testSnap)
					if i >= 16 {
						want = testHeaders
					}
					if got := c.keeps(t, tt.flow(1000, packet.ACK, back)); got != want {
						t.Fatalf("large packet %d, back %v: got %d bytes, want %d", i, back, got, want)
					}
				}
				if got := c.keeps(t, tt.flow(100, packet.ACK, back)); got != testSnap {
					t.Errorf("small packet of a known flow, back %v: got %d bytes, want all", back, got)
				}
			}
		})
	}
}

// exhaust sends what a flow may pass in full.
func exhaust(t *testing.T, c *Cutter, f flow) {
	t.Helper()
	for range 16 {
		c.keeps(t, f(1000, packet.ACK, false))
	}
	if got := c.keeps(t, f(1000, packet.ACK, false)); got != testHeaders {
		t.Fatalf("packet 17: got %d bytes, want %d", got, testHeaders)
	}
}

func TestCutterBeginsAnewWithSYN(t *testing.T) {
	c, f := newTestCutter(t), tcp4(40000)
	exhaust(t, c, f)
	c.keeps(t, f(0, packet.SYN, false))
	if got := c.keeps(t, f(1000, packet.ACK, false)); got != testSnap {
		t.Errorf("after SYN: got %d bytes, want all", got)
	}
}

func TestCutterTellsFlowsApart(t *testing.T) {
	c := newTestCutter(t)
	exhaust(t, c, tcp4(40000))
	for port := uint16(40001); port < 41000; port++ {
		if got := c.keeps(t, tcp4(port)(1000, packet.ACK, false)); got != testSnap {
			t.Fatalf("first packet from port %d: got %d bytes, want all", port, got)
		}
	}
	// A thousand others have not pushed it out.
	if got := c.keeps(t, tcp4(40000)(1000, packet.ACK, false)); got != testHeaders {
		t.Errorf("packet of the first flow: got %d bytes, want %d", got, testHeaders)
	}
}

func TestCutterKeepsLongHeaders(t *testing.T) {
	c := newTestCutter(t)
	f := func(n int, flags uint8, _ bool) []byte {
		return packet.Build(packet.Ethernet{}, packet.IPv4{Options: make([]byte, 40)},
			packet.TCP{Src: 1, Dst: 2, Flags: flags, Options: make([]byte, 40)}, packet.Zeros(n))
	}
	for range 16 {
		c.keeps(t, f(1000, packet.ACK, false))
	}
	if got, want := c.keeps(t, f(1000, packet.ACK, false)), uint32(22+60+60); got != want {
		t.Errorf("got %d bytes, want %d", got, want)
	}
}

// TestCutterPassesMessages checks that what begins a message of DNS or HTTP passes
// in full, however much its flow has carried, and nothing else of the flow.
func TestCutterPassesMessages(t *testing.T) {
	udp := func(src, dst uint16) func(start string) []byte {
		return func(start string) []byte {
			return packet.Build(packet.Ethernet{}, packet.IPv4{}, packet.UDP{Src: src, Dst: dst}, packet.Bytes(start), packet.Zeros(1000))
		}
	}
	tcp := func(start string) []byte {
		return packet.Build(packet.Ethernet{}, packet.IPv6{}, packet.TCP{Src: 80, Dst: 40000, Flags: packet.ACK, Options: make([]byte, 12)},
			packet.Bytes(start), packet.Zeros(1000))
	}
	for _, tt := range []struct {
		name  string
		frame func(start string) []byte
		start string
		want  uint32
	}{
		{"a response", tcp, "HTTP/1.1 200 OK", testSnap},
		{"a request", tcp, "PATCH /x HTTP/1.1", testSnap},
		{"the middle of a body", tcp, "<p>HTTP", testHeaders},
		{"an answer of DNS", udp(53, 40000), "", testSnap},
		{"a query", udp(40000, 53), "", testSnap},
		{"mDNS", udp(5353, 5353), "", testSnap},
		{"HTTP over UDP", udp(40000, 443), "HTTP/1.1 200 OK", testHeaders},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := newTestCutter(t)
			for range 20 {
				c.keeps(t, tt.frame("...."))
			}
			if got := c.keeps(t, tt.frame(tt.start)); got != tt.want {
				t.Errorf("got %d bytes, want %d", got, tt.want)
			}
		})
	}
}

// TestCutterLeavesAlone sees to it that what the filter does not understand
// passes in full however often it comes.
func TestCutterLeavesAlone(t *testing.T) {
	big := packet.Zeros(1000)
	for _, tt := range []struct {
		name  string
		frame []byte
	}{
		{"ARP", packet.Build(packet.Ethernet{}, packet.ARP{}, big)},
		{"unknown EtherType", packet.Build(packet.Ethernet{Type: 0x88b5}, big)},
		{"tag in the frame", packet.Build(packet.Ethernet{}, packet.VLAN{ID: 1}, packet.VLAN{ID: 2}, packet.IPv4{}, packet.UDP{}, big)},
		{"ICMP", packet.Build(packet.Ethernet{}, packet.IPv4{}, packet.ICMP{Type: 8}, big)},
		{"first fragment", packet.Build(packet.Ethernet{}, packet.IPv4{More: true}, packet.UDP{Src: 1, Dst: 2}, big)},
		{"later fragment", packet.Build(packet.Ethernet{}, packet.IPv4{Proto: 17, FragOffset: 1480}, big)},
		{"IPv6 extension header", packet.Build(packet.Ethernet{}, packet.IPv6{}, packet.HopByHop{}, packet.UDP{Src: 1, Dst: 2}, big)},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := newTestCutter(t)
			for i := range 40 {
				if got := c.keeps(t, tt.frame); got != testSnap {
					t.Fatalf("packet %d: got %d bytes, want all", i, got)
				}
			}
		})
	}
}

func TestCutterWithoutRights(t *testing.T) {
	testkit.Root(t)
	done := make(chan error)
	go func() {
		// The capabilities are the thread's, which ends with this goroutine.
		runtime.LockOSThread()
		head := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
		if err := unix.Capset(&head, &make([]unix.CapUserData, 2)[0]); err != nil {
			done <- err
			return
		}
		_, err := NewCutter(CutOptions{Snaplen: testSnap, Headers: testHeaders})
		done <- err
	}()
	if err := <-done; !errors.Is(err, fs.ErrPermission) {
		t.Errorf("got %v, want a permission error", err)
	}
}

// BenchmarkCutter runs the filter in the kernel; "other" shows what the kernel's
// test run itself takes.
func BenchmarkCutter(b *testing.B) {
	for _, bb := range []struct {
		name  string
		frame []byte
	}{
		{"other", packet.Build(packet.Ethernet{}, packet.ARP{}, packet.Zeros(32))},
		{"acknowledgement", tcp4(40000)(0, packet.ACK, false)},
		{"large", tcp4(40000)(1448, packet.ACK, false)},
	} {
		b.Run(bb.name, func(b *testing.B) {
			c := newTestCutter(b)
			b.SetBytes(int64(len(bb.frame)))
			_, d, err := c.objects.Cut.Benchmark(bb.frame, b.N, b.ResetTimer)
			if err != nil {
				b.Fatal(err)
			}
			b.ReportMetric(float64(d.Nanoseconds()), "ns/packet")
		})
	}
}
