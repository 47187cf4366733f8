package testkit

import (
	"errors"
	"net"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"
)

// counters reads packets received and sent by an interface of the namespace.
func counters(t *testing.T, n *Netns, dev string) (rx, tx uint64) {
	t.Helper()
	out := Run(t, n.Command("cat", "/proc/net/dev")).Stdout
	for line := range strings.Lines(out) {
		name, rest, _ := strings.Cut(line, ":")
		if strings.TrimSpace(name) == dev {
			f := strings.Fields(rest)
			rx, _ = strconv.ParseUint(f[1], 10, 64)
			tx, _ = strconv.ParseUint(f[9], 10, 64)
			return rx, tx
		}
	}
	t.Fatalf("no %s in /proc/net/dev: %s", dev, out)
	return 0, 0
}

func TestVethCarriesOnlyWhatIsSent(t *testing.T) {
	a, b, ifA, ifB := Veth(t)
	for _, addr := range []struct{ from, to string }{{AddrA4, AddrB4}, {AddrA6, AddrB6}} {
		var in net.PacketConn
		b.Do(func() {
			var err error
			if in, err = net.ListenPacket("udp", net.JoinHostPort(addr.to, "9")); err != nil {
				t.Fatal(err)
			}
		})
		defer in.Close()
		a.Do(func() {
			out, err := net.Dial("udp", net.JoinHostPort(addr.to, "9"))
			if err != nil {
				t.Fatal(err)
			}
			defer out.Close()
			if _, err := out.Write([]byte("ping")); err != nil {
				t.Fatal(err)
			}
		})
		buf := make([]byte, 64)
		if err := in.SetReadDeadline(time.Now().Add(5 * time.Second)); err != nil {
			t.Fatal(err)
		}
		n, from, err := in.ReadFrom(buf)
		if err != nil {
			t.Fatal(err)
		}
		if host, _, _ := net.SplitHostPort(from.String()); host != addr.from || string(buf[:n]) != "ping" {
			t.Errorf("got %q from %s want %q from %s", buf[:n], host, "ping", addr.from)
		}
	}
	if rx, tx := counters(t, a, ifA); rx != 0 || tx != 2 {
		t.Errorf("sender counted %d in, %d out, want 0 and 2", rx, tx)
	}
	if rx, tx := counters(t, b, ifB); rx != 2 || tx != 0 {
		t.Errorf("receiver counted %d in, %d out, want 2 and 0", rx, tx)
	}
}

func TestDoReturnsToTheOwnNamespace(t *testing.T) {
	n := NewNetns(t)
	link := func() string {
		s, err := os.Readlink("/proc/thread-self/ns/net")
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	home, inside := link(), ""
	n.Do(func() { inside = link() })
	if inside == home {
		t.Errorf("Do ran in the namespace of the test, %s", home)
	}
	if got := link(); got != home {
		t.Errorf("after Do in %s want %s", got, home)
	}
}

func TestSetSwitchesOffloads(t *testing.T) {
	a, _, ifA, _ := Veth(t)
	a.Set(t, ifA, GRO, true)
	a.Set(t, ifA, GRO, false)
	a.Set(t, ifA, TSO, false)
	a.Set(t, ifA, GSO, false)
}

func TestRunTellsTheExitCode(t *testing.T) {
	n := NewNetns(t)
	r := Run(t, n.Command("sh", "-c", "echo out; echo err >&2; exit 7"))
	if r.Stdout != "out\n" || r.Stderr != "err\n" || r.Code != 7 {
		t.Errorf("got %+v want out, err, 7", r)
	}
	if _, err := os.Stat(n.Path()); errors.Is(err, os.ErrNotExist) {
		t.Errorf("path %s is gone before the test's end", n.Path())
	}
}
