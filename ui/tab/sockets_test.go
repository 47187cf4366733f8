package tab

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"sockeye/track"
	"sockeye/track/proc"
	"sockeye/track/query"
	"sockeye/ui/term"
)

func TestSocketsPictures(t *testing.T) {
	for _, size := range screenSizes {
		m, s := socketModel()
		comparePicture(t, "sockets", drawTab(s, m, size[0], size[1]))
		s.Act(m, DoGroupNext)
		s.Act(m, DoRowDown)
		comparePicture(t, "sockets-all", drawTab(s, m, size[0], size[1]))
	}
}

// TestSocketsFlows counts each flow for the socket that it is on, and for the one that
// accepted it.
func TestSocketsFlows(t *testing.T) {
	m, s := socketModel()
	for _, c := range []struct {
		name           string
		inode          uint64
		flows          int
		sent, received uint64 // bytes: ten times the rates
		unknown        bool
	}{
		{"a listener has what it accepted, whether its socket is there or not", 1, 2, 15_000, 3000, false},
		{"a listener for IPv6 takes IPv4, too, and nothing that began at its port", 2, 1, 100, 200, false},
		{"a listener on loopback sends what the client received", 3, 1, 900_000, 70_000, false},
		{"one in another network namespace", 4, 0, 0, 0, true},
		{"one that takes what goes to a group", 5, 1, 0, 600, false},
		{"one of two that share a port", 6, 0, 0, 0, true},
		{"the other of them", 7, 0, 0, 0, true},
		{"a raw one", 8, 0, 0, 0, false},
		{"a connection", 10, 1, 10_000, 2000, false},
		{"the client's over loopback", 11, 1, 70_000, 900_000, false},
		{"the server's over loopback", 12, 1, 900_000, 70_000, false},
		{"one between addresses with zones", 13, 1, 3000, 4000, false},
	} {
		item := s.itemOf(m, c.inode)
		got := [2]uint64{item.amounts.total(onlySent), item.amounts.total(onlyReceived)}
		if item.flows != c.flows || got != [2]uint64{c.sent, c.received} || (item.unknown != "") != c.unknown {
			t.Errorf("%s: got %d flows of %v bytes (unknown: %q), want %d of %d and %d", c.name, item.flows, got, item.unknown, c.flows, c.sent, c.received)
		}
		if rate := item.amounts.rateOver(0, onlySent); rate != float64(c.sent)/10 {
			t.Errorf("%s: got %v bytes/s, want %d", c.name, rate, c.sent/10)
		}
	}
}

// TestSocketsDrill shows exactly the flows that were counted.
func TestSocketsDrill(t *testing.T) {
	m, s := socketModel()
	var sent []Request
	m.Send = func(r Request) { sent = append(sent, r) }
	s.all = true
	s.update(m)
	for i := range s.items {
		item := s.items[i]
		sent = nil
		s.list.pick(rowOfSocket(s, item.Inode))
		if !s.Act(m, DoOpen) || len(sent) != 1 {
			t.Fatalf("socket %d: got %d requests, want one", item.Inode, len(sent))
		}
		r := sent[0]
		if item.unknown != "" || item.Local.Port() == 0 {
			if r.Drill != nil || r.Status == "" {
				t.Errorf("socket %d: got %+v, want a word on why there are no flows", item.Inode, r)
			}
			continue
		}
		found := 0
		for k := range m.Snap.Flows {
			if r.Drill.Match(&m.Snap.Flows[k]) {
				found++
			}
		}
		if r.Tab != FlowsTab || r.Drill.By != "socket" || found != item.flows {
			t.Errorf("socket %d: got %d flows behind %q, want %d", item.Inode, found, r.Drill.Label, item.flows)
		}
	}
	s.list.pick(-1)
	if s.Act(m, DoOpen) {
		t.Error("without a selection: got something opened")
	}
}

// rowOfSocket returns the row of the socket with an inode.
func rowOfSocket(s *socketsTab, inode uint64) int {
	for i := range s.list.items {
		if s.list.items[i].Inode == inode {
			return i
		}
	}
	return -1
}

