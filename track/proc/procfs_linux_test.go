package proc

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestReadProcess(t *testing.T) {
	f := newFakeProcfs(t)
	ctr := filepath.Join(t.TempDir(), "container")
	f.file(ctr, "etc/passwd", "root:x:0:0::/root:/bin/sh\napp:x:1000:1000::/:/bin/sh\n")
	f.file(ctr, "etc/group", "app:x:1000:\n")
	jail := filepath.Join(f.machine, "srv/jail")
	f.file(jail, "bin/named", "")
	f.file(f.machine, "bin/odd (deleted)", "")
	f.file(f.machine, "var/lib/docker/containers/"+id1+"/config.v2.json", `{"ID":"`+id1+`","Name":"/web","Config":{"Image":"nginx"}}`)
	f.file(f.machine, "home/alice/.local/share/containers/storage/overlay-containers/containers.json", `[{"id":"`+id2+`","names":["hers"]}]`)
	first := Parent{ID{PID: 1}, "systemd"}
	started := func(ticks int) time.Time { return booted.Add(time.Duration(ticks) * 10 * time.Millisecond) }

	for _, tt := range []struct {
		name  string
		task  fakeTask
		want  Process
		lacks string
	}{
		{
			name: "a service",
			task: fakeTask{
				comm: "systemd-resolve", parent: 1, start: 250, uid: 1000, netns: 4026531840,
				exe: "/usr/lib/systemd/systemd-resolved", args: "/lib/systemd/systemd-resolved\x00", cgroup: "0::/system.slice/systemd-resolved.service\n",
			},
			want: Process{
				ID: ID{0, 250}, Name: "systemd-resolved", Comm: "systemd-resolve", Exe: "/usr/lib/systemd/systemd-resolved",
				Args: []string{"/lib/systemd/systemd-resolved"}, UID: 1000, GID: 1000, User: "alice", Group: "staff",
				Started: started(250), Parents: []Parent{first}, NetNS: 4026531840,
				Cgroup: "/system.slice/systemd-resolved.service", Unit: "systemd-resolved.service",
			},
		},
		{
			name: "in Docker, with users of its own",
			task: fakeTask{
				comm: "nginx", parent: 1, uid: 1000, root: ctr, netns: 4026532200,
				exe: "/usr/sbin/nginx", args: "nginx: worker process\x00\x00\x00", cgroup: "0::/system.slice/docker-" + id1 + ".scope\n",
			},
			want: Process{
				Name: "nginx", Comm: "nginx", Exe: "/usr/sbin/nginx", Args: []string{"nginx: worker process"},
				UID: 1000, GID: 1000, User: "app", Group: "app", Started: started(0), Parents: []Parent{first}, NetNS: 4026532200,
				Cgroup: "/system.slice/docker-" + id1 + ".scope", Unit: "docker-" + id1 + ".scope",
				Container: &Container{Runtime: "docker", ID: id1, Name: "web", Image: "nginx"},
			},
		},
		{
			name: "in a rootless container, whose root is alice",
			task: fakeTask{
				comm: "sh", parent: 1, uid: 1000, root: ctr, uidMap: "0 1000 1\n1 100000 65536\n", netns: 7,
				exe: "/bin/busybox", args: "sh\x00/run.sh\x00",
				cgroup: "0::/user.slice/user-1000.slice/user@1000.service/user.slice/libpod-" + id2 + ".scope/container\n",
			},
			want: Process{
				Name: "sh", Comm: "sh", Exe: "/bin/busybox", Args: []string{"sh", "/run.sh"}, Script: "/run.sh",
				UID: 1000, GID: 1000, User: "alice", Group: "staff", Started: started(0), Parents: []Parent{first}, NetNS: 7,
				Cgroup:    "/user.slice/user-1000.slice/user@1000.service/user.slice/libpod-" + id2 + ".scope/container",
				Unit:      "libpod-" + id2 + ".scope",
				Container: &Container{Runtime: "podman", ID: id2, Name: "hers"},
			},
		},
		{
			name: "a cgroup that a user named after the machine's container",
			task: fakeTask{
				comm: "sh", uid: 1000, exe: "/bin/dash", netns: 7,
				cgroup: "0::/user.slice/user-1000.slice/user@1000.service/app.slice/docker-" + id1 + ".scope\n",
			},
			want: Process{
				Name: "sh", Comm: "sh", Exe: "/bin/dash", UID: 1000, GID: 1000, User: "alice", Group: "staff", Started: started(0), NetNS: 7,
				Cgroup: "/user.slice/user-1000.slice/user@1000.service/app.slice/docker-" + id1 + ".scope", Unit: "docker-" + id1 + ".scope",
				Container: &Container{Runtime: "docker", ID: id1},
			},
		},
		{
			name: "without a cgroup of its own, but with a container's mounts",
			task: fakeTask{
				comm: "x", root: ctr, exe: "/x", netns: 7, cgroup: "0::/\n",
				mounts: "84 75 254:0 /run/containers/storage/overlay-containers/" + id2 + "/userdata/.containerenv /run/.containerenv rw - ext4 /dev/vda rw\n",
			},
			want: Process{
				Name: "x", Comm: "x", Exe: "/x", User: "root", Started: started(0), NetNS: 7, Cgroup: "/",
				Container: &Container{Runtime: "podman", ID: id2},
			},
		},
		{
			name: "with the mounts of the machine's container, which everybody can make in a user namespace",
			task: fakeTask{
				comm: "x", root: ctr, exe: "/x", uid: 1000, netns: 7, cgroup: "0::/\n", uidMap: "1000 1000 1\n",
				mounts: "84 75 254:0 /home/alice/containers/" + id1 + "/hostname /etc/hostname rw - ext4 /dev/vda rw\n",
			},
			want: Process{
				Name: "x", Comm: "x", Exe: "/x", UID: 1000, GID: 1000, User: "alice", Group: "staff", Started: started(0), NetNS: 7, Cgroup: "/",
				Container: &Container{Runtime: "docker", ID: id1},
			},
		},
		{
			name: "below a chroot",
			task: fakeTask{comm: "named", root: jail, exe: jail + "/bin/named", netns: 7, cgroup: "0::/system.slice/named.service\n"},
			want: Process{Name: "named", Comm: "named", Exe: "/bin/named", Started: started(0), NetNS: 7, Cgroup: "/system.slice/named.service", Unit: "named.service"},
		},
		{
			name: "deleted",
			task: fakeTask{comm: "old", exe: "/usr/bin/old (deleted)", netns: 7, cgroup: "0::/\n"},
			want: Process{Name: "old", Comm: "old", Exe: "/usr/bin/old", Deleted: true, User: "root", Group: "root", Started: started(0), NetNS: 7, Cgroup: "/"},
		},
		{
			name: "not deleted, but named so",
			task: fakeTask{comm: "odd (deleted)", exe: f.machine + "/bin/odd (deleted)", netns: 7, cgroup: "0::/\n"},
			want: Process{Name: "odd (deleted)", Comm: "odd (deleted)", Exe: "/bin/odd (deleted)", User: "root", Group: "root", Started: started(0), NetNS: 7, Cgroup: "/"},
		},
		{
			name: "a thread of the kernel",
			task: fakeTask{comm: "kworker/u4:2-events_unbound", parent: 2, kernel: true, cgroup: "0::/\n"},
			want: Process{
				Name: "kworker/u4:2-events_unbound", Comm: "kworker/u4:2-ev", Kernel: true, User: "root", Group: "root",
				Started: started(0), Parents: []Parent{{ID{PID: 2}, "kthreadd"}}, Cgroup: "/",
			},
		},
		{
			name:  "a parent that is hidden, and nothing to read",
			task:  fakeTask{comm: "lone", parent: 77, cgroup: "0::/\n"},
			want:  Process{Name: "lone", Comm: "lone", User: "root", Group: "root", Started: started(0), Cgroup: "/"},
			lacks: "exe: exited before seen, netns: exited before seen, parents: no rights",
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			f.process(50, tt.task)
			got := f.read(f.open(), 50)
			if got := lacks(got); got != tt.lacks {
				t.Errorf("lacks %q, want %q", got, tt.lacks)
			}
			got.Lacks, tt.want.PID = nil, 50
			if d := cmp.Diff(&tt.want, got); d != "" {
				t.Errorf("-want +got:\n%s", d)
			}
		})
	}
}

