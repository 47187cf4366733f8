package tab

import (
	"encoding/json"
	"errors"
	"math/rand/v2"
	"net"
	"net/netip"
	"strings"
	"testing"
	"time"

	"sockeye/capture"
	"sockeye/capture/link"
	"sockeye/parse"
	"sockeye/track"
	"sockeye/track/proc"
	"sockeye/ui/term"
	"sockeye/ui/theme"
)

// systemModel is a dashboard on a machine of which much can be said.
func systemModel() *Model {
	m := screenModel(nil)
	m.Tab = SystemTab
	f := screenTraffic(m, 100)
	for i := range f.snap.Interfaces {
		at := &f.snap.Interfaces[i]
		at.Rate[0] = [2]track.Rate{{Bytes: 31_250}, {Bytes: 125_000}}
		at.Peak = [3]float64{50_000, 200_000, 250_000}
	}
	f.snap.Live = 133
	f.snap.Totals.Other = track.Fold{Flows: 2, Count: track.Count{Packets: 100, Bytes: 4200}}
	f.snap.Losses.Evicted, f.snap.Losses.Expired = 3, 1500
	f.all[0].Stats.Received, f.all[0].Unread = f.all[0].Packets+1234+17, 17
	f.all = append(f.all, capture.InterfaceStatus{
		Slot: 2, Name: "lo", Kind: "loopback", State: capture.StateFailed, Err: errors.New("open lo: \x1b[2Jtoo many"), Gaps: 2, GapTime: 3 * time.Second,
	})
	for i := range f.all {
		f.all[i].Bytes = 1000 * f.all[i].Packets
	}
	m.Interfaces = f.all
	m.Links = []Link{
		{Interface: link.Interface{
			Name: "eth0", Kind: "ethernet", Link: parse.LinkEthernet, Up: true, Running: true, OperState: "up", MTU: 1500, Speed: 2500,
			Duplex: "full", MAC: net.HardwareAddr{2, 0, 0, 0, 0, 1},
			Addrs: []netip.Prefix{netip.MustParsePrefix("192.0.2.10/24"), netip.MustParsePrefix("2001:db8::10/64")},
		}, Known: true, Received: LinkCount{Bytes: 5e9, Packets: 4e6, Errors: 2, Dropped: 9}, Sent: LinkCount{Bytes: 1e9, Packets: 1e6}},
		{Interface: link.Interface{Name: "docker0", Kind: "bridge", Link: parse.LinkEthernet, Up: true, OperState: "down", MTU: 1500}},
		{Interface: link.Interface{Name: "eth7", Kind: "ethernet", OperState: "down"}},
	}
	m.Owners = proc.Stats{
		Waiting: 2, Asked: 1000, Median: 3 * time.Millisecond,
		Watcher: proc.WatcherStats{Events: 5000, Lost: 4, Hooks: []proc.Hook{{Name: "cgroup/connect4"}, {Name: "cgroup/connect6", Err: errors.New("attach: not permitted")}}},
		Sources: []proc.SourceState{
			{Source: proc.FromEBPF, Usable: true, Why: "without cgroup/connect6"},
			{Source: proc.FromDiag, Why: "no CAP_NET_ADMIN", Hint: "sudo setcap cap_net_admin+ep sockeye"}, {Source: proc.FromProc, Usable: true},
		},
	}
	m.Owners.Answered[proc.FromEBPF], m.Owners.Answered[proc.FromProc] = 900, 50
	m.Owners.Unknown[proc.Kernel], m.Owners.Unknown[proc.NoRights] = 30, 20
	m.Self = Self{CPU: 0.0123, Memory: 48 << 20, Uptime: 20*time.Minute + 345*time.Millisecond, Frames: 1200, Draw: 420 * time.Microsecond}
	m.Notes = []string{"note: owners of other users' flows are not known: run it as root", "clocks differ"}
	m.Facts.ConfigAt = "/home/anna/.config/sockeye/config.yaml"
	return m
}

