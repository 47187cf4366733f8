package ebpf

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/netip"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"sockeye/internal/testkit"
	"sockeye/track/proc"
)

// newTestWatcher loads all programs. The test's end closes it.
func newTestWatcher(tb testing.TB, o WatchOptions) *Watcher {
	tb.Helper()
	testkit.Root(tb)
	w, err := NewWatcher(o)
	switch {
	case errors.Is(err, fs.ErrPermission):
		testkit.Skip(tb, "root without CAP_BPF, or locked down: "+err.Error())
	case errors.Is(err, ErrNotSupported):
		testkit.KernelLacks(tb, err.Error())
	case err != nil:
		tb.Fatal(err)
	}
	tb.Cleanup(func() { w.Close() })
	return w
}

// A scene is a network namespace that a Watcher watches.
type scene struct {
	*testkit.Netns
	inode uint64 // of the namespace: who shares the machine is not in the scene
	w     *Watcher

	mu     sync.Mutex
	events []proc.Event
}

// newScene makes a namespace, and a Watcher that runs until the test's end.
func newScene(tb testing.TB, o WatchOptions) *scene {
	tb.Helper()
	s := newSilentScene(tb, o)
	s.run(tb)
	return s
}

// newSilentScene is newScene without Run.
func newSilentScene(tb testing.TB, o WatchOptions) *scene {
	tb.Helper()
	w := newTestWatcher(tb, o)
	n := testkit.NewNetns(tb)
	return &scene{Netns: n, inode: inodeOf(tb, n.Path()), w: w}
}

// run runs the Watcher, and waits until it has listed the sockets that there are.
func (s *scene) run(tb testing.TB) {
	tb.Helper()
	var mark *sock
	s.Do(func() { mark = socket(tb, unix.AF_INET, unix.SOCK_DGRAM, 0) })
	done := make(chan error, 1)
	go func() {
		done <- s.w.Run(func(events []proc.Event) {
			s.mu.Lock()
			defer s.mu.Unlock()
			for _, e := range events {
				if e.NetNS == s.inode || e.Kind >= proc.ProcessBegan {
					s.events = append(s.events, e)
				}
			}
		})
	}()
	tb.Cleanup(func() {
		s.w.Close()
		if err := <-done; err != nil {
			tb.Errorf("Run: %v", err)
		}
	})
	s.wait(tb, "a socket that is there", func(e proc.Event) bool { return e.Cookie == mark.cookie })
}

// all returns the events so far.
func (s *scene) all() []proc.Event {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.events)
}

// wait waits for an event that f likes.
func (s *scene) wait(tb testing.TB, what string, f func(e proc.Event) bool) proc.Event {
	tb.Helper()
	deadline := time.Now().Add(5 * time.Second)
	for {
		events := s.all()
		if i := slices.IndexFunc(events, f); i >= 0 {
			return events[i]
		}
		if time.Now().After(deadline) {
			var b strings.Builder
			for _, e := range events {
				if e.Kind < proc.ProcessBegan {
					fmt.Fprintf(&b, "%+v\n", e)
				}
			}
			tb.Fatalf("no such event: %s; of sockets there were\n%s", what, &b)
		}
		time.Sleep(time.Millisecond)
	}
}

// expect waits for an event of a socket whose kind, ends and direction are those of w,
// and checks what else w says of the socket. The process is this one.
func (s *scene) expect(tb testing.TB, sk *sock, w proc.Event) proc.Event {
	tb.Helper()
	return s.expectOf(tb, identity(tb, os.Getpid()), sk, w)
}