// TestSocketsListed lists those that wait, or all.
func TestSocketsListed(t *testing.T) {
	m, s := socketModel()
	text := textOf(drawTab(s, m, 200, 60))
	if !strings.HasPrefix(text, "9 sockets  of 14: listening and idle, a shows all") || strings.Contains(text, "ESTABLISHED") {
		t.Errorf("got\n%s", text)
	}
	if !s.Act(m, DoGroupNext) {
		t.Fatal("a means nothing")
	}
	text = textOf(drawTab(s, m, 200, 60))
	if !strings.HasPrefix(text, "14 sockets  all, a hides the connected ones") || strings.Count(text, "ESTABLISHED") != 4 || !strings.Contains(text, "TIME_WAIT") {
		t.Errorf("all: got\n%s", text)
	}
	for _, want := range []string{"*%eth0:5353", "all%eth0", "raw/icmp", "sshd 812 +1", "(no rights)", "*:8080", "tcp6", "[fe80::10%eth0]:40001"} {
		if !strings.Contains(text, want) {
			t.Errorf("got no %q in\n%s", want, text)
		}
	}
}

// TestSocketsQuery lists what the query finds, and all where it can be asked of flows
// alone.
func TestSocketsQuery(t *testing.T) {
	fields := track.QueryFields(track.QueryNames{})
	for _, c := range []struct {
		text, title string
		shown       int
	}{
		{"process:sshd", "3 sockets  of 14: connected ones, too", 3},
		{"port:5432 state:listen", "1 socket  of 14", 1},
		{"process:nobody", "0 sockets  of 14", 0},
		{"rtt>100ms", "14 sockets  the query is about flows alone", 14},
		{"", "14 sockets  all, a hides", 14},
	} {
		m, s := socketModel()
		s.all = true
		drawTab(s, m, 120, 40)
		q, err := query.Compile(c.text, fields, query.Options{})
		if err != nil {
			t.Fatal(err)
		}
		m.Query = q
		text := textOf(drawTab(s, m, 120, 40))
		if !strings.HasPrefix(text, c.title) || len(s.list.items) != c.shown {
			t.Errorf("%q: got %d sockets under\n%s", c.text, len(s.list.items), text)
		}
		if c.text == "process:sshd" && !strings.Contains(rolesOf(drawTab(s, m, 120, 40)), "match 4") {
			t.Errorf("%q: got what was found not marked", c.text)
		}
		if c.shown == 0 && !strings.Contains(text, "The query finds no socket.") {
			t.Errorf("%q: got\n%s", c.text, text)
		}
	}
}

// TestSocketsNone says why there are none.
func TestSocketsNone(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*Model)
		want   string
	}{
		"it failed":  {func(m *Model) { m.Sockets, m.SocketsErr = nil, errors.New("attribution is off") }, "cannot be listed: attribution is off"},
		"a file":     {func(m *Model) { m.Sockets, m.Facts.Kind = nil, File }, "A file tells nothing of the sockets"},
		"not yet":    {func(m *Model) { m.Sockets = nil }, "Listing the sockets."},
		"none waits": {func(m *Model) { m.Sockets = m.Sockets[9:] }, "No socket listens or is bound."},
		"no packet":  {func(m *Model) { m.Snap = nil }, "sshd 812"},
	} {
		m, s := socketModel()
		c.change(m)
		if text := textOf(drawTab(s, m, 80, 24)); !strings.Contains(text, c.want) {
			t.Errorf("%s: got\n%s\nwant %q", name, text, c.want)
		}
	}
}

// TestSocketsCopy copies a row, or its other end.
func TestSocketsCopy(t *testing.T) {
	m, s := socketModel()
	s.Act(m, DoGroupNext)
	if got := s.Copy(m, false); got != "" {
		t.Errorf("without a selection: got %q", got)
	}
	s.list.pick(rowOfSocket(s, 10))
	if got, want := s.Copy(m, false), "tcp ESTABLISHED 192.0.2.10:22 203.0.113.7:50022 sshd 814"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if got := s.Copy(m, true); got != "203.0.113.7:50022" {
		t.Errorf("the other end: got %q", got)
	}
	s.list.pick(rowOfSocket(s, 9))
	if got := s.Copy(m, false); term.Printable(got) != got {
		t.Errorf("got %q copied", got)
	}
}

