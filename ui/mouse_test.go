package ui

import (
	"testing"
	"time"

	"sockeye/ui/tab"
	"sockeye/ui/term"
	"sockeye/ui/theme"
	"sockeye/ui/widget"
)

func (s *stage) click(b term.Button, x, y int) {
	s.send(term.Event{Kind: term.MousePress, Button: b, X: x, Y: y})
	s.send(term.Event{Kind: term.MouseRelease, Button: b, X: x, Y: y})
}

func TestClickSelectsAndDoubleClickOpens(t *testing.T) {
	s := newStage(t, 120, 30)
	x, y := s.find("nginx 900")
	s.click(term.LeftButton, x, y)
	if s.model.Selected != 5 {
		t.Errorf("click: got flow %d selected, want 5", s.model.Selected)
	}
	s.clock.move(time.Second)
	s.click(term.LeftButton, x, y)
	if s.model.Tab != tab.FlowsTab {
		t.Error("two clicks a second apart opened the row")
	}
	s.clock.move(100 * time.Millisecond)
	s.click(term.LeftButton, x, y)
	if s.model.Tab != tab.DetailsTab || s.model.Selected != 5 {
		t.Errorf("double click: got tab %d and flow %d, want the details of 5", s.model.Tab, s.model.Selected)
	}
}

func TestClickOnATabShowsIt(t *testing.T) {
	for _, size := range [][2]int{{60, 15}, {120, 30}} {
		s := newStage(t, size[0], size[1])
		for i := range s.tabs {
			x, y := s.find(s.tabs[i].Name())
			s.click(term.LeftButton, x, y)
			if s.model.Tab != i {
				t.Errorf("%v: click on %s: got tab %d", size, s.tabs[i].Name(), s.model.Tab)
			}
		}
	}
}

func TestRightClickOpensATooltipThatStaysLive(t *testing.T) {
	s := newStage(t, 120, 30)
	x, y := s.find("nginx 900")
	s.click(term.RightButton, x, y)
	if s.tip == nil {
		t.Fatal("there is no tooltip")
	}
	before := s.tip.find()
	s.source.Flows[4].Rate[0][0].Bytes *= 2
	s.refresh()
	if s.tip == nil {
		t.Fatal("the tooltip was closed by a new picture")
	}
	after := s.tip.find()
	if len(before.Lines) == 0 || len(after.Lines) == 0 || equalLines(before.Lines, after.Lines) {
		t.Error("the tooltip does not follow the traffic")
	}
	s.wait(10 * time.Second)
	if s.tip == nil {
		t.Error("the tooltip was closed by time")
	}
	s.press("j")
	if s.tip != nil {
		t.Error("a key does not close the tooltip")
	}
}

func equalLines(a, b []widget.Fact) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i] != b[i] {
			return false
		}
	}
	return true
}

func TestTooltipComesAfterASecondAndGoesAfterThree(t *testing.T) {
	s := newStage(t, 120, 30)
	x, y := s.find("nginx 900")
	s.send(term.Event{Kind: term.MouseMove, X: x, Y: y})
	s.wait(900 * time.Millisecond)
	if s.tip != nil {
		t.Fatal("the tooltip came at once")
	}
	s.wait(200 * time.Millisecond)
	if s.tip == nil {
		t.Fatal("there is no tooltip after a second")
	}
	s.wait(2900 * time.Millisecond)
	if s.tip == nil {
		t.Fatal("the tooltip went too early")
	}
	s.wait(200 * time.Millisecond)
	if s.tip != nil {
		t.Fatal("the tooltip stays")
	}
	s.send(term.Event{Kind: term.MouseMove, X: x + 1, Y: y})
	s.wait(2 * time.Second)
	s.send(term.Event{Kind: term.MouseMove, X: x, Y: y + 1})
	if s.tip != nil {
		t.Error("moving does not close the tooltip")
	}
	s.press("T")
	s.send(term.Event{Kind: term.MouseMove, X: x, Y: y})
	s.wait(2 * time.Second)
	if s.tip != nil {
		t.Error("there is a tooltip although they are off")
	}
}

