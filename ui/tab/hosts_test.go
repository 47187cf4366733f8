package tab_test

import (
	"fmt"
	"strings"
	"testing"

	"sockeye/internal/testkit/screen"
	"sockeye/track"
	"sockeye/ui/tab"
	"sockeye/ui/term"
)

func TestHostsPictures(t *testing.T) {
	for _, size := range tab.ScreenSizes {
		m, h := sumsModel(nil), tab.NewHosts()
		tab.DrawTab(h, m, size[0], size[1])
		h.Act(m, tab.DoRowDown)
		tab.ComparePicture(t, "hosts", tab.DrawTab(h, m, size[0], size[1]))
	}
}

// What has left the table is in no row, and the title says how much that is.
func TestHostsSayWhatTheTotalIs(t *testing.T) {
	m, h := sumsModel(nil), tab.NewHosts()
	m.Snap.Totals.All.Bytes += 5_000_000
	for _, want := range []string{"11 hosts", "6 domains, 5 hosts without"} {
		title, _, _ := strings.Cut(tab.TextOf(tab.DrawTab(h, m, 160, 24)), "\n")
		if !strings.Contains(title, want) || !strings.Contains(title, "total 77.6MB + 5.00MB ended or hidden = 82.6MB") {
			t.Errorf("got %q, want %q, and what rows and others add up to", title, want)
		}
		h.Act(m, tab.DoGroupNext)
	}
}

// Hosts of one domain are one row, with all their addresses, places and processes.
func TestHostsByDomain(t *testing.T) {
	rows := screen.Rows()
	rows[2].Names, rows[7].Names = rows[0].Names, rows[0].Names
	m, h := sumsModel(func(m *tab.Model) { regroup(m, rows) }), tab.NewHosts()
	h.Act(m, tab.DoGroupNext)
	c := tab.DrawTab(h, m, 200, 24)
	y := lineWith(c, "github.com")
	line := strings.Split(tab.TextOf(c), "\n")[y]
	for _, want := range []string{"140.82.121.4 +2", "US", "curl 4711, firefox 2001", "63.1MB"} {
		if !strings.Contains(line, want) {
			t.Errorf("got %q, want %q", line, want)
		}
	}
	var sent []tab.Request
	m.Send = func(r tab.Request) { sent = append(sent, r) }
	h.Mouse(m, term.Event{Kind: term.MousePress, Button: term.LeftButton, X: 2, Y: y})
	h.Act(m, tab.DoOpen)
	if len(sent) != 1 || sent[0].Drill == nil || sent[0].Drill.By != "domain" || sent[0].Drill.Label != "github.com" {
		t.Fatalf("got %+v, want a drill-down to the domain", sent)
	}
	n := 0
	for i := range m.Snap.Flows {
		if sent[0].Drill.Match(&m.Snap.Flows[i]) {
			n++
		}
	}
	if n != 3 {
		t.Errorf("got %d flows of the domain, want 3", n)
	}
}

func TestHostsDrillDown(t *testing.T) {
	var sent []tab.Request
	m, h := sumsModel(nil), tab.NewHosts()
	m.Send = func(r tab.Request) { sent = append(sent, r) }
	y := lineWith(tab.DrawTab(h, m, 120, 24), "uploads.example.org")
	h.Mouse(m, term.Event{Kind: term.MousePress, Button: term.LeftButton, X: 2, Y: y})
	h.Act(m, tab.DoOpen)
	if len(sent) != 1 || sent[0].Drill == nil || sent[0].Drill.Label != "uploads.example.org" {
		t.Fatalf("got %+v, want a drill-down to the host", sent)
	}
	for i := range m.Snap.Flows {
		if r := &m.Snap.Flows[i]; sent[0].Drill.Match(r) != (r.ID == 3) {
			t.Errorf("flow %d: got %v", r.ID, !(r.ID == 3))
		}
	}
	if got := h.Copy(m, true); got != "2001:db8:ffff:1234:5678:9abc:def0:1" {
		t.Errorf("got %q copied, want the address", got)
	}
	tip := h.Tip(m, 3, y)(m)
	if text := fmt.Sprint(tip.Title, tip.Lines); !strings.Contains(text, "uploads.example.org") || !strings.Contains(text, "curl 4711") || !strings.Contains(text, "2026-01-02") {
		t.Errorf("got %s, want the name, who talks to it and when", text)
	}
}

