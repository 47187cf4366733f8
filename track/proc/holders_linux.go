package proc

import (
	"cmp"
	"slices"
	"strconv"
	"sync"
	"time"

	"golang.org/x/sys/unix"
)

// holderTable remembers which process has which socket open, by /proc/PID/fd.
//
// A pass over all processes costs as much as there are open files, so it looks only
// into processes that are new, or that have run since they were last looked into: who
// does not run opens nothing. What it remembers is looked at again before it is told.
//
// Threads that do not share their open files with the first of their process
// (unshare(2) of CLONE_FILES) are not looked into: they are as good as unheard of, and
// it would take as many look-ups as there are threads.
type holderTable struct {
	mu     sync.Mutex
	procs  map[int32]*holder
	inodes map[uint64][]spot
	missed map[uint64]miss
	pass   uint64 // counts passes
	denied bool   // in the last one, there were processes that could not be looked into
	list   []byte // records of a directory of processes
	fds    []byte // of one of open files
	fresh  []held // sockets of a process, while they are read
}

// holder is a process as it was last looked into.
type holder struct {
	dir     uint64 // inode of /proc/PID, which is another one for the next process with that pid
	id      ID
	kernel  bool   // a thread of the kernel
	sockets []held // by rising fd

	scanned time.Time
	ran     ran    // then
	alone   bool   // it had one thread then
	denied  bool   // its files may not be looked at
	pass    uint64 // in which it was there
}

// held is a socket at a file descriptor.
type held struct {
	inode uint64
	fd    int32
}

// spot is where a socket is held.
type spot struct{ pid, fd int32 }

// miss is a socket that no process was found to hold.
type miss struct {
	times int
	until time.Time // before which it is not looked for again
}

// maxMissed bounds how many of them are remembered; missPause is how long the first
// that is missed a second time rests, missPauseMax the longest rest.
const (
	maxMissed    = 65536
	missPause    = 250 * time.Millisecond
	missPauseMax = 8 * time.Second
)

// holders finds the processes that have these sockets open. Sockets that nobody was
// found to hold are left out of the map; then the reason is NoRights where there are
// processes that may not be looked into or are not shown, else None: the socket is the
// kernel's, or it has been closed.
//
// Of a socket that was found before, those holders are told that still have it: who
// got it from them since then, by fork(2) for one, is not looked for.
func (p *procfs) holders(inodes []uint64) (map[uint64][]ID, Reason) {
	t := &p.sockets
	t.mu.Lock()
	defer t.mu.Unlock()
	found := make(map[uint64][]ID, len(inodes))
	if t.remembered(p.root, inodes, found, time.Now()) {
		t.scan(p.root)
		for _, inode := range inodes {
			t.told(inode, found)
		}
		t.noteMisses(inodes, found, time.Now())
	}
	if (t.denied || !p.whole) && slices.ContainsFunc(inodes, func(i uint64) bool { return i != 0 && found[i] == nil }) {
		return found, NoRights
	}
	return found, None
}

// remembered answers what is known and still so. It reports whether there are sockets
// left that are worth a pass.
func (t *holderTable) remembered(root string, inodes []uint64, found map[uint64][]ID, now time.Time) (left bool) {
	for _, inode := range inodes {
		if inode == 0 {
			continue
		}
		if t.still(root, inode) {
			t.told(inode, found)
			continue
		}
		if m, ok := t.missed[inode]; !ok || now.After(m.until) {
			left = true
		}
	}
	return left
}

// told hands out the holders of a socket, the oldest first.
func (t *holderTable) told(inode uint64, found map[uint64][]ID) {
	if found[inode] != nil {
		return
	}
	var ids []ID
	for _, s := range t.inodes[inode] {
		if id := t.procs[s.pid].id; !slices.Contains(ids, id) { // by several descriptors
			ids = append(ids, id)
		}
	}
	if ids != nil {
		slices.SortFunc(ids, func(a, b ID) int {
			return cmp.Or(cmp.Compare(a.Start, b.Start), cmp.Compare(a.PID, b.PID))
		})
		found[inode] = ids
	}
}

// still reports whether all who held a socket hold it now.
func (t *holderTable) still(root string, inode uint64) bool {
	spots := t.inodes[inode]
	for _, s := range spots {
		if !t.procs[s.pid].holds(root, s, inode) {
			return false
		}
	}
	return len(spots) > 0
}

func (h *holder) holds(root string, s spot, inode uint64) bool {
	dir, err := openProc(root, s.pid)
	if err != nil {
		return false
	}
	defer dir.close()
	var st unix.Stat_t
	if err := unix.Fstat(dir.fd, &st); err != nil || st.Ino != h.dir {
		return false
	}
	var buf [32]byte
	link, err := dir.link("fd/"+strconv.Itoa(int(s.fd)), buf[:])
	if err != nil {
		return false
	}
	n, ok := socketInode(link)
	return ok && n == inode
}

// noteMisses remembers what nobody holds. The first time it may have been passed on
// between two processes in that moment; after that it rests ever longer.
func (t *holderTable) noteMisses(inodes []uint64, found map[uint64][]ID, now time.Time) {
	if t.missed == nil || len(t.missed) > maxMissed {
		t.missed = make(map[uint64]miss)
	}
	for _, inode := range inodes {
		if inode == 0 || found[inode] != nil {
			delete(t.missed, inode)
			continue
		}
		m := t.missed[inode]
		if m.times > 0 {
			m.until = now.Add(min(missPause<<min(m.times-1, 10), missPauseMax))
		}
		m.times++
		t.missed[inode] = m
	}
}
