package widget

import (
	"strings"
	"unicode/utf8"

	"sockeye/ui/term"
	"sockeye/ui/theme"
)

// fits reports whether s has room in width columns. A character takes one or two columns,
// at most as many as it has bytes, and at most four bytes: mostly nothing is measured.
func fits(s string, width int) bool {
	return len(s) <= width || len(s) <= utf8.UTFMax*max(0, width) && term.Width(s) <= width
}

// ellipsis returns what stands for what was left out.
func ellipsis(t *theme.Theme) rune {
	if t.ASCII {
		return '~'
	}
	return '…'
}

// part is a part of a text: the bytes from and up to.
type part struct{ from, to int }

// cut returns the parts of s that are shown in width columns with an ellipsis between
// them: of s that fits all and nothing, else the beginning and, if middle is set, the
// end.
func cut(s string, width int, middle bool) (head, tail part) {
	if fits(s, width) {
		return part{0, len(s)}, part{len(s), len(s)}
	}
	room := width - 1 // the ellipsis
	left := room
	if middle {
		left = (room + 1) / 2
	}
	at, n := 0, 0
	for at < len(s) {
		_, size := utf8.DecodeRuneInString(s[at:])
		w := term.Width(s[at : at+size])
		if n+w > left {
			break
		}
		n += w
		at += size
	}
	head, tail = part{0, at}, part{len(s), len(s)}
	for middle && tail.from > at {
		_, size := utf8.DecodeLastRuneInString(s[:tail.from])
		w := term.Width(s[tail.from-size : tail.from])
		if n+w > room {
			break
		}
		n += w
		tail.from -= size
	}
	return head, tail
}

// line draws one line of text.
type line struct {
	t      *theme.Theme
	style  term.Style
	match  [2]int // bytes that are marked
	right  bool
	middle bool
}

// draw draws s in w columns from x, y.
func (l line) draw(p term.Pane, x, y, w int, s string) {
	p = p.Sub(term.Rect{X: x, Y: y, W: w, H: 1})
	if p.Empty() || s == "" {
		return
	}
	head, tail := cut(s, p.W, l.middle)
	at := 0
	whole := head.to == len(s)
	if whole && l.right {
		at = p.W - term.Width(s)
	}
	at = l.part(p, at, s, head)
	if whole {
		return
	}
	style := l.style
	if l.match[0] < tail.from && l.match[1] > head.to { // some of what was found is left out
		style = l.t.Style(theme.Match)
	}
	p.Set(at, 0, ellipsis(l.t), style)
	l.part(p, at+1, s, tail)
}

// part draws a part of s from column x, and returns the column behind it.
func (l line) part(p term.Pane, x int, s string, q part) int {
	from, to := max(q.from, min(l.match[0], q.to)), min(q.to, l.match[1])
	if from >= to || !utf8.RuneStart(s[from]) || to < len(s) && !utf8.RuneStart(s[to]) {
		return x + p.Text(x, 0, s[q.from:q.to], l.style)
	}
	x += p.Text(x, 0, s[q.from:from], l.style)
	x += p.Text(x, 0, s[from:to], l.t.Style(theme.Match))
	return x + p.Text(x, 0, s[to:q.to], l.style)
}

// Wrap breaks s into lines of at most width columns, between words where it can. Line
// breaks in s are kept.
func Wrap(s string, width int) []string {
	if width < 1 {
		return nil
	}
	var lines []string
	for text := range strings.SplitSeq(s, "\n") {
		lines = append(lines, wrapLine(text, width)...)
	}
	return lines
}

func wrapLine(s string, width int) []string {
	var lines []string
	for !fits(s, width) {
		at := breakAt(s, width)
		lines = append(lines, strings.TrimRight(s[:at], " "))
		s = strings.TrimLeft(s[at:], " ")
	}
	if s != "" || lines == nil {
		lines = append(lines, s)
	}
	return lines
}

// breakAt returns the byte of s, which is too long, before which a line of width columns
// ends.
func breakAt(s string, width int) int {
	at, n, space := 0, 0, 0
	for at < len(s) {
		_, size := utf8.DecodeRuneInString(s[at:])
		n += term.Width(s[at : at+size])
		if n > width {
			break
		}
		at += size
		if s[at-1] == ' ' {
			space = at
		}
	}
	switch {
	case at < len(s) && s[at] == ' ':
		return at
	case space > 0:
		return space
	case at == 0: // a character of two columns in one
		_, at = utf8.DecodeRuneInString(s)
	}
	return at
}
