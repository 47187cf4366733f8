package main

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"sync"

	"github.com/mdlayher/packet"
	"golang.org/x/sys/unix"

	"sockeye/capture"
)

// openLive opens the rings of t.Queues packet(7) sockets on an interface. It
// is a capture.Opener.
//
// No socket ever sees a packet that was not asked for: the socket is made and
// bound without a protocol, which hooks it up nowhere, and gets a filter that
// rejects everything and its ring before it is bound to ETH_P_ALL. Once all
// queues share the interface by the flow's hash, each gets its real filter.
//
// The kernel's hash is the same for both directions of a flow and on every
// interface, and queues join in order, so that a flow's queue is the same on
// all interfaces with so many queues. Fragments are not put together before
// that (PACKET_FANOUT_FLAG_DEFRAG), because then they would not be counted.
func openLive(t capture.Target, o capture.Options) ([]capture.Source, error) {
	if _, err := o.Filter.Socket(t); err != nil {
		return nil, openError(t, err)
	}
	g := &group{target: t, options: o}
	if err := g.open(); err != nil {
		for _, r := range g.rings {
			r.Close() // the error that counts is err
		}
		return nil, openError(t, err)
	}
	sources := make([]capture.Source, len(g.rings))
	for i, r := range g.rings {
		sources[i] = r
	}
	return sources, nil
}

// A group is the rings of one target.
type group struct {
	target capture.Target
	rings  []*ring

	mu      sync.Mutex      // over changes of the filter
	options capture.Options // Filter is the one that the rings have
}

// open opens the rings, and gives them their filter when all are there.
func (g *group) open() error {
	t, o := g.target, g.options
	queues := max(t.Queues, 1)
	size, blocks := ringShape(ringBytes(t, o) / queues)
	for range queues {
		r, err := openRing(t, o, size, blocks)
		if err != nil {
			return err
		}
		r.group = g
		g.rings = append(g.rings, r)
	}
	if t.Index != 0 && o.Promisc {
		// One membership is enough: it belongs to the interface.
		if err := g.rings[0].conn.SetPromiscuous(true); err != nil {
			return err
		}
	}
	if err := share(g.rings, t.Index); err != nil {
		return err
	}
	filter, err := newKernelFilter(t, o)
	if err != nil {
		return err
	}
	defer filter.close()
	_, err = filter.attach(g.rings)
	return err
}

// openRing makes one socket with its ring. It is not hooked up yet.
func openRing(t capture.Target, o capture.Options, size, blocks int) (*ring, error) {
	// SOCK_RAW for all interfaces too: PACKET_VNET_HDR, which counts the segments
	// of super-frames, is refused on SOCK_DGRAM. What a device's link header is
	// follows from each frame's sll_hatype and tp_net.
	conn, err := packet.Listen(&net.Interface{Index: t.Index, Name: t.Name}, packet.Raw, 0, &packet.Config{Filter: rejectAll})
	if err != nil {
		return nil, err
	}
	r := &ring{conn: conn, blockSize: size, blocks: blocks}
	r.walk.Slot = t.Slot
	r.walk.Decap = o.Decap
	if r.raw, err = conn.SyscallConn(); err == nil {
		err = r.control(func(fd int) error { return r.setUp(fd, t) })
	}
	if err != nil {
		conn.Close() // the error that counts is err
		return nil, err
	}
	r.poll = r.pollBlock
	return r, nil
}

// setUp gives the socket its ring.
func (r *ring) setUp(fd int, t capture.Target) error {
	if err := unix.SetsockoptInt(fd, unix.SOL_PACKET, unix.PACKET_VERSION, unix.TPACKET_V3); err != nil {
		return os.NewSyscallError("setsockopt PACKET_VERSION", err)
	}
	// The kernel drops a super-frame that a virtio_net_hdr cannot describe:
	// before Linux 6.2 those of UDP, so segments are estimated there; to this
	// day those of SCTP, which only virtual devices have. It counts the drop.
	if kernelAtLeast(6, 2) {
		r.walk.VnetHdr = unix.SetsockoptInt(fd, unix.SOL_PACKET, unix.PACKET_VNET_HDR, 1) == nil
	}
	if !r.walk.VnetHdr && t.Index != 0 {
		r.walk.MTU = mtu(fd, t.Name)
	}
	req := unix.TpacketReq3{
		Block_size:     uint32(r.blockSize),
		Block_nr:       uint32(r.blocks),
		Frame_size:     frameSize,
		Frame_nr:       uint32(r.blockSize / frameSize * r.blocks),
		Retire_blk_tov: retireMillis,
	}
	if err := unix.SetsockoptTpacketReq3(fd, unix.SOL_PACKET, unix.PACKET_RX_RING, &req); err != nil {
		return os.NewSyscallError("setsockopt PACKET_RX_RING", err)
	}
	mem, err := unix.Mmap(fd, 0, r.blockSize*r.blocks, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED)
	if err != nil {
		return os.NewSyscallError("mmap", err)
	}
	r.mem = mem
	return nil
}

