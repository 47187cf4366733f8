package tab_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"sockeye/internal/testkit/screen"
	"sockeye/track"
	"sockeye/track/query"
	"sockeye/ui/tab"
	"sockeye/ui/term"
	"sockeye/ui/theme"
)

// sumsModel is a dashboard of the fixed flows, which are added up in each way.
func sumsModel(change func(m *tab.Model)) *tab.Model {
	return flowsModel(func(m *tab.Model) {
		regroup(m, screen.Rows())
		m.Neighbors = screen.New().Neighbors(nil)
		if change != nil {
			change(m)
		}
	})
}

// regroup gives the model a snapshot of rows.
func regroup(m *tab.Model, rows []track.Row) {
	var by []*track.Grouping
	for _, g := range []track.GroupBy{
		track.GroupHost, track.GroupProcess, track.GroupContainer, track.GroupUser, track.GroupUnit, track.GroupPackage,
	} {
		by = append(by, track.NewGrouping(g, nil))
	}
	m.Snap = track.NewSnapshot(by...)
	screen.Fill(m.Snap, rows, screen.Now)
	m.Frame++
}

func TestProcessesPictures(t *testing.T) {
	for _, size := range tab.ScreenSizes {
		m, p := sumsModel(nil), tab.NewProcesses()
		tab.DrawTab(p, m, size[0], size[1])
		p.Act(m, tab.DoRowDown)
		tab.ComparePicture(t, "processes", tab.DrawTab(p, m, size[0], size[1]))
	}
}

// lineWith returns the number of the line that has a text, -1 for none.
func lineWith(c *term.Canvas, text string) int {
	return slices.IndexFunc(strings.Split(tab.TextOf(c), "\n"), func(s string) bool { return strings.Contains(s, text) })
}

// selectedLine returns what the selected row says, "" where none is selected.
func selectedLine(c *term.Canvas) string {
	for y, line := range strings.Split(tab.TextOf(c), "\n") {
		if y < c.H && c.At(0, y).Style.FG == tab.RoleTheme.Style(theme.Selected).FG {
			return line
		}
	}
	return ""
}

// Rows and what is in none of them make the total; what belongs to two of them is taken
// out once.
func TestProcessesSayWhatTheTotalIs(t *testing.T) {
	m := sumsModel(func(m *tab.Model) {
		for i := range m.Snap.Groups {
			g := &m.Snap.Groups[i]
			g.Other.Count.Bytes += 5_000_000
			g.Other.Rate[0].Bytes += 125_000
		}
		m.Snap.Totals.All.Bytes += 5_000_000
		m.Snap.Totals.Rate[0].Bytes += 125_000
		peer := &track.PeerSum{Flows: 1}
		peer.Count[track.Received] = track.Count{Packets: 10, Bytes: 2_000_000}
		m.Snap.Groups[1].Rows[0].Peer = peer
	})
	p := tab.NewProcesses()
	text := tab.TextOf(tab.DrawTab(p, m, 200, 24))
	for _, want := range []string{
		"5 processes, 4 other  total 79.6MB - 2.00MB between them + 5.00MB hidden = 82.6MB",
		"2s 23.2Mb + 1.00Mb hidden = 24.2Mb", "73.2MB", // firefox has its part as a peer
	} {
		if !strings.Contains(text, want) {
			t.Errorf("got\n%s\nwant %q", text, want)
		}
	}
	want := []string{"1 container, 4 other", "in none", "5 units, 4 other", "in none", "3 users, 4 other", "hidden", "5 packages, 4 other", "of none"}
	for i := 0; i < len(want); i += 2 {
		p.Act(m, tab.DoGroupNext)
		title, _, _ := strings.Cut(tab.TextOf(tab.DrawTab(p, m, 200, 24)), "\n")
		if !strings.Contains(title, want[i]) || !strings.Contains(title, want[i+1]) {
			t.Errorf("by %s: got %q, want %q and %q", m.Prefs.AggregateBy, title, want[i], want[i+1])
		}
	}
}

