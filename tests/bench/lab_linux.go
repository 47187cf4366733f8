package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"

	"golang.org/x/sys/unix"

	"sockeye/internal/testkit/xdpgen"
)

// iface is the interface on which all live traffic comes in, peer its other end.
const (
	iface = "sk-bench-a"
	peer  = "sk-bench-b"
)

// lab moves the main thread, and with it every process that it starts, into a
// fresh network namespace with one pair of interfaces. The namespace has no
// name and ends with the program. Nothing is ever sent through the pair: frames
// are injected as received on one end. That end has no address and there is no
// route, so that the kernel drops them right behind the tap and answers none.
func lab() error {
	if os.Geteuid() != 0 {
		return errors.New("live traffic needs root: sudo scripts/bench")
	}
	if err := unix.Unshare(unix.CLONE_NEWNET); err != nil {
		return os.NewSyscallError("unshare CLONE_NEWNET", err)
	}
	return runAll([][]string{
		{"ip", "link", "set", "lo", "up"},
		{"ip", "link", "add", iface, "type", "veth", "peer", "name", peer},
		{"ip", "link", "set", iface, "addrgenmode", "none", "up"},
		{"ip", "link", "set", peer, "addrgenmode", "none", "up"},
	})
}

// runAll runs commands, up to the first that fails.
func runAll(commands [][]string) error {
	for _, args := range commands {
		if out, err := exec.Command(args[0], args[1:]...).CombinedOutput(); err != nil {
			return fmt.Errorf("%v: %w: %s", args, err, out)
		}
	}
	return nil
}

// load is the traffic of one measurement.
type load struct {
	size, flows int
	packets     uint64
	rate        float64 // packets/s, 0 is flat out
}

// sample is what one run of one reader gave.
type sample struct {
	sent, received, dropped uint64 // over the whole run
	exact                   bool   // received is a count and not an estimate
	perPacket               float64
	rate                    float64 // packets/s that were sent
	memory, peak            uint64  // bytes
}

// lossless reports whether every packet was read.
func (s sample) lossless() bool { return s.dropped == 0 && s.received == s.sent }

// measure runs one reader under a load. Each flow is sent once before the clock
// starts: what is measured is the steady state.
func (b *bench) measure(r reader, l load) (sample, error) {
	args := r.args(b, iface)
	p, err := start(args[0], args[1:]...)
	if err != nil {
		return sample{}, err
	}
	s, asked, err := b.drive(p, r, l)
	out, stopped := p.stop()
	if err = errors.Join(err, stopped); err != nil {
		return sample{}, fmt.Errorf("%s: %w: %s", r.name, err, &p.stderr)
	}
	t, err := r.tally(p, out, asked, l.size)
	if err != nil {
		return sample{}, fmt.Errorf("%s: %w", r.name, err)
	}
	s.received, s.dropped, s.exact = t.packets, t.dropped, t.exact
	if !t.exact && s.received < s.sent {
		s.dropped = s.sent - s.received
	}
	// CPU was taken for l.packets of s.sent: losses are spread over both.
	if s.received > 0 {
		s.perPacket *= float64(s.sent) / float64(s.received)
	}
	return s, nil
}

// drive sends the load, and leaves in perPacket the CPU time in ns per packet
// that was sent.
func (b *bench) drive(p *process, r reader, l load) (s sample, asked string, err error) {
	if err := p.ready(); err != nil {
		return s, "", err
	}
	g, err := xdpgen.Open(xdpgen.Options{Iface: iface, Size: l.size, Flows: l.flows})
	if err != nil {
		return s, "", err
	}
	defer g.Close()
	const gentle = 400_000 // packets/s
	warm, _, err := g.Send(uint64(l.flows), gentle)
	if err != nil {
		return s, "", err
	}
	if err := p.settle(r.lag); err != nil {
		return s, "", err
	}
	before, err := p.cpu()
	if err != nil {
		return s, "", err
	}
	sent, took, err := g.Send(l.packets, l.rate)
	if err != nil {
		return s, "", err
	}
	if err := p.settle(r.lag); err != nil {
		return s, "", err
	}
	after, err := p.cpu()
	if err != nil {
		return s, "", err
	}
	if s.memory, s.peak, err = p.memory(); err != nil {
		return s, "", err
	}
	if r.ask != nil {
		if asked, err = r.ask(b); err != nil {
			return s, "", fmt.Errorf("ask for counts: %w: %s", err, asked)
		}
	}
	s.sent = warm + sent
	s.perPacket = float64(after-before) / float64(sent)
	s.rate = float64(sent) / took.Seconds()
	return s, asked, nil
}

// mega prints a rate.
func mega(rate float64) string { return fmt.Sprintf("%.2f M/s", rate/1e6) }
