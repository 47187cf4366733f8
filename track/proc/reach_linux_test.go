package proc

import (
	"errors"
	"io/fs"
	"os"
	"testing"
	"time"

	"sockeye/internal/testkit"
)

// TestTryReach makes a namespace more, with a process in it.
func TestTryReach(t *testing.T) {
	before, err := TryReach("/proc")
	if err != nil {
		t.Fatal(err)
	}
	if before.Entered+before.Read > before.Spaces {
		t.Errorf("got %+v, more than there are", before)
	}
	_, tracked := os.Stat(conntrackSwitch)
	switch {
	case tracked != nil && !errors.Is(before.NAT, errors.ErrUnsupported):
		t.Errorf("nothing is tracked: got %v, want errors.ErrUnsupported", before.NAT)
	case tracked == nil && before.NAT != nil && !errors.Is(before.NAT, fs.ErrPermission):
		t.Errorf("connections are tracked: got %v, want nil or fs.ErrPermission", before.NAT)
	}
	ns := testkit.NewNetns(t)
	inside := ns.Command("sleep", "60")
	testkit.Start(t, inside)
	testkit.Eventually(t, 20*time.Second, "the process's namespace", func() bool {
		after, err := TryReach("/proc")
		if err != nil {
			t.Fatal(err)
		}
		return after.Spaces > before.Spaces && after.Entered > before.Entered
	})
}

// TestTryReachNowhere looks below what is no /proc.
func TestTryReachNowhere(t *testing.T) {
	if _, err := TryReach(t.TempDir() + "/none"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("got %v, want fs.ErrNotExist", err)
	}
}