// Names come before addresses, which are in their own order.
func TestHostsSortedByHost(t *testing.T) {
	m, h := sumsModel(nil), tab.NewHosts()
	h.Act(m, tab.DoSortDestination)
	c := tab.DrawTab(h, m, 120, 30)
	last := 0
	for _, host := range []string{"bad·", "github.com", "router.lan", "uploads.", "www.youtube", "例え", "1.1.1.1", "10.8.0.7", "127.0.0.1", "198.51.100.23", "203.0.113.77"} {
		y := lineWith(c, host)
		if y <= last {
			t.Errorf("got %s on line %d, want it below %d:\n%s", host, y, last, tab.TextOf(c))
		}
		last = y
	}
	m.Prefs.Resolve = false
	if y := lineWith(tab.DrawTab(h, m, 120, 30), "github.com"); y >= 0 {
		t.Error("got a name, want addresses alone")
	}
}

// The neighbours have a section of their own, or all of the screen.
func TestHostsNeighbors(t *testing.T) {
	m, h := sumsModel(nil), tab.NewHosts()
	m.Neighbors[0].Others = 1
	c := tab.DrawTab(h, m, 120, 24)
	text := tab.TextOf(c)
	for _, want := range []string{"1 LAN neighbor", "router.lan", "00:1b:21:01:02:03", "Intel Corporate", "had another MAC", "eth0", "1h00m"} {
		if !strings.Contains(text, want) {
			t.Errorf("got\n%s\nwant %q", text, want)
		}
	}
	var sent []tab.Request
	m.Send = func(r tab.Request) { sent = append(sent, r) }
	h.Mouse(m, term.Event{Kind: term.MousePress, Button: term.LeftButton, X: 2, Y: lineWith(c, "00:1b:21")})
	c = tab.DrawTab(h, m, 60, 15)
	if got := selectedLine(c); !strings.HasPrefix(got, "192.168.1.1 ") || lineWith(c, "github.com") >= 0 {
		t.Errorf("got %q selected, want the neighbor, among neighbors alone:\n%s", got, tab.TextOf(c))
	}
	if got, want := h.Copy(m, false), "192.168.1.1 router.lan 00:1b:21:01:02:03 Intel Corporate had another MAC"; got != want {
		t.Errorf("got %q copied, want %q", got, want)
	}
	h.Act(m, tab.DoOpen)
	if len(sent) != 1 || sent[0].Drill == nil || !sent[0].Drill.Match(&m.Snap.Flows[5]) || sent[0].Drill.Match(&m.Snap.Flows[0]) {
		t.Errorf("got %+v, want a drill-down to the neighbor's flows", sent)
	}
	h.Act(m, tab.DoGroupNext)
	if c := tab.DrawTab(h, m, 60, 15); lineWith(c, "github.com") < 0 || lineWith(c, "LAN") >= 0 {
		t.Errorf("got\n%s\nwant hosts alone on a low screen", tab.TextOf(c))
	}
}

// Hosts of a drill-down are those of its flows.
func TestHostsWithinADrillDown(t *testing.T) {
	m, h := sumsModel(nil), tab.NewHosts()
	m.Drill = []tab.Step{{By: "flow", Match: func(r *track.Row) bool { return r.ID == 1 || r.ID == 2 }}}
	for _, want := range []string{"2 hosts", "2 domains"} {
		text := tab.TextOf(tab.DrawTab(h, m, 160, 20))
		if !strings.Contains(text, want+"  only flows in the table that match · total 71.2MB of 77.6MB") || !strings.Contains(text, "firefox 2001") {
			t.Errorf("got\n%s\nwant %s of firefox", text, want)
		}
		h.Act(m, tab.DoGroupNext)
	}
}
