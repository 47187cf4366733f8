package term

import "golang.org/x/sys/unix"

// The requests of tty(4).
const (
	getTermios = unix.TIOCGETA
	setTermios = unix.TIOCSETA // at once: output that nobody reads is not waited for
)

// fwrite is FWRITE of sys/fcntl.h: of TIOCFLUSH the queue of output.
const fwrite = 2

// flushOutput throws away what was written and not yet read.
func flushOutput(fd int) error { return unix.IoctlSetPointerInt(fd, unix.TIOCFLUSH, fwrite) }
