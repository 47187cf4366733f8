package main

import (
	"errors"
	"fmt"
	"time"
)

// memory measures what is resident when all flows were active within the last
// seconds, rings, history and snapshots included.
func (b *bench) memory() error {
	if err := lab(); err != nil {
		return err
	}
	b.out.begin("resident memory, all flows active", "reader", "flows", "now", "peak", "ours is", "goal")
	r, least := b.reader(ours), b.reader(floor)
	for _, f := range []struct {
		flows int
		goal  float64 // MB
	}{{1_000, 60}, {100_000, 100}, {1_000_000, 400}} {
		// Four packets of each flow, over at least five seconds.
		l := load{size: 512, flows: f.flows, packets: uint64(max(4*f.flows, 500_000))}
		l.rate = min(400_000, float64(l.packets)/5)
		var own, other []sample
		for range b.runs {
			s, err := b.measure(r, l)
			if err != nil {
				return err
			}
			own = append(own, s)
			if s, err = b.measure(least, l); err != nil {
				return err
			}
			other = append(other, s)
		}
		const mb = 1e6
		now := func(s sample) float64 { return float64(s.memory) / mb }
		peak := func(s sample) float64 { return float64(s.peak) / mb }
		b.out.row(ours, count(uint64(f.flows)), fmt.Sprintf("%.0f MB", medianOf(own, now)),
			fmt.Sprintf("%.0f MB", medianOf(own, peak)), "",
			verdict(medianOf(own, peak), f.goal, fmt.Sprintf("<= %.0f MB", f.goal)))
		b.out.row(floor, count(uint64(f.flows)), fmt.Sprintf("%.0f MB", medianOf(other, now)),
			fmt.Sprintf("%.0f MB", medianOf(other, peak)), times(medianOf(own, peak), medianOf(other, peak)), "")
	}
	b.out.flush()
	return nil
}

// settle is how long a reader may take for what it does once: ours puts programs into
// the kernel while it captures already. What that takes is in start.
const settle = 3 * time.Second

// idle measures CPU on an interface without traffic.
func (b *bench) idle() error {
	const span, goal = 10 * time.Second, 0.3
	if err := lab(); err != nil {
		return err
	}
	b.out.begin(fmt.Sprintf("CPU on a quiet interface, over %v, %v after the start", span, settle), "reader", "% of a core", "ours is", "goal")
	var own float64
	for _, r := range b.present() {
		var shares []float64
		for range b.runs {
			share, err := b.idleShare(r, span)
			if err != nil {
				return fmt.Errorf("%s: %w", r.name, err)
			}
			shares = append(shares, share*100)
		}
		m, ratio, aim := median(shares), "", ""
		if r.name == ours {
			own, aim = m, verdict(m, goal, fmt.Sprintf("<= %.1f %%", goal))
		} else {
			ratio = times(own, m)
		}
		b.out.row(r.name, fmt.Sprintf("%.3f", m), ratio, aim)
	}
	b.out.flush()
	return nil
}

func (b *bench) idleShare(r reader, span time.Duration) (share float64, err error) {
	args := r.args(b, iface)
	p, err := start(args[0], args[1:]...)
	if err != nil {
		return 0, err
	}
	defer func() {
		_, stopped := p.stop()
		err = errors.Join(err, stopped)
	}()
	if err := p.ready(); err != nil {
		return 0, err
	}
	time.Sleep(settle)
	before, err := p.cpu()
	if err != nil {
		return 0, err
	}
	begin := time.Now()
	time.Sleep(span)
	after, err := p.cpu()
	return float64(after-before) / float64(time.Since(begin)), err
}

// start measures the time from exec to the first record, less the interval, and the
// CPU that has gone into it by then, with owners of flows and without.
func (b *bench) start() error {
	const interval, goal = time.Second, 50.0
	if err := lab(); err != nil {
		return err
	}
	b.out.begin("from start to the first record, less the interval of 1 s", "attribution", "time", "CPU", "goal")
	times, used := make(map[string][]float64), make(map[string][]float64)
	ways := []string{"auto", "ebpf", "sock_diag", "proc", "off"}
	for range b.runs {
		for _, way := range ways {
			took, cpu, err := b.startOnce(way, interval)
			if err != nil {
				return fmt.Errorf("%s: %w", way, err)
			}
			times[way] = append(times[way], float64(took-interval)/1e6)
			used[way] = append(used[way], float64(cpu)/1e6)
		}
	}
	for _, way := range ways {
		aim := ""
		if way == "auto" { // as people use it
			aim = verdict(median(times[way]), goal, fmt.Sprintf("<= %.0f ms", goal))
		}
		b.out.row(way, fmt.Sprintf("%.1f ms", median(times[way])), fmt.Sprintf("%.0f ms", median(used[way])), aim)
	}
	b.out.flush()
	return nil
}

func (b *bench) startOnce(way string, interval time.Duration) (took, cpu time.Duration, err error) {
	p, err := start(b.sockeye, "--json", "--interval", interval.String(), "-i", iface, "--attribution", way)
	if err != nil {
		return 0, 0, err
	}
	select {
	case at := <-p.first:
		took = at.Sub(p.begin)
		cpu, err = p.cpu()
	case <-time.After(10 * time.Second):
		err = fmt.Errorf("no record within 10 s: %s", &p.stderr)
	}
	_, stopped := p.stop()
	return took, cpu, errors.Join(err, stopped)
}