// TestReadWhileItExecs replaces the program while it is read.
func TestReadWhileItExecs(t *testing.T) {
	f := newFakeProcfs(t)
	p := f.open()
	program := func(name string) {
		for _, file := range []string{"exe", "cmdline", "stat"} {
			_ = os.Remove(filepath.Join(f.root, "60", file))
		}
		f.file(f.root, "60/stat", "60 ("+name+") S 0 0 0 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 9 0 0 0 0 0 0\n")
		f.file(f.root, "60/cmdline", name+"\x00")
		f.link("/bin/"+name, filepath.Join(f.root, "60/exe"))
	}
	f.process(60, fakeTask{comm: "old", netns: 1, cgroup: "0::/\n"})
	program("old")
	times := 0
	p.clock = func() time.Time { // is read between the facts
		if times++; times == 1 {
			program("new")
		}
		return booted
	}
	if got := f.read(p, 60); got.Name != "new" || got.Exe != "/bin/new" || got.Args[0] != "new" || lacks(got) != "" {
		t.Errorf("got %s, %s, %s, want all new; lacks %q", got.Name, got.Exe, got.Args, lacks(got))
	}

	p.clock = func() time.Time {
		times++
		program([]string{"one", "two"}[times%2])
		return booted
	}
	got := f.read(p, 60)
	if got.Exe != "" || got.Args != nil || got.Name != got.Comm || lacks(got) != "exe: failed, args: failed" {
		t.Errorf("never the same: got %q, %q, lacks %q", got.Exe, got.Args, lacks(got))
	}
}

