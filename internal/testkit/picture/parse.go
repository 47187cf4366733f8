package picture

import (
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"sockeye/ui/term"
)

// Parse returns the first h lines of text as a canvas of w columns. The style holds from
// one line to the next, as tmux writes it. What does not fit is cut, and escape sequences
// that set no style are passed over.
func Parse(text string, w, h int) *term.Canvas {
	c := term.NewCanvas(w, h)
	pane := c.Pane()
	style := term.Plain
	x, y := 0, 0
	for text != "" && y < h {
		switch text[0] {
		case '\n':
			x, y, text = 0, y+1, text[1:]
			continue
		case 0x1b:
			text = escape(text, &style)
			continue
		}
		r, n := utf8.DecodeRuneInString(text)
		text = text[n:]
		if r < ' ' || unicode.In(r, unicode.Mn, unicode.Me, unicode.Cf) {
			continue // takes no column
		}
		pane.Set(x, y, r, style)
		x += term.Width(string(r))
	}
	return c
}

// escape applies the escape sequence that text begins with to s, and returns what follows.
func escape(text string, s *term.Style) (rest string) {
	if len(text) < 2 {
		return ""
	}
	switch text[1] {
	case '[': // CSI: parameters, then a byte that says what it is (ECMA-48, 5.4)
		end := strings.IndexFunc(text[2:], func(r rune) bool { return r < ' ' || r >= '@' })
		if end < 0 {
			return ""
		}
		if text[2+end] == 'm' {
			setStyle(text[2:2+end], s)
		}
		_, n := utf8.DecodeRuneInString(text[2+end:])
		return text[2+end+n:]
	case ']': // OSC, such as a link: up to BEL or ST
		if end := strings.IndexAny(text[2:], "\a\x1b"); end >= 0 {
			return strings.TrimPrefix(text[2+end+1:], `\`)
		}
		return ""
	case '(', ')': // a character set
		return text[min(3, len(text)):]
	}
	_, n := utf8.DecodeRuneInString(text[1:])
	return text[1+n:]
}

// setStyle applies the parameters of SGR (ECMA-48, 8.3.117; xterm's colours).
func setStyle(parameters string, s *term.Style) {
	all := strings.Split(parameters, ";")
	for len(all) > 0 {
		// What belongs to one parameter may be joined by colons.
		sub := strings.Split(all[0], ":")
		all = all[1:]
		n := number(sub[0])
		if n != 38 && n != 48 && n != 58 {
			setAttribute(n, len(sub) > 1 && sub[1] == "0", s)
			continue
		}
		var color term.Color
		var ok bool
		if len(sub) > 1 {
			color, _, ok = extendedColor(withoutColorSpace(sub[1:]))
		} else {
			color, all, ok = extendedColor(all)
		}
		switch {
		case ok && n == 38:
			s.FG = color
		case ok && n == 48:
			s.BG = color
		}
	}
}

// attributes says what each parameter turns on, and what off.
var attributes = map[int]struct{ on, off term.Attr }{
	1: {on: term.Bold}, 2: {on: term.Dim}, 3: {on: term.Italic}, 4: {on: term.Underline}, 7: {on: term.Reverse},
	21: {on: term.Underline}, // twice
	22: {off: term.Bold | term.Dim}, 23: {off: term.Italic}, 24: {off: term.Underline}, 27: {off: term.Reverse},
}

// setAttribute applies a parameter that stands by itself. none is an underline of style 0.
func setAttribute(n int, none bool, s *term.Style) {
	switch {
	case n == 0:
		*s = term.Plain
	case n >= 30 && n <= 37:
		s.FG = term.Palette(uint8(n - 30))
	case n == 39:
		s.FG = term.Default
	case n >= 40 && n <= 47:
		s.BG = term.Palette(uint8(n - 40))
	case n == 49:
		s.BG = term.Default
	case n >= 90 && n <= 97:
		s.FG = term.Palette(uint8(n - 90 + 8))
	case n >= 100 && n <= 107:
		s.BG = term.Palette(uint8(n - 100 + 8))
	case n == 4 && none:
		s.Attr &^= term.Underline
	default:
		a := attributes[n]
		s.Attr = s.Attr&^a.off | a.on
	}
}

// extendedColor reads what follows 38 and 48: 5 and a number of the palette, or 2 and
// three parts.
func extendedColor(p []string) (c term.Color, rest []string, ok bool) {
	switch {
	case len(p) >= 2 && p[0] == "5":
		return term.Palette(part(p[1])), p[2:], true
	case len(p) >= 4 && p[0] == "2":
		return term.RGB(part(p[1]), part(p[2]), part(p[3])), p[4:], true
	}
	return term.Default, nil, false
}

// withoutColorSpace drops the number of a colour space, which only the form with colons
// has: 2::R:G:B.
func withoutColorSpace(p []string) []string {
	if len(p) >= 5 && p[0] == "2" {
		return append([]string{"2"}, p[2:]...)
	}
	return p
}

// number reads a parameter; what is left out is 0, and what is none is none that exists.
func number(s string) int {
	if s == "" {
		return 0
	}
	n, err := strconv.Atoi(s)
	if err != nil {
		return -1
	}
	return n
}

func part(s string) uint8 { return uint8(min(max(0, number(s)), 255)) }
