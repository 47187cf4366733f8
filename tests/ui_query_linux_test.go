package tests

import (
	"fmt"
	"net"
	"slices"
	"strings"
	"testing"

	"sockeye/internal/testkit"
)

// TestDashboardQuery types a query: what it finds is shown with every key, a wrong word
// is marked, Esc restores the query before, and Enter keeps this one.
func TestDashboardQuery(t *testing.T) {
	t.Parallel()
	s := newBooth(t, 160, 40)
	s.live()
	s.sends(1, 2, 3)
	s.Await("3 flows", "no query")

	s.Keys("/")
	s.Type(fmt.Sprint("port:", firstPort+1))
	if got := remotes(s.Await("1 of 3 flows")); !slices.Equal(got, []string{remote(1)}) {
		t.Errorf("the query finds %q want %q", got, remote(1))
	}
	s.Keys("C-u")
	s.Await("3 flows", remote(0))
	s.Type("port:29002 prot:udp")
	s.Await(`no field is named "prot" (did you mean `)
	s.marked("/port:29002 prot:udp", "prot")

	s.Keys("Escape")
	s.AwaitGone("no field is named")
	s.Await("no query", remote(0), remote(1), remote(2))

	s.Keys("/")
	s.Type("bytes>2500 or dport:29001")
	s.Await("/bytes>2500 or dport:29001", "2 of 3 flows")
	s.Keys("C-w")
	s.Type("dport:29099")
	s.Await("1 of 3 flows")
	s.Keys("Down", "Enter") // ↓ goes through the list while something is typed
	s.Await("h help  / query", "1 of 3 flows")
	s.Keys("0")
	s.Await("no query", remote(0))
	s.Keys("/", "C-p")
	s.Await("/bytes>2500 or dport:29099", "1 of 3 flows")
	s.Keys("Escape")
	s.Await("no query", remote(0))
	s.quits()
}

// TestDashboardCaptureFilter changes what is captured while it runs: from then on exactly
// that is counted. A wrong filter is told of where it is typed, and changes nothing.
func TestDashboardCaptureFilter(t *testing.T) {
	t.Parallel()
	s := newBooth(t, 160, 40)
	s.live()
	s.sends(5, 5)
	s.Await("2 flows", "no filter")

	s.Keys("|")
	s.Await("filter:")
	s.Type("udp prt 29001")
	s.marked("filter: udp prt 29001", "prt")
	s.Keys("Enter") // changes nothing: the line stays
	s.Await("filter: udp prt 29001")
	s.Keys("C-u")
	s.Type("udp port 29002")
	s.Keys("Enter")
	s.Await("captures udp port 29002")
	s.sends(10, 20)
	if line := lineOf(s.Await("25.0kB"), remote(0)); !strings.Contains(line, "5.00kB") {
		t.Errorf("got %q want a total of 5.00kB: the filter lets no more through", line)
	}
	s.Keys("F8")
	s.Await("30 packets, 30.0kB", "nothing was lost", "udp port 29002")

	s.Keys("|", "C-u", "Enter")
	s.Await("captures everything")
	s.sends(3)
	s.Await("33 packets, 33.0kB", "nothing was lost")
	s.quits()
}

// TestDashboardInterface switches to another interface while it runs, and back.
func TestDashboardInterface(t *testing.T) {
	t.Parallel()
	s := newBooth(t, 160, 40)
	s.live()
	s.sends(4)
	s.Await("1 flow", "4.00kB")

	s.Keys("i")
	s.Await("Capture from", "✓ "+testkit.IfA, "loopback")
	s.Keys("/")
	s.Type("lo")
	s.Keys("Enter", "Enter")
	s.Await("captures from lo", "│ lo │")
	s.sends(4)
	k := newTalk(t, s.ns, s.ns, "127.0.0.1", "127.0.0.1")
	k.send(6, payload)
	to := fmt.Sprint("localhost:", k.b.LocalAddr().(*net.UDPAddr).Port)
	if line := lineOf(s.Await(to), to); !strings.Contains(line, "6.00kB") {
		t.Errorf("got %q want 6.00kB", line)
	}

	s.Keys("i")
	s.Await("✓ lo")
	s.Keys("/")
	s.Type(testkit.IfA)
	s.Keys("Enter", "Enter")
	s.Await("captures from "+testkit.IfA, "│ "+testkit.IfA+" │")
	s.sends(0, 9)
	s.Await(remote(1), "9.00kB")
	s.quits()
}
