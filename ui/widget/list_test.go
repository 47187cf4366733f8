package widget

import (
	"fmt"
	"testing"

	"sockeye/ui/term"
	"sockeye/ui/theme"
)

func interfaces() *List {
	l := &List{Empty: "no interface has that name"}
	for i := range 12 {
		l.Items = append(l.Items, Item{Text: fmt.Sprintf("eth%d", i), Note: "Ethernet, up", Marks: true, Marked: i == 2})
	}
	l.Items = append(l.Items, Item{Text: "wlan例\x1b", Note: "down", Marks: true, Role: theme.Faint})
	return l
}

func typed(l *List, s string) {
	for _, r := range s {
		l.Key(term.Key{Rune: r})
	}
}

func TestListPicture(t *testing.T) {
	c := term.NewCanvas(30, 9)
	l := interfaces()
	l.Selected = 2
	l.Draw(c.Pane(), fixture())
	golden(t, "list", c)
	typed(l, "H1")
	l.Draw(c.Pane(), fixture())
	golden(t, "list-filtered", c)
	typed(l, "none")
	l.Draw(c.Pane(), fixture())
	golden(t, "list-empty", c)
}

func TestListKeys(t *testing.T) {
	c := term.NewCanvas(30, 5)
	l := interfaces()
	l.Selected = -1
	l.Draw(c.Pane(), fixture())
	steps := []struct {
		key  term.Key
		want int
		top  int
	}{
		{term.Key{Code: term.Down}, 0, 0}, {term.Key{Code: term.PageDown}, 5, 1}, {term.Key{Code: term.End}, 12, 8},
		{term.Key{Code: term.Down}, 12, 8}, {term.Key{Code: term.PageUp}, 7, 7}, {term.Key{Code: term.Home}, 0, 0},
		{term.Key{Code: term.Up}, 0, 0},
	}
	for _, s := range steps {
		if !l.Key(s.key) || l.Selected != s.want || l.Top != s.top {
			t.Errorf("%v: got entry %d, %d first, want %d, %d", s.key, l.Selected, l.Top, s.want, s.top)
		}
	}
	for _, k := range []term.Key{{Code: term.Enter}, {Code: term.Escape}, {Rune: 'c', Mod: term.Ctrl}, {Code: term.Backspace}} {
		if l.Key(k) {
			t.Errorf("%v: taken, want it left to the owner", k)
		}
	}
}

func TestListFilters(t *testing.T) {
	l := interfaces()
	l.Draw(term.NewCanvas(30, 5).Pane(), fixture())
	l.Selected = 11
	typed(l, "ETH1")
	if l.Selected != 11 {
		t.Errorf("got entry %d, want 11, which the filter leaves", l.Selected)
	}
	l.Draw(term.NewCanvas(30, 5).Pane(), fixture())
	for y, want := range []int{1, 10, 11} {
		if got, ok := l.ItemAt(y); !ok || got != want {
			t.Errorf("line %d: got entry %d, %v, want %d", y, got, ok, want)
		}
	}
	if got, ok := l.ItemAt(3); ok {
		t.Errorf("got entry %d below the last, want none", got)
	}
	typed(l, "x")
	if l.Selected != -1 {
		t.Errorf("got entry %d where none is left, want none", l.Selected)
	}
	l.Key(term.Key{Code: term.Backspace})
	if l.Selected != 1 || l.Filter() != "ETH1" {
		t.Errorf("got entry %d, filter %q, want the first that is left", l.Selected, l.Filter())
	}
	l.SetFilter("down")
	if l.Selected != 12 {
		t.Errorf("got entry %d, want the one whose note is found", l.Selected)
	}
}
