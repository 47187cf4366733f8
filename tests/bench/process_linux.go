package main

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// process is a reader at work.
type process struct {
	cmd    *exec.Cmd
	begin  time.Time
	lines  chan lines // what it printed, once its output has ended
	first  chan time.Time
	stderr bytes.Buffer
	stdin  io.Closer // open and silent: iftop spins when its input has ended
}

// lines is what is kept of an output: sockeye prints a megabyte a second, and
// only its last record counts.
type lines struct {
	tail []string // the last lines
	last []byte   // the last line
}

const tailLines = 64

// start starts a program. The caller stops it.
func start(name string, args ...string) (*process, error) {
	p := &process{cmd: exec.Command(name, args...), lines: make(chan lines, 1), first: make(chan time.Time, 1)}
	p.cmd.Stderr = &p.stderr
	// What is measured dies with the bench, however that ends.
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	out, err := p.cmd.StdoutPipe()
	if err != nil {
		return nil, fmt.Errorf("start %s: %w", name, err)
	}
	if p.stdin, err = p.cmd.StdinPipe(); err != nil {
		return nil, fmt.Errorf("start %s: %w", name, err)
	}
	p.begin = time.Now()
	if err := p.cmd.Start(); err != nil {
		return nil, fmt.Errorf("start %s: %w", name, err)
	}
	go p.collect(out)
	return p, nil
}

func (p *process) collect(out io.Reader) {
	var kept lines
	r := bufio.NewReaderSize(out, 1<<20)
	for {
		line, err := r.ReadBytes('\n')
		if len(line) > 0 {
			if kept.last == nil {
				p.first <- time.Now()
			}
			kept.last = line
			if len(line) < 1000 {
				kept.tail = append(kept.tail, string(line))
				kept.tail = kept.tail[max(0, len(kept.tail)-tailLines):]
			}
		}
		if err != nil {
			p.lines <- kept
			return
		}
	}
}

// stop interrupts the process, waits for its end, and returns its output.
func (p *process) stop() (lines, error) {
	const patience = 20 * time.Second
	if err := p.cmd.Process.Signal(os.Interrupt); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return lines{}, fmt.Errorf("interrupt %s: %w", p.cmd.Path, err)
	}
	timer := time.AfterFunc(patience, func() { _ = p.cmd.Process.Kill() })
	kept := <-p.lines
	p.stdin.Close()
	err := p.cmd.Wait()
	if !timer.Stop() {
		return kept, fmt.Errorf("%s did not end within %v of SIGINT", p.cmd.Path, patience)
	}
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		return kept, fmt.Errorf("wait for %s: %w", p.cmd.Path, err)
	}
	return kept, nil
}

// cpu returns user and system time of all threads, the ended ones included, to
// the nanosecond: the process CPU clock of another process (clock_gettime(2)).
func (p *process) cpu() (time.Duration, error) {
	const schedClock = 2 // CPUCLOCK_SCHED of linux/posix-timers.h
	var ts unix.Timespec
	if err := unix.ClockGettime(int32(^p.cmd.Process.Pid<<3|schedClock), &ts); err != nil {
		return 0, os.NewSyscallError("clock_gettime", err)
	}
	return time.Duration(ts.Nano()), nil
}

// memory returns what is resident now and at most so far, in bytes.
func (p *process) memory() (now, peak uint64, err error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.cmd.Process.Pid))
	if err != nil {
		return 0, 0, fmt.Errorf("read memory: %w", err)
	}
	for line := range strings.Lines(string(text)) {
		key, value, _ := strings.Cut(line, ":")
		kib, _ := strconv.ParseUint(strings.TrimSuffix(strings.TrimSpace(value), " kB"), 10, 64)
		switch key {
		case "VmRSS":
			now = kib << 10
		case "VmHWM":
			peak = kib << 10
		}
	}
	return now, peak, nil
}

// ready waits until some packet socket of this network namespace is in place
// and no further one appears: a reader may open several.
func (p *process) ready() error {
	const patience = 10 * time.Second
	last, since := 0, time.Now()
	for begin := time.Now(); time.Since(begin) < patience; time.Sleep(20 * time.Millisecond) {
		text, err := os.ReadFile("/proc/thread-self/net/packet")
		if err != nil {
			return fmt.Errorf("list packet sockets: %w", err)
		}
		if n := bytes.Count(text, []byte("\n")) - 1; n != last {
			last, since = n, time.Now()
		} else if n > 0 && time.Since(since) > 400*time.Millisecond {
			return nil
		}
	}
	return fmt.Errorf("%s opened no packet socket: %s", p.cmd.Path, &p.stderr)
}

// settle waits until the process has used up what it was given: lag is how long
// the kernel may keep packets back from it, and after that it must be nearly
// idle.
func (p *process) settle(lag time.Duration) error {
	const (
		patience = 15 * time.Second
		step     = 100 * time.Millisecond
	)
	time.Sleep(lag)
	before, err := p.cpu()
	for begin := time.Now(); err == nil && time.Since(begin) < patience; {
		time.Sleep(step)
		var now time.Duration
		if now, err = p.cpu(); now-before < step/5 {
			break
		}
		before = now
	}
	return err
}
