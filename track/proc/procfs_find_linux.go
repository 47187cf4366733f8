package proc

import (
	"fmt"
	"os"
	"strings"

	"golang.org/x/sys/unix"
)

// newProcfs reads processes from where proc(5) is mounted at root. An empty root is
// /proc, or /host/proc where the machine's own is mounted there for a container that
// has only its own processes in /proc.
func newProcfs(root string) (*procfs, error) {
	if root == "" {
		root = findProcfs()
	}
	p := &procfs{root: strings.TrimSuffix(root, "/"), clock: bootTime}
	self, err := p.self()
	if err != nil {
		return nil, fmt.Errorf("find the processes: %w", err)
	}
	defer self.close()
	p.whole = showsMachine(p.root)
	if p.uidMap, err = self.readAll("uid_map"); err != nil {
		p.uidMap = nil // a kernel without user namespaces
	}
	p.host = machineRoot(p.root)
	if p.host != "" {
		if p.hostID, err = statID(p.host); err != nil {
			p.host = ""
		}
	}
	p.contained = p.host == "/" && !p.whole && inContainer(p.root)
	if b, err := self.readAll("cgroup"); err == nil && placeIn(parseCgroup(b)) == nil {
		p.own = self.place()
	}
	return p, nil
}

// self is the directory of this process; where this procfs does not show it, that of
// the first one.
func (p *procfs) self() (procDir, error) {
	fd, err := unix.Open(p.root+"/self", unix.O_PATH|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err == nil {
		return procDir{fd}, nil
	}
	return openProc(p.root, 1)
}

func findProcfs() string {
	const own, machine = "/proc", "/host/proc"
	var fs unix.Statfs_t
	if !showsMachine(own) && unix.Statfs(machine, &fs) == nil && fs.Type == unix.PROC_SUPER_MAGIC && showsMachine(machine) {
		return machine
	}
	return own
}

// showsMachine reports whether a procfs shows the processes of the whole machine: only
// the first pid namespace has kthreadd, always as number 2. It is not seen either where
// hidepid hides other users' processes.
func showsMachine(root string) bool {
	dir, err := openProc(root, 2)
	if err != nil {
		return false
	}
	defer dir.close()
	st, err := dir.stat()
	return err == nil && st.kernel && st.comm == "kthreadd"
}

// machineRoot is the root directory of the machine whose processes a procfs shows: that
// of its first process. It is empty where that cannot be reached: a container's own
// files do not tell of the machine around it.
func machineRoot(root string) string {
	first := root + "/1/root"
	id, err := statID(first + "/.")
	own, err2 := statID("/")
	switch {
	case err == nil && err2 == nil && id == own:
		return "/"
	case err == nil:
		return first
	case root != "/proc":
		return ""
	}
	// Without rights its root is not to be seen, but what is mounted there is. Where even
	// that is hidden (hidepid), this is no container that has the machine's processes.
	there, err := os.ReadFile(root + "/1/mountinfo")
	here, err2 := os.ReadFile(root + "/self/mountinfo")
	if err == nil && err2 == nil && rootMount(there) != rootMount(here) { // --pid=host
		return ""
	}
	return "/"
}

// inContainer reports whether this process runs in a container, by what its runtime
// leaves: its cgroup, mounts over files of the image, or a file that marks it.
func inContainer(root string) bool {
	for _, mark := range [...]string{"/.dockerenv", "/run/.containerenv"} {
		if _, err := os.Lstat(mark); err == nil {
			return true
		}
	}
	if b, err := os.ReadFile(root + "/self/cgroup"); err == nil && placeIn(parseCgroup(b)) != nil {
		return true
	}
	b, err := os.ReadFile(root + "/1/cgroup")
	return err == nil && outside(parseCgroup(b)) // a cgroup namespace that the first process is not in
}
