package picture

import (
	"fmt"
	"strconv"

	"sockeye/ui/term"
)

// ink and paper are the colours of a terminal that has none of its own.
const ink, paper = "#d0d0d0", "#101010"

// dimmed is how much of a dim character is seen.
const dimmed = 0.6

// colorsOf returns the colours that a style shows.
func colorsOf(s term.Style) (fg, bg string) {
	fg, bg = colorOf(s.FG, ink), colorOf(s.BG, paper)
	if s.Attr&term.Reverse != 0 {
		fg, bg = bg, fg
	}
	return fg, bg
}

func colorOf(c term.Color, otherwise string) string {
	r, g, b, ok := c.RGB()
	if !ok {
		return otherwise
	}
	return fmt.Sprintf("#%02x%02x%02x", r, g, b)
}

// groundOf returns the background that most cells have.
func groundOf(c *term.Canvas) string {
	ground, most := paper, 0
	count := map[string]int{}
	for i := range c.Cells {
		_, bg := colorsOf(c.Cells[i].Style)
		if count[bg]++; count[bg] > most {
			ground, most = bg, count[bg]
		}
	}
	return ground
}

// filled returns the attributes of shapes.
func filled(color string, density float64) string {
	if density < 1 {
		return fmt.Sprintf(`fill="%s" fill-opacity="%s"`, color, px(density))
	}
	return fmt.Sprintf(`fill="%s"`, color)
}

// stroked returns the attributes of lines: light ones have the weight 1.
func stroked(color string, weight uint8) string {
	return fmt.Sprintf(`fill="none" stroke="%s" stroke-width="%s"`, color, px(0.4+0.8*float64(weight)))
}

// px writes a length with two decimals at most.
func px(v float64) string {
	return strconv.FormatFloat(float64(int(v*100+0.5))/100, 'f', -1, 64)
}
