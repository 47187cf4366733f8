package tests

import (
	"fmt"
	"io"
	"net"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"sockeye/export"
	"sockeye/internal/testkit"
)

// The shell that talks, as the kernel names its executable: /bin is a link on most
// systems.
const shell = "/usr/bin/bash"

// asNobody are the words that start a program as the user nobody, with no rights but
// those that its file gives.
var asNobody = []string{"setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups", "--inh-caps=-all", "--"}

// scene is a network namespace in which two shells talk to the test over TCP: one is
// the user nobody's, the other root's.
type scene struct {
	ns           *testkit.Netns
	nobody, root talker
}

// talker is a process and the local port of its connection.
type talker struct {
	pid  int
	port uint16
}

// newScene starts both. The connections live until the test ends.
func newScene(t *testing.T) *scene {
	t.Helper()
	testkit.Root(t)
	s := &scene{ns: testkit.NewNetns(t)}
	server := newServer(t, s.ns)
	s.nobody = server.talker(t, s.ns.Command(asNobody[0], append(asNobody[1:], talking(server)...)...))
	s.root = server.talker(t, s.ns.Command(shell, talking(server)[1:]...))
	return s
}

// talking is the command of a shell that answers each byte of a server with one.
func talking(s *server) []string {
	const script = `exec 3<>"/dev/tcp/127.0.0.1/$0" && while read -rN1 -u3; do printf x >&3; done`
	return []string{shell, "-c", script, fmt.Sprint(s.port())}
}

// server sends a byte to each of its connections every 50 ms and reads the answer.
type server struct {
	listener net.Listener
	running  sync.WaitGroup
}

// newServer listens on the loopback address of a namespace. The test's end ends it,
// and with it all who talk to it.
func newServer(t *testing.T, ns *testkit.Netns) *server {
	t.Helper()
	s := &server{}
	ns.Do(func() {
		var err error
		if s.listener, err = net.Listen("tcp4", "127.0.0.1:0"); err != nil {
			t.Fatal(err)
		}
	})
	t.Cleanup(func() {
		s.listener.Close()
		s.running.Wait()
	})
	return s
}

func (s *server) port() uint16 { return uint16(s.listener.Addr().(*net.TCPAddr).Port) }

// talker starts a command that connects, and returns it with the port it got.
func (s *server) talker(t *testing.T, cmd *exec.Cmd) talker {
	t.Helper()
	testkit.Start(t, cmd)
	conn, err := s.listener.Accept()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	s.running.Go(func() {
		for b := []byte("x"); ; time.Sleep(50 * time.Millisecond) {
			if _, err := conn.Write(b); err != nil {
				return
			}
			if _, err := io.ReadFull(conn, b); err != nil {
				return
			}
		}
	})
	return talker{cmd.Process.Pid, uint16(conn.RemoteAddr().(*net.TCPAddr).Port)}
}

// withCaps copies the program to where everybody can run it, and gives the copy
// capabilities as users do: by scripts/setcap with args.
func withCaps(t *testing.T, args ...string) string {
	t.Helper()
	file := shared(t, testkit.Binary(t))
	setCaps(t, append(args, file)...)
	return file
}

func setCaps(t *testing.T, args ...string) {
	t.Helper()
	script := filepath.Join(testkit.ModuleRoot(t), "scripts", "setcap")
	if r := testkit.Run(t, exec.Command(script, args...)); r.Code != 0 {
		t.Fatalf("scripts/setcap %v: exit code %d: %s", args, r.Code, r.Stderr)
	}
}

// watch captures the loopback interface of the scene with a command that starts the
// program, until what there is to be known of both connections' owners is known.
func (s *scene) watch(t *testing.T, command ...string) (*watch, *export.Record) {
	t.Helper()
	command = append(command, "--json", "-r", "100", "-i", "lo")
	w := begin(t, s.ns.Command(command[0], command[1:]...))
	return w, w.await("the owners of both connections", func(r *export.Record) bool {
		return s.nobody.read(r) && s.root.read(r)
	})
}

// owner returns whose the talker's end of its connection is, as a record has it.
func (k talker) owner(r *export.Record) (*export.Process, *export.Attribution) {
	for i := range r.Flows {
		switch f := &r.Flows[i]; {
		case f.Local.Port == k.port:
			return f.Process, f.Attribution
		case f.Remote.Port == k.port:
			return f.ProcessRemote, f.AttributionRemote
		}
	}
	return nil, nil
}

// looked reports whether the search for the talker has ended.
func (k talker) looked(r *export.Record) bool {
	_, a := k.owner(r)
	return a != nil && a.Reason != "pending"
}

