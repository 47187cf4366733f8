package proc

import (
	"bufio"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"sockeye/internal/testkit"
)

func openThis(tb testing.TB) *procfs {
	tb.Helper()
	p, err := newProcfs("")
	if err != nil {
		tb.Fatal(err)
	}
	return p
}

// start runs a program that writes a line when it is ready, and returns its pid.
func start(t *testing.T, cmd *exec.Cmd) int32 {
	t.Helper()
	in, err := cmd.StdinPipe() // whose end it waits for
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		in.Close()
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	if _, err := bufio.NewReader(out).ReadString('\n'); err != nil {
		t.Fatal(err)
	}
	return int32(cmd.Process.Pid)
}

// sleepUntilStdinEnds is a shell's program: it says that it is there and waits.
const sleepUntilStdinEnds = "echo; read x"

func TestReadThisProcess(t *testing.T) {
	p := openThis(t)
	pid := int32(os.Getpid())
	got, err := p.read(pid)
	if err != nil {
		t.Fatal(err)
	}
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	if got.Exe != exe || got.Deleted || got.Name != filepath.Base(exe) && got.Name != got.Comm {
		t.Errorf("got %q at %q, deleted %v, want %q", got.Name, got.Exe, got.Deleted, exe)
	}
	if want := boundArgs(slices.Clone(os.Args)); !slices.Equal(got.Args, want) {
		t.Errorf("got the arguments %q, want %q", got.Args, want)
	}
	if int(got.UID) != os.Geteuid() || int(got.GID) != os.Getegid() {
		t.Errorf("got user %d, group %d", got.UID, got.GID)
	}
	if age := time.Since(got.Started); age < 0 || age > time.Hour {
		t.Errorf("it was started %v ago", age)
	}
	if l := lacks(got); l == "parents: no rights" {
		got.Lacks = nil // hidepid
	} else if os.Getppid() != 0 && (len(got.Parents) == 0 || int(got.Parents[0].PID) != os.Getppid() || got.Parents[0].Name == "") {
		t.Errorf("got the parents %v, want %d first", got.Parents, os.Getppid())
	}
	var ns unix.Stat_t
	if err := unix.Stat("/proc/self/ns/net", &ns); err != nil || got.NetNS != ns.Ino {
		t.Errorf("got the network namespace %d, want %d: %v", got.NetNS, ns.Ino, err)
	}
	if l := lacks(got); l != "" {
		t.Errorf("it lacks %s", l)
	}
	if id, err := p.identify(pid); err != nil || id != got.ID {
		t.Errorf("its identity is %v, %v, want %v", id, err, got.ID)
	}
}

// TestStartedByTheClock compares with what the process itself sees of the clock.
func TestStartedByTheClock(t *testing.T) {
	before := time.Now()
	pid := start(t, exec.Command("/bin/sh", "-c", sleepUntilStdinEnds))
	after := time.Now()
	got, err := openThis(t).read(pid)
	if err != nil {
		t.Fatal(err)
	}
	const tick = 20 * time.Millisecond // of the kernel's account, and of ours
	if got.Started.Before(before.Add(-tick)) || got.Started.After(after.Add(tick)) {
		t.Errorf("got %v, want between %v and %v", got.Started, before, after)
	}
}

