package ebpf

import (
	"errors"
	"io/fs"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"sockeye/internal/testkit"
	"sockeye/track/proc"
)

// TestWatcherMakesGoodWhatWasLost fills a ring whose reader is busy: what did not fit
// is counted, and told later.
func TestWatcherMakesGoodWhatWasLost(t *testing.T) {
	s := newSilentScene(t, WatchOptions{RingSize: 1}) // a page: 32 events
	s.run(t)
	var socks [200]*sock
	s.Do(func() {
		for i := range socks {
			socks[i] = socket(t, unix.AF_INET, unix.SOCK_STREAM, 0)
		}
	})
	s.mu.Lock() // nobody takes events
	for _, sk := range socks {
		sk.bind(addrPort("127.0.0.1:0"))
		sk.listen()
	}
	s.mu.Unlock()
	if s.w.Stats().Lost == 0 {
		t.Error("got no lost events, want some")
	}
	for _, sk := range socks {
		s.expect(t, sk, proc.Event{Kind: proc.SocketListens, Local: sk.local(), Remote: addrPort("0.0.0.0:0"),
			Family: unix.AF_INET, Type: unix.SOCK_STREAM, Proto: unix.IPPROTO_TCP})
	}
}

// TestWatcherCountsFullSockets leaves the sockets no memory for an owner.
func TestWatcherCountsFullSockets(t *testing.T) {
	s := newScene(t, WatchOptions{})
	const limit = "/proc/sys/net/core/optmem_max"
	s.Do(func() {
		if _, err := os.Stat(limit); err != nil {
			testkit.KernelLacks(t, "net.core.optmem_max of a network namespace (Linux 6.10)")
		}
		if err := os.WriteFile(limit, []byte("64"), 0); err != nil {
			t.Fatal(err)
		}
		socket(t, unix.AF_INET, unix.SOCK_STREAM, 0)
	})
	if s.w.Stats().Full == 0 {
		t.Error("got no owners that did not fit, want some")
	}
}

// openBPF counts what this process holds of the kernel's programs, maps and links.
func openBPF(t *testing.T) (n int) {
	t.Helper()
	fds, err := filepath.Glob("/proc/self/fd/*")
	if err != nil {
		t.Fatal(err)
	}
	for _, fd := range fds {
		// One is Glob's own, and gone.
		if to, _ := os.Readlink(fd); strings.Contains(to, "bpf") {
			n++
		}
	}
	return n
}

func TestWatcherCloses(t *testing.T) {
	before := openBPF(t)
	w := newTestWatcher(t, WatchOptions{})
	if openBPF(t) == before {
		t.Error("got nothing open, want programs")
	}
	for range 2 {
		if err := w.Close(); err != nil {
			t.Error(err)
		}
	}
	if got := openBPF(t); got != before {
		t.Errorf("got %d programs, maps and links left, want none", got-before)
	}
	if err := w.Run(func([]proc.Event) {}); err != nil {
		t.Errorf("Run: got %v, want none", err)
	}
	if err := w.Holders(func(proc.Holding) {}); !errors.Is(err, os.ErrClosed) {
		t.Errorf("Holders: got %v, want closed", err)
	}
	if got := len(w.Stats().Hooks); got == 0 {
		t.Error("Stats: got no hooks")
	}
}

// TestWatcherStandIns leaves out what Linux 6.3 brought.
func TestWatcherStandIns(t *testing.T) {
	s := newScene(t, WatchOptions{without: []string{"tp_btf/sock_send_length", "tp_btf/sock_recv_length", "tp_btf/net_dev_start_xmit"}})
	var receiver, sender *sock
	s.Do(func() {
		receiver = socket(t, unix.AF_INET6, unix.SOCK_DGRAM, 0)
		sender = socket(t, unix.AF_INET6, unix.SOCK_DGRAM, 0)
	})
	receiver.bind(addrPort("[::1]:0"))
	for range 10 {
		sender.sendTo(receiver.local(), 1)
		// Only this way of receiving has a hook.
		_, _, err := unix.Recvfrom(receiver.fd, make([]byte, 10), 0)
		receiver.must("recvfrom", err)
	}
	udp := proc.Event{Kind: proc.SocketUsed, Family: unix.AF_INET6, Type: unix.SOCK_DGRAM, Proto: unix.IPPROTO_UDP}
	from := udp
	from.Sends = true
	from.Local, from.Remote = netip.AddrPortFrom(netip.IPv6Unspecified(), sender.local().Port()), addrPort("[::]:0")
	s.expect(t, sender, from)
	to := udp
	to.Local, to.Remote = receiver.local(), addrPort("[::]:0")
	s.expect(t, receiver, to)

	sender.connect(receiver.local())
	from.Kind, from.Remote, from.Sends = proc.SocketCalls, receiver.local(), false
	s.expect(t, sender, from)
}

