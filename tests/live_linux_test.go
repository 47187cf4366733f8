package tests

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"sockeye/export"
	"sockeye/internal/testkit"
)

// patience bounds every wait of the live tests. It is long: machines are slow,
// and who waits in vain has failed anyway.
const patience = 20 * time.Second

// watch is a run of the program that writes JSON. Its records are read as they
// come.
type watch struct {
	t      *testing.T
	cmd    *exec.Cmd
	stdout io.ReadCloser
	stderr bytes.Buffer  // complete once the run has ended
	read   chan struct{} // closed when all of stdout is read
	ended  bool

	mu      sync.Mutex
	records []*export.Record
	bad     error // a line that is no record
}

// live starts the program with --json and args in the namespace, and waits
// until it captures. Records come every 100 ms unless args say otherwise.
func live(t *testing.T, ns *testkit.Netns, args ...string) *watch {
	t.Helper()
	w := begin(t, ns.Command(testkit.Binary(t), append([]string{"--json", "-r", "100"}, args...)...))
	w.awaitCapture()
	return w
}

// begin starts a command that writes JSON records.
func begin(t *testing.T, cmd *exec.Cmd) *watch {
	t.Helper()
	w := &watch{t: t, cmd: cmd, read: make(chan struct{})}
	var err error
	if w.stdout, err = cmd.StdoutPipe(); err != nil {
		t.Fatal(err)
	}
	cmd.Stderr = &w.stderr
	testkit.Start(t, cmd)
	go w.collect()
	return w
}

// collect reads records until the end of stdout.
func (w *watch) collect() {
	defer close(w.read)
	lines := bufio.NewReaderSize(w.stdout, 1<<20)
	for {
		line, err := lines.ReadBytes('\n')
		if err != nil {
			if len(line) > 0 {
				w.keep(nil, fmt.Errorf("a line without an end: %q", line))
			}
			return
		}
		w.keep(decode(line))
	}
}

// decode reads one line of output, in which nothing may be unknown.
func decode(line []byte) (*export.Record, error) {
	d := json.NewDecoder(bytes.NewReader(line))
	d.DisallowUnknownFields()
	r := new(export.Record)
	if err := d.Decode(r); err != nil {
		return nil, fmt.Errorf("decode %q: %w", line, err)
	}
	return r, nil
}

func (w *watch) keep(r *export.Record, err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if err != nil {
		w.bad = err
		return
	}
	w.records = append(w.records, r)
}

// all returns the records so far.
func (w *watch) all() []*export.Record {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.records[:len(w.records):len(w.records)]
}

// newest returns the latest record, nil before the first.
func (w *watch) newest() *export.Record {
	all := w.all()
	if len(all) == 0 {
		return nil
	}
	return all[len(all)-1]
}

// await waits for a record that ok accepts, and returns it. what completes the
// sentence "timed out waiting for".
func (w *watch) await(what string, ok func(*export.Record) bool) *export.Record {
	w.t.Helper()
	deadline := time.Now().Add(patience)
	for {
		r := w.newest()
		if r != nil && ok(r) {
			return r
		}
		if w.finished() || time.Now().After(deadline) {
			w.t.Fatalf("no record with %s; ended: %v; stderr: %s\nlast record: %s", what, w.finished(), w.errors(), outline(r))
		}
		time.Sleep(5 * time.Millisecond)
	}
}

// awaitCapture waits until every interface is captured, and owners are looked for.
func (w *watch) awaitCapture() {
	w.t.Helper()
	w.await("all interfaces captured", func(r *export.Record) bool {
		for i := range r.Interfaces {
			if r.Interfaces[i].State != "capturing" {
				return false
			}
		}
		return len(r.Interfaces) > 0 && (r.Ownership == nil || len(r.Ownership.Sources) > 0)
	})
}

// awaitPackets waits until so many packets are counted in all.
func (w *watch) awaitPackets(n uint64) *export.Record {
	w.t.Helper()
	return w.await(fmt.Sprintf("%d packets", n), func(r *export.Record) bool { return r.Totals.Packets >= n })
}

