// Package churn makes connections whose owners are known: a C program makes many of
// them, of many short-lived processes, and says which process had which. It is in C so
// that a process costs little: hundreds are started in a second.
package churn

import (
	"bufio"
	_ "embed"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"time"

	"sockeye/export"
)

// Source lies in a folder of its own, for Go takes no C beside it without cgo.
//
//go:embed c/churn.c
var source []byte

// Build compiles the program to a path. It needs gcc and the C library.
func Build(path string) error {
	text := path + ".c"
	if err := os.WriteFile(text, source, 0o600); err != nil {
		return fmt.Errorf("write program: %w", err)
	}
	defer os.Remove(text)
	// A static program starts in a quarter of the time.
	if out, err := exec.Command("gcc", "-O2", "-Wall", "-Werror", "-static", "-o", path, text).CombinedOutput(); err != nil {
		return fmt.Errorf("compile program: %w: %s", err, out)
	}
	return nil
}

// ports are the ends of a connection from one address to another.
type ports struct{ local, remote uint16 }

// Truth is what the processes say that they did.
type Truth struct {
	pids        map[ports]int // of connections that were several processes' in turn: 0
	Connections int
	Processes   int           // that were started, as far as the program counts them
	Took        time.Duration // likewise
}

// Read reads the output of "churn clients" or "churn calls", to its end.
func Read(r io.Reader) (*Truth, error) {
	t := &Truth{pids: make(map[ports]int)}
	lines := bufio.NewScanner(r)
	for lines.Scan() {
		if err := t.line(lines.Text()); err != nil {
			return nil, err
		}
	}
	return t, lines.Err()
}

// line takes one line.
func (t *Truth) line(line string) error {
	if line == "done" {
		return nil
	}
	var seconds float64
	if n, _ := fmt.Sscanf(line, "done %d processes %g seconds", &t.Processes, &seconds); n == 2 {
		t.Took = time.Duration(seconds * float64(time.Second))
		return nil
	}
	fields := strings.Fields(line)
	numbers := make([]int, len(fields))
	for i := range fields {
		var err error
		if numbers[i], err = strconv.Atoi(fields[i]); err != nil {
			return fmt.Errorf("read line %q: %w", line, err)
		}
	}
	if len(numbers)%2 != 1 {
		return fmt.Errorf("read line %q: want a process and pairs of ports", line)
	}
	for i := 1; i < len(numbers); i += 2 {
		p := ports{uint16(numbers[i]), uint16(numbers[i+1])}
		if old, again := t.pids[p]; again && old != numbers[0] {
			t.pids[p] = 0
		} else {
			t.pids[p] = numbers[0]
		}
		t.Connections++
	}
	return nil
}

// Verdict is what became of the connections in a record. They are counted by their
// ports: those whose ports were several processes' in turn are left out, as Reused.
type Verdict struct {
	Connections int            // that are looked for
	Reused      int            // pairs of ports
	Seen        int            // that have a row
	Right       map[string]int // by source: the row names the process
	Unknown     map[string]int // by reason: it names none
	Wrong       []string       // rows that name another one
	Took        []float64      // of Right: from the first packet to the answer, ms
}

// Judge holds the flows of a record against the truth.
func (t *Truth) Judge(flows []export.Flow) Verdict {
	v := Verdict{Right: make(map[string]int), Unknown: make(map[string]int)}
	for _, pid := range t.pids {
		if pid == 0 {
			v.Reused++
		} else {
			v.Connections++
		}
	}
	seen := make(map[ports]bool)
	for i := range flows {
		f := &flows[i]
		p := ports{f.Local.Port, f.Remote.Port}
		pid := t.pids[p]
		if pid == 0 {
			continue
		}
		v.judge(f, pid, seen[p])
		seen[p] = true
	}
	v.Seen = len(seen)
	return v
}

// judge judges one row. Another one of the same connection counts only where it is
// wrong.
func (v *Verdict) judge(f *export.Flow, pid int, again bool) {
	known := f.Process != nil && f.Process.PID != 0
	switch {
	case again && (!known || f.Process.PID == pid):
	case f.Attribution == nil:
		v.Unknown["off"]++
	case !known:
		v.Unknown[f.Attribution.Reason]++
	case f.Process.PID != pid:
		v.Wrong = append(v.Wrong, fmt.Sprintf("%s > %s: got process %d (%s, by %s) want %d",
			f.Source, f.Dest, f.Process.PID, f.Process.Name, f.Attribution.Source, pid))
	default:
		v.Right[f.Attribution.Source]++
		v.Took = append(v.Took, f.Attribution.Took)
	}
}

// Share is the part of the connections that have the right process.
func (v *Verdict) Share() float64 {
	right := 0
	for _, n := range v.Right {
		right += n
	}
	return float64(right) / float64(max(v.Connections, 1))
}
