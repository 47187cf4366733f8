package term

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Width returns the columns that Text draws s in.
func Width(s string) int {
	n := 0
	for s != "" {
		r, size := printable(s)
		n += runeWidth(r)
		s = s[size:]
	}
	return n
}

// Printable returns s as Text draws it: control characters, marks that change the
// direction of text, characters without width and what is not UTF-8 are replaced.
func Printable(s string) string {
	var b strings.Builder
	for s != "" {
		r, size := printable(s)
		b.WriteRune(r)
		s = s[size:]
	}
	return b.String()
}

// Cut returns as much of s as has room in width columns. What is cut off is replaced by
// an ellipsis at the end.
func Cut(s string, width int) string {
	if Width(s) <= width {
		return s
	}
	return head(s, width-1) + ellipsis(width)
}

func ellipsis(width int) string {
	if width < 1 {
		return ""
	}
	return "…"
}

// head returns the beginning of s that has room in width columns.
func head(s string, width int) string {
	n, at := 0, 0
	for at < len(s) {
		r, size := printable(s[at:])
		if n += runeWidth(r); n > width {
			break
		}
		at += size
	}
	return s[:at]
}

// printable returns the first character of s as it may be shown, and its bytes.
func printable(s string) (rune, int) {
	if b := s[0]; b >= ' ' && b < 0x7f {
		return rune(b), 1
	}
	r, n := utf8.DecodeRuneInString(s)
	return shown(r), n
}

// shown returns a character as it may be shown. What is not UTF-8 is U+FFFD, which may.
func shown(r rune) rune {
	switch {
	case r >= ' ' && r < 0x7f || isSign(r):
		return r
	case r == '\t':
		return ' '
	case r < ' ' || r >= 0x7f && r < 0xa0:
		return '·'
	case unicode.IsSpace(r):
		return ' '
	case unicode.IsPrint(r) && !zeroWidth(r):
		return r
	}
	return '·'
}
