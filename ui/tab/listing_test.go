package tab

import (
	"slices"
	"strings"
	"testing"

	"sockeye/ui/term"
)

// inodes returns what is listed, from above.
func inodes(s *socketsTab, m *Model) (all []uint64) {
	s.update(m)
	for i := range s.list.items {
		all = append(all, s.list.items[i].Inode)
	}
	return all
}

// TestListingOrder sorts by texts and numbers, both ways, with what is not known last.
func TestListingOrder(t *testing.T) {
	m, s := socketModel()
	for _, c := range []struct {
		by   Sort
		want []uint64
	}{
		{Sort{}, []uint64{1, 2, 3, 4, 5, 6, 7, 8, 9}},
		{Sort{"flows", true}, []uint64{1, 2, 3, 5, 8, 9, 4, 6, 7}},
		{Sort{"flows", false}, []uint64{8, 9, 2, 3, 5, 1, 4, 6, 7}},
		{Sort{"drops", true}, []uint64{5}},
		{Sort{"process", false}, []uint64{8, 5, 9, 2, 3}},
	} {
		m.Prefs.Sort[SocketsTab] = c.by
		if got := inodes(s, m); !slices.Equal(got[:len(c.want)], c.want) {
			t.Errorf("by %v: got %v, want %v first", c.by, got, c.want)
		}
	}
}

// TestListingSorts changes the order by keys and by clicks on titles.
func TestListingSorts(t *testing.T) {
	m, s := socketModel()
	c := drawTab(s, m, 200, 60)
	x, _ := find(t, c, "Flows")
	click := func() { s.Mouse(m, term.Event{Kind: term.MousePress, Button: term.LeftButton, X: x + 2, Y: 1}) }
	by := &m.Prefs.Sort[SocketsTab]
	if click(); *by != (Sort{"flows", true}) {
		t.Errorf("a click on Flows: got %v", *by)
	}
	if click(); *by != (Sort{"flows", false}) {
		t.Errorf("another one: got %v", *by)
	}
	if s.Act(m, DoSort2s); *by != (Sort{"rate2", true}) {
		t.Errorf("by the rate of 2 s: got %v", *by)
	}
	if s.Act(m, DoSortFlip); *by != (Sort{"rate2", false}) {
		t.Errorf("turned around: got %v", *by)
	}
	if s.Act(m, DoSort40s) || *by != (Sort{"rate2", false}) {
		t.Errorf("by a rate that has no column: got %v", *by)
	}
	drawTab(s, m, 200, 60)
	if m.SortText != "rate, 2 s ▲" {
		t.Errorf("got %q as the order's name", m.SortText)
	}
	*by = Sort{}
	var seen []string
	for range 20 {
		s.Act(m, DoSortNext)
		if by.Column == "" {
			break
		}
		seen = append(seen, by.Column)
	}
	if want := "proto local remote state process user container flows rate2 total queue sendqueue drops"; strings.Join(seen, " ") != want {
		t.Errorf("one after the other: got %v, want %s", seen, want)
	}
}

// TestListingSelection moves by rows and pages, and goes on where a row was that has
// left.
func TestListingSelection(t *testing.T) {
	m, s := socketModel()
	drawTab(s, m, 120, 8) // five rows
	selected := func() uint64 {
		if at := s.list.selected(); at != nil {
			return at.Inode
		}
		return 0
	}
	for _, c := range []struct {
		act  Action
		want uint64
	}{
		{DoRowDown, 1}, {DoRowDown, 2}, {DoLast, 9}, {DoRowDown, 9}, {DoRowUp, 8}, {DoFirst, 1}, {DoRowUp, 1},
		{DoHalfPageDown, 4}, {DoHalfPageUp, 1}, {DoPageDown, 7}, {DoPageUp, 1}, {DoBack, 0},
	} {
		if s.Act(m, c.act); selected() != c.want {
			t.Errorf("%v: got socket %d selected, want %d", c.act, selected(), c.want)
		}
	}
	if s.Act(m, DoBack) {
		t.Error("without a selection there is nothing to go back from")
	}
	s.list.pick(2)
	m.Sockets = slices.Delete(m.Sockets, 2, 3)
	m.next()
	if s.update(m); selected() != 0 {
		t.Errorf("got socket %d selected in the place of one that is closed", selected())
	}
	if s.Act(m, DoRowDown); selected() != 4 {
		t.Errorf("got socket %d, want the one after it", selected())
	}
}

// TestListingMouse selects by any button, scrolls, and drags an edge.
func TestListingMouse(t *testing.T) {
	m, s := socketModel()
	c := drawTab(s, m, 120, 8)
	x, y := find(t, c, "nginx")
	if !s.Mouse(m, term.Event{Kind: term.MousePress, Button: term.RightButton, X: x, Y: y}) || s.list.selected().Inode != 2 {
		t.Error("a click selects nothing")
	}
	if s.Mouse(m, term.Event{Kind: term.MousePress, Button: term.LeftButton, X: 3, Y: 0}) {
		t.Error("a click above the table means something")
	}
	s.Mouse(m, term.Event{Kind: term.WheelDown})
	if text := textOf(drawTab(s, m, 120, 8)); strings.Contains(text, "sshd 812") || s.list.selected().Inode != 2 {
		t.Errorf("the wheel: got\n%s", text)
	}
	drawTab(s, m, 200, 8)
	at := s.list.table.Placed()[1] // Local
	edge := at.X + at.W
	s.Mouse(m, term.Event{Kind: term.MousePress, Button: term.LeftButton, X: edge, Y: 1})
	s.Mouse(m, term.Event{Kind: term.MouseDrag, Button: term.LeftButton, X: edge + 6, Y: 1})
	if !s.Mouse(m, term.Event{Kind: term.MouseRelease, X: edge + 6, Y: 1}) || s.Mouse(m, term.Event{Kind: term.MouseDrag, X: edge, Y: 1}) {
		t.Error("the drag does not end with the button")
	}
	drawTab(s, m, 200, 8)
	if got := s.list.table.Placed()[1].W; got < at.W+5 || m.Prefs.Widths["sockets.local"] == 0 {
		t.Errorf("got a column of %d, want it wider than %d; widths %v", got, at.W, m.Prefs.Widths)
	}
}

// TestListingColumns hides and shows columns as they were chosen.
func TestListingColumns(t *testing.T) {
	m, s := socketModel()
	m.Prefs.Columns = map[string]bool{"sockets.netns": true, "sockets.state": false}
	text := textOf(drawTab(s, m, 200, 60))
	if !strings.Contains(text, "Netns") || strings.Contains(text, "State") {
		t.Errorf("got\n%s", text)
	}
	shown := map[string]ColumnChoice{}
	for _, c := range s.Columns(m) {
		shown[c.Key] = c
	}
	if len(shown) != len(socketColumns) || !shown["sockets.netns"].Shown || shown["sockets.state"].Shown || shown["sockets.netns"].Width < 10 {
		t.Errorf("got %+v", shown)
	}
	if got := shown["sockets.queue"].Title; got != "Receive queue" {
		t.Errorf("got %q, want the whole name", got)
	}
}
