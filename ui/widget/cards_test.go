package widget

import (
	"fmt"
	"strings"
	"testing"

	"sockeye/ui/term"
	"sockeye/ui/theme"
)

// facts are cards as a screen of details has them.
func facts() []Card {
	return []Card{
		{"Connection", []Fact{
			{"Local", "192.0.2.10:51234", theme.Local}, {"Remote", "www.example.org:443", theme.Remote},
			{"State", "ESTABLISHED", theme.Good}, {}, {"Age", "1m05s", theme.Text},
		}},
		{"Process", []Fact{
			{"Name", "firefox 2001", theme.Process},
			{"Command", "/usr/lib/firefox/firefox -contentproc " + strings.Repeat("-argument ", 9), theme.Text},
			{"Evil", "a\x1b[2Jb\u202e例え", theme.Text},
		}},
		{"Health", []Fact{{"RTT", "12.3ms", theme.Text}, {"Retransmits of what was sent", "3", theme.Warn}}},
		{"Traffic", []Fact{{"Sent", "1.23MB", theme.Sent}, {"Received", "12.3MB", theme.Received}}},
	}
}

func TestCardsPictures(t *testing.T) {
	for _, size := range sizes {
		c := term.NewCanvas(size[0], size[1])
		cards := &Cards{Cards: facts(), Selected: 1}
		cards.Draw(c.Pane(), fixture())
		golden(t, fmt.Sprintf("cards-%dx%d", size[0], size[1]), c)
	}
}

func TestCardsMove(t *testing.T) {
	c := term.NewCanvas(40, 6)
	cards := &Cards{Cards: facts(), Selected: -1}
	cards.Draw(c.Pane(), fixture())
	for _, want := range []string{"Local", "Remote", "State", "Age", "Name", "Command"} {
		cards.Move(1)
		cards.Draw(c.Pane(), fixture())
		if f, ok := cards.Fact(); !ok || f.Label != want {
			t.Fatalf("got %q, %v selected, want %q", f.Label, ok, want)
		}
		if s := picture(c); !strings.Contains(s, want) {
			t.Errorf("%s is selected and not seen:\n%s", want, s)
		}
	}
	for _, tt := range []struct {
		n    int
		want string
	}{{-1, "Name"}, {-1, "Age"}, {-1, "State"}, {1 << 40, "Received"}, {1, "Received"}, {-1 << 62, "Local"}, {-1, "Local"}} {
		cards.Move(tt.n)
		if f, _ := cards.Fact(); f.Label != tt.want {
			t.Errorf("by %d: got %q, want %q", tt.n, f.Label, tt.want)
		}
	}
	cards.Selected = -1
	if cards.Move(-1); cards.Selected != cards.Facts()-1 {
		t.Errorf("up from no selection: got fact %d, want the last", cards.Selected)
	}
	none := &Cards{Selected: -1}
	if none.Move(1); none.Selected != -1 {
		t.Errorf("without facts: got fact %d selected, want none", none.Selected)
	}
}

// factAt returns the fact that was drawn at a place.
func factAt(c *Cards, x, y int) (Fact, bool) {
	i := c.IndexAt(x, y)
	if i < 0 {
		return Fact{}, false
	}
	return c.fact(i), true
}

func TestCardsIndexAt(t *testing.T) {
	c := term.NewCanvas(80, 6)
	cards := &Cards{Cards: facts(), Selected: -1}
	cards.Draw(c.Pane(), fixture())
	for y := range c.H {
		for _, x := range []int{0, 40} {
			f, ok := factAt(cards, x, y)
			shown := string([]rune(textOf(c, y))[x:])
			if ok && !strings.HasPrefix(shown, f.Label) && f.Label != "Command" {
				t.Errorf("column %d of line %d: got fact %q where %q is drawn", x, y, f.Label, shown)
			}
		}
	}
	if f, ok := factAt(cards, 0, 0); ok {
		t.Errorf("got fact %q on a title, want none", f.Label)
	}
	if f, ok := factAt(cards, 0, 2); !ok || f.Label != "Remote" {
		t.Errorf("got %q, %v, want Remote", f.Label, ok)
	}
	cards.Scroll(1)
	cards.Draw(c.Pane(), fixture())
	if f, ok := factAt(cards, 0, 2); !ok || f.Label != "State" {
		t.Errorf("a line further: got %q, %v, want State", f.Label, ok)
	}
	if f, ok := factAt(cards, 0, 6); ok {
		t.Errorf("got fact %q below the pane, want none", f.Label)
	}
}

func TestHelpPictures(t *testing.T) {
	var groups []Card
	for g := range 4 {
		card := Card{Title: fmt.Sprintf("GROUP %d", g)}
		for k := range 5 {
			card.Facts = append(card.Facts, Fact{Label: fmt.Sprintf("ctrl-%c", 'a'+k), Value: "does what it says, at some length"})
		}
		groups = append(groups, card)
	}
	for _, size := range [][2]int{{60, 15}, {120, 40}} {
		c := term.NewCanvas(size[0], size[1])
		help := NewHelp(groups)
		help.Draw(c.Pane(), fixture())
		golden(t, fmt.Sprintf("help-%dx%d", size[0], size[1]), c)
		seen := picture(c)
		for range 50 {
			if !help.More() {
				break
			}
			help.Scroll(help.Page())
			help.Draw(c.Pane(), fixture())
			seen += picture(c)
		}
		for _, g := range groups {
			if !strings.Contains(seen, g.Title) {
				t.Errorf("%v: %s is not seen on any page", size, g.Title)
			}
		}
	}
}

// TestPopupsAreOfOneGround draws in a popup what else is drawn on the screen.
func TestPopupsAreOfOneGround(t *testing.T) {
	look := fixture()
	ground := look.Style(theme.Popup).BG
	input := &Input{Note: "not known", Wrong: [2]int{0, 4}}
	input.Set("prot")
	for name, draw := range map[string]func(term.Pane){
		"help":    func(p term.Pane) { NewHelp(facts()).Draw(p, look) },
		"cards":   func(p term.Pane) { (&Cards{Cards: facts(), Selected: -1}).Draw(p, look) },
		"message": func(p term.Pane) { Message(p, look, "nothing\nto see") },
		"input": func(p term.Pane) {
			input.Draw(p, look)
			p.Fill(term.Rect{X: 0, Y: 0, W: p.W, H: 1}, ' ', look.Style(theme.Popup)) // the field has its own
		},
		"a list": func(p term.Pane) { l := interfaces(); l.Selected = -1; l.Draw(p, look) },
	} {
		c := term.NewCanvas(60, 9)
		draw(Popup(c.Pane(), look, "Popup"))
		for i, cell := range c.Cells {
			if cell.Style.BG != ground {
				t.Errorf("%s: column %d of line %d: got %q in %s, want the popup's background", name, i%c.W, i/c.W, cell.Rune, styleName(cell.Style))
				break
			}
		}
	}
}
