package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"

	"sockeye/export"
	"sockeye/internal/testkit/mixture"
)

// The capture: as many packets and flows as the one that PERFORMANCE used.
const (
	filePackets = 2_400_000
	fileFlows   = 186_000
)

// contestant reads a capture file.
type contestant struct {
	name string
	args []string
	once bool    // too slow to be run more than once
	goal float64 // the least ratio of its time to ours, 0 is none
}

// file measures from a capture file to flows, the page cache warm.
func (b *bench) file() error {
	path := filepath.Join(b.scratch, "mixed.pcap")
	if err := makeCapture(path); err != nil {
		return err
	}
	if err := b.checkRead(path); err != nil {
		return err
	}
	all := []contestant{
		{name: ours, args: []string{b.sockeye, "read", path}},
		{name: "sockeye --json, a record a second", args: []string{b.sockeye, "read", path, "--json"}},
		{name: "cat", args: []string{"cat", path}},
		{name: "tcpdump -r -w", args: []string{"tcpdump", "-r", path, "-w", os.DevNull}, goal: 1.6},
		{name: "tshark -z conv,tcp", args: []string{"tshark", "-n", "-r", path, "-q", "-z", "conv,tcp"}, goal: 80, once: true},
		{name: "softflowd -r", args: []string{"softflowd", "-r", path, "-m", "2000000"}},
	}
	wall := make(map[string][]float64)
	ratios := make(map[string][]float64)
	for round := range b.runs {
		for _, c := range all {
			if !installed(c.args[0]) || c.once && round > 0 {
				continue
			}
			took, err := timeOf(c.args)
			if err != nil {
				return err
			}
			wall[c.name] = append(wall[c.name], float64(took)/filePackets)
			ratios[c.name] = append(ratios[c.name], float64(took)/filePackets/wall[ours][round])
		}
	}
	b.out.begin(fmt.Sprintf("file to flows: %d packets, %d flows, page cache warm", filePackets, fileFlows),
		"reader", "ns/packet, wall", "its time : ours", "goal")
	for _, c := range all {
		if len(wall[c.name]) == 0 {
			b.out.row(c.name, "not installed", "", "")
			continue
		}
		b.out.row(fileRow(c, median(wall[c.name]), median(ratios[c.name]))...)
	}
	b.out.flush()
	return nil
}

func fileRow(c contestant, ns, ratio float64) []string {
	const goal = 90
	if c.name == ours {
		return []string{c.name, fmt.Sprintf("%.0f", ns), "", verdict(ns, goal, fmt.Sprintf("<= %d ns", goal))}
	}
	aim := ""
	if c.goal > 0 {
		aim = verdict(c.goal, ratio, fmt.Sprintf(">= %.1f x", c.goal))
	}
	return []string{c.name, fmt.Sprintf("%.0f", ns), fmt.Sprintf("%.2f x", ratio), aim}
}

func makeCapture(path string) error {
	f, err := os.Create(path)
	if err != nil {
		return fmt.Errorf("make capture: %w", err)
	}
	_, err = mixture.Write(f, mixture.Options{Packets: filePackets, Flows: fileFlows, Seed: 1})
	if err := errors.Join(err, f.Close()); err != nil {
		return err
	}
	f, err = os.Open(path)
	if err != nil {
		return fmt.Errorf("warm page cache: %w", err)
	}
	defer f.Close()
	if _, err := io.Copy(io.Discard, f); err != nil {
		return fmt.Errorf("warm page cache: %w", err)
	}
	return nil
}

// checkRead makes sure that what is timed is right.
func (b *bench) checkRead(path string) error {
	p, err := start(b.sockeye, "read", path, "--json", "--top", "0")
	if err != nil {
		return err
	}
	out := <-p.lines
	if err := p.cmd.Wait(); err != nil {
		return fmt.Errorf("read capture: %w: %s", err, &p.stderr)
	}
	var r export.Record
	if err := json.Unmarshal(out.last, &r); err != nil {
		return fmt.Errorf("read last record: %w", err)
	}
	if r.Totals.Packets != filePackets || len(r.Flows) != fileFlows {
		return fmt.Errorf("sockeye counted %d packets in %d flows, want %d in %d",
			r.Totals.Packets, len(r.Flows), filePackets, fileFlows)
	}
	return nil
}

// timeOf runs a command with its output thrown away.
func timeOf(args []string) (time.Duration, error) {
	cmd := exec.Command(args[0], args[1:]...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	begin := time.Now()
	if err := cmd.Run(); err != nil {
		return 0, fmt.Errorf("run %v: %w", args, err)
	}
	return time.Since(begin), nil
}
