package tests

import (
	"fmt"
	"strings"
	"testing"

	"sockeye/internal/testkit"
	"sockeye/ui/term"
)

// TestDashboardResize draws the demonstration on screens of all sizes: each shows what it
// has room for, and the first size its whole picture again.
func TestDashboardResize(t *testing.T) {
	t.Parallel()
	p := sit(t, nil, 200, 60)
	p.opens("--demo", "8 System", "h help", "Application", "firefox")
	for _, size := range []struct {
		w, h  int
		shows []string
	}{
		{60, 15, []string{"Flows", "Process", "Remote", "Recv", "firefox"}},
		{20, 5, []string{"Flows"}},
		{1, 1, nil},
		{3, 2, nil},
		{80, 24, []string{"Events", "h help", "State", "TX", "RX", "TOTAL", "firefox"}},
		{200, 60, []string{"8 System", "h help", "Local", "Application", "Age", "TOTAL", "firefox"}},
	} {
		p.Resize(size.w, size.h)
		screen := p.Await(size.shows...)
		for line := range strings.Lines(screen) {
			if n := term.Width(strings.TrimSuffix(line, "\n")); n > size.w {
				t.Errorf("%dx%d: a line of %d columns: %q", size.w, size.h, n, line)
			}
		}
	}
	p.quits()
}

// TestDashboardThemes goes through the chooser: the theme under the cursor is shown at once,
// Esc takes it back and keeps nothing, Enter keeps it for the next time.
func TestDashboardThemes(t *testing.T) {
	t.Parallel()
	p := sit(t, nil, 160, 40)
	p.opens("--demo", "firefox", "│ muted │")
	muted := p.look()
	p.Keys("c")
	p.Await("Theme", "Esc undoes")
	p.Keys("/")
	p.Type("gruvbox")
	p.Await("Theme /gruvbox")
	p.changes("another theme", muted)
	p.Keys("Enter", "Escape") // Enter ends the finding
	p.AwaitGone("Esc undoes")
	p.becomes("the theme of before", muted)
	if text := p.settings(); strings.Contains(text, "gruvbox") {
		t.Errorf("a theme that was not chosen is kept: %s", text)
	}

	p.Keys("c", "/")
	p.Type("nord")
	p.Keys("Enter", "Enter")
	p.Await("│ nord │", "theme nord")
	nord := p.look()
	if nord == muted {
		t.Error("the theme nord looks as the one before")
	}
	testkit.Eventually(t, patience, "the theme in the configuration", func() bool { return strings.Contains(p.settings(), "theme: nord\n") })
	p.quits()
	p.opens("--demo", "firefox", "│ nord │")
	p.becomes("the theme that was kept", nord)
	p.quits()
}

// look returns the styles of the first line, which are those of the theme.
func (p *person) look() (styles string) {
	p.t.Helper()
	p.cells("a picture", func(c *term.Canvas) bool {
		styles = lookOf(c)
		return true
	})
	return styles
}

func lookOf(c *term.Canvas) string {
	return fmt.Sprint(c.At(1, 0).Style, c.At(c.W-2, 0).Style, c.At(0, 3).Style)
}

// becomes waits until the screen looks like that.
func (p *person) becomes(what, want string) {
	p.t.Helper()
	p.cells(what, func(c *term.Canvas) bool { return lookOf(c) == want })
}

// changes waits until the screen looks otherwise.
func (p *person) changes(what, before string) {
	p.t.Helper()
	p.cells(what, func(c *term.Canvas) bool { return lookOf(c) != before })
}
