package proc

import (
	"errors"
	"fmt"
	"io/fs"
	"net/netip"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"time"

	"golang.org/x/sys/unix"
)

// tables reads the sockets of a process's network namespace from the text tables of
// /proc/PID/net. That takes no rights, no matter whose the process is, unless /proc is
// mounted with hidepid. The tables know neither cookie nor cgroup, nor the interface
// that a socket is bound to, nor whether an IPv6 socket takes IPv4. It may be used by
// several goroutines.
type tables struct {
	netns uint64 // inode of the namespace, 0 where that may not be read
	net   uint64 // inode of its table of devices, which tells namespaces apart as well

	mu       sync.Mutex
	files    tableFiles
	oldest   time.Time // see since
	readings map[*table]*reading
	socket   Socket
	best     best
}

// newTables opens the network namespace of a process of the /proc at root. It stays
// the process's: once that has ended or is in another one, reading fails.
func newTables(root string, pid int32) (*tables, error) {
	dir := filepath.Join(root, strconv.Itoa(int(pid)))
	process, err := unix.Open(dir, unix.O_PATH|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, fmt.Errorf("open socket tables: %w", &fs.PathError{Op: "open", Path: dir, Err: err})
	}
	defer unix.Close(process)
	fd, err := unix.Openat(process, "net", unix.O_PATH|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, fmt.Errorf("open socket tables: %w", &fs.PathError{Op: "open", Path: dir + "/net", Err: err})
	}
	t := &tables{files: tableFiles{dir: fd, hasDir: true}}
	t.net = t.files.device()
	var st unix.Stat_t
	if unix.Fstatat(process, "ns/net", &st, 0) == nil {
		t.netns = st.Ino
	}
	return t, nil
}

// close lets go of the namespace.
func (t *tables) close() error {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.files.close()
}

// find is diag's, from text. It reads whole tables, unless since lets it do less.
func (t *tables) find(proto uint8, local, remote netip.AddrPort) (Socket, match, error) {
	found, m, err := t.findAll(proto, local, remote, nil)
	if len(found) == 0 {
		return Socket{}, matchNone, err
	}
	return found[0], m, err
}

// findAll is diag's, from text.
func (t *tables) findAll(proto uint8, local, remote netip.AddrPort, dst []Socket) ([]Socket, match, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.best = best{proto: proto, local: local, remote: remote, from: len(dst), found: dst}
	for _, list := range [...][]*table{portTables, rawTables} {
		for _, table := range list {
			if table.proto != 0 && table.proto != proto || listed(proto) && table.typ == sockRaw ||
				table.family == afInet && !local.Addr().Is4() {
				continue
			}
			if err := t.atPort(table, local, t.best.add); err != nil {
				return dst, matchNone, fmt.Errorf("find sockets: %w", err)
			}
		}
	}
	return t.best.found, t.best.match, nil
}

// dump is diag's, from text.
func (t *tables) dump(each func(*Socket)) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, list := range [...][]*table{portTables, rawTables, {packetTable}} {
		for _, table := range list {
			if err := t.list(table, each); err != nil {
				return fmt.Errorf("list sockets: %w", err)
			}
		}
	}
	return nil
}

func (t *tables) list(table *table, each func(*Socket)) error {
	text, err := t.files.read(table.name)
	if err != nil {
		return err
	}
	// Afterwards: who has gone to another namespace (setns(2)) may have done so meanwhile.
	if t.net != 0 && t.files.device() != t.net {
		return fmt.Errorf("the process is in another network namespace now: %w", fs.ErrNotExist)
	}
	table.read(text, &t.socket, func(device uint32) {
		t.socket.NetNS = t.netns
		if device != 0 {
			t.socket.Device = "if" + strconv.Itoa(int(device)) // its name is in another table, of another form
		}
		each(&t.socket)
	})
	return nil
}

// tableFiles reads files of a folder of text tables: those that were opened before,
// where the folder itself may be gone, and others.
type tableFiles struct {
	hasDir bool
	dir    int
	held   map[string]int
	buf    []byte
}

// hold opens tables for good, in the network namespace of the calling thread where
// dir is its own. What the kernel does not have is left out.
func (f *tableFiles) hold(dir string, tables []*table) {
	f.held = map[string]int{}
	for _, t := range tables {
		if fd, err := unix.Open(filepath.Join(dir, t.name), unix.O_RDONLY|unix.O_CLOEXEC, 0); err == nil {
			f.held[t.name] = fd
		}
	}
}

func (f *tableFiles) close() error {
	for _, fd := range f.held {
		unix.Close(fd)
	}
	if !f.hasDir {
		return nil
	}
	return os.NewSyscallError("close", unix.Close(f.dir))
}

// read returns a table as it is now, whose memory is used again; of one that the
// kernel does not have, nothing.
func (f *tableFiles) read(name string) ([]byte, error) {
	fd, ok := f.held[name]
	if !ok {
		if !f.hasDir {
			return nil, nil
		}
		var err error
		if fd, err = unix.Openat(f.dir, name, unix.O_RDONLY|unix.O_CLOEXEC, 0); errors.Is(err, unix.ENOENT) && f.alive() {
			return nil, nil
		} else if err != nil {
			return nil, &fs.PathError{Op: "open", Path: "/proc/PID/net/" + name, Err: err}
		}
		defer unix.Close(fd)
	}
	if f.buf == nil {
		f.buf = make([]byte, 4<<10)
	}
	for n := 0; ; {
		got, err := unix.Pread(fd, f.buf[n:], int64(n))
		switch {
		case errors.Is(err, unix.EINTR):
			continue
		case err != nil:
			return nil, &fs.PathError{Op: "read", Path: "/proc/PID/net/" + name, Err: err}
		case got == 0:
			return f.buf[:n], nil
		}
		if n += got; len(f.buf)-n < 4<<10 {
			f.buf = append(f.buf, make([]byte, len(f.buf))...)
		}
	}
}

// alive reports whether the folder still has tables: without its process it has none.
func (f *tableFiles) alive() bool { return f.device() != 0 }

// device is the inode of the table of devices, which each namespace has of its own; 0
// where there is none.
func (f *tableFiles) device() uint64 {
	var st unix.Stat_t
	if unix.Fstatat(f.dir, "dev", &st, 0) != nil {
		return 0
	}
	return st.Ino
}
