package tests

import (
	"fmt"
	"io"
	"net"
	"os"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"sockeye/export"
	"sockeye/internal/testkit"
)

// TestLiveTCPSegments moves data both ways over one connection, in segments or
// in the super-frames that offloads make of them. The packets on the wire are
// the segments that TCP itself counts.
func TestLiveTCPSegments(t *testing.T) {
	t.Parallel()
	for _, on := range []bool{true, false} {
		t.Run(fmt.Sprintf("offloads %v", on), func(t *testing.T) {
			t.Parallel()
			a, b, ifA, ifB := testkit.Veth(t)
			for _, o := range []testkit.Offload{testkit.TSO, testkit.GSO, testkit.GRO} {
				a.Set(t, ifA, o, on)
				b.Set(t, ifB, o, on)
			}
			atA, atB := live(t, a, "-i", ifA), live(t, b, "-i", ifB)
			c := transfer(t, a, b, 4<<20)
			segments := c.sent + c.received
			rA, rB := atA.end(segments), atB.end(segments)
			c.check(t, flowOf(t, rA, "tcp", c.client, c.server), "outgoing")
			c.swap()
			c.check(t, flowOf(t, rB, "tcp", c.client, c.server), "incoming")
			checkLossless(t, rA)
			checkLossless(t, rB)
			for _, r := range []*export.Record{rA, rB} {
				if frames := r.Interfaces[0].Kernel.Delivered; (frames < segments) != on {
					t.Errorf("got %d packets in %d frames, with super-frames %v", segments, frames, on)
				}
			}
			if !on {
				checkDevice(t, a, rA, ifA)
				checkDevice(t, b, rB, ifB)
			}
		})
	}
}

// connection is what TCP says of one that has ended, from the client's side.
type connection struct {
	client, server               string // ends as text
	sent, received               uint64 // segments
	payloadSent, payloadReceived uint64 // with what was sent again
}

func (c *connection) swap() {
	c.client, c.server = c.server, c.client
	c.sent, c.received = c.received, c.sent
	c.payloadSent, c.payloadReceived = c.payloadReceived, c.payloadSent
}

func (c *connection) check(t *testing.T, f *export.Flow, direction string) {
	t.Helper()
	got := connection{f.Source, f.Dest, f.PacketsSent, f.PacketsReceived, f.PayloadSent, f.PayloadReceived}
	if got != *c {
		t.Errorf("got %+v want %+v", got, *c)
	}
	if f.Direction != direction || f.Guessed {
		t.Errorf("got direction %s, guessed %v want %s, false", f.Direction, f.Guessed, direction)
	}
}

// checkDevice compares an interface with what its device counted. That is right
// where every frame is a packet: a device counts a super-frame as one.
func checkDevice(t *testing.T, n *testkit.Netns, r *export.Record, dev string) {
	t.Helper()
	counter := func(name string) uint64 {
		out := testkit.Run(t, n.Command("cat", "/proc/net/dev")).Stdout
		for line := range strings.Lines(out) {
			if f := strings.Fields(line); len(f) == 17 && f[0] == dev+":" {
				column := map[string]int{"rx_bytes": 1, "rx_packets": 2, "tx_bytes": 9, "tx_packets": 10}[name]
				v, err := strconv.ParseUint(f[column], 10, 64)
				if err != nil {
					t.Fatal(err)
				}
				return v
			}
		}
		t.Fatalf("no %s in %s", dev, out)
		return 0
	}
	in := interfaceOf(t, r, dev)
	got := [4]uint64{in.PacketsSent, in.BytesSent, in.PacketsReceived, in.BytesReceived}
	want := [4]uint64{counter("tx_packets"), counter("tx_bytes"), counter("rx_packets"), counter("rx_bytes")}
	if got != want {
		t.Errorf("%s: packets and bytes sent and received: got %v want %v", dev, got, want)
	}
}

