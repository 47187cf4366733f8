package term

import (
	"errors"
	"fmt"
	"os"
	"sync"

	"github.com/aymanbagabas/go-osc52/v2"
)

// Options say how to open the terminal.
type Options struct {
	Mouse bool // report buttons and the wheel; without it the terminal selects text itself
	Hover bool // report the mouse's movements, too

	// Colors is what the terminal can show. AutoColors follows NO_COLOR, COLORTERM, TERM
	// and terminfo.
	Colors Colors
}

// Errors of a terminal.
var (
	ErrClosed = errors.New("the terminal is closed")

	// ErrDumb is Open's where TERM names a terminal that can place nothing.
	ErrDumb = errors.New("the terminal can show lines only (TERM)")
)

// Terminal is the screen that the program was started from: /dev/tty, whatever its
// standard input and output are. There is one at a time, since termbox has one. Its
// methods may be called from any goroutine, and none waits for a terminal that is slow:
// what is drawn meanwhile is left out.
type Terminal struct {
	tty     *tty
	colors  Colors
	screen  *screen
	events  chan Event
	closed  chan struct{}
	watched chan struct{} // closed when watch has ended
	answer  *answer
	signals signals

	life    sync.Mutex // held while the terminal is taken and given back
	session *session   // nil while it is given back
	mouse   mouseModes
}

// Open takes the terminal over: the caller closes it, also when it panics.
func Open(o Options) (*Terminal, error) {
	name := os.Getenv("TERM")
	if name == "dumb" || name == "" {
		return nil, ErrDumb
	}
	tty, err := openTTY()
	if err != nil {
		return nil, err
	}
	if o.Colors == AutoColors {
		o.Colors = DetectColors()
	}
	t := &Terminal{
		tty: tty, colors: o.Colors,
		events:  make(chan Event, 64),
		closed:  make(chan struct{}),
		watched: make(chan struct{}),
		answer:  newAnswer(),
		mouse:   mouseModes{on: o.Mouse, hover: o.Hover},
	}
	t.screen = newScreen(tty, o.Colors, t.answer)
	t.life.Lock()
	defer t.life.Unlock()
	if err := t.take(); err != nil {
		_ = tty.setModes(&tty.saved)
		_ = tty.file.Close()
		return nil, err
	}
	if name != "linux" { // which prints the questions
		t.answer.ask(t.screen)
	}
	t.signals = newSignals()
	go t.watch()
	return t, nil
}

// databaseColors returns the number of colours of a terminal by terminfo, 0 where it is
// not in the database.
func databaseColors(name string) int {
	e, _, ok := readEntry(os.Getenv, name)
	if !ok {
		return 0
	}
	return e.maxColors()
}

// Size returns the columns and lines. Both are 0 where the terminal does not know.
func (t *Terminal) Size() (w, h int) { return t.tty.size() }

// Colors returns what the terminal is taken to show.
func (t *Terminal) Colors() Colors { return t.colors }

// Events returns what a person does. It is closed with the terminal.
func (t *Terminal) Events() <-chan Event { return t.events }

// Draw shows c, of which it keeps a copy: the cells that changed are written, nothing
// where none did. It returns the error of an earlier frame: the terminal is gone then.
func (t *Terminal) Draw(c *Canvas) error { return t.screen.draw(c) }

// Frames returns the number of frames that were written.
func (t *Terminal) Frames() uint64 { return t.screen.frames.Load() }

// Copy gives text to the clipboard of the terminal that the person sits at (OSC 52),
// through ssh, tmux and screen. Whether it took the text no terminal tells.
func (t *Terminal) Copy(text string) error {
	const most = 100_000 // bytes: what xterm and tmux take at all
	if len(text) > most {
		return fmt.Errorf("copy %d bytes: terminals take at most %d", len(text), most)
	}
	return t.screen.say(copySequence(os.Getenv, text))
}

// copySequence returns what copies text. tmux takes the plain form where its option
// set-clipboard is on, and passes the wrapped one on where allow-passthrough is: it gets
// both.
func copySequence(env func(string) string, text string) string {
	seq := osc52.New(text)
	switch {
	case env("TMUX") != "":
		return seq.String() + seq.Tmux().String()
	case env("STY") != "": // GNU screen
		return seq.Screen().String()
	}
	return seq.String()
}

// Bell rings it.
func (t *Terminal) Bell() { _ = t.screen.say("\a") }

// SetMouse turns the reports of the mouse on or off.
func (t *Terminal) SetMouse(on bool) {
	t.life.Lock()
	defer t.life.Unlock()
	if t.mouse.on != on {
		t.mouse.on = on
		_ = t.screen.say(t.mouse.sequence())
	}
}

// Background returns the terminal's own background, false where it cannot be known. It
// waits for the terminal's answer, at most 100 ms after Open.
func (t *Terminal) Background() (Color, bool) {
	t.answer.wait()
	if _, ground := t.answer.colors(); ground != Default {
		return ground, true
	}
	return colorFGBG(os.Getenv("COLORFGBG"))
}

// Close gives the terminal back as it was, even one that nobody reads. A second call
// does nothing.
func (t *Terminal) Close() error {
	first, err := t.end()
	if !first {
		return nil
	}
	<-t.watched // sends events, too
	close(t.events)
	return errors.Join(err, t.tty.file.Close())
}

// end ends the session for good, and reports whether it was the first to do so.
func (t *Terminal) end() (first bool, err error) {
	t.life.Lock()
	defer t.life.Unlock()
	select {
	case <-t.closed:
		return false, nil
	default:
	}
	if t.session != nil {
		t.answer.wait() // else the shell would get it
	}
	close(t.closed)
	t.screen.close()
	return true, t.giveBack()
}

// Rescue is to be deferred by every goroutine besides the one that closes the terminal:
// a panic there ends the program, and its trace would be printed on a screen that is not
// given back.
func (t *Terminal) Rescue() {
	if r := recover(); r != nil {
		t.abandon()
		panic(r)
	}
}

// mouseModes are what is told of the mouse.
type mouseModes struct{ on, hover bool }

// mouseOff turns all reports off: xterm's modes 1000 (buttons), 1002 (movements with a
// button), 1003 (all movements), 1006 (in numbers without limit).
const mouseOff = "\x1b[?1003l\x1b[?1002l\x1b[?1000l\x1b[?1006l"

func (m mouseModes) sequence() string {
	switch {
	case m.on && m.hover:
		return "\x1b[?1000h\x1b[?1002h\x1b[?1003h\x1b[?1006h"
	case m.on:
		return "\x1b[?1000h\x1b[?1002h\x1b[?1006h"
	}
	return mouseOff
}
