package proc

import (
	"errors"
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

// netlinkBuffer takes what one read of a netlink socket can give: the kernel makes
// its batches no longer than 32 KiB (netlink_dump of net/netlink/af_netlink.c).
const netlinkBuffer = 64 << 10

// netlinkConn talks to one subsystem of the kernel, which answers within the call
// that asks. It is for one goroutine at a time.
type netlinkConn struct {
	fd  int
	seq uint32
	buf []byte
	out []byte
}

// dialNetlink opens a netlink socket in the network namespace of the calling thread.
func dialNetlink(subsystem int) (*netlinkConn, error) {
	fd, err := unix.Socket(unix.AF_NETLINK, unix.SOCK_RAW|unix.SOCK_CLOEXEC, subsystem)
	if err != nil {
		return nil, fmt.Errorf("open netlink socket: %w", os.NewSyscallError("socket", err))
	}
	// Connected to the kernel, it takes messages from nobody else. The time limit is
	// for an answer that the kernel had no memory for: it is lost without a word.
	err = os.NewSyscallError("connect", unix.Connect(fd, &unix.SockaddrNetlink{Family: unix.AF_NETLINK}))
	if err == nil {
		limit := unix.Timeval{Sec: 2}
		err = os.NewSyscallError("setsockopt SO_RCVTIMEO", unix.SetsockoptTimeval(fd, unix.SOL_SOCKET, unix.SO_RCVTIMEO, &limit))
	}
	if err != nil {
		unix.Close(fd)
		return nil, fmt.Errorf("open netlink socket: %w", err)
	}
	return &netlinkConn{fd: fd, buf: make([]byte, netlinkBuffer)}, nil
}

func (c *netlinkConn) close() error { return os.NewSyscallError("close", unix.Close(c.fd)) }

// send sends a message, whose answers have its number, c.seq.
func (c *netlinkConn) send(typ, flags uint16, body []byte) error {
	c.seq++
	c.out = append(c.out[:0], make([]byte, netlinkHeaderLen)...)
	c.out = append(c.out, body...)
	putHeader(c.out, typ, flags, c.seq)
	_, err := unix.Write(c.fd, c.out)
	return os.NewSyscallError("write netlink", err)
}

// receive returns the next batch of messages, whose memory is used again.
func (c *netlinkConn) receive() ([]byte, error) {
	for {
		n, err := unix.Read(c.fd, c.buf)
		if errors.Is(err, unix.EINTR) {
			continue
		}
		return c.buf[:max(n, 0)], os.NewSyscallError("read netlink", err)
	}
}

// one asks a question that has one answer, and returns that, whose memory is used
// again. The kernel's refusal is a bare syscall.Errno: ENOENT mostly, which is no
// failure.
func (c *netlinkConn) one(typ uint16, body []byte) ([]byte, error) {
	if err := c.send(typ, flagRequest, body); err != nil {
		return nil, err
	}
	for {
		b, err := c.receive()
		if err != nil {
			return nil, err
		}
		for m, rest, ok := cutMessage(b); ok; m, rest, ok = cutMessage(rest) {
			switch {
			case m.seq != c.seq: // of a question that was given up
			case m.typ == netlinkError || m.typ == netlinkDone:
				return nil, m.failure()
			default:
				return m.body, nil
			}
		}
	}
}

// list asks a question that has many answers, and hands over each, whose memory is
// used again.
func (c *netlinkConn) list(typ uint16, body []byte, each func(body []byte)) error {
	if err := c.send(typ, flagRequest|flagDump, body); err != nil {
		return err
	}
	for {
		b, err := c.receive()
		if err != nil {
			return err
		}
		for m, rest, ok := cutMessage(b); ok; m, rest, ok = cutMessage(rest) {
			switch {
			case m.seq != c.seq:
			case m.typ == netlinkError || m.typ == netlinkDone:
				return m.failure()
			default:
				each(m.body)
			}
		}
	}
}
