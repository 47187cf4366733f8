package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// Goals of inspection.
const (
	inspectionGoal  = 1.25   // CPU with it : CPU without
	handshakesGoal  = 10_000 // a second, on one core
	inspectPackets  = 1_200_000
	inspectSessions = 40_000
)

// dpi measures what it costs to look into payload: on captures beside not to look,
// by new TLS connections, and by allocations per packet in the steady state.
func (b *bench) dpi() error {
	kinds, err := talks()
	if err != nil {
		return err
	}
	spoken, noise := filepath.Join(b.scratch, "talks.pcap"), filepath.Join(b.scratch, "mixed.pcap")
	packets, err := writeTalks(spoken, mixed(kinds, inspectPackets))
	if err != nil {
		return err
	}
	if err := b.checkTalks(spoken, kinds); err != nil {
		return err
	}
	if err := makeCapture(noise); err != nil {
		return err
	}
	b.out.begin("inspection of a capture file: CPU per packet", "", "ns with", "ns without", "with : without", "goal")
	if err := b.inspect("TLS, QUIC, HTTP, SSH, DNS and unknown", spoken, packets); err != nil {
		return err
	}
	if err := b.inspect(fmt.Sprintf("random bytes, in %d flows", fileFlows), noise, filePackets); err != nil {
		return err
	}
	b.out.flush()
	if err := b.sessions(kinds); err != nil {
		return err
	}
	return b.steady()
}

// inspect adds a row about one file.
func (b *bench) inspect(what, path string, packets int) error {
	var with, without, ratios []float64
	for range b.runs {
		args := []string{"read", path, "--json", "--once", "--top", "1"}
		on, err := cpuOf(b.sockeye, args...)
		if err != nil {
			return err
		}
		off, err := cpuOf(b.sockeye, append(args, "--no-dpi")...)
		if err != nil {
			return err
		}
		with = append(with, float64(on)/float64(packets))
		without = append(without, float64(off)/float64(packets))
		ratios = append(ratios, float64(on)/float64(off))
	}
	b.out.row(what, fmt.Sprintf("%.0f", median(with)), fmt.Sprintf("%.0f", median(without)), fmt.Sprintf("%.2f x", median(ratios)),
		verdict(median(ratios), inspectionGoal, fmt.Sprintf("<= %.2f x", inspectionGoal)))
	return nil
}

// mixed returns conversations of all kinds by their shares, until there are enough
// packets.
func mixed(kinds []talk, packets int) func() *conversation {
	made := make([]int, len(kinds)) // packets of each kind
	n, sum := 0, 0
	return func() *conversation {
		if sum >= packets {
			return nil
		}
		least := 0
		for i := range kinds {
			if made[i]*kinds[least].share < made[least]*kinds[i].share {
				least = i
			}
		}
		c := kinds[least].begin(n)
		n++
		made[least] += len(c.left)
		sum += len(c.left)
		return c
	}
}

// checkTalks makes sure that what is timed finds what it shall find.
func (b *bench) checkTalks(path string, kinds []talk) error {
	out, err := exec.Command(b.sockeye, "read", path, "--json", "--once", "--top", "0").Output()
	if err != nil {
		return fmt.Errorf("read capture: %w", err)
	}
	var r struct {
		Flows []struct {
			App struct{ Protocol, Confidence string }
		}
	}
	if err := json.Unmarshal(out, &r); err != nil {
		return fmt.Errorf("read record: %w", err)
	}
	found := map[string]int{}
	for _, f := range r.Flows {
		if f.App.Confidence == "exact" {
			found[f.App.Protocol]++
		}
	}
	for _, k := range kinds {
		if name := strings.ToLower(k.name); name != "unknown" && found[name] == 0 {
			return fmt.Errorf("no flow of %s was found: %v", k.name, found)
		}
	}
	return nil
}

// sessions measures new TLS connections.
func (b *bench) sessions(kinds []talk) error {
	tls := kinds[0]
	tls.turns = tls.turns[:len(tls.turns)-1] // without the download
	path := filepath.Join(b.scratch, "sessions.pcap")
	n := 0
	packets, err := writeTalks(path, func() *conversation {
		if n == inspectSessions {
			return nil
		}
		n++
		return tls.begin(n)
	})
	if err != nil {
		return err
	}
	var rates []float64
	for range b.runs {
		took, err := cpuOf(b.sockeye, "read", path, "--json", "--once", "--top", "1")
		if err != nil {
			return err
		}
		rates = append(rates, inspectSessions/took.Seconds())
	}
	b.out.begin(fmt.Sprintf("new TLS connections: %d, with all of their %d packets", inspectSessions, packets), "", "a second of CPU", "goal")
	goal := fmt.Sprintf(">= %d", handshakesGoal)
	b.out.row("sockeye read", fmt.Sprintf("%.0f", median(rates)), verdict(handshakesGoal, median(rates), goal))
	b.out.flush()
	return nil
}

// steady prints what the benchmark of downloads says: what inspection adds to a
// packet once all is known.
func (b *bench) steady() error {
	cmd := exec.Command("go", "test", "-run", "^$", "-bench", "^BenchmarkBulk$", "-benchmem", "./parse/dpi")
	cmd.Dir = b.root
	out, err := cmd.CombinedOutput()
	if err != nil {
		return fmt.Errorf("run %v: %w\n%s", cmd.Args, err, out)
	}
	b.out.begin("inspection in the steady state, beside counting", "a download by", "ns/packet", "allocations/packet", "goal")
	for line := range bytes.Lines(out) {
		name, ns, allocs, ok := benchLine(string(line))
		if ok {
			b.out.row(name, ns, allocs, verdict(allocs, "0", "0"))
		}
	}
	b.out.flush()
	return nil
}

// benchLine reads a line of go test -benchmem: BenchmarkBulk/tls-2 N x ns/op y B/op z
// allocs/op.
func benchLine(line string) (name, ns, allocs string, ok bool) {
	fields := strings.Fields(line)
	_, name, ok = strings.Cut(line, "/")
	if !ok || len(fields) < 8 || fields[3] != "ns/op" || fields[7] != "allocs/op" {
		return "", "", "", false
	}
	name, _, _ = strings.Cut(name, "-")
	return name, fields[2], fields[6], true
}

// cpuOf runs a command with its output thrown away and returns the CPU time that it
// took.
func cpuOf(name string, args ...string) (time.Duration, error) {
	cmd := exec.Command(name, args...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := cmd.Run(); err != nil {
		return 0, fmt.Errorf("run %v: %w", cmd.Args, err)
	}
	return cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime(), nil
}
