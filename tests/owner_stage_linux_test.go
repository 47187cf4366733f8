package tests

import (
	"encoding/json"
	"fmt"
	"io"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"sockeye/export"
	"sockeye/internal/testkit"
	"sockeye/internal/testkit/generator"
)

// TestMain lets copies of this program be generators of traffic.
func TestMain(m *testing.M) {
	generator.Main()
	os.Exit(m.Run())
}

// place is where a program runs.
type place uint8

const (
	here   place = iota // beside sockeye
	there               // at the other end of its link
	decoy               // in a namespace that has the addresses of here
	beyond              // at the other end of that one's link
	inside              // in a container behind here
	places
)

// part is one program of a scenario.
type part struct {
	in   place
	name string // of its executable
	does string // its arguments, with $A4 for the address of here, $B6 for that of there …
}

// serves reports whether the program ends when it is told to, not by itself.
func (p *part) serves() bool {
	role, _, _ := strings.Cut(p.does, " ")
	return role == "accept" || role == "answer"
}

// stage is where programs talk, with sockeye watching here.
type stage struct {
	original string // a copy of this program, under whose other names programs run
	ns       [places]*testkit.Netns
	watch    *watch
	acts     []*act
	pods     *podman // nil without containers
}

// act is a run of a scenario.
type act struct {
	*scenario
	actors []*actor
}

// actor is a run of a part.
type actor struct {
	*part
	cmd   *exec.Cmd
	stdin io.Closer
	out   *json.Decoder
	exe   string // the path of its executable, as it sees it itself
	told  generator.Report

	pid       int    // as seen from here
	container string // its id, for one that is inside
}

// newStage makes the namespaces and starts sockeye with one way of attribution.
func newStage(t *testing.T, mode string) *stage {
	t.Helper()
	s := setUp(t)
	s.ns[here], s.ns[there], _, _ = testkit.Veth(t)
	s.ns[decoy], s.ns[beyond], _, _ = testkit.Veth(t)
	s.ns[there].IP(t, "addr", "add", resolverAddress+"/32", "dev", "lo")
	s.ns[here].IP(t, "route", "add", resolverAddress, "via", testkit.AddrB4, "dev", testkit.IfA, "onlink")
	letPing(t, s.ns[here])
	s.start(t, mode, testkit.IfA, "lo")
	return s
}

// start starts sockeye, which keeps every flow to the end.
func (s *stage) start(t *testing.T, mode string, links ...string) {
	t.Helper()
	args := []string{"--json", "-r", "200", "--attribution", mode, "--top", "0", "--idle-timeout", "1000", "--show-localhost", "-n"}
	for _, link := range links {
		args = append(args, "-i", link)
	}
	s.watch = begin(t, s.ns[here].Command(testkit.Binary(t), args...))
	s.watch.awaitCapture()
}

// letPing lets everybody in a namespace open sockets for ping (icmp(7)).
func letPing(t *testing.T, ns *testkit.Netns) {
	t.Helper()
	ns.Do(func() {
		if err := os.WriteFile("/proc/sys/net/ipv4/ping_group_range", []byte("0 0"), 0o644); err != nil {
			t.Fatal(err)
		}
	})
}

// setUp makes a stage without namespaces.
func setUp(t *testing.T) *stage {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	return &stage{original: shared(t, self)}
}

// executable puts this program under a name beside the original.
func (s *stage) executable(t *testing.T, name string) string {
	t.Helper()
	path := filepath.Join(filepath.Dir(s.original), name)
	if err := os.Link(s.original, path); err != nil && !os.IsExist(err) {
		t.Fatal(err)
	}
	return path
}

// play starts the programs of a scenario in their order.
func (s *stage) play(t *testing.T, sc *scenario) *act {
	t.Helper()
	a := &act{scenario: sc}
	s.acts = append(s.acts, a)
	for i := range sc.parts {
		pid := 0
		if sc.heir != "" && i == 0 {
			pid = s.pidOf(sc.heir)
		}
		c := s.enter(t, &sc.parts[i], pid)
		if a.actors = append(a.actors, c); c.told.Lacks != "" {
			break
		}
	}
	return a
}

// end waits until the programs that call others have said all, and sockeye has looked
// for the owners of what it saw by then. Then it ends them all.
func (a *act) end(t *testing.T, w *watch) {
	t.Helper()
	for _, c := range a.actors {
		if !c.serves() && c.told.Lacks == "" {
			c.read(t)
		}
	}
	awaitOwners(w)
	for _, c := range a.actors {
		if c.stdin != nil {
			c.stdin.Close()
		}
	}
	for _, c := range a.actors {
		if c.stdin == nil {
			continue
		}
		if c.told.Lacks == "" {
			c.read(t)
		}
		if err := c.cmd.Wait(); err != nil {
			t.Errorf("%s: %s: %v", a.name, c.name, err)
		}
	}
}

