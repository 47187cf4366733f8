package main

import (
	"errors"
	"net"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"sockeye/capture"
	"sockeye/capture/link"
	"sockeye/internal/testkit"
	"sockeye/internal/testkit/packet"
	"sockeye/parse"
)

// captured is a packet whose bytes were copied out of the ring.
type captured struct {
	parse.Packet
	queue int
}

// tap reads the rings of one target.
type tap struct {
	tb   testing.TB
	srcs []capture.Source
	buf  []parse.Packet

	delivered int
}

// targetOf returns the target of an interface, as the engine would make it. It
// is called in the interface's namespace.
func targetOf(tb testing.TB, name string) capture.Target {
	tb.Helper()
	t := capture.Target{
		Name: name, Queues: 1, RingBytes: 4 << 20,
		Slot: func(ifindex int) (uint16, bool) { return uint16(ifindex), true },
	}
	if t.Any = name == capture.AnyName; t.Any {
		return t
	}
	all, err := link.List()
	if err != nil {
		tb.Fatal(err)
	}
	dev, ok := link.ByName(all, name)
	if !ok {
		tb.Fatalf("no interface %s", name)
	}
	t.Index, t.Type, t.Link, t.Loopback = dev.Index, dev.Type, dev.Link, dev.Loopback
	return t
}

// openTap opens an interface of a namespace.
func openTap(tb testing.TB, n *testkit.Netns, name string, o capture.Options, change ...func(*capture.Target)) *tap {
	tb.Helper()
	p := &tap{tb: tb, buf: make([]parse.Packet, 64)}
	n.Do(func() {
		t := targetOf(tb, name)
		for _, f := range change {
			f(&t)
		}
		srcs, err := openLive(t, o)
		if err != nil {
			tb.Fatal(err)
		}
		if len(srcs) != t.Queues {
			tb.Fatalf("got %d sources, want %d", len(srcs), t.Queues)
		}
		p.srcs = srcs
	})
	tb.Cleanup(p.close)
	return p
}

func queues(n int) func(*capture.Target) { return func(t *capture.Target) { t.Queues = n } }

func (p *tap) close() {
	for _, s := range p.srcs {
		if err := s.Close(); err != nil {
			p.tb.Errorf("close: %v", err)
		}
		if _, _, err := s.Read(p.buf); !errors.Is(err, capture.ErrClosed) {
			p.tb.Errorf("read after close: got %v, want ErrClosed", err)
		}
	}
	p.srcs = nil
}

// poll reads what is there at the moment, without waiting.
func (p *tap) poll() (all []captured) {
	p.tb.Helper()
	for q, s := range p.srcs {
		r := s.(*ring)
		for r.ready() {
			n, more, err := r.Read(p.buf)
			if err != nil {
				p.tb.Fatalf("queue %d: %v", q, err)
			}
			if !more {
				r.release() // as the next Read would, which might then wait
			}
			for _, c := range p.buf[:n] {
				c.Data = append([]byte(nil), c.Data...)
				all = append(all, captured{c, q})
			}
		}
	}
	p.delivered += len(all)
	return all
}

// until polls until done holds, for at most ten seconds.
func (p *tap) until(done func(batch []captured) bool) {
	p.tb.Helper()
	for end := time.Now().Add(10 * time.Second); !done(p.poll()) && time.Now().Before(end); {
		time.Sleep(5 * time.Millisecond)
	}
}

// read returns exactly want packets, and fails when fewer come, or when the
// kernel has taken more.
func (p *tap) read(want int) (all []captured) {
	p.tb.Helper()
	p.until(func(batch []captured) bool {
		all = append(all, batch...)
		return len(all) >= want
	})
	if st := p.stats(); len(all) != want || st.Received-st.Dropped != uint64(p.delivered) {
		p.tb.Fatalf("got %d packets, want %d; counters %+v", len(all), want, st)
	}
	return all
}

// stats returns the counters of all rings.
func (p *tap) stats() (sum capture.Stats) {
	p.tb.Helper()
	for _, s := range p.srcs {
		st, err := s.Stats()
		if err != nil {
			p.tb.Fatal(err)
		}
		sum.Add(st)
	}
	return sum
}

// sender sends whole frames by an interface.
type sender struct {
	tb testing.TB
	fd int
}

func openSender(tb testing.TB, n *testkit.Netns, name string) *sender {
	tb.Helper()
	s := &sender{tb: tb}
	n.Do(func() {
		dev, err := net.InterfaceByName(name)
		if err != nil {
			tb.Fatal(err)
		}
		if s.fd, err = unix.Socket(unix.AF_PACKET, unix.SOCK_RAW|unix.SOCK_CLOEXEC, 0); err != nil {
			tb.Fatal(err)
		}
		if err := unix.Bind(s.fd, &unix.SockaddrLinklayer{Ifindex: dev.Index}); err != nil {
			tb.Fatal(err)
		}
	})
	tb.Cleanup(func() { unix.Close(s.fd) })
	return s
}

func (s *sender) send(frame []byte) {
	s.tb.Helper()
	if _, err := unix.Write(s.fd, frame); err != nil {
		s.tb.Fatalf("send %d bytes: %v", len(frame), err)
	}
}

// Addresses of which neither end of testkit.Veth has one: nobody answers.
const (
	silentA, silentB   = "10.77.0.98", "10.77.0.99"
	silentA6, silentB6 = "fd00:77::98", "fd00:77::99"
)

// udpFrame builds a frame from one end of testkit.Veth to the other, from port
// to 9; back turns it round.
func udpFrame(port uint16, payload int, back bool) []byte {
	eth := packet.Ethernet{Src: packet.MAC{2, 0, 0, 0x77, 0, 1}, Dst: packet.MAC{2, 0, 0, 0x77, 0, 2}}
	ip := packet.IPv4{Src: packet.IP(silentA), Dst: packet.IP(silentB)}
	u := packet.UDP{Src: port, Dst: 9}
	if back {
		eth.Src, eth.Dst, ip.Src, ip.Dst, u.Src, u.Dst = eth.Dst, eth.Src, ip.Dst, ip.Src, u.Dst, u.Src
	}
	return packet.Build(eth, ip, u, packet.Zeros(payload))
}

// udp6Frame is udpFrame over IPv6, with a flow label on the way there only.
func udp6Frame(port uint16, back bool) []byte {
	eth := packet.Ethernet{Src: packet.MAC{2, 0, 0, 0x77, 0, 1}, Dst: packet.MAC{2, 0, 0, 0x77, 0, 2}}
	ip := packet.IPv6{Src: packet.IP(silentA6), Dst: packet.IP(silentB6), FlowLabel: uint32(port)}
	u := packet.UDP{Src: port, Dst: 9}
	if back {
		eth.Src, eth.Dst, ip.Src, ip.Dst, u.Src, u.Dst = eth.Dst, eth.Src, ip.Dst, ip.Src, u.Dst, u.Src
		ip.FlowLabel = 0
	}
	return packet.Build(eth, ip, u, packet.Zeros(10))
}
