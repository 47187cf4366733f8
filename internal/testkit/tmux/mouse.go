package tmux

import (
	"fmt"
	"strings"
)

// Button is what of a mouse is pressed, in the numbers of xterm's reports.
type Button int

// The buttons, and the wheel, which is two of them.
const (
	Left      Button = 0
	Middle    Button = 1
	Right     Button = 2
	WheelUp   Button = 64
	WheelDown Button = 65

	moved = 32 // is added for movements
	none  = 3  // no button is held
)

// Press presses a button of the mouse on a cell, counted from 0, and lets it go.
func (t *Terminal) Press(b Button, x, y int) {
	t.tb.Helper()
	report := mouseReport(int(b), x, y, 'M')
	if b != WheelUp && b != WheelDown { // which has nothing to let go of
		report += mouseReport(int(b), x, y, 'm')
	}
	t.Type(report)
}

// Drag presses the left button on a cell and lets it go on another.
func (t *Terminal) Drag(x, y, toX, toY int) {
	t.tb.Helper()
	t.Type(mouseReport(int(Left), x, y, 'M') + mouseReport(int(Left)+moved, toX, toY, 'M') + mouseReport(int(Left), toX, toY, 'm'))
}

// Hover moves the pointer to a cell.
func (t *Terminal) Hover(x, y int) {
	t.tb.Helper()
	t.Type(mouseReport(none+moved, x, y, 'M'))
}

// mouseReport is what a terminal writes of its mouse in mode 1006, with cells from 1.
func mouseReport(code, x, y int, end byte) string {
	return fmt.Sprintf("\x1b[<%d;%d;%d%c", code, x+1, y+1, end)
}

// Find returns where a screen shows text, in cells from 0. It fails the test where that
// is not the case. Characters before it must be one column wide.
func (t *Terminal) Find(screen, text string) (x, y int) {
	t.tb.Helper()
	for y, line := range strings.Split(screen, "\n") {
		if before, _, found := strings.Cut(line, text); found {
			return len([]rune(before)), y
		}
	}
	t.tb.Fatalf("no %q on the screen\n%s", text, screen)
	return 0, 0
}
