package main

import (
	"cmp"
	"fmt"
	"io/fs"
	"os"
	"strconv"
	"strings"
	"syscall"
)

// rights are what the kernel lets this process do, and what it has of what is
// needed.
type rights struct {
	Effective   capSet `json:"capabilities"`
	Permitted   capSet `json:"capabilities_permitted"`
	Bounding    capSet `json:"capabilities_bounding"` // more than these no file gives
	OfFile      capSet `json:"capabilities_of_file"`
	File        string `json:"file"`   // this program
	NoSUID      bool   `json:"nosuid"` // the file system that File is on ignores its capabilities
	NoNewRights bool   `json:"no_new_privs"`
	Seccomp     bool   `json:"seccomp"` // a filter decides which system calls are let through

	// Whether these namespaces are the machine's own.
	UserNS   bool `json:"initial_user_namespace"`
	PIDNS    bool `json:"initial_pid_namespace"`
	CgroupNS bool `json:"initial_cgroup_namespace"`

	Container string `json:"container,omitempty"` // docker, podman, …
	BTF       bool   `json:"btf"`                 // the kernel's types are in /sys/kernel/btf/vmlinux
	Lockdown  string `json:"lockdown,omitempty"`  // none, integrity, confidentiality
	Cgroup2   string `json:"cgroup2,omitempty"`   // where the unified hierarchy is mounted
	Proc      string `json:"proc"`                // where processes are looked up
	HidePID   string `json:"hidepid,omitempty"`   // option of that mount: proc(5)
	Locked    string `json:"locked_memory"`       // RLIMIT_MEMLOCK, bytes or unlimited

	Sysctls map[string]string `json:"sysctls"` // those that can be read
}

// sysctls are those that decide what works.
var sysctls = []string{
	"kernel.perf_event_paranoid", "kernel.unprivileged_bpf_disabled", "kernel.yama.ptrace_scope",
	"net.core.bpf_jit_enable", "net.core.optmem_max", "net.core.rmem_max", "net.netfilter.nf_conntrack_max",
}

// Inode numbers of the namespaces that a machine starts with (linux/proc_ns.h).
const (
	firstCgroupNS = 0xeffffffb
	firstPIDNS    = 0xeffffffc
	firstUserNS   = 0xeffffffd
)

// ownRights returns those of this process.
func ownRights() rights {
	file, err := os.Executable()
	if err != nil {
		file = "sockeye"
	}
	r := readRights(os.DirFS("/"), file)
	r.OfFile = fileCaps(file)
	return r
}

// readRights reads them from the file system, of which root is "/". file is this
// program's path. What cannot be read stays zero.
func readRights(root fs.FS, file string) rights {
	r := rights{File: file, Proc: "/proc", Sysctls: map[string]string{}}
	status := fields(text(root, "proc/self/status"))
	r.Effective, r.Permitted, r.Bounding = capsOf(status["CapEff"]), capsOf(status["CapPrm"]), capsOf(status["CapBnd"])
	r.NoNewRights = status["NoNewPrivs"] == "1"
	r.Seccomp = status["Seccomp"] == "2" // SECCOMP_MODE_FILTER
	r.UserNS = isNamespace(root, "user", firstUserNS)
	r.PIDNS = isNamespace(root, "pid", firstPIDNS)
	r.CgroupNS = isNamespace(root, "cgroup", firstCgroupNS)
	_, err := fs.Stat(root, "sys/kernel/btf/vmlinux")
	r.BTF = err == nil
	r.Lockdown = chosen(text(root, "sys/kernel/security/lockdown"))
	r.Locked = lockedMemory(text(root, "proc/self/limits"))
	mounts := parseMounts(text(root, "proc/self/mountinfo"))
	r.mounts(mounts)
	r.Container = container(root, mounts)
	if _, err := fs.Stat(root, strings.TrimPrefix(r.Cgroup2, "/")+"/cgroup.controllers"); err != nil {
		r.Cgroup2 = "" // another mount hides it
	}
	for _, name := range sysctls {
		if value := strings.TrimSpace(text(root, "proc/sys/"+strings.ReplaceAll(name, ".", "/"))); value != "" {
			r.Sysctls[name] = value
		}
	}
	return r
}

