package testkit

import (
	"errors"
	"io/fs"
	"os"
	"testing"

	"golang.org/x/sys/unix"
)

// Tun makes a TUN interface (IP packets), or with tap a TAP interface (Ethernet
// frames), of that name, and sets it up. What is written to the file comes in
// on the interface, what the interface sends is read from it; there is no
// packet information in front. Closing the file, as the test's end does, deletes
// the interface.
func (n *Netns) Tun(tb testing.TB, name string, tap bool) *os.File {
	tb.Helper()
	var file *os.File
	n.Do(func() {
		fd, err := unix.Open("/dev/net/tun", unix.O_RDWR|unix.O_CLOEXEC|unix.O_NONBLOCK, 0)
		switch {
		case errors.Is(err, fs.ErrPermission):
			lacksRights(tb, "the right to open /dev/net/tun")
		case err != nil:
			KernelLacks(tb, "TUN/TAP (CONFIG_TUN): "+os.NewSyscallError("open /dev/net/tun", err).Error())
		}
		req, err := unix.NewIfreq(name)
		if err != nil {
			tb.Fatalf("interface name %q: %v", name, err)
		}
		mode := uint16(unix.IFF_TUN)
		if tap {
			mode = unix.IFF_TAP
		}
		req.SetUint16(mode | unix.IFF_NO_PI)
		if err := unix.IoctlIfreq(fd, unix.TUNSETIFF, req); err != nil {
			unix.Close(fd)
			tb.Fatal(os.NewSyscallError("ioctl TUNSETIFF", err))
		}
		file = os.NewFile(uintptr(fd), "/dev/net/tun")
	})
	tb.Cleanup(func() { file.Close() })
	n.hush(tb, name)
	n.IP(tb, "link", "set", name, "up")
	return file
}