// share hooks the sockets up to the interface and, where they are several,
// joins them in a fanout group of their own.
func share(rings []*ring, ifindex int) error {
	group := unix.PACKET_FANOUT_HASH | unix.PACKET_FANOUT_FLAG_UNIQUEID // Linux 4.12
	id := 0
	for _, r := range rings {
		err := r.control(func(fd int) error {
			if err := hook(fd, ifindex); err != nil || len(rings) == 1 {
				return err
			}
			if err := unix.SetsockoptInt(fd, unix.SOL_PACKET, unix.PACKET_FANOUT, group<<16|id); err != nil {
				return os.NewSyscallError("setsockopt PACKET_FANOUT", err)
			}
			got, err := unix.GetsockoptInt(fd, unix.SOL_PACKET, unix.PACKET_FANOUT)
			if err != nil {
				return os.NewSyscallError("getsockopt PACKET_FANOUT", err)
			}
			group, id = unix.PACKET_FANOUT_HASH, got&0xffff
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// hook binds a socket to an interface, or to all, for every protocol: from here
// on the kernel runs its filter on each packet.
func hook(fd, ifindex int) error {
	all := binary.NativeEndian.Uint16([]byte{unix.ETH_P_ALL >> 8, unix.ETH_P_ALL & 0xff})
	if err := unix.Bind(fd, &unix.SockaddrLinklayer{Protocol: all, Ifindex: ifindex}); err != nil {
		return os.NewSyscallError("bind", err)
	}
	// An interface that is down binds, and says so here.
	errno, err := unix.GetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_ERROR)
	if err == nil && errno != 0 {
		err = unix.Errno(errno)
	}
	return os.NewSyscallError("bind", err)
}

// openError says in the terms of package capture why an interface could not be
// opened.
func openError(t capture.Target, err error) error {
	if op := (*net.OpError)(nil); errors.As(err, &op) {
		err = op.Err // "listen packet", with an address that is not known yet, says nothing
	}
	switch {
	case errors.Is(err, fs.ErrPermission):
		name, _ := os.Executable() // without a name the remedy still says what to do
		return &capture.PermissionError{
			Needs:  "CAP_NET_RAW",
			Remedy: remedy(capNetRaw, "run it with sudo, or once: "+setcap(capNetRaw, name)),
			Err:    fmt.Errorf("open %s: %w", t.Name, err),
		}
	case errors.Is(err, unix.ENETDOWN):
		return &capture.InterfaceDownError{Name: t.Name}
	case errors.Is(err, unix.ENODEV), errors.Is(err, unix.ENXIO):
		return fmt.Errorf("open %s: %w", t.Name, capture.ErrInterfaceGone)
	default:
		return fmt.Errorf("open %s: %w", t.Name, err)
	}
}

// mtu returns the interface's MTU, 0 when it is not known.
func mtu(fd int, name string) uint32 {
	req, err := unix.NewIfreq(name)
	if err != nil || unix.IoctlIfreq(fd, unix.SIOCGIFMTU, req) != nil {
		return 0
	}
	return req.Uint32()
}

// kernelAtLeast tells whether the running kernel is of version major.minor or
// newer.
func kernelAtLeast(major, minor int) bool {
	var u unix.Utsname
	if unix.Uname(&u) != nil {
		return false
	}
	var a, b int
	if n, _ := fmt.Sscanf(unix.ByteSliceToString(u.Release[:]), "%d.%d", &a, &b); n != 2 {
		return false
	}
	return a > major || a == major && b >= minor
}
