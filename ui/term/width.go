package term

import (
	"unicode"

	"github.com/mattn/go-runewidth"
)

// widths is how the terminals of today count, whatever the locale: characters of
// ambiguous width are narrow. Termbox is told the same.
var widths = &runewidth.Condition{StrictEmojiNeutral: true}

// narrow is where the first character begins that is not of one column, or of none.
const narrow = 0x300

// isSign reports whether r is one of those that most of a screen is drawn with: lines,
// blocks and Braille. They are printable and of one column.
func isSign(r rune) bool { return r >= 0x2500 && r < 0x25a0 || r >= 0x2800 && r < 0x2900 }

// zeroWidth reports whether a terminal may move no column for r, or change the one
// before it: marks, joiners, and the colours of emoji.
func zeroWidth(r rune) bool {
	if r < narrow {
		return false
	}
	skin := r >= 0x1f3fb && r <= 0x1f3ff
	return skin || unicode.In(r, unicode.Mn, unicode.Me, unicode.Cf) || widths.RuneWidth(r) == 0
}

// runeWidth returns the columns of a character that may be shown: 1 or 2.
func runeWidth(r rune) int {
	if r < narrow || isSign(r) || widths.RuneWidth(r) != 2 {
		return 1
	}
	return 2
}