// mounts takes what counts from the table of mounts: of several at one place the
// last is seen.
func (r *rights) mounts(all []mount) {
	longest := ""
	hidden := map[string]string{}
	for _, m := range all {
		switch m.kind {
		case "cgroup2":
			r.Cgroup2 = cmp.Or(r.Cgroup2, m.point)
		case "proc":
			hidden[m.point] = m.option("hidepid")
		}
		if m.holds(r.File) && len(m.point) >= len(longest) {
			longest, r.NoSUID = m.point, m.has("nosuid")
		}
	}
	if _, host := hidden["/host/proc"]; host {
		r.Proc = "/host/proc"
	}
	r.HidePID = hidden[r.Proc]
}

// lines says for people what this process may do.
func (r *rights) lines(uid int) []string {
	who := "uid " + strconv.Itoa(uid)
	if !r.UserNS {
		who += " of a user namespace"
	}
	if r.Container != "" {
		who += ", in a container (" + r.Container + ")"
	}
	all := []string{who + ", capabilities: " + r.Effective.String()}
	if r.OfFile != 0 {
		all = append(all, r.File+" has "+r.OfFile.String())
	}
	return all
}

// text returns what a file holds, nothing where it cannot be read.
func text(root fs.FS, name string) string {
	b, err := fs.ReadFile(root, name)
	if err != nil {
		return ""
	}
	return string(b)
}

// fields reads lines of "name: value".
func fields(lines string) map[string]string {
	all := map[string]string{}
	for line := range strings.Lines(lines) {
		name, value, _ := strings.Cut(line, ":")
		all[name] = strings.TrimSpace(value)
	}
	return all
}

// capsOf reads a set of capabilities as /proc/PID/status has it.
func capsOf(hex string) capSet {
	v, err := strconv.ParseUint(hex, 16, 64)
	if err != nil {
		return 0
	}
	return capSet(v)
}

// isNamespace reports whether this process's namespace is the one of that number.
func isNamespace(root fs.FS, kind string, number uint32) bool {
	link, err := fs.ReadLink(root, "proc/self/ns/"+kind)
	return err == nil && link == fmt.Sprintf("%s:[%d]", kind, number)
}

// container names what runs this process in a container. Docker leaves a file in the
// image, which may have been made the disk of a machine: then all of the disk is
// mounted. The others leave theirs in /run or tell the first process.
func container(root fs.FS, mounts []mount) string {
	if _, err := fs.Stat(root, ".dockerenv"); err == nil && !rootIsDisk(mounts) {
		return "docker"
	}
	for _, mark := range []struct{ file, name string }{
		{"run/.containerenv", "podman"}, {"var/run/secrets/kubernetes.io", "kubernetes"}, {"run/host/container-manager", ""},
	} {
		if _, err := fs.Stat(root, mark.file); err == nil {
			return cmp.Or(mark.name, strings.TrimSpace(text(root, mark.file)), "unknown")
		}
	}
	for variable := range strings.SplitSeq(text(root, "proc/1/environ"), "\x00") {
		if name, ok := strings.CutPrefix(variable, "container="); ok {
			return name
		}
	}
	return ""
}

// chosen returns the word in brackets of "[none] integrity confidentiality".
func chosen(words string) string {
	_, rest, _ := strings.Cut(words, "[")
	word, _, _ := strings.Cut(rest, "]")
	return word
}

// lockedMemory reads the soft limit from /proc/PID/limits.
func lockedMemory(limits string) string {
	for line := range strings.Lines(limits) {
		if rest, ok := strings.CutPrefix(line, "Max locked memory"); ok {
			if columns := strings.Fields(rest); len(columns) > 0 {
				return columns[0]
			}
		}
	}
	return ""
}

// fileCaps returns the capabilities that a file gives.
func fileCaps(file string) capSet {
	attribute := make([]byte, 24) // VFS_CAP_U32 words of revision 3
	n, err := syscall.Getxattr(file, "security.capability", attribute)
	if err != nil {
		return 0
	}
	return decodeFileCaps(attribute[:n])
}
