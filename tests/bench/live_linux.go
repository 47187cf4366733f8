package main

import (
	"fmt"
	"slices"
)

// live compares the readers by the length of the packets.
func (b *bench) live() error {
	for _, size := range []int{64, 512, 1500} {
		l := load{size: size, flows: 1000, packets: b.packets}
		goal := 0.0
		if size == 512 {
			goal = 60
		}
		if err := b.compare(l, goal); err != nil {
			return err
		}
	}
	return nil
}

// flows compares them by the number of flows.
func (b *bench) flows() error {
	for _, f := range []struct {
		flows int
		goal  float64
	}{{1, 0}, {1_000, 60}, {100_000, 150}, {1_000_000, 200}} {
		l := load{size: 512, flows: f.flows, packets: b.packets}
		if err := b.compare(l, f.goal); err != nil {
			return err
		}
	}
	return nil
}

// compare runs every reader in turn, b.runs times over, and prints the medians.
// The goal is ours, in ns per packet; 0 is none.
func (b *bench) compare(l load, goal float64) error {
	if err := lab(); err != nil {
		return err
	}
	b.out.begin(fmt.Sprintf("CPU per packet, %d bytes, %s flows, flat out", l.size, count(uint64(l.flows))),
		"reader", "ns/packet", "ours is", "sent at", "sent", "read", "dropped", "goal")
	all := b.present()
	samples := make(map[string][]sample)
	failed := make(map[string]bool)
	for range b.runs {
		for _, r := range all {
			if failed[r.name] {
				continue
			}
			s, err := b.measure(r, l)
			switch {
			case err == nil:
				samples[r.name] = append(samples[r.name], s)
			case r.name == ours || r.name == floor:
				return err
			default:
				failed[r.name] = true
				b.out.note("left out: %v", err)
			}
		}
	}
	all = slices.DeleteFunc(all, func(r reader) bool { return failed[r.name] })
	own := medianOf(samples[ours], func(s sample) float64 { return s.perPacket })
	for _, r := range all {
		b.out.row(liveRow(r.name, samples[r.name], own, goal)...)
	}
	b.out.flush()
	return nil
}

func liveRow(name string, runs []sample, own, goal float64) []string {
	ns := medianOf(runs, func(s sample) float64 { return s.perPacket })
	approximately, ratio, aim := "", times(own, ns), ""
	if !runs[0].exact {
		approximately = "~"
	}
	if name == ours {
		ratio = ""
		aim = verdict(ns, goal, fmt.Sprintf("<= %.0f ns", goal))
	}
	read := medianOf(runs, func(s sample) float64 { return float64(s.received) })
	dropped := medianOf(runs, func(s sample) float64 { return float64(s.dropped) })
	return []string{
		name, fmt.Sprintf("%s%.0f", approximately, ns), ratio,
		mega(medianOf(runs, func(s sample) float64 { return s.rate })), fmt.Sprint(runs[0].sent),
		fmt.Sprintf("%s%.0f", approximately, read), fmt.Sprintf("%s%.0f", approximately, dropped), aim,
	}
}

func medianOf(samples []sample, f func(sample) float64) float64 {
	values := make([]float64, len(samples))
	for i, s := range samples {
		values[i] = f(s)
	}
	return median(values)
}

// rate finds, for each reader that counts exactly, the highest rate at which it
// reads all packets.
func (b *bench) rate() error {
	if err := lab(); err != nil {
		return err
	}
	l := load{size: 512, flows: 1000}
	b.out.begin("the highest rate without a drop, 512 bytes, 1 k flows, generator on the same cores",
		"reader", "rate", "ours is", "goal")
	all := b.present()
	best := make(map[string][]float64)
	for range b.runs {
		for _, r := range all {
			if r.name != ours && r.name != floor && r.name != "tcpdump -w" {
				continue
			}
			rate, err := b.highest(r, l)
			if err != nil {
				return err
			}
			best[r.name] = append(best[r.name], rate)
		}
	}
	for _, r := range all {
		if rates, measured := best[r.name]; measured {
			ratio, aim := times(median(best[ours]), median(rates)), ""
			if r.name == ours {
				ratio, aim = "", "as the minimal ring"
			}
			b.out.row(r.name, mega(median(rates)), ratio, aim)
		}
	}
	b.out.flush()
	return nil
}

// highest searches the rate by halving, after a trial flat out. A trial lasts
// about two seconds.
func (b *bench) highest(r reader, l load) (float64, error) {
	trial := func(rate, about float64) (sample, error) {
		l.rate, l.packets = rate, uint64(about*2)
		return b.measure(r, l)
	}
	s, err := trial(0, 2e6)
	if err != nil || s.lossless() {
		return s.rate, err
	}
	low, high := 0.0, s.rate
	for range 6 {
		middle := (low + high) / 2
		s, err := trial(middle, middle)
		if err != nil {
			return 0, err
		}
		if s.lossless() {
			low = max(low, s.rate)
		} else {
			high = middle
		}
		if low >= high {
			break
		}
	}
	return low, nil
}
