package generator

import (
	"errors"
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

// way is how bytes get into a connection and out of it. One goroutine may send while
// another one receives.
type way interface {
	send(n int) error      // exactly n bytes
	receive() (int, error) // some bytes, 0 at the end
}

const roomFor = 1 << 16 // bytes that are read at once

func newWay(how string, fd int) (way, error) {
	calls := &systemCalls{fd: fd, out: make([]byte, roomFor), in: make([]byte, roomFor)}
	switch how {
	case "":
		return calls, nil
	case "sendfile":
		file, err := unix.MemfdCreate("generator", unix.MFD_CLOEXEC)
		if err != nil {
			return nil, os.NewSyscallError("memfd_create", err)
		}
		return &fromFile{calls, file}, os.NewSyscallError("ftruncate", unix.Ftruncate(file, roomFor))
	case "splice":
		return newSplice(calls)
	case "io_uring":
		return newRings(fd, 0)
	case "io_uring+workers":
		return newRings(fd, sqeAsync)
	}
	return nil, fmt.Errorf("unknown way %q", how)
}

// systemCalls are write(2) and read(2).
type systemCalls struct {
	fd      int
	out, in []byte
}

func (w *systemCalls) send(n int) error {
	for n > 0 {
		m, err := unix.Write(w.fd, w.out[:min(n, len(w.out))])
		switch {
		case errors.Is(err, unix.EINTR):
		case err != nil:
			return os.NewSyscallError("write", err)
		default:
			n -= m
		}
	}
	return nil
}

func (w *systemCalls) receive() (int, error) {
	for {
		n, err := unix.Read(w.fd, w.in)
		if !errors.Is(err, unix.EINTR) {
			return n, os.NewSyscallError("read", err)
		}
	}
}

// fromFile is sendfile(2) and read(2).
type fromFile struct {
	*systemCalls
	file int
}

func (w *fromFile) send(n int) error {
	for n > 0 {
		at := int64(0)
		m, err := unix.Sendfile(w.fd, w.file, &at, min(n, roomFor))
		if err != nil && !errors.Is(err, unix.EINTR) {
			return os.NewSyscallError("sendfile", err)
		}
		n -= max(m, 0)
	}
	return nil
}

// splice is splice(2) through a pipe, each way.
type splice struct {
	calls   *systemCalls
	out, in [2]int
}

func newSplice(calls *systemCalls) (*splice, error) {
	w := &splice{calls: calls}
	for _, pipe := range [...]*[2]int{&w.out, &w.in} {
		if err := unix.Pipe2(pipe[:], unix.O_CLOEXEC); err != nil {
			return nil, os.NewSyscallError("pipe2", err)
		}
	}
	return w, nil
}

func (w *splice) send(n int) error {
	for n > 0 {
		m, err := unix.Write(w.out[1], w.calls.out[:min(n, 4096)])
		if err != nil {
			return os.NewSyscallError("write", err)
		}
		for left := m; left > 0; {
			moved, err := unix.Splice(w.out[0], nil, w.calls.fd, nil, left, 0)
			if err != nil && !errors.Is(err, unix.EINTR) {
				return os.NewSyscallError("splice", err)
			}
			left -= int(max(moved, 0))
		}
		n -= m
	}
	return nil
}

func (w *splice) receive() (int, error) {
	n, err := unix.Splice(w.calls.fd, nil, w.in[1], nil, roomFor, 0)
	if err != nil || n == 0 {
		return int(n), os.NewSyscallError("splice", err)
	}
	for left := int(n); left > 0; {
		m, err := unix.Read(w.in[0], w.calls.in[:min(left, roomFor)])
		if err != nil {
			return int(n), os.NewSyscallError("read", err)
		}
		left -= m
	}
	return int(n), nil
}
