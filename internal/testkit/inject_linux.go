package testkit

import (
	"errors"
	"os"
	"testing"

	"golang.org/x/sys/unix"
)

// Injector sends frames through an interface as they are, link header first.
type Injector struct{ fd, index int }

// Injector opens one on the interface dev. The test's end closes it.
func (n *Netns) Injector(tb testing.TB, dev string) *Injector {
	tb.Helper()
	i := &Injector{fd: -1, index: n.Index(tb, dev)}
	n.Do(func() {
		// Protocol 0: the socket itself takes nothing in.
		fd, err := unix.Socket(unix.AF_PACKET, unix.SOCK_RAW|unix.SOCK_CLOEXEC, 0)
		if err != nil {
			tb.Fatal(os.NewSyscallError("socket AF_PACKET", err))
		}
		i.fd = fd
		tb.Cleanup(func() { unix.Close(fd) })
		if err := unix.Bind(fd, &unix.SockaddrLinklayer{Ifindex: i.index}); err != nil {
			tb.Fatal(os.NewSyscallError("bind "+dev, err))
		}
	})
	return i
}

// Send sends the frames in order. It fails the test unless the kernel took
// every one.
func (i *Injector) Send(tb testing.TB, frames ...[]byte) {
	tb.Helper()
	for _, f := range frames {
		i.send(tb, f, 0) // the kernel finds the EtherType in the link header
	}
}

// SendIP is Send for interfaces without a link header, through which IP packets
// go as they are.
func (i *Injector) SendIP(tb testing.TB, packets ...[]byte) {
	tb.Helper()
	for _, p := range packets {
		etherType := uint16(unix.ETH_P_IP)
		if p[0]>>4 == 6 {
			etherType = unix.ETH_P_IPV6
		}
		i.send(tb, p, etherType)
	}
}

func (i *Injector) send(tb testing.TB, frame []byte, etherType uint16) {
	tb.Helper()
	to := &unix.SockaddrLinklayer{Ifindex: i.index, Protocol: etherType<<8 | etherType>>8} // network order
	err := unix.Sendto(i.fd, frame, 0, to)
	for errors.Is(err, unix.EINTR) {
		err = unix.Sendto(i.fd, frame, 0, to)
	}
	if err != nil {
		tb.Fatalf("send a frame of %d bytes: %v", len(frame), os.NewSyscallError("sendto", err))
	}
}

// Index returns the kernel's number of an interface of the namespace.
func (n *Netns) Index(tb testing.TB, dev string) int {
	tb.Helper()
	var index int
	n.Do(func() {
		fd, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
		if err != nil {
			tb.Fatal(os.NewSyscallError("socket", err))
		}
		defer unix.Close(fd)
		req, err := unix.NewIfreq(dev)
		if err != nil {
			tb.Fatalf("interface name %q: %v", dev, err)
		}
		if err := unix.IoctlIfreq(fd, unix.SIOCGIFINDEX, req); err != nil {
			tb.Fatalf("index of %s: %v", dev, os.NewSyscallError("ioctl SIOCGIFINDEX", err))
		}
		index = int(req.Uint32())
	})
	return index
}
