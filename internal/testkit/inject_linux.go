package testkit

import (
	"errors"
	"os"
	"testing"

	"golang.org/x/sys/unix"
)

// Injector sends frames through an interface as they are, link header first.
type Injector struct{ fd int }

// Injector opens one on the interface dev. The test's end closes it.
func (n *Netns) Injector(tb testing.TB, dev string) *Injector {
	tb.Helper()
	i := &Injector{fd: -1}
	n.Do(func() {
		// Protocol 0: the socket itself takes nothing in.
		fd, err := unix.Socket(unix.AF_PACKET, unix.SOCK_RAW|unix.SOCK_CLOEXEC, 0)
		if err != nil {
			tb.Fatal(os.NewSyscallError("socket AF_PACKET", err))
		}
		i.fd = fd
		tb.Cleanup(func() { unix.Close(fd) })
		if err := unix.Bind(fd, &unix.SockaddrLinklayer{Ifindex: n.Index(tb, dev)}); err != nil {
			tb.Fatal(os.NewSyscallError("bind "+dev, err))
		}
	})
	return i
}

// Send sends the frames in order. It fails the test unless the kernel took
// every one.
func (i *Injector) Send(tb testing.TB, frames ...[]byte) {
	tb.Helper()
	for n, f := range frames {
		_, err := unix.Write(i.fd, f)
		for errors.Is(err, unix.EINTR) {
			_, err = unix.Write(i.fd, f)
		}
		if err != nil {
			tb.Fatalf("frame %d of %d bytes: %v", n, len(f), os.NewSyscallError("send", err))
		}
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