// withCaps runs f on a thread that has these capabilities alone.
func withCaps(t *testing.T, f func(), caps ...int) {
	t.Helper()
	done := make(chan error)
	go func() {
		// The capabilities are the thread's, which ends with this goroutine.
		runtime.LockOSThread()
		head := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
		var data [2]unix.CapUserData
		for _, c := range caps {
			data[c/32].Effective |= 1 << (c % 32)
			data[c/32].Permitted |= 1 << (c % 32)
		}
		err := unix.Capset(&head, &data[0])
		if err == nil {
			f()
		}
		done <- err
	}()
	if err := <-done; err != nil {
		t.Fatal(os.NewSyscallError("capset", err))
	}
}

func TestWatcherWithoutRights(t *testing.T) {
	testkit.Root(t)
	for _, tt := range []struct {
		name  string
		caps  []int
		needs string
	}{
		{"none", nil, "CAP_BPF, CAP_PERFMON"},
		{"CAP_BPF", []int{unix.CAP_BPF}, "CAP_PERFMON"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var err error
			withCaps(t, func() { _, err = NewWatcher(WatchOptions{}) }, tt.caps...)
			var rights *PermissionError
			if !errors.As(err, &rights) || !errors.Is(err, fs.ErrPermission) {
				t.Fatalf("got %v, want a permission error", err)
			}
			if rights.Needs != tt.needs || !strings.Contains(rights.Hint(), "setcap") {
				t.Errorf("got %q, %q, want %q and a setcap", rights.Needs, rights.Hint(), tt.needs)
			}
		})
	}
}

// TestWatcherWithoutBTF hides the kernel's type information in a mount namespace.
func TestWatcherWithoutBTF(t *testing.T) {
	newTestWatcher(t, WatchOptions{}).Close() // whether there can be one at all
	cmd := exec.Command("unshare", "--mount", "sh", "-c", `mount -t tmpfs none /sys/kernel/btf && exec "$0"`, executable(t))
	cmd.Env = append(os.Environ(), "SOCKEYE_ACTOR=watcher")
	got := testkit.Run(t, cmd)
	if want := "the kernel has no type information (BTF, CONFIG_DEBUG_INFO_BTF)\n"; got.Stdout != want {
		t.Errorf("got %q %q, want %q", got.Stdout, got.Stderr, want)
	}
}

// TestWatcherWithoutCgroups lacks CAP_NET_ADMIN: connections are told all the same.
func TestWatcherWithoutCgroups(t *testing.T) {
	newTestWatcher(t, WatchOptions{}).Close() // whether there can be one at all
	n := testkit.NewNetns(t)
	s := &scene{Netns: n, inode: inodeOf(t, n.Path())}
	withCaps(t, func() {
		var err error
		if s.w, err = NewWatcher(WatchOptions{}); err != nil {
			t.Error(err)
		}
	}, unix.CAP_BPF, unix.CAP_PERFMON)
	if s.w == nil {
		return
	}
	for _, h := range s.w.Stats().Hooks {
		cgroup := strings.HasPrefix(h.Name, "cgroup/") || h.Name == "sockops"
		if cgroup != errors.Is(h.Err, fs.ErrPermission) {
			t.Errorf("%s: got %v", h.Name, h.Err)
		}
	}
	s.run(t)
	var server, client *sock
	s.Do(func() {
		server = socket(t, unix.AF_INET, unix.SOCK_STREAM, 0)
		client = socket(t, unix.AF_INET, unix.SOCK_STREAM, 0)
	})
	server.bind(addrPort("127.0.0.1:0"))
	server.listen()
	client.connect(server.local())
	tcp := proc.Event{Kind: proc.SocketCalls, Family: unix.AF_INET, Type: unix.SOCK_STREAM, Proto: unix.IPPROTO_TCP,
		Local: client.local(), Remote: server.local()}
	s.expect(t, client, tcp)
}

func TestOlderThan(t *testing.T) {
	for _, tt := range []struct {
		release string
		want    bool
	}{
		{"5.10.0-32-amd64", true},
		{"4.18.0-553.el8_10.x86_64", true},
		{"5.12.0", false},
		{"6.1.0-37-arm64", false},
		{"", false},
	} {
		if got := olderThan(tt.release, 5, 12); got != tt.want {
			t.Errorf("%q: got %v, want %v", tt.release, got, tt.want)
		}
	}
}
