package tests

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"sockeye/export"
	"sockeye/internal/testkit"
)

// podman is Podman with storage of its own, in which the program's image is.
type podman struct {
	t          *testing.T
	global     []string
	containers int // that were made
}

// image is what the Dockerfile makes.
const image = "localhost/sockeye-test"

// newPodman builds the image: the Dockerfile's last stage, with a program that was
// built outside, since that takes no registry. The test's end removes everything.
func newPodman(t *testing.T) *podman {
	t.Helper()
	testkit.Root(t)
	for _, name := range []string{"podman", "runc"} {
		if _, err := exec.LookPath(name); err != nil {
			testkit.Skip(t, name+" is not installed: apt-get install --no-install-recommends podman runc")
		}
	}
	folder, err := os.MkdirTemp("", "sockeye-test-") // t.TempDir makes paths that are too long for sockets
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(folder) })
	p := &podman{t: t, global: []string{
		"--root", folder + "/root", "--runroot", folder + "/run", "--storage-driver", "vfs",
		"--cgroup-manager", "cgroupfs", "--events-backend", "none", "--runtime", "runc",
	}}
	t.Cleanup(func() { p.run("rm", "--all", "--force", "--time", "0") })
	built := filepath.Dir(shared(t, testkit.Binary(t)))
	p.run("build", "--isolation", "chroot", "--quiet", "--build-context", "build="+built,
		"--file", filepath.Join(testkit.ModuleRoot(t), "Dockerfile"), "--tag", image, built)
	return p
}

// run runs podman with args and returns what it prints.
func (p *podman) run(args ...string) string {
	p.t.Helper()
	r := testkit.Run(p.t, exec.Command("podman", append(p.global[:len(p.global):len(p.global)], args...)...))
	if r.Code != 0 {
		p.t.Fatalf("podman %v: exit code %d: %s", args, r.Code, r.Stderr)
	}
	return strings.TrimSpace(r.Stdout)
}

// container returns the words that run a container with options in the network
// namespace where they are called, and its name. It has no capabilities but those of
// options.
func (p *podman) container(options ...string) (words []string, name string) {
	p.containers++
	name = fmt.Sprintf("sockeye-test-%d", p.containers)
	words = append([]string{"podman"}, p.global...)
	words = append(words, "run", "--rm", "--name", name, "--network", "host", "--cap-drop", "ALL",
		"--ulimit", "nofile=1024:1024", "--ulimit", "nproc=1024:1024") // no more than every machine grants
	return append(words, options...), name
}

// TestContainer runs the program in containers with more and more rights.
func TestContainer(t *testing.T) {
	p := newPodman(t)
	noBPF := filepath.Join(t.TempDir(), "seccomp.json")
	const profile = `{"defaultAction": "SCMP_ACT_ALLOW",
		"syscalls": [{"names": ["bpf"], "action": "SCMP_ACT_ERRNO", "errnoRet": 38}]}` // ENOSYS
	if err := os.WriteFile(noBPF, []byte(profile), 0o644); err != nil {
		t.Fatal(err)
	}
	const (
		least = "--cap-add=NET_RAW"
		links = least + " --cap-add=SYS_PTRACE --cap-add=DAC_READ_SEARCH"
		// Podman lets bpf(2) through for CAP_SYS_ADMIN alone.
		events = least + " --cap-add=BPF --cap-add=PERFMON --cap-add=NET_ADMIN --cgroupns=host" +
			" --volume=/sys/fs/cgroup:/sys/fs/cgroup:ro --security-opt=seccomp=unconfined"
	)
	for _, c := range []struct {
		name    string
		options string
		source  string // of the process; "" where the user alone is known
		path    bool   // its executable, too
		hint    string // of a note; "" for none
	}{
		{"NET_RAW", least, "", false, "--cap-add=BPF"},
		{"host's processes, no rights", least + " --pid=host", "", false, "--cap-add=BPF"},
		{"host's processes", links + " --pid=host", "sock_diag", true, "--cap-add=BPF"},
		{"host's /proc", links + " --volume=/proc:/host/proc:ro", "sock_diag", true, "--cap-add=BPF"},
		{"eBPF", events + " --pid=host", "ebpf", false, ""},
		{"eBPF in its own pid namespace", events, "ebpf", false, ""},
		{"no bpf(2)", events + " --security-opt=seccomp=" + noBPF, "", false, "seccomp=unconfined"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := newScene(t)
			words, _ := p.container(strings.Fields(c.options)...)
			w, r := s.watch(t, append(words, image)...)
			process, a := s.nobody.owner(r)
			if c.source == "" {
				checkUID(t, process, a, 65534)
			} else {
				checkPID(t, s.nobody, process, a, c.source)
				if got, want := process.Exe, map[bool]string{true: shell}[c.path]; got != want {
					t.Errorf("got executable %q, want %q", got, want)
				}
			}
			w.signal(syscall.SIGINT)
			if code := w.wait(); code != 0 {
				t.Errorf("got exit code %d, want 0: %s", code, w.errors())
			}
			if c.hint != "" && len(notes(w.errors(), "hint", c.hint)) != 1 {
				t.Errorf("got %q, want one hint with %s", w.errors(), c.hint)
			}
		})
	}
}

