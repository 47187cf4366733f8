package tests

import (
	"encoding/json"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"sockeye/export"
	"sockeye/internal/testkit"
)

// caller is a program of its own that has a connection open: a shell, since each
// machine has one that can.
type caller struct {
	*exec.Cmd
	t      *testing.T
	server net.Conn // the other end
}

// call has a shell connect to a listener that stands in another namespace, or in the
// same one, at an address.
func call(t *testing.T, from, to *testkit.Netns, address string) *caller {
	t.Helper()
	var listener net.Listener
	to.Do(func() {
		var err error
		if listener, err = net.Listen("tcp", net.JoinHostPort(address, "0")); err != nil {
			t.Fatal(err)
		}
	})
	t.Cleanup(func() { listener.Close() })
	_, port, err := net.SplitHostPort(listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	const script = `exec 3<>/dev/tcp/$0/$1; printf hello >&3; read -r answer <&3; exit 0`
	c := &caller{t: t, Cmd: from.Command("bash", "-c", script, address, port)}
	testkit.Start(t, c.Cmd)
	if c.server, err = listener.Accept(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.server.Close() })
	if _, err := c.server.Read(make([]byte, 5)); err != nil {
		t.Fatal(err)
	}
	return c
}

// is reports whether a process is the caller's.
func (c *caller) is(p *export.Process) bool { return p != nil && p.PID == c.Process.Pid }

// check checks what is told of the process.
func (c *caller) check(p *export.Process) {
	c.t.Helper()
	path, err := exec.LookPath("bash")
	if err != nil {
		c.t.Fatal(err)
	}
	if path, err = filepath.EvalSymlinks(path); err != nil {
		c.t.Fatal(err)
	}
	if p.Name != "bash" || p.Exe != path || p.UID == nil || *p.UID != 0 || len(p.Args) < 4 || p.Args[1] != "-c" || p.Started == 0 || len(p.Parents) == 0 {
		c.t.Errorf("got %+v want the bash that was started", p)
	}
}

// TestOwnerOnFlow names the process that began a connection, by each of the ways, in
// the namespace that it is in.
func TestOwnerOnFlow(t *testing.T) {
	for mode, sources := range map[string][]string{
		"auto": {"ebpf", "sock_diag", "proc"}, "ebpf": {"ebpf"}, "sock_diag": {"sock_diag"}, "proc": {"proc"},
	} {
		t.Run(mode, func(t *testing.T) {
			t.Parallel()
			if mode == "ebpf" {
				testkit.Root(t)
			}
			a, b, ifA, _ := testkit.Veth(t)
			w := live(t, a, "-i", ifA, "--attribution", mode)
			c := call(t, a, b, testkit.AddrB4)
			r := w.await("the flow of the caller", func(r *export.Record) bool {
				f := ownedFlow(r, c)
				return f != nil && f.Process.Exe != "" // what /proc tells comes after the name
			})
			f := ownedFlow(r, c)
			c.check(f.Process)
			if f.Remote.IP != testkit.AddrB4 || f.Direction != "outgoing" {
				t.Errorf("got a flow to %s, %s want the caller's", f.Dest, f.Direction)
			}
			if f.Attribution.Reason != "" || !slices.Contains(sources, f.Attribution.Source) {
				t.Errorf("got %+v want one of the sources %q", f.Attribution, sources)
			}
			w.signal(syscall.SIGINT)
			last := w.last()
			if o := last.Ownership; o == nil || o.Asked == 0 || len(o.Answered) == 0 {
				t.Errorf("got %+v want what was asked and answered", o)
			}
			if f := ownedFlow(last, c); f == nil {
				t.Errorf("the last record has no owner: %s", outline(last))
			}
		})
	}
}

// ownedFlow returns the flow of a record that is the caller's.
func ownedFlow(r *export.Record, c *caller) *export.Flow {
	for i := range r.Flows {
		if c.is(r.Flows[i].Process) {
			return &r.Flows[i]
		}
	}
	return nil
}

// TestOwnersOff looks for no owners.
func TestOwnersOff(t *testing.T) {
	t.Parallel()
	a, b, ifA, _ := testkit.Veth(t)
	w := live(t, a, "-i", ifA, "--attribution", "off")
	call(t, a, b, testkit.AddrB4)
	w.await("a flow", func(r *export.Record) bool { return len(r.Flows) > 0 })
	w.signal(syscall.SIGINT)
	r := w.last()
	if f := &r.Flows[0]; r.Ownership != nil || f.Process != nil || f.Attribution != nil {
		t.Errorf("got %+v, %+v, %+v want nothing of owners", r.Ownership, f.Process, f.Attribution)
	}
}

// TestOwnersLoopback names both ends.
func TestOwnersLoopback(t *testing.T) {
	t.Parallel()
	ns := testkit.NewNetns(t)
	w := live(t, ns, "-i", "lo")
	c := call(t, ns, ns, "127.0.0.1")
	r := w.await("both ends of the flow", func(r *export.Record) bool {
		f := ownedFlow(r, c)
		return f != nil && f.ProcessRemote != nil
	})
	if f := ownedFlow(r, c); f.Direction != "loopback" || f.ProcessRemote.PID != os.Getpid() {
		t.Errorf("got %s, with %+v at the other end, want this test there", f.Direction, f.ProcessRemote)
	}
}

