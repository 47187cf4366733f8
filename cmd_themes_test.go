package main

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"sockeye/config"
	"sockeye/ui/term"
	"sockeye/ui/theme"
)

// shownThemes are a few themes, and one of a user's own whose name is hostile.
func shownThemes(t *testing.T) []*theme.Theme {
	t.Helper()
	var all []*theme.Theme
	for _, name := range []string{"light", "muted", "neon-sprawl", "ansi16", "mono"} {
		th, ok := theme.Find(name)
		if !ok {
			t.Fatalf("there is no theme %s", name)
		}
		all = append(all, th)
	}
	return append(all, theme.Custom(config.Palette{Name: "mine\x1b[2J"}))
}

func TestPrintThemes(t *testing.T) {
	var b bytes.Buffer
	if err := printThemes(&b, shownThemes(t)); err != nil {
		t.Fatal(err)
	}
	golden(t, "themes.txt", b.String())
}

func TestPrintRoles(t *testing.T) {
	th, err := chosenTheme("Tokyo Night", theme.All())
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := printRoles(&b, th); err != nil {
		t.Fatal(err)
	}
	golden(t, "theme.txt", b.String())
}

// TestSwatches checks that on a terminal each theme has a line in its own colors, and
// each role one in its own style.
func TestSwatches(t *testing.T) {
	var b bytes.Buffer
	themes := shownThemes(t)
	if err := listedThemes(themes).Print(&b, term.TrueColor); err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSuffix(b.String(), "\n"), "\n")
	if len(lines) != len(themes) {
		t.Fatalf("got %d lines, want one for each of %d themes", len(lines), len(themes))
	}
	for i, th := range themes {
		if !strings.HasPrefix(lines[i], term.Printable(th.Name)) || !strings.Contains(lines[i], "example.org") {
			t.Errorf("line %d: got %q, want the name %q and the sample", i, lines[i], th.Name)
		}
	}
	if strings.Contains(b.String(), "\x1b[2J") {
		t.Error("the name of a theme clears the screen")
	}
	th := themes[1]
	c := rolesOf(th)
	for r := range theme.Roles {
		found := false
		for y := range c.H {
			for x := range c.W {
				found = found || c.At(x, y).Style == th.Style(r)
			}
		}
		if !found {
			t.Errorf("role %v is not shown", r)
		}
	}
}

func TestChosenTheme(t *testing.T) {
	own := append(theme.All(), theme.Custom(config.Palette{Name: "nord"}), theme.Custom(config.Palette{Name: "mine"}))
	for name, want := range map[string]string{"nord": "nord", "NeonSprawl": "neon-sprawl", "mine": "mine"} {
		if th, err := chosenTheme(name, own); err != nil || th.Name != want {
			t.Errorf("%s: got %v, %v, want %s", name, th, err, want)
		}
	}
	_, err := chosenTheme("nrod", own)
	if wrong := (*usageError)(nil); !errors.As(err, &wrong) || !strings.Contains(wrong.hint, "nord") {
		t.Errorf("got %v, want one that names nord", err)
	}
}
