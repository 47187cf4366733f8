package generator

import (
	"errors"
	"net/netip"
	"os"
	"sync"
	"time"

	"golang.org/x/sys/unix"
)

// pauses is how long a receiver waits before it looks whether it shall end.
const pauses = 50 * time.Millisecond

// roomWaiting is the room for datagrams that wait to be received, in bytes.
const roomWaiting = 4 << 20

// datagrams is a socket for datagrams, or for packets of an IP protocol.
type datagrams struct {
	fd     int
	raw    bool // what it receives has an IPv4 header
	in     []byte
	batch  *batch // of sendmmsg(2) and recvmmsg(2); nil for one at a time
	rings  *rings // nil for system calls
	joined bool   // connected
}

// openDatagrams makes a socket that is connected to an end, where that is given.
func (p *program) openDatagrams(to netip.AddrPort) (*datagrams, error) {
	like, kind, proto := to, unix.SOCK_DGRAM, 0
	if !like.IsValid() {
		like = p.at
	}
	if p.proto != 0 {
		kind, proto = unix.SOCK_RAW, p.proto
	}
	fd, err := p.open(kind, proto, like)
	if err != nil {
		return nil, err
	}
	d := &datagrams{fd: fd, raw: p.proto != 0 && like.Addr().Is4(), in: make([]byte, 1<<16)}
	// A receiver that is held up shall lose nothing. What is more than the machine grants takes a right.
	if unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_RCVBUFFORCE, roomWaiting) != nil {
		_ = unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_RCVBUF, roomWaiting) // as much as there may be
	}
	wait := unix.NsecToTimeval(int64(pauses))
	if err := unix.SetsockoptTimeval(fd, unix.SOL_SOCKET, unix.SO_RCVTIMEO, &wait); err != nil {
		return nil, os.NewSyscallError("setsockopt SO_RCVTIMEO", err)
	}
	if d.joined = to.IsValid() && !p.unconnected; d.joined {
		if err := unix.Connect(fd, sockaddr(to)); err != nil {
			return nil, os.NewSyscallError("connect", err)
		}
	}
	switch p.how {
	case "mmsg":
		d.batch = newBatch()
	case "io_uring":
		d.rings, err = newRings(fd, 0)
	}
	return d, err
}

// send sends the same datagram n times.
func (d *datagrams) send(to netip.AddrPort, b []byte, n int) error {
	if d.joined {
		to = netip.AddrPort{}
	}
	switch {
	case d.batch != nil:
		return d.batch.send(d.fd, to, b, n)
	case d.rings != nil:
		for range n {
			if _, err := again(d.rings.out, opSend, d.fd, b); err != nil {
				return os.NewSyscallError("io_uring send", err)
			}
		}
		return nil
	}
	for range n {
		var err error
		if to.IsValid() {
			err = unix.Sendto(d.fd, b, 0, sockaddr(to))
		} else {
			_, err = unix.Write(d.fd, b)
		}
		if err != nil {
			return os.NewSyscallError("send", err)
		}
	}
	return nil
}

// receive waits for datagrams, though not for long, and calls each with their payload.
func (d *datagrams) receive(each func(from netip.AddrPort, b []byte)) error {
	switch {
	case d.batch != nil:
		return quiet(d.batch.receive(d.fd, each))
	case d.rings != nil:
		n, err := d.rings.receive()
		if err == nil {
			each(netip.AddrPort{}, d.rings.buffers[1][:n])
		}
		return err
	}
	n, from, err := unix.Recvfrom(d.fd, d.in, 0)
	if err != nil {
		return quiet(os.NewSyscallError("recvfrom", err))
	}
	b := d.in[:n]
	if d.raw {
		b = b[min(n, int(b[0]&15)*4):]
	}
	each(addrPort(from), b)
	return nil
}

// quiet drops the error that nothing came in time.
func quiet(err error) error {
	if errors.Is(err, unix.EAGAIN) || errors.Is(err, unix.EINTR) {
		return nil
	}
	return err
}

// ask sends datagrams to another program and waits for those that it wants back.
func (p *program) ask() error {
	f := Flow{Proto: uint8(p.proto), Remote: p.to, Began: time.Now().UnixNano()}
	if p.proto == 0 {
		f.Proto = unix.IPPROTO_UDP
	}
	d, err := p.openDatagrams(p.to)
	if err != nil {
		return err
	}
	p.ready()
	if err := p.exchange(d, &f, make([]byte, p.size), func(b []byte) bool { f.Received += uint64(len(b)); return true }); err != nil {
		return err
	}
	own, err := unix.Getsockname(d.fd)
	if err != nil {
		return os.NewSyscallError("getsockname", err)
	}
	if f.Local = unmapped(addrPort(own)); p.proto != 0 {
		f.Local = netip.AddrPortFrom(f.Local.Addr(), 0) // raw sockets say their protocol there
	}
	p.tell(&f)
	return nil
}

// exchange sends b as often as it is to, and meanwhile receives until as much came back
// as is wanted, of what counts says counts.
func (p *program) exchange(d *datagrams, f *Flow, b []byte, counts func(b []byte) bool) error {
	var heard sync.WaitGroup
	var deaf error
	heard.Go(func() {
		for got := 0; got < p.want && deaf == nil && !p.over(); {
			deaf = d.receive(func(_ netip.AddrPort, b []byte) {
				if counts(b) {
					got++
				}
			})
		}
	})
	payload := uint64(p.size)
	for left := p.count; left > 0; left -= min(left, p.batch) {
		n := min(left, p.batch)
		if err := d.send(p.to, b, n); err != nil {
			return err
		}
		f.Sent += payload * uint64(n)
		time.Sleep(p.every)
	}
	heard.Wait()
	p.said()
	return deaf
}

// answer receives datagrams from everybody, and sends some back for each, until the
// standard input ends.
func (p *program) answer() error {
	d, err := p.openDatagrams(netip.AddrPort{})
	if err != nil {
		return err
	}
	if err := p.readyAt(d.fd); err != nil {
		return err
	}
	flows := make(map[netip.AddrPort]*Flow)
	reply := make([]byte, p.size)
	var failed error
	for came := 1; (came > 0 || !p.over()) && failed == nil; {
		came = 0
		err := d.receive(func(from netip.AddrPort, b []byte) {
			came++
			f := flows[from]
			if f == nil {
				f = &Flow{Proto: uint8(p.proto), Local: p.at, Remote: unmapped(from), Began: time.Now().UnixNano()}
				if p.proto == 0 {
					f.Proto = unix.IPPROTO_UDP
				}
				flows[from] = f
			}
			f.Received += uint64(len(b))
			failed = errors.Join(failed, p.reply(d, f, from, reply))
		})
		failed = errors.Join(failed, err)
	}
	for _, f := range flows {
		p.tell(f)
	}
	return failed
}

// reply sends back what one datagram is worth.
func (p *program) reply(d *datagrams, f *Flow, to netip.AddrPort, b []byte) error {
	for left := p.replies; left > 0; left -= min(left, p.batch) {
		n := min(left, p.batch)
		if err := d.send(to, b, n); err != nil {
			return err
		}
		f.Sent += uint64(n * len(b))
		time.Sleep(p.every)
	}
	return nil
}
