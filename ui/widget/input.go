package widget

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"sockeye/ui/term"
	"sockeye/ui/theme"
)

// Input is a line of text that people type. It takes the keys that edit; what Enter,
// Escape, Up and Down do is its owner's.
type Input struct {
	Prompt  string   // before the text
	Hint    string   // in place of the text while there is none
	History []string // texts of before, the newest last; Ctrl-P and Ctrl-N go through them

	// Complete returns how what stands before the cursor may go on: the bytes of it that
	// are replaced, from its end, and what may take their place. Tab tries one after the
	// other. nil for no completion.
	Complete func(before string) (replaced int, options []string)

	// Note is said on the second line, or behind the text where there is none: Wrong is
	// what is wrong with the text, bytes from and up to; empty if nothing is.
	Note  string
	Wrong [2]int

	text   string
	cursor int // a byte of text
	scroll int // columns of the text that are out of sight at the left
	past   int // how far back in the history the text is; 0 for none of it
	draft  string
	tried  completion
}

// completion is what Tab goes through.
type completion struct {
	from    int // the byte of the text where the options go
	options []string
	at      int
}

// Text returns what is typed.
func (n *Input) Text() string { return n.text }

// Set makes s the text, with the cursor behind it.
func (n *Input) Set(s string) {
	n.text, n.cursor = s, len(s)
	n.past, n.tried = 0, completion{}
}

// Insert puts text at the cursor: what was pasted, as one line. Other characters that
// control a terminal are left out.
func (n *Input) Insert(s string) {
	s = strings.ReplaceAll(strings.TrimRight(s, "\r\n"), "\r\n", " ")
	n.replace(n.cursor, n.cursor, strings.Map(func(r rune) rune {
		switch {
		case r == '\n' || r == '\r' || r == '\t':
			return ' '
		case unicode.IsControl(r):
			return -1
		}
		return r
	}, s))
}

// replace puts s in place of the bytes from and up to, and the cursor behind it.
func (n *Input) replace(from, to int, s string) {
	n.text = n.text[:from] + s + n.text[to:]
	n.cursor = from + len(s)
	n.past, n.tried = 0, completion{}
}

// Draw draws the text with the cursor, scrolled so that the cursor is seen, and what is
// wrong with it below where the pane has a second line.
func (n *Input) Draw(p term.Pane, t *theme.Theme) {
	style := t.Style(theme.Input)
	p.Fill(term.Rect{X: 0, Y: 0, W: p.W, H: 1}, ' ', style)
	x := 0
	if w := term.Width(n.Prompt); w+4 < p.W {
		x = p.Text(0, 0, n.Prompt, style.With(term.Bold))
	}
	field := p.Sub(term.Rect{X: x, Y: 0, W: p.W - x, H: 1})
	n.drawField(field, t, style)
	if n.Note == "" && len(n.tried.options) < 2 {
		return
	}
	if p.H > 1 {
		below := p.Sub(term.Rect{X: 0, Y: 1, W: p.W, H: 1})
		below.Fill(below.Local(), ' ', roleOn(below, t, theme.Text))
		n.drawBelow(below, t, x)
		return
	}
	if used := term.Width(n.text) - n.scroll + 2; n.Note != "" && used < field.W {
		line{t: t, style: n.noteStyle(field, t)}.draw(field, used, 0, field.W-used, n.Note)
	}
}

// drawField draws the text and the cursor.
func (n *Input) drawField(p term.Pane, t *theme.Theme, style term.Style) {
	before := term.Width(n.text[:n.cursor])
	n.scroll = max(0, min(n.scroll, before), before-p.W+1)
	if n.text == "" {
		line{t: t, style: style.With(term.Italic)}.draw(p, 0, 0, p.W, n.Hint)
	}
	p.Text(-n.scroll, 0, n.text, style)
	if from, to := n.wrong(); from < to {
		x, end := term.Width(n.text[:from])-n.scroll, term.Width(n.text[:to])-n.scroll
		x = max(0, x)
		bad := t.Style(theme.Bad).With(term.Underline)
		p.Restyle(term.Rect{X: x, Y: 0, W: end - x, H: 1}, func(term.Style) term.Style { return bad })
	}
	x := before - n.scroll
	cursor := t.Style(theme.Cursor)
	p.Restyle(term.Rect{X: x, Y: 0, W: 1, H: 1}, func(term.Style) term.Style { return cursor })
}

// drawBelow draws the note under what is wrong, or what Tab goes through. x is the column
// of the text.
func (n *Input) drawBelow(p term.Pane, t *theme.Theme, x int) {
	if n.Note == "" {
		n.drawOptions(p, t, x)
		return
	}
	style := n.noteStyle(p, t)
	from, to := n.wrong()
	if from < to || n.Wrong[0] < n.Wrong[1] { // also of what is missing at the end
		x = max(0, x+term.Width(n.text[:from])-n.scroll)
	}
	w := term.Width(n.Note)
	if x > 0 && x+w+2 > p.W {
		x = max(0, min(x, p.W-w-2))
	}
	sign := '↑'
	if t.ASCII {
		sign = '^'
	}
	p.Set(x, 0, sign, style)
	line{t: t, style: style}.draw(p, x+2, 0, p.W-x-2, n.Note)
}

// drawOptions draws what Tab goes through from column x on, from the option on from which
// the one that was taken is seen.
func (n *Input) drawOptions(p term.Pane, t *theme.Theme, x int) {
	plain := roleOn(p, t, theme.Muted)
	taken, first := max(0, n.tried.at), 0
	for w, i := 0, taken; i >= 0; i-- {
		if w += term.Width(n.tried.options[i]) + 1; w > p.W-x {
			break
		}
		first = i
	}
	for i, option := range n.tried.options[first:] {
		style := plain
		if first+i == n.tried.at {
			style = t.Style(theme.Selected)
		}
		x += p.Text(x, 0, option, style) + 1
	}
}

// noteStyle returns how the note looks: of what is wrong, or only said.
func (n *Input) noteStyle(p term.Pane, t *theme.Theme) term.Style {
	if n.Wrong[0] < n.Wrong[1] {
		return roleOn(p, t, theme.Bad)
	}
	return roleOn(p, t, theme.Muted)
}

// wrong returns the bytes of the text that are wrong, within it and of whole characters.
func (n *Input) wrong() (from, to int) {
	from, to = max(0, min(n.Wrong[0], len(n.text))), max(0, min(n.Wrong[1], len(n.text)))
	for from > 0 && from < len(n.text) && !utf8.RuneStart(n.text[from]) {
		from--
	}
	for to < len(n.text) && !utf8.RuneStart(n.text[to]) {
		to++
	}
	return from, to
}