// read reports whether besides all has been read that eBPF does not tell itself, or
// may not be read.
func (k talker) read(r *export.Record) bool {
	p, _ := k.owner(r)
	return k.looked(r) && (p == nil || p.PID == 0 || p.Exe != "" ||
		slices.Contains(p.Lacks, export.Lack{Fact: "exe", Reason: "no rights"}))
}

// notes returns the lines of a kind on stderr that have a word.
func notes(stderr, kind, word string) (all []string) {
	for line := range strings.Lines(stderr) {
		if strings.HasPrefix(line, kind+": ") && strings.Contains(line, word) {
			all = append(all, strings.TrimSpace(line))
		}
	}
	return all
}

// TestRights runs the program as nobody with what scripts/setcap gives.
func TestRights(t *testing.T) {
	for _, c := range []struct {
		name   string
		setcap []string
		source string // of owners
		root   bool   // root's process is known
		path   bool   // and its executable
	}{
		{"least", []string{"--min"}, "sock_diag", false, false},
		{"usual", nil, "ebpf", true, false},
		{"all", []string{"--all"}, "ebpf", true, true},
		{"before Linux 5.8", []string{"--sys-admin"}, "ebpf", true, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := newScene(t)
			w, r := s.watch(t, append(asNobody, withCaps(t, c.setcap...))...)
			p, a := s.nobody.owner(r)
			checkTalker(t, "nobody's own", s.nobody, p, a, c.source, "nobody")
			if p.Exe != shell || len(p.Args) == 0 || p.Args[0] != shell {
				t.Errorf("nobody's own: got executable %q, arguments %q, want those of %s", p.Exe, p.Args, shell)
			}
			p, a = s.root.owner(r)
			if !c.root {
				checkUser(t, "root's", p, a, "root")
			} else {
				checkTalker(t, "root's", s.root, p, a, c.source, "root")
				if got, want := p.Exe, map[bool]string{true: shell}[c.path]; got != want {
					t.Errorf("root's: got executable %q, want %q", got, want)
				}
			}
			w.signal(syscall.SIGINT)
			if code := w.wait(); code != 0 {
				t.Errorf("got exit code %d, want 0: %s", code, w.errors())
			}
			told := notes(w.errors(), "note", "eBPF")
			if want := map[bool]int{true: 1}[c.source != "ebpf"]; len(told) != want {
				t.Errorf("got %q of eBPF in the notes, want %d", told, want)
			}
		})
	}
}

// checkTalker checks that a connection is known to be the talker's.
func checkTalker(t *testing.T, what string, k talker, p *export.Process, a *export.Attribution, source, user string) {
	t.Helper()
	if p == nil || a == nil {
		t.Fatalf("%s: got no owner (%+v), want pid %d", what, a, k.pid)
	}
	if p.PID != k.pid || p.Name != "bash" || p.User != user || !foundBy(a, source) || a.Reason != "" {
		t.Errorf("%s: got pid %d, name %q, user %q by %q (reason %q), want %d, bash, %s by %s",
			what, p.PID, p.Name, p.User, a.Source, a.Reason, k.pid, user, source)
	}
}

// foundBy reports whether an owner comes from a source. On a busy machine the kernel's
// tables may be asked before the events of eBPF are there: where these name the
// process, too, that is as good.
func foundBy(a *export.Attribution, source string) bool {
	return a.Source == source || source == "ebpf" && a.Source == "sock_diag"
}

// checkUser checks that of a connection the user is known, and why nothing else is.
func checkUser(t *testing.T, what string, p *export.Process, a *export.Attribution, user string) {
	t.Helper()
	if p == nil || a == nil {
		t.Fatalf("%s: got no owner (%+v), want the user %s", what, a, user)
	}
	if p.PID != 0 || p.Name != "" || p.User != user || a.Reason != "no rights" {
		t.Errorf("%s: got pid %d, name %q, user %q, reason %q, want the user %s alone for no rights",
			what, p.PID, p.Name, p.User, a.Reason, user)
	}
}

// TestRightsTaken checks that nobody may capture no more once the rights have been
// taken away, and that he is told what helps.
func TestRightsTaken(t *testing.T) {
	s := newScene(t)
	file := withCaps(t)
	setCaps(t, "-r", file)
	cmd := append(asNobody, file, "-i", "lo", "--once")
	r := testkit.Run(t, s.ns.Command(cmd[0], cmd[1:]...))
	if r.Code != 1 || !strings.Contains(r.Stderr, "CAP_NET_RAW") || !strings.Contains(r.Stderr, "hint: ") {
		t.Errorf("got exit code %d, %q, want 1 with the capability and a hint", r.Code, r.Stderr)
	}
}
