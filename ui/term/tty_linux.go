package term

import "golang.org/x/sys/unix"

// The requests of ioctl_tty(2).
const (
	getTermios = unix.TCGETS
	setTermios = unix.TCSETS // at once: output that nobody reads is not waited for
)

// flushOutput throws away what was written and not yet read.
func flushOutput(fd int) error { return unix.IoctlSetInt(fd, unix.TCFLSH, unix.TCOFLUSH) }
