package capture

import (
	"io"
	"io/fs"
	"os"
	"syscall"
)

// openFIFO opens a named pipe without waiting for a writer, so that Close can
// end the wait: the first read waits.
func openFIFO(path string) (*os.File, io.Reader, error) {
	f, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, nil, err
	}
	return f, &fifo{f: f}, nil
}

// fifo reads a named pipe that may have no writer yet.
type fifo struct {
	f    *os.File
	open bool // a writer has been there
}

// Read waits for a first writer, where the system would report the end of the
// file (fifo(7)).
func (p *fifo) Read(b []byte) (int, error) {
	if p.open {
		return p.f.Read(b)
	}
	p.open = true
	c, err := p.f.SyscallConn()
	if err != nil {
		return 0, err
	}
	var n int
	var readErr error
	woken := false
	err = c.Read(func(fd uintptr) bool {
		n, readErr = ignoringEINTR(int(fd), b)
		// poll(2) reports nothing at all before there was a writer: being woken
		// means that one wrote or left.
		wait := readErr == syscall.EAGAIN || n == 0 && !woken
		woken = true
		return !wait
	})
	switch {
	case err != nil:
		return 0, err
	case readErr != nil:
		return 0, &fs.PathError{Op: "read", Path: p.f.Name(), Err: readErr}
	case n == 0:
		return 0, io.EOF
	}
	return n, nil
}

func ignoringEINTR(fd int, b []byte) (int, error) {
	for {
		n, err := syscall.Read(fd, b)
		if err != syscall.EINTR {
			return n, err
		}
	}
}

// reopenPipe opens the pipe behind a descriptor anew, since reads of the new
// one can be interrupted and its flags are not shared with other processes. It
// returns nil where that is not permitted.
func reopenPipe(path string) *os.File {
	f, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil
	}
	return f
}
