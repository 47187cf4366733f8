package widget

import (
	"fmt"
	"strings"
	"testing"

	"sockeye/ui/term"
	"sockeye/ui/theme"
)

// flowCells are rows as a table of flows has them, also such as nobody wishes for.
var flowCells = [][]string{
	{"TCP", "firefox 2001", "192.0.2.10:51234", "www.example.org:443", "HTTPS www.example.org", "ESTABLISHED", "12.3ms", "1.23Mb", "12.3Mb", "1.00GB"},
	{"UDP", "systemd-resolved 512", "[2001:db8:0:1:aaaa:bbbb:cccc:dddd]:5353", "[ff02::fb]:5353", "mDNS _ipp._tcp.local", "ACTIVE", "", "<1b", "0b", "999B"},
	{"TCP", "浏览器进程管理程序 77", "192.0.2.10:40001", "例え.テスト.example:443", "TLS 例え.テスト.example", "SYN_SENT", "", "0b", "0b", "60B"},
	{"TCP", "evil\x1b[2J\u202eexe 666", "192.0.2.10:1", "a\nb\tc\u200bd.example:80", "HTTP [x](fg:red)\x9b31m", "CLOSED", "1.00s", "999Gb", "999Gb", "18.4EB"},
	{"ICMP", "(no socket)", "192.0.2.10", strings.Repeat("long-", 40) + "end.example", "echo", "", "850µs", "1.00kb", "1.00kb", "84B"},
}

// flowTable returns a table of so many flows, the texts of which repeat.
func flowTable(rows int) *Table {
	values := make([]float64, 40)
	for i := range values {
		values[i] = float64(i * i)
	}
	return &Table{
		Columns: flowColumns, Rows: rows, Selected: -1, Sorted: "received", Descending: true,
		Empty: "No traffic yet.\nChoose another interface with i.",
		Cell: func(row, column, _ int) Cell {
			if column == len(flowColumns)-1 {
				return Cell{Spark: values, Role: theme.Both}
			}
			c := Cell{Text: flowCells[row%len(flowCells)][column]}
			switch flowColumns[column].Key {
			case "process":
				c.Role = theme.Process
			case "remote":
				c.Role = theme.Remote
				if at := strings.Index(c.Text, "example"); at >= 0 {
					c.Match = [2]int{at, at + len("example")}
				}
			case "sent":
				c.Role = theme.Sent
			case "received":
				c.Role = theme.Received
			}
			return c
		},
		Row: func(row int) RowLook {
			return RowLook{Bars: [2]float64{float64(row%7) / 10, float64(row%5) / 4}}
		},
	}
}

func TestTablePictures(t *testing.T) {
	for _, size := range sizes {
		c := term.NewCanvas(size[0], size[1])
		table := flowTable(70)
		table.Selected = 3
		table.Draw(c.Pane(), fixture())
		golden(t, fmt.Sprintf("table-%dx%d", size[0], size[1]), c)
	}
}

// TestTableRowsPictures shows what rows may look like besides: two lines with a bar each,
// all styles of bars, the head of a group, rows moved to the right, lines under the
// selected row.
func TestTableRowsPictures(t *testing.T) {
	table := flowTable(8)
	table.RowHeight, table.Selected, table.Sorted, table.Descending = 2, 2, "process", false
	table.Below = 1
	table.DrawBelow = func(p term.Pane, look *theme.Theme) {
		Sparkline(p, look, []float64{1, 2, 3, 4, 5, 6, 7, 8}, 0, theme.Both)
	}
	table.Row = func(row int) RowLook {
		r := RowLook{Bars: [2]float64{0.5, 0.9}, Style: BarStyle(row % 5)}
		switch row {
		case 0:
			r.Span, r.SpanRole, r.Style = "▾ firefox 2001 · 12 flows · tcp 10 udp 2", theme.Heading, NoBars
		case 1:
			r.Indent = 2
		case 5:
			r.Role = theme.Hover
		}
		return r
	}
	c := term.NewCanvas(80, 24)
	table.Draw(c.Pane(), fixture())
	golden(t, "table-rows", c)
}

func TestTableASCIIPicture(t *testing.T) {
	look := *fixture()
	look.ASCII = true
	table := flowTable(30)
	row := table.Row
	table.Row = func(n int) RowLook { r := row(n); r.Style = ASCIIBars; return r }
	c := term.NewCanvas(80, 12)
	table.Draw(c.Pane(), &look)
	golden(t, "table-ascii", c)
	for y := range c.H {
		if s := textOf(c, y); strings.ContainsAny(s, "▲▼│┃…") {
			t.Errorf("line %d: got %q, want none of a table's own signs beyond ASCII", y, s)
		}
	}
}

func TestEmptyTableSaysWhatToDo(t *testing.T) {
	c := term.NewCanvas(60, 15)
	flowTable(0).Draw(c.Pane(), fixture())
	if s := picture(c); !strings.Contains(s, "No traffic yet.") || !strings.Contains(s, "Choose another interface with i.") {
		t.Errorf("got\n%s\nwant the message with its remedy", s)
	}
}

// drawn returns a table of rows that was drawn in a pane of 80 columns with lines for so
// many rows.
func drawn(rows, lines int) (*Table, *term.Canvas) {
	c := term.NewCanvas(80, lines+1)
	table := flowTable(rows)
	table.Draw(c.Pane(), fixture())
	return table, c
}