// TestReadWhilePIDIsReused gives the pid to another process while it is read.
func TestReadWhilePIDIsReused(t *testing.T) {
	f := newFakeProcfs(t)
	p := f.open()
	f.process(60, fakeTask{comm: "old", start: 1, exe: "/bin/old", cgroup: "0::/\n"})
	p.clock = func() time.Time {
		f.process(60, fakeTask{comm: "new", start: 2, exe: "/bin/new", cgroup: "0::/\n"})
		return booted
	}
	if got, err := p.read(60); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("got %+v, %v, want that it has ended", got, err)
	}
	if id, err := p.identify(60); err != nil || id != (ID{60, 2}) {
		t.Errorf("now got %v, %v", id, err)
	}
}

func TestReadProcessThatIsNone(t *testing.T) {
	f := newFakeProcfs(t)
	p := f.open()
	f.file(f.root, "70/stat", "nothing of the kind")
	for _, pid := range []int32{-1, 0, 69, 70} {
		if got, err := p.read(pid); err == nil {
			t.Errorf("%d: got %+v", pid, got)
		}
		if _, err := p.identify(pid); err == nil {
			t.Errorf("%d has an identity", pid)
		}
	}
	if _, err := newProcfs(filepath.Join(f.root, "missing")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("no procfs: got %v", err)
	}
}

func TestParentsAreBounded(t *testing.T) {
	f := newFakeProcfs(t)
	for pid := 10; pid < 30; pid++ {
		f.process(pid, fakeTask{comm: "p", parent: pid - 1, start: pid, cgroup: "0::/\n", exe: "/p", netns: 1})
	}
	p := f.open()
	for range 2 { // read, and remembered
		got := f.read(p, 29)
		if len(got.Parents) != MaxParents || got.Parents[0].ID != (ID{28, 28}) || got.Parents[MaxParents-1].ID != (ID{21, 21}) {
			t.Errorf("got %v", got.Parents)
		}
	}
	// A child of the same parent has the same ancestors, though they ended since.
	f.process(30, fakeTask{comm: "p", parent: 28, start: 30, cgroup: "0::/\n", exe: "/p", netns: 1})
	if err := os.RemoveAll(filepath.Join(f.root, "27")); err != nil {
		t.Fatal(err)
	}
	if got := f.read(p, 30); len(got.Parents) != MaxParents || got.Parents[1].ID != (ID{27, 27}) {
		t.Errorf("got %v", got.Parents)
	}
	// Another process with the number of the parent is another parent.
	f.process(28, fakeTask{comm: "q", start: 99, cgroup: "0::/\n"})
	if got := f.read(p, 30); len(got.Parents) != 1 || got.Parents[0] != (Parent{ID{28, 99}, "q"}) {
		t.Errorf("got %v", got.Parents)
	}
}