// TestProcesses totals what a process sent and received.
func TestProcesses(t *testing.T) {
	t.Parallel()
	a, b, ifA, _ := testkit.Veth(t)
	cmd := a.Command(testkit.Binary(t), "processes", "--json", "-r", "100", "-i", ifA)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	testkit.Start(t, cmd)
	lines := json.NewDecoder(out)
	// Such records do not say when the interface is open: until then calls are not seen.
	var r *export.ProcessRecord
	var c *caller
	for end := time.Now().Add(patience); r == nil; {
		if time.Now().After(end) {
			t.Fatal("timed out waiting for a record with the call's process")
		}
		c = call(t, a, b, testkit.AddrB4)
		r = awaitProcesses(t, lines, func(r *export.ProcessRecord) bool {
			return r.Schema == export.ProcessSchema && slices.ContainsFunc(r.Processes, func(e export.Entry) bool {
				return c.is(e.Process) && e.PayloadSent == 5 && e.Rate40 > 0
			})
		})
	}
	for i := range r.Processes {
		if e := &r.Processes[i]; c.is(e.Process) && (e.Flows != 1 || e.Remotes != 1 || e.PayloadReceived != 0) {
			t.Errorf("got %+v want one flow to one host", e)
		}
	}
	table := testkit.Run(t, a.Command(testkit.Binary(t), "processes", "--once", "-r", "500", "-i", ifA))
	if table.Code != 0 || !strings.Contains(table.Stdout, "# process") {
		t.Errorf("got exit code %d, %s%s want a table of processes", table.Code, table.Stdout, table.Stderr)
	}
}

// awaitProcesses reads records for some seconds, until ok accepts one; nil where it does
// not.
func awaitProcesses(t *testing.T, lines *json.Decoder, ok func(*export.ProcessRecord) bool) *export.ProcessRecord {
	t.Helper()
	for end := time.Now().Add(patience / 5); time.Now().Before(end); {
		r := new(export.ProcessRecord)
		if err := lines.Decode(r); err != nil {
			t.Fatal(err)
		}
		if ok(r) {
			return r
		}
	}
	return nil
}

// TestSockets lists who listens and who is connected, as JSON and as text.
func TestSockets(t *testing.T) {
	t.Parallel()
	a, b, _, _ := testkit.Veth(t)
	c := call(t, a, b, testkit.AddrB4)
	port := c.server.LocalAddr().(*net.TCPAddr).AddrPort()
	for _, mode := range []string{"auto", "sock_diag", "proc"} {
		list := socketsOf(t, a, "--attribution", mode, "-t")
		i := slices.IndexFunc(list.Sockets, func(s export.Socket) bool { return s.Dest == port.String() })
		if i < 0 || !c.is(list.Sockets[i].Process) || list.Sockets[i].State != "ESTABLISHED" || list.Sockets[i].Inode == 0 {
			t.Errorf("%s: got %+v want the caller's connection", mode, list.Sockets)
		}
	}
	listening := socketsOf(t, b, "-l", "-t")
	i := slices.IndexFunc(listening.Sockets, func(s export.Socket) bool { return s.Source == port.String() })
	if i < 0 || listening.Sockets[i].State != "LISTEN" || listening.Sockets[i].Process == nil {
		t.Errorf("got %+v want this test's listener", listening.Sockets)
	}
	for _, s := range listening.Sockets {
		if s.State != "LISTEN" || s.Proto != "tcp" {
			t.Errorf("got %+v want those of TCP that listen, alone", s)
		}
	}
	table := testkit.Run(t, b.Command(testkit.Binary(t), "sockets", "-l"))
	if table.Code != 0 || !strings.Contains(table.Stdout, port.String()) || !strings.HasPrefix(table.Stdout, "PROTO ") {
		t.Errorf("got exit code %d, %s%s want a table with the listener", table.Code, table.Stdout, table.Stderr)
	}
}

// TestSocketsTraffic adds to a socket what it carried meanwhile.
func TestSocketsTraffic(t *testing.T) {
	t.Parallel()
	ns := testkit.NewNetns(t)
	c := call(t, ns, ns, "127.0.0.1")
	done := make(chan export.SocketRecord, 1)
	go func() { done <- socketsOf(t, ns, "--traffic", "2", "-t") }()
	var list export.SocketRecord
	for listed, ticks := false, time.Tick(50*time.Millisecond); !listed; {
		select {
		case list = <-done:
			listed = true
		case <-ticks:
			if _, err := c.server.Write([]byte("a little")); err != nil {
				t.Fatal(err)
			}
		}
	}
	local := c.server.LocalAddr().String()
	i := slices.IndexFunc(list.Sockets, func(s export.Socket) bool { return s.Source == local && s.Remote != nil })
	if i < 0 {
		t.Fatalf("got %+v want this test's end", list.Sockets)
	}
	if s := list.Sockets[i].Traffic; list.Measured != 2 || s == nil || s.Flows == 0 || s.Sent == 0 || s.RateSent != float64(s.Sent)/2 {
		t.Errorf("got %+v over %v s want what was sent", s, list.Measured)
	}
}

// socketsOf runs sockeye sockets with args.
func socketsOf(t *testing.T, ns *testkit.Netns, args ...string) (r export.SocketRecord) {
	t.Helper()
	run := testkit.Run(t, ns.Command(testkit.Binary(t), append([]string{"sockets", "--json"}, args...)...))
	if err := json.Unmarshal([]byte(run.Stdout), &r); err != nil || run.Code != 0 || r.Schema != export.SocketSchema {
		t.Errorf("%q: got exit code %d, %v, %s%s want a list of sockets", args, run.Code, err, run.Stdout, run.Stderr)
	}
	return r
}

// TestOwnersSettle has the owner in the last record though the flow began right
// before the end.
func TestOwnersSettle(t *testing.T) {
	t.Parallel()
	a, b, ifA, _ := testkit.Veth(t)
	w := live(t, a, "-i", ifA, "--attribution", "sock_diag")
	c := call(t, a, b, testkit.AddrB4)
	w.signal(syscall.SIGINT)
	if r := w.last(); ownedFlow(r, c) == nil {
		t.Errorf("the last record has no owner: %s", outline(r))
	}
}
