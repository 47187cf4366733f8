package main

import (
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"time"
)

// The goals of the dashboard.
const (
	uiFirst   = 150.0 // ms from start to the first frame
	uiKey     = 50.0  // ms from a key to its effect, at 100,000 flows
	uiCPU     = 2.0   // % of a core, 1,000 active flows, a picture a second
	uiBytes   = 10e3  // allocated a frame
	uiLarge   = 15.0  // ms to build a frame with 100,000 flows
	uiSmall   = 1.0   // ms with 1,000
	uiColumns = 200
	uiRows    = 60
)

// ui measures the dashboard: what a frame takes, and the program on a terminal.
func (b *bench) ui() error {
	if err := lab(); err != nil {
		return err
	}
	b.out.begin(fmt.Sprintf("the dashboard, %dx%d", uiColumns, uiRows), "what", "figure", "goal")
	row := func(what string, got float64, unit string, goal float64) {
		b.out.row(what, fmt.Sprintf("%.2f %s", got, unit), verdict(got, goal, fmt.Sprintf("<= %g %s", goal, unit)))
	}
	if err := b.uiFrames(row); err != nil {
		return err
	}
	if err := b.uiStart(row); err != nil {
		return err
	}
	if err := b.uiQuiet(); err != nil {
		return err
	}
	if err := b.uiBusy(row); err != nil {
		return err
	}
	if err := b.uiCrowd(row); err != nil {
		return err
	}
	b.out.flush()
	return nil
}

// frameLine is a line of go test -bench with -benchmem.
var frameLine = regexp.MustCompile(`BenchmarkFlows/(\d+)/rate\S*\s+\d+\s+([\d.]+) ns/op\s+(?:[\d.]+ \S+\s+)*?(\d+) B/op`)

// uiFrames measures what the flows tab takes to build, by the benchmark of its package.
func (b *bench) uiFrames(row func(string, float64, string, float64)) error {
	times, bytes := map[string][]float64{}, map[string][]float64{}
	cmd := exec.Command("go", "test", "./ui/tab", "-run", "^$", "-bench", "^BenchmarkFlows$/./^rate$", "-benchmem", "-count", strconv.Itoa(b.runs), "-benchtime", "20x")
	cmd.Dir = b.root
	out, err := cmd.Output()
	if err != nil {
		return fmt.Errorf("go test ./ui/tab: %w", err)
	}
	for _, m := range frameLine.FindAllSubmatch(out, -1) {
		n := string(m[1])
		ns, _ := strconv.ParseFloat(string(m[2]), 64) // digits, as the pattern says
		each, _ := strconv.ParseFloat(string(m[3]), 64)
		times[n], bytes[n] = append(times[n], ns/1e6), append(bytes[n], each)
	}
	for _, c := range []struct {
		flows string
		goal  float64
	}{{"1000", uiSmall}, {"100000", uiLarge}} {
		if len(times[c.flows]) == 0 {
			return fmt.Errorf("no figure of a frame with %s flows in %s", c.flows, out)
		}
		row("a frame with "+c.flows+" flows, sorted", median(times[c.flows]), "ms", c.goal)
		row("allocated for it", median(bytes[c.flows]), "B", uiBytes)
	}
	return nil
}

// uiOpen starts the dashboard on the loopback interface with a configuration.
func (b *bench) uiOpen(config string, args ...string) (*terminal, error) {
	path := filepath.Join(b.scratch, "ui.yaml")
	if err := os.WriteFile(path, []byte(config), 0o600); err != nil {
		return nil, err
	}
	t, err := openTerminal(uiColumns, uiRows, nil, b.sockeye, append([]string{"--config", path, "-i", "lo"}, args...)...)
	if err != nil {
		return nil, err
	}
	if _, err := t.await("System"); err != nil {
		t.close()
		return nil, err
	}
	return t, nil
}

// uiStart measures from the start to the first frame.
func (b *bench) uiStart(row func(string, float64, string, float64)) error {
	var all []float64
	for range b.runs {
		t, err := openTerminal(uiColumns, uiRows, nil, b.sockeye, "--config", os.DevNull, "-i", "lo")
		if err != nil {
			return err
		}
		at, err := t.await("System")
		t.close()
		if err != nil {
			return err
		}
		all = append(all, at.Sub(t.begin).Seconds()*1e3)
	}
	row("from start to the first frame", median(all), "ms", uiFirst)
	return nil
}