func TestProcessesKeepTheSelection(t *testing.T) {
	m, p := sumsModel(nil), tab.NewProcesses()
	tab.DrawTab(p, m, 120, 20)
	p.Act(m, tab.DoRowDown)
	p.Act(m, tab.DoRowDown)
	if got := selectedLine(tab.DrawTab(p, m, 120, 20)); !strings.HasPrefix(got, "curl 4711") {
		t.Fatalf("got %q selected, want curl", got)
	}
	rows := screen.Rows()
	rows[2].Rate[0][track.Sent].Bytes = 9e9
	regroup(m, rows)
	c := tab.DrawTab(p, m, 120, 20)
	if got := selectedLine(c); !strings.HasPrefix(got, "curl 4711") || lineWith(c, "curl 4711") != 3 {
		t.Errorf("got %q selected, want curl, which is first now:\n%s", got, tab.TextOf(c))
	}
	p.Act(m, tab.DoSortFlip)
	if got := selectedLine(tab.DrawTab(p, m, 120, 20)); !strings.HasPrefix(got, "curl 4711") || m.SortText != "2 s ▲" {
		t.Errorf("got %q selected and order %q, want curl and the other way round", got, m.SortText)
	}
	p.Act(m, tab.DoBack)
	if got := selectedLine(tab.DrawTab(p, m, 120, 20)); got != "" {
		t.Errorf("got %q selected, want nothing", got)
	}
}

// While the order is frozen, rows keep their places, and new ones come last.
func TestProcessesFrozen(t *testing.T) {
	rows := screen.Rows()
	m, p := sumsModel(nil), tab.NewProcesses()
	m.Frozen = true
	regroup(m, rows[2:]) // without firefox
	first := lineWith(tab.DrawTab(p, m, 120, 20), "curl 4711")
	rows[3].Rate[0][track.Sent].Bytes = 9e9
	regroup(m, rows)
	c := tab.DrawTab(p, m, 120, 20)
	if got := lineWith(c, "curl 4711"); got != first {
		t.Errorf("got curl on line %d, want it on %d still", got, first)
	}
	if got, above := lineWith(c, "firefox"), lineWith(c, "(kernel)"); got != above+1 {
		t.Errorf("got firefox, which is new, on line %d, want it below %d", got, above)
	}
	m.Frozen = false
	if got := lineWith(tab.DrawTab(p, m, 120, 20), "sshd 812"); got != 3 {
		t.Errorf("got sshd on line %d, want it first where the order follows the traffic", got)
	}
}

// Enter shows the flows of the row, of each thing that is added up by.
func TestProcessesDrillDown(t *testing.T) {
	for _, c := range []struct {
		by    tab.AggregateBy
		click string
		want  tab.Step
		flows int
	}{
		{tab.OfProcess, "firefox", tab.Step{By: "process", Label: "firefox 2001"}, 2},
		{tab.OfProcess, "(no rights)", tab.Step{By: "process", Label: "(no rights)"}, 1},
		{tab.OfContainer, "web", tab.Step{By: "container", Label: "web"}, 1},
		{tab.OfUser, "anna", tab.Step{By: "user", Label: "anna"}, 5},
		{tab.OfUnit, "sshd.service", tab.Step{By: "unit", Label: "sshd.service"}, 1},
		{tab.OfPackage, "curl 1.2-3", tab.Step{By: "package", Label: "curl 1.2-3"}, 2},
	} {
		var sent []tab.Request
		m, p := sumsModel(nil), tab.NewProcesses()
		m.Prefs.AggregateBy = c.by
		m.Send = func(r tab.Request) { sent = append(sent, r) }
		y := lineWith(tab.DrawTab(p, m, 160, 24), c.click)
		p.Mouse(m, term.Event{Kind: term.MousePress, Button: term.LeftButton, X: 2, Y: y})
		if !p.Act(m, tab.DoOpen) || len(sent) != 1 || sent[0].Drill == nil || sent[0].Tab != tab.FlowsTab {
			t.Fatalf("%s: got requests %+v, want a drill-down", c.click, sent)
		}
		step := sent[0].Drill
		n := 0
		for i := range m.Snap.Flows {
			if step.Match(&m.Snap.Flows[i]) {
				n++
			}
		}
		if step.By != c.want.By || step.Label != c.want.Label || n != c.flows {
			t.Errorf("%s: got step %s %q with %d flows, want %s %q with %d", c.click, step.By, step.Label, n, c.want.By, c.want.Label, c.flows)
		}
	}
}

