package proc

import (
	"fmt"
	"time"

	"golang.org/x/sys/unix"
)

// procfs reads processes out of a mounted proc(5). It may be used by several
// goroutines.
//
// Every number and name is what this machine calls it, as seen from here: a user
// namespace of a container does not translate. What needs rights that are lacking
// (proc(5): PTRACE_MODE_READ) is in Process.Lacks: the executable, the network
// namespace and the root directory of other users' processes.
type procfs struct {
	root   string // where it is mounted
	host   string // the machine's root directory: "/", "/host/proc/1/root", or empty where it cannot be reached
	hostID fileID // its identity
	whole  bool   // it shows all processes of the machine
	// contained: host is that of the container that this runs in, not the machine's.
	contained bool
	uidMap    []byte // of the user namespace that it is read from
	own       *place // the container of whom no cgroup shows: the one this runs in
	clock     func() time.Time

	users    users
	runtimes runtimes
	lineages lineages
	cgroups  cgroupTree
	sockets  holderTable
}

// read reads all that is known of a process but its package and hash. The error is
// that there is no such process; what else cannot be read is in Lacks.
//
// The facts are of one process: they are read through one open directory. They are of
// one program, too: where execve(2) came between, they are read again.
func (p *procfs) read(pid int32) (*Process, error) {
	dir, err := openProc(p.root, pid)
	if err != nil {
		return nil, fmt.Errorf("read process %d: %w", pid, err)
	}
	defer dir.close()
	const tries = 4
	for try := 1; ; try++ {
		pr, settled, err := p.readOnce(dir, pid)
		if err != nil {
			return nil, fmt.Errorf("read process %d: %w", pid, err)
		}
		if settled {
			return pr, nil
		}
		if try == tries { // it never rests: these may be of several programs
			pr.Name, pr.Exe, pr.Deleted, pr.Args, pr.Script = pr.Comm, "", false, nil, ""
			pr.lack("exe", Failed)
			pr.lack("args", Failed)
			return pr, nil
		}
	}
}

// identify returns which process has this pid now.
func (p *procfs) identify(pid int32) (ID, error) {
	dir, st, err := p.open(pid)
	if err != nil {
		return ID{}, fmt.Errorf("identify process %d: %w", pid, err)
	}
	dir.close()
	return ID{PID: pid, Start: st.start}, nil
}

// open opens the directory of a process, of which at least stat can be read.
func (p *procfs) open(pid int32) (procDir, stat, error) {
	dir, err := openProc(p.root, pid)
	if err != nil {
		return dir, stat{}, err
	}
	st, err := dir.stat()
	if err != nil { // it has ended, or hidepid hides it: only what is below it
		dir.close()
	}
	return dir, st, err
}

// user is the name of a user of this machine, empty where its files have none (those of
// LDAP and the like are not asked for) or cannot be reached.
func (p *procfs) user(uid uint32) string {
	passwd, _ := p.machineUsers()
	return passwd[uid].name
}

// machineUsers are the user databases for whoever is not to be seen. A container's own
// do not tell who the machine's users are.
func (p *procfs) machineUsers() (passwd, group map[uint32]account) {
	if p.contained {
		return nil, nil
	}
	return p.users.ofMachine(p.host)
}

// readOnce reads everything. settled: no other program was put in its place meanwhile.
func (p *procfs) readOnce(dir procDir, pid int32) (pr *Process, settled bool, err error) {
	st, err := dir.stat()
	if err != nil {
		return nil, false, err
	}
	pr = &Process{
		ID:      ID{PID: pid, Start: st.start},
		Comm:    st.comm[:min(len(st.comm), commMax)],
		Kernel:  st.kernel,
		Started: p.started(st.start),
	}
	exe := pr.readProgram(dir, st)
	at := p.readCgroup(dir, pr)
	p.readUser(dir, pr, at)
	if at != nil {
		var reason Reason
		if pr.Container, reason = p.runtimes.describe(p, at); reason != None {
			pr.lack("container", reason)
		}
	}
	pr.readNetNS(dir)
	var reason Reason
	if pr.Parents, reason = p.ancestors(dir, st, MaxParents); reason != None {
		pr.lack("parents", reason)
	}
	after, err := dir.stat()
	if err != nil {
		return nil, false, err
	}
	return pr, after.comm == st.comm && after.stack == st.stack && exe == dir.exe(), nil
}

// started is a time since boot by the clock, to 10 ms.
func (p *procfs) started(ticks uint64) time.Time {
	return p.clock().Add(time.Duration(ticks) * (10 * time.Millisecond)).Round(10 * time.Millisecond)
}

// bootTime is when the machine was started, by today's clock. The one in /proc/stat
// is cut to seconds.
func bootTime() time.Time {
	var ts unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_BOOTTIME, &ts); err != nil {
		return time.Time{}
	}
	return time.Now().Round(0).Add(-time.Duration(ts.Nano()))
}
