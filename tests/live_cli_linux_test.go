package tests

import (
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"sockeye/export"
	"sockeye/internal/testkit"
)

// TestLiveRights runs the program as a user without rights, does what its hint
// says, and captures as that user.
func TestLiveRights(t *testing.T) {
	t.Parallel()
	testkit.Root(t) // to become someone else, and to give a file capabilities
	for _, tool := range []string{"setcap", "setpriv"} {
		if _, err := exec.LookPath(tool); err != nil {
			testkit.Skip(t, tool+" is not installed: apt-get install libcap2-bin util-linux")
		}
	}
	a, b, ifA, _ := testkit.Veth(t)
	binary := shared(t, testkit.Binary(t))
	asNobody := func(args ...string) *exec.Cmd {
		nobody := []string{"--reuid=65534", "--regid=65534", "--clear-groups", binary, "--json", "-r", "100", "-i", ifA}
		return a.Command("setpriv", append(nobody, args...)...)
	}

	r := testkit.Run(t, asNobody())
	m := regexp.MustCompile(`^error: .*\nhint: run it with sudo, or once: sudo (setcap \S+ (\S+))\n$`).FindStringSubmatch(r.Stderr)
	if r.Code != 1 || r.Stdout != "" || m == nil || m[2] != binary {
		t.Fatalf("as nobody: got exit code %d, stdout %q, stderr %q want 1, nothing, an error and what to do", r.Code, r.Stdout, r.Stderr)
	}
	remedy := strings.Fields(m[1])
	if r := testkit.Run(t, exec.Command(remedy[0], remedy[1:]...)); r.Code != 0 {
		t.Fatalf("%s: %s", m[1], r.Stderr)
	}

	w := begin(t, asNobody("-p"))
	w.awaitCapture()
	k := vethTalk(t, a, b, false)
	k.send(200, 1000)
	k.reply(100, 1000)
	checkLossless(t, w.end(300))
}

// shared copies a file to where everyone can run it.
func shared(t *testing.T, path string) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "sockeye-test-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	from, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer from.Close()
	copied := filepath.Join(dir, "sockeye")
	to, err := os.OpenFile(copied, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o755)
	if err != nil {
		t.Fatal(err)
	}
	_, err = io.Copy(to, from)
	if closed := to.Close(); err == nil {
		err = closed
	}
	if err != nil {
		t.Fatal(err)
	}
	return copied
}

// TestLiveSignals: what was sent before a signal is in the last record, though it
// was still in the ring.
func TestLiveSignals(t *testing.T) {
	t.Parallel()
	for _, s := range []syscall.Signal{syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP} {
		t.Run(s.String(), func(t *testing.T) {
			t.Parallel()
			a, b, ifA, _ := testkit.Veth(t)
			w := live(t, a, "-i", ifA)
			k := vethTalk(t, a, b, false)
			k.send(1000, 100)
			w.signal(s)
			if r := w.last(); r.Totals.Packets != 1000 || r.Drops.Unread != 0 {
				t.Errorf("got %d packets, %d not read want 1000, 0", r.Totals.Packets, r.Drops.Unread)
			}
		})
	}
}

// TestLiveNothingUp: there is nothing to capture, which is said at once.
func TestLiveNothingUp(t *testing.T) {
	t.Parallel()
	ns := testkit.NewNetns(t)
	ns.IP(t, "link", "set", "lo", "down")
	r := testkit.Run(t, ns.Command(testkit.Binary(t), "--json"))
	want := "error: no interface is up\nhint: sudo ip link set NAME up; sockeye interfaces lists the names\n"
	if r.Code != 1 || r.Stdout != "" || r.Stderr != want {
		t.Errorf("got exit code %d, stdout %q, stderr %q want 1, nothing, %q", r.Code, r.Stdout, r.Stderr, want)
	}
}

// TestLiveStart: the first record is there after one interval, and it is
// complete.
func TestLiveStart(t *testing.T) {
	t.Parallel()
	a, _, ifA, _ := testkit.Veth(t)
	started := time.Now()
	w := begin(t, a.Command(testkit.Binary(t), "--json", "-r", "200", "-i", ifA))
	r := w.await("anything", func(*export.Record) bool { return true })
	t.Logf("first record after %v", time.Since(started))
	if in := interfaceOf(t, r, ifA); in.State != "capturing" || r.Schema != export.Schema || r.Source.Kind != "live" {
		t.Errorf("got %s want an interface that is captured: %s", in.State, outline(r))
	}
	if r.Interval < 0.2 || int64(r.Start) < started.UnixNano() {
		t.Errorf("got an interval of %v s since %v want 0.2 at least, later than %v", r.Interval, time.Unix(0, int64(r.Start)), started)
	}
	w.end(0)
}

// TestLiveIdle: on a quiet interface the program sleeps. It wakes up for its
// records, for the kernel's counters and to look whether it shall end, a few
// times a second. For owners it also wakes up for what the processes of the machine
// do, which is a lot while tests run: at most once for each event.
func TestLiveIdle(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		attribution string
		most        float64 // wake-ups a second; where nothing else runs it is a fifth
	}{{"off", 150}, {"auto", 250}} {
		t.Run(tt.attribution, func(t *testing.T) {
			t.Parallel()
			a, _, ifA, _ := testkit.Veth(t)
			w := live(t, a, "-i", ifA, "-r", "1s", "--attribution", tt.attribution)
			const seconds = 4
			before, began := w.wakeUps(), w.newest()
			first, events := began.Time, kernelEvents(began)
			r := w.await("the last of some seconds", func(r *export.Record) bool {
				return time.Duration(r.Time-first) >= seconds*time.Second
			})
			woken, told := float64(w.wakeUps()-before), float64(kernelEvents(r)-events)
			span := time.Duration(r.Time - first).Seconds()
			t.Logf("%.1f wake-ups a second, with %.1f events", woken/span, told/span)
			if most := tt.most*span + told; woken > most {
				t.Errorf("got %.0f wake-ups in %.1f s want at most %.0f", woken, span, most)
			}
			w.end(0)
		})
	}
}

// kernelEvents returns how many events eBPF told of.
func kernelEvents(r *export.Record) uint64 {
	if r.Ownership == nil {
		return 0
	}
	return r.Ownership.Events
}

// wakeUps returns how often the threads of the run gave up the processor of
// their own accord.
func (w *watch) wakeUps() int {
	w.t.Helper()
	sum := 0
	for _, status := range w.processTree("status") {
		_, rest, found := strings.Cut(status, "\nvoluntary_ctxt_switches:")
		line, _, _ := strings.Cut(rest, "\n")
		n, err := strconv.Atoi(strings.TrimSpace(line))
		if !found || err != nil {
			w.t.Fatalf("no voluntary_ctxt_switches in %q", status)
		}
		sum += n
	}
	return sum
}