// awaitOwners waits until sockeye has looked for the owners of what was sent by now.
func awaitOwners(w *watch) {
	w.t.Helper()
	const late = 100 * time.Millisecond // packets are read up to that much later
	from := time.Now().Add(late).UnixNano()
	w.await("all owners looked for", func(r *export.Record) bool {
		if int64(r.Time) < from {
			return false
		}
		for i := range r.Flows {
			for _, a := range []*export.Attribution{r.Flows[i].Attribution, r.Flows[i].AttributionRemote} {
				if a != nil && a.Reason == "pending" {
					return false
				}
			}
		}
		return true
	})
}

// addressNames puts in addresses for what parts write for them.
var addressNames = strings.NewReplacer("$A4", testkit.AddrA4, "$B4", testkit.AddrB4, "$A6", "["+testkit.AddrA6+"]", "$B6", "["+testkit.AddrB6+"]",
	"$R4", resolverAddress, "$C4", containerAddress, "$IF", testkit.IfA, "$MAC_A", testkit.MACA, "$MAC_B", testkit.MACB)

// enter starts a program and waits until it is ready. It gets the pid, where that is not
// 0.
func (s *stage) enter(t *testing.T, p *part, pid int) *actor {
	t.Helper()
	c := &actor{part: p, exe: s.executable(t, p.name)}
	args := strings.Fields(addressNames.Replace(p.does))
	if p.in == inside {
		s.contain(t, c, args)
		return c
	}
	for {
		c.cmd = s.ns[p.in].Command(c.exe, args...)
		c.cmd.Env = append(os.Environ(), generator.Env)
		if err := chooseNext(pid); err != nil {
			c.told.Lacks = err.Error()
			return c
		}
		c.start(t)
		if c.pid = c.cmd.Process.Pid; pid == 0 || c.pid == pid {
			break
		}
		c.stdin.Close() // somebody else began a process meanwhile
		_ = c.cmd.Wait()
	}
	c.read(t)
	return c
}

// chooseNext makes a pid that is free the next one that the kernel gives out, unless it
// is 0 (ns_last_pid of pid_namespaces(7)).
func chooseNext(pid int) error {
	if pid == 0 {
		return nil
	}
	return os.WriteFile("/proc/sys/kernel/ns_last_pid", []byte(strconv.Itoa(pid-1)), 0)
}

// pidOf is the pid of a program that ran.
func (s *stage) pidOf(name string) int {
	for _, a := range s.acts {
		for _, c := range a.actors {
			if c.name == name {
				return c.pid
			}
		}
	}
	return 0
}

// start starts the program.
func (c *actor) start(t *testing.T) {
	t.Helper()
	stdin, err := c.cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	c.stdin = stdin
	out, err := c.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	c.out = json.NewDecoder(out)
	c.cmd.Stderr = os.Stderr
	testkit.Start(t, c.cmd)
}

// read reads the next report.
func (c *actor) read(t *testing.T) {
	t.Helper()
	c.told = generator.Report{}
	if err := c.out.Decode(&c.told); err != nil {
		_ = c.cmd.Wait()
		t.Fatalf("%s: no report: %v", c.name, err)
	}
}

// lacks is what the kernel does not have that the scenario needs.
func (a *act) lacks() string {
	for _, c := range a.actors {
		if c.told.Lacks != "" {
			return c.told.Lacks
		}
	}
	return ""
}

// end waits until nothing more comes, ends sockeye and returns its last record.
func (s *stage) end(t *testing.T) *export.Record {
	t.Helper()
	last := s.watch.newest()
	s.watch.await("nothing more that comes", func(r *export.Record) bool {
		if time.Duration(r.Time-last.Time) < 500*time.Millisecond {
			return false
		}
		quiet := r.Totals.Packets == last.Totals.Packets
		last = r
		return quiet
	})
	s.watch.signal(syscall.SIGINT)
	return s.watch.last()
}

// end of a flow, as programs and records have it.
type flowEnds struct {
	proto         string
	local, remote netip.AddrPort
	id            uint16
}

func (e flowEnds) turned() flowEnds {
	e.local, e.remote = e.remote, e.local
	return e
}

func (e flowEnds) String() string { return fmt.Sprintf("%s %v > %v", e.proto, e.local, e.remote) }
