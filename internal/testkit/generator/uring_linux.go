package generator

import (
	"encoding/binary"
	"errors"
	"os"
	"runtime"
	"sync/atomic"
	"unsafe"

	"golang.org/x/sys/unix"
)

// Of linux/io_uring.h.
const (
	opSend, opReceive = 26, 27
	sqeAsync          = 1 << 4 // a worker thread of the kernel does it
	enterGetEvents    = 1
	ringSQ, ringSQEs  = 0, 0x10000000
	featSingleMmap    = 1
	sizeofSQE         = 64
	sizeofCQE         = 16
)

// ringParams is struct io_uring_params.
type ringParams struct {
	sqEntries, cqEntries, flags, cpu, idle, features, wq uint32
	_                                                    [3]uint32
	sq                                                   struct {
		head, tail, mask, entries, flags, dropped, array, _ uint32
		_                                                   uint64
	}
	cq struct {
		head, tail, mask, entries, overflow, cqes, flags, _ uint32
		_                                                   uint64
	}
}

// ring is an io_uring that does one thing at a time.
type ring struct {
	fd         int
	p          ringParams
	both, sqes []byte // the two rings, and what is to be submitted
	flags      uint8  // of each submission
}

func newRing(flags uint8) (*ring, error) {
	r := &ring{flags: flags}
	// The kernel fills in p, which lives as long as r.
	fd, _, errno := unix.Syscall(unix.SYS_IO_URING_SETUP, 1, uintptr(unsafe.Pointer(&r.p)), 0)
	switch errno {
	case 0:
	case unix.ENOSYS, unix.EPERM: // not built in, or kernel.io_uring_disabled
		return nil, &lackError{"io_uring", errno}
	default:
		return nil, os.NewSyscallError("io_uring_setup", errno)
	}
	r.fd = int(fd)
	if r.p.features&featSingleMmap == 0 {
		return nil, &lackError{"io_uring of Linux 5.4", unix.EOPNOTSUPP}
	}
	length := max(r.p.sq.array+4*r.p.sqEntries, r.p.cq.cqes+sizeofCQE*r.p.cqEntries)
	var err error
	if r.both, err = unix.Mmap(r.fd, ringSQ, int(length), unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED); err != nil {
		return nil, os.NewSyscallError("mmap io_uring", err)
	}
	r.sqes, err = unix.Mmap(r.fd, ringSQEs, int(sizeofSQE*r.p.sqEntries), unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED)
	return r, os.NewSyscallError("mmap io_uring", err)
}

// at is a word of the rings that the kernel shares.
func (r *ring) at(offset uint32) *uint32 {
	return (*uint32)(unsafe.Pointer(&r.both[offset : offset+4][0])) // aligned: offsets of words, from a page's start
}

// do has one operation done and waits for its result.
func (r *ring) do(op uint8, fd int, b []byte) (int, error) {
	var pin runtime.Pinner // the kernel has the address meanwhile
	pin.Pin(&b[0])
	defer pin.Unpin()
	tail := atomic.LoadUint32(r.at(r.p.sq.tail))
	slot := tail & *r.at(r.p.sq.mask)
	s := r.sqes[slot*sizeofSQE:][:sizeofSQE]
	clear(s)
	s[0], s[1] = op, r.flags
	binary.NativeEndian.PutUint32(s[4:], uint32(fd))
	binary.NativeEndian.PutUint64(s[16:], uint64(uintptr(unsafe.Pointer(&b[0]))))
	binary.NativeEndian.PutUint32(s[24:], uint32(len(b)))
	*r.at(r.p.sq.array + 4*slot) = slot
	atomic.StoreUint32(r.at(r.p.sq.tail), tail+1)

	head := atomic.LoadUint32(r.at(r.p.cq.head))
	for submit := uintptr(1); atomic.LoadUint32(r.at(r.p.cq.tail)) == head; {
		n, _, errno := unix.Syscall6(unix.SYS_IO_URING_ENTER, uintptr(r.fd), submit, 1, enterGetEvents, 0, 0)
		if errno != 0 && errno != unix.EINTR {
			return 0, os.NewSyscallError("io_uring_enter", errno)
		}
		if errno == 0 {
			submit -= n
		}
	}
	done := r.both[r.p.cq.cqes+sizeofCQE*(head&*r.at(r.p.cq.mask)):][:sizeofCQE]
	result := int32(binary.NativeEndian.Uint32(done[8:]))
	atomic.StoreUint32(r.at(r.p.cq.head), head+1)
	if result < 0 {
		return 0, unix.Errno(-result)
	}
	return int(result), nil
}

// rings are io_uring, one for each way.
type rings struct {
	fd      int
	out, in *ring
	buffers [2][]byte
}

func newRings(fd int, flags uint8) (*rings, error) {
	w := &rings{fd: fd, buffers: [2][]byte{make([]byte, roomFor), make([]byte, roomFor)}}
	var err error
	if w.out, err = newRing(flags); err != nil {
		return nil, err
	}
	w.in, err = newRing(flags)
	return w, err
}

func (w *rings) send(n int) error {
	for n > 0 {
		m, err := again(w.out, opSend, w.fd, w.buffers[0][:min(n, roomFor)])
		if err != nil {
			return os.NewSyscallError("io_uring send", err)
		}
		n -= m
	}
	return nil
}

func (w *rings) receive() (int, error) {
	n, err := again(w.in, opReceive, w.fd, w.buffers[1])
	return n, os.NewSyscallError("io_uring receive", err)
}

// again does an operation that a signal may cut short.
func again(r *ring, op uint8, fd int, b []byte) (int, error) {
	for {
		n, err := r.do(op, fd, b)
		if !errors.Is(err, unix.EINTR) {
			return n, err
		}
	}
}
