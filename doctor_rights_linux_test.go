package main

import (
	"io/fs"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
)

// machine makes the files that readRights looks at: those of a machine where
// everything is usual, changed by edits. An empty text takes a file away.
func machine(edits map[string]string) fstest.MapFS {
	files := map[string]string{
		"proc/self/status": "Name:\tsockeye\nCapInh:\t0000000000000000\nCapPrm:\t000001ffffffffff\n" +
			"CapEff:\t000001ffffffffff\nCapBnd:\t000001ffffffffff\nNoNewPrivs:\t0\n",
		"proc/self/limits":                          "Limit                     Soft Limit           Hard Limit           Units\nMax locked memory         8388608              8388608              bytes\n",
		"proc/self/mountinfo":                       usualMounts,
		"sys/kernel/btf/vmlinux":                    "\x9f\xeb",
		"sys/fs/cgroup/cgroup.controllers":          "cpuset cpu io memory pids\n",
		"sys/kernel/security/lockdown":              "[none] integrity confidentiality\n",
		"proc/sys/kernel/unprivileged_bpf_disabled": "2\n",
		"proc/sys/net/core/bpf_jit_enable":          "1\n",
	}
	root := fstest.MapFS{}
	for name, text := range files {
		root[name] = &fstest.MapFile{Data: []byte(text)}
	}
	for kind, link := range map[string]string{
		"user": "user:[4026531837]", "pid": "pid:[4026531836]", "cgroup": "cgroup:[4026531835]",
	} {
		root["proc/self/ns/"+kind] = &fstest.MapFile{Data: []byte(link), Mode: fs.ModeSymlink}
	}
	for name, text := range edits {
		delete(root, name)
		if text != "" {
			file := &fstest.MapFile{Data: []byte(text)}
			if _, err := fs.Stat(machineLinks, name); err == nil {
				file.Mode = fs.ModeSymlink
			}
			root[name] = file
		}
	}
	return root
}

// machineLinks has the names of what machine makes as symbolic links.
var machineLinks = fstest.MapFS{
	"proc/self/ns/user": {}, "proc/self/ns/pid": {}, "proc/self/ns/cgroup": {},
}

const usualMounts = `22 28 0:21 / /proc rw,nosuid,nodev,noexec,relatime shared:12 - proc proc rw
26 23 0:24 / /sys/fs/cgroup rw,nosuid,nodev,noexec,relatime shared:9 - cgroup2 cgroup2 rw,nsdelegate
28 1 254:1 / / rw,relatime shared:1 - ext4 /dev/vda1 rw
31 28 0:26 / /home/a\040b rw,nosuid,nodev shared:13 - tmpfs tmpfs rw,size=1024k
`

