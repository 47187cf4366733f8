package export

import (
	"sockeye/track/proc"
)

// Process is a process. Without a PID it stands for all processes of a user, of which
// no more is known than whose they are.
type Process struct {
	PID       int        `json:"pid,omitempty"`
	Name      string     `json:"name,omitempty"`
	Comm      string     `json:"comm,omitempty"`        // as the kernel has it, at most 15 bytes; where that is not the name
	Exe       string     `json:"exe,omitempty"`         // path of the executable as the process itself sees it
	Deleted   bool       `json:"exe_deleted,omitempty"` // it is no longer there
	Args      []string   `json:"args,omitempty"`
	Script    string     `json:"script,omitempty"` // what an interpreter runs
	For       *Parent    `json:"for,omitempty"`    // on whose behalf, where a file says so
	UID       *uint64    `json:"uid,omitempty"`    // effective; left out where packets alone tell of the process
	User      string     `json:"user,omitempty"`
	GID       *uint64    `json:"gid,omitempty"` // effective; left out without a PID, too
	Group     string     `json:"group,omitempty"`
	Started   Time       `json:"started,omitempty"`
	Parents   []Parent   `json:"parents,omitempty"` // the nearest first
	Kernel    bool       `json:"kernel,omitempty"`  // a thread of the kernel, or the kernel itself
	Cgroup    string     `json:"cgroup,omitempty"`
	Unit      string     `json:"unit,omitempty"` // of systemd
	Container *Container `json:"container,omitempty"`
	Package   *Package   `json:"package,omitempty"` // that owns the executable
	SHA256    string     `json:"sha256,omitempty"`  // of the executable
	NetNS     uint64     `json:"netns,omitempty"`   // inode of its network namespace
	Lacks     []Lack     `json:"lacks,omitempty"`   // what could not be read
}

// Parent is an ancestor of a process.
type Parent struct {
	PID  int    `json:"pid"`
	Name string `json:"name"`
}

// Container is what a process runs in.
type Container struct {
	Runtime   string `json:"runtime,omitempty"` // docker, podman, containerd, cri-o, lxc, systemd-nspawn
	ID        string `json:"id"`
	Name      string `json:"name,omitempty"`
	Image     string `json:"image,omitempty"`
	Pod       string `json:"pod,omitempty"`       // of Kubernetes
	Namespace string `json:"namespace,omitempty"` // likewise
	PodUID    string `json:"pod_uid,omitempty"`
}

// Package is what a package manager knows of an executable.
type Package struct {
	Manager string `json:"manager"` // dpkg, rpm, apk
	Name    string `json:"name"`
	Version string `json:"version,omitempty"`
	Arch    string `json:"arch,omitempty"`
}

// Lack is a fact that could not be read, and why.
type Lack struct {
	Fact   string `json:"fact"` // exe, args, user, cgroup, container, netns, parents, package, sha256
	Reason string `json:"reason"`
}

// processes keeps what was made of processes: each has many flows, in many records,
// and none is changed once it was handed out. Those that were not asked for lately
// are forgotten.
type processes struct {
	recent, older map[*proc.Process]*Process
}

// recentProcesses is how many are kept at least.
const recentProcesses = 4096

// of returns a process in the form of the schema, nil for none. It is not to be
// written to.
func (c *processes) of(p *proc.Process) *Process {
	if p == nil {
		return nil
	}
	if known := c.recent[p]; known != nil {
		return known
	}
	made := c.older[p]
	if made == nil {
		made = processOf(p)
	}
	if c.recent == nil || len(c.recent) == recentProcesses {
		c.older, c.recent = c.recent, map[*proc.Process]*Process{}
	}
	c.recent[p] = made
	return made
}

func processOf(p *proc.Process) *Process {
	to := &Process{
		PID: int(p.PID), Name: p.Name, Exe: p.Exe, Deleted: p.Deleted, Args: p.Args, Script: p.Script,
		User:   p.User,
		Kernel: p.Kernel, Cgroup: p.Cgroup, Unit: p.Unit,
		Container: containerOf(p.Container), Package: packageOf(p.Package), SHA256: p.SHA256, NetNS: p.NetNS,
	}
	if p.Comm != p.Name {
		to.Comm = p.Comm
	}
	if p.Told == 0 {
		to.UID = new(uint64(p.UID))
	}
	if p.Told == 0 && p.PID != 0 {
		to.GID, to.Group = new(uint64(p.GID)), p.Group
	}
	if p.For != nil {
		to.For = &Parent{PID: int(p.For.PID), Name: p.For.Name}
	}
	if !p.Started.IsZero() {
		to.Started = Time(p.Started.UnixNano())
	}
	for _, from := range p.Parents {
		to.Parents = append(to.Parents, Parent{PID: int(from.PID), Name: from.Name})
	}
	for _, from := range p.Lacks {
		to.Lacks = append(to.Lacks, Lack{Fact: from.Fact, Reason: from.Reason.String()})
	}
	return to
}

func containerOf(c *proc.Container) *Container {
	if c == nil {
		return nil
	}
	return &Container{
		Runtime: c.Runtime, ID: c.ID, Name: c.Name, Image: c.Image,
		Pod: c.Pod, Namespace: c.Namespace, PodUID: c.PodUID,
	}
}

func packageOf(p *proc.Package) *Package {
	if p == nil {
		return nil
	}
	return &Package{Manager: p.Manager, Name: p.Name, Version: p.Version, Arch: p.Arch}
}
