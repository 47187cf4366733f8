package proc

import (
	"errors"
	"fmt"
	"io/fs"
	"os/user"
	"strconv"
	"strings"
	"sync"
	"time"

	"golang.org/x/sys/unix"
)

// procfs reads processes by sysctl and proc_info(2): macOS has no proc(5). It may be
// used by several goroutines.
type procfs struct {
	tables pcbTables

	mu     sync.Mutex
	users  map[uint32]string
	groups map[uint32]string
}

// newProcfs takes no root but the empty one.
func newProcfs(root string) (*procfs, error) {
	if root != "" {
		return nil, fmt.Errorf("read processes from %s: %w", root, errors.ErrUnsupported)
	}
	return &procfs{users: make(map[uint32]string), groups: make(map[uint32]string)}, nil
}

// read reads all that is known of a process but its package and hash. The error is
// that there is no such process; what else cannot be read is in Lacks.
func (p *procfs) read(pid int32) (*Process, error) {
	k, err := kinfo(pid)
	if err != nil {
		return nil, fmt.Errorf("read process: %w", err)
	}
	pr := &Process{
		ID:   kinfoID(k),
		Comm: unix.ByteSliceToString(k.Proc.P_comm[:]),
		UID:  k.Eproc.Ucred.Uid, GID: k.Eproc.Ucred.Groups[0],
		Started: time.Unix(k.Proc.P_starttime.Unix()),
		Kernel:  pid == 0,
	}
	pr.User, pr.Group = p.user(pr.UID), p.group(pr.GID)
	if !pr.Kernel {
		p.readProgram(pr)
		p.readParents(pr, k.Eproc.Ppid)
	}
	pr.Name = darwinName(pr.Comm, pr.Exe)
	if after, err := p.identify(pid); err != nil || after != pr.ID {
		return nil, fmt.Errorf("read process %d: it ended meanwhile: %w", pid, fs.ErrNotExist)
	}
	return pr, nil
}

// readProgram reads what the process runs.
func (p *procfs) readProgram(pr *Process) {
	var err error
	if pr.Exe, err = executable(pr.PID); err != nil {
		pr.Lacks = append(pr.Lacks, Lack{"exe", darwinReason(err)})
	}
	// Other users' arguments are EINVAL, not EPERM (sysctl_procargsx).
	b, err := unix.SysctlRaw("kern.procargs2", int(pr.PID))
	switch {
	case errors.Is(err, unix.EINVAL):
		pr.Lacks = append(pr.Lacks, Lack{"args", NoRights})
	case err != nil:
		pr.Lacks = append(pr.Lacks, Lack{"args", darwinReason(err)})
	default:
		pr.Args = darwinArgs(b)
		if script := scriptOf(pr.Exe, pr.Args); len(script) < maxArgs {
			pr.Script = strings.Clone(script)
		}
		pr.Args = boundArgs(pr.Args)
	}
}

// readParents reads the chain of ancestors up to launchd.
func (p *procfs) readParents(pr *Process, parent int32) {
	for parent > 0 && len(pr.Parents) < MaxParents {
		k, err := kinfo(parent)
		if err != nil {
			pr.Lacks = append(pr.Lacks, Lack{"parents", darwinReason(err)})
			return
		}
		exe, err := executable(parent)
		if err != nil {
			exe = "" // the kernel's name is all there is
		}
		name := darwinName(unix.ByteSliceToString(k.Proc.P_comm[:]), exe)
		pr.Parents = append(pr.Parents, Parent{kinfoID(k), name})
		parent = k.Eproc.Ppid
	}
}

// identify returns which process has this pid now.
func (p *procfs) identify(pid int32) (ID, error) {
	k, err := kinfo(pid)
	if err != nil {
		return ID{}, fmt.Errorf("identify process: %w", err)
	}
	return kinfoID(k), nil
}

// fromKernel makes what can be said of a process by an event alone.
func (p *procfs) fromKernel(e *Event) *Process {
	return &Process{
		ID: e.Process, Name: e.Comm, Comm: e.Comm,
		UID: e.UID, GID: e.GID, User: p.user(e.UID), Group: p.group(e.GID),
		Lacks: []Lack{{"exe", Exited}, {"args", Exited}, {"parents", Exited}},
	}
}

// user is the name of a user, empty where there is none.
func (p *procfs) user(uid uint32) string {
	return p.name(p.users, uid, func(id string) (string, error) {
		u, err := user.LookupId(id)
		if err != nil {
			return "", err
		}
		return u.Username, nil
	})
}

// group is the name of a group, empty where there is none.
func (p *procfs) group(gid uint32) string {
	return p.name(p.groups, gid, func(id string) (string, error) {
		g, err := user.LookupGroupId(id)
		if err != nil {
			return "", err
		}
		return g.Name, nil
	})
}

// name asks for a name once.
func (p *procfs) name(known map[uint32]string, id uint32, ask func(id string) (string, error)) string {
	p.mu.Lock()
	defer p.mu.Unlock()
	name, ok := known[id]
	if !ok {
		var err error
		if name, err = ask(strconv.FormatUint(uint64(id), 10)); err != nil {
			name = ""
		}
		known[id] = name
	}
	return name
}

// darwinReason says why something could not be read.
func darwinReason(err error) Reason {
	switch {
	case errors.Is(err, fs.ErrPermission):
		return NoRights
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, unix.ESRCH):
		return Exited
	}
	return Failed
}