// uiQuiet counts what is written while nothing changes.
func (b *bench) uiQuiet() error {
	t, err := b.uiOpen("header_bar: false\n")
	if err != nil {
		return err
	}
	defer t.close()
	time.Sleep(settle)
	before := t.written()
	time.Sleep(5 * time.Second)
	text, got := "0 B met", t.written()-before
	if got > 0 {
		text = "0 B MISSED"
	}
	b.out.row("written in 5 s in which nothing changes (no clock)", fmt.Sprintf("%d B", got), text)
	return nil
}

// uiBusy measures the CPU with 1,000 flows that carry a packet a second each.
func (b *bench) uiBusy(row func(string, float64, string, float64)) error {
	const flows, span = 1000, 10 * time.Second
	t, err := b.uiOpen("", "-f", "udp")
	if err != nil {
		return err
	}
	defer t.close()
	s, err := openSender(flows)
	if err != nil {
		return err
	}
	defer s.close()
	stop, done := make(chan struct{}), make(chan error, 1)
	go func() { done <- s.send(time.Second/flows, stop) }()
	time.Sleep(settle)
	p := &process{cmd: t.cmd}
	before, err := p.cpu()
	begin, written := time.Now(), t.written()
	time.Sleep(span)
	after, failed := p.cpu()
	passed := time.Since(begin)
	close(stop)
	if err := errors.Join(err, failed, <-done); err != nil {
		return err
	}
	row("CPU with 1,000 active flows", 100*float64(after-before)/float64(passed), "%", uiCPU)
	b.out.row("written to the terminal meanwhile", fmt.Sprintf("%.1f kB/s", float64(t.written()-written)/passed.Seconds()/1e3), "")
	return nil
}

// uiCrowd measures from a key to its effect with 100,000 flows.
func (b *bench) uiCrowd(row func(string, float64, string, float64)) error {
	const flows = 100_000
	t, err := b.uiOpen("", "-f", "udp")
	if err != nil {
		return err
	}
	defer t.close()
	s, err := openSender(flows)
	if err != nil {
		return err
	}
	defer s.close()
	if err := s.send(0, nil); err != nil {
		return err
	}
	time.Sleep(settle)
	var all [2][]float64
	for range 5 * b.runs {
		for i, k := range []struct{ key, effect string }{{"\x1b[19~", "System"}, {"\x1bOP", "Flows"}} { // F8, F1
			at, err := t.press(k.key)
			if err != nil {
				return err
			}
			seen, err := t.await(k.effect)
			if err != nil {
				return err
			}
			all[i] = append(all[i], seen.Sub(at).Seconds()*1e3)
			time.Sleep(130 * time.Millisecond)
		}
	}
	row("from a key to its effect, 100,000 flows, the slower of two", max(median(all[0]), median(all[1])), "ms", uiKey)
	return nil
}

// sender sends datagrams of so many flows on the loopback interface.
type sender struct {
	flows int
	from  []*net.UDPConn
}

// senderPorts is how many flows a socket has, each to another port.
const senderPorts = 50_000

// openSender opens the sockets: in the namespace of the thread that calls.
func openSender(flows int) (*sender, error) {
	s := &sender{flows: flows}
	for range (flows + senderPorts - 1) / senderPorts {
		c, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
		if err != nil {
			s.close()
			return nil, err
		}
		s.from = append(s.from, c)
	}
	return s, nil
}

func (s *sender) close() {
	for _, c := range s.from {
		_ = c.Close() // nothing waits to be written
	}
}

// send sends a datagram of each flow, and pauses after each. With stop it goes round
// until that is closed.
func (s *sender) send(pause time.Duration, stop <-chan struct{}) error {
	const at = 10 // flows between two pauses
	payload := make([]byte, 400)
	next := time.Now()
	for i := 0; ; i = (i + 1) % s.flows {
		to := net.UDPAddr{IP: net.IPv4(127, 0, 0, 2), Port: 10_000 + i%senderPorts}
		if _, err := s.from[i/senderPorts].WriteToUDP(payload, &to); err != nil {
			return err
		}
		switch {
		case stop == nil && i == s.flows-1:
			return nil
		case i%at == at-1:
			next = next.Add(at * pause)
			select {
			case <-stop:
				return nil
			case <-time.After(time.Until(next)):
			}
		}
	}
}
