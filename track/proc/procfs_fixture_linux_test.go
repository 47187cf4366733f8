package proc

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
)

// fakeProcfs is a tree of files in the form of proc(5), whose machine has users, units
// and containers of its own.
type fakeProcfs struct {
	testing.TB
	root    string // the procfs
	machine string // the machine's root directory
}

// booted is when the fake machine was started.
var booted = time.Date(2025, 3, 1, 12, 0, 0, 0, time.UTC)

func newFakeProcfs(tb testing.TB) *fakeProcfs {
	dir := tb.TempDir()
	f := &fakeProcfs{tb, filepath.Join(dir, "proc"), filepath.Join(dir, "machine")}
	f.file(f.machine, "etc/passwd", "root:x:0:0::/root:/bin/sh\nalice:x:1000:1000::/home/alice:/bin/sh\n")
	f.file(f.machine, "etc/group", "root:x:0:\nstaff:x:1000:\n")
	f.process(1, fakeTask{comm: "systemd", exe: "/usr/lib/systemd/systemd", args: "/sbin/init\x00", cgroup: "0::/init.scope\n"})
	f.process(2, fakeTask{comm: "kthreadd", kernel: true, cgroup: "0::/\n"})
	f.link("1", filepath.Join(f.root, "self"))
	return f
}

// open reads the tree as the attributor would.
func (f *fakeProcfs) open() *procfs {
	f.Helper()
	p, err := newProcfs(f.root)
	if err != nil {
		f.Fatal(err)
	}
	p.clock = func() time.Time { return booted }
	return p
}

func (f *fakeProcfs) read(p *procfs, pid int32) *Process {
	f.Helper()
	pr, err := p.read(pid)
	if err != nil {
		f.Fatal(err)
	}
	return pr
}

// fakeTask is a process as the tree shows it. What is zero is as it mostly is.
type fakeTask struct {
	comm    string
	parent  int
	start   int // ticks
	kernel  bool
	exe     string
	args    string // with their NULs
	uid     int
	uidMap  string
	cgroup  string
	root    string // its root directory; empty is the machine's
	mounts  string
	netns   int
	sockets map[int]int // inode by fd
	ran     string      // schedstat
}

// process writes /proc/PID, in the place of what was there.
func (f *fakeProcfs) process(pid int, p fakeTask) {
	f.Helper()
	final := filepath.Join(f.root, strconv.Itoa(pid))
	dir := final + ".new" // so that its inode is not that of the one before it
	flags := 0
	if p.kernel {
		flags = kernelThread
	}
	f.file(dir, "stat", fmt.Sprintf("%d (%s) S %d 0 0 0 -1 %d 0 0 0 0 0 0 0 0 20 0 1 0 %d 0 0 0 0 0 0\n", pid, p.comm, p.parent, flags, p.start))
	f.file(dir, "status", fmt.Sprintf("Name:\t%s\nUid:\t%d\t%d\t0\t0\nGid:\t%d\t%d\t0\t0\n", p.comm, p.uid, p.uid, p.uid, p.uid))
	f.file(dir, "cmdline", p.args)
	f.file(dir, "cgroup", p.cgroup)
	f.file(dir, "mountinfo", p.mounts)
	if p.uidMap == "" {
		p.uidMap = "0 0 4294967295\n"
	}
	f.file(dir, "uid_map", p.uidMap)
	if p.exe != "" {
		f.link(p.exe, filepath.Join(dir, "exe"))
	}
	if p.root == "" {
		p.root = f.machine
	}
	f.link(p.root, filepath.Join(dir, "root"))
	if p.netns != 0 {
		f.link(fmt.Sprintf("net:[%d]", p.netns), filepath.Join(dir, "ns/net"))
	}
	f.file(dir, "task/"+strconv.Itoa(pid)+"/comm", p.comm)
	f.file(dir, "schedstat", p.ran)
	if err := os.MkdirAll(filepath.Join(dir, "fd"), 0o700); err != nil {
		f.Fatal(err)
	}
	for fd, inode := range p.sockets {
		f.link(fmt.Sprintf("socket:[%d]", inode), filepath.Join(dir, "fd", strconv.Itoa(fd)))
	}
	f.link("/dev/null", filepath.Join(dir, "fd/200"))
	if err := os.RemoveAll(final); err != nil {
		f.Fatal(err)
	}
	if err := os.Rename(dir, final); err != nil {
		f.Fatal(err)
	}
}

func (f *fakeProcfs) file(dir, name, text string) {
	f.Helper()
	path := filepath.Join(dir, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		f.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		f.Fatal(err)
	}
}

func (f *fakeProcfs) link(to, path string) {
	f.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		f.Fatal(err)
	}
	if err := os.Symlink(to, path); err != nil {
		f.Fatal(err)
	}
}

// lacks words what a process lacks.
func lacks(pr *Process) string {
	var words []string
	for _, l := range pr.Lacks {
		words = append(words, l.Fact+": "+l.Reason.String())
	}
	return strings.Join(words, ", ")
}
