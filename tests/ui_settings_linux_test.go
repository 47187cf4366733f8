package tests

import (
	"slices"
	"strings"
	"testing"

	"sockeye/internal/testkit"
)

// TestDashboardKeepsSettings presses keys that change how things look. The next run shows
// the same without a key, and leaves the configuration as it is.
func TestDashboardKeepsSettings(t *testing.T) {
	t.Parallel()
	s := newBooth(t, 160, 30)
	s.live()
	s.sends(5, 6)
	plain := s.outline()
	s.Keys("H", "U", "x", "p", "Z", "B", ">", "S", "V") // the last one chooses columns
	s.Await("Columns", "✓ Age")
	s.Keys("/")
	s.Type("Age")
	s.Keys("Enter", "Enter")
	s.AwaitGone("✓ Age")
	s.Keys("Escape")
	s.AwaitGone("Columns")
	changed := s.outline()
	if slices.Equal(changed, plain) {
		t.Errorf("the keys changed nothing: %q", plain)
	}
	s.quits()
	kept := s.settings()
	for _, line := range []string{"header_bar: false", "bytes: true", "borders: false", "ports: false", "processes: false"} {
		if !strings.Contains(kept, line+"\n") {
			t.Errorf("the configuration lacks %q:\n%s", line, kept)
		}
	}

	s.opens("-i "+testkit.IfA, "Waiting for traffic")
	s.sends(5, 6)
	if again := s.outline(); !slices.Equal(again, changed) {
		t.Errorf("after a restart: got\n%s\nwant\n%s", strings.Join(again, "\n"), strings.Join(changed, "\n"))
	}
	s.quits()
	if text := s.settings(); text != kept {
		t.Errorf("the restart changed the configuration: got\n%s\nwant\n%s", text, kept)
	}
}

// outline waits for two flows, and returns the lines of the screen that do not change with
// the time: what is above the rows, and what begins those below.
func (s *booth) outline() (lines []string) {
	s.t.Helper()
	screen := strings.Split(s.Await("2 flows", testkit.AddrB4), "\n")
	for _, line := range screen[:len(screen)-2] { // but for the status line
		words := strings.Fields(strings.Trim(line, "│"))
		switch {
		case strings.Contains(line, "sockeye (") || strings.Contains(line, "1 Flows"):
			lines = append(lines, "tabs or header")
		case strings.Contains(line, "sort ") || strings.Contains(line, "Remote"):
			lines = append(lines, line)
		case strings.Contains(line, testkit.AddrB4):
			lines = append(lines, "row "+strings.Join(remotes(line), ""))
		case len(words) > 0:
			lines = append(lines, words[0])
		}
	}
	return lines
}
