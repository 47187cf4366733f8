package tab

import (
	"testing"

	"sockeye/ui/term"
	"sockeye/ui/theme"
)

func TestSidePictures(t *testing.T) {
	m := systemModel()
	var side Side
	for _, size := range [][2]int{{SideWidth - 2, 14}, {SideWidth - 2, 40}} {
		c := term.NewCanvas(size[0], size[1])
		c.Clear(m.Style(theme.Text))
		side.Draw(c.Pane(), m)
		comparePicture(t, "side", c)
	}
	m.Snap = nil
	c := term.NewCanvas(SideWidth, 3)
	side.Draw(c.Pane(), m) // before the first packets
	if got := textOf(c); got != "\n\n\n" {
		t.Errorf("without a snapshot the panel says %q", got)
	}
}