func TestReadRights(t *testing.T) {
	usual := func(change func(*rights)) rights {
		r := rights{
			Effective: allCaps, Permitted: allCaps, Bounding: allCaps, File: "/usr/bin/sockeye",
			UserNS: true, PIDNS: true, CgroupNS: true, BTF: true, Lockdown: "none",
			Cgroup2: "/sys/fs/cgroup", Proc: "/proc", Locked: "8388608",
			Sysctls: map[string]string{"kernel.unprivileged_bpf_disabled": "2", "net.core.bpf_jit_enable": "1"},
		}
		change(&r)
		return r
	}
	for _, c := range []struct {
		name  string
		edits map[string]string
		file  string
		want  rights
	}{
		{"usual", nil, "/usr/bin/sockeye", usual(func(*rights) {})},
		{"an image that is booted", map[string]string{".dockerenv": "x"}, "/usr/bin/sockeye", usual(func(*rights) {})},
		{"nosuid", nil, "/home/a b/bin/sockeye", usual(func(r *rights) { r.File, r.NoSUID = "/home/a b/bin/sockeye", true })},
		{"beside the mount", nil, "/home/a bc/sockeye", usual(func(r *rights) { r.File = "/home/a bc/sockeye" })},
		{"an ordinary user", map[string]string{"proc/self/status": "CapPrm:\t0000000000002000\nCapEff:\t0000000000002000\nCapBnd:\t000001fffeffffff\nNoNewPrivs:\t1\nSeccomp:\t2\n"},
			"/usr/bin/sockeye", usual(func(r *rights) {
				r.Effective, r.Permitted, r.Bounding = capNetRaw, capNetRaw, allCaps&^(1<<24)
				r.NoNewRights, r.Seccomp = true, true
			})},
		{"a container", map[string]string{
			"proc/self/ns/pid": "pid:[4026532617]", "run/.containerenv": "engine=\"podman-4.3.1\"\n",
			"proc/self/mountinfo": usualMounts + "40 28 0:21 / /host/proc ro,relatime - proc proc rw,hidepid=invisible\n",
		}, "/usr/bin/sockeye", usual(func(r *rights) {
			r.PIDNS, r.Container, r.Proc, r.HidePID = false, "podman", "/host/proc", "invisible"
		})},
		{"Docker", map[string]string{
			".dockerenv":          "x",
			"proc/self/mountinfo": usualMounts + "50 28 0:52 / / rw,relatime - overlay overlay rw,lowerdir=/a,upperdir=/b\n",
		}, "/usr/bin/sockeye", usual(func(r *rights) { r.Container = "docker" })},
		{"Docker without overlays", map[string]string{
			".dockerenv":          "x",
			"proc/self/mountinfo": usualMounts + "50 28 254:1 /var/lib/docker/vfs/dir/1 / rw,relatime - ext4 /dev/vda1 rw\n",
		}, "/usr/bin/sockeye", usual(func(r *rights) { r.Container = "docker" })},
		{"systemd-nspawn", map[string]string{"proc/1/environ": "TERM=linux\x00container=systemd-nspawn\x00"},
			"/usr/bin/sockeye", usual(func(r *rights) { r.Container = "systemd-nspawn" })},
		{"cgroup2 is hidden", map[string]string{"sys/fs/cgroup/cgroup.controllers": ""}, "/usr/bin/sockeye",
			usual(func(r *rights) { r.Cgroup2 = "" })},
		{"a user namespace", map[string]string{"proc/self/ns/user": "user:[4026532615]"}, "/usr/bin/sockeye",
			usual(func(r *rights) { r.UserNS = false })},
		{"an old kernel", map[string]string{
			"sys/kernel/btf/vmlinux": "", "sys/kernel/security/lockdown": "none [integrity] confidentiality\n",
			"proc/self/mountinfo": "28 1 254:1 / / rw,relatime shared:1 - ext4 /dev/vda1 rw\n",
			"proc/self/limits":    "Max locked memory         unlimited            unlimited            bytes\n",
		}, "/usr/bin/sockeye", usual(func(r *rights) {
			r.BTF, r.Lockdown, r.Cgroup2, r.Locked = false, "integrity", "", "unlimited"
		})},
	} {
		if diff := cmp.Diff(c.want, readRights(machine(c.edits), c.file)); diff != "" {
			t.Errorf("%s: want (-) got (+):\n%s", c.name, diff)
		}
	}
	if diff := cmp.Diff(rights{Proc: "/proc", Sysctls: map[string]string{}}, readRights(fstest.MapFS{}, "")); diff != "" {
		t.Errorf("nothing: want (-) got (+):\n%s", diff)
	}
}

func FuzzParseMounts(f *testing.F) {
	f.Add(usualMounts)
	f.Add("1 2 3:4 / /\\040 rw - a b c\n - \n")
	f.Fuzz(func(t *testing.T, table string) {
		for _, m := range parseMounts(table) {
			if m.kind == "" || len(m.options) < 2 {
				t.Errorf("got %+v, want a kind and the options of both", m)
			}
			if m.holds("/x") && m.point != "/" && m.point != "/x" {
				t.Errorf("%q holds /x", m.point)
			}
		}
	})
}