func TestSystemPictures(t *testing.T) {
	for _, size := range screenSizes {
		comparePicture(t, "system", drawTab(NewSystem(), systemModel(), size[0], size[1]))
	}
}

// TestSystemFacts says each number under its name, and what was lost as a fault.
func TestSystemFacts(t *testing.T) {
	m := systemModel()
	for _, c := range []struct {
		card, label, value string
		role               theme.Role
	}{
		{"Capture", "Kernel drops", "1.23k of ", theme.Bad},
		{"Capture", "Ring fill", "17 frames wait", theme.Text},
		{"Capture", "Full rings", "1", theme.Bad},
		{"Capture", "Interruptions", "2, 3.00s", theme.Bad},
		{"Capture", "Filter", "tcp or udp", theme.Text},
		{"Flow table", "Flows", "133 in the table", theme.Text},
		{"Flow table", "Evicted", "3 flows", theme.Bad},
		{"Flow table", "Events lost", "0", theme.Good},
		{"Flow table", "Without a row", "2 flows, 100 packets, 4.20kB", theme.Muted},
		{"Interface eth0", "Sent", "250kb now", theme.Sent},
		{"Interface eth0", "Received", "1.00Mb now", theme.Received},
		{"Interface eth0", "Link", "ethernet, 2.5 Gbit/s, full duplex", theme.Text},
		{"Interface eth0", "Errors", "sending 0, receiving 2", theme.Bad},
		{"Interface eth0", "Drops", "sending 0, receiving 9", theme.Bad},
		{"Interface eth0", "Ring drops", "1.23k of ", theme.Bad},
		{"Interface wg0", "Ring drops", "0", theme.Good},
		{"Interface lo", "State", "failed", theme.Bad},
		{"Interface docker0", "State", "not captured", theme.Muted},
		{"Interface docker0", "Status", "down, no carrier", theme.Text},
		{"Owners", "With a process", "950 of 970, 97.9%", theme.Text},
		{"Owners", "no rights", "20", theme.Warn},
		{"Owners", "kernel", "30", theme.Muted},
		{"Attribution", "sock_diag", "does not work: no CAP_NET_ADMIN", theme.Warn},
		{"Attribution", "  remedy", "sudo setcap", theme.Key},
		{"Attribution", "Events lost", "4 no room", theme.Bad},
		{"Attribution", "Hooks", "1 of 2 attached", theme.Text},
		{"Privileges", "Rights", "cap_net_raw, cap_bpf", theme.Text},
		{"Sockeye", "CPU", "1.2% of a core", theme.Text},
		{"Sockeye", "Running for", "20m00s", theme.Text},
		{"Notes", "", "owners of other users' flows", theme.Warn},
	} {
		found := false
		for _, card := range systemCards(m) {
			for _, f := range card.Facts {
				if card.Title != c.card || f.Label != c.label || found {
					continue
				}
				found = true
				if !strings.HasPrefix(f.Value, c.value) || f.Role != c.role {
					t.Errorf("%s, %s: got %q as %s, want %q as %s", c.card, c.label, f.Value, roleNames[f.Role], c.value, roleNames[c.role])
				}
			}
		}
		if !found {
			t.Errorf("%s: nothing is said of %q", c.card, c.label)
		}
	}
	for _, card := range systemCards(m) {
		if card.Title == "Interface eth7" {
			t.Error("an interface that is down and not captured is shown")
		}
	}
}

// TestSystemLosses says in the first line of every size whether anything was lost.
func TestSystemLosses(t *testing.T) {
	m := systemModel()
	text, role := lossLine(m)
	want := "LOST: 1.23k packets dropped by the kernel, 3 flows evicted, 4 kernel events lost, 2 interruptions"
	if text != want || role != theme.Bad {
		t.Errorf("got %q, want %q", text, want)
	}
	m = screenModel(nil)
	if text, _ := lossLine(m); text != "nothing was captured yet" {
		t.Errorf("before the first snapshot: got %q", text)
	}
	m.Snap = new(track.Snapshot)
	if text, role := lossLine(m); text != "nothing was lost" || role != theme.Good {
		t.Errorf("got %q, want that nothing was lost", text)
	}
	// What came through the socket for all interfaces was lost there once.
	m.Interfaces = []capture.InterfaceStatus{
		{Name: "any", Stats: capture.Stats{Received: 20, Dropped: 10}}, {Name: "eth0", Through: "any", Stats: capture.Stats{Dropped: 10}},
	}
	if sum := captured(m); sum.Stats.Dropped != 10 {
		t.Errorf("got %d drops, want 10", sum.Stats.Dropped)
	}
}

