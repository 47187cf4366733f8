package tab

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"sockeye/internal/testkit"
	"sockeye/parse/dpi"
	"sockeye/track"
	"sockeye/track/names"
	"sockeye/track/proc"
	"sockeye/ui/term"
)

// TestDetailsCopies copies the fact that is clicked or selected, without its name.
func TestDetailsCopies(t *testing.T) {
	var sent []Request
	m := detailModel(detailRow())
	m.Send = func(r Request) { sent = append(sent, r) }
	d := NewDetails()
	c := drawTab(d, m, 120, 40)
	if got := d.Copy(m, true); got != "203.0.113.7:443" {
		t.Errorf("the remote end: got %q", got)
	}
	if got, want := d.Copy(m, false), "tcp 192.0.2.10:40007 → 203.0.113.7:443 www.example.org chrome-sandbox-helper 4711 tls example.org ESTABLISHED"; got != want {
		t.Errorf("without a selection: got %q, want %q", got, want)
	}
	x, y := find(t, c, " bash 900")
	if !d.Mouse(m, term.Event{Kind: term.MousePress, Button: term.LeftButton, X: x, Y: y}) {
		t.Fatal("a click on a fact means nothing")
	}
	if len(sent) != 1 || sent[0].Copy != "bash 900" || sent[0].Tab >= 0 {
		t.Errorf("a click: got %+v, want bash 900 copied", sent)
	}
	x, y = find(t, c, "203.0.113.7:443")
	d.Mouse(m, term.Event{Kind: term.MousePress, Button: term.RightButton, X: x, Y: y})
	if got := d.Copy(m, false); got != "203.0.113.7:443" || len(sent) != 1 {
		t.Errorf("the right button: got %q selected and %d copies, want the remote end and no more than one", got, len(sent))
	}
	d.Act(m, DoRowDown)
	if got := d.Copy(m, false); got != "www.example.org" {
		t.Errorf("a row down: got %q, want the name", got)
	}
	for d.Act(m, DoBack) {
	}
	if got := d.Copy(m, false); !strings.HasPrefix(got, "tcp ") {
		t.Errorf("after deselection: got %q", got)
	}
}

// TestDetailsSelectionStays keeps to its fact while others come and go.
func TestDetailsSelectionStays(t *testing.T) {
	m := detailModel(detailRow())
	d := NewDetails()
	x, y := find(t, drawTab(d, m, 200, 60), "AS64496")
	d.Mouse(m, term.Event{Kind: term.MousePress, X: x, Y: y})
	m.step(time.Second, 0, 0)
	r := &m.Snap.Flows[1]
	r.Names, r.Migrated, r.Peer = append(r.Names, names.Name{Name: "third.example"}), 0, proc.Owner{}
	drawTab(d, m, 200, 60)
	if got := d.Copy(m, false); got != "AS64496 EXAMPLE-NET" {
		t.Errorf("got %q selected, want the network", got)
	}
	m.Naming = screenNames{}
	m.step(time.Second, 0, 0)
	drawTab(d, m, 200, 60)
	if got := d.Copy(m, false); !strings.HasPrefix(got, "tcp ") {
		t.Errorf("when the fact is gone: got %q selected", got)
	}
}

// TestDetailsCursor reads the curves by keys and by the mouse, and stays at its time.
func TestDetailsCursor(t *testing.T) {
	m := detailModel(detailRow())
	d := NewDetails()
	drawTab(d, m, 200, 60)
	for range 11 {
		d.Act(m, DoCursorLeft)
	}
	read := func() string { return screenText(d, m, 200, 60)[1] }
	if got, want := read(), "15:09:16 ━ sent 69.6kb"; !strings.HasPrefix(strings.ReplaceAll(got, "  ", " "), want) {
		t.Errorf("ten seconds ago: got %q, want %q", got, want)
	}
	m.step(3*time.Second, 0, 0)
	if got := read(); !strings.HasPrefix(got, "15:09:16") {
		t.Errorf("three seconds later: got %q, want the same time", got)
	}
	d.Act(m, DoCursorRight)
	if got := read(); !strings.HasPrefix(got, "15:09:17") {
		t.Errorf("a second to the right: got %q", got)
	}
	if !d.Act(m, DoBack) || strings.HasPrefix(read(), "15:") {
		t.Errorf("esc: got %q, want no time", read())
	}
	if !d.Mouse(m, term.Event{Kind: term.MousePress, Button: term.LeftButton, X: 199, Y: 5}) || !strings.HasPrefix(read(), "15:09:29") {
		t.Errorf("a click at the end: got %q", read())
	}
	m.step(90*time.Second, 0, 0)
	if got := read(); strings.HasPrefix(got, "15:") {
		t.Errorf("when its time has left the curves: got %q", got)
	}
}