// checkUID checks that the user alone is known, by number: the image has no names.
func checkUID(t *testing.T, p *export.Process, a *export.Attribution, uid uint64) {
	t.Helper()
	if p == nil || a == nil {
		t.Fatalf("got no owner (%+v), want the user %d", a, uid)
	}
	if p.PID != 0 || p.UID == nil || *p.UID != uid || a.Reason != "no rights" {
		t.Errorf("got %+v, reason %q, want the user %d alone for no rights", p, a.Reason, uid)
	}
}

// checkPID checks that a connection is known to be the talker's.
func checkPID(t *testing.T, k talker, p *export.Process, a *export.Attribution, source string) {
	t.Helper()
	if p == nil || a == nil {
		t.Fatalf("got no owner (%+v), want pid %d", a, k.pid)
	}
	if p.PID != k.pid || p.Name != "bash" || !foundBy(a, source) {
		t.Errorf("got pid %d, name %q by %q, want %d, bash by %s", p.PID, p.Name, a.Source, k.pid, source)
	}
}

// TestContainerDoctor asks the doctor in a container what is missing there.
func TestContainerDoctor(t *testing.T) {
	p := newPodman(t)
	ns := testkit.NewNetns(t)
	ask := func(options ...string) *doctor {
		words, _ := p.container(append(options, image)...)
		return consult(t, ns.Command(words[0], words[1:]...))
	}
	d := ask()
	if state, words := d.state("packets"); state != "no" || !strings.Contains(words, "--cap-add=NET_RAW") {
		t.Errorf("no capabilities: got packets %s, %q, want no and the option", state, words)
	}
	d = ask("--cap-add", "NET_RAW")
	for name, option := range map[string]string{"eBPF": "--cap-add=BPF", "processes": "--pid=host"} {
		if state, words := d.state(name); state == "ok" || !strings.Contains(words, option) {
			t.Errorf("NET_RAW: got %s %s, %q, want less than ok and %s", name, state, words, option)
		}
	}
	if !d.Works {
		t.Errorf("NET_RAW: the doctor says that nothing works: %+v", d)
	}
	d = ask("--cap-add", "NET_RAW", "--cap-add", "SYS_PTRACE", "--cap-add", "DAC_READ_SEARCH", "--volume", "/proc:/host/proc:ro")
	if state, words := d.state("processes"); state == "no" || strings.Contains(words, "--pid=host") {
		t.Errorf("/host/proc: got processes %s, %q, want more than the container's own", state, words)
	}
}

// TestContainerNamed captures as root on the machine what a container sends: its
// process goes by its own names, and the container by those of the runtime.
func TestContainerNamed(t *testing.T) {
	p := newPodman(t)
	s := newScene(t)
	server := newServer(t, s.ns)
	// The shell and what it is linked with are the machine's.
	var options []string
	for _, folder := range []string{"/usr", "/lib", "/lib64"} {
		if _, err := os.Stat(folder); err == nil {
			options = append(options, "--volume", folder+":"+folder+":ro")
		}
	}
	shell := talking(server)
	words, name := p.container(append(options, "--entrypoint", shell[0], image)...)
	k := server.talker(t, s.ns.Command(words[0], append(words[1:], shell[1:]...)...))
	pid, id, found := strings.Cut(p.run("inspect", "--format", "{{.State.Pid}} {{.Id}}", name), " ")
	var err error
	if k.pid, err = strconv.Atoi(pid); err != nil || !found {
		t.Fatalf("podman inspect: got pid %q, id %q: %v", pid, id, err)
	}
	w := begin(t, s.ns.Command(testkit.Binary(t), "--json", "-r", "100", "-i", "lo"))
	r := w.await("the owner of the container's connection", k.read)
	process, a := k.owner(r)
	checkPID(t, k, process, a, "ebpf")
	if process.Exe != shell[0] {
		t.Errorf("got executable %q, want %q", process.Exe, shell[0])
	}
	if c := process.Container; c == nil || c.Runtime != "podman" || c.ID != id {
		t.Errorf("got container %s, want podman's %s", describe(c), id)
	}
}

func describe(c *export.Container) string {
	if c == nil {
		return "none"
	}
	return fmt.Sprintf("%+v", *c)
}
