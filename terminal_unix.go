//go:build unix

package main

import (
	"os"
	"syscall"
	"unsafe"
)

// terminalSize returns the size of the terminal that f is. ok is false when f is
// no terminal, or one that does not say (tty_ioctl(4), TIOCGWINSZ).
func terminalSize(f *os.File) (columns, rows int, ok bool) {
	var size struct{ rows, columns, _, _ uint16 }
	conn, err := f.SyscallConn()
	if err != nil {
		return 0, 0, false
	}
	var errno syscall.Errno
	err = conn.Control(func(fd uintptr) {
		// The kernel writes a struct winsize: four unsigned shorts.
		_, _, errno = syscall.Syscall(syscall.SYS_IOCTL, fd, syscall.TIOCGWINSZ, uintptr(unsafe.Pointer(&size)))
	})
	ok = err == nil && errno == 0 && size.columns > 0 && size.rows > 0
	return int(size.columns), int(size.rows), ok
}
