package tests

import (
	"fmt"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"sockeye/export"
	"sockeye/internal/testkit"
)

// hasty runs a shell that connects, sends a byte and ends, and returns its process and
// port once it has.
func (s *server) hasty(t *testing.T, ns *testkit.Netns) talker {
	t.Helper()
	cmd := ns.Command(shell, "-c", `exec 3<>"/dev/tcp/127.0.0.1/$0" && printf x >&3`, fmt.Sprint(s.port()))
	testkit.Start(t, cmd)
	conn, err := s.listener.Accept()
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if err := cmd.Wait(); err != nil {
		t.Fatal(err)
	}
	return talker{cmd.Process.Pid, uint16(conn.RemoteAddr().(*net.TCPAddr).Port)}
}

// TestExits captures processes that end right after they have sent. eBPF knows them
// all; sock_diag may find nobody any more and then says why, and never somebody else.
func TestExits(t *testing.T) {
	for _, c := range []struct {
		source  string
		reasons []string // why a process may be unknown
	}{
		{"ebpf", nil},
		// Where a process may not be looked into even by root, it may be the one.
		{"sock_diag", []string{"exited before seen", "no socket", "no rights"}},
		{"proc", []string{"exited before seen", "no socket", "no rights"}},
	} {
		t.Run(c.source, func(t *testing.T) {
			testkit.Root(t)
			ns := testkit.NewNetns(t)
			server := newServer(t, ns)
			w := live(t, ns, "-i", "lo", "--attribution", c.source)
			var all []talker
			for range 20 {
				all = append(all, server.hasty(t, ns))
			}
			w.await("the search for all owners to end", func(r *export.Record) bool {
				return !slices.ContainsFunc(all, func(k talker) bool { return !k.looked(r) })
			})
			w.signal(syscall.SIGINT)
			r := w.last()
			for _, k := range all {
				p, a := k.owner(r)
				switch {
				case a == nil:
					t.Errorf("pid %d: its flow on port %d is not there, or nobody looked for its owner", k.pid, k.port)
				case p != nil && p.PID != 0:
					if p.PID != k.pid || p.Name != "bash" || a.Source != c.source {
						t.Errorf("got pid %d, %q by %s, want %d, bash by %s", p.PID, p.Name, a.Source, k.pid, c.source)
					}
				case !slices.Contains(c.reasons, a.Reason):
					t.Errorf("pid %d: got no process for the reason %q, want it or one of %q", k.pid, a.Reason, c.reasons)
				}
			}
		})
	}
}

// TestKernelFull takes the memory away in which eBPF keeps whose a socket is: it is
// counted, and the owner is found all the same.
func TestKernelFull(t *testing.T) {
	s := newScene(t)
	w, _ := s.watch(t, testkit.Binary(t))
	s.ns.Do(func() {
		// The capture's own filters were charged to the same limit, before.
		if err := os.WriteFile(filepath.Join("/proc/sys/net/core", "optmem_max"), []byte("64"), 0o644); err != nil {
			t.Fatal(err)
		}
	})
	server := newServer(t, s.ns)
	k := server.talker(t, s.ns.Command(shell, talking(server)[1:]...))
	r := w.await("sockets whose owners were not kept, and the owner", func(r *export.Record) bool {
		return r.Ownership != nil && r.Ownership.Full > 0 && k.looked(r)
	})
	p, a := k.owner(r)
	if p == nil || p.PID != k.pid || p.Name != "bash" {
		t.Errorf("got owner %+v (%+v), want pid %d", p, a, k.pid)
	}
	endTold(t, w, "no room to keep")
}

// TestSocketsForgotten lets it remember one socket only of those that eBPF tells of:
// nobody gets another one's name, and who comes next is found in the kernel's tables.
func TestSocketsForgotten(t *testing.T) {
	s := newScene(t)
	w, _ := s.watch(t, testkit.Binary(t), "--max-sockets", "1")
	server := newServer(t, s.ns)
	var k talker
	w.await("an owner by sock_diag", func(r *export.Record) bool {
		if k.pid == 0 || k.looked(r) {
			k = server.talker(t, s.ns.Command(shell, talking(server)[1:]...))
		}
		for _, k := range []talker{k, s.root, s.nobody} {
			p, a := k.owner(r)
			if p != nil && p.PID != 0 && p.PID != k.pid {
				t.Errorf("got pid %d (%+v), want %d", p.PID, a, k.pid)
			}
			if p != nil && p.PID == k.pid && a.Source == "sock_diag" {
				return true
			}
		}
		return false
	})
	endTold(t, w, "--max-sockets")
}

// endTold ends a run, which goes well and has told once in a note or a hint of
// something, after a second at the latest.
func endTold(t *testing.T, w *watch, word string) {
	t.Helper()
	from := w.newest().Time
	w.await("a second more", func(r *export.Record) bool { return r.Time > from+1_500_000_000 })
	w.signal(syscall.SIGINT)
	if code := w.wait(); code != 0 {
		t.Errorf("got exit code %d, want 0: %s", code, w.errors())
	}
	if n := strings.Count(w.errors(), word); n != 1 {
		t.Errorf("got %q, want %q in it once", w.errors(), word)
	}
}
