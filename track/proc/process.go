package proc

import "time"

// ID is the identity of a process. A pid alone is none: the kernel gives it out
// again.
type ID struct {
	PID   int32  // the thread group's, in the initial pid namespace or that of /proc; 0 where only the user is known
	Start uint64 // when it began, in ticks of 1/100 s since boot: field 22 of proc_pid_stat(5), start_boottime/10 ms of the kernel; on macOS since the Unix epoch
}

// Ref is the place of a Process in an Attributor, a number that is never given to
// another one. 0 is none.
type Ref uint32

// Process is what is known of a process. It is not changed once it has been handed
// out: what becomes known later makes a new Process with the same ID and Ref.
//
// With ID.PID 0 it stands for all processes of a user that could not be looked into.
type Process struct {
	ID
	Ref Ref

	Name    string // the whole name: Comm, or where that was cut the executable's or script's that begins so
	Comm    string // as the kernel has it, at most 15 bytes
	Exe     string // path of the executable as the process itself sees it
	Deleted bool   // the executable is no longer there
	Args    []string
	Script  string // what an interpreter runs, as in Args

	UID, GID    uint32 // effective
	User, Group string // by the user database of the process's own root, else of this machine; empty where it has none

	Started time.Time // ID.Start by the clock; zero where it is not known
	Parents []Parent  // the nearest first, at most MaxParents
	Cgroup  string    // path in the unified hierarchy, else of the systemd or pids one
	NetNS   uint64    // inode of its network namespace; 0 where it is not known
	Kernel  bool      // a thread of the kernel, or the kernel itself

	Container *Container // nil outside of containers
	Unit      string     // of systemd: "ssh.service", "session-3.scope", "user@1000.service/app.slice/…" cut to its last unit
	Package   *Package   // that owns the executable; nil where nobody does, or it was not looked for yet
	SHA256    string     // of the executable, in hex; empty until it was asked for

	Lacks []Lack // what could not be read, and why; nil where nothing is missing

	// Told is not 0 where packets alone tell of it, by which slot of their source: nothing
	// but PID, Name, Comm and For is known then, not even the user.
	Told uint32
	For  *Parent // on whose behalf it has its sockets, where a file says so; nil for its own
}

// MaxParents bounds Process.Parents.
const MaxParents = 8

// Parent is an ancestor of a process.
type Parent struct {
	ID
	Name string // as Process.Name
}

// Container is the container that a process runs in.
type Container struct {
	Runtime string // docker, podman, containerd, cri-o, lxc, systemd-nspawn; empty where only the id tells of it
	ID      string // whole, as the runtime has it
	Name    string // where the runtime's files tell it
	Image   string // likewise

	Pod, Namespace string // of Kubernetes
	PodUID         string
}

// Package is what a package manager knows of a file.
type Package struct {
	Manager string // dpkg, rpm, apk
	Name    string
	Version string
	Arch    string
}

// Lack is a fact that could not be read.
type Lack struct {
	Fact   string // exe, args, user, cgroup, container (its name), netns, parents, package, sha256
	Reason Reason
}