func TestEverySegmentHasATooltip(t *testing.T) {
	s := newStage(t, 300, 40)
	if got := len(s.places.segments); got != 14 {
		t.Fatalf("got %d segments on a wide screen, want 14", got)
	}
	for _, seg := range s.places.segments {
		s.click(term.RightButton, seg.at.X, seg.at.Y)
		if s.tip == nil {
			t.Errorf("%s has no tooltip", seg.name)
			continue
		}
		if said := s.tip.find(); said.Title != seg.name || len(said.Lines) == 0 {
			t.Errorf("%s: got tooltip %v", seg.name, said)
		}
		s.wait(10 * time.Second)
		if s.tip == nil {
			t.Errorf("%s: the tooltip is not open until it is dismissed", seg.name)
		}
	}
	s.press("esc")
	for _, want := range []string{"Sockeye", "Interface"} {
		s.press("l")
		if got := s.tip.find().Title; got != want {
			t.Errorf("key: got tooltip %s, want %s", got, want)
		}
	}
}

func TestSegmentsDropInTheirOrder(t *testing.T) {
	last := 99
	for w := 240; w > 0; w -= 3 {
		s := newStage(t, w, 20)
		if n := len(s.places.segments); n > last {
			t.Fatalf("%d columns show %d segments, more show %d", w, n, last)
		} else {
			last = n
		}
		if line := []rune(s.line(1)); len(line) > w {
			t.Fatalf("the header is wider than the screen")
		}
	}
	s := newStage(t, 60, 20)
	s.shows("eth0", "11 flows")
}

func TestTheMouseCanBeTurnedOff(t *testing.T) {
	s := newStage(t, 120, 30)
	x, y := s.find("nginx 900")
	s.press("M")
	if s.canvas.Mouse() {
		t.Error("the terminal still reports the mouse")
	}
	s.click(term.LeftButton, x, y)
	if s.model.Selected == 5 {
		t.Error("a click still selects")
	}
}

func TestMiddleClickPinsAndTheWheelScrolls(t *testing.T) {
	s := newStage(t, 120, 30)
	x, y := s.find("nginx 900")
	s.click(term.MiddleButton, x, y)
	if len(s.model.Prefs.Pins) != 1 {
		t.Errorf("middle click: got pins %v", s.model.Prefs.Pins)
	}
	s = newStage(t, 60, 15)
	before := s.picture()
	s.send(term.Event{Kind: term.WheelDown, X: 10, Y: 8})
	if s.picture() == before {
		t.Error("the wheel does not scroll")
	}
	if s.style(theme.Selected) == s.style(theme.Text) {
		t.Error("the selected row looks like any other")
	}
}

func TestOnlyTheLeftButtonSorts(t *testing.T) {
	s := newStage(t, 120, 30)
	x, y := s.find("Process  ")
	before := s.model.Prefs.Sort[tab.FlowsTab]
	s.click(term.RightButton, x, y)
	s.click(term.MiddleButton, x, y)
	if got := s.model.Prefs.Sort[tab.FlowsTab]; got != before || len(s.model.Prefs.Pins) != 0 {
		t.Errorf("got sort %v and pins %v", got, s.model.Prefs.Pins)
	}
	s.click(term.LeftButton, x, y)
	if s.model.Prefs.Sort[tab.FlowsTab] == before {
		t.Error("a click on a head does not sort")
	}
}

func TestAKeyOpensTheTooltipOfTheSelectedRow(t *testing.T) {
	for _, name := range []string{"muted", "nord", "light", "mono", "ansi16"} {
		for style := range tab.BarStyles {
			s := newStage(t, 120, 30, func(o *Options) { o.Prefs.Theme, o.Prefs.BarStyle = name, style })
			s.press("home", "m")
			if s.tip == nil {
				t.Errorf("theme %s, bars %d: there is no tooltip", name, style)
			}
		}
	}
}

func TestTheAxisOfAFile(t *testing.T) {
	s := newStage(t, 120, 30, player)
	s.shows("halted", "━━━", "───")
	s.press("w")
	s.settle()
	s.shows("plays at 1 times its speed")
	at := s.places.axis.area
	for _, c := range []struct{ x, want int }{{at.X, 0}, {at.X + at.W - 1, 60}} {
		s.click(term.LeftButton, c.x, at.Y)
		s.settle()
		first, _, now := s.model.Player.Span()
		if got := int(time.Duration(now - first).Seconds()); got != c.want {
			t.Errorf("click at column %d: got second %d, want %d", c.x, got, c.want)
		}
	}
}
