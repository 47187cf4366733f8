package main

import (
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"slices"

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

// A kernelFilter is what decides in the kernel which packets a ring takes and
// how much of each: an eBPF cutter, or a classic program. A socket has room for
// one of them, so a filter of the user's, which takes less traffic anyway,
// stands alone.
type kernelFilter struct {
	classic []bpf.RawInstruction
	cutter  *ebpf.Cutter // nil when the classic program decides
	status  string       // what is kept of each packet, for people
}

// newKernelFilter makes the filter of a target. The error is a *filter.Error
// where the user's cannot apply to the target.
func newKernelFilter(t capture.Target, o capture.Options) (*kernelFilter, error) {
	wanted, err := o.Filter.Socket(t)
	if err != nil {
		return nil, err
	}
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
	case o.Filter != nil:
		f.status = "packets in full: there is a filter"
	case o.Decap:
		f.status = "packets in full: the flows of a tunnel are not told apart"
	case snap <= headersSnap:
		f.status = fmt.Sprintf("%d bytes of each packet", snap)
	default:
		f.load(uint32(snap))
	}
	f.classic = capture.CutFilter(wanted, uint32(snap))
	if t.Loopback || t.Any {
		f.classic = append(received(), f.classic...)
	}
	slog.Info("filter packets", "interface", t.Name, "keeps", f.status)
	return f, nil
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

// attach gives the rings' sockets the filter in place of the one that they
// have, each between two packets. On an error it returns how many have got it.
func (f *kernelFilter) attach(rings []*ring) (n int, err error) {
	for i, r := range rings {
		if err := f.attachTo(r); err != nil {
			return i, err
		}
	}
	return len(rings), nil
}

func (f *kernelFilter) attachTo(r *ring) error {
	if f.cutter != nil {
		return r.control(func(fd int) error {
			return os.NewSyscallError("setsockopt SO_ATTACH_BPF",
				unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_ATTACH_BPF, f.cutter.FD()))
		})
	}
	if len(f.classic) > unix.BPF_MAXINSNS {
		return fmt.Errorf("set filter: %d instructions, the kernel takes %d", len(f.classic), unix.BPF_MAXINSNS)
	}
	err := r.conn.SetBPF(f.classic)
	if errors.Is(err, unix.ENOMEM) {
		// The program of the kernel's own that a classic one becomes is charged
		// to the socket (sk_filter_charge).
		err = fmt.Errorf("set filter: %d instructions are more than sysctl net.core.optmem_max has room for: %w", len(f.classic), err)
	}
	return err
}

func (f *kernelFilter) close() {
	if f.cutter != nil {
		f.cutter.Close() // its file descriptors; the sockets hold the program
	}
}

// SetFilter implements capture.FilterSetter.
func (r *ring) SetFilter(f *capture.Filter) error {
	g := r.group
	g.mu.Lock()
	defer g.mu.Unlock()
	open := slices.DeleteFunc(slices.Clone(g.rings), (*ring).isClosed)
	if len(open) == 0 {
		return capture.ErrClosed
	}
	old := g.options
	next := old
	next.Filter = f
	filter, err := newKernelFilter(g.target, next)
	if err != nil {
		return err
	}
	defer filter.close()
	if n, err := filter.attach(open); err != nil {
		g.restore(open[:n])
		return err
	}
	g.options = next
	settle()
	return nil
}

// restore gives rings the filter back that the others still have. If even that
// fails, they keep the new one: there is nothing else to be done.
func (g *group) restore(rings []*ring) {
	if filter, err := newKernelFilter(g.target, g.options); err == nil {
		_, _ = filter.attach(rings)
		filter.close()
	}
}

// settle waits until no processor runs a filter any more that has been replaced:
// it runs within an RCU read-side section, and MEMBARRIER_CMD_GLOBAL of
// membarrier(2) is synchronize_rcu. Where that is forbidden, a packet or two may
// still come that met the old one.
func settle() {
	const global = 1 << 0
	_, _, _ = unix.Syscall(unix.SYS_MEMBARRIER, global, 0, 0)
}
