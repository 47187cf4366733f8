package term

import (
	"errors"
	"fmt"
	"os"
	"os/signal"
	"time"

	"golang.org/x/sys/unix"
)

// ErrHangup is the error of Draw and of a Failed event when the terminal was closed.
var ErrHangup = errors.New("the terminal hung up")

// notStopped is after how long the process was not stopped, since it has no shell that
// could continue it (an orphaned process group): it goes on then.
const notStopped = 300 * time.Millisecond

// signals are what the system tells of the terminal besides its size, which termbox
// watches. SIGTSTP is not among them: Go never gives a signal that it once caught its
// default effect again, which is what Suspend needs.
type signals struct{ hangup, resumed, fatal chan os.Signal }

// fatals end the program with a trace, which is to be read on a terminal that was given
// back.
var fatals = []os.Signal{unix.SIGQUIT, unix.SIGABRT}

func newSignals() signals {
	s := signals{make(chan os.Signal, 1), make(chan os.Signal, 1), make(chan os.Signal, 1)}
	signal.Notify(s.hangup, unix.SIGHUP)
	signal.Notify(s.resumed, unix.SIGCONT)
	signal.Notify(s.fatal, fatals...)
	return s
}

// watch follows the signals until the terminal is closed.
func (t *Terminal) watch() {
	defer close(t.watched)
	defer t.Rescue()
	s := &t.signals
	defer signal.Stop(s.hangup)
	defer signal.Stop(s.resumed)
	defer signal.Stop(s.fatal)
	for {
		select {
		case <-t.closed:
			return
		case <-s.hangup:
			t.screen.fail(ErrHangup)
			t.deliver(t.closed, Event{Kind: Failed, Err: ErrHangup})
		case <-s.resumed:
			t.retake()
		case fatal := <-s.fatal:
			t.abandon()
			signal.Reset(fatal)
			_ = unix.Kill(unix.Getpid(), fatal.(unix.Signal))
			return // the runtime ends the program
		}
	}
}

// Suspend gives the terminal back and stops the process group, as the shell's job that
// it is. When that is continued Suspend takes the terminal again, shows what was shown,
// and returns. A Resize event follows, since the size may be another.
func (t *Terminal) Suspend() error {
	t.life.Lock()
	defer t.life.Unlock()
	if t.session == nil {
		return ErrClosed
	}
	if err := t.giveBack(); err != nil {
		return fmt.Errorf("suspend: %w", err)
	}
	t.signals.sleep()
	if err := t.take(); err != nil {
		return fmt.Errorf("resume: %w", err)
	}
	t.resized()
	return nil
}

// sleep stops the process group, and returns when it is continued.
func (s *signals) sleep() {
	signal.Stop(s.resumed)
	continued := make(chan os.Signal, 1)
	signal.Notify(continued, unix.SIGCONT)
	if unix.Kill(0, unix.SIGTSTP) == nil {
		select {
		case <-continued:
		case <-time.After(notStopped): // of the time that the process runs, too
		}
	}
	signal.Stop(continued)
	signal.Notify(s.resumed, unix.SIGCONT)
}

// retake sets the terminal's modes anew after the process was stopped by a signal that
// cannot be caught: the shell has changed them.
func (t *Terminal) retake() {
	t.life.Lock()
	defer t.life.Unlock()
	if t.session == nil {
		return
	}
	_ = t.tty.setModes(&t.session.raw)
	_ = t.screen.say(occupation + t.mouse.sequence())
	t.screen.repaint()
	t.resized()
}

// resized tells of the size. Who has not yet taken many events will draw anyway.
func (t *Terminal) resized() {
	w, h := t.tty.size()
	select {
	case t.events <- Event{Kind: Resize, X: w, Y: h}:
	default:
	}
}