// A query or a drill-down leaves the flows that match, and the title says so.
func TestProcessesOfAQuery(t *testing.T) {
	m, p := sumsModel(nil), tab.NewProcesses()
	q, err := query.Compile("proto:udp", track.QueryFields(track.QueryNames{}), query.Options{})
	if err != nil {
		t.Fatal(err)
	}
	m.Query = q
	text := tab.TextOf(tab.DrawTab(p, m, 160, 20))
	for _, want := range []string{"1 process, 2 other  only flows in the table that match · total 13.2MB of 77.6MB", "firefox 2001", "(no socket)"} {
		if !strings.Contains(text, want) {
			t.Errorf("got\n%s\nwant %q", text, want)
		}
	}
	if strings.Contains(text, "curl") {
		t.Errorf("got\n%s\nwant no process without UDP", text)
	}
	m.Drill = []tab.Step{{By: "host", Label: "x", Match: func(*track.Row) bool { return false }}}
	if text := tab.TextOf(tab.DrawTab(p, m, 160, 20)); !strings.Contains(text, "Esc goes back") {
		t.Errorf("got\n%s\nwant how to go back", text)
	}
}

// Nothing that names bring along reaches the terminal, the clipboard or a file.
func TestProcessesAndHostsSanitised(t *testing.T) {
	bad := func(s string) bool { return strings.ContainsAny(s, "\x1b\x07\u202e") }
	for _, p := range []tab.Tab{tab.NewProcesses(), tab.NewHosts()} {
		m := sumsModel(nil)
		for range 5 {
			for _, r := range tab.DrawTab(p, m, 200, 40).Cells {
				if bad(string(r.Rune)) {
					t.Errorf("%s: %q reaches the terminal", p.Name(), r.Rune)
				}
			}
			for range 11 {
				p.Act(m, tab.DoRowDown)
				if s := p.Copy(m, false) + p.Copy(m, true); bad(s) {
					t.Errorf("%s: %q is copied", p.Name(), s)
				}
			}
			sheet := p.Sheet(m)
			for _, row := range sheet.Rows {
				if bad(strings.Join(row, " ")) {
					t.Errorf("%s: %q is in an export", p.Name(), row)
				}
			}
			objects, err := sheet.Objects()
			var all []map[string]any
			if err != nil || json.Unmarshal(objects, &all) != nil || len(all) != len(sheet.Rows) {
				t.Errorf("%s: got %d objects for %d rows, error %v", p.Name(), len(all), len(sheet.Rows), err)
			}
			p.Act(m, tab.DoGroupNext)
		}
	}
}

func TestProcessesTip(t *testing.T) {
	m, p := sumsModel(nil), tab.NewProcesses()
	y := lineWith(tab.DrawTab(p, m, 120, 24), "nginx")
	tip := p.Tip(m, 3, y)(m)
	text := fmt.Sprint(tip.Title, tip.Lines)
	for _, want := range []string{"nginx 900", "/usr/sbin/nginx", "www-data", "web", "nginx.service", "systemd 1", "639kB", "1.8% of all, 2 s"} {
		if !strings.Contains(text, want) {
			t.Errorf("got %s, want %q", text, want)
		}
	}
	if p.Tip(m, 3, 2) != nil || p.Tip(m, 3, 23) != nil {
		t.Error("got a tip beside the rows, want none")
	}
}
