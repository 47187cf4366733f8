package tests

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"sockeye/internal/testkit"
	"sockeye/ui/term"
)

// TestDashboardSort goes through all orders: s from column to column, the keys of single
// ones, and the direction. The title and the underlined head say the order, and the rows
// have it.
func TestDashboardSort(t *testing.T) {
	t.Parallel()
	s := newBooth(t, 200, 40)
	s.live()
	s.sends(20, 10, 30)
	s.Await("3 flows")

	for _, key := range []struct{ key, title string }{
		{"1", "2 s ▼"}, {"2", "10 s ▼"}, {"3", "40 s ▼"}, {"<", "local ▲"}, {">", "remote ▲"}, {"S", "remote ▼"}, {"r", "remote ▲"},
	} {
		s.Keys(key.key)
		s.Await("sort " + key.title)
	}
	s.order(0, 1, 2) // by destination
	s.Keys("S")
	s.order(2, 1, 0)

	s.Keys("R") // back to the order that it began with
	s.Await("sort 2 s ▼")
	order, head := "2 s ▼", " "
	next := func() {
		s.Keys("s")
		order, head = s.nextOrder(order)
	}
	for head != "" { // which is the order in which rows came, after the last column
		next()
	}
	var heads []string
	for next(); head != "" && len(heads) < 30; next() {
		heads = append(heads, head)
		if head == "Total▼" {
			s.order(2, 0, 1)
			s.Keys("S")
			s.order(1, 0, 2)
			s.Keys("r")
			s.order(2, 0, 1)
		}
	}
	want := []string{"Pro…▲", "Process▲", "Local▲", "▲", "Remote▲", "…▲", "Service▲", "Application▲", "State▲",
		"RTT▼", "Sent▼", "Recv▼", "10s▼", "40s▼", "Total▼", "Age▼"}
	if !slices.Equal(heads, want) {
		t.Errorf("s goes through the heads %q want %q", heads, want)
	}
	s.order(0, 1, 2)
	s.quits()
}

// order waits until the flows stand in that order, by their places among the ports.
func (s *booth) order(places ...int) {
	s.t.Helper()
	var want []string
	for _, i := range places {
		want = append(want, remote(i))
	}
	s.Until("flows in the order of "+strings.Join(want, ", "), func(screen string) bool { return slices.Equal(remotes(screen), want) })
}

// nextOrder waits for another order than the last one, and returns how the title names it,
// "" where it is that in which rows came, and the head that is underlined.
func (s *booth) nextOrder(last string) (order, head string) {
	s.t.Helper()
	s.cells("another order than "+last, func(c *term.Canvas) bool {
		_, y, _ := at(c, "Remote")
		head = underlined(c, y)
		line := strings.Split(c.String(), "\n")[3]
		_, order, _ = strings.Cut(strings.TrimRight(line, "│ "), "sort ")
		return order != last
	})
	return order, head
}

// underlined returns what is underlined in a line.
func underlined(c *term.Canvas, y int) string {
	var b strings.Builder
	for x := range c.W {
		if cell := c.At(x, y); cell.Style.Attr&term.Underline != 0 {
			b.WriteRune(cell.Rune)
		}
	}
	return strings.TrimSpace(b.String())
}

// TestDashboardDrillDown goes from a process to its flows, to one of them, and back.
func TestDashboardDrillDown(t *testing.T) {
	t.Parallel()
	s := newBooth(t, 160, 40)
	s.live()
	s.sends(5, 6)
	process := thisProcess(t)
	s.Await("2 flows")
	s.Keys("F2")
	s.Await("╭─ Processes ─", "11.0kB")
	s.Keys("g", "Enter")
	s.Await("╭─ Flows ▸ process "+process+" ─", "2 flows")
	s.Keys(">", "G", "Enter")
	s.Await("╭─ Details ▸ process "+process+" ─", remote(1), "6.00kB", process)
	s.Keys("Escape")
	s.Await("╭─ Flows ▸ process "+process+" ─", remote(0), remote(1))
	s.Keys("Escape")
	s.Await("╭─ Processes ─")
	s.Keys("F3", "g")
	s.Await("╭─ Hosts ─", testkit.AddrB4)
	s.Keys("Enter")
	s.Await("╭─ Flows ▸ host "+testkit.AddrB4, "2 flows")
	s.Keys("Escape")
	s.Await("╭─ Hosts ─")
	s.quits()
}

// thisProcess returns the name and the number of this process, which sends.
func thisProcess(t *testing.T) string {
	t.Helper()
	name, err := os.ReadFile("/proc/self/comm")
	if err != nil {
		t.Fatal(err)
	}
	return fmt.Sprint(strings.TrimSuffix(string(name), "\n"), " ", os.Getpid())
}

// TestDashboardCopy copies a row and a remote end to the clipboard of the terminal.
func TestDashboardCopy(t *testing.T) {
	t.Parallel()
	s := newBooth(t, 160, 40)
	s.live()
	s.sends(5, 6)
	process := thisProcess(t)
	name, _, _ := strings.Cut(process, " ")
	s.Until("two owners", func(screen string) bool { return strings.Count(screen, name) == 2 })
	s.Keys(">", "g", "j", "Y")
	s.copied(func(text string) bool { return text == remote(1) })
	s.Keys("k", "y")
	want := fmt.Sprintf("udp %v → %s %s UDP_ACTIVE", s.from.LocalAddr(), remote(0), process)
	s.copied(func(text string) bool { return text == want })
	s.quits()
}

// copied waits until what was copied last is right.
func (p *person) copied(right func(text string) bool) {
	p.t.Helper()
	var last string
	defer func() {
		if p.t.Failed() {
			p.t.Logf("what was copied last: %q", last)
		}
	}()
	testkit.Eventually(p.t, patience, "what shall be copied", func() bool {
		if p.Run("list-buffers") == "" {
			return false
		}
		last = p.Run("show-buffer")
		return right(last)
	})
}