// TestDetailsScroll reaches every fact on a low screen.
func TestDetailsScroll(t *testing.T) {
	m := detailModel(detailRow())
	d := NewDetails().(*detailsTab)
	seen := textOf(drawTab(d, m, 60, 15))
	for range 40 {
		d.Act(m, DoPageDown)
		seen += textOf(drawTab(d, m, 60, 15))
	}
	for _, card := range d.facts.cards.Cards {
		if !strings.Contains(seen, card.Title) {
			t.Errorf("%s is on no page", card.Title)
		}
	}
	m.Selected = 3
	if text := textOf(drawTab(d, m, 60, 15)); !strings.Contains(text, "198.51.100.9:53") {
		t.Errorf("another flow: got it scrolled\n%s", text)
	}
	if !d.Mouse(m, term.Event{Kind: term.WheelUp}) || d.Act(m, DoPin) {
		t.Error("the wheel means nothing, or a pin something")
	}
}

// TestDetailsSanitised lets nothing out of a packet or a process act on the screen.
func TestDetailsSanitised(t *testing.T) {
	const evil = "\x1b]0;owned\x07\u202e\u200b\x9b31m\x7f\nx"
	r := detailRow()
	p := detailProcess()
	p.Name, p.Comm, p.Exe, p.Args, p.Script, p.User, p.Group = evil, evil, evil, []string{evil}, evil, evil, evil
	p.Cgroup, p.Unit, p.SHA256, p.Parents, p.For = evil, evil, evil, []proc.Parent{{Name: evil}}, &proc.Parent{Name: evil}
	p.Container, p.Package = &proc.Container{Runtime: evil, ID: evil, Name: evil, Image: evil, Pod: evil, PodUID: evil}, &proc.Package{Name: evil}
	r.Owner.Process = p
	r.Names = []names.Name{{Name: evil}}
	r.App = &dpi.App{Protocol: dpi.SOCKS, Details: []dpi.Detail{&dpi.SOCKSDetail{Host: evil, User: evil}}}
	m := detailModel(r)
	m.Naming = detailNames{screenNames{"203.0.113.7": evil}}
	m.Sockets[0].State, m.Sockets[0].Device, m.Sockets[0].TCP.Congestion = evil, evil, evil
	d := NewDetails()
	for _, size := range append(screenSizes, [2]int{1, 1}, [2]int{0, 0}, [2]int{7, 3}, [2]int{300, 12}) {
		for _, cell := range drawTab(d, m, size[0], size[1]).Cells {
			if cell.Rune != 0 && term.Printable(string(cell.Rune)) != string(cell.Rune) {
				t.Fatalf("%v: got %q on the screen", size, cell.Rune)
			}
		}
	}
	sheet := d.Sheet(m)
	for _, row := range sheet.Rows {
		if text := strings.Join(row, ""); term.Printable(text) != text {
			t.Errorf("got %q in an export", text)
		}
	}
	if text := d.Copy(m, false); term.Printable(text) != text {
		t.Errorf("got %q copied", text)
	}
}

func TestDetailsSheet(t *testing.T) {
	m := detailModel(detailRow())
	d := newDetails(m)
	sheet := d.Sheet(m)
	if len(sheet.Rows) != d.facts.cards.Facts() || sheet.Name != "details" {
		t.Errorf("got %d rows of %s, want all %d facts", len(sheet.Rows), sheet.Name, d.facts.cards.Facts())
	}
	text, err := sheet.Objects()
	var objects []map[string]string
	if err == nil {
		err = json.Unmarshal(text, &objects)
	}
	if err != nil || len(objects) != len(sheet.Rows) || objects[0]["card"] != "Connection" {
		t.Errorf("got %d objects (%v)", len(objects), err)
	}
}

// TestDetailsTip says all of a fact that has no room, as it is by now.
func TestDetailsTip(t *testing.T) {
	m := detailModel(detailRow())
	d := NewDetails()
	x, y := find(t, drawTab(d, m, 120, 40), "↑1350")
	tip := d.Tip(m, x, y)
	if tip == nil {
		t.Fatal("got no tooltip")
	}
	m.step(time.Second, 0, 0)
	m.Snap.Flows[1].Count[track.Sent].Packets = 2000
	if got := tip(m); got == nil || got.Lines[0] != (TipLine{"Packets", "↑2000  ↓90000  =92000"}) {
		t.Errorf("got %+v", got)
	}
	m.Selected = 0
	if got := tip(m); got != nil {
		t.Errorf("of no flow: got %+v", got)
	}
}

// TestDetailsMemory bounds what a picture of an unchanged flow takes.
func TestDetailsMemory(t *testing.T) {
	m := detailModel(detailRow())
	d, c := NewDetails(), term.NewCanvas(200, 60)
	draw := func() { d.Draw(c.Pane(), m) }
	draw()
	testkit.FewBytes(t, "a picture of details", 64<<10, draw)
}
