package term

import (
	"fmt"
	"strings"
)

// String returns the characters, line after line, without the spaces at the ends: what
// tests compare.
func (c *Canvas) String() string {
	var b strings.Builder
	for y := range c.H {
		var line strings.Builder
		for _, cell := range c.line(y) {
			if cell.Rune != 0 {
				line.WriteRune(cell.Rune)
			}
		}
		b.WriteString(strings.TrimRight(line.String(), " "))
		b.WriteByte('\n')
	}
	return b.String()
}

// Styles returns how the cells look: of each line its runs, as their lengths in columns
// with a letter for the style, then what each letter stands for. A dot is Plain. What
// is Plain up to the line's end is left out.
func (c *Canvas) Styles() string {
	var b, legend strings.Builder
	names := map[Style]string{Plain: "."}
	for y := range c.H {
		var runs []string
		for line := c.line(y); len(line) > 0; {
			style := line[0].Style
			n := 1
			for n < len(line) && line[n].Style == style {
				n++
			}
			if _, named := names[style]; !named {
				names[style] = styleName(len(names) - 1)
				fmt.Fprintf(&legend, "%s %s\n", names[style], style)
			}
			if style != Plain || n < len(line) {
				runs = append(runs, fmt.Sprint(n, names[style]))
			}
			line = line[n:]
		}
		b.WriteString(strings.Join(runs, " "))
		b.WriteByte('\n')
	}
	return b.String() + legend.String()
}

func (c *Canvas) line(y int) []Cell { return c.Cells[y*c.W:][:c.W] }

// styleName returns the name of the n-th style: a to z, then aa, ab and so on.
func styleName(n int) string {
	last := string(rune('a' + n%26))
	if n < 26 {
		return last
	}
	return styleName(n/26-1) + last
}

var attrNames = [...]string{"bold", "dim", "underline", "reverse", "italic"}

// String returns the style in words: "#ffc800 on default bold".
func (s Style) String() string {
	text := fmt.Sprintf("%s on %s", s.FG, s.BG)
	for i, name := range attrNames {
		if s.Attr&(1<<i) != 0 {
			text += " " + name
		}
	}
	return text
}

// String returns "default", the number of a colour of the palette, or "#rrggbb".
func (c Color) String() string {
	if c == Default {
		return "default"
	}
	if i, ok := c.Index(); ok {
		return fmt.Sprint(i)
	}
	r, g, b, _ := c.RGB()
	return fmt.Sprintf("#%02x%02x%02x", r, g, b)
}
