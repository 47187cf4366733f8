package export

import (
	"math"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Widths of the table's columns, the space before each included.
const (
	numberWidth = 5
	arrowWidth  = 3
	rateWidth   = 11 // " ≥1.00 Mb/s"
	totalWidth  = 9  // "  1.00 MB"
	minHost     = 16
	leastHost   = 8  // without the totals
	minOwner    = 16 // two spaces before it included
	maxOwner    = 34
	logOwner    = 26 // how far the rules go; the text itself is whole
	logHost     = 47 // a long IPv6 address in brackets and a port
	minBar      = 6
	maxBar      = 40
)

// columns is how a table shares its width.
type columns struct {
	host  int // width of the host column
	rates int // how many of the three rates are shown: the shorter windows first
	total int // width of the totals' column; 0 for none
	owner int // width of the processes' column; 0 for none
	bar   int // cells of the bar; 0 for none
	most  float64
}

// layout shares the width. The host column follows the hosts that are shown, in
// steps, so that it does not move with each of them.
func (t *Text) layout() columns {
	c := columns{host: logHost, rates: 3, total: totalWidth}
	if t.owned {
		c.owner = logOwner
	}
	if t.Width == 0 {
		return c
	}
	longest, owner := t.longest(&c)
	if c.owner = 0; t.owned {
		c.owner = minOwner
	}
	room := func() int { return t.Width - (numberWidth + 1 + arrowWidth + c.rates*rateWidth + c.total + c.owner) }
	for c.rates > 1 && room() < min(longest, 20) {
		c.rates--
	}
	if room() < minHost {
		c.total = 0
	}
	if room() < leastHost {
		c.owner = 0
	}
	if room() < leastHost {
		c.rates = 0
	}
	c.host = max(min(longest, room()), 1)
	if left := room() - c.host; c.owner > 0 {
		c.owner += min(left, max(0, owner-c.owner))
	}
	if left := room() - c.host - 1; t.Bars && left >= minBar {
		c.bar = min(left, maxBar)
	}
	return c
}

// longest returns how wide the columns of the hosts and of the processes want to be,
// in steps, and notes the highest rate in c.
func (t *Text) longest(c *columns) (host, owner int) {
	host = minHost
	for i := range t.tables {
		for _, p := range t.tables[i].pairs {
			host = max(host, len(p.first), len(p.second))
			owner = max(owner, 2+len(p.owners[0]), 2+len(p.owners[1]))
			c.most = max(c.most, p.rates.Sent10, p.rates.Received10)
		}
	}
	const step = 8
	up := func(n int) int { return (n + step - 1) / step * step }
	return up(host), min(up(owner), maxOwner)
}

// width returns the columns that the table takes.
func (c *columns) width() int {
	w := numberWidth + 1 + c.host + arrowWidth + c.rates*rateWidth + c.total + c.owner
	if c.bar > 0 {
		w += 1 + c.bar
	}
	return w
}

// pickRates returns those of the three that there is room for.
func (t *Text) pickRates(three ...string) []string { return three[:t.cols.rates] }

// rates words three rates in bytes a second.
func (t *Text) rates(r2, r10, r40 float64) []string {
	return t.pickRates(t.rate(r2), t.rate(r10), t.rate(r40))
}

// rate words a rate in bytes a second, in the unit that was asked for.
func (t *Text) rate(v float64) string {
	text := ""
	if t.lossy {
		text = "≥"
	}
	if t.Bytes {
		return text + quantity(v, "B/s")
	}
	return text + quantity(v*8, "b/s")
}

// row writes one line of the table. No rates leaves their columns empty. Without
// an arrow the host has its column, too.
func (t *Text) row(number, host, arrow string, rates []string, total string) {
	t.pad(number, -numberWidth)
	t.out.WriteByte(' ')
	if arrow == "" {
		t.pad(elide(host, t.labelWidth()), -t.labelWidth())
	} else {
		t.pad(elide(host, t.cols.host), -t.cols.host)
		t.pad(arrow, arrowWidth)
	}
	for i := range t.cols.rates {
		text := ""
		if i < len(rates) {
			text = rates[i]
		}
		t.pad(text, rateWidth)
	}
	if t.cols.total > 0 {
		t.pad(total, t.cols.total)
	}
	t.out.WriteByte('\n')
}

// labelWidth is the room of what stands where the others have host and arrow.
func (t *Text) labelWidth() int { return t.cols.host + arrowWidth }

// pad writes s in a column: to the right of it, or to the left for a negative
// width.
func (t *Text) pad(s string, width int) {
	s = Printable(s)
	space := strings.Repeat(" ", max(0, max(width, -width)-utf8.RuneCountInString(s)))
	if width > 0 {
		t.out.WriteString(space)
	}
	t.out.WriteString(s)
	if width < 0 {
		t.out.WriteString(space)
	}
}

// tail puts the process and the bar of a rate at the end of the line that was just
// written.
func (t *Text) tail(owner string, rate float64) {
	bar := t.bar(rate)
	if owner == "" && bar == "" || t.cols.owner == 0 && bar == "" {
		return
	}
	t.out.Truncate(t.out.Len() - 1)
	if t.cols.owner > 0 {
		t.out.WriteString("  ")
		width := t.cols.owner - 2
		if t.Width > 0 {
			owner = elide(Printable(owner), width)
		}
		if bar == "" {
			width = 0 // no spaces at the end of a line
		}
		t.pad(owner, -width)
	}
	if bar != "" {
		t.out.WriteString(" " + bar)
	}
	t.out.WriteByte('\n')
}

// bar draws a rate, "" for none.
func (t *Text) bar(rate float64) string {
	if t.cols.bar == 0 || t.cols.most <= 0 {
		return ""
	}
	const eighths = " ▏▎▍▌▋▊▉█"
	n := int(math.Round(rate / t.cols.most * float64(t.cols.bar*8)))
	text := strings.Repeat("█", n/8)
	if part := n % 8; part > 0 {
		text += string([]rune(eighths)[part])
	}
	return text
}

// line writes a line that is no row, cut to the width.
func (t *Text) line(s string) {
	s = Printable(s)
	if t.Width > 0 {
		s = elide(s, t.Width)
	}
	t.out.WriteString(s)
	t.out.WriteByte('\n')
}

// wrap writes items with commas, in as many lines as the width asks for.
func (t *Text) wrap(head string, items ...string) {
	line := head
	for _, item := range items {
		if t.Width > 0 && len(head)+len(item) >= t.Width { // and a comma
			t.line(strings.TrimRight(head, " "))
			head = "  "
			line = head
			break
		}
	}
	for i, item := range items {
		if i < len(items)-1 {
			item += ", "
		}
		if t.Width > 0 && len(line)+len(item) > t.Width && line != head {
			t.line(strings.TrimRight(line, " "))
			line = strings.Repeat(" ", len(head))
		}
		line += item
	}
	t.line(line)
}

func (t *Text) rule(r rune) {
	t.out.WriteString(strings.Repeat(string(r), t.cols.width()))
	t.out.WriteByte('\n')
}

// elide cuts the middle out of s where it is longer than width: the ends of an
// address tell more.
func elide(s string, width int) string {
	n := utf8.RuneCountInString(s)
	if n <= width {
		return s
	}
	runes := []rune(s)
	head := width / 2
	tail := width - head - 1
	return string(runes[:head]) + "…" + string(runes[n-tail:])
}

// Printable replaces what could move the cursor of a terminal: interfaces, files and
// hosts may have any name.
func Printable(s string) string {
	clean := func(r rune) rune {
		if unicode.IsPrint(r) {
			return r
		}
		return '?'
	}
	return strings.Map(clean, s)
}
