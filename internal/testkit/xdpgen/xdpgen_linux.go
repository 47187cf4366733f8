// Package xdpgen sends packets as fast as the kernel can take them: an XDP
// program runs over live frames (BPF_PROG_TEST_RUN with
// BPF_F_TEST_XDP_LIVE_FRAMES, Linux 5.18), gives each frame the addresses of
// its flow, and passes it on, so that it appears as received on an interface.
//
// It imports cilium/ebpf, which otherwise only package ebpf may: the program is
// made for tests, and must not be part of the binary.
package xdpgen

import (
	"encoding/binary"
	"fmt"
	"net"
	"net/netip"
	"time"

	cebpf "github.com/cilium/ebpf"
	"github.com/cilium/ebpf/asm"
	"github.com/cilium/ebpf/link"
	"golang.org/x/sys/unix"

	"sockeye/internal/testkit"
)

// Limits of Options.
const (
	MinSize  = 60   // the shortest Ethernet frame, FCS excluded
	MaxSize  = 3000 // what fits a page beside the kernel's own data
	MaxFlows = 1 << 22
)

// Options say what is sent.
type Options struct {
	Iface string // by which the frames come in, in the network namespace of Open's caller
	Size  int    // bytes of a frame, FCS excluded
	Flows int    // TCP flows, one after the other
}

// Generator sends the frames of one Options. But for Sent it is for one
// goroutine.
type Generator struct {
	netns   *testkit.Netns // the kernel looks the interface up where the caller is
	prog    *cebpf.Program
	state   *cebpf.Map
	attach  link.Link
	frame   []byte
	context xdpContext
}

// xdpContext is struct xdp_md of linux/bpf.h.
type xdpContext struct {
	Data, DataEnd, DataMeta     uint32
	IngressIfindex, RxQueue, Tx uint32
}

// state is the value of the program's only map entry.
type state struct {
	Flow  uint64 // index of the next packet's flow
	Sent  uint64 // packets passed on so far
	Limit uint64 // where Sent stops: frames beyond it are dropped by the program
	Seq   uint32 // sequence number of the next packet
	_     uint32
}

// Open loads the program and attaches it to the interface: veth has no receive
// queue to inject frames into until there is a program. Whatever the interface
// then really receives passes as it is.
func Open(o Options) (*Generator, error) {
	if o.Size < MinSize || o.Size > MaxSize || o.Flows < 1 || o.Flows > MaxFlows {
		return nil, fmt.Errorf("open generator: %d bytes and %d flows are out of range", o.Size, o.Flows)
	}
	dev, err := net.InterfaceByName(o.Iface)
	if err != nil {
		return nil, fmt.Errorf("open generator: %w", err)
	}
	netns, err := testkit.Here()
	if err != nil {
		return nil, fmt.Errorf("open generator: %w", err)
	}
	g := &Generator{netns: netns, frame: template(dev.HardwareAddr, o.Size)}
	g.context = xdpContext{DataEnd: uint32(o.Size), IngressIfindex: uint32(dev.Index)}
	if err := g.load(dev.Index, o.Flows); err != nil {
		g.Close()
		return nil, fmt.Errorf("open generator: %w", err)
	}
	return g, nil
}

func (g *Generator) load(ifindex, flows int) (err error) {
	g.state, err = cebpf.NewMap(&cebpf.MapSpec{Type: cebpf.Array, KeySize: 4, ValueSize: 32, MaxEntries: 1})
	if err != nil {
		return err
	}
	g.prog, err = cebpf.NewProgram(&cebpf.ProgramSpec{
		Type:         cebpf.XDP,
		License:      "Apache-2.0",
		Instructions: program(g.state.FD(), flows, g.frame),
	})
	if err != nil {
		return err
	}
	pass, err := cebpf.NewProgram(&cebpf.ProgramSpec{
		Type:         cebpf.XDP,
		License:      "Apache-2.0",
		Instructions: asm.Instructions{asm.Mov.Imm(asm.R0, xdpPass), asm.Return()},
	})
	if err != nil {
		return err
	}
	defer pass.Close() // the link keeps it
	g.attach, err = link.AttachXDP(link.XDPOptions{Program: pass, Interface: ifindex})
	return err
}

// Close detaches and unloads the program.
func (g *Generator) Close() {
	defer g.netns.Close()
	if g.attach != nil {
		g.attach.Close()
	}
	if g.prog != nil {
		g.prog.Close()
	}
	if g.state != nil {
		g.state.Close()
	}
}

