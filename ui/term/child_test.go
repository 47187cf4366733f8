package term

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"testing"
	"time"
)

// childEnv has this test binary be a small program on the terminal instead.
const childEnv = "SOCKEYE_TERM_CHILD"

func TestMain(m *testing.M) {
	switch os.Getenv(childEnv) {
	case "":
		os.Exit(m.Run())
	case "echo":
		os.Exit(echo())
	case "flood":
		os.Exit(flood())
	}
}

// child is the program that the tests of a whole terminal run.
type child struct {
	*Terminal
	canvas *Canvas
	last   string // event
	events int
	keys   int
	moves  int
	ground string
}

// echo shows what it is told, and does what keys say.
func echo() (code int) {
	t, err := Open(Options{Mouse: true, Hover: true})
	if err != nil {
		fmt.Fprintln(os.Stderr, "error:", err)
		return 1
	}
	defer func() { _ = t.Close() }()
	c := &child{Terminal: t, canvas: NewCanvas(0, 0)}
	if color, ok := t.Background(); ok {
		c.ground = color.String()
	}
	for {
		c.draw()
		if err := t.Draw(c.canvas); err != nil {
			fmt.Fprintln(os.Stderr, "draw:", err)
			return 1
		}
		for more := true; more; {
			ev, open := <-t.Events()
			if !open || !c.take(ev) {
				return 0
			}
			more = len(t.Events()) > 0
		}
	}
}

func (c *child) draw() {
	w, h := c.Size()
	c.canvas.Resize(w, h)
	p := c.canvas.Pane()
	p.Text(0, 0, fmt.Sprintf("%dx%d colors %d ground %s.", w, h, c.Colors(), c.ground), Style{RGB(255, 200, 0), RGB(0, 0, 80), Bold})
	// All of it changes with every event, so that it is written in one piece.
	style := Style{Palette(uint8(16 + c.events%200)), Default, Bold}
	p.Text(0, 1, fmt.Sprintf("keys %d moves %d last %s.", c.keys, c.moves, c.last), style)
	p.Text(0, 2, "世界 ★ 👍🏽 hostile \x1b[31m.", Plain.With(Reverse))
}

// take does what an event says, and reports whether to go on.
func (c *child) take(ev Event) bool {
	c.events++
	switch ev.Kind {
	case MouseMove:
		c.moves++
		return true
	case Failed:
		fmt.Fprintln(os.Stderr, "failed:", ev.Err)
		return false
	case Resize:
		c.last = "resize"
		return true
	case Paste:
		c.last = "paste " + ev.Text
		return true
	case MousePress:
		c.last = fmt.Sprintf("press %d at %d,%d", ev.Button, ev.X, ev.Y)
		return true
	case KeyPress:
	default:
		return true
	}
	c.keys++
	c.last = ev.Key.String()
	return c.key(c.last)
}

func (c *child) key(name string) bool {
	var err error
	switch name {
	case "q":
		return false
	case "ctrl-z":
		err = c.Suspend()
	case "n": // the same picture
		for range 100 {
			_ = c.Draw(c.canvas)
		}
	case "c":
		err = c.Copy("copied by sockeye")
	case "b":
		c.Bell()
	case "m":
		c.SetMouse(false)
	case "p":
		panic("the loop's panic")
	case "P":
		go func() {
			defer c.Rescue()
			panic("a goroutine's panic")
		}()
		select {}
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, name+":", err)
	}
	return true
}

// flood draws as much as it can until it is told to end, and says how that went.
func flood() int {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	t, err := Open(Options{Mouse: true, Colors: TrueColor})
	if err != nil {
		fmt.Fprintln(os.Stderr, "error:", err)
		return 1
	}
	c := NewCanvas(200, 60)
	var slowest time.Duration
	for i := 0; ctx.Err() == nil; i++ {
		for n := range c.Cells { // the most bytes that a cell can take
			c.Cells[n] = Cell{'█', Style{RGB(uint8(n), uint8(i), 0), RGB(uint8(i), uint8(n), 0), Bold | Underline}}
		}
		begin := time.Now()
		if err := t.Draw(c); err != nil {
			fmt.Fprintln(os.Stderr, "draw:", err)
		}
		slowest = max(slowest, time.Since(begin))
		t.Bell()
		if i == 3 {
			fmt.Fprintln(os.Stderr, "flooding")
		}
	}
	begin := time.Now()
	err = t.Close()
	fmt.Fprintf(os.Stderr, "frames %d\nslowest %d ms\nclosed in %d ms: %v\n",
		t.Frames(), slowest.Milliseconds(), time.Since(begin).Milliseconds(), err)
	return 0
}
