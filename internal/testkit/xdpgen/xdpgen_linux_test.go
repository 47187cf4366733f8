package xdpgen_test

import (
	"encoding/binary"
	"net/netip"
	"os"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"sockeye/internal/testkit"
	"sockeye/internal/testkit/xdpgen"
)

// listen opens a packet socket that sees all of dev, in the calling namespace.
func listen(t *testing.T, dev string) int {
	t.Helper()
	all := int(binary.NativeEndian.Uint16([]byte{unix.ETH_P_ALL >> 8, unix.ETH_P_ALL & 0xff}))
	fd, err := unix.Socket(unix.AF_PACKET, unix.SOCK_RAW|unix.SOCK_CLOEXEC, all)
	if err != nil {
		t.Fatal(os.NewSyscallError("socket", err))
	}
	t.Cleanup(func() { unix.Close(fd) })
	var ifreq *unix.Ifreq
	if ifreq, err = unix.NewIfreq(dev); err == nil {
		err = unix.IoctlIfreq(fd, unix.SIOCGIFINDEX, ifreq)
	}
	if err != nil {
		t.Fatal(err)
	}
	if err := unix.Bind(fd, &unix.SockaddrLinklayer{Protocol: uint16(all), Ifindex: int(ifreq.Uint32())}); err != nil {
		t.Fatal(os.NewSyscallError("bind", err))
	}
	if err := unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_RCVBUFFORCE, 16<<20); err != nil {
		t.Fatal(os.NewSyscallError("setsockopt SO_RCVBUFFORCE", err))
	}
	if err := unix.SetsockoptTimeval(fd, unix.SOL_SOCKET, unix.SO_RCVTIMEO, &unix.Timeval{Usec: 200_000}); err != nil {
		t.Fatal(os.NewSyscallError("setsockopt SO_RCVTIMEO", err))
	}
	return fd
}

// open makes a generator of its own namespace, and a socket that sees what it
// sends.
func open(t *testing.T, o xdpgen.Options) (*xdpgen.Generator, int) {
	t.Helper()
	testkit.Root(t)
	a, _, dev, _ := testkit.Veth(t)
	o.Iface = dev
	var (
		g   *xdpgen.Generator
		fd  int
		err error
	)
	a.Do(func() {
		fd = listen(t, dev)
		g, err = xdpgen.Open(o)
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(g.Close)
	return g, fd
}

func TestSendArrivesExactlyAndValid(t *testing.T) {
	const flows, count = 100, 1000
	for _, size := range []int{xdpgen.MinSize, 512, 1500} {
		g, fd := open(t, xdpgen.Options{Size: size, Flows: flows})
		a := make(map[netip.AddrPort]int)
		if sent, _, err := g.Send(count, 0); err != nil || sent != count {
			t.Fatalf("size %d: sent %d, %v; want %d", size, sent, err, count)
		}
		if sent, err := g.Sent(); err != nil || sent != count {
			t.Errorf("size %d: says that it sent %d, %v; want %d", size, sent, err, count)
		}
		got := 0
		buf := make([]byte, 4096)
		for {
			n, err := unix.Read(fd, buf)
			if err != nil {
				break // EAGAIN: no more
			}
			got++
			flow := check(t, buf[:n], size)
			if seq, want := binary.BigEndian.Uint32(buf[38:]), uint32(a[flow]*(size-54)); seq != want {
				t.Fatalf("size %d: packet %d of flow %v has sequence number %d, want %d", size, a[flow], flow, seq, want)
			}
			a[flow]++
		}
		if got != count || len(a) != flows {
			t.Errorf("size %d: got %d packets of %d flows, want %d of %d", size, got, len(a), count, flows)
		}
		for flow, n := range a {
			if n != count/flows {
				t.Errorf("size %d: flow %v has %d packets want %d", size, flow, n, count/flows)
			}
		}
	}
}

// check verifies lengths and checksums and returns the source.
func check(t *testing.T, b []byte, size int) netip.AddrPort {
	t.Helper()
	if len(b) != size {
		t.Fatalf("got a frame of %d bytes want %d", len(b), size)
	}
	ip, tcp := b[14:34], b[34:]
	if s := onesComplement(ip); s != 0xffff {
		t.Errorf("IP header sums to %#x want 0xffff: % x", s, ip)
	}
	pseudo := append(append([]byte{}, ip[12:20]...), 0, ip[9], byte(len(tcp)>>8), byte(len(tcp)))
	if s := onesComplement(append(pseudo, tcp...)); s != 0xffff {
		t.Errorf("TCP segment sums to %#x want 0xffff", s)
	}
	return netip.AddrPortFrom(netip.AddrFrom4([4]byte(ip[12:16])), binary.BigEndian.Uint16(tcp))
}

func onesComplement(b []byte) uint32 {
	var s uint32
	for i := 0; i < len(b)-1; i += 2 {
		s += uint32(binary.BigEndian.Uint16(b[i:]))
	}
	if len(b)%2 == 1 {
		s += uint32(b[len(b)-1]) << 8
	}
	for s > 0xffff {
		s = s>>16 + s&0xffff
	}
	return s
}

func TestSendKeepsTheRate(t *testing.T) {
	const rate, count = 20_000, 2_000
	g, _ := open(t, xdpgen.Options{Size: 64, Flows: 1})
	_, took, err := g.Send(count, rate)
	if err != nil {
		t.Fatal(err)
	}
	// The last burst is sent up to a tick early; a busy machine only delays it.
	if least := count*time.Second/rate - 4*time.Millisecond; took < least {
		t.Errorf("%d packets took %v, want at least %v", count, took, least)
	}
}

func BenchmarkSend(b *testing.B) {
	a, _, dev, _ := testkit.Veth(b)
	a.Do(func() {
		g, err := xdpgen.Open(xdpgen.Options{Iface: dev, Size: 512, Flows: 1000})
		if err != nil {
			b.Skip(err)
		}
		defer g.Close()
		if _, _, err := g.Send(uint64(b.N), 0); err != nil {
			b.Fatal(err)
		}
	})
}
