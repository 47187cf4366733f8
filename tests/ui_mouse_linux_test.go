package tests

import (
	"strings"
	"testing"

	"sockeye/internal/testkit/tmux"
)

// TestDashboardMouse uses the mouse alone: it selects, sorts, opens, pins and asks.
func TestDashboardMouse(t *testing.T) {
	t.Parallel()
	s := newBooth(t, 160, 40)
	s.live()
	s.sends(5, 6, 7)
	s.Await("3 flows", "7.00kB")

	press := func(b tmux.Button, text string) {
		t.Helper()
		x, y := s.Find(s.Screen(), text)
		s.Press(b, x, y)
	}
	press(tmux.Left, "Total") // the head
	s.Await("sort total ▼")
	s.order(2, 1, 0)
	press(tmux.Left, "Total")
	s.Await("sort total ▲")
	s.order(0, 1, 2)

	press(tmux.Left, remote(1))
	s.Keys("Y")
	s.copied(func(text string) bool { return text == remote(1) })

	x, y := s.Find(s.Screen(), remote(0))
	s.Hover(x, y) // its tooltip comes after a second, and goes after three
	s.Await("╭─ udp outgoing", "=5.00kB")
	s.AwaitGone("╭─ udp outgoing")

	press(tmux.Right, remote(2)) // its tooltip
	s.Await("╭─ udp outgoing", "=7.00kB")
	s.sends(0, 0, 1) // it stays, and its numbers go on
	s.Await("=8.00kB")
	s.Keys("Escape")
	press(tmux.Middle, remote(2)) // a pin is the process with the host: all three
	s.Until("pinned rows", func(screen string) bool { return strings.Count(screen, "★") == 3 })

	press(tmux.Left, "7 Events")
	s.Await("╭─ Events")
	press(tmux.Left, "1 Flows")
	s.Await("╭─ Flows")
	x, y = s.Find(s.Screen(), remote(2))
	s.Press(tmux.Left, x, y)
	s.Press(tmux.Left, x, y) // twice opens it
	s.Await("╭─ Details", remote(2), "8.00kB")
	s.Keys("Escape")
	s.Await("╭─ Flows")
	press(tmux.Right, "no query") // a segment of the header bar
	s.Await("╭─ Query")
	s.quits()
}
