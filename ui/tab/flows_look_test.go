package tab

import (
	"strings"
	"testing"
	"time"

	"sockeye/track"
)

// roleAt returns the role of the first character of a text on a line.
func roleAt(t *testing.T, f *flowsTab, m *Model, line int, text string) string {
	t.Helper()
	c := drawTab(f, m, 200, 60)
	row := strings.Split(textOf(c), "\n")[line]
	at := strings.Index(row, text)
	if at < 0 {
		t.Fatalf("no %q in %q", text, row)
	}
	style := c.At(len([]rune(row[:at])), line).Style
	return roleNames[style.FG]
}

// A row says by its colour how it is: silent for long, over, with an alert.
func TestFlowsLooks(t *testing.T) {
	m := kitModel(manyRows(6))
	m.Prefs.Sort[FlowsTab], m.Prefs.BarStyle = Sort{}, NoBars
	m.Snap.Flows[1].Stale = 0.8
	m.Snap.Flows[2].Stale = 0.95
	m.Snap.Flows[3].Closed, m.Snap.Flows[3].Ended = track.ByFIN, kitNow
	m.Alarms = []Alarm{{Flow: 5}, {Flow: 6, Over: true}}
	f := newFlows()
	for line, want := range []string{"muted", "warn", "bad", "faint", "alert", "muted"} {
		if got := roleAt(t, f, m, line+2, "tcp"); got != want {
			t.Errorf("flow %d: got %s, want %s", line+1, got, want)
		}
	}
	m.HoverX, m.HoverY = 5, 2
	if got := roleAt(t, f, m, 2, "tcp"); got != "hover" {
		t.Errorf("under the pointer: got %s", got)
	}
	m.Selected = 1
	if got := roleAt(t, f, m, 2, "tcp"); got != "selected" {
		t.Errorf("selected: got %s", got)
	}
}

func TestFlowsMarkWhatWasFound(t *testing.T) {
	m := kitModel(manyRows(6))
	m.Prefs.Sort[FlowsTab], m.Prefs.BarStyle = Sort{}, NoBars
	search(t, m, "example4")
	f := newFlows()
	if got := roleAt(t, f, m, 2, "example4"); got != "match" {
		t.Errorf("got %s, want match", got)
	}
}

// Where there is nothing but ASCII, signs of ours have stand-ins.
func TestFlowsInASCII(t *testing.T) {
	look := *roleTheme
	look.ASCII = true
	for _, mode := range []LineMode{OneLine, TwoLines} {
		m := kitModel(manyRows(60))
		m.Theme, m.Prefs.LineMode, m.Prefs.InlineSpark = &look, mode, true
		m.Prefs.Pins = []PinnedPair{{"firefox", "198.51.0.0"}}
		f := newFlows()
		for _, by := range []GroupBy{Ungrouped, ByProcess} {
			m.Prefs.Group = by
			for _, a := range []Action{DoRowDown, DoExpand} {
				f.Act(m, a)
			}
			for _, r := range textOf(drawTab(f, m, 200, 60)) {
				if r > '~' {
					t.Fatalf("%q is drawn", r)
				}
			}
			for _, l := range f.Tip(m, 5, 4)(m).Lines {
				if strings.ContainsFunc(l.Value, func(r rune) bool { return r > '~' }) {
					t.Errorf("the tooltip says %q", l.Value)
				}
			}
		}
	}
}

// counting counts how often a name is asked for.
type counting struct {
	kitNames
	asked *int
}

func (c counting) Host(r *track.Row) string {
	*c.asked++
	return c.kitNames.Host(r)
}

// Rows that are not seen cost no texts.
func TestFlowsWordNoRowThatIsNotSeen(t *testing.T) {
	asked := 0
	m := kitModel(manyRows(10_000))
	m.Naming = counting{asked: &asked}
	m.Prefs.Sort[FlowsTab] = Sort{"rate2", true}
	drawTab(newFlows(), m, 80, 24)
	if asked == 0 || asked > 24*4 {
		t.Errorf("names were asked for %d times for 24 lines", asked)
	}
}

