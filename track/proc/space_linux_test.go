package proc

import (
	"errors"
	"fmt"
	"io/fs"
	"net/netip"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"sockeye/internal/testkit"
	"sockeye/parse"
)

// spaceOf finds the namespace of a process among spaces.
func spaceOf(t *testing.T, pid int) *space {
	t.Helper()
	tb, err := newTables("/proc", int32(pid))
	if err != nil {
		t.Fatal(err)
	}
	defer tb.close()
	list, err := spaces("")
	if err != nil {
		t.Fatal(err)
	}
	for i := range list {
		if list[i].net == tb.net {
			return &list[i]
		}
	}
	t.Fatalf("got %+v, want one with net %d", list, tb.net)
	return nil
}

func TestSpacesOwn(t *testing.T) {
	s := spaceOf(t, os.Getpid())
	if !s.own || s.netns == 0 {
		t.Errorf("got %+v, want own, with its inode", *s)
	}
	d, err := s.open()
	if err != nil {
		t.Fatal(err)
	}
	defer d.close()
	l := bound(t, "tcp4", "127.0.0.1:0")
	if got, m, err := d.find(parse.ProtoTCP, end("127.0.0.1:"+portOf(l)), end("192.0.2.9:9")); err != nil || m != matchListener || got.Inode != inode(t, l) {
		t.Errorf("got inode %d by %d, %v, want %d by %d", got.Inode, m, err, inode(t, l), matchListener)
	}
	addrs, err := s.addrs()
	if err != nil || !slices.Contains(addrs, netip.MustParseAddr("127.0.0.1")) {
		t.Errorf("got addresses %v, %v, want 127.0.0.1 among them", addrs, err)
	}
}

// TestSpacesOther: two namespaces have the same address and port, in one of them each
// socket is.
func TestSpacesOther(t *testing.T) {
	n := testkit.NewNetns(t)
	n.IP(t, "addr", "add", "192.0.2.77/32", "dev", "lo")
	cmd := n.Command("sleep", "60")
	testkit.Start(t, cmd)
	var here uint64
	local, remote := end("127.0.0.1:4077"), end("192.0.2.9:9")
	n.Do(func() { here = inode(t, bound(t, "udp4", local.String())) })
	waitExec(t, cmd)

	s := spaceOf(t, cmd.Process.Pid)
	if s.own || s.netns == 0 || s.pid == 0 {
		t.Fatalf("got %+v, want one that is not this process's, with inode and process", *s)
	}
	addrs, err := s.addrs()
	if err != nil || !slices.Contains(addrs, netip.MustParseAddr("192.0.2.77")) {
		t.Errorf("got addresses %v, %v, want 192.0.2.77 among them", addrs, err)
	}
	d, err := s.open()
	if err != nil {
		t.Fatal(err)
	}
	defer d.close()
	tb, err := s.tables()
	if err != nil {
		t.Fatal(err)
	}
	defer tb.close()
	for source, f := range map[string]finder{"sock_diag": d, "text": tb} {
		got, m, err := f.find(parse.ProtoUDP, local, remote)
		if err != nil || m != matchBound || got.Inode != here || got.NetNS != s.netns {
			t.Errorf("%s: got inode %d in %d by %d, %v, want %d in %d by %d", source, got.Inode, got.NetNS, m, err, here, s.netns, matchBound)
		}
	}
	own, err := newDiag()
	if err != nil {
		t.Fatal(err)
	}
	defer own.close()
	if got, m, err := own.find(parse.ProtoUDP, local, remote); err != nil || got.Inode == here {
		t.Errorf("own: got inode %d by %d, %v, want not that of the other namespace", got.Inode, m, err)
	}
	if d.netns == own.netns {
		t.Errorf("got namespace %d for both", d.netns)
	}
}

