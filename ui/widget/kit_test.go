package widget

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"sockeye/ui/term"
	"sockeye/ui/theme"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// firstColor is the colour of theme.Text in the tests' theme; the other roles follow.
const firstColor = 16

// fixture returns a theme in which every role has a colour of its own, so that a picture
// tells the roles. Those that have a background have it in the same colour.
func fixture() *theme.Theme {
	styles := map[theme.Role]term.Style{}
	for r := range theme.Roles {
		s := term.Plain
		s.FG = term.Palette(firstColor + uint8(r))
		switch r {
		case theme.Selected, theme.Bar, theme.BarSent, theme.BarReceived, theme.Bar2, theme.Popup, theme.Input, theme.Match:
			s.BG = s.FG
		}
		styles[r] = s
	}
	return theme.Fixed("fixture", "Fixture", term.Default, styles)
}

// styleName tells a style as "sent", "label on popup", "heading underline".
func styleName(s term.Style) string {
	name := "plain"
	if s.FG != term.Default {
		fg, _ := s.FG.Index()
		name = theme.Role(fg - firstColor).String()
	}
	if bg, ok := s.BG.Index(); ok && s.BG != term.Default && s.BG != s.FG {
		name += " on " + theme.Role(bg-firstColor).String()
	}
	for _, a := range []struct {
		attr term.Attr
		name string
	}{{term.Bold, " bold"}, {term.Dim, " dim"}, {term.Underline, " underline"}, {term.Reverse, " reverse"}, {term.Italic, " italic"}} {
		if s.Attr&a.attr != 0 {
			name += a.name
		}
	}
	return name
}

// picture writes a canvas as people see it, and below it the styles, run by run.
func picture(c *term.Canvas) string {
	var b strings.Builder
	for y := range c.H {
		b.WriteString(textOf(c, y) + "|\n")
	}
	for y := range c.H {
		if runs := runsOf(c, y); runs != "" {
			fmt.Fprintf(&b, "%3d: %s\n", y, runs)
		}
	}
	return b.String()
}

// textOf returns a line of a canvas.
func textOf(c *term.Canvas, y int) string {
	var b strings.Builder
	for x := range c.W {
		if r := c.At(x, y).Rune; r != 0 {
			b.WriteRune(r)
		}
	}
	return b.String()
}

func runsOf(c *term.Canvas, y int) string {
	var runs []string
	for x := 0; x < c.W; {
		from, style := x, c.At(x, y).Style
		for x < c.W && c.At(x, y).Style == style {
			x++
		}
		if style != term.Plain {
			runs = append(runs, fmt.Sprintf("%s %d-%d", styleName(style), from, x-1))
		}
	}
	return strings.Join(runs, ", ")
}

// golden compares a picture with testdata/name.golden.
func golden(t *testing.T, name string, c *term.Canvas) {
	t.Helper()
	path := filepath.Join("testdata", name+".golden")
	got := picture(c)
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s differs (rewrite with -update): got\n%s\nwant\n%s", path, got, want)
	}
}

// sizes are those of screens: the least that is useful, two usual ones, a large one.
var sizes = [][2]int{{60, 15}, {80, 24}, {120, 40}, {200, 60}}