func TestReadScriptWithALongName(t *testing.T) {
	script := filepath.Join(t.TempDir(), "a-script-with-a-long-name.sh")
	if err := os.WriteFile(script, []byte("#!/bin/sh\n"+sleepUntilStdinEnds+"\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	pid := start(t, exec.Command(script, "an argument"))
	got, err := openThis(t).read(pid)
	if err != nil {
		t.Fatal(err)
	}
	if got.Name != filepath.Base(script) || got.Comm != "a-script-with-a" || got.Script != script {
		t.Errorf("got the name %q, comm %q, script %q", got.Name, got.Comm, got.Script)
	}
	if want := []string{script, "an argument"}; !slices.Equal(got.Args[1:], want) {
		t.Errorf("got the arguments %q, want %q after the shell's", got.Args, want)
	}
}

// copyOfShell puts a copy of the shell somewhere.
func copyOfShell(t *testing.T, dir, name string) string {
	t.Helper()
	b, err := os.ReadFile("/bin/sh")
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, name)
	if err := os.WriteFile(path, b, 0o755); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestReadDeletedExecutable(t *testing.T) {
	for _, name := range []string{"shell", "shell (deleted)"} {
		path := copyOfShell(t, t.TempDir(), name)
		pid := start(t, exec.Command(path, "-c", sleepUntilStdinEnds))
		p := openThis(t)
		if got, err := p.read(pid); err != nil || got.Exe != path || got.Deleted {
			t.Errorf("got %+v, %v, want %q, not deleted", got, err, path)
		}
		if err := os.Remove(path); err != nil {
			t.Fatal(err)
		}
		if got, err := p.read(pid); err != nil || got.Exe != path || !got.Deleted {
			t.Errorf("got %+v, %v, want %q, deleted", got, err, path)
		}
	}
}

// TestReadNeverMixesPrograms reads a process that becomes one and the other program by
// turns, as fast as it can.
func TestReadNeverMixesPrograms(t *testing.T) {
	dir := t.TempDir()
	one, two := copyOfShell(t, dir, "one"), copyOfShell(t, dir, "two")
	const swap = `exec "$1" -c "$2" "$1" "$0" "$2"`
	cmd := exec.Command(one, "-c", swap, one, two, swap)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	}()
	p := openThis(t)
	seen := make(map[string]int)
	for end := time.Now().Add(time.Second); time.Now().Before(end); {
		got, err := p.read(int32(cmd.Process.Pid))
		if err != nil {
			t.Fatal(err)
		}
		if got.Exe == "" {
			seen["of several programs, as it says"]++
			continue
		}
		if len(got.Args) == 0 { // of a program that is just being put in place
			continue
		}
		if got.Name != filepath.Base(got.Exe) || got.Args[0] != got.Exe {
			t.Fatalf("the program %s has the name %s and the arguments %q", got.Exe, got.Name, got.Args)
		}
		seen[got.Name]++
	}
	if seen["one"] == 0 || seen["two"] == 0 {
		t.Errorf("got %v, want both", seen)
	}
}

// asNobody runs f without any rights, in a thread that is thrown away.
func asNobody(t *testing.T, f func()) {
	t.Helper()
	const nobody = 65534
	if os.Geteuid() != 0 {
		f()
		return
	}
	var errno syscall.Errno
	done := make(chan struct{})
	go func() {
		defer close(done)
		runtime.LockOSThread() // never unlocked: the thread ends with the goroutine
		// Of this thread alone: unix.Setresuid would change all of them.
		if _, _, errno = unix.RawSyscall(unix.SYS_SETRESUID, nobody, nobody, nobody); errno == 0 {
			f()
		}
	}()
	<-done
	if errno != 0 {
		testkit.Root(t) // a user namespace may have no other user
		t.Fatal("setresuid:", errno)
	}
}

func TestReadOthersProcess(t *testing.T) {
	var first unix.Stat_t
	err := unix.Stat("/proc/1", &first)
	if own := os.Geteuid(); err != nil || os.Getpid() == 1 || own != 0 && int(first.Uid) == own {
		testkit.Skip(t, "needs a first process that is another user's and to be seen: run outside of the container, without hidepid")
	}
	asNobody(t, func() {
		got, err := openThis(t).read(1)
		if err != nil {
			t.Error(err)
			return
		}
		if got.Name == "" || got.Exe != "" || got.Started.IsZero() || !strings.HasPrefix(lacks(got), "exe: no rights") || !strings.Contains(lacks(got), "netns: no rights") {
			t.Errorf("got %+v, want a name and a start, but neither executable nor namespace: no rights", got)
		}
	})
}

func TestHoldersLive(t *testing.T) {
	p := openThis(t)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	file, err := l.(*net.TCPListener).File()
	if err != nil {
		t.Fatal(err)
	}
	inode := inodeOfFile(t, file)
	self, err := p.identify(int32(os.Getpid()))
	if err != nil {
		t.Fatal(err)
	}
	want := func(ids ...ID) {
		t.Helper()
		if found, _ := p.holders([]uint64{inode}); !slices.Equal(found[inode], ids) {
			t.Errorf("got %v, want %v", found[inode], ids)
		}
	}
	want(self)

	cmd := exec.Command("/bin/sh", "-c", sleepUntilStdinEnds)
	cmd.ExtraFiles = []*os.File{file}
	heir, err := p.identify(start(t, cmd))
	if err != nil {
		t.Fatal(err)
	}
	want(self) // who inherited it since is not looked for
	file.Close()
	l.Close()
	want(heir)
	_ = cmd.Process.Kill()
	_ = cmd.Wait()
	want()
}

// TestHoldersLeavesTheIdleAlone: a process that waits is looked into no more.
func TestHoldersLeavesTheIdleAlone(t *testing.T) {
	if _, err := os.Stat("/proc/self/schedstat"); err != nil {
		testkit.KernelLacks(t, "an account of scheduling (CONFIG_SCHED_INFO): "+err.Error())
	}
	p := openThis(t)
	pid := start(t, exec.Command("/bin/sh", "-c", sleepUntilStdinEnds))
	var before time.Time
	testkit.Eventually(t, time.Minute, "the process to be left alone", func() bool {
		time.Sleep(2 * tick) // sooner it may have run without the kernel's account of that
		p.sockets.missed = nil
		p.holders([]uint64{1 << 40})
		h := p.sockets.procs[pid]
		if h == nil {
			t.Fatal("it is not remembered")
		}
		same := h.scanned.Equal(before)
		before = h.scanned
		return same
	})
}

func TestHoldersOfOthers(t *testing.T) {
	asNobody(t, func() {
		found, why := openThis(t).holders([]uint64{1 << 40}) // nobody has it
		if len(found) != 0 || why != NoRights {
			t.Errorf("got %v, %q, want none: no rights", found, why)
		}
	})
}

// TestHoldersOfWhoMayOnlyBeListed: CAP_DAC_READ_SEARCH shows how many files a process
// has open, but not which.
func TestHoldersOfWhoMayOnlyBeListed(t *testing.T) {
	testkit.Root(t)
	p := openThis(t)
	pid := start(t, exec.Command("/bin/sh", "-c", sleepUntilStdinEnds))
	done := make(chan struct{})
	go func() {
		defer close(done)
		runtime.LockOSThread() // never unlocked: the thread ends with the goroutine
		header := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
		var caps [2]unix.CapUserData
		if err := unix.Capget(&header, &caps[0]); err != nil {
			t.Error(os.NewSyscallError("capget", err))
			return
		}
		caps[0].Effective &^= 1 << unix.CAP_SYS_PTRACE
		caps[0].Permitted &^= 1 << unix.CAP_SYS_PTRACE
		if err := unix.Capset(&header, &caps[0]); err != nil {
			t.Error(os.NewSyscallError("capset", err))
			return
		}
		found, why := p.holders([]uint64{1 << 40}) // nobody has it
		if len(found) != 0 || why != NoRights || !p.sockets.procs[pid].denied {
			t.Errorf("got %v, %q, want none: no rights", found, why)
		}
	}()
	<-done
}

func inodeOfFile(t *testing.T, f *os.File) uint64 {
	t.Helper()
	var st unix.Stat_t
	if err := unix.Fstat(int(f.Fd()), &st); err != nil {
		t.Fatal(err)
	}
	return st.Ino
}

func TestFromKernelLive(t *testing.T) {
	p := openThis(t)
	mount := cgroupMount()
	if mount == "" {
		testkit.KernelLacks(t, "a mounted cgroup2")
	}
	var st unix.Stat_t
	if err := unix.Stat(mount, &st); err != nil {
		t.Fatal(err)
	}
	id, err := p.identify(int32(os.Getpid()))
	if err != nil {
		t.Fatal(err)
	}
	got := p.fromKernel(&Event{Process: id, Comm: "test", UID: uint32(os.Geteuid()), Cgroup: st.Ino})
	if got.Cgroup != "/" || got.Name != "test" || got.User != p.user(got.UID) {
		t.Errorf("got %+v", got)
	}
}

func TestCgroupPaths(t *testing.T) {
	testkit.Root(t)
	mount := cgroupMount()
	if mount == "" {
		testkit.KernelLacks(t, "a mounted cgroup2")
	}
	dir := filepath.Join(mount, "sk-e-test.slice", "inner.scope")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		testkit.Skip(t, "cgroup2 cannot be written: "+err.Error())
	}
	removed := false
	remove := func() {
		if !removed {
			removed = os.Remove(dir) == nil && os.Remove(filepath.Dir(dir)) == nil
		}
	}
	defer remove()
	var st unix.Stat_t
	if err := unix.Stat(dir, &st); err != nil {
		t.Fatal(err)
	}
	const want = "/sk-e-test.slice/inner.scope"
	handle := cgroupTree{mount: mount, looked: true}
	if got, err := handle.byHandle(st.Ino); got != want {
		t.Errorf("by its handle: got %q, %v, want %q", got, err, want)
	}
	walk := cgroupTree{mount: mount, looked: true, paths: make(map[uint64]string)}
	walk.walk()
	if got := walk.paths[st.Ino]; got != want {
		t.Errorf("by a walk: got %q, want %q", got, want)
	}
	remove()
	if got := handle.path(st.Ino); got != "" {
		t.Errorf("after it was removed: got %q", got)
	}
	if got := walk.path(st.Ino); got != want {
		t.Errorf("remembered: got %q, want %q", got, want)
	}
}

