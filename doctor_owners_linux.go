package main

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"sockeye/track/proc"
)

func (j *judge) events() finding {
	f := finding{Group: groupOwners, Name: "eBPF", job: attributes, State: works,
		Means: "the kernel tells whose each socket is, as it is used"}
	for _, h := range j.hooks {
		p := part{Name: h.Name, State: works}
		if h.Err != nil {
			p.State, p.Why = fails, oneLine(h.Err.Error())
		}
		f.Parts = append(f.Parts, p)
	}
	lost := f.failed()
	switch {
	case j.watcher != nil:
		f.State, f.Means = fails, "programs that live for less than a moment may stay unknown"
		f.Why = oneLine(j.watcher.Error())
	case len(lost) > 0:
		f.State = limited
		f.Means = "the kernel tells whose most sockets are, as they are used"
		f.Why = fmt.Sprintf("%d of %d hooks could not be attached", len(lost), len(f.Parts))
	default:
		return f
	}
	f.Fix = j.mendEvents()
	return f
}

// mendEvents returns what lets the events of the kernel come: the first thing that
// is missing.
func (j *judge) mendEvents() string {
	switch {
	case !j.BTF:
		return j.types().Fix
	case j.watcher != nil:
		return j.permitBPF(capBPF | capPerfmon)
	case !j.mayBPF(capNetAdmin):
		return j.grant(capNetAdmin)
	}
	return j.cgroup().Fix
}

// may reports whether these capabilities are there, over the machine and not only over
// a user namespace of this process's own.
func (j *judge) may(need capSet) bool { return j.UserNS && j.Effective.has(need) }

// mayBPF is may for eBPF, where cap_sys_admin stands for all.
func (j *judge) mayBPF(need capSet) bool { return j.may(need) || j.may(capSysAdmin) }

// permitBPF returns what makes bpf(2) work where it was refused.
func (j *judge) permitBPF(need capSet) string {
	switch {
	case !j.mayBPF(need):
		return j.grant(need)
	case j.Seccomp && j.Container != "":
		return "start the container with --security-opt seccomp=unconfined"
	case j.Seccomp:
		return "start it without the seccomp filter that forbids bpf(2) (of a systemd unit: SystemCallFilter=)"
	case j.charged && j.Locked != "unlimited":
		return "ulimit -l unlimited"
	}
	return ""
}

func (j *judge) types() finding {
	f := finding{Group: groupOwners, Name: "BTF", State: works, Means: "/sys/kernel/btf/vmlinux"}
	if !j.BTF {
		f.State, f.Means = fails, "eBPF cannot be used for owners"
		f.Why, f.Fix = "there is no /sys/kernel/btf/vmlinux", "a kernel built with CONFIG_DEBUG_INFO_BTF=y"
		if j.Container != "" {
			f.Fix += "; start the container with -v /sys/kernel/btf:/sys/kernel/btf:ro"
		}
	}
	return f
}

func (j *judge) cgroup() finding {
	f := finding{Group: groupOwners, Name: "cgroup2", State: works, Means: j.Cgroup2}
	switch {
	case j.Cgroup2 == "":
		f.State, f.Means = fails, "eBPF tells of connections only once they are established"
		f.Why = "no cgroup2 is mounted"
		f.Fix = "sudo mkdir -p /run/cgroup2 && sudo mount -t cgroup2 none /run/cgroup2"
		if j.Container != "" {
			f.Fix = "start the container with --cgroupns=host -v /sys/fs/cgroup:/sys/fs/cgroup:ro"
		}
	case !j.CgroupNS && j.lacksCgroups():
		f.State, f.Means = limited, "of others than this container eBPF tells of connections only once they are established"
		f.Why = "this is a cgroup namespace of its own"
		f.Fix = "start the container with --cgroupns=host -v /sys/fs/cgroup:/sys/fs/cgroup:ro"
	}
	return f
}

// lacksCgroups reports whether a program that could be loaded could not be attached
// to the machine's root cgroup.
func (j *judge) lacksCgroups() bool {
	return slices.ContainsFunc(j.hooks, func(h proc.Hook) bool {
		return h.Err != nil && strings.HasPrefix(h.Name, "cgroup/") && !errors.Is(h.Err, fs.ErrPermission)
	})
}

