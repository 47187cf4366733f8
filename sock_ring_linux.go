// Hot path: no allocation.

package main

import (
	"errors"
	"fmt"
	"os"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
	"unsafe"

	"github.com/mdlayher/packet"
	"golang.org/x/sys/unix"

	"sockeye/capture"
	"sockeye/parse"
)

const (
	// frameSize is the unit of a ring's size. TPACKET_V3 packs frames one after
	// the other, whatever their length, and only checks that blocks are made of
	// units.
	frameSize = 2048

	// retireMillis is how long the kernel waits for a block to fill. At low
	// rates the wake-ups are the cost: 136 ns a packet at 60 ms, 300 at 10 ms,
	// 716 at 1 ms (20,000 packets/s).
	retireMillis = 60

	// Blocks of 1 MiB cost least; 256 KiB costs 1.5 to 2.5 times that, 64 KiB 4
	// to 7 times. A block must hold a super-frame, which may have 64 KiB.
	maxBlock  = 1 << 20
	minBlock  = 128 << 10
	minBlocks = 4 // of a ring, before blocks are made smaller

	// waitMax bounds a wait, see capture.Source.
	waitMax = 250 * time.Millisecond
)

// A ring is one packet(7) socket and its TPACKET_V3 ring: one queue of an
// interface. It implements capture.Source.
//
// Each block belongs to the kernel or to the reader, as its status word says.
// The reader takes the blocks in order, and hands one back when the next Read
// begins.
type ring struct {
	group *group
	conn  *packet.Conn
	raw   syscall.RawConn
	poll  func(fd uintptr) bool // pollBlock, bound once

	mem       []byte // all blocks; nil when unmapped
	blockSize int
	blocks    int

	// The rest up to mu is the reader's.

	walk    capture.TPacket
	current int  // the block to read
	ours    bool // it was taken from the kernel
	errno   unix.Errno

	mu     sync.Mutex
	busy   bool // a Read runs, or its packets are still lent out
	closed bool
	stats  capture.Stats // as read from the socket so far

	skipped atomic.Uint64 // of walk, for Stats
	damaged atomic.Uint64
}

// ringBytes returns the memory of all rings of a target.
func ringBytes(t capture.Target, o capture.Options) int {
	switch {
	case t.RingBytes > 0:
		return t.RingBytes
	case o.RingBytes > 0:
		return o.RingBytes
	default:
		return capture.DefaultRingBytes
	}
}

// ringShape divides the memory of one ring into blocks.
func ringShape(bytes int) (size, blocks int) {
	size = maxBlock
	for size > minBlock && bytes/size < minBlocks {
		size /= 2
	}
	return size, max(bytes/size, 2) // with one block nothing is taken while it is read
}

// Read implements capture.Source. The error is capture.ErrInterfaceDown,
// capture.ErrInterfaceGone, capture.ErrClosed, or one of the system's; what was
// captured before comes first.
func (r *ring) Read(ps []parse.Packet) (n int, more bool, err error) {
	if !r.enter() {
		return 0, false, capture.ErrClosed
	}
	if r.ours && r.walk.Left() == 0 {
		r.release()
	}
	if !r.ours {
		if err = r.take(); err != nil || !r.ours {
			r.leave(0)
			return 0, false, err
		}
	}
	n = r.walk.Next(ps)
	more = r.walk.Left() > 0
	r.skipped.Store(r.walk.Skipped())
	r.damaged.Store(r.walk.Damaged())
	r.leave(n)
	return n, more, nil
}

// Stats implements capture.Source. The kernel's counters begin anew with each
// look at them, so they are added up here.
func (r *ring) Stats() (capture.Stats, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	var err error
	if !r.closed {
		err = r.collect()
	}
	s := r.stats
	s.Damaged = r.damaged.Load()
	// What the walk leaves out on purpose was not offered to the source.
	s.Received -= min(r.skipped.Load(), s.Received)
	return s, err
}

// Close implements capture.Source. Where packets are lent out, the memory goes
// with the reader's next Read.
func (r *ring) Close() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed {
		return nil
	}
	r.closed = true
	errStats := r.collect() // the last look
	errClose := r.conn.Close()
	if !r.busy {
		r.unmap()
	}
	return errors.Join(errStats, errClose)
}

// Quiet implements capture.Quieter.
func (r *ring) Quiet() error {
	if err := r.conn.SetBPF(rejectAll); err != nil {
		return fmt.Errorf("take no more packets: %w", err)
	}
	return nil
}

// isClosed reports whether Close was called.
func (r *ring) isClosed() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.closed
}

// enter claims the memory for a Read, unless the ring is closed.
func (r *ring) enter() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed {
		r.busy = false
		r.unmap()
		return false
	}
	r.busy = true
	return true
}

