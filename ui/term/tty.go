package term

import (
	"fmt"
	"os"
	"time"

	"golang.org/x/sys/unix"
)

// tty is the controlling terminal by a handle of our own: termbox has two, keeps them to
// itself and blocks in them. Its methods may be called by any goroutine.
type tty struct {
	file  *os.File
	saved unix.Termios // as it was found
}

func openTTY() (*tty, error) {
	file, err := os.OpenFile("/dev/tty", os.O_RDWR, 0)
	if err != nil {
		return nil, fmt.Errorf("open the terminal: %w", err)
	}
	t := &tty{file: file}
	saved, err := t.modes()
	if err != nil {
		_ = file.Close()
		return nil, fmt.Errorf("read the terminal's modes: %w", err)
	}
	t.saved = *saved
	return t, nil
}

// control calls f with the descriptor. File.Fd would make it a blocking one.
func (t *tty) control(f func(fd int) error) error {
	raw, err := t.file.SyscallConn()
	if err != nil {
		return err
	}
	var failed error
	if err := raw.Control(func(fd uintptr) { failed = f(int(fd)) }); err != nil {
		return err
	}
	return failed
}

func (t *tty) modes() (m *unix.Termios, err error) {
	err = t.control(func(fd int) (err error) {
		m, err = unix.IoctlGetTermios(fd, getTermios)
		return os.NewSyscallError("ioctl get termios", err)
	})
	return m, err
}

func (t *tty) setModes(m *unix.Termios) error {
	return t.control(func(fd int) error {
		return os.NewSyscallError("ioctl set termios", unix.IoctlSetTermios(fd, setTermios, m))
	})
}

// size returns the columns and lines; 0 and 0 where the terminal does not know.
func (t *tty) size() (w, h int) {
	_ = t.control(func(fd int) error {
		size, err := unix.IoctlGetWinsize(fd, unix.TIOCGWINSZ)
		if err == nil {
			w, h = int(size.Col), int(size.Row)
		}
		return err
	})
	return w, h
}

// write writes all of b, however long that takes.
func (t *tty) write(b []byte) error {
	_, err := t.file.Write(b)
	return err
}

// try writes b if the terminal takes it within this time, and leaves behind who does not
// come to an end.
func (t *tty) try(b []byte, within time.Duration) {
	_ = t.file.SetWriteDeadline(time.Now()) // whoever is writing (on Linux)
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = t.file.SetWriteDeadline(time.Now().Add(within))
		_, _ = t.file.Write(b)
	}()
	select {
	case <-done:
	case <-time.After(within):
	}
}

// unstick throws away what waits to be shown, and wakes who is blocked in writing: the
// kernel does so when modes are set (n_tty_set_termios), even to what they were.
func (t *tty) unstick() {
	_ = t.control(flushOutput)
	if m, err := t.modes(); err == nil {
		_ = t.setModes(m)
	}
}
