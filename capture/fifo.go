package capture

import (
	"os"
	"runtime"
	"sync"
	"syscall"
)

// fifo is a named pipe that is opened by its first Read, since that may have to
// wait for a writer (fifo(7)). Close ends the wait.
type fifo struct {
	path string

	mu      sync.Mutex
	opening bool
	closed  bool
	f       *os.File // nil until it is open
	waker   *os.File // the other end, held until the open has returned
}

func (p *fifo) Read(b []byte) (int, error) {
	f, err := p.open()
	if err != nil {
		return 0, err
	}
	return f.Read(b)
}

// open returns the open pipe. Only one goroutine reads, so only one opens.
func (p *fifo) open() (*os.File, error) {
	p.mu.Lock()
	f, closed := p.f, p.closed
	p.opening = f == nil && !closed
	p.mu.Unlock()
	if closed {
		return nil, os.ErrClosed
	}
	if f != nil {
		return f, nil
	}
	f, err := os.Open(p.path)

	p.mu.Lock()
	defer p.mu.Unlock()
	p.opening = false
	if p.waker != nil {
		_ = p.waker.Close() // nothing was written to it
	}
	if err != nil {
		return nil, err
	}
	if p.closed {
		_ = f.Close() // nothing was read from it
		return nil, os.ErrClosed
	}
	p.f = f
	return f, nil
}

// Close makes a Read that waits return.
func (p *fifo) Close() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.closed = true
	if p.opening {
		// Opening a pipe for both ways never waits, and is the writer that the
		// other open waits for. Where the name is gone, there is nothing to do.
		p.waker, _ = os.OpenFile(p.path, os.O_RDWR|syscall.O_NONBLOCK, 0)
	}
	if p.f == nil {
		return nil
	}
	return p.f.Close()
}

// reopenPipe opens the pipe behind a descriptor anew, since reads of the new
// one can be interrupted and its flags are not shared with other processes. It
// returns nil where that is not permitted, or only duplicates the descriptor.
func reopenPipe(path string) *os.File {
	if runtime.GOOS != "linux" {
		return nil
	}
	f, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil
	}
	return f
}
