package ui

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"sockeye/internal/testkit/screen"
	"sockeye/ui/tab"
	"sockeye/ui/term"
	"sockeye/ui/theme"
)

// plain is a tab that takes its room and tells nothing, so that pictures are of what is
// around it.
type plain struct{ tab.Tab }

func (plain) Draw(p term.Pane, m *tab.Model) {
	m.SortText = "rate ▼"
	for y := range p.H {
		p.Text(0, y, strings.Repeat("·", p.W), m.Style(theme.Faint))
	}
}

// compare compares the picture with testdata/NAME_WxH.txt: its text, then its styles.
func (s *stage) compare(name string) {
	s.tb.Helper()
	c := s.canvas.Last()
	got := c.String() + "\n" + c.Styles()
	path := filepath.Join("testdata", fmt.Sprintf("%s_%dx%d.txt", name, c.W, c.H))
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			s.tb.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		s.tb.Fatal(err)
	}
	if got != string(want) {
		s.tb.Errorf("%s: the picture is another one (-update takes it):\n%s", path, differences(got, string(want)))
	}
}

func TestPictures(t *testing.T) {
	for name, c := range map[string]struct {
		keys   []string
		typed  string
		change func(*Options)
	}{
		"frame":     {},
		"help":      {keys: []string{"h"}},
		"themes":    {keys: []string{"c"}},
		"editor":    {keys: []string{"c", "e"}},
		"query":     {keys: []string{"/"}, typed: "prot:tcp"},
		"filter":    {keys: []string{"|"}, typed: "wrong"},
		"interface": {keys: []string{"i"}},
		"quit":      {keys: []string{"q"}, change: func(o *Options) { o.Prefs.ConfirmQuit = true }},
		"ascii":     {keys: []string{"l"}, change: func(o *Options) { o.ASCII = true }},
		"bare": {keys: []string{"U", "f8", "f1"}, change: func(o *Options) {
			o.Prefs.HeaderBar, o.Prefs.Borders = false, false
			o.Query = "port:443"
		}},
		"waiting": {change: func(o *Options) {
			o.Source.(*screen.Source).Flows, o.Source.(*screen.Source).Ended = nil, nil
		}},
	} {
		t.Run(name, func(t *testing.T) {
			for _, size := range [][2]int{{60, 15}, {80, 24}, {120, 40}, {200, 60}} {
				var change []func(*Options)
				if c.change != nil {
					change = append(change, c.change)
				}
				s := newStage(t, size[0], size[1], change...)
				for i := range s.tabs {
					s.tabs[i] = plain{s.tabs[i]}
				}
				s.dirty = true
				s.wait(2 * time.Second)
				s.press(c.keys...)
				s.typed(c.typed)
				s.compare(name)
			}
		})
	}
}
