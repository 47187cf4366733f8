package widget

import (
	"sockeye/ui/term"
	"sockeye/ui/theme"
)

// drawScrollbar draws at the right edge of p where the lines that are shown, from top on,
// lie within all, and returns p without it; p as it is where all are shown.
func drawScrollbar(p term.Pane, t *theme.Theme, top, shown, all int) term.Pane {
	if all <= shown || p.W < 2 || p.H < 1 {
		return p
	}
	bar, rest := p.Local().Right(1)
	track, thumb := '│', '┃'
	if t.ASCII {
		track, thumb = '|', '#'
	}
	b := p.Sub(bar)
	off, on := roleOn(b, t, theme.Border), roleOn(b, t, theme.Accent)
	at, size := thumbOf(b.H, top, shown, all)
	for y := range b.H {
		if y >= at && y < at+size {
			b.Set(0, y, thumb, on)
		} else {
			b.Set(0, y, track, off)
		}
	}
	return p.Sub(rest)
}

// thumbOf returns the place and the length of a scrollbar's thumb. It touches an end only
// where there is nothing more to see that way.
func thumbOf(height, top, shown, all int) (at, size int) {
	size = max(1, height*shown/all)
	last := all - shown
	room := height - size
	top = max(0, min(top, last))
	at = room * top / last
	if room > 1 && top > 0 && at == 0 {
		at = 1
	}
	if room > 1 && top < last && at == room {
		at = room - 1
	}
	return at, size
}

// clampTop returns top such that lines without content are only shown where there are
// fewer lines than room.
func clampTop(top, shown, all int) int { return max(0, min(top, all-shown)) }

// revealed returns top such that the lines from up to to are shown; their beginning where
// there is not room for all.
func revealed(top, from, to, shown int) int {
	if to > top+shown {
		top = to - shown
	}
	return min(top, from)
}
