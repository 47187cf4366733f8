package tab

import (
	"net/netip"
	"strings"
	"testing"
	"time"

	"sockeye/parse"
	"sockeye/track"
	"sockeye/track/proc"
	"sockeye/ui/theme"
)

// TestDetailsWithoutAFlow says what to do.
func TestDetailsWithoutAFlow(t *testing.T) {
	for name, c := range map[string]struct {
		id   uint64
		want string
	}{"none is selected": {0, "No flow is selected."}, "of another run": {999, "Nothing is known any more of the flow"}} {
		m := detailModel(detailRow())
		m.Selected = c.id
		d := NewDetails()
		text := textOf(drawTab(d, m, 80, 24))
		if !strings.Contains(text, c.want) || !strings.Contains(text, "open it with Enter") {
			t.Errorf("%s: got\n%s", name, text)
		}
		if got := d.Copy(m, false) + d.Copy(m, true); got != "" {
			t.Errorf("%s: got %q copied, want nothing", name, got)
		}
		if n := len(d.Sheet(m).Rows); n != 0 {
			t.Errorf("%s: got %d rows exported, want none", name, n)
		}
		if d.Tip(m, 3, 10) != nil {
			t.Errorf("%s: got a tooltip", name)
		}
	}
}

// TestDetailsOfAFlowThatLeft shows its last state and why it is over, wherever that is
// told, and no rates.
func TestDetailsOfAFlowThatLeft(t *testing.T) {
	last := detailRow()
	last.Closed, last.Ended, last.Last = track.ByRST, screenClock.Add(time.Second).UnixNano(), screenClock.Add(time.Second).UnixNano()
	last.Count[track.Sent].Packets = 1351
	last.Names, last.NAT = nil, nil // those of events have none
	for name, c := range map[string]struct {
		tell func(*Model)
		want []string
	}{
		"among the closed flows": {func(m *Model) { m.Past = []track.Row{last} }, []string{"has left: one end reset it", "↑1351  ↓90000"}},
		"in the log":             {func(m *Model) { m.Log.Add([]track.Event{{Kind: track.FlowClosed, Row: last}}) }, []string{"has left: one end reset it", "↑1351  ↓90000"}},
		"nowhere":                {func(*Model) {}, []string{"has left: why is not known", "↑1350  ↓90000"}},
	} {
		t.Run(name, func(t *testing.T) {
			m := detailModel(detailRow())
			d := newDetails(m)
			m.step(2*time.Second, 0, 0)
			m.Snap.Flows = m.Snap.Flows[:1]
			c.tell(m)
			text := textOf(drawTab(d, m, 200, 60))
			for _, want := range append(c.want, "none: the flow has left", "edge.example.net", "198.51.100.99:61000") {
				if !strings.Contains(text, want) {
					t.Errorf("got no %q in\n%s", want, text)
				}
			}
			if strings.Contains(text, "↓11.6Mb") {
				t.Errorf("got a rate of a flow that has left:\n%s", text)
			}
			if values, _ := ratesOf(d); values[track.Sent][rateSeconds-1] != 300*(SparkSeconds-1) {
				t.Errorf("got the curves changed: %v", values[track.Sent])
			}
			m.step(time.Second, 0, 0)
			m.Past, m.Log = nil, NewLog()
			if again := textOf(drawTab(d, m, 200, 60)); !strings.Contains(again, c.want[0]) {
				t.Errorf("later: got\n%s\nwant %q", again, c.want[0])
			}
		})
	}
}

// TestDetailsOfAFlowOfThePast can be shown though it was never seen in the table.
func TestDetailsOfAFlowOfThePast(t *testing.T) {
	m := detailModel(detailRow())
	past := detailRow()
	past.ID, past.Closed, past.Ended = 2, track.ByTimeout, past.Last
	m.Past, m.Selected = []track.Row{past}, 2
	text := textOf(drawTab(NewDetails(), m, 120, 40))
	for _, want := range []string{"silent for longer than its state allows", "What it carried second by second is not known.", "203.0.113.7:443"} {
		if !strings.Contains(text, want) {
			t.Errorf("got no %q in\n%s", want, text)
		}
	}
}

// TestDetailsSocketsOfLoopback shows both ends' sockets, each under its name.
func TestDetailsSocketsOfLoopback(t *testing.T) {
	r := screenRow(5, parse.ProtoTCP, "fe80::1%eth0", 8080)
	r.Family, r.Class = parse.FamilyIPv6, track.Loopback
	r.Local = track.Endpoint{Addr: netip.MustParseAddr("fe80::1%eth0"), Port: 40000}
	m := detailModel(r)
	a, b := netip.MustParseAddrPort("[fe80::1%lo]:40000"), netip.MustParseAddrPort("[fe80::1]:8080")
	m.Sockets = []proc.Socket{
		{Proto: parse.ProtoTCP, State: "LISTEN", Local: b, Inode: 1},
		{Proto: parse.ProtoTCP, State: "FIN_WAIT2", Local: a, Remote: b},
		{Proto: parse.ProtoTCP, State: "CLOSE_WAIT", Local: b, Remote: a, Inode: 2},
		{Proto: parse.ProtoUDP, State: "ESTABLISHED", Local: a, Remote: b, Inode: 3},
		{Proto: parse.ProtoTCP, State: "LAST_ACK", Local: a, Remote: b, Inode: 4, NetNS: 1}, // in a container
	}
	cards := newDetails(m).facts.cards.Cards
	wantFacts(t, cards, []wantFact{
		{"Kernel's socket", "State", "FIN_WAIT2", theme.Text},
		{"Kernel's socket", "Inode", "none: no process holds it", theme.Muted},
		{"Kernel's socket", "User id", "", theme.Text}, // of none that is held by nobody it is known
		{"Kernel's socket at the other end", "State", "CLOSE_WAIT", theme.Text},
	})
	for _, card := range cards {
		if len(card.Facts) > 0 && card.Facts[0].Value == "LAST_ACK" {
			t.Error("got the socket of another network namespace")
		}
	}
	if last := cards[len(cards)-1]; len(cards) < 2 || last.Title != "Kernel's socket at the other end" {
		t.Errorf("got %q as the last card", last.Title)
	}
}