func TestFindsTheMachinesProcfs(t *testing.T) {
	p := openThis(t)
	if p.root != "/proc" && p.root != "/host/proc" {
		t.Errorf("got %q", p.root)
	}
	if p.root == "/proc" && p.host != "/" && p.host != "" {
		t.Errorf("got the machine's root %q", p.host)
	}
}

func BenchmarkRead(b *testing.B) {
	p := openThis(b)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := p.read(int32(os.Getpid())); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkHolders looks for a new socket among 500 processes that have 120 open files
// each: the first time, and when one process has run since.
func BenchmarkHolders(b *testing.B) {
	const processes, files = 500, 117
	for range processes {
		cmd := exec.Command("/bin/sleep", "1000")
		for range files {
			fd, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
			if err != nil {
				b.Fatal(err)
			}
			cmd.ExtraFiles = append(cmd.ExtraFiles, os.NewFile(uintptr(fd), "socket"))
		}
		if err := cmd.Start(); err != nil {
			b.Fatal(err)
		}
		b.Cleanup(func() {
			_ = cmd.Process.Kill()
			_ = cmd.Wait()
		})
		for _, f := range cmd.ExtraFiles {
			f.Close()
		}
	}
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		b.Fatal(err)
	}
	defer unix.Close(fd)
	p := openThis(b)
	b.Run("first", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			p.sockets = holderTable{}
			p.holders([]uint64{1 << 40})
		}
	})
	time.Sleep(2 * tick)
	b.Run("later", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			p.sockets.missed = nil
			p.holders([]uint64{1 << 40})
		}
	})
}
