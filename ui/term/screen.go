package term

import (
	"errors"
	"slices"
	"sync"
	"sync/atomic"

	"golang.org/x/sys/unix"
)

// A frame is shown at once by terminals that know synchronized output (mode 2026).
const (
	frameBegin = "\x1b[?2026h"
	frameEnd   = "\x1b[?2026l"
)

// maxSaid bounds what waits to be written besides frames, in bytes.
const maxSaid = 1 << 20

// errStalled is what Copy returns on a terminal that takes nothing.
var errStalled = errors.New("the terminal takes nothing at present")

// screen is what is shown: the newest frame waits here until the painter, a goroutine of
// its own, has written the one before. A terminal that is slow or stopped so delays
// nobody.
type screen struct {
	tty    *tty
	frame  *frame // the painter's
	wake   chan struct{}
	frames atomic.Uint64

	mu    sync.Mutex
	next  Canvas // the newest frame
	fresh bool   // it was not taken by the painter yet
	whole bool   // everything is to be written, whatever the terminal seems to show
	said  []byte // to be written besides
	err   error
}

func newScreen(t *tty, colors Colors, a *answer) *screen {
	return &screen{tty: t, frame: newFrame(colors, a), wake: make(chan struct{}, 1)}
}

func (s *screen) draw(c *Canvas) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.err != nil {
		return s.err
	}
	if c.W == s.next.W && c.H == s.next.H && slices.Equal(c.Cells, s.next.Cells) {
		return nil
	}
	s.next.copyFrom(c)
	s.fresh = true
	s.notify()
	return nil
}

// say writes a sequence between two frames.
func (s *screen) say(sequence string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.err != nil {
		return s.err
	}
	if len(s.said)+len(sequence) > maxSaid {
		return errStalled
	}
	s.said = append(s.said, sequence...)
	s.notify()
	return nil
}

// repaint writes everything anew: the terminal changed its size, or another program
// wrote on it.
func (s *screen) repaint() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.whole = true
	s.notify()
}

// close makes every later call fail.
func (s *screen) close() { s.fail(ErrClosed) }

func (s *screen) fail(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.err == nil {
		s.err = err
	}
}

// notify wakes the painter. It has nothing to do where one wake-up waits already.
func (s *screen) notify() {
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

// paint is the painter: it writes what there is to write, until done. What waits then is
// written still: who copies and leaves wants the copy.
func (s *screen) paint(done <-chan struct{}) {
	for over := false; !over; {
		select {
		case <-done:
			over = true
		case <-s.wake:
		}
		err := s.write()
		if errors.Is(err, unix.EIO) { // what is written to a terminal that is gone
			err = ErrHangup
		}
		if err != nil {
			s.fail(err)
		}
	}
}

// write writes what waits. It alone may take as long as the terminal wants.
func (s *screen) write() error {
	s.mu.Lock()
	said := string(s.said)
	s.said = s.said[:0]
	fresh, whole := s.fresh, s.whole
	s.fresh, s.whole = false, false
	if fresh || whole {
		s.frame.canvas.copyFrom(&s.next)
	}
	s.mu.Unlock()

	if !fresh && !whole {
		return s.tty.write([]byte(said))
	}
	if err := s.tty.write([]byte(said + frameBegin)); err != nil {
		return err
	}
	s.frame.show(whole)
	s.frames.Add(1)
	return s.tty.write([]byte(frameEnd))
}

// copyFrom makes c the same picture as d.
func (c *Canvas) copyFrom(d *Canvas) {
	c.W, c.H = d.W, d.H
	c.Cells = append(c.Cells[:0], d.Cells...)
}