// leave ends a Read that lends out n packets.
func (r *ring) leave(n int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.busy = n > 0
	if r.closed && !r.busy {
		r.unmap()
	}
}

// unmap gives the ring's memory back. The socket lives until then, though it
// was closed before.
func (r *ring) unmap() {
	if r.mem != nil {
		unix.Munmap(r.mem) // fails only for what mmap did not return
		r.mem = nil
	}
}

// status is the current block's status word.
func (r *ring) status() *uint32 {
	// Blocks start at multiples of 128 KiB in page-aligned memory, so that the
	// word is aligned and inside.
	return (*uint32)(unsafe.Pointer(&r.mem[r.current*r.blockSize+capture.TPacketBlockStatus]))
}

// ready tells whether the kernel has handed over the current block.
func (r *ring) ready() bool { return atomic.LoadUint32(r.status())&unix.TP_STATUS_USER != 0 }

// release hands the current block back to the kernel.
func (r *ring) release() {
	atomic.StoreUint32(r.status(), unix.TP_STATUS_KERNEL)
	r.current = (r.current + 1) % r.blocks
	r.ours = false
}

// take takes the current block from the kernel; r.ours tells whether there was
// one within waitMax. It returns an error when there will be no more.
func (r *ring) take() error {
	if !r.ready() {
		if err := r.wait(); err != nil {
			return err
		}
		if !r.ready() {
			return nil
		}
	}
	start := r.current * r.blockSize
	r.walk.Block(r.mem[start : start+r.blockSize : start+r.blockSize])
	r.ours = true
	return nil
}

// wait waits on the runtime's poller until the block is ready or waitMax has
// passed.
//
// No wake-up is lost, though the poller's epoll is edge-triggered: RawConn.Read
// forgets earlier events, then runs pollBlock, and then parks unless there was
// an event since. The kernel sets the status word before it raises the event
// (prb_close_block), so a block that pollBlock did not see raises one later.
func (r *ring) wait() error {
	if r.errno != 0 {
		return r.failed()
	}
	if err := r.conn.SetReadDeadline(time.Now().Add(waitMax)); err != nil {
		return r.closedOr(err)
	}
	err := r.raw.Read(r.poll)
	if r.errno == 0 && err != nil && !errors.Is(err, os.ErrDeadlineExceeded) {
		// The poller gave up on the socket, which it does when all that it has
		// for it is an error.
		if e := r.control(func(fd int) error { r.pollError(fd); return nil }); e != nil || r.errno == 0 {
			return r.closedOr(err)
		}
	}
	if r.errno != 0 {
		// Packets may lie in a block that the kernel has not closed. It does so
		// when the block's time is over.
		time.Sleep((retireMillis + retireMillis/2) * time.Millisecond)
		if !r.ready() {
			return r.failed()
		}
	}
	return nil
}

// pollBlock tells the poller whether the wait is over.
func (r *ring) pollBlock(fd uintptr) bool {
	return r.ready() || r.pollError(int(fd))
}

// pollError takes the socket's pending error, if there is one.
func (r *ring) pollError(fd int) bool {
	errno, err := unix.GetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_ERROR)
	if err == nil {
		r.errno = unix.Errno(errno)
	}
	return r.errno != 0
}

// failed says what the socket's error means. ENETDOWN comes for an interface
// that went down, and first for one that is being deleted; that one then loses
// its index.
func (r *ring) failed() error {
	if r.errno != unix.ENETDOWN {
		return os.NewSyscallError("read packet socket", r.errno)
	}
	gone := false
	err := r.control(func(fd int) error {
		sa, err := unix.Getsockname(fd)
		if ll, ok := sa.(*unix.SockaddrLinklayer); ok {
			gone = ll.Ifindex < 0
		}
		return err
	})
	switch {
	case err != nil:
		return r.closedOr(err)
	case gone:
		return capture.ErrInterfaceGone
	default:
		return capture.ErrInterfaceDown
	}
}

// collect adds the kernel's counters since the last look. r.mu is held.
func (r *ring) collect() error {
	s, err := r.conn.Stats()
	if err != nil {
		return fmt.Errorf("read packet statistics: %w", err)
	}
	r.stats.Received += uint64(s.Packets) // the dropped ones included
	r.stats.Dropped += uint64(s.Drops)
	r.stats.Freezes += uint64(s.FreezeQueueCount)
	return nil
}

// control runs f on the socket's file descriptor.
func (r *ring) control(f func(fd int) error) error {
	var err error
	if e := r.raw.Control(func(fd uintptr) { err = f(int(fd)) }); e != nil {
		return e
	}
	return err
}

// closedOr returns capture.ErrClosed when r is closed, and err otherwise: what
// the runtime says of a closed file matches nothing.
func (r *ring) closedOr(err error) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed {
		return capture.ErrClosed
	}
	return err
}
