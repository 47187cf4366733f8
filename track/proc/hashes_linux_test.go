package proc

import (
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"sockeye/internal/testkit"
)

// TestHashOfDeleted asks for the sum of what a process runs after its file was
// replaced.
func TestHashOfDeleted(t *testing.T) {
	sleep, err := exec.LookPath("sleep")
	if err != nil {
		t.Fatal(err)
	}
	program, err := os.ReadFile(sleep)
	if err != nil {
		t.Fatal(err)
	}
	name := filepath.Join(t.TempDir(), "sleep")
	if err := os.WriteFile(name, program, 0o755); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(name, "60")
	testkit.Start(t, cmd)
	defer func() { cmd.Process.Kill(); cmd.Wait() }()
	exe := "/proc/" + strconv.Itoa(cmd.Process.Pid) + "/exe"
	testkit.Eventually(t, 10*time.Second, "the program to run", func() bool {
		is, err := os.Readlink(exe)
		return err == nil && is == name
	})
	if err := os.Remove(name); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte("another"), 0o755); err != nil {
		t.Fatal(err)
	}
	got, err := newHashes().of(exe)
	if err != nil || got != sumOf(program) {
		t.Errorf("got %s, %v, want %s", got, err, sumOf(program))
	}
	if got, err := newPackages().of(filepath.Dir(exe), name); got != nil || err != nil {
		t.Errorf("package of a deleted file: got %v, %v, want none", got, err)
	}
}
