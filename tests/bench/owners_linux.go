package main

import (
	"errors"
	"fmt"
	"net"
	"slices"
	"strconv"
	"time"

	"sockeye/internal/testkit/xdpgen"
)

// ownersLatency measures how long it takes from a flow's first packet to its owner.
// Connections are made one after the other, at moments that agree with no clock. The
// ring keeps a lone packet back until its block is closed, which is part of it.
func (b *bench) ownersLatency(c *couple) error {
	const calls, goal = 600, 50.0
	b.out.begin(fmt.Sprintf("from the first packet to the owner, %d connections one by one", calls),
		"way", "median", "99 %", "attributed", "wrong", "goal")
	for _, way := range []string{"ebpf", "sock_diag", "proc"} {
		s, err := b.witness("--attribution", way)
		if err != nil {
			return err
		}
		truth, err := c.churn("calls", serverAddr, strconv.Itoa(serverPorts), strconv.Itoa(calls))
		if err != nil {
			return errors.Join(err, s.kill())
		}
		time.Sleep(churnQuiet)
		r, err := s.last()
		if err != nil {
			return err
		}
		v := truth.Judge(r.Flows)
		aim := ""
		if way == "ebpf" {
			aim = verdict(median(v.Took), goal, fmt.Sprintf("<= %.0f ms", goal))
		}
		b.out.row(way, fmt.Sprintf("%.1f ms", median(v.Took)), fmt.Sprintf("%.1f ms", percentile(v.Took, 99)),
			fmt.Sprintf("%.1f %%", 100*v.Share()), fmt.Sprint(len(v.Wrong)), aim)
	}
	b.out.flush()
	return nil
}

// percentile returns the value that p percent of the values do not exceed.
func percentile(values []float64, p int) float64 {
	if len(values) == 0 {
		return 0
	}
	v := slices.Sorted(slices.Values(values))
	return v[(len(v)*p+99)/100-1]
}

// ownersCost measures what attribution takes of a processor when nothing is new: many
// processes with many sockets, some of which send. Runs with and without it alternate.
// What the kernel's programs take of those who send is not in it: go test -bench
// WatcherCost ./ebpf measures that.
func (b *bench) ownersCost(c *couple) error {
	const (
		processes, tcp, udp = 500, 10, 10
		rate                = 1000 // packets a second
		span                = 20 * time.Second
		goal                = 1.0
	)
	stop, err := c.hold(processes, tcp, udp, rate)
	if err != nil {
		return err
	}
	defer stop()
	b.out.begin(fmt.Sprintf("CPU with %d processes, %d open sockets and %d packets a second, over %v",
		processes, processes*(tcp+udp), rate, span), "way", "% of a core", "of attribution", "goal")
	shares := make(map[string][]float64)
	ways := []string{"off", "auto", "sock_diag", "proc"}
	for range b.runs {
		for _, way := range ways {
			share, err := b.steadyShare(way, span)
			if err != nil {
				return fmt.Errorf("%s: %w", way, err)
			}
			shares[way] = append(shares[way], 100*share)
		}
	}
	off := median(shares["off"])
	for _, way := range ways {
		own, more, aim := median(shares[way]), "", ""
		if way != "off" {
			more = fmt.Sprintf("%+.2f", own-off)
			aim = verdict(own-off, goal, fmt.Sprintf("<= %.0f %%", goal))
		}
		b.out.row(way, fmt.Sprintf("%.2f", own), more, aim)
	}
	b.out.flush()
	return nil
}

// steadyShare measures one run, once the sockets that it finds have been looked at.
func (b *bench) steadyShare(way string, span time.Duration) (share float64, err error) {
	const settled = 5 * time.Second
	s, err := b.witness("--attribution", way)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, s.kill()) }()
	time.Sleep(settled)
	before, err := s.cpu()
	if err != nil {
		return 0, err
	}
	begin := time.Now()
	time.Sleep(span)
	after, err := s.cpu()
	return float64(after-before) / float64(time.Since(begin)), err
}

// ownersFlood has a million hosts that are not there send one packet each to a port on
// which a process listens. Attribution may cost memory and time, within bounds, but no
// packet.
func (b *bench) ownersFlood() error {
	const (
		flows  = 1_000_000
		rate   = 200_000
		listen = 443 // of xdpgen's frames
	)
	if err := lab(); err != nil {
		return err
	}
	if err := runAll([][]string{{"ip", "addr", "add", xdpgen.Dest.String() + "/32", "dev", iface}}); err != nil {
		return err
	}
	l, err := net.Listen("tcp4", net.JoinHostPort(xdpgen.Dest.String(), strconv.Itoa(listen)))
	if err != nil {
		return fmt.Errorf("listen: %w", err)
	}
	defer l.Close()
	b.out.begin(fmt.Sprintf("a flood of %d spoofed flows at %d packets a second, to a listener", flows, rate),
		"way", "CPU, s", "peak memory", "read", "dropped", "goal")
	samples := make(map[string][]sample)
	ways := []string{"off", "auto", "sock_diag", "proc"}
	for range b.runs {
		for _, way := range ways {
			s, err := b.floodOnce(way, flows, rate)
			if err != nil {
				return fmt.Errorf("%s: %w", way, err)
			}
			samples[way] = append(samples[way], s)
		}
	}
	dropped := func(s sample) float64 { return float64(s.dropped) }
	most := medianOf(samples["off"], dropped)
	for _, way := range ways {
		of, aim := samples[way], ""
		if way != "off" {
			aim = "dropped <= off's met"
			if medianOf(of, dropped) > most {
				aim = "dropped <= off's MISSED"
			}
		}
		b.out.row(way, fmt.Sprintf("%.2f", medianOf(of, func(s sample) float64 { return s.perPacket * flows / 1e9 })),
			fmt.Sprintf("%.0f MB", medianOf(of, func(s sample) float64 { return float64(s.peak) / 1e6 })),
			fmt.Sprintf("%.0f", medianOf(of, func(s sample) float64 { return float64(s.received) })),
			fmt.Sprintf("%.0f", medianOf(of, dropped)), aim)
	}
	b.out.flush()
	return nil
}

// floodOnce sends each flow's packet once.
func (b *bench) floodOnce(way string, flows uint64, rate float64) (sample, error) {
	r := b.reader(ours)
	args := append(r.args(b, iface), "--attribution", way)
	p, err := start(args[0], args[1:]...)
	if err != nil {
		return sample{}, err
	}
	s, err := flood(p, flows, rate)
	out, stopped := p.stop()
	if err := errors.Join(err, stopped); err != nil {
		return sample{}, err
	}
	t, err := r.tally(p, out, "", 0)
	s.received, s.dropped = t.packets, t.dropped
	return s, err
}

func flood(p *process, flows uint64, rate float64) (s sample, err error) {
	if err := p.ready(); err != nil {
		return s, err
	}
	g, err := xdpgen.Open(xdpgen.Options{Iface: iface, Size: xdpgen.MinSize, Flows: int(flows)})
	if err != nil {
		return s, err
	}
	defer g.Close()
	before, err := p.cpu()
	if err != nil {
		return s, err
	}
	if s.sent, _, err = g.Send(flows, rate); err != nil {
		return s, err
	}
	time.Sleep(churnQuiet)
	after, err := p.cpu()
	if err != nil {
		return s, err
	}
	s.perPacket = float64(after-before) / float64(s.sent)
	_, s.peak, err = p.memory()
	return s, err
}