func (j *judge) lockdown() finding {
	f := finding{Group: groupOwners, Name: "lockdown", State: works, Means: cmp.Or(j.Lockdown, "not in this kernel")}
	if j.Lockdown == "confidentiality" {
		f.State, f.Means = limited, "eBPF programs may not read the kernel's memory"
		f.Why = "the kernel is locked down for confidentiality"
		f.Fix = "start it with lockdown=integrity"
	}
	return f
}

func (j *judge) tables() finding {
	f := finding{Group: groupOwners, Name: "sock_diag", job: attributes, State: works,
		Means: "the kernel lists all sockets with their users"}
	if j.diag != nil {
		f.State, f.Means, f.Why = fails, "sockets are looked up in /proc/net, which is slower", oneLine(j.diag.Error())
		f.Fix = "sudo modprobe inet_diag tcp_diag udp_diag"
	}
	return f
}

func (j *judge) processes() finding {
	f := finding{Group: groupOwners, Name: "processes", job: attributes, State: works,
		Means: fmt.Sprintf("all %d in %s can be looked into", j.seen, j.Proc)}
	switch {
	case !j.PIDNS && j.Proc == "/proc":
		f.State, f.Means = limited, "of sockets from outside of this container only the user is told"
		f.Why = "this is a pid namespace of its own"
		f.Fix = "start the container with --pid=host, or with -v /proc:/host/proc:ro"
	case j.seen == 0:
		f.State, f.Means, f.Why = fails, "no process can be looked into", j.Proc+" shows none"
	case j.HidePID != "" && j.HidePID != "0" && j.HidePID != "off" && !j.may(capSysPtrace):
		f.State, f.Means = limited, "of other users' sockets only the user is told"
		f.Why, f.Fix = j.Proc+" is mounted with hidepid="+j.HidePID, "sudo mount -o remount,hidepid=0 "+j.Proc
	case j.looked < j.seen:
		f.State = limited
		f.Means = fmt.Sprintf("%d of %d can be looked into; of the others there is no path", j.looked, j.seen)
		if j.watcher != nil {
			f.Means = fmt.Sprintf("%d of %d can be looked into; of the others' sockets only the user is told", j.looked, j.seen)
		}
		if need := capSysPtrace | capDACReadSearch; j.may(need) {
			f.Why = "the kernel refuses the others whatever the capabilities"
		} else {
			f.Why, f.Fix = "other users' take cap_sys_ptrace and cap_dac_read_search", j.grant(need)
		}
	}
	return f
}

func (j *judge) namespaces() finding {
	r := &j.reach
	f := finding{Group: groupOwners, Name: "namespaces", State: works,
		Means: fmt.Sprintf("sockets of %d other network namespaces are looked up, too", r.Spaces)}
	switch {
	case r.Spaces == 0:
		f.Means = "there is no other network namespace to be seen"
		return f
	case r.Entered == r.Spaces:
		return f
	case r.Entered+r.Read == r.Spaces:
		f.State, f.Means = limited, fmt.Sprintf("sockets of %d other network namespaces are looked up in /proc, which is slower", r.Read)
	default:
		f.State, f.Means = limited, fmt.Sprintf("sockets of %d of %d other network namespaces cannot be looked up", r.Spaces-r.Entered-r.Read, r.Spaces)
	}
	f.Why, f.Fix = "to enter them takes cap_sys_admin", "sudo "+j.File
	switch {
	case !j.UserNS:
		f.Fix = j.grant(capSysAdmin)
	case j.may(capSysAdmin):
		f.Why, f.Fix = "the kernel refuses to enter them", ""
	case j.Container != "":
		f.Fix = "start the container with --cap-add=SYS_ADMIN"
	}
	return f
}

func (j *judge) translations() finding {
	f := finding{Group: groupOwners, Name: "NAT", State: works, Means: "a flow before and after translation is one row"}
	switch err := j.reach.NAT; {
	case errors.Is(err, errors.ErrUnsupported):
		f.Means = "nothing is translated here: the kernel tracks no connections"
	case err != nil:
		f.State, f.Means, f.Why = limited, "a flow that is translated has two rows", oneLine(err.Error())
		if errors.Is(err, fs.ErrPermission) {
			f.Why, f.Fix = "the kernel's table of translations takes cap_net_admin", j.grant(capNetAdmin)
		}
	}
	return f
}