// expectOf is expect for another process.
func (s *scene) expectOf(tb testing.TB, id proc.ID, sk *sock, w proc.Event) proc.Event {
	tb.Helper()
	what := fmt.Sprintf("kind %d, cookie %d, %v > %v, sends %v, of %v", w.Kind, sk.cookie, w.Local, w.Remote, w.Sends, id)
	got := s.wait(tb, what, func(e proc.Event) bool {
		return e.Kind == w.Kind && e.Cookie == sk.cookie && e.Local == w.Local && e.Remote == w.Remote &&
			e.Sends == w.Sends && e.Process == id
	})
	if got.Cgroup != ownCgroup(tb) {
		tb.Errorf("%s: got cgroup %d, want %d", what, got.Cgroup, ownCgroup(tb))
	}
	if got.Comm != "ebpf.test" || got.UID != 0 || got.GID != 0 {
		tb.Errorf("%s: got %q of %d:%d, want \"ebpf.test\" of 0:0", what, got.Comm, got.UID, got.GID)
	}
	if got.Family != w.Family || got.Proto != w.Proto || got.Type != w.Type || got.Dual != w.Dual {
		tb.Errorf("%s: got family %d, protocol %d, type %d, dual %v, want %d, %d, %d, %v", what,
			got.Family, got.Proto, got.Type, got.Dual, w.Family, w.Proto, w.Type, w.Dual)
	}
	if age := time.Since(time.Unix(0, got.Time)); age < 0 || age > time.Minute {
		tb.Errorf("%s: got an event %v ago", what, age)
	}
	return got
}

func inodeOf(tb testing.TB, path string) uint64 {
	tb.Helper()
	var st unix.Stat_t
	if err := unix.Stat(path, &st); err != nil {
		tb.Fatal(err)
	}
	return st.Ino
}

// ownCgroup returns the id of the cgroup that this process is in, which is the inode of
// its folder.
func ownCgroup(tb testing.TB) uint64 {
	tb.Helper()
	text, err := os.ReadFile("/proc/self/cgroup")
	if err != nil {
		tb.Fatal(err)
	}
	mounts, err := os.ReadFile("/proc/self/mountinfo")
	if err != nil {
		tb.Fatal(err)
	}
	_, path, _ := strings.Cut(string(text), "0::")
	path, _, _ = strings.Cut(path, "\n")
	return inodeOf(tb, cgroup2Mount(string(mounts))+path)
}

// identity returns a process as proc_pid_stat(5) knows it.
func identity(tb testing.TB, pid int) proc.ID {
	tb.Helper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		tb.Fatal(err)
	}
	// Field 2, the name, may have spaces; after it comes field 3.
	fields := strings.Fields(string(text[bytes.LastIndexByte(text, ')')+1:]))
	start, err := strconv.ParseUint(fields[22-3], 10, 64)
	if err != nil {
		tb.Fatal(err)
	}
	return proc.ID{PID: int32(pid), Start: start}
}

// A sock is a socket of the test's, made by system calls: nothing is done behind its
// back.
type sock struct {
	tb     testing.TB
	fd     int
	cookie uint64
}

// socket makes one, closed by the test's end.
func socket(tb testing.TB, domain, kind, proto int) *sock {
	tb.Helper()
	fd, err := unix.Socket(domain, kind|unix.SOCK_CLOEXEC, proto)
	if err != nil {
		tb.Fatal(os.NewSyscallError("socket", err))
	}
	return newSock(tb, fd)
}

func newSock(tb testing.TB, fd int) *sock {
	tb.Helper()
	s := &sock{tb: tb, fd: fd}
	tb.Cleanup(s.close)
	var err error
	s.cookie, err = unix.GetsockoptUint64(fd, unix.SOL_SOCKET, unix.SO_COOKIE)
	s.must("getsockopt SO_COOKIE", err)
	return s
}

func (s *sock) must(call string, err error) {
	s.tb.Helper()
	if err != nil {
		s.tb.Fatal(os.NewSyscallError(call, err))
	}
}

func (s *sock) close() {
	if s.fd >= 0 {
		unix.Close(s.fd)
		s.fd = -1
	}
}

func sockaddr(a netip.AddrPort) unix.Sockaddr {
	if a.Addr().Is4() {
		return &unix.SockaddrInet4{Addr: a.Addr().As4(), Port: int(a.Port())}
	}
	return &unix.SockaddrInet6{Addr: a.Addr().As16(), Port: int(a.Port())}
}

