package main

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"os"

	"github.com/mdlayher/packet"
	"golang.org/x/net/bpf"
	"golang.org/x/sys/unix"

	"sockeye/capture"
	"sockeye/ebpf"
)

// Bytes that are kept of a packet of which only the headers are wanted:
// Ethernet with two tags, IPv6 and TCP with all options make 122; a tunnel
// (IPv4, UDP, VXLAN) around Ethernet, IPv6 and TCP 178.
const (
	headersSnap      = 128
	headersSnapDecap = 256
)

// rejectAll takes no packet. Sockets of a fanout group carry it until all have
// joined, because one that is bound and alone would take every packet.
var rejectAll = []bpf.RawInstruction{{Op: unix.BPF_RET | unix.BPF_K}}

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
	queues := max(t.Queues, 1)
	size, blocks := ringShape(ringBytes(t, o) / queues)
	var rings []*ring
	fail := func(err error) ([]capture.Source, error) {
		for _, r := range rings {
			r.Close() // the error that counts is err
		}
		return nil, openError(t, err)
	}
	for range queues {
		r, err := openRing(t, o, size, blocks)
		if err != nil {
			return fail(err)
		}
		rings = append(rings, r)
	}
	if t.Index != 0 && o.Promisc {
		// One membership is enough: it belongs to the interface.
		if err := rings[0].conn.SetPromiscuous(true); err != nil {
			return fail(err)
		}
	}
	if err := share(rings, t.Index); err != nil {
		return fail(err)
	}
	filter := newKernelFilter(t, o)
	defer filter.close()
	sources := make([]capture.Source, len(rings))
	for i, r := range rings {
		if err := filter.attach(r); err != nil {
			return fail(err)
		}
		sources[i] = r
	}
	return sources, nil
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

// A kernelFilter is what decides in the kernel which packets a ring takes and
// how much of each: an eBPF cutter, or a classic program. A socket has room for
// one of them, so a filter of the user's, which takes less traffic anyway,
// stands alone.
type kernelFilter struct {
	classic []bpf.RawInstruction
	cutter  *ebpf.Cutter // nil when the classic program decides
	status  string       // what is kept of each packet, for people
}

func newKernelFilter(t capture.Target, o capture.Options) *kernelFilter {
	snap := o.Snaplen
	if snap <= 0 {
		snap = capture.DefaultSnaplen
	}
	f := &kernelFilter{}
	switch {
	case o.HeadersOnly && o.Decap:
		f.status, snap = "headers only", min(snap, headersSnapDecap)
	case o.HeadersOnly:
		f.status, snap = "headers only", min(snap, headersSnap)
	case len(o.Filter) > 0:
		f.status = "packets in full: there is a filter"
	case o.Decap:
		f.status = "packets in full: the flows of a tunnel are not told apart"
	case snap <= headersSnap:
		f.status = fmt.Sprintf("%d bytes of each packet", snap)
	default:
		f.load(uint32(snap))
	}
	f.classic = capture.CutFilter(o.Filter, uint32(snap))
	if t.Loopback || t.Any {
		f.classic = append(received(), f.classic...)
	}
	slog.Info("open capture", "interface", t.Name, "keeps", f.status)
	return f
}

// load tries the eBPF cutter; without it packets come in full.
func (f *kernelFilter) load(snap uint32) {
	c, err := ebpf.NewCutter(ebpf.CutOptions{Snaplen: snap, Headers: headersSnap})
	switch {
	case errors.Is(err, fs.ErrPermission):
		f.status = "packets in full: cutting them to headers needs CAP_BPF"
	case err != nil:
		f.status = fmt.Sprintf("packets in full: %v", err)
	default:
		f.cutter, f.status = c, "first packets of each flow in full, then headers"
	}
}

// received is the start of a program that lets the loopback interface show each
// frame once: as it comes in, not as it goes out. The kernel does not count
// what a filter rejects, so the counters count frames once too.
func received() []bpf.RawInstruction {
	// Offsets of what is known beside the packet (linux/filter.h: SKF_AD_OFF
	// plus SKF_AD_HATYPE and SKF_AD_PKTTYPE).
	const (
		hatype  = 0xfffff000 + 28
		pkttype = 0xfffff000 + 4
	)
	const (
		load        = unix.BPF_LD | unix.BPF_W | unix.BPF_ABS
		jumpIfEqual = unix.BPF_JMP | unix.BPF_JEQ | unix.BPF_K
	)
	return []bpf.RawInstruction{
		{Op: load, K: hatype},
		{Op: jumpIfEqual, Jf: 3, K: unix.ARPHRD_LOOPBACK},
		{Op: load, K: pkttype},
		{Op: jumpIfEqual, Jf: 1, K: unix.PACKET_OUTGOING},
		rejectAll[0],
	}
}

// attach gives the ring's socket its filter in place of rejectAll: packets
// begin to flow.
func (f *kernelFilter) attach(r *ring) error {
	if f.cutter == nil {
		return r.conn.SetBPF(f.classic)
	}
	return r.control(func(fd int) error {
		return os.NewSyscallError("setsockopt SO_ATTACH_BPF",
			unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_ATTACH_BPF, f.cutter.FD()))
	})
}

func (f *kernelFilter) close() {
	if f.cutter != nil {
		f.cutter.Close() // its file descriptors; the sockets hold the program
	}
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
			Remedy: "run it with sudo, or once: sudo setcap cap_net_raw+ep " + name,
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
