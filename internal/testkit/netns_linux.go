package testkit

import (
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"testing"
	"unsafe"

	"golang.org/x/sys/unix"
)

// Netns is a network namespace without a name: nothing but this process and
// what it started holds it, so it is gone with them, however they end.
type Netns struct {
	file *os.File
}

// NetAdmin skips the test unless it may make network namespaces.
func NetAdmin(tb testing.TB) {
	tb.Helper()
	file, err := newNetns()
	if err != nil {
		lacksRights(tb, fmt.Sprintf("the right to make network namespaces (%v)", err))
	}
	file.Close()
	if _, err := exec.LookPath("ip"); err != nil {
		Skip(tb, "ip is not installed: apt-get install iproute2")
	}
}

// NewNetns makes a namespace in which only the loopback interface is up. The
// test's end closes it.
func NewNetns(tb testing.TB) *Netns {
	tb.Helper()
	NetAdmin(tb)
	file, err := newNetns()
	if err != nil {
		tb.Fatal(err)
	}
	n := &Netns{file}
	tb.Cleanup(func() { n.Close() })
	n.IP(tb, "link", "set", "lo", "up")
	return n
}

// newNetns moves a thread into a fresh namespace, opens that, and brings the thread
// home. One that cannot come home dies with its goroutine; but the first thread of all
// cannot die, and would be what /proc/PID/net of this process shows.
func newNetns() (*os.File, error) {
	type result struct {
		file *os.File
		err  error
	}
	done := make(chan result)
	go func() {
		runtime.LockOSThread()
		home, err := Here()
		if err != nil {
			done <- result{nil, err}
			return
		}
		defer home.Close()
		if err := unix.Unshare(unix.CLONE_NEWNET); err != nil {
			runtime.UnlockOSThread()
			done <- result{nil, os.NewSyscallError("unshare CLONE_NEWNET", err)}
			return
		}
		file, err := os.Open("/proc/thread-self/ns/net")
		if unix.Setns(int(home.file.Fd()), unix.CLONE_NEWNET) == nil {
			runtime.UnlockOSThread()
		}
		done <- result{file, err}
	}()
	r := <-done
	return r.file, r.err
}

// Here returns the namespace of the calling thread, to be closed.
func Here() (*Netns, error) {
	file, err := os.Open("/proc/thread-self/ns/net")
	if err != nil {
		return nil, fmt.Errorf("open network namespace: %w", err)
	}
	return &Netns{file}, nil
}

// Close lets go of the namespace. NewNetns does it by itself.
func (n *Netns) Close() error { return n.file.Close() }

// Path names the namespace for programs that take one, such as nsenter and ip.
// It is valid until the test ends.
func (n *Netns) Path() string {
	return fmt.Sprintf("/proc/%d/fd/%d", os.Getpid(), n.file.Fd())
}

// Do runs f inside the namespace, on the calling goroutine, which keeps its
// thread meanwhile. Sockets that f opens stay in the namespace; goroutines that
// it starts are not in it.
func (n *Netns) Do(f func()) {
	runtime.LockOSThread()
	home, err := Here()
	if err != nil {
		panic(err)
	}
	defer home.Close()
	if err := unix.Setns(int(n.file.Fd()), unix.CLONE_NEWNET); err != nil {
		panic(os.NewSyscallError("setns", err))
	}
	// Deferred, since a failed test leaves f through runtime.Goexit.
	defer func() {
		if err := unix.Setns(int(home.file.Fd()), unix.CLONE_NEWNET); err != nil {
			panic(os.NewSyscallError("setns", err)) // a thread in the wrong namespace must not be used again
		}
		runtime.UnlockOSThread()
	}()
	f()
}

// Command returns a command that will run inside the namespace. Its process is
// the program itself: signals and /proc reach it directly.
func (n *Netns) Command(name string, args ...string) *exec.Cmd {
	return exec.Command("nsenter", append([]string{"--net=" + n.Path(), "--", name}, args...)...)
}

// IP runs ip(8) with args inside the namespace, and fails the test if that
// fails.
func (n *Netns) IP(tb testing.TB, args ...string) {
	tb.Helper()
	if out, err := n.Command("ip", args...).CombinedOutput(); err != nil {
		tb.Fatalf("ip %v: %v: %s", args, err, out)
	}
}

// Offload is a feature of a network device that changes what a tap sees.
type Offload uint32

// The offloads, by the command that sets each (linux/ethtool.h).
const (
	GRO Offload = unix.ETHTOOL_SGRO // received segments are merged before the tap
	TSO Offload = unix.ETHTOOL_STSO // TCP is sent in super-frames
	GSO Offload = unix.ETHTOOL_SGSO // the same in software, for all protocols
)

// Set turns an offload of the interface on or off.
func (n *Netns) Set(tb testing.TB, dev string, o Offload, on bool) {
	tb.Helper()
	value := struct{ cmd, data uint32 }{cmd: uint32(o)} // struct ethtool_value
	if on {
		value.data = 1
	}
	var request struct { // struct ifreq
		name [unix.IFNAMSIZ]byte
		data unsafe.Pointer
		_    [16]byte
	}
	copy(request.name[:unix.IFNAMSIZ-1], dev)
	request.data = unsafe.Pointer(&value) // kept alive by request, which lives through the call
	n.Do(func() {
		fd, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
		if err != nil {
			tb.Fatal(os.NewSyscallError("socket", err))
		}
		defer unix.Close(fd)
		// The kernel reads an ifreq (40 bytes, all inside request) and the value behind its pointer.
		_, _, errno := unix.Syscall(unix.SYS_IOCTL, uintptr(fd), unix.SIOCETHTOOL, uintptr(unsafe.Pointer(&request)))
		if errno != 0 {
			tb.Fatalf("set offload %#x of %s: %v", uint32(o), dev, os.NewSyscallError("ioctl SIOCETHTOOL", errno))
		}
	})
}