// Send sends exactly n packets, unless it fails, and returns how many it sent
// and how long that took. Rate is in packets per second; with 0 they go as fast
// as the kernel takes them. Flows go on where the last Send stopped.
func (g *Generator) Send(n uint64, rate float64) (sent uint64, took time.Duration, err error) {
	var s state
	if err := g.state.Lookup(uint32(0), &s); err != nil {
		return 0, 0, fmt.Errorf("read generator's state: %w", err)
	}
	first := s.Sent
	s.Limit = first + n
	if err := g.state.Put(uint32(0), &s); err != nil {
		return 0, 0, fmt.Errorf("set generator's limit: %w", err)
	}
	begin := time.Now()
	for s.Sent < s.Limit {
		batch := due(s.Sent-first, n, rate, begin)
		if err := g.run(batch); err != nil {
			return s.Sent - first, time.Since(begin), err
		}
		if err := g.state.Lookup(uint32(0), &s); err != nil {
			return s.Sent - first, time.Since(begin), fmt.Errorf("read generator's state: %w", err)
		}
	}
	return n, time.Since(begin), nil
}

// Sent returns how many packets were sent since Open. Other goroutines than that
// of Send may call it.
func (g *Generator) Sent() (uint64, error) {
	var s state
	if err := g.state.Lookup(uint32(0), &s); err != nil {
		return 0, fmt.Errorf("read generator's state: %w", err)
	}
	return s.Sent, nil
}

// due waits until packets are due and returns how many, of n.
func due(sent, n uint64, rate float64, begin time.Time) uint32 {
	const (
		most = 1 << 18              // bounds how long one system call lasts
		tick = 2 * time.Millisecond // the time that a burst stands for, where there is a rate
	)
	left := min(n-sent, most)
	if rate <= 0 {
		return uint32(left)
	}
	for {
		passed := time.Since(begin) + tick
		if now := uint64(passed.Seconds() * rate); now > sent {
			return uint32(min(left, now-sent))
		}
		time.Sleep(tick)
	}
}

// run injects frames. An interrupted system call is made again in full, which
// the program's limit makes harmless.
func (g *Generator) run(frames uint32) (err error) {
	g.netns.Do(func() {
		_, err = g.prog.Run(&cebpf.RunOptions{
			Data:    g.frame,
			Context: g.context,
			Repeat:  frames,
			Flags:   unix.BPF_F_TEST_XDP_LIVE_FRAMES,
		})
	})
	if err != nil {
		return fmt.Errorf("inject frames: %w", err)
	}
	return nil
}

// Offsets into the frame.
const (
	offIP      = 14
	offIPSum   = offIP + 10
	offSource  = offIP + 12
	offTCP     = offIP + 20
	offTCPSum  = offTCP + 16
	headerSize = offTCP + 20
)

// Base and Dest are the first source address and the only destination. Each
// flow has a source address of its own, and one of a few source ports.
var (
	Base = netip.MustParseAddr("10.128.0.0")
	Dest = netip.MustParseAddr("10.77.0.1")
)

const (
	firstPort = 32768
	ports     = 64 // how many there are, a power of two
)

// template is the frame of no flow yet: its source address and port are 0, and
// its checksums hold the sums so far, not complemented.
func template(mac net.HardwareAddr, size int) []byte {
	b := make([]byte, size)
	copy(b, mac)
	copy(b[6:], net.HardwareAddr{2, 0, 0, 0x77, 0, 2})
	binary.BigEndian.PutUint16(b[12:], unix.ETH_P_IP)
	ip := b[offIP:]
	ip[0], ip[8], ip[9] = 0x45, 64, unix.IPPROTO_TCP
	binary.BigEndian.PutUint16(ip[2:], uint16(size-offIP))
	copy(ip[16:], Dest.AsSlice())
	tcp := b[offTCP:]
	binary.BigEndian.PutUint16(tcp[2:], 443)
	tcp[12], tcp[13] = 5<<4, 0x10 // no options; ACK
	binary.BigEndian.PutUint16(tcp[14:], 0xffff)

	binary.BigEndian.PutUint16(b[offIPSum:], fold(sum(ip[:20])))
	pseudo := []byte{0, unix.IPPROTO_TCP, byte(len(tcp) >> 8), byte(len(tcp))}
	binary.BigEndian.PutUint16(b[offTCPSum:], fold(sum(ip[16:20])+sum(pseudo)+sum(tcp)))
	return b
}

func sum(b []byte) (s uint32) {
	for ; len(b) > 1; b = b[2:] {
		s += uint32(binary.BigEndian.Uint16(b))
	}
	if len(b) == 1 {
		s += uint32(b[0]) << 8
	}
	return s
}

func fold(s uint32) uint16 {
	for s > 0xffff {
		s = s>>16 + s&0xffff
	}
	return uint16(s)
}
