package proc

import (
	"fmt"
	"io/fs"
	"net/netip"
	"os"
	"path/filepath"
	"runtime"
	"strconv"

	"golang.org/x/sys/unix"
)

// namedSpaces is where ip-netns(8) keeps namespaces that have a name.
const namedSpaces = "/run/netns"

// nsfsMagic is NSFS_MAGIC of linux/magic.h.
const nsfsMagic = 0x6e736673

// space is a network namespace.
type space struct {
	netns uint64 // its inode; 0 where that may not be read
	net   uint64 // inode of net/dev of its processes, which is as unique; 0 without pid
	pid   int32  // of a process in it, of the /proc at root; 0 for none
	own   bool   // this process is in it
	root  string
	name  string // of ip-netns(8), where it has one
}

// spaces lists the network namespaces in which there are processes, or that have a
// name, by way of the /proc at root, "" for /proc.
//
// That takes no rights: a process's namespace is known by the inodes in its
// /proc/PID/net, which every namespace has of its own. Only the inode of the namespace
// itself takes the right to look into one of its processes.
func spaces(root string) ([]space, error) {
	if root == "" {
		root = "/proc"
	}
	dir, err := os.Open(root)
	if err != nil {
		return nil, fmt.Errorf("list network namespaces: %w", err)
	}
	defer dir.Close()
	names, err := dir.Readdirnames(-1)
	if err != nil {
		return nil, fmt.Errorf("list network namespaces: %w", err)
	}
	list := &spaceList{root: root, byNet: map[uint64]int{}}
	for _, name := range names {
		if pid, err := strconv.ParseInt(name, 10, 32); err == nil {
			list.process(int(dir.Fd()), name, int32(pid))
		}
	}
	list.named()
	list.own()
	return list.spaces, nil
}

// spaceList is what spaces gathers.
type spaceList struct {
	root   string
	spaces []space
	byNet  map[uint64]int // index in spaces, by the inode of /proc/PID/net/dev
}

// process notes the namespace of a process. One that is gone, or that hidepid hides,
// is passed over.
func (l *spaceList) process(dir int, name string, pid int32) {
	var st unix.Stat_t
	if unix.Fstatat(dir, name+"/net/dev", &st, 0) != nil {
		return
	}
	i, ok := l.byNet[st.Ino]
	if !ok {
		i = len(l.spaces)
		l.byNet[st.Ino] = i
		l.spaces = append(l.spaces, space{net: st.Ino, pid: pid, root: l.root})
	}
	s := &l.spaces[i]
	if s.netns != 0 {
		return
	}
	// A process that this one may look into is the better one to go by.
	if unix.Fstatat(dir, name+"/ns/net", &st, 0) == nil {
		s.netns, s.pid = st.Ino, pid
	}
}

// named adds the namespaces that have a name. A file that is none is left over from
// one.
func (l *spaceList) named() {
	entries, err := os.ReadDir(namedSpaces)
	if err != nil {
		return // ip-netns(8) was never used
	}
	for _, e := range entries {
		path := filepath.Join(namedSpaces, e.Name())
		var at unix.Statfs_t
		var st unix.Stat_t
		if unix.Statfs(path, &at) != nil || at.Type != nsfsMagic || unix.Stat(path, &st) != nil {
			continue
		}
		if i := l.index(st.Ino); i >= 0 {
			l.spaces[i].name = e.Name()
			continue
		}
		l.spaces = append(l.spaces, space{netns: st.Ino, root: l.root, name: e.Name()})
	}
}

// own marks the namespace of this process. Its own /proc says which it is, not that
// of another one at root.
func (l *spaceList) own() {
	var st unix.Stat_t
	if unix.Stat(threadNetNS, &st) != nil {
		return
	}
	if i := l.index(st.Ino); i >= 0 {
		l.spaces[i].own = true
	}
}

func (l *spaceList) index(netns uint64) int {
	for i := range l.spaces {
		if l.spaces[i].netns == netns {
			return i
		}
	}
	return -1
}

// open opens the namespace for sock_diag. That takes CAP_SYS_ADMIN, there and here:
// without it the error matches fs.ErrPermission, and the text tables are left
// (newTables).
func (s *space) open() (d *diag, err error) {
	err = s.visit(func() error {
		d, err = newDiag()
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("open network namespace: %w", err)
	}
	return d, nil
}

// tables opens the text tables of the namespace, which takes no rights. One without
// processes has none.
func (s *space) tables() (*tables, error) {
	if s.pid == 0 {
		return nil, fmt.Errorf("open socket tables: no process is in network namespace %s: %w", s.name, fs.ErrNotExist)
	}
	t, err := newTables(s.root, s.pid)
	if err != nil {
		return nil, err
	}
	if t.net != s.net {
		t.close()
		return nil, fmt.Errorf("open socket tables: process %d is another one now: %w", s.pid, fs.ErrNotExist)
	}
	return t, nil
}

// addrs returns the addresses of the namespace's interfaces, those of loopback too.
// It takes no rights where there is a process.
func (s *space) addrs() (addrs []netip.Addr, err error) {
	if s.pid != 0 {
		t, err := s.tables()
		if err != nil {
			return nil, err
		}
		defer t.close()
		return t.files.addrs()
	}
	err = s.visit(func() error {
		dir, err := unix.Open("/proc/thread-self/net", unix.O_PATH|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
		if err != nil {
			return os.NewSyscallError("open", err)
		}
		files := tableFiles{dir: dir, hasDir: true}
		defer files.close()
		addrs, err = files.addrs()
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read addresses: %w", err)
	}
	return addrs, nil
}

// addrs reads the addresses of the namespace that the tables are of.
func (f *tableFiles) addrs() ([]netip.Addr, error) {
	text, err := f.read("fib_trie")
	if err != nil {
		return nil, err
	}
	addrs := readFibTrie(text, nil)
	if text, err = f.read("if_inet6"); err != nil { // without IPv6 it is empty
		return nil, err
	}
	return readIfInet6(text, addrs), nil
}

// visit runs f on a thread that is in the namespace. Sockets and files of /proc that f
// opens stay there.
func (s *space) visit(f func() error) error {
	if s.own {
		return f()
	}
	path := filepath.Join(s.root, strconv.Itoa(int(s.pid)), "ns/net")
	if s.pid == 0 {
		path = filepath.Join(namedSpaces, s.name)
	}
	there, err := os.Open(path)
	if err != nil {
		return err
	}
	defer there.Close()
	var st unix.Stat_t
	if err := unix.Fstat(int(there.Fd()), &st); err != nil {
		return os.NewSyscallError("fstat", err)
	}
	if s.netns != 0 && st.Ino != s.netns { // the pid is another process's now
		return fmt.Errorf("enter network namespace %d: %w", s.netns, fs.ErrNotExist)
	}
	done := make(chan error)
	go func() { done <- onThread(int(there.Fd()), f) }()
	return <-done
}

// onThread runs f with the thread of the calling goroutine in a namespace. A thread
// that cannot come back stays locked, and ends with the goroutine.
func onThread(there int, f func() error) error {
	runtime.LockOSThread()
	home, err := os.Open(threadNetNS)
	if err != nil {
		runtime.UnlockOSThread()
		return err
	}
	defer home.Close()
	if err := unix.Setns(there, unix.CLONE_NEWNET); err != nil {
		runtime.UnlockOSThread()
		return os.NewSyscallError("setns", err)
	}
	err = f()
	if unix.Setns(int(home.Fd()), unix.CLONE_NEWNET) == nil {
		runtime.UnlockOSThread()
	}
	return err
}