// waitExec waits until nsenter has become the program that it starts, and so is in the
// namespace.
func waitExec(t *testing.T, cmd *exec.Cmd) {
	t.Helper()
	testkit.Eventually(t, 5*time.Second, "the program", func() bool {
		text, err := os.ReadFile(fmt.Sprintf("/proc/%d/comm", cmd.Process.Pid))
		if err != nil {
			t.Fatal(err)
		}
		return string(text) == "sleep\n"
	})
}

// TestSpaceNamed: a namespace that no process is in has a name alone.
func TestSpaceNamed(t *testing.T) {
	testkit.Root(t)
	testkit.NetAdmin(t)
	const name = "sk-e2named"
	if out, err := exec.Command("ip", "netns", "add", name).CombinedOutput(); err != nil {
		t.Fatalf("ip netns add: %v: %s", err, out)
	}
	t.Cleanup(func() { _ = exec.Command("ip", "netns", "del", name).Run() })
	if out, err := exec.Command("ip", "-n", name, "link", "set", "lo", "up").CombinedOutput(); err != nil {
		t.Fatalf("ip link set: %v: %s", err, out)
	}
	list, err := spaces("")
	if err != nil {
		t.Fatal(err)
	}
	i := slices.IndexFunc(list, func(s space) bool { return s.name == name })
	if i < 0 {
		t.Fatalf("got %+v, want one called %s", list, name)
	}
	s := &list[i]
	if _, err := s.tables(); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("tables of a namespace without processes: got %v, want %v", err, fs.ErrNotExist)
	}
	addrs, err := s.addrs()
	if err != nil || !slices.Contains(addrs, netip.MustParseAddr("127.0.0.1")) {
		t.Errorf("got addresses %v, %v, want 127.0.0.1 among them", addrs, err)
	}
	d, err := s.open()
	if err != nil {
		t.Fatal(err)
	}
	defer d.close()
	if d.netns != s.netns {
		t.Errorf("got namespace %d, want %d", d.netns, s.netns)
	}
}

// withoutRights runs f on a thread that has no capability in effect.
func withoutRights(t *testing.T, f func()) {
	t.Helper()
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	header := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
	var had, none [2]unix.CapUserData
	if err := unix.Capget(&header, &had[0]); err != nil {
		t.Fatal(os.NewSyscallError("capget", err))
	}
	for i, c := range had {
		none[i] = unix.CapUserData{Permitted: c.Permitted, Inheritable: c.Inheritable}
	}
	if err := unix.Capset(&header, &none[0]); err != nil {
		t.Fatal(os.NewSyscallError("capset", err))
	}
	defer func() {
		if err := unix.Capset(&header, &had[0]); err != nil {
			panic(os.NewSyscallError("capset", err)) // the thread must not be used again
		}
	}()
	f()
}

// TestSpaceRights: who may not enter another namespace is told so, and still reads its
// text tables.
func TestSpaceRights(t *testing.T) {
	withoutRights(t, func() {
		here, err := os.Open(threadNetNS)
		if err != nil {
			t.Fatal(err)
		}
		defer here.Close()
		err = onThread(int(here.Fd()), func() error { return nil })
		if !errors.Is(err, fs.ErrPermission) {
			t.Errorf("enter: got %v, want %v", err, fs.ErrPermission)
		}
		tb, err := spaceOf(t, os.Getpid()).tables()
		if err != nil {
			t.Fatal(err)
		}
		defer tb.close()
		if err := tb.dump(func(*Socket) {}); err != nil {
			t.Errorf("text tables: got %v", err)
		}
	})
}

// TestSpaceOfGone: a number that another process has now is not taken for the first.
func TestSpaceOfGone(t *testing.T) {
	s := *spaceOf(t, os.Getpid())
	s.own, s.netns, s.net = false, s.netns+1, s.net+1
	if _, err := s.tables(); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("tables: got %v, want %v", err, fs.ErrNotExist)
	}
	if _, err := s.open(); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("open: got %v, want %v", err, fs.ErrNotExist)
	}
}
