package main

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"sockeye/internal/testkit/mixture"
	"sockeye/parse"
	"sockeye/parse/filter"
	"sockeye/parse/pcap"
)

// typical are expressions that people use, for Ethernet.
var typical = []string{
	"icmp or arp",
	"tcp port 443 and not host 10.0.0.1",
	"port 53 or port 853",
	"host 1.2.3.4 or host 5.6.7.8",
	"tcp[tcpflags] & (tcp-syn|tcp-fin) != 0 and not src and dst net 192.168.0.0/16",
	"portrange 1000-2000 or net 10 or net 192.168",
	"vlan 100 and ip6",
}

// filter measures capture filters: how long the programs are beside libpcap's,
// how fast they run beside its bpf_filter(3), and how long they take to compile.
func (b *bench) filter() error {
	if err := b.filterLengths(); err != nil {
		return err
	}
	if err := b.filterSpeed(); err != nil {
		return err
	}
	return b.filterCompile()
}

// filterLengths compares the lengths of programs by link type, on the table of
// the corpora. protochain is left out: libpcap makes a loop of it, which no
// kernel takes, and ours is unrolled.
func (b *bench) filterLengths() error {
	b.out.begin("lengths of programs, the table of the corpora", "link type", "programs", "shorter", "equal", "longer",
		"median", "worst", "of", "goal")
	dir := os.Getenv("SOCKEYE_CORPORA")
	if dir == "" {
		b.out.flush()
		b.out.note("left out: SOCKEYE_CORPORA is not set")
		return nil
	}
	ratios := make(map[string][]float64)
	worst := make(map[string]string)
	err := eachProgram(filepath.Join(dir, "filters", "expressions.jsonl.gz"), func(name, expression string, theirs int) {
		link, known := parse.LinkTypeFor(name)
		p, err := filter.Compile(expression, filter.Options{Link: link})
		if !known || err != nil || strings.Contains(expression, "protochain") {
			return
		}
		ratio := float64(len(p.Instructions())) / float64(theirs)
		if len(ratios[name]) == 0 || ratio > slices.Max(ratios[name]) {
			worst[name] = expression
		}
		ratios[name] = append(ratios[name], ratio)
		ratios["all"] = append(ratios["all"], ratio)
	})
	if err != nil {
		return err
	}
	for _, name := range slices.Sorted(maps.Keys(ratios)) {
		r := ratios[name]
		shorter, equal := 0, 0
		for _, x := range r {
			if x < 1 {
				shorter++
			} else if x == 1 {
				equal++
			}
		}
		b.out.row(name, fmt.Sprint(len(r)), fmt.Sprint(shorter), fmt.Sprint(equal), fmt.Sprint(len(r)-shorter-equal),
			fmt.Sprintf("%.2f", median(r)), fmt.Sprintf("%.2f", slices.Max(r)), worst[name], verdict(median(r), 1, "median <= 1"))
	}
	b.out.flush()
	return nil
}

// eachProgram reads the table of expressions and libpcap's programs for them.
func eachProgram(path string, f func(link, expression string, instructions int)) error {
	file, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("open table: %w", err)
	}
	defer file.Close()
	z, err := gzip.NewReader(file)
	if err != nil {
		return fmt.Errorf("read table: %w", err)
	}
	for lines := json.NewDecoder(bufio.NewReader(z)); ; {
		var row struct {
			Expr string
			Dlt  map[string]struct{ Ddd string }
		}
		switch err := lines.Decode(&row); {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return fmt.Errorf("read table: %w", err)
		}
		for link, program := range row.Dlt {
			var n int
			if _, err := fmt.Sscan(program.Ddd, &n); err == nil { // none where libpcap refuses
				f(link, row.Expr, n)
			}
		}
	}
}

// filterSpeed runs each program on the same packets by our interpreter and by
// libpcap's.
func (b *bench) filterSpeed() error {
	const packets, rounds, goal = 20_000, 50, 1.5
	sample, err := samplePackets(packets)
	if err != nil {
		return err
	}
	theirs, lacking := b.buildReference()
	b.out.begin(fmt.Sprintf("CPU time per packet, %d mixed packets, the same program in both", packets),
		"expression", "match", "ours", "libpcap", "ours is", "goal")
	for _, expression := range typical {
		p, err := filter.Compile(expression, filter.Options{Link: parse.LinkEthernet})
		if err != nil {
			return err
		}
		var own, other []float64
		matched := 0
		for range b.runs {
			begin := cpuTime()
			for range rounds {
				matched = 0
				for i := range sample {
					if p.Match(sample[i].Data, sample[i].WireLen) {
						matched++
					}
				}
			}
			own = append(own, float64(cpuTime()-begin)/rounds/packets)
			if theirs == "" {
				continue
			}
			ns, theirMatched, err := runReference(theirs, p, sample, rounds)
			if err != nil {
				return err
			}
			if theirMatched != matched {
				return fmt.Errorf("%q: %d packets match, by libpcap %d", expression, matched, theirMatched)
			}
			other = append(other, ns)
		}
		if theirs == "" {
			b.out.row(expression, fmt.Sprint(matched), fmt.Sprintf("%.1f ns", median(own)), "left out", "", "")
			continue
		}
		ratio := median(own) / median(other)
		b.out.row(expression, fmt.Sprint(matched), fmt.Sprintf("%.1f ns", median(own)), fmt.Sprintf("%.1f ns", median(other)),
			fmt.Sprintf("%.2f x", ratio), verdict(ratio, goal, fmt.Sprintf("<= %.1f x", goal)))
	}
	b.out.flush()
	if lacking != "" {
		b.out.note("libpcap left out: %s", lacking)
	}
	return nil
}

// samplePackets makes Ethernet packets of many flows.
func samplePackets(n int) ([]parse.Packet, error) {
	var file bytes.Buffer
	if _, err := mixture.Write(&file, mixture.Options{Packets: n, Flows: n / 10, Seed: 1}); err != nil {
		return nil, fmt.Errorf("make packets: %w", err)
	}
	r, err := pcap.NewReader(&file)
	if err != nil {
		return nil, fmt.Errorf("read packets: %w", err)
	}
	var all []parse.Packet
	ps := make([]parse.Packet, 256)
	for len(all) < n {
		got, _, err := r.Read(ps)
		for _, p := range ps[:got] {
			p.Data = bytes.Clone(p.Data) // borrowed until the next read
			all = append(all, p)
		}
		if err != nil && len(all) < n {
			return nil, fmt.Errorf("read packets: %w", err)
		}
	}
	return all, nil
}

// filterCompile measures the time from the text to the program.
func (b *bench) filterCompile() error {
	const times, goal = 2000, 50.0
	b.out.begin("CPU time to compile", "expression", "time", "goal")
	for _, expression := range typical {
		var took []float64
		for range b.runs {
			begin := cpuTime()
			for range times {
				if _, err := filter.Compile(expression, filter.Options{Link: parse.LinkEthernet}); err != nil {
					return err
				}
			}
			took = append(took, float64(cpuTime()-begin)/times/1000)
		}
		m := median(took)
		b.out.row(expression, fmt.Sprintf("%.1f µs", m), verdict(m, goal, fmt.Sprintf("<= %.0f µs", goal)))
	}
	b.out.flush()
	return nil
}

// cpuTime returns the CPU time that this thread has used, to which main is
// locked. Time on the wall would be that of others, too.
func cpuTime() time.Duration {
	var t unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_THREAD_CPUTIME_ID, &t); err != nil {
		panic(os.NewSyscallError("clock_gettime", err)) // every Linux has the clock
	}
	return time.Duration(t.Nano())
}
