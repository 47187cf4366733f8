// Command bench measures Sockeye beside the programs that people use today, on
// the same packets in one run. It makes its own traffic: live frames by
// internal/testkit/xdpgen on a pair of interfaces in a network namespace of its
// own, and a capture file by internal/testkit/mixture. scripts/bench builds and
// starts it.
//
// Timings on a shared machine are noisy. What holds from run to run is the
// ratio of two readers, so they take turns and every figure is a median.
package main

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"time"
)

// bench is one run of the program: what was asked for, and what every part
// needs.
type bench struct {
	runs    int
	packets uint64
	out     *table
	sockeye string // path of the binary
	self    string // path of this program, which is also the minimal reader
	scratch string // folder, removed at the end
	root    string // folder of go.mod
}

// parts are the measurements, in the order in which they run.
var parts = []struct {
	name string
	run  func(*bench) error
}{
	{"live", (*bench).live},
	{"flows", (*bench).flows},
	{"rate", (*bench).rate},
	{"memory", (*bench).memory},
	{"idle", (*bench).idle},
	{"start", (*bench).start},
	{"ui", (*bench).ui},
	{"file", (*bench).file},
	{"filter", (*bench).filter},
	{"dpi", (*bench).dpi},
	{"attribution/churn", with((*bench).completeness)},
	{"attribution/latency", with((*bench).ownersLatency)},
	{"attribution/cost", with((*bench).ownersCost)},
	{"attribution/flood", (*bench).ownersFlood},
}

// The main thread starts every child, so that the death signal that children
// ask for comes when the program ends and not when some thread does.
func init() { runtime.LockOSThread() }

func main() {
	if len(os.Args) == 3 && os.Args[1] == "minring" {
		exit(minring(os.Args[2]))
	}
	exit(run())
}

func exit(err error) {
	if err == nil || errors.Is(err, flag.ErrHelp) {
		os.Exit(0)
	}
	fmt.Fprintln(os.Stderr, "error:", err)
	os.Exit(1)
}

func run() error {
	b := &bench{out: &table{w: os.Stdout}}
	flags := flag.NewFlagSet("scripts/bench", flag.ContinueOnError)
	flags.IntVar(&b.runs, "runs", 3, "how often each figure is taken; the median counts")
	flags.Uint64Var(&b.packets, "packets", 4_000_000, "packets of one live measurement")
	flags.StringVar(&b.sockeye, "sockeye", "", "the binary to measure (scripts/bench builds it)")
	flags.StringVar(&b.root, "root", ".", "folder of go.mod (scripts/bench knows it)")
	if err := flags.Parse(os.Args[1:]); err != nil {
		return err
	}
	chosen, err := choose(flags.Args())
	if err != nil {
		return err
	}
	if err := b.prepare(); err != nil {
		return err
	}
	defer os.RemoveAll(b.scratch)
	fmt.Printf("%d cores, %s, median of %d; goals hold as ratios within one run\n",
		runtime.NumCPU(), kernelRelease(), b.runs)
	for _, i := range chosen {
		begin := time.Now()
		if err := parts[i].run(b); err != nil {
			return fmt.Errorf("%s: %w", parts[i].name, err)
		}
		b.out.note("took %v", time.Since(begin).Round(time.Second))
	}
	return nil
}

// choose returns the indexes of the named parts. What is before a slash names several.
func choose(names []string) (chosen []int, err error) {
	met := make(map[string]bool)
	for i, p := range parts {
		group, _, _ := strings.Cut(p.name, "/")
		if len(names) == 0 || slices.Contains(names, p.name) || slices.Contains(names, group) {
			chosen = append(chosen, i)
		}
		met[p.name], met[group] = true, true
	}
	for _, name := range names {
		if !met[name] {
			return nil, fmt.Errorf("no part %q (see --help)", name)
		}
	}
	return chosen, nil
}

func (b *bench) prepare() (err error) {
	if b.runs < 1 || b.packets < 1000 {
		return errors.New("at least one run of 1000 packets is needed")
	}
	if b.self, err = os.Executable(); err != nil {
		return fmt.Errorf("find own binary: %w", err)
	}
	if b.sockeye != "" {
		if b.sockeye, err = filepath.Abs(b.sockeye); err != nil {
			return fmt.Errorf("find sockeye: %w", err)
		}
	}
	if b.scratch, err = os.MkdirTemp("", "sk-bench-"); err != nil {
		return fmt.Errorf("make scratch folder: %w", err)
	}
	interrupted := make(chan os.Signal, 1)
	signal.Notify(interrupted, os.Interrupt, syscall.SIGTERM)
	go func() {
		<-interrupted
		os.RemoveAll(b.scratch)
		os.Exit(130)
	}()
	return nil
}

func kernelRelease() string {
	text, err := os.ReadFile("/proc/sys/kernel/osrelease")
	if err != nil {
		return "unknown kernel"
	}
	return "Linux " + strings.TrimSpace(string(text))
}

// installed reports whether a program can be started.
func installed(name string) bool {
	_, err := exec.LookPath(name)
	return err == nil
}
