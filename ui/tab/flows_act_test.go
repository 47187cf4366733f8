package tab

import (
	"slices"
	"strings"
	"testing"

	"sockeye/internal/testkit"
	"sockeye/track"
	"sockeye/ui/term"
	"sockeye/ui/theme"
)

// The selection is the flow's, wherever its row goes.
func TestFlowsSelectionStaysWithItsFlow(t *testing.T) {
	m := kitModel(manyRows(100))
	m.Prefs.Sort[FlowsTab] = Sort{"rate2", true}
	f := newFlows()
	drawTab(f, m, 120, 40)
	for range 5 {
		f.Act(m, DoRowDown)
	}
	id := shownIDs(f, m)[4]
	if m.Selected != id {
		t.Fatalf("selected %d, want %d, the fifth row", m.Selected, id)
	}
	setRates(&m.Snap.Flows[id-1], 0, 0)
	m.next()
	drawTab(f, m, 120, 40)
	if at := slices.Index(shownIDs(f, m), id); m.Selected != id || f.table.Selected != at {
		t.Errorf("selected %d on line %d, want %d on line %d", m.Selected, f.table.Selected, id, at)
	}

	search(t, m, "host:nothing.invalid")
	drawTab(f, m, 120, 40)
	if m.Selected != id || f.table.Selected != -1 {
		t.Errorf("filtered: selected %d on line %d, want %d on none", m.Selected, f.table.Selected, id)
	}
	m.Query = nil
	drawTab(f, m, 120, 40)
	if at := slices.Index(shownIDs(f, m), id); f.table.Selected != at {
		t.Errorf("back again: line %d, want %d", f.table.Selected, at)
	}
}

// From a selection that is gone, moving goes on where it was.
func TestFlowsMoveFromWhatIsGone(t *testing.T) {
	m := kitModel(manyRows(10))
	m.Prefs.Sort[FlowsTab] = Sort{}
	f := newFlows()
	drawTab(f, m, 80, 24)
	m.Selected = shownIDs(f, m)[4]
	drawTab(f, m, 80, 24)
	next := shownIDs(f, m)[5]
	at := int(m.Selected - 1)
	m.Snap.Flows = slices.Delete(m.Snap.Flows, at, at+1)
	m.next()
	f.Act(m, DoRowDown)
	if m.Selected != next {
		t.Errorf("selected %d, want %d", m.Selected, next)
	}
}

func TestFlowsMoves(t *testing.T) {
	m := kitModel(manyRows(500))
	m.Prefs.Sort[FlowsTab] = Sort{}
	f := newFlows()
	drawTab(f, m, 80, 24)
	ids := shownIDs(f, m)
	page := f.table.Page()
	for _, step := range []struct {
		act  Action
		want int
	}{
		{DoRowDown, 0}, {DoRowDown, 1}, {DoRowUp, 0}, {DoRowUp, 0}, {DoLast, 499}, {DoFirst, 0},
		{DoPageDown, page}, {DoHalfPageDown, page + page/2}, {DoPageUp, page / 2}, {DoHalfPageUp, 0},
	} {
		if !f.Act(m, step.act) {
			t.Fatalf("action %d means nothing", step.act)
		}
		if m.Selected != ids[step.want] {
			t.Errorf("action %d: selected row %d, want %d", step.act, slices.Index(ids, m.Selected), step.want)
		}
		drawTab(f, m, 80, 24)
	}
	if !f.Act(m, DoBack) || m.Selected != 0 || f.Act(m, DoBack) {
		t.Error("back does not deselect, once")
	}
}

func TestFlowsExpandAndCollapse(t *testing.T) {
	m := kitModel(manyRows(900)) // three flows of each process
	m.Prefs.Group = ByProcess
	f := newFlows()
	drawTab(f, m, 120, 40)
	f.Act(m, DoRowDown)
	if m.Selected != 0 || !f.onHead {
		t.Fatal("the head of the first group is not selected")
	}
	f.Act(m, DoExpand)
	f.Act(m, DoRowDown)
	if want := shownIDs(f, m)[1]; m.Selected != want || want == 0 {
		t.Fatalf("selected %d, want %d, the group's first flow", m.Selected, want)
	}
	if got := len(shownIDs(f, m)); got != 303 {
		t.Errorf("%d lines, want 303", got)
	}
	f.Act(m, DoCollapse)
	if got := len(shownIDs(f, m)); got != 300 || !f.onHead || m.Selected != 0 {
		t.Errorf("%d lines, want 300 and the head selected", got)
	}
	for _, a := range []Action{DoToggle, DoToggle, DoOpen} {
		f.Act(m, a)
	}
	if got := len(shownIDs(f, m)); got != 303 {
		t.Errorf("%d lines, want 303", got)
	}
}

func TestFlowsOpenGoesToDetails(t *testing.T) {
	m := kitModel(manyRows(3))
	var sent []Request
	m.Send = func(r Request) { sent = append(sent, r) }
	f := newFlows()
	if f.Act(m, DoOpen) {
		t.Error("there was nothing to open")
	}
	m.Selected = 2
	if !f.Act(m, DoOpen) || len(sent) != 1 || sent[0].Tab != DetailsTab {
		t.Errorf("got %v, want to go to Details", sent)
	}
}

