package testkit

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
	"time"
)

// ModuleRoot returns the folder of go.mod.
func ModuleRoot(tb testing.TB) string {
	tb.Helper()
	dir, err := os.Getwd()
	if err != nil {
		tb.Fatal(err)
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir
		}
		up := filepath.Dir(dir)
		if up == dir {
			tb.Fatal("no go.mod above the test's folder")
		}
		dir = up
	}
}

var binary struct {
	once sync.Once
	path string
	err  error
}

// Binary returns the path of the program, built once a test process by
// scripts/build, as it is shipped. SOCKEYE_BINARY, where set, saves the build.
func Binary(tb testing.TB) string {
	tb.Helper()
	root := ModuleRoot(tb)
	binary.once.Do(func() { binary.path, binary.err = build(root) })
	if binary.err != nil {
		tb.Fatal(binary.err)
	}
	return binary.path
}

// build puts the program into a folder of this user's that later runs use
// again. It is renamed into place, since other test processes may be running
// the one that is there.
func build(root string) (string, error) {
	if path := os.Getenv("SOCKEYE_BINARY"); path != "" {
		return path, nil
	}
	cache, err := os.UserCacheDir()
	if err != nil {
		cache = os.TempDir()
	}
	dir := filepath.Join(cache, fmt.Sprintf("sockeye-test-%d", os.Getuid()))
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return "", fmt.Errorf("make build folder: %w", err)
	}
	fresh := filepath.Join(dir, fmt.Sprintf("sockeye.%d", os.Getpid()))
	cmd := exec.Command(filepath.Join(root, "scripts", "build"), "-o", fresh)
	cmd.Dir = root
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("build sockeye: %w\n%s", err, out)
	}
	path := filepath.Join(dir, "sockeye")
	if err := os.Rename(fresh, path); err != nil {
		return "", fmt.Errorf("place sockeye: %w", err)
	}
	return path, nil
}

// Result is what a finished command left.
type Result struct {
	Stdout, Stderr string
	Code           int           // exit code; -1 when a signal ended it
	Took           time.Duration // from start to end
}

// Run runs cmd to its end and returns what it left, whatever its exit code.
// Output goes where cmd already sends it, else into the Result. A command that
// takes longer than a minute fails the test.
func Run(tb testing.TB, cmd *exec.Cmd) Result {
	tb.Helper()
	var out, errs bytes.Buffer
	if cmd.Stdout == nil {
		cmd.Stdout = &out
	}
	if cmd.Stderr == nil {
		cmd.Stderr = &errs
	}
	begin := time.Now()
	Start(tb, cmd)
	timer := time.AfterFunc(time.Minute, func() { _ = cmd.Process.Kill() })
	err := cmd.Wait()
	if !timer.Stop() {
		tb.Fatalf("%v: killed, no end after a minute\nstdout: %s\nstderr: %s", cmd.Args, &out, &errs)
	}
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		tb.Fatalf("%v: %v", cmd.Args, err)
	}
	return Result{out.String(), errs.String(), cmd.ProcessState.ExitCode(), time.Since(begin)}
}

// Start starts cmd and kills it at the test's end, if it is still there then.
// The caller waits for it.
func Start(tb testing.TB, cmd *exec.Cmd) {
	tb.Helper()
	if err := cmd.Start(); err != nil {
		tb.Fatalf("start %v: %v", cmd.Args, err)
	}
	tb.Cleanup(func() {
		if cmd.ProcessState == nil {
			_ = cmd.Process.Kill()
			_ = cmd.Wait()
		}
	})
}

// Eventually polls f until it returns true, and fails the test when that takes
// longer than within. what completes the sentence "timed out waiting for".
func Eventually(tb testing.TB, within time.Duration, what string, f func() bool) {
	tb.Helper()
	deadline := time.Now().Add(within)
	for !f() {
		if time.Now().After(deadline) {
			tb.Fatalf("timed out waiting for %s (%v)", what, within)
		}
		time.Sleep(5 * time.Millisecond)
	}
}
