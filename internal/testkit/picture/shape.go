package picture

// A cell's characters that are no text, in the order of Unicode. Lengths are of a cell:
// 1 is its width, or its height.

// rect is a part of a cell: from the corner x, y on.
type rect struct{ x, y, w, h float64 }

// blocks returns the parts of a cell that a block element or a Braille pattern fills, and
// how densely; none for other characters.
func blocks(r rune) (parts []rect, density float64) {
	switch {
	case r == '▀':
		return []rect{{0, 0, 1, 0.5}}, 1
	case r >= '▁' && r <= '█': // from below, by eighths
		h := float64(r-'▀') / 8
		return []rect{{0, 1 - h, 1, h}}, 1
	case r >= '▉' && r <= '▏': // from the left, by eighths
		return []rect{{0, 0, float64('▐'-r) / 8, 1}}, 1
	case r == '▐':
		return []rect{{0.5, 0, 0.5, 1}}, 1
	case r >= '░' && r <= '▓':
		return []rect{{0, 0, 1, 1}}, float64(r-'▐') / 4
	case r == '▔':
		return []rect{{0, 0, 1, 0.125}}, 1
	case r == '▕':
		return []rect{{0.875, 0, 0.125, 1}}, 1
	case r >= '▖' && r <= '▟':
		return quarters(quadrants[r-'▖']), 1
	case r > 0x2800 && r <= 0x28ff:
		return dots(uint8(r)), 1
	}
	return nil, 0
}

// quadrants are the quarters of a cell that ▖ to ▟ fill: upper left, upper right, lower
// left and lower right, from the lowest bit.
var quadrants = [...]uint8{4, 8, 1, 1 | 4 | 8, 1 | 8, 1 | 2 | 4, 1 | 2 | 8, 2, 2 | 4, 2 | 4 | 8}

func quarters(set uint8) (parts []rect) {
	for i := range 4 {
		if set>>i&1 != 0 {
			parts = append(parts, rect{float64(i%2) / 2, float64(i/2) / 2, 0.5, 0.5})
		}
	}
	return parts
}

// dots returns the dots of a Braille pattern: bits 0 to 2 are the left column from above,
// 3 to 5 the right one, 6 and 7 the lowest row (The Unicode Standard, 21.1).
func dots(set uint8) (parts []rect) {
	const w, h = 0.30, 0.15
	for i := range 8 {
		if set>>i&1 == 0 {
			continue
		}
		column, row := i/3, i%3
		if i >= 6 {
			column, row = i-6, 3
		}
		parts = append(parts, rect{0.25 + 0.5*float64(column) - w/2, 0.125 + 0.25*float64(row) - h/2, w, h})
	}
	return parts
}

// arms are the lines from the middle of a cell to its edges: 0 none, 1 light, 2 heavy.
type arms struct{ left, up, right, down uint8 }

// lines are the box-drawing characters, those with dashes and double lines aside.
var lines = map[rune]arms{
	'─': {1, 0, 1, 0}, '━': {2, 0, 2, 0}, '│': {0, 1, 0, 1}, '┃': {0, 2, 0, 2},
	'┌': {0, 0, 1, 1}, '┐': {1, 0, 0, 1}, '└': {0, 1, 1, 0}, '┘': {1, 1, 0, 0},
	'┏': {0, 0, 2, 2}, '┓': {2, 0, 0, 2}, '┗': {0, 2, 2, 0}, '┛': {2, 2, 0, 0},
	'├': {0, 1, 1, 1}, '┤': {1, 1, 0, 1}, '┬': {1, 0, 1, 1}, '┴': {1, 1, 1, 0}, '┼': {1, 1, 1, 1},
	'┣': {0, 2, 2, 2}, '┫': {2, 2, 0, 2}, '┳': {2, 0, 2, 2}, '┻': {2, 2, 2, 0}, '╋': {2, 2, 2, 2},
	'╴': {1, 0, 0, 0}, '╵': {0, 1, 0, 0}, '╶': {0, 0, 1, 0}, '╷': {0, 0, 0, 1},
	'╸': {2, 0, 0, 0}, '╹': {0, 2, 0, 0}, '╺': {0, 0, 2, 0}, '╻': {0, 0, 0, 2},
	'╭': {0, 0, 1, 1}, '╮': {1, 0, 0, 1}, '╰': {0, 1, 1, 0}, '╯': {1, 1, 0, 0},
}

// round reports whether a character is a corner that is round.
func round(r rune) bool { return r >= '╭' && r <= '╰' } // in Unicode's order: ╭ ╮ ╯ ╰
