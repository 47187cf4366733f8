package term

import (
	"bytes"
	"testing"
)

func TestPrint(t *testing.T) {
	c := NewCanvas(12, 2)
	p := c.Pane()
	n := p.Text(0, 0, "a", Style{RGB(1, 2, 3), Palette(200), Bold | Italic})
	p.Text(n, 0, "漢b", Style{Palette(1), Palette(12), Reverse})
	p.Text(0, 1, "plain", Plain)
	for _, tt := range []struct {
		name   string
		colors Colors
		want   string
	}{
		{"true color", TrueColor, "\x1b[0;1;3;38;2;1;2;3;48;5;200ma\x1b[0;7;31;104m漢b\x1b[m\nplain\n"},
		{"none", NoColors, "\x1b[0;1;3ma\x1b[0;7m漢b\x1b[m\nplain\n"},
	} {
		var b bytes.Buffer
		if err := c.Print(&b, tt.colors); err != nil || b.String() != tt.want {
			t.Errorf("%s: got %q, %v\nwant %q", tt.name, b.String(), err, tt.want)
		}
	}
}
