package widget

import (
	"strings"
	"testing"

	"sockeye/ui/term"
)

func TestTooltipCutsNoLabelThatHasRoom(t *testing.T) {
	c := term.NewCanvas(60, 10)
	Tooltip(c.Pane(), fixture(), 0, 0, Tip{Title: "Flows", Lines: []Fact{{Label: "active in 2 s", Value: "14"}}})
	if got := c.String(); !strings.Contains(got, "active in 2 s 14") {
		t.Errorf("got\n%s", got)
	}
}