// sparkSource knows what flows carried.
type sparkSource struct {
	Source
	asked [][]uint64
}

func (s *sparkSource) Recent(to []Spark, ids []uint64) []Spark {
	s.asked = append(s.asked, append([]uint64(nil), ids...))
	for range ids {
		k := Spark{Len: 10}
		for i := SparkSeconds - k.Len; i < SparkSeconds; i++ {
			k.Bytes[track.Sent][i] = 1000
		}
		to = append(to, k)
	}
	return to
}

// The source is asked once a snapshot, about what is seen; never while the picture is
// paused.
func TestFlowsCurves(t *testing.T) {
	m := kitModel(manyRows(500))
	source := &sparkSource{}
	m.Source = source
	f := newFlows()
	drawTab(f, m, 200, 30)
	drawTab(f, m, 200, 30)
	if n := len(source.asked); n != 1 || len(source.asked[0]) != f.table.Page() {
		t.Fatalf("asked %d times, first about %d flows; want once about %d", n, len(source.asked[0]), f.table.Page())
	}
	m.next()
	drawTab(f, m, 200, 30)
	if n := len(source.asked); n != 2 {
		t.Errorf("asked %d times in two snapshots", n)
	}
	m.Paused = time.Unix(0, kitNow)
	f.Act(m, DoLast)
	drawTab(f, m, 200, 30)
	if n := len(source.asked); n != 2 {
		t.Error("asked while the picture is paused")
	}
}

func TestFlowsInlineCurve(t *testing.T) {
	m := kitModel(manyRows(5))
	m.Source, m.Prefs.InlineSpark, m.Prefs.Sort[FlowsTab] = &sparkSource{}, true, Sort{}
	f := newFlows()
	f.Act(m, DoRowDown)
	lines := screenText(f, m, 80, 24)
	if !strings.Contains(lines[4], "sent") || !strings.Contains(lines[4], "40 s, 0 to 10.0kb") || !strings.Contains(lines[5], "recv") {
		t.Errorf("under the selected row:\n%s\n%s", lines[4], lines[5])
	}
	m.Prefs.InlineSpark = false
	if lines = screenText(f, m, 80, 24); strings.Contains(lines[4], "sent") {
		t.Errorf("it was switched off: %q", lines[4])
	}
}

func TestFlowsColumns(t *testing.T) {
	m := kitModel(manyRows(5))
	f := newFlows()
	drawTab(f, m, 60, 15)
	shown := map[string]ColumnChoice{}
	for _, c := range f.Columns(m) {
		shown[c.Key] = c
	}
	if c := shown["flows.age"]; !c.Shown || c.Width != 0 || c.Title != "Age" {
		t.Errorf("age has no room, but is wanted: got %+v", c)
	}
	if c := shown["flows.rate2"]; c.Shown {
		t.Errorf("2 s both ways is not shown by itself: got %+v", c)
	}
	m.Prefs.Columns["flows.app"], m.Prefs.ProcessColumn = false, false
	head := screenText(f, m, 60, 15)[1]
	if strings.Contains(head, "Application") || strings.Contains(head, "Process") || !strings.Contains(head, "Remote") {
		t.Errorf("got %q, want neither application nor process", head)
	}
	m.Prefs.ServiceNames = false
	if all := strings.Join(screenText(f, m, 200, 60), "\n"); strings.Contains(all, "https") || !strings.Contains(all, ":443") {
		t.Errorf("names of services are off:\n%s", all)
	}
}

// Of two lines the first has who sends, the second who receives.
func TestFlowsTellBothOwners(t *testing.T) {
	m := kitModel(manyRows(2))
	m.Prefs.Sort[FlowsTab], m.Prefs.LineMode = Sort{}, TwoLines
	r := &m.Snap.Flows[0]
	r.Class, r.Peer = track.Loopback, m.Snap.Flows[1].Owner
	lines := screenText(newFlows(), m, 120, 40)
	if !strings.Contains(lines[3], "firefox 1000") || !strings.Contains(lines[4], "curl 1001") {
		t.Errorf("got\n%s\n%s\nwant firefox above curl", lines[3], lines[4])
	}
}
