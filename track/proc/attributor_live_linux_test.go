package proc

import (
	"context"
	"net"
	"net/netip"
	"os"
	"sync"
	"testing"
	"time"

	"sockeye/internal/testkit"
	"sockeye/parse"
)

// live is an Attributor over this machine, running.
type live struct {
	*Attributor
	t  *testing.T
	mu sync.Mutex
	as map[uint64]Answer
}

func newLive(t *testing.T, mode Mode) *live {
	a, err := New(Config{Mode: mode, Local: netip.Addr.IsLoopback})
	if err != nil {
		t.Fatalf("got %v, want an attributor by %v: it takes no rights", err, mode)
	}
	l := &live{Attributor: a, t: t, as: make(map[uint64]Answer)}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error)
	go func() {
		done <- a.Run(ctx, func(as []Answer) {
			l.mu.Lock()
			defer l.mu.Unlock()
			for i := range as {
				l.as[as[i].Flow] = as[i]
			}
		})
	}()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Errorf("got %v from Run, want nothing", err)
		}
		if err := a.Close(); err != nil {
			t.Errorf("got %v from Close, want nothing", err)
		}
	})
	return l
}

// owners asks about a flow over loopback, and returns the owners of who began it and
// of the other end.
func (l *live) owners(proto uint8, from, to net.Addr) (Owner, Owner) {
	l.t.Helper()
	a, b := netip.MustParseAddrPort(from.String()), netip.MustParseAddrPort(to.String())
	k, swapped := parse.KeyOf(a, b, proto)
	l.mu.Lock()
	flow := uint64(len(l.as) + 1)
	l.mu.Unlock()
	l.Ask([]Question{{Flow: flow, Key: k, Ends: 3, FromB: swapped, First: time.Now().UnixNano()}})
	for deadline := time.Now().Add(10 * time.Second); ; time.Sleep(5 * time.Millisecond) {
		l.mu.Lock()
		got, ok := l.as[flow]
		l.mu.Unlock()
		if ok && got.Ends[0] != (Found{}) && got.Ends[1] != (Found{}) {
			first, second := l.Owner(got.Ends[0]), l.Owner(got.Ends[1])
			if swapped {
				return second, first
			}
			return first, second
		}
		if time.Now().After(deadline) {
			l.t.Fatalf("got no answer in 10 s")
		}
	}
}

// TestLive: this process's own sockets are its own, by each source that takes no
// rights.
func TestLive(t *testing.T) {
	for mode, source := range map[Mode]Source{OnlyDiag: FromDiag, OnlyProc: FromProc} {
		t.Run(mode.String(), func(t *testing.T) {
			l := newLive(t, mode)
			server, err := net.Listen("tcp4", "127.0.0.1:0")
			if err != nil {
				t.Fatal(err)
			}
			defer server.Close()
			client, err := net.Dial("tcp4", server.Addr().String())
			if err != nil {
				t.Fatal(err)
			}
			defer client.Close()
			accepted, err := server.Accept()
			if err != nil {
				t.Fatal(err)
			}
			defer accepted.Close()
			one, two := l.owners(parse.ProtoTCP, client.LocalAddr(), client.RemoteAddr())
			wantMe(t, "who connected", one, source)
			wantMe(t, "who accepted", two, source)

			receiver, err := net.ListenPacket("udp4", "127.0.0.1:0")
			if err != nil {
				t.Fatal(err)
			}
			defer receiver.Close()
			sender, err := net.ListenPacket("udp", "[::]:0") // takes IPv4, too
			if err != nil {
				testkit.KernelLacks(t, "IPv6 (or it is switched off)")
			}
			defer sender.Close()
			at := &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1), Port: sender.LocalAddr().(*net.UDPAddr).Port}
			one, two = l.owners(parse.ProtoUDP, at, receiver.LocalAddr())
			if mode == OnlyDiag { // the text tables do not tell which sockets take both
				wantMe(t, "who sends by a socket for both", one, source)
			}
			wantMe(t, "who only receives", two, source)
		})
	}
}

func wantMe(t *testing.T, what string, o Owner, source Source) {
	t.Helper()
	if o.Process == nil || int(o.Process.PID) != os.Getpid() || o.Source != source || o.Reason != None {
		t.Errorf("%s: got %+v by %q reason %q, want pid %d by %q", what, o.Process, o.Source, o.Reason, os.Getpid(), source)
		return
	}
	if exe, _ := os.Executable(); o.Process.Exe != exe {
		t.Errorf("%s: got executable %q, want %q", what, o.Process.Exe, exe)
	}
}

// TestLiveSockets: a listening socket is listed with who has it.
func TestLiveSockets(t *testing.T) {
	l := newLive(t, OnlyDiag)
	server, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer server.Close()
	l.wantListed(server.Addr())
}

// TestLiveSpaces: the sockets of other network namespaces are listed, too.
func TestLiveSpaces(t *testing.T) {
	testkit.Root(t)
	l := newLive(t, OnlyDiag)
	there := testkit.NewNetns(t)
	// A process in the namespace makes it known; this test's thread is none.
	cmd := there.Command("sleep", "60")
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() { cmd.Process.Kill(); cmd.Wait() }()
	var server net.Listener
	var err error
	there.Do(func() { server, err = net.Listen("tcp4", "127.0.0.1:0") })
	if err != nil {
		t.Fatal(err)
	}
	defer server.Close()
	l.wantListed(server.Addr())
}

// wantListed looks for a socket that listens until it is listed: the namespaces are
// listed anew only now and then.
func (l *live) wantListed(at net.Addr) {
	l.t.Helper()
	for deadline := time.Now().Add(15 * time.Second); ; time.Sleep(100 * time.Millisecond) {
		all, err := l.Sockets()
		for i := range all {
			if s := &all[i]; s.State == stateListen && s.Local.String() == at.String() {
				wantMe(l.t, "who listens", s.Owner, FromDiag)
				return
			}
		}
		if time.Now().After(deadline) {
			l.t.Fatalf("got %d sockets (%v) without %v", len(all), err, at)
		}
	}
}