// end stops the run with SIGINT and returns its last record, in which all must
// add up. n is how many packets it shall have counted.
func (w *watch) end(n uint64) *export.Record {
	w.t.Helper()
	w.awaitPackets(n)
	w.signal(syscall.SIGINT)
	r := w.last()
	if r.Totals.Packets != n {
		w.t.Errorf("got %d packets in all, want %d: %s", r.Totals.Packets, n, outline(r))
	}
	return r
}

func (w *watch) signal(s syscall.Signal) {
	w.t.Helper()
	if err := w.cmd.Process.Signal(s); err != nil {
		w.t.Fatal(err)
	}
}

// isNote reports whether a line on stderr is for people, and tells of no failure: a
// note, or what helps against what it says.
func isNote(line string) bool {
	return strings.HasPrefix(line, "note: ") || strings.HasPrefix(line, "hint: ")
}

// last waits for the end of the run, which must be a success that says nothing
// but notes, and returns the final record, in which all must add up.
func (w *watch) last() *export.Record {
	w.t.Helper()
	if code := w.wait(); code != 0 {
		w.t.Fatalf("got exit code %d want 0; stderr: %s", code, w.errors())
	}
	if w.bad != nil {
		w.t.Fatal(w.bad)
	}
	for line := range strings.Lines(w.errors()) {
		if !isNote(line) {
			w.t.Errorf("on stderr: %q", line)
		}
	}
	all := w.all()
	for i, r := range all {
		if last := i == len(all)-1; r.Final != last {
			w.t.Errorf("record %d of %d: final is %v", i+1, len(all), r.Final)
		}
		checkRecord(w.t, r)
	}
	if len(all) == 0 {
		w.t.Fatal("the run wrote no record")
	}
	return all[len(all)-1]
}

// wait waits for the end of the run and returns the exit code.
func (w *watch) wait() int {
	w.t.Helper()
	timer := time.AfterFunc(patience, func() { _ = w.cmd.Process.Kill() })
	<-w.read
	_ = w.cmd.Wait() // the exit code says it
	if !timer.Stop() {
		w.t.Fatalf("no end within %v", patience)
	}
	w.ended = true
	return w.cmd.ProcessState.ExitCode()
}

// finished tells whether stdout is at its end.
func (w *watch) finished() bool {
	select {
	case <-w.read:
		return true
	default:
		return false
	}
}

// errors returns stderr, once the run has ended: its buffer is the command's
// until then.
func (w *watch) errors() string {
	if !w.ended && w.finished() {
		w.wait()
	}
	if w.ended {
		return w.stderr.String()
	}
	return "(still running)"
}

// outline returns a record with as much as fits a message.
func outline(r *export.Record) string {
	if r == nil {
		return "none"
	}
	short := *r
	short.Flows = short.Flows[:min(len(short.Flows), 10)]
	short.Protocols = nil
	b, err := json.Marshal(&short)
	if err != nil {
		return err.Error()
	}
	return string(b)
}

// interfaceOf returns what a record says of an interface.
func interfaceOf(t *testing.T, r *export.Record, name string) *export.Interface {
	t.Helper()
	for i := range r.Interfaces {
		if r.Interfaces[i].Name == name {
			return &r.Interfaces[i]
		}
	}
	t.Fatalf("no interface %s in %s", name, outline(r))
	return nil
}

// flowOf returns the flow of a record with those ends, as text.
func flowOf(t *testing.T, r *export.Record, proto, source, destination string) *export.Flow {
	t.Helper()
	for i := range r.Flows {
		if f := &r.Flows[i]; f.Proto == proto && f.Source == source && f.Dest == destination {
			return f
		}
	}
	t.Fatalf("no %s flow %s to %s in %s", proto, source, destination, outline(r))
	return nil
}

// processTree reads what /proc says of the run, one file of every thread.
func (w *watch) processTree(file string) []string {
	w.t.Helper()
	dir := fmt.Sprintf("/proc/%d/task", w.cmd.Process.Pid)
	threads, err := os.ReadDir(dir)
	if err != nil {
		w.t.Fatal(err)
	}
	var all []string
	for _, thread := range threads {
		if b, err := os.ReadFile(dir + "/" + thread.Name() + "/" + file); err == nil { // else it has just ended
			all = append(all, string(b))
		}
	}
	return all
}
