package proc

import (
	"os"
	"slices"
	"syscall"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// tick is the longest that a process can run without the kernel's account of it
// changing: the timer's slowest interrupt (CONFIG_HZ=100), twice for good measure.
// (Processors without one, nohz_full, make it a second: a socket that is opened there
// is found that much later.)
const tick = 20 * time.Millisecond

// ran is /proc/PID/schedstat (Documentation/scheduler/sched-stats.rst): how long the
// thread ran and waited, and how often. It is zero where that is not known.
type ran [48]byte

// scan looks into all processes that can have opened something since the last time.
func (t *holderTable) scan(root string) {
	if t.procs == nil {
		t.procs, t.inodes = make(map[int32]*holder), make(map[uint64][]spot)
		t.list, t.fds = make([]byte, 32<<10), make([]byte, 32<<10)
	}
	t.pass++
	t.denied = false
	fd, err := unix.Open(root, unix.O_RDONLY|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err != nil {
		t.denied = true
		return
	}
	defer unix.Close(fd)
	eachEntry(fd, t.list, func(name []byte, ino uint64) {
		if pid, ok := number(name); ok {
			t.look(fd, name, pid, ino)
		}
	})
	for pid, h := range t.procs {
		if h.pass != t.pass {
			t.forget(pid, h)
		}
	}
}

// look looks into one process, unless it cannot have opened anything since the last time.
func (t *holderTable) look(procs int, name []byte, pid int32, ino uint64) {
	h := t.procs[pid]
	if h != nil && h.dir != ino {
		t.forget(pid, h)
		h = nil
	}
	if h != nil && h.idle(procs, name) {
		h.pass = t.pass
		t.denied = t.denied || h.denied
		return
	}
	fd, err := unix.Openat(procs, string(name), unix.O_PATH|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err != nil { // it has ended, and is forgotten with this pass
		t.denied = t.denied || reasonOf(os.NewSyscallError("openat", err)) != Exited
		return
	}
	dir := procDir{fd}
	defer dir.close()
	if h == nil {
		st, err := dir.stat()
		if err != nil {
			return
		}
		h = &holder{dir: ino, id: ID{PID: pid, Start: st.start}, kernel: st.kernel}
		t.procs[pid] = h
	}
	h.pass = t.pass
	if !h.kernel {
		h.scanned = time.Now()
		h.ran = ranOf(procs, name) // before the threads are counted: to make one, it must run
		h.alone = dir.threads() == 1
		t.readSockets(dir, h)
	}
	t.denied = t.denied || h.denied
}

// idle reports whether a process has not run since it was looked into: threads of the
// kernel have no files, and one that had one thread then would have had to run to have
// more.
func (h *holder) idle(procs int, name []byte) bool {
	if h.kernel {
		return true
	}
	return h.alone && h.ran != ran{} && time.Since(h.scanned) >= tick && ranOf(procs, name) == h.ran
}

// ranOf reads how much a process ran.
func ranOf(procs int, name []byte) (r ran) {
	fd, err := unix.Openat(procs, string(name)+"/schedstat", unix.O_RDONLY|unix.O_CLOEXEC, 0)
	if err != nil {
		return ran{}
	}
	defer unix.Close(fd)
	if n, err := unix.Read(fd, r[:]); err != nil || n <= 0 || n == len(r) {
		return ran{}
	}
	return r
}

// threads counts the threads of a process, 0 where that is not known.
func (d procDir) threads() int {
	var st unix.Stat_t
	if err := unix.Fstatat(d.fd, "task", &st, 0); err != nil || st.Nlink < 3 {
		return 0
	}
	return int(st.Nlink) - 2 // directories: ".", "..", one a thread
}

// readSockets reads which sockets a process has open.
func (t *holderTable) readSockets(dir procDir, h *holder) {
	t.fresh = t.fresh[:0]
	open, err := t.readFDs(dir, "fd")
	if err == nil && open == 0 {
		// A process whose first thread has ended shows nothing: the others have the files.
		if thread := dir.lastThread(); thread != "" {
			_, err = t.readFDs(dir, "task/"+thread+"/fd")
		}
	}
	why := reasonOf(err)
	if why == NoRights {
		// Of a process that has ended meanwhile the kernel says the same.
		if _, err := dir.stat(); err != nil {
			why = Exited
		}
	}
	h.denied = why == NoRights || why == Failed
	if why == Failed { // for want of file descriptors, for one: it may go better next time
		h.ran = ran{}
	}
	t.replace(h, t.fresh)
}

// readFDs appends the sockets in a directory of open files to t.fresh. It returns how
// many files there are. Who may list them may not always see what they are: that takes
// CAP_SYS_PTRACE, as the directory takes CAP_DAC_READ_SEARCH (proc_pid_fd(5)).
func (t *holderTable) readFDs(dir procDir, files string) (open int, err error) {
	fd, err := unix.Openat(dir.fd, files, unix.O_RDONLY|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err != nil {
		return 0, os.NewSyscallError("openat "+files, err)
	}
	defer unix.Close(fd)
	var buf [64]byte
	eachEntry(fd, t.fds, func(name []byte, _ uint64) {
		n, ok := number(name)
		if !ok {
			return
		}
		open++
		if err != nil {
			return // as the others
		}
		link, errno := readlink(fd, name, buf[:])
		if errno == unix.EACCES || errno == unix.EPERM {
			err = os.NewSyscallError("readlinkat "+files, errno)
		}
		if inode, ok := socketInode(link); ok {
			t.fresh = append(t.fresh, held{inode, n})
		}
	})
	return open, err
}

// lastThread is the youngest of several threads, empty where there is only one.
func (d procDir) lastThread() (name string) {
	fd, err := unix.Openat(d.fd, "task", unix.O_RDONLY|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err != nil {
		return ""
	}
	defer unix.Close(fd)
	threads := 0
	eachEntry(fd, make([]byte, 4096), func(entry []byte, _ uint64) {
		if _, ok := number(entry); ok {
			threads++
			name = string(entry)
		}
	})
	if threads < 2 {
		return ""
	}
	return name
}

// replace puts what was read in the place of what was there. Both are by rising fd, so
// that only what differs is touched.
func (t *holderTable) replace(h *holder, fresh []held) {
	old, pid := h.sockets, h.id.PID
	i, j := 0, 0
	for i < len(old) || j < len(fresh) {
		switch {
		case i < len(old) && j < len(fresh) && old[i] == fresh[j]:
			i, j = i+1, j+1
		case j == len(fresh) || i < len(old) && old[i].fd <= fresh[j].fd:
			t.remove(old[i].inode, spot{pid, old[i].fd})
			i++
		default:
			t.inodes[fresh[j].inode] = append(t.inodes[fresh[j].inode], spot{pid, fresh[j].fd})
			j++
		}
	}
	h.sockets = append(h.sockets[:0], fresh...)
}

func (t *holderTable) remove(inode uint64, s spot) {
	spots := slices.DeleteFunc(t.inodes[inode], func(o spot) bool { return o == s })
	if len(spots) == 0 {
		delete(t.inodes, inode)
		return
	}
	t.inodes[inode] = spots
}

func (t *holderTable) forget(pid int32, h *holder) {
	t.replace(h, nil)
	delete(t.procs, pid)
}

// eachEntry calls f for every entry of an open directory. The name is followed by a
// NUL and lies in buf.
func eachEntry(fd int, buf []byte, f func(name []byte, ino uint64)) {
	for {
		n, err := unix.ReadDirent(fd, buf)
		if err == unix.EINTR {
			continue
		}
		if err != nil || n <= 0 {
			return
		}
		for b := buf[:n]; ; {
			name, ino, rest := nextDirent(b)
			if name == nil {
				break
			}
			f(name, ino)
			b = rest
		}
	}
}

// readlink is readlinkat(2) for a name that a NUL follows, as in what eachEntry reads:
// without the two allocations of unix.Readlinkat, which here are made for every file.
func readlink(dir int, name, buf []byte) ([]byte, syscall.Errno) {
	// The pointers are to the first bytes of two slices that are not empty, and are used
	// only during the call.
	n, _, errno := unix.Syscall6(unix.SYS_READLINKAT, uintptr(dir), uintptr(unsafe.Pointer(&name[0])),
		uintptr(unsafe.Pointer(&buf[0])), uintptr(len(buf)), 0, 0)
	if errno != 0 {
		return nil, errno
	}
	return buf[:n], 0
}
