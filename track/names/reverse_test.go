package names

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// answers is a Resolver that knows some names.
type answers struct {
	names map[string][]string
	asked atomic.Int32
	wait  chan struct{} // if not nil, answers come when it is closed
}

func (a *answers) LookupAddr(ctx context.Context, addr string) ([]string, error) {
	a.asked.Add(1)
	if a.wait != nil {
		select {
		case <-a.wait:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	if names, ok := a.names[addr]; ok {
		return names, nil
	}
	return nil, errors.New("no such host")
}

func TestReverse(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		known := netip.MustParseAddr("8.8.8.8")
		nobody := netip.MustParseAddr("8.8.4.4")
		odd := netip.MustParseAddr("10.0.0.1")
		a := &answers{names: map[string][]string{
			"8.8.8.8":  {"Two.example.", "one.example."},
			"10.0.0.1": {"<script>.", "a b."},
		}}
		r := NewReverse(ReverseOptions{Resolver: a, Holds: time.Hour, Fails: time.Minute})
		defer r.Close()
		name := func(addr netip.Addr) string {
			n, ok := r.Name(addr)
			if ok != (n.Name != "") {
				t.Errorf("%s: got %+v %t", addr, n, ok)
			}
			return n.Name
		}
		for _, addr := range []netip.Addr{known, nobody, odd} {
			if got := name(addr); got != "" {
				t.Errorf("%s, asked first: got %q, want nothing yet", addr, got)
			}
		}
		synctest.Wait()
		for addr, want := range map[netip.Addr]string{known: "one.example", nobody: "", odd: ""} {
			if got := name(addr); got != want {
				t.Errorf("%s: got %q, want %q", addr, got, want)
			}
		}
		if n := a.asked.Load(); n != 3 {
			t.Errorf("got %d look-ups, want 3", n)
		}
		time.Sleep(2 * time.Minute) // of the bubble: longer than a failure holds
		name(known)
		name(nobody)
		synctest.Wait()
		if n := a.asked.Load(); n != 4 {
			t.Errorf("after a failure ran out: got %d look-ups, want 4", n)
		}
		time.Sleep(time.Hour)
		if got := name(known); got != "one.example" {
			t.Errorf("an old name: got %q, want it until there is another", got)
		}
		name(netip.MustParseAddr("127.0.0.1"))
		name(netip.MustParseAddr("224.0.0.251"))
		name(netip.Addr{})
		synctest.Wait()
		if n := a.asked.Load(); n != 5 {
			t.Errorf("got %d look-ups, want 5: none for loopback and groups", n)
		}
	})
}

func TestReverseBound(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := &answers{wait: make(chan struct{})}
		r := NewReverse(ReverseOptions{Resolver: a, Workers: 2, Queue: 3})
		for range 3 {
			for i := range 20 {
				r.Name(netip.AddrFrom4([4]byte{8, 8, 8, byte(i)})) // blocks nobody
			}
			synctest.Wait()
		}
		if n := a.asked.Load(); n != 2 {
			t.Errorf("got %d look-ups at a time, want 2", n)
		}
		r.mu.Lock()
		if n := len(r.pending); n != 5 {
			t.Errorf("got %d pending, want 5", n)
		}
		r.mu.Unlock()
		r.Close() // does not wait for answers
		r.Close()
		if _, ok := r.Name(netip.MustParseAddr("8.8.8.8")); ok {
			t.Error("got a name after Close")
		}
	})
}

func TestReverseNil(t *testing.T) {
	var r *Reverse
	if _, ok := r.Name(netip.MustParseAddr("8.8.8.8")); ok || r.Own(53) {
		t.Error("a nil Reverse knows something")
	}
	r.Close()
}

// TestOwnPorts asks a resolver of its own over loopback.
func TestOwnPorts(t *testing.T) {
	for _, network := range []string{"udp", "tcp"} {
		t.Run(network, func(t *testing.T) {
			address := listen(t, network)
			now := time.Unix(1000, 0)
			p := ports{now: func() time.Time { return now }, open: map[uint16]int{}, used: map[uint16]time.Time{}}
			c, err := p.dial(t.Context(), network, address)
			if err != nil {
				t.Fatal(err)
			}
			if _, packets := c.(net.PacketConn); packets != (network == "udp") {
				t.Errorf("%s: a net.PacketConn: got %t", network, packets)
			}
			port := netip.MustParseAddrPort(c.LocalAddr().String()).Port()
			own := func(when string, want bool) {
				t.Helper()
				if got := p.own(port); got != want {
					t.Errorf("%s: got %t, want %t", when, got, want)
				}
			}
			own("open", true)
			if p.own(port + 1) {
				t.Error("another port is ours")
			}
			if err := c.Close(); err != nil {
				t.Fatal(err)
			}
			own("just closed", true)
			now = now.Add(reverseLinger)
			own("half a minute later", false)
		})
	}
	p := ports{now: time.Now}
	if _, err := p.dial(t.Context(), "tcp", "127.0.0.1:0"); err == nil {
		t.Error("no error where nobody listens")
	}
}

// listen returns an address of this machine that takes a connection.
func listen(t *testing.T, network string) string {
	t.Helper()
	if network == "udp" {
		c, err := net.ListenPacket("udp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { c.Close() })
		return c.LocalAddr().String()
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	return l.Addr().String()
}
