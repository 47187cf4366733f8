package term

import (
	"errors"
	"fmt"
	"os"
	"time"

	ui "github.com/gizak/termui/v3"
	"github.com/mattn/go-runewidth"
	tb "github.com/nsf/termbox-go"
	"golang.org/x/sys/unix"
)

// session is the time from taking the terminal to giving it back.
type session struct {
	done    chan struct{} // closed when it ends
	painter chan struct{} // closed when the painter has ended
	poller  chan struct{} // likewise
	reader  chan struct{} // likewise
	raw     unix.Termios  // the terminal's modes meanwhile
}

// Modes besides those that termbox sets: bracketed paste.
const (
	pasteOn  = "\x1b[?2004h"
	pasteOff = "\x1b[?2004l"
)

// occupation is what termbox and we write to take the terminal: the second screen, the
// keypad's own keys, no cursor.
const occupation = "\x1b[?1049h\x1b[?1h\x1b=\x1b[?25l" + pasteOn

// restoration puts a terminal right that termbox could not: colours, cursor, keypad,
// the first screen.
const restoration = frameEnd + mouseOff + pasteOff + "\x1b[m\x1b[?25h\x1b[?1l\x1b>\x1b[?1049l"

// take takes the terminal over. The caller holds t.life.
func (t *Terminal) take() error {
	// Ours and termbox's opinions on what is wide must be the same.
	runewidth.DefaultCondition.EastAsianWidth = false
	runewidth.DefaultCondition.StrictEmojiNeutral = true
	if err := initTermbox(); err != nil {
		return fmt.Errorf("take the terminal: %w", err)
	}
	tb.SetInputMode(tb.InputEsc) // the mouse's modes are set by us
	raw, err := t.tty.modes()
	if err != nil {
		ui.Close()
		return err
	}
	s := &session{make(chan struct{}), make(chan struct{}), make(chan struct{}), make(chan struct{}), *raw}
	t.session = s
	_ = t.screen.say(pasteOn + t.mouse.sequence())
	t.screen.repaint()
	inputs := make(chan input)
	go func() {
		defer close(s.painter)
		defer t.Rescue()
		t.screen.paint(s.done)
	}()
	go func() {
		defer close(s.poller)
		defer t.Rescue()
		poll(s.done, inputs)
	}()
	go func() {
		defer close(s.reader)
		defer t.Rescue()
		t.read(s.done, inputs)
	}()
	// Termbox reads when the kernel tells that there is something, and so not what was
	// typed before it asked to be told.
	_ = unix.Kill(unix.Getpid(), unix.SIGIO)
	return nil
}

// initTermbox starts termbox with the sequences of xterm, which every terminal of today
// knows, or the Linux console's. Termbox finds those by the environment; of an entry of
// terminfo that lacks something it reads what stands elsewhere, so it is given one that
// is sound, or else its own.
func initTermbox() error {
	const standard = "xterm-256color"
	name, database := os.Getenv("TERM"), os.DevNull // where nothing is found
	if name != "linux" {
		name = standard
		if e, dir, ok := readEntry(os.Getenv, name); ok && e.sound() {
			database = dir
		}
	}
	defer setenv("TERM", name)()
	defer setenv("TERMINFO", database)()
	return ui.Init()
}

// setenv sets a variable of the environment, and returns what undoes it.
func setenv(key, value string) (undo func()) {
	before, was := os.LookupEnv(key)
	_ = os.Setenv(key, value)
	return func() {
		if was {
			_ = os.Setenv(key, before)
		} else {
			_ = os.Unsetenv(key)
		}
	}
}

// How a terminal that nobody reads is given back.
const (
	patience = 200 * time.Millisecond // that writing may take to end by itself
	giveUp   = time.Second
	retry    = 10 * time.Millisecond // between two attempts to wake it
)

var errNotRestored = errors.New("the terminal takes nothing: what it shows was not restored")

// giveBack gives the terminal back. The caller holds t.life.
func (t *Terminal) giveBack() error {
	s := t.session
	if s == nil {
		return nil
	}
	t.session = nil
	close(s.done)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		<-s.painter
		_ = t.tty.write([]byte(mouseOff + pasteOff))
		tb.Interrupt()
		<-s.poller
		<-s.reader
		ui.Close()
	}()
	err := t.await(ended)
	// Waking may have set what termbox had restored.
	return errors.Join(err, t.tty.setModes(&t.tty.saved))
}

// await waits until the writing has ended. A terminal that takes nothing loses what was
// written for it.
func (t *Terminal) await(ended <-chan struct{}) error {
	select {
	case <-ended:
		return nil
	case <-time.After(patience):
	}
	for end := time.Now().Add(giveUp); time.Now().Before(end); {
		t.tty.unstick()
		select {
		case <-ended:
			return nil
		case <-time.After(retry):
		}
	}
	t.restore()
	return errNotRestored
}

// restore puts the terminal right without termbox.
func (t *Terminal) restore() {
	_ = t.tty.setModes(&t.tty.saved)
	t.tty.try([]byte(restoration), patience)
}

// abandon is restore from a goroutine that panics, whatever the others do.
func (t *Terminal) abandon() {
	t.tty.unstick()
	t.restore()
}
