package screen

import (
	"sync"

	"sockeye/ui/term"
)

// Canvas is a screen of a fixed size that keeps the last frame. It implements ui.Screen.
type Canvas struct {
	mu     sync.Mutex
	w, h   int
	last   *term.Canvas
	frames int
	events chan term.Event

	copied    []string
	bells     int
	mouse     bool
	suspended int
	closed    bool
	failure   error
}

// NewCanvas returns a screen of w by h cells.
func NewCanvas(w, h int) *Canvas {
	return &Canvas{w: w, h: h, last: term.NewCanvas(w, h), events: make(chan term.Event, 1024)}
}

// Size implements ui.Screen.
func (c *Canvas) Size() (w, h int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.w, c.h
}

// Resize changes the size.
func (c *Canvas) Resize(w, h int) {
	c.mu.Lock()
	c.w, c.h = w, h
	c.mu.Unlock()
	c.Send(term.Event{Kind: term.Resize, X: w, Y: h})
}

// Draw implements ui.Screen.
func (c *Canvas) Draw(frame *term.Canvas) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.last.W, c.last.H = frame.W, frame.H
	c.last.Cells = append(c.last.Cells[:0], frame.Cells...)
	c.frames++
	return c.failure
}

// Fail lets the next frame fail.
func (c *Canvas) Fail(err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.failure = err
}

// Last returns a copy of the last frame.
func (c *Canvas) Last() *term.Canvas {
	c.mu.Lock()
	defer c.mu.Unlock()
	return &term.Canvas{W: c.last.W, H: c.last.H, Cells: append([]term.Cell(nil), c.last.Cells...)}
}

// Frames returns how many frames were drawn.
func (c *Canvas) Frames() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.frames
}

// Events implements ui.Screen.
func (c *Canvas) Events() <-chan term.Event { return c.events }

// Send makes an event.
func (c *Canvas) Send(e term.Event) { c.events <- e }

// Copy implements ui.Screen.
func (c *Canvas) Copy(text string) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.copied = append(c.copied, text)
	return nil
}

// Copied returns what was copied.
func (c *Canvas) Copied() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return append([]string(nil), c.copied...)
}

// Bell implements ui.Screen.
func (c *Canvas) Bell() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.bells++
}

// Bells returns how often the bell rang.
func (c *Canvas) Bells() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.bells
}

// SetMouse implements ui.Screen.
func (c *Canvas) SetMouse(on bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.mouse = on
}

// Mouse reports whether the mouse is taken.
func (c *Canvas) Mouse() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.mouse
}

// Suspend implements ui.Screen.
func (c *Canvas) Suspend() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.suspended++
	return nil
}

// Suspended returns how often it was suspended.
func (c *Canvas) Suspended() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.suspended
}

// Close implements ui.Screen.
func (c *Canvas) Close() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.closed = true
	return nil
}

// Closed reports whether the terminal was restored.
func (c *Canvas) Closed() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.closed
}
