package term

import (
	"bytes"
	"fmt"
	"io"
	"os"
)

// DetectColors returns what the terminal of this program's environment can show: see
// Options.Colors.
func DetectColors() Colors {
	return detectColors(os.Getenv, databaseColors(os.Getenv("TERM")))
}

// Print writes a canvas as lines of text in its colours, for commands that print and end.
// Spaces at the end of a line that show nothing are left out.
func (c *Canvas) Print(w io.Writer, colors Colors) error {
	var b bytes.Buffer
	for y := range c.H {
		line := c.Cells[y*c.W : (y+1)*c.W]
		for len(line) > 0 && line[len(line)-1] == (Cell{' ', Plain}) {
			line = line[:len(line)-1]
		}
		printLine(&b, line, colors)
	}
	_, err := w.Write(b.Bytes())
	return err
}

func printLine(b *bytes.Buffer, line []Cell, colors Colors) {
	last := Plain
	for _, cell := range line {
		if cell.Rune == 0 {
			continue // the second column of the character before
		}
		if s := cell.Style.Degrade(colors); s != last {
			s.write(b)
			last = s
		}
		b.WriteRune(cell.Rune)
	}
	if last != Plain {
		b.WriteString("\x1b[m")
	}
	b.WriteByte('\n')
}

// write selects the style (ECMA-48, 8.3.117, with xterm's 38 and 48).
func (s Style) write(b *bytes.Buffer) {
	b.WriteString("\x1b[0")
	for i, code := range []int{1, 2, 4, 7, 3} { // in the order of the attributes
		if s.Attr&(1<<i) != 0 {
			fmt.Fprintf(b, ";%d", code)
		}
	}
	s.FG.write(b, 30, 90)
	s.BG.write(b, 40, 100)
	b.WriteByte('m')
}

// write selects a colour: the first eight are from base on, the next eight from bright.
func (c Color) write(b *bytes.Buffer, base, bright int) {
	n, indexed := c.Index()
	red, green, blue, known := c.RGB()
	switch {
	case indexed && n < 8:
		fmt.Fprintf(b, ";%d", base+int(n))
	case indexed && n < 16:
		fmt.Fprintf(b, ";%d", bright+int(n)-8)
	case indexed:
		fmt.Fprintf(b, ";%d;5;%d", base+8, n)
	case known:
		fmt.Fprintf(b, ";%d;2;%d;%d;%d", base+8, red, green, blue)
	}
}