func TestFlowsMouse(t *testing.T) {
	m := kitModel(manyRows(100))
	f := newFlows()
	drawTab(f, m, 200, 60)
	ids := shownIDs(f, m)
	press := func(b term.Button, x, y int) bool {
		return f.Mouse(m, term.Event{Kind: term.MousePress, Button: b, X: x, Y: y})
	}
	if !press(term.LeftButton, 20, 5) || m.Selected != ids[2] {
		t.Errorf("a click selected %d, want %d", m.Selected, ids[2])
	}
	by := m.Prefs.Sort[FlowsTab]
	if !press(term.RightButton, 20, 6) || m.Selected != ids[3] {
		t.Errorf("a right click selected %d, want %d", m.Selected, ids[3])
	}
	if press(term.MiddleButton, 20, 2); m.Prefs.Sort[FlowsTab] != by {
		t.Error("a middle click on a title sorts")
	}
	head := screenText(f, m, 200, 60)[2]
	at := len([]rune(head[:strings.Index(head, "Total")])) + 1
	press(term.LeftButton, at, 2)
	if got := m.Prefs.Sort[FlowsTab]; got != (Sort{"total", true}) {
		t.Errorf("a click on Total sorts by %v", got)
	}
	press(term.LeftButton, at, 2)
	if got := m.Prefs.Sort[FlowsTab]; got != (Sort{"total", false}) {
		t.Errorf("a second click sorts by %v", got)
	}
	edge := strings.Index(head, "Process") - 1 // the space behind Proto
	press(term.LeftButton, edge, 2)
	f.Mouse(m, term.Event{Kind: term.MouseDrag, Button: term.LeftButton, X: edge + 4, Y: 2})
	f.Mouse(m, term.Event{Kind: term.MouseRelease, X: edge + 4, Y: 2})
	if got := m.Prefs.Widths["flows.proto"]; got != 9 {
		t.Errorf("the dragged column is %d wide, want 9", got)
	}
	before := f.table.Top
	f.Mouse(m, term.Event{Kind: term.WheelDown, X: 20, Y: 8})
	if f.table.Top == before {
		t.Error("the wheel does not scroll")
	}
	if press(term.LeftButton, 20, 0) {
		t.Error("a click on the title means something")
	}
}

func TestFlowsCopyTipAndSheet(t *testing.T) {
	m := kitModel(manyRows(50))
	f := newFlows()
	if f.Copy(m, false) != "" {
		t.Error("there was nothing to copy")
	}
	m.Selected = 5 // host4.example4.org
	if got, want := f.Copy(m, true), "198.51.4.4:443"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if got, want := f.Copy(m, false), "tcp 10.0.0.4:1028 → 198.51.4.4:443 host4.example4.org Chromium 1004 dns ESTABLISHED"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	drawTab(f, m, 120, 40)
	tip := f.Tip(m, 20, 4)
	if tip == nil {
		t.Fatal("no tooltip over a row")
	}
	id := shownIDs(f, m)[1]
	setRates(&m.Snap.Flows[id-1], 1_000_000, 0)
	m.next()
	now := tip(m)
	if now == nil || !slices.ContainsFunc(now.Lines, func(l TipLine) bool { return l.Label == "2s" && strings.Contains(l.Value, "↑8.00Mb") }) {
		t.Errorf("the tooltip does not stay with its flow, or is not live: %v", now)
	}
	m.Snap.Flows = slices.Delete(m.Snap.Flows, int(id-1), int(id))
	m.next()
	if tip(m) != nil {
		t.Error("the tooltip stays when its flow has left")
	}
	s := f.Sheet(m)
	if len(s.Rows) != 49 || len(s.Rows[0]) != len(s.Columns) {
		t.Errorf("%d rows of %d cells in an export of 49 flows with %d columns", len(s.Rows), len(s.Rows[0]), len(s.Columns))
	}
	if b, err := s.Objects(); err != nil || strings.Count(string(b), `"id":`) != 49 {
		t.Errorf("objects: %v\n%s", err, b)
	}
}

// FuzzFlows draws at any size and acts in any order: nothing may fail, and the selected
// row is one that is shown.
func FuzzFlows(f *testing.F) {
	f.Add([]byte{1, 2, 3}, uint8(80), uint8(24))
	f.Add([]byte{byte(DoGroupNext), byte(DoExpand), byte(DoRowDown), byte(DoToggle)}, uint8(1), uint8(1))
	rows := manyRows(120)
	f.Fuzz(func(t *testing.T, acts []byte, w, h uint8) {
		m := kitModel(slices.Clone(rows))
		m.Past = []track.Row{{ID: 9999, Closed: track.ByFIN}}
		tab := newFlows()
		for i, b := range acts[:min(len(acts), 40)] {
			switch {
			case b < byte(Actions):
				tab.Act(m, Action(b))
			case b%8 == 0:
				m.Snap.Flows = m.Snap.Flows[:len(m.Snap.Flows)*3/4]
				m.next()
			case b%8 == 1:
				m.Frozen = !m.Frozen
			case b%8 == 2:
				m.Prefs.LineMode = LineMode(i) % LineModes
			case b%8 == 3:
				m.Prefs.InlineSpark, m.Prefs.Closed = i%2 == 0, i%3 == 0
			case b%8 == 4:
				m.Prefs.BarStyle = BarStyle(i) % BarStyles
			default:
				tab.Mouse(m, term.Event{Kind: term.EventKind(b % 8), Button: term.Button(b % 4), X: int(b % 100), Y: i})
			}
			drawTab(tab, m, int(w), int(h))
			if s := tab.table.Selected; s >= len(tab.list.items) {
				t.Fatalf("line %d of %d is selected", s, len(tab.list.items))
			}
		}
	})
}

// A frame in which nothing but numbers changed allocates little.
func TestFlowsFrameAllocatesLittle(t *testing.T) {
	m := kitModel(manyRows(5000))
	f, canvas := newFlows(), term.NewCanvas(200, 60)
	frame := func() {
		m.next()
		canvas.Clear(m.Style(theme.Text))
		f.Draw(canvas.Pane(), m)
	}
	for range 3 { // memory that is kept is there then
		frame()
	}
	testkit.FewBytes(t, "a frame", 10_000, frame)
}
