package ebpf

import (
	"os"
	"os/exec"
	"testing"

	"golang.org/x/sys/unix"

	"sockeye/internal/testkit"
	"sockeye/track/proc"
)

// TestWatcherTellsWhoAccepts has one process listen and another one accept: the
// connection is the first one's until the second uses it.
func TestWatcherTellsWhoAccepts(t *testing.T) {
	for _, before := range []bool{false, true} {
		name := "listening since the start"
		if before {
			name = "listening before the start"
		}
		t.Run(name, func(t *testing.T) {
			s := newSilentScene(t, WatchOptions{})
			if before {
				// The first Watcher knows it, the second must find it.
				s.w.Close()
			}
			var server, client *sock
			s.Do(func() {
				server = socket(t, unix.AF_INET, unix.SOCK_STREAM, 0)
				client = socket(t, unix.AF_INET, unix.SOCK_STREAM, 0)
			})
			server.bind(addrPort("127.0.0.1:0"))
			server.listen()
			child := startActor(t, server)
			if before {
				s.w = newTestWatcher(t, WatchOptions{})
			}
			s.run(t)

			client.connect(server.local())
			child.do("accept")
			taken := proc.Event{Kind: proc.SocketTaken, Family: unix.AF_INET, Type: unix.SOCK_STREAM, Proto: unix.IPPROTO_TCP,
				Local: server.local(), Remote: client.local()}
			accepted := s.wait(t, "a connection that came in", func(e proc.Event) bool {
				return e.Kind == proc.SocketTaken && e.Remote == client.local()
			})
			if me := identity(t, os.Getpid()); !before && accepted.Process != me {
				t.Errorf("got the owner %v, want who called listen, %v", accepted.Process, me)
			} else if accepted.Process != me && accepted.Process != child.id {
				t.Errorf("got the owner %v, want one who has the socket that listens, %v or %v", accepted.Process, me, child.id)
			}
			client.write()
			child.do("read")
			used := taken
			used.Kind = proc.SocketUsed
			s.expectOf(t, child.id, &sock{tb: t, fd: -1, cookie: accepted.Cookie}, used)
		})
	}
}

// TestWatcherLimitsTurns has two processes write by turns to one socket.
func TestWatcherLimitsTurns(t *testing.T) {
	s := newScene(t, WatchOptions{})
	var sk *sock
	s.Do(func() { sk = socket(t, unix.AF_INET, unix.SOCK_DGRAM, 0) })
	sk.connect(addrPort("127.0.0.1:9"))
	other := startActor(t, sk)
	const turns = 300
	write := func() {
		// Every other write meets the refusal of the one before.
		_, _ = unix.Write(sk.fd, []byte{1})
		_, _ = unix.Write(sk.fd, []byte{1})
	}
	write()
	for range turns {
		_, _ = unix.GetsockoptInt(sk.fd, unix.SOL_SOCKET, unix.SO_ERROR)
		other.do("write")
		write()
	}
	used := proc.Event{Kind: proc.SocketUsed, Family: unix.AF_INET, Type: unix.SOCK_DGRAM, Proto: unix.IPPROTO_UDP,
		Local: sk.local(), Remote: addrPort("127.0.0.1:9"), Sends: true}
	s.expect(t, sk, used)
	s.expectOf(t, other.id, sk, used)
	if n := s.count(func(e proc.Event) bool { return e.Cookie == sk.cookie }); n > turns/10 {
		t.Errorf("got %d events of %d turns, want few", n, turns)
	}
}

func TestWatcherTellsProcesses(t *testing.T) {
	s := newScene(t, WatchOptions{})
	var sk *sock
	s.Do(func() { sk = socket(t, unix.AF_INET, unix.SOCK_DGRAM, 0) })
	a := startActor(t, sk)
	began := s.wait(t, "its beginning", func(e proc.Event) bool { return e.Kind == proc.ProcessBegan && e.Process == a.id })
	if began.Comm != "ebpf.test" {
		t.Errorf("got %q, want ebpf.test", began.Comm)
	}
	a.in.Close()
	s.wait(t, "its end", func(e proc.Event) bool { return e.Kind == proc.ProcessEnded && e.Process == a.id })
	if n := s.count(func(e proc.Event) bool { return e.Kind == proc.ProcessEnded && e.Process == a.id }); n != 1 {
		t.Errorf("got %d ends of one process with several threads, want 1", n)
	}

	cmd := exec.Command("true")
	testkit.Run(t, cmd)
	s.wait(t, "the beginning of a short-lived process", func(e proc.Event) bool {
		return e.Kind == proc.ProcessBegan && int(e.Process.PID) == cmd.Process.Pid && e.Comm == "true"
	})
}

func TestHolders(t *testing.T) {
	s := newSilentScene(t, WatchOptions{})
	var server, packets *sock
	s.Do(func() {
		server = socket(t, unix.AF_INET6, unix.SOCK_STREAM, 0)
		packets = socket(t, unix.AF_PACKET, unix.SOCK_DGRAM, 0)
	})
	server.bind(addrPort("[::]:0"))
	server.listen()
	other := startActor(t, server)

	held := map[proc.ID]proc.Holding{}
	var raw proc.Holding
	if err := s.w.Holders(func(h proc.Holding) {
		switch h.Cookie {
		case server.cookie:
			held[h.Process] = h
		case packets.cookie:
			raw = h
		}
	}); err != nil {
		t.Fatal(err)
	}
	me := identity(t, os.Getpid())
	for _, id := range []proc.ID{me, other.id} {
		h, ok := held[id]
		if !ok || h.Kind != proc.SocketListens || h.NetNS != s.inode || h.Local != server.local() || !h.Dual || h.Inode != server.inode() {
			t.Errorf("of process %v: got %+v, want inode %d, which listens at %v", id, h, server.inode(), server.local())
		}
	}
	if len(held) != 2 {
		t.Errorf("got %d processes, want 2", len(held))
	}
	if raw.Process != me || raw.Family != unix.AF_PACKET || raw.Type != unix.SOCK_DGRAM || raw.Inode != packets.inode() {
		t.Errorf("got %+v, want this process's inode %d, of packets", raw, packets.inode())
	}
}

// inode returns the socket's, as in /proc/PID/fd.
func (s *sock) inode() uint64 {
	s.tb.Helper()
	var st unix.Stat_t
	s.must("fstat", unix.Fstat(s.fd, &st))
	return st.Ino
}
