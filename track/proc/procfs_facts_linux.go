package proc

import (
	"fmt"
	"slices"
	"strings"
)

// readProgram reads what runs: name, executable, arguments, script. It returns the link
// to the executable as it stands there, empty where it cannot be read.
func (pr *Process) readProgram(d procDir, st stat) (exe string) {
	pr.Name = st.comm
	if st.kernel {
		return ""
	}
	buf := pages.Get().(*page)
	defer pages.Put(buf)
	link, err := d.link("exe", buf[:])
	pr.lackUnless("exe", err)
	exe = string(link)
	pr.Exe, pr.Deleted = d.path(exe)
	b, err := d.read("cmdline", buf[:])
	pr.lackUnless("args", err)
	args := splitArgs(b)
	if script := scriptOf(pr.Exe, args); len(script) < maxArgs {
		pr.Script = strings.Clone(script) // the rest of the line is not kept for it
	}
	pr.Name = wholeName(st.comm, pr.Exe, nth(args, 0), pr.Script)
	pr.Args = boundArgs(args)
	return exe
}

// exe is the link to the executable as it stands there, empty where it cannot be read.
func (d procDir) exe() string {
	buf := pages.Get().(*page)
	defer pages.Put(buf)
	link, err := d.link("exe", buf[:])
	if err != nil {
		return ""
	}
	return string(link)
}

// path is the path of an executable as the process itself sees it. The kernel shows it
// as seen from here, so below a chroot(2) of the same mounts it begins with that; and
// where the file is no longer there, it ends in " (deleted)", as a file that is there
// may be named, too.
func (d procDir) path(exe string) (path string, deleted bool) {
	const suffix = " (deleted)"
	if exe == "" {
		return "", false
	}
	buf := pages.Get().(*page)
	defer pages.Put(buf)
	if root, err := d.link("root", buf[:]); err == nil && len(root) > 1 {
		if below, ok := strings.CutPrefix(exe, string(root)); ok && strings.HasPrefix(below, "/") {
			exe = below
		}
	}
	bare, marked := strings.CutSuffix(exe, suffix)
	if !marked {
		return exe, false
	}
	runs, err := d.file("exe")
	there, err2 := d.file("root" + exe)
	if err == nil && err2 == nil && runs == there {
		return exe, false
	}
	return bare, true
}

// readCgroup reads the cgroup and the unit, and finds the container in it.
func (p *procfs) readCgroup(dir procDir, pr *Process) *place {
	buf := pages.Get().(*page)
	defer pages.Put(buf)
	b, err := dir.read("cgroup", buf[:])
	pr.lackUnless("cgroup", err)
	paths := parseCgroup(b)
	if len(paths) == 0 {
		return nil
	}
	pr.Cgroup, pr.Unit = paths[0], unitOf(paths[0])
	if at := placeIn(paths); at != nil || pr.Kernel {
		return at
	}
	if p.own != nil && !outside(paths) {
		return p.own
	}
	// Some containers have no cgroup of their own (Podman's --cgroups=disabled, rootless
	// ones without systemd): then they have at least another root.
	if root, err := dir.file("root"); err != nil || root == p.hostID {
		return nil
	}
	at := dir.place()
	if at != nil {
		at.claimed = !p.sameNumbers(dir)
	}
	return at
}

// placeIn finds the container in the paths of a process's cgroups.
func placeIn(paths []string) *place {
	for _, path := range paths {
		if at, ok := placeOf(path); ok {
			return &at
		}
	}
	return nil
}

// outside reports whether the cgroups are not below those of what runs here: a cgroup
// namespace shows others by the way that leads to them.
func outside(paths []string) bool {
	return slices.ContainsFunc(paths, func(path string) bool { return strings.HasPrefix(path, "/..") })
}

// place finds the container in a process's mounts.
func (d procDir) place() *place {
	b, err := d.readAll("mountinfo")
	if err != nil {
		return nil
	}
	if at, ok := placeOfMounts(b); ok {
		return &at
	}
	return nil
}

// readUser reads the user and the group, with their names.
func (p *procfs) readUser(dir procDir, pr *Process, at *place) {
	buf := pages.Get().(*page)
	defer pages.Put(buf)
	b, err := dir.read("status", buf[:])
	var ok bool
	if pr.UID, pr.GID, ok = parseIDs(b); err == nil && !ok {
		err = errForm
	}
	if err != nil {
		pr.lack("user", reasonOf(err))
		return
	}
	passwd, group, reason := p.databases(dir, at)
	if reason != None {
		pr.lack("user", reason)
		return
	}
	pr.User, pr.Group = passwd[pr.UID].name, group[pr.GID].name
}

// databases returns the user databases that hold for a process: those of this machine,
// unless it has another root directory and the numbers there mean the same. In a user
// namespace they do not: its root is a user of this machine without rights.
func (p *procfs) databases(dir procDir, at *place) (passwd, group map[uint32]account, _ Reason) {
	root, err := dir.file("root")
	if err == nil && root == p.hostID || err != nil && at == nil || !p.sameNumbers(dir) {
		if p.host == "" {
			return nil, nil, NoRights
		}
		passwd, group = p.users.ofMachine(p.host)
		return passwd, group, None
	}
	if err != nil {
		return nil, nil, reasonOf(err)
	}
	passwd, group = p.users.of(fmt.Sprintf("/proc/self/fd/%d/root", dir.fd))
	return passwd, group, None
}

func (p *procfs) sameNumbers(dir procDir) bool {
	buf := pages.Get().(*page)
	defer pages.Put(buf)
	b, err := dir.read("uid_map", buf[:])
	return err != nil || sameNumbers(b, p.uidMap) // no such file: a kernel without user namespaces
}

func (pr *Process) readNetNS(dir procDir) {
	var buf [64]byte
	link, err := dir.link("ns/net", buf[:])
	if err == nil {
		if n, ok := inodeOf(link, "net"); ok {
			pr.NetNS = n
			return
		}
		err = errForm
	}
	if !pr.Kernel {
		pr.lackUnless("netns", err)
	}
}

func (pr *Process) lack(fact string, why Reason) {
	pr.Lacks = append(pr.Lacks, Lack{Fact: fact, Reason: why})
}

func (pr *Process) lackUnless(fact string, err error) {
	if err != nil {
		pr.lack(fact, reasonOf(err))
	}
}