// transfer moves size bytes each way over a TCP connection from a to b, both at
// the same time, and returns what TCP counted once both ways are closed.
func transfer(t *testing.T, a, b *testkit.Netns, size int64) *connection {
	t.Helper()
	var l net.Listener
	var out, in net.Conn
	b.Do(func() {
		var err error
		if l, err = net.Listen("tcp", net.JoinHostPort(testkit.AddrB4, "0")); err != nil {
			t.Fatal(err)
		}
	})
	defer l.Close()
	a.Do(func() {
		var err error
		if out, err = net.Dial("tcp", l.Addr().String()); err != nil {
			t.Fatal(err)
		}
	})
	defer out.Close()
	in, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()

	done := make(chan error, 4)
	for _, c := range []net.Conn{out, in} {
		go func() {
			_, err := io.CopyN(c, zeros{}, size)
			if err == nil {
				err = c.(*net.TCPConn).CloseWrite()
			}
			done <- err
		}()
		go func() {
			n, err := io.Copy(io.Discard, c)
			if err == nil && n != size {
				err = fmt.Errorf("%d bytes came through of %d", n, size)
			}
			done <- err
		}()
	}
	for range cap(done) {
		if err := <-done; err != nil {
			t.Fatal(err)
		}
	}
	return settled(t, out.(*net.TCPConn), in.(*net.TCPConn))
}

// settled waits until both ends know that the other has everything, so that
// nothing more passes.
func settled(t *testing.T, out, in *net.TCPConn) *connection {
	t.Helper()
	const closed = 7 // TCP_CLOSE of linux/tcp_states.h: also of a socket in TIME-WAIT
	testkit.Eventually(t, patience, "the end of the connection", func() bool {
		return tcpInfo(t, out).State == closed && tcpInfo(t, in).State == closed
	})
	o, i := tcpInfo(t, out), tcpInfo(t, in)
	// What left the other end counts, not what arrived: the kernel drops segments
	// behind the wire where the socket's backlog is full. Linux leaves the SYN-ACK
	// out of tcpi_segs_out.
	return &connection{
		client: out.LocalAddr().String(), server: out.RemoteAddr().String(),
		sent: uint64(o.Segs_out), received: 1 + uint64(i.Segs_out),
		payloadSent: o.Bytes_sent, payloadReceived: i.Bytes_sent,
	}
}

func tcpInfo(t *testing.T, c *net.TCPConn) *unix.TCPInfo {
	t.Helper()
	var info *unix.TCPInfo
	control(t, c, func(fd int) (err error) {
		info, err = unix.GetsockoptTCPInfo(fd, unix.IPPROTO_TCP, unix.TCP_INFO)
		return os.NewSyscallError("getsockopt TCP_INFO", err)
	})
	return info
}

// control runs f on the file descriptor of a socket.
func control(t *testing.T, c syscall.Conn, f func(fd int) error) {
	t.Helper()
	raw, err := c.SyscallConn()
	if err != nil {
		t.Fatal(err)
	}
	var failed error
	if err := raw.Control(func(fd uintptr) { failed = f(int(fd)) }); err != nil {
		t.Fatal(err)
	}
	if failed != nil {
		t.Fatal(failed)
	}
}

// zeros reads as zero bytes without an end.
type zeros struct{}

func (zeros) Read(b []byte) (int, error) {
	clear(b)
	return len(b), nil
}

// TestLiveUDPSegments sends UDP super-frames (UDP_SEGMENT of udp(7)), which pass
// a veth whole. Each counts with its full length, as the packets that it stands
// for.
func TestLiveUDPSegments(t *testing.T) {
	t.Parallel()
	const sends, segments, size = 50, 10, 1000
	for _, v6 := range []bool{false, true} {
		t.Run(fmt.Sprintf("IPv6 %v", v6), func(t *testing.T) {
			t.Parallel()
			a, b, ifA, ifB := testkit.Veth(t)
			k := vethTalk(t, a, b, v6)
			control(t, k.a, func(fd int) error {
				return os.NewSyscallError("setsockopt UDP_SEGMENT", unix.SetsockoptInt(fd, unix.SOL_UDP, unix.UDP_SEGMENT, size))
			})
			atA, atB := live(t, a, "-i", ifA), live(t, b, "-i", ifB)
			k.send(sends, segments*size-1) // the last segment is shorter
			want := times(sends, udpOf(v6, segments*size-1))
			want.Packets *= segments
			endA, endB := k.ends()
			rA, rB := atA.end(want.Packets), atB.end(want.Packets)
			checkFlow(t, flowOf(t, rA, "udp", endA, endB), want, export.Volume{})
			checkFlow(t, flowOf(t, rB, "udp", endB, endA), export.Volume{}, want)
			for _, r := range []*export.Record{rA, rB} {
				if frames := r.Interfaces[0].Kernel.Delivered; frames != sends {
					t.Errorf("got %d frames want %d: these were no super-frames", frames, sends)
				}
			}
		})
	}
}
