package proc

import (
	"encoding/binary"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// maxCgroups bounds how many cgroups are remembered, and visited in one walk.
const maxCgroups = 65536

// walkEvery is how often the tree of cgroups is walked at most.
const walkEvery = time.Second

// kernfsHandle is FILEID_KERNFS of linux/exportfs.h: a file handle that is the 64-bit
// id of a file of cgroup2, which is its inode number and the kernel's id of the cgroup.
const kernfsHandle = 0xfe

// cgroupTree finds the paths of cgroups by their ids in the unified hierarchy.
type cgroupTree struct {
	mu     sync.Mutex
	mount  string // of cgroup2; empty where there is none
	looked bool
	paths  map[uint64]string
	walked time.Time
}

// path returns the path of a cgroup, empty where it is not to be found: it has been
// removed, or cgroup2 is not mounted. A path holds for good, since ids are not used
// again.
func (t *cgroupTree) path(id uint64) string {
	t.mu.Lock()
	defer t.mu.Unlock()
	if !t.looked {
		t.mount, t.looked = cgroupMount(), true
	}
	if t.mount == "" || id == 0 {
		return ""
	}
	if path, ok := t.paths[id]; ok {
		return path
	}
	if t.paths == nil || len(t.paths) >= maxCgroups {
		t.paths = make(map[uint64]string)
	}
	if path, err := t.byHandle(id); err == nil {
		t.paths[id] = path
		return path
	}
	if now := time.Now(); now.Sub(t.walked) >= walkEvery {
		t.walk()
		t.walked = now
	}
	return t.paths[id]
}

// byHandle opens the cgroup by its id: open_by_handle_at(2), which takes
// CAP_DAC_READ_SEARCH.
func (t *cgroupTree) byHandle(id uint64) (string, error) {
	mount, err := unix.Open(t.mount, unix.O_RDONLY|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err != nil {
		return "", os.NewSyscallError("open", err)
	}
	defer unix.Close(mount)
	handle := unix.NewFileHandle(kernfsHandle, binary.NativeEndian.AppendUint64(nil, id))
	fd, err := unix.OpenByHandleAt(mount, handle, unix.O_PATH|unix.O_CLOEXEC)
	if err != nil {
		return "", os.NewSyscallError("open_by_handle_at", err)
	}
	defer unix.Close(fd)
	path, err := os.Readlink(fmt.Sprintf("/proc/self/fd/%d", fd))
	if err != nil {
		return "", err
	}
	below, ok := strings.CutPrefix(path, t.mount)
	if !ok || strings.HasSuffix(below, " (deleted)") {
		return "", fs.ErrNotExist
	}
	return "/" + strings.TrimPrefix(below, "/"), nil
}

// walk reads the whole tree.
func (t *cgroupTree) walk() {
	visited := 0
	_ = filepath.WalkDir(t.mount, func(path string, e fs.DirEntry, err error) error {
		if err != nil || !e.IsDir() {
			return nil // removed meanwhile, or a file
		}
		if visited++; visited > maxCgroups {
			return filepath.SkipAll
		}
		info, err := e.Info()
		if err != nil {
			return nil
		}
		if st, ok := info.Sys().(*syscall.Stat_t); ok {
			t.paths[st.Ino] = "/" + strings.TrimPrefix(strings.TrimPrefix(path, t.mount), "/")
		}
		return nil
	})
}

// cgroupMount is where cgroup2 is mounted: all of it alone, or beside the older
// hierarchies.
func cgroupMount() string {
	for _, path := range [...]string{"/sys/fs/cgroup", "/sys/fs/cgroup/unified"} {
		var st unix.Statfs_t
		if unix.Statfs(path, &st) == nil && st.Type == unix.CGROUP2_SUPER_MAGIC {
			return path
		}
	}
	return ""
}