// find returns where a text of single columns is on a canvas.
func find(t *testing.T, c *term.Canvas, text string) (x, y int) {
	t.Helper()
	for y := range c.H {
		var line strings.Builder
		for x := range c.W {
			line.WriteRune(c.At(x, y).Rune)
		}
		if before, _, ok := strings.Cut(line.String(), text); ok {
			return len([]rune(before)), y
		}
	}
	t.Fatalf("%q is not on the screen", text)
	return 0, 0
}

func TestSystemActs(t *testing.T) {
	m, s := systemModel(), NewSystem()
	drawTab(s, m, 60, 15)
	s.Act(m, DoRowDown)
	if got := s.Copy(m, false); got != "Capture live" {
		t.Errorf("the first fact is copied as %q", got)
	}
	s.Act(m, DoLast)
	drawTab(s, m, 60, 15)
	if got := s.Copy(m, false); got != "Config /home/anna/.config/sockeye/config.yaml" {
		t.Errorf("the last fact is copied as %q", got)
	}
	if text := textOf(drawTab(s, m, 60, 15)); !strings.Contains(text, "/home/anna") {
		t.Errorf("the selected fact is not seen:\n%s", text)
	}
	if !s.Act(m, DoBack) || s.Act(m, DoBack) {
		t.Error("want one thing to go back from")
	}
	s.Act(m, DoFirst)
	drawTab(s, m, 60, 15)
	if !s.Mouse(m, term.Event{Kind: term.MousePress, Button: term.LeftButton, X: 3, Y: 3}) || s.Copy(m, false) != "Filter tcp or udp" {
		t.Errorf("a click selects %q", s.Copy(m, false))
	}
	if tip := s.Tip(m, 3, 3); tip == nil || tip(m).Lines[0].Value != "tcp or udp" {
		t.Error("no tooltip says what the filter is")
	}
	x, y := find(t, drawTab(s, m, 120, 40), "not captured")
	if tip := s.Tip(m, x, y); tip == nil || tip(m).Title != "Interface docker0" {
		t.Error("the tooltip is not about the card under the pointer")
	}
	sheet := s.Sheet(m)
	text, err := sheet.Objects()
	if err != nil {
		t.Fatal(err)
	}
	var got []map[string]string
	if err := json.Unmarshal(text, &got); err != nil || len(got) != len(sheet.Rows) {
		t.Fatalf("got %d objects for %d rows: %v", len(got), len(sheet.Rows), err)
	}
	for _, row := range sheet.Rows {
		if strings.Contains(strings.Join(row, " "), "\x1b") {
			t.Errorf("%q is in an export", row)
		}
	}
}

// BenchmarkDraw draws each tab with a series and a log that are full.
func BenchmarkDraw(b *testing.B) {
	m := systemModel()
	m.Series.Reset()
	r := rand.New(rand.NewPCG(1, 2))
	at := screenClock.UnixNano() - 5000*600*aSecond
	for range 5000 {
		at += 600 * aSecond
		p := randomPoint(r, at, 600*aSecond)
		m.Series.Add(&p)
	}
	for len(m.Log.All()) < maxLog {
		m.Log.Add(screenEvents())
	}
	graphs := NewGraphs()
	graphs.zoom = len(graphSpans) - 1
	c := term.NewCanvas(200, 60)
	for _, tb := range []Tab{graphs, NewEvents(), NewSystem()} {
		b.Run(tb.Name(), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				tb.Draw(c.Pane(), m)
			}
		})
	}
}
