package main

import (
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"syscall"
	"testing"

	"sockeye/capture"
	"sockeye/ebpf"
	"sockeye/track/proc"
)

// TestJudge looks at what single findings say, and at what mends them.
func TestJudge(t *testing.T) {
	denied := &capture.PermissionError{Needs: "CAP_NET_RAW", Err: fmt.Errorf("open lo: %w", fs.ErrPermission)}
	const setcap = "sudo setcap cap_net_admin,cap_net_raw,cap_perfmon,cap_bpf+ep "
	user := func(j *judge) { j.Effective = 0 }
	for _, c := range []struct {
		name   string
		change []func(*judge)
		find   func(*judge) finding
		state  verdict
		words  string // in Means or Why
		fix    string
	}{
		{"packets", nil, (*judge).packets, works, "lo", ""},
		{"packets: no rights", []func(*judge){user, func(j *judge) { j.ring = denied }}, (*judge).packets, fails, "CAP_NET_RAW", setcap + "/bin/sockeye"},
		{"packets: little memory", []func(*judge){func(j *judge) { j.ring = syscall.ENOMEM }}, (*judge).packets, limited, "small rings", "sockeye --ring-size 1MiB"},
		{"packets: no memory", []func(*judge){func(j *judge) { j.ring, j.smallRing = syscall.ENOMEM, syscall.ENOMEM }}, (*judge).packets, fails, "cannot be captured", ""},
		{"packets: in a container", []func(*judge){user, func(j *judge) { j.ring, j.Container = denied, "docker" }}, (*judge).packets, fails, "",
			"start the container with --cap-add=NET_ADMIN --cap-add=NET_RAW --cap-add=PERFMON --cap-add=BPF"},
		{"packets: an old kernel", []func(*judge){user, func(j *judge) { j.ring, j.modern = denied, false }}, (*judge).packets, fails, "",
			"sudo setcap cap_net_admin,cap_net_raw,cap_sys_admin+ep /bin/sockeye"},
		{"packets: nosuid", []func(*judge){user, func(j *judge) { j.ring, j.NoSUID = denied, true }}, (*judge).packets, fails, "",
			"sudo cp /bin/sockeye /usr/local/bin/sockeye && " + setcap + "/usr/local/bin/sockeye"},
		{"packets: no_new_privs", []func(*judge){user, func(j *judge) { j.ring, j.NoNewRights = denied, true }}, (*judge).packets, fails, "",
			"start it without no_new_privs (of a systemd unit: NoNewPrivileges=no)"},
		{"packets: a user namespace", []func(*judge){func(j *judge) { j.ring, j.UserNS = denied, false }}, (*judge).packets, fails, "", "run it outside of the user namespace"},
		{"packets: out of bounds", []func(*judge){user, func(j *judge) { j.ring, j.Bounding = denied, capNetRaw }}, (*judge).packets, fails, "",
			"start it with these in its bounding set (of a systemd unit: CapabilityBoundingSet=): cap_net_admin cap_net_raw cap_perfmon cap_bpf"},
		{"packets: no interface", []func(*judge){func(j *judge) { j.ring = capture.ErrNoInterface }}, (*judge).packets, fails, "no interface is up",
			"sudo ip link set NAME up; sockeye interfaces lists the names"},
		{"payload", nil, (*judge).payload, works, "headers", ""},
		{"payload: no rights", []func(*judge){user, func(j *judge) { j.cut = fs.ErrPermission }}, (*judge).payload, limited, "not permitted", setcap + "/bin/sockeye"},
		{"payload: little locked memory", []func(*judge){func(j *judge) { j.cut, j.charged, j.Locked = fs.ErrPermission, true, "65536" }}, (*judge).payload, limited, "not permitted", "ulimit -l unlimited"},
		{"payload: an old kernel", []func(*judge){func(j *judge) { j.cut = ebpf.ErrNotSupported }}, (*judge).payload, limited, "not supported", "Linux 5.6 or later"},
		{"filters", []func(*judge){func(j *judge) { j.Sysctls = map[string]string{"net.core.optmem_max": "20480"} }}, (*judge).filters, works, "", ""},
		{"filters: little memory", []func(*judge){func(j *judge) { j.Sysctls = map[string]string{"net.core.optmem_max": "10240"} }}, (*judge).filters, limited, "10240", "sudo sysctl -w net.core.optmem_max=131072"},
		{"compiler: off", []func(*judge){func(j *judge) { j.Sysctls = map[string]string{"net.core.bpf_jit_enable": "0"} }}, (*judge).compiler, limited, "interpreted", "sudo sysctl -w net.core.bpf_jit_enable=1"},
		{"eBPF", nil, (*judge).events, works, "as it is used", ""},
		{"eBPF: a hook fails", []func(*judge){func(j *judge) {
			j.hooks = append(j.hooks, proc.Hook{Name: "cgroup/connect4", Err: errors.New("too old")})
		}}, (*judge).events, limited, "1 of 2 hooks", ""},
		{"eBPF: no rights", []func(*judge){user, func(j *judge) { j.watcher = fs.ErrPermission }}, (*judge).events, fails, "permission", setcap + "/bin/sockeye"},
		{"eBPF: seccomp says ENOSYS", []func(*judge){func(j *judge) { j.watcher, j.Seccomp, j.Container = syscall.ENOSYS, true, "podman" }}, (*judge).events,
			fails, "not implemented", "start the container with --security-opt seccomp=unconfined"},
		{"eBPF: seccomp", []func(*judge){func(j *judge) { j.watcher, j.Seccomp = fs.ErrPermission, true }}, (*judge).events, fails, "permission",
			"start it without the seccomp filter that forbids bpf(2) (of a systemd unit: SystemCallFilter=)"},
		{"eBPF: seccomp in a container", []func(*judge){func(j *judge) { j.watcher, j.Seccomp, j.Container = fs.ErrPermission, true, "podman" }}, (*judge).events,
			fails, "permission", "start the container with --security-opt seccomp=unconfined"},
		{"eBPF: refused", []func(*judge){func(j *judge) { j.watcher = fs.ErrPermission }}, (*judge).events, fails, "permission", ""},
		{"eBPF: no cap_net_admin", []func(*judge){func(j *judge) {
			j.hooks[0].Err, j.Effective = fs.ErrPermission, capNetRaw|capBPF|capPerfmon
		}}, (*judge).events, limited, "1 of 1 hooks", setcap + "/bin/sockeye"},
		{"eBPF: no BTF", []func(*judge){user, func(j *judge) { j.watcher, j.BTF = ebpf.ErrNotSupported, false }}, (*judge).events, fails, "not supported", "a kernel built with CONFIG_DEBUG_INFO_BTF=y"},
		{"eBPF: no cgroup2", []func(*judge){func(j *judge) {
			j.hooks[0].Err, j.Cgroup2 = errors.New("no cgroup2"), ""
		}}, (*judge).events, limited, "1 of 1 hooks", "sudo mkdir -p /run/cgroup2 && sudo mount -t cgroup2 none /run/cgroup2"},
		{"cgroup2: in a container", []func(*judge){func(j *judge) {
			j.CgroupNS = false
			j.hooks = append(j.hooks, proc.Hook{Name: "cgroup/connect4", Err: errors.New("only this container")})
		}}, (*judge).cgroup, limited, "this container", "start the container with --cgroupns=host -v /sys/fs/cgroup:/sys/fs/cgroup:ro"},
		{"cgroup2: the machine's in a container", []func(*judge){func(j *judge) { j.CgroupNS = false }}, (*judge).cgroup, works, "/sys/fs/cgroup", ""},
		{"lockdown", []func(*judge){func(j *judge) { j.Lockdown = "integrity" }}, (*judge).lockdown, works, "integrity", ""},
		{"lockdown: all", []func(*judge){func(j *judge) { j.Lockdown = "confidentiality" }}, (*judge).lockdown, limited, "locked down", "start it with lockdown=integrity"},
		{"sock_diag", []func(*judge){func(j *judge) { j.diag = syscall.EPROTONOSUPPORT }}, (*judge).tables, fails, "slower", "sudo modprobe inet_diag tcp_diag udp_diag"},
		{"processes", nil, (*judge).processes, works, "all 10", ""},
		{"processes: of others", []func(*judge){user, func(j *judge) { j.looked = 3 }}, (*judge).processes, limited, "3 of 10",
			"sudo setcap cap_dac_read_search,cap_net_admin,cap_net_raw,cap_sys_ptrace,cap_perfmon,cap_bpf+ep /bin/sockeye"},
		{"processes: refused", []func(*judge){func(j *judge) { j.looked = 9 }}, (*judge).processes, limited, "refuses", ""},
		{"processes: hidden", []func(*judge){user, func(j *judge) { j.HidePID = "invisible" }}, (*judge).processes, limited, "hidepid=invisible", "sudo mount -o remount,hidepid=0 /proc"},
		{"processes: none", []func(*judge){func(j *judge) { j.seen, j.looked = 0, 0 }}, (*judge).processes, fails, "/proc shows none", ""},
		{"processes: in a container", []func(*judge){func(j *judge) { j.PIDNS = false }}, (*judge).processes, limited, "pid namespace",
			"start the container with --pid=host, or with -v /proc:/host/proc:ro"},
		{"processes: the machine's", []func(*judge){func(j *judge) { j.PIDNS, j.Proc = false, "/host/proc" }}, (*judge).processes, works, "/host/proc", ""},
		{"namespaces: none", nil, (*judge).namespaces, works, "no other", ""},
		{"namespaces", []func(*judge){func(j *judge) { j.reach = proc.Reach{Spaces: 3, Entered: 3} }}, (*judge).namespaces, works, "3 other", ""},
		{"namespaces: no rights", []func(*judge){user, func(j *judge) { j.reach = proc.Reach{Spaces: 3, Read: 3} }}, (*judge).namespaces, limited, "slower", "sudo /bin/sockeye"},
		{"namespaces: without processes", []func(*judge){user, func(j *judge) { j.reach = proc.Reach{Spaces: 3, Read: 2} }}, (*judge).namespaces, limited, "1 of 3", "sudo /bin/sockeye"},
		{"namespaces: in a container", []func(*judge){user, func(j *judge) { j.reach, j.Container = proc.Reach{Spaces: 1, Read: 1}, "docker" }}, (*judge).namespaces, limited, "cap_sys_admin",
			"start the container with --cap-add=SYS_ADMIN"},
		{"namespaces: of a user namespace", []func(*judge){func(j *judge) { j.reach, j.UserNS = proc.Reach{Spaces: 1, Read: 1}, false }}, (*judge).namespaces, limited, "cap_sys_admin",
			"run it outside of the user namespace"},
		{"namespaces: refused", []func(*judge){func(j *judge) { j.reach = proc.Reach{Spaces: 1, Read: 1} }}, (*judge).namespaces, limited, "refuses", ""},
		{"NAT", nil, (*judge).translations, works, "one row", ""},
		{"NAT: no rights", []func(*judge){user, func(j *judge) { j.reach.NAT = fs.ErrPermission }}, (*judge).translations, limited, "two rows", setcap + "/bin/sockeye"},
		{"NAT: damaged", []func(*judge){func(j *judge) { j.reach.NAT = syscall.EIO }}, (*judge).translations, limited, "input/output error", ""},
		{"NAT: none", []func(*judge){func(j *judge) { j.reach.NAT = errors.ErrUnsupported }}, (*judge).translations, works, "nothing is translated", ""},
	} {
		j := &judge{
			rights: &rights{Effective: allCaps, Bounding: allCaps, File: "/bin/sockeye", UserNS: true, PIDNS: true,
				CgroupNS: true, BTF: true, Cgroup2: "/sys/fs/cgroup", Proc: "/proc"},
			trials: trials{ringOn: "lo", hooks: []proc.Hook{{Name: "iter/task_file"}}, seen: 10, looked: 10},
			modern: true,
		}
		for _, change := range c.change {
			change(j)
		}
		f := c.find(j)
		if f.State != c.state || f.Fix != c.fix || !strings.Contains(f.Means+" "+f.Why, c.words) {
			t.Errorf("%s: got %s, %q, why %q, fix %q; want %s with %q, fix %q", c.name, f.State, f.Means, f.Why, f.Fix, c.state, c.words, c.fix)
		}
		if (f.State == works) != (f.Why == "") || f.State == works && f.Fix != "" || f.Means == "" {
			t.Errorf("%s: %s with why %q, fix %q, means %q", c.name, f.State, f.Why, f.Fix, f.Means)
		}
	}
}
