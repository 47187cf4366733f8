package tab

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

var update = flag.Bool("update", false, "rewrite the pictures in testdata")

// screenSizes are the sizes at which tabs are compared with pictures.
var screenSizes = [][2]int{{60, 15}, {80, 24}, {120, 40}, {200, 60}}

// roleNames are what pictures call the roles.
var roleNames = [theme.Roles]string{
	"text", "muted", "faint", "label", "heading", "title", "accent", "good", "warn", "bad",
	"sent", "received", "both", "rate2", "rate10", "rate40", "local", "remote", "process", "service",
	"border", "alert", "selected", "hover", "bar", "barsent", "barreceived", "bar2", "status", "header",
	"key", "popup", "input", "cursor", "match",
}

// roleTheme gives each role a colour of its own, by which pictures tell it.
var roleTheme = func() *theme.Theme {
	styles := map[theme.Role]term.Style{}
	for r := range theme.Roles {
		styles[r] = term.Style{FG: term.Palette(uint8(r)), BG: term.Default}
	}
	return theme.Fixed("roles", "Roles", term.Default, styles)
}()

// textOf returns the text on a canvas.
func textOf(c *term.Canvas) string {
	var text strings.Builder
	for y := range c.H {
		var line strings.Builder
		for x := range c.W {
			if r := c.At(x, y).Rune; r != 0 {
				line.WriteRune(r)
			}
		}
		text.WriteString(strings.TrimRight(line.String(), " ") + "\n")
	}
	return text.String()
}

// rolesOf returns the roles on a canvas, with how many cells each has.
func rolesOf(c *term.Canvas) string {
	var roles strings.Builder
	for y := range c.H {
		var runs []string
		n := 0
		for x := range c.W {
			style := c.At(x, y).Style
			n++
			if x+1 < c.W && c.At(x+1, y).Style == style {
				continue
			}
			run := fmt.Sprintf("%s %d", roleNames[style.FG], n)
			if style.Attr != 0 {
				run += fmt.Sprintf("+%d", style.Attr)
			}
			runs = append(runs, run)
			n = 0
		}
		roles.WriteString(strings.Join(runs, ", ") + "\n")
	}
	return roles.String()
}

// picture returns what is on a canvas: its text, and below that its roles.
func picture(c *term.Canvas) string { return textOf(c) + "\n" + rolesOf(c) }

// drawTab draws a tab as the loop does.
func drawTab(tb Tab, m *Model, w, h int) *term.Canvas {
	c := term.NewCanvas(w, h)
	c.Clear(m.Style(theme.Text))
	tb.Draw(c.Pane(), m)
	return c
}

// comparePicture compares a canvas with the picture that is kept of it.
func comparePicture(t *testing.T, name string, c *term.Canvas) {
	t.Helper()
	path := filepath.Join("testdata", fmt.Sprintf("%s_%dx%d.txt", name, c.W, c.H))
	got := picture(c)
	if *update {
		if err := os.MkdirAll("testdata", 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatalf("%v: run the test with -update", err)
	}
	if got != string(want) {
		t.Errorf("%s: got\n%s\nwant\n%s", path, got, want)
	}
}