func TestUserFollowsItsFile(t *testing.T) {
	f := newFakeProcfs(t)
	p := f.open()
	if got := p.user(1000); got != "alice" {
		t.Errorf("got %q", got)
	}
	if got := p.user(4711); got != "" {
		t.Errorf("an unknown number: got %q", got)
	}
	f.file(f.machine, "etc/passwd", "root:x:0:0::/:\nbob:x:1000:1000::/home/bob:/bin/sh\n")
	p.users.until = time.Time{} // a second later
	if got := p.user(1000); got != "bob" {
		t.Errorf("after a change: got %q", got)
	}
}

// TestUserDatabaseBeyondRoot: a link in a container leads to its own files only.
func TestUserDatabasesAreBounded(t *testing.T) {
	var b bytes.Buffer
	for id := range maxUserFile / 40 {
		fmt.Fprintf(&b, "%08d:x:%d:0::/home/here:\n", id, id)
	}
	root := t.TempDir()
	file := filepath.Join(root, "etc/passwd")
	if err := os.Mkdir(filepath.Dir(file), 0o755); err != nil {
		t.Fatal(err)
	}
	var u users
	for i := range 5 {
		if err := os.WriteFile(file, b.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
		if err := os.Chtimes(file, time.Time{}, time.Unix(int64(i), 0)); err != nil { // a state that was not met
			t.Fatal(err)
		}
		if passwd, _ := u.of(root); passwd[7].name != "00000007" {
			t.Fatalf("state %d: got %q", i, passwd[7].name)
		}
	}
	kept := 0
	for _, accounts := range u.files {
		kept += len(accounts)
	}
	if most := maxUserText / 30; kept > most || kept == 0 {
		t.Errorf("%d accounts are kept, want at most %d", kept, most)
	}
}

func TestUserDatabaseBeyondRoot(t *testing.T) {
	f := newFakeProcfs(t)
	outside := filepath.Join(t.TempDir(), "secret")
	f.file(outside, "passwd", "outsider:x:1000:1000::/:\n")
	ctr := t.TempDir()
	f.link(outside, filepath.Join(ctr, "etc"))
	f.process(50, fakeTask{comm: "x", uid: 1000, root: ctr, cgroup: "0::/docker/" + id1 + "\n"})
	if got := f.read(f.open(), 50); got.User != "" {
		t.Errorf("got the user %q", got.User)
	}
}

func TestKubernetesNames(t *testing.T) {
	f := newFakeProcfs(t)
	f.file(f.machine, "run/containerd/io.containerd.runtime.v2.task/k8s.io/"+id1+"/config.json",
		`{"annotations":{"io.kubernetes.cri.container-name":"nginx","io.kubernetes.cri.image-name":"nginx:1","io.kubernetes.cri.sandbox-name":"web-0","io.kubernetes.cri.sandbox-namespace":"shop"}}`)
	f.file(f.machine, "var/log/containers/db-0_store_postgres-"+id2+".log", "")
	f.file(f.machine, "etc/docker/daemon.json", `{"data-root":"/data/docker"}`)
	const id3 = "00000000000000000000000000000000000000000000000000000000000000c3"
	f.file(f.machine, "data/docker/containers/"+id3+"/config.v2.json", `{"ID":"`+id3+`","Name":"/moved"}`)
	p := f.open()
	for _, tt := range []struct {
		cgroup string
		want   Container
	}{
		{"/kubepods/besteffort/pod" + uid1 + "/" + id1, Container{Runtime: "containerd", ID: id1, Name: "nginx", Image: "nginx:1", Pod: "web-0", Namespace: "shop", PodUID: uid1}},
		{"/kubepods/besteffort/pod" + uid1 + "/crio-" + id2, Container{Runtime: "cri-o", ID: id2, Name: "postgres", Pod: "db-0", Namespace: "store", PodUID: uid1}},
		{"/docker/" + id3, Container{Runtime: "docker", ID: id3, Name: "moved"}},
		{"/docker/" + id2 + "/docker/" + id3, Container{Runtime: "docker", ID: id3}},
		{"/docker/" + id2 + "/kubepods/besteffort/pod" + uid1 + "/crio-" + id2, Container{Runtime: "cri-o", ID: id2, PodUID: uid1}},
		{"/user.slice/user-1000.slice/user@1000.service/user-0.slice/docker-" + id3 + ".scope", Container{Runtime: "docker", ID: id3}},
	} {
		f.process(50, fakeTask{comm: "x", cgroup: "0::" + tt.cgroup + "\n"})
		if got := f.read(p, 50); got.Container == nil || *got.Container != tt.want {
			t.Errorf("%s: got %+v, want %+v", tt.cgroup, got.Container, tt.want)
		}
	}
	f.process(50, fakeTask{comm: "x", cgroup: "0::/docker/" + id3 + "\n"})
	if again := f.read(p, 50); again.Container != f.read(p, 50).Container {
		t.Error("a container was not remembered")
	}
}

// TestOwnContainer: where a cgroup namespace shows no path, this program's own mounts
// tell in which container all are that it shows so.
func TestOwnContainer(t *testing.T) {
	f := newFakeProcfs(t)
	f.process(1, fakeTask{comm: "sockeye", exe: "/sockeye", cgroup: "0::/\n", mounts: "88 74 8:1 /docker/containers/" + id1 + "/hosts /etc/hosts rw - ext4 /dev/sdb1 rw\n"})
	f.process(50, fakeTask{comm: "sibling", cgroup: "0::/\n"})
	f.process(51, fakeTask{comm: "outsider", cgroup: "0::/../../system.slice/ssh.service\n"})
	f.process(52, fakeTask{comm: "other", cgroup: "0::/../docker-" + id2 + ".scope\n"})
	p := f.open()
	for pid, want := range map[int32]string{1: id1, 50: id1, 51: "", 52: id2, 2: ""} {
		got := ""
		if c := f.read(p, pid).Container; c != nil {
			got = c.ID
		}
		if got != want {
			t.Errorf("process %d: got the container %q, want %q", pid, got, want)
		}
	}
}

func TestFromKernelOfFakes(t *testing.T) {
	f := newFakeProcfs(t)
	f.process(50, fakeTask{comm: "x", start: 5, cgroup: "0::/\n"})
	p := f.open()
	p.cgroups = cgroupTree{mount: "/nowhere", looked: true, paths: map[uint64]string{
		7: "/system.slice/ssh.service", 8: "/docker/" + id1, 9: "/",
	}}
	for _, tt := range []struct {
		name  string
		event Event
		check func(*Process) bool
		lacks string
	}{
		{
			"there, in a unit", Event{Process: ID{50, 5}, Comm: "sshd", UID: 1000, GID: 1000, Cgroup: 7},
			func(p *Process) bool {
				return p.Name == "sshd" && p.User == "alice" && p.Group == "staff" && p.Unit == "ssh.service" && p.Container == nil && p.Started.Equal(booted.Add(50*time.Millisecond))
			},
			"exe: no rights, args: no rights, parents: no rights, netns: no rights",
		},
		{
			"gone, the pid another's, in a container", Event{Process: ID{50, 4}, Comm: "nginx", UID: 1000, Cgroup: 8},
			func(p *Process) bool {
				return p.User == "" && p.UID == 1000 && p.Container != nil && p.Container.ID == id1
			},
			"exe: exited before seen, args: exited before seen, parents: exited before seen, netns: exited before seen, user: exited before seen",
		},
		{
			"gone, with its cgroup", Event{Process: ID{51, 4}, Comm: "x", Cgroup: 12},
			func(p *Process) bool { return p.User == "root" && p.Cgroup == "" && p.Container == nil },
			"exe: exited before seen, args: exited before seen, parents: exited before seen, netns: exited before seen, cgroup: exited before seen, container: exited before seen",
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := p.fromKernel(&tt.event)
			if got.ID != tt.event.Process || !tt.check(got) {
				t.Errorf("got %+v", got)
			}
			if got := lacks(got); got != tt.lacks {
				t.Errorf("lacks %q, want %q", got, tt.lacks)
			}
		})
	}
	p.whole = false // hidepid of proc(5), or a pid namespace
	if got, want := lacks(p.fromKernel(&Event{Process: ID{51, 4}, Cgroup: 7})), "exe: no rights, args: no rights, parents: no rights, netns: no rights"; got != want {
		t.Errorf("hidden: lacks %q, want %q", got, want)
	}
}

func TestShowsMachine(t *testing.T) {
	f := newFakeProcfs(t)
	if !showsMachine(f.root) {
		t.Error("with kthreadd: got false")
	}
	f.process(2, fakeTask{comm: "kthreadd"})
	if showsMachine(f.root) {
		t.Error("with an ordinary process of that name: got true")
	}
	if showsMachine(strings.TrimSuffix(f.root, "proc")) {
		t.Error("no procfs: got true")
	}
}