func TestTableMoves(t *testing.T) {
	table, _ := drawn(100, 10)
	steps := []struct {
		name          string
		move          int
		selected, top int
	}{
		{"the first step down selects what is seen first", 1, 0, 0},
		{"down", 1, 1, 0},
		{"to the last that is seen", 8, 9, 0},
		{"below it", 1, 10, 1},
		{"up within what is seen", -5, 5, 1},
		{"above it", -5, 0, 0},
		{"far beyond the end", 1 << 40, 99, 90},
		{"far beyond the beginning", -1 << 62, 0, 0},
	}
	for _, s := range steps {
		table.Move(s.move)
		if table.Selected != s.selected || table.Top != s.top {
			t.Errorf("%s: got row %d selected and %d first, want %d and %d", s.name, table.Selected, table.Top, s.selected, s.top)
		}
	}
	if got := table.Page(); got != 10 {
		t.Errorf("got a page of %d rows, want 10", got)
	}
	table.Rows = 0
	table.Move(1)
	if table.Selected != -1 {
		t.Errorf("without rows: got row %d selected, want none", table.Selected)
	}
}

// TestTableFollowsSelection moves the selected row as a new order of rows does.
func TestTableFollowsSelection(t *testing.T) {
	table, c := drawn(100, 10)
	table.Selected = 50
	table.Draw(c.Pane(), fixture())
	if table.Top != 41 {
		t.Errorf("got row %d first, want 41", table.Top)
	}
	table.Scroll(-40)
	table.Draw(c.Pane(), fixture())
	if table.Top != 1 || table.Selected != 50 {
		t.Errorf("after scrolling: got row %d first and %d selected, want 1 and 50", table.Top, table.Selected)
	}
	table.Rows, table.Selected = 5, 4
	table.Draw(c.Pane(), fixture())
	if table.Top != 0 {
		t.Errorf("with rows for half the pane: got row %d first, want 0", table.Top)
	}
}

func TestTablePlaces(t *testing.T) {
	table, c := drawn(100, 20)
	table.RowHeight, table.Top, table.Selected, table.Below = 2, 10, 11, 3
	table.DrawBelow = func(term.Pane, *theme.Theme) {}
	table.Draw(c.Pane(), fixture())
	want := map[int]int{1: 10, 2: 10, 3: 11, 4: 11, 5: 11, 6: 11, 7: 11, 8: 12, 9: 12, 10: 13}
	for y, row := range want {
		if got, ok := table.RowAt(y); !ok || got != row {
			t.Errorf("line %d: got row %d, %v, want %d", y, got, ok, row)
		}
	}
	for _, y := range []int{-1, 0, 21, 1 << 40} {
		if row, ok := table.RowAt(y); ok {
			t.Errorf("line %d: got row %d, want none", y, row)
		}
	}
}

func TestTableColumnsByMouse(t *testing.T) {
	table, c := drawn(10, 20)
	first := table.Placed()[0]
	if key, edge, ok := table.ColumnAt(1, 0); key != "proto" || edge || !ok {
		t.Errorf("got %q, %v, %v, want the title of proto", key, edge, ok)
	}
	if key, edge, ok := table.ColumnAt(first.W, 0); key != "proto" || !edge || !ok {
		t.Errorf("got %q, %v, %v, want the edge of proto", key, edge, ok)
	}
	if key, _, ok := table.ColumnAt(1, 1); ok {
		t.Errorf("got %q on the first row, want no title", key)
	}
	table.Drag("process", table.Placed()[1].X+30)
	table.Draw(c.Pane(), fixture())
	if got := table.Placed()[1].W; got != 13 {
		t.Errorf("got process %d columns wide, want the 13 that there are without taking another's place", got)
	}
	table.Drag("process", table.Placed()[1].X+3)
	table.Draw(c.Pane(), fixture())
	if got := table.Placed()[1].W; got != 3 {
		t.Errorf("got process %d columns wide, want 3", got)
	}
	table.Drag("nothing", 4)
}

// TestTableAsksForWhatIsSeen counts the cells that are asked for.
func TestTableAsksForWhatIsSeen(t *testing.T) {
	table := flowTable(1_000_000)
	table.Selected = 999_999
	lowest, highest, asked := table.Rows, 0, 0
	cell := table.Cell
	table.Cell = func(row, column, line int) Cell {
		lowest, highest = min(lowest, row), max(highest, row)
		asked++
		return cell(row, column, line)
	}
	table.Draw(term.NewCanvas(200, 60).Pane(), fixture())
	if want := 59 * len(flowColumns); lowest != 999_941 || highest != 999_999 || asked != want {
		t.Errorf("got %d cells of rows %d to %d, want %d of the last 59 rows", asked, lowest, highest, want)
	}
}

func TestSelectedRowIsSeenBehindItsBar(t *testing.T) {
	for _, style := range []BarStyle{GradientBars, SolidBars, ThinBars, ASCIIBars, NoBars} {
		table := flowTable(3)
		table.Selected = 1
		table.Row = func(int) RowLook { return RowLook{Bars: [2]float64{1, 1}, Style: style} }
		c := term.NewCanvas(80, 5)
		look := fixture()
		table.Draw(c.Pane(), look)
		if got, want := c.At(0, 2).Style.BG, look.Style(theme.Selected).BG; got != want {
			t.Errorf("style %d: got background %v, want %v of the selected row", style, got, want)
		}
	}
}

func BenchmarkTable(b *testing.B) {
	for _, rows := range []int{1000, 1_000_000} {
		b.Run(fmt.Sprint(rows), func(b *testing.B) {
			c, table, look := term.NewCanvas(200, 60), flowTable(rows), fixture()
			b.ReportAllocs()
			for b.Loop() {
				table.Draw(c.Pane(), look)
			}
		})
	}
}