// TestSocketsTip says all of a socket, as long as it is there.
func TestSocketsTip(t *testing.T) {
	m, s := socketModel()
	s.Act(m, DoGroupNext)
	c := drawTab(s, m, 200, 60)
	tipOf := func(text string) string {
		x, y := find(t, c, text)
		tip := s.Tip(m, x, y)
		if tip == nil {
			t.Fatalf("%s: got no tooltip", text)
		}
		lines := tip(m)
		said := lines.Title
		for _, l := range lines.Lines {
			said += "\n" + l.Label + " " + l.Value
		}
		return said
	}
	for text, want := range map[string][]string{
		"sshd 814":     {"tcp ESTABLISHED", "RTT 20.0ms, least 18.0ms", "Window 10 segments of 1448", "Congestion cubic", "Flows 1", "Executable /usr/bin/sshd"},
		"sshd 77":      {"Network ns 200", "Flows not known: they are in another network namespace"},
		"quicd 1001":   {"Flows not known: several sockets have these ends"},
		"nginx 900":    {"takes IPv4, too"},
		"sshd 812":     {"Also sshd 813"},
		"app 960":      {"Total ↑70.0kB  ↓900kB  =970kB"},
		"postgres 951": {"Total ↑900kB  ↓70.0kB  =970kB"},
	} {
		for _, line := range want {
			if said := tipOf(text); !strings.Contains(said, line) {
				t.Errorf("%s: got no %q in\n%s", text, line, said)
			}
		}
	}
	x, y := find(t, c, "sshd 814")
	tip := s.Tip(m, x, y)
	m.Sockets = m.Sockets[:3]
	m.next()
	if tip(m) != nil {
		t.Error("got a tooltip of a socket that is closed")
	}
	if s.Tip(m, 3, 0) != nil || s.Tip(m, 3, 1) != nil || s.Tip(m, 3, 50) != nil {
		t.Error("got a tooltip where there is no socket")
	}
}

// TestSocketsSheet exports what is listed, and leaves out what is not known.
func TestSocketsSheet(t *testing.T) {
	m, s := socketModel()
	sheet := s.Sheet(m)
	text, err := sheet.Objects()
	var objects []struct {
		Local string
		Inode uint64
		Flows *int
		Bytes *[2]uint64
	}
	if err == nil {
		err = json.Unmarshal(text, &objects)
	}
	if err != nil || len(objects) != 9 || len(sheet.Rows) != 9 {
		t.Fatalf("got %d objects and %d rows (%v), want 9", len(objects), len(sheet.Rows), err)
	}
	for _, o := range objects {
		unknown := o.Inode == 4 || o.Inode == 6 || o.Inode == 7
		if (o.Flows == nil) != unknown || (o.Bytes == nil) != unknown {
			t.Errorf("socket %d: got flows %v, want them left out: %v", o.Inode, o.Flows, unknown)
		}
	}
	for _, row := range sheet.Rows {
		if line := strings.Join(row, ""); term.Printable(line) != line {
			t.Errorf("got %q in an export", line)
		}
	}
}

// TestSocketsSanitised lets no name act on the screen, at any size.
func TestSocketsSanitised(t *testing.T) {
	const evil = "\x1b]0;owned\x07\u202e\x9b31m\n"
	m, s := socketModel()
	for i := range m.Sockets {
		k := &m.Sockets[i]
		k.Device, k.State = evil, evil
		k.Owner = proc.Owner{Process: &proc.Process{ID: proc.ID{PID: 1}, Name: evil, User: evil, Container: &proc.Container{Name: evil}}}
	}
	for _, size := range append(screenSizes, [2]int{0, 0}, [2]int{1, 1}, [2]int{9, 3}) {
		for _, cell := range drawTab(s, m, size[0], size[1]).Cells {
			if cell.Rune != 0 && term.Printable(string(cell.Rune)) != string(cell.Rune) {
				t.Fatalf("%v: got %q on the screen", size, cell.Rune)
			}
		}
	}
}

// TestSocketsFollow takes other sockets and flows with the next snapshot, and keeps to
// what is selected.
func TestSocketsFollow(t *testing.T) {
	m, s := socketModel()
	drawTab(s, m, 120, 40)
	s.list.pick(rowOfSocket(s, 3))
	m.Sockets = append([]proc.Socket{{Proto: 6, State: "LISTEN", Local: bound("0.0.0.0:1"), Inode: 99, NetNS: ownSpace}}, m.Sockets...)
	m.Snap = &track.Snapshot{Time: kitNow, Flows: nil}
	if got := s.Copy(m, false); !strings.Contains(got, "127.0.0.1:5432") {
		t.Errorf("in the same picture: got %q selected", got)
	}
	m.next()
	drawTab(s, m, 120, 40)
	if got := s.Copy(m, false); !strings.Contains(got, "127.0.0.1:5432") {
		t.Errorf("with one more before it: got %q selected", got)
	}
	if n := s.itemOf(m, 1).flows; n != 0 {
		t.Errorf("got %d flows of none", n)
	}
}