func (s *sock) bind(a netip.AddrPort) {
	s.tb.Helper()
	s.must("bind", unix.Bind(s.fd, sockaddr(a)))
}

func (s *sock) connect(a netip.AddrPort) {
	s.tb.Helper()
	s.must("connect", unix.Connect(s.fd, sockaddr(a)))
}

func (s *sock) listen() {
	s.tb.Helper()
	s.must("listen", unix.Listen(s.fd, 8))
}

func (s *sock) accept() *sock {
	s.tb.Helper()
	fd, _, err := unix.Accept4(s.fd, unix.SOCK_CLOEXEC)
	s.must("accept", err)
	return newSock(s.tb, fd)
}

func (s *sock) write() {
	s.tb.Helper()
	_, err := unix.Write(s.fd, []byte{1})
	s.must("write", err)
}

func (s *sock) read() {
	s.tb.Helper()
	_, err := unix.Read(s.fd, make([]byte, 1500))
	s.must("read", err)
}

func (s *sock) sendTo(a netip.AddrPort, b ...byte) {
	s.tb.Helper()
	s.must("sendto", unix.Sendto(s.fd, b, 0, sockaddr(a)))
}

// local returns the own end.
func (s *sock) local() netip.AddrPort {
	s.tb.Helper()
	a, err := unix.Getsockname(s.fd)
	s.must("getsockname", err)
	switch a := a.(type) {
	case *unix.SockaddrInet4:
		return netip.AddrPortFrom(netip.AddrFrom4(a.Addr), uint16(a.Port))
	case *unix.SockaddrInet6:
		return netip.AddrPortFrom(netip.AddrFrom16(a.Addr), uint16(a.Port))
	}
	s.tb.Fatalf("a socket bound to a %T", a)
	return netip.AddrPort{}
}

func TestMain(m *testing.M) {
	switch os.Getenv("SOCKEYE_ACTOR") {
	case "socket":
		act()
	case "watcher":
		_, err := NewWatcher(WatchOptions{})
		fmt.Println(err)
	default:
		os.Exit(m.Run())
	}
}

// act is the other process of a test. It does what the lines of its standard input
// say, with the socket that it was given, and says when it is done.
func act() {
	fd := 3 // exec.Cmd.ExtraFiles begin there
	in := bufio.NewScanner(os.Stdin)
	for in.Scan() {
		var err error
		switch in.Text() {
		case "accept":
			fd, _, err = unix.Accept(fd)
		case "read":
			_, err = unix.Read(fd, make([]byte, 1500))
		case "write":
			_, err = unix.Write(fd, []byte{1})
		}
		if err != nil {
			fmt.Println(err)
			os.Exit(1)
		}
		fmt.Println("done")
	}
}

// An actor is a process that act runs in.
type actor struct {
	tb  testing.TB
	id  proc.ID
	in  io.WriteCloser
	out *bufio.Scanner
}

// executable returns the path of the test itself.
func executable(tb testing.TB) string {
	tb.Helper()
	name, err := os.Executable()
	if err != nil {
		tb.Fatal(err)
	}
	return name
}

// startActor gives a socket to a new process.
func startActor(tb testing.TB, s *sock) *actor {
	tb.Helper()
	fd, err := unix.Dup(s.fd)
	s.must("dup", err)
	file := os.NewFile(uintptr(fd), "socket")
	defer file.Close()
	cmd := exec.Command(executable(tb))
	cmd.Env = append(os.Environ(), "SOCKEYE_ACTOR=socket")
	cmd.ExtraFiles = []*os.File{file}
	in, err := cmd.StdinPipe()
	if err != nil {
		tb.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		tb.Fatal(err)
	}
	testkit.Start(tb, cmd)
	return &actor{tb, identity(tb, cmd.Process.Pid), in, bufio.NewScanner(out)}
}

// do lets the actor do something, and waits for it.
func (a *actor) do(what string) {
	a.tb.Helper()
	fmt.Fprintln(a.in, what)
	if !a.out.Scan() || a.out.Text() != "done" {
		a.tb.Fatalf("%s: got %q, want done", what, a.out.Text())
	}
}
