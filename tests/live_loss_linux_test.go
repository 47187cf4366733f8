package tests

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"sockeye/export"
	"sockeye/internal/testkit"
	"sockeye/internal/testkit/packet"
	"sockeye/internal/testkit/xdpgen"
)

// TestLiveOverload stops the program while more is sent than its ring holds.
// What was sent is what was counted and what was lost, to the packet, in JSON
// and in text.
func TestLiveOverload(t *testing.T) {
	t.Parallel()
	a, _, ifA, _ := testkit.Veth(t)
	small := []string{"-i", ifA, "--ring-size", "1MiB", "--queues", "1", "-r", "100"}
	inJSON := live(t, a, small...)
	inText := startText(t, a, small...)

	inJSON.signal(syscall.SIGSTOP)
	inText.signal(t, syscall.SIGSTOP)
	const sent, size = 20_000, 1000 // of which the kernel keeps the headers at least
	frame := packet.Build(packet.Ethernet{}, packet.IPv4{}, packet.UDP{Src: 4000, Dst: 5000}, packet.Zeros(size-42))
	a.Injector(t, ifA).Send(t, frames(sent, frame)...)
	inJSON.signal(syscall.SIGCONT)
	inText.signal(t, syscall.SIGCONT)

	r := inJSON.await("the losses", func(r *export.Record) bool {
		k := r.Interfaces[0].Kernel
		return k.Received == sent && k.Delivered+k.Dropped == sent
	})
	if !r.LowerBounds {
		t.Error("rates are not marked as lower bounds")
	}
	counted := sent - r.Drops.Kernel
	r = inJSON.end(counted)
	if r.Drops.Kernel == 0 || counted == 0 || r.Drops.Freezes == 0 || !r.LowerBounds {
		t.Errorf("got %d dropped, %d counted, %d times full, lower bounds %v want some of each, and true",
			r.Drops.Kernel, counted, r.Drops.Freezes, r.LowerBounds)
	}
	if want := (export.Volume{Packets: counted, Bytes: counted * size, IP: counted * (size - 14), Payload: counted * (size - 42)}); r.Totals.Volume != want {
		t.Errorf("got totals %+v want %+v", r.Totals.Volume, want)
	}
	checkTextLosses(t, inText.end(t), sent)
}

// checkTextLosses checks that the last table says where every frame is.
func checkTextLosses(t *testing.T, text string, sent int) {
	t.Helper()
	last := text[strings.LastIndex(text, "(final)"):]
	m := regexp.MustCompile(`(?m)^frames: received (\d+), counted (\d+), dropped (\d+)$`).FindStringSubmatch(last)
	if m == nil {
		t.Fatalf("the last table does not say what became of the frames: %s", last)
	}
	var n [3]int
	for i := range n {
		n[i], _ = strconv.Atoi(m[i+1]) // digits
	}
	if n[0] != sent || n[1]+n[2] != sent || n[1] == 0 || n[2] == 0 {
		t.Errorf("got %d received, %d counted, %d dropped want %d in both", n[0], n[1], n[2], sent)
	}
	for _, want := range []string{
		fmt.Sprintf("\nlost: packets dropped by the kernel %d, full rings ", n[2]),
		"packets were dropped: rates are at least what is shown (≥)",
		" ≥",
	} {
		if !strings.Contains(last, want) {
			t.Errorf("got %s\nwant in it %q", last, want)
		}
	}
}

// textRun is a run of the program that writes text.
type textRun struct {
	cmd         *exec.Cmd
	out, stderr bytes.Buffer
	first       chan struct{} // closed with the first output
}

// Write takes the output.
func (r *textRun) Write(b []byte) (int, error) {
	if r.out.Len() == 0 {
		close(r.first)
	}
	return r.out.Write(b)
}

// startText starts the program with --text, and waits until it captures.
func startText(t *testing.T, ns *testkit.Netns, args ...string) *textRun {
	t.Helper()
	r := &textRun{cmd: ns.Command(testkit.Binary(t), append([]string{"--text"}, args...)...), first: make(chan struct{})}
	r.cmd.Stdout, r.cmd.Stderr = r, &r.stderr
	testkit.Start(t, r.cmd)
	select {
	case <-r.first: // an interval has passed
	case <-time.After(patience):
		t.Fatal("no text")
	}
	return r
}

func (r *textRun) signal(t *testing.T, s syscall.Signal) {
	t.Helper()
	if err := r.cmd.Process.Signal(s); err != nil {
		t.Fatal(err)
	}
}

// end stops the run, which must be a success, and returns all that it wrote.
func (r *textRun) end(t *testing.T) string {
	t.Helper()
	r.signal(t, syscall.SIGINT)
	if err := r.cmd.Wait(); err != nil {
		t.Errorf("got %v, stderr %q want success", err, &r.stderr)
	}
	for line := range strings.Lines(r.stderr.String()) {
		if !isNote(line) {
			t.Errorf("on stderr: %q", line)
		}
	}
	return r.out.String()
}

// TestLiveFlatOut sends as fast as the kernel takes it into rings that are too
// small for that.
func TestLiveFlatOut(t *testing.T) {
	testkit.Root(t) // to load the generator's program
	a, _, ifA, _ := testkit.Veth(t)
	w := live(t, a, "-i", ifA, "--ring-size", "1MiB", "--queues", "2")
	var g *xdpgen.Generator
	a.Do(func() {
		var err error
		if g, err = xdpgen.Open(xdpgen.Options{Iface: ifA, Size: 512, Flows: 1000}); err != nil {
			t.Fatal(err)
		}
	})
	defer g.Close()
	const sent = 3_000_000
	if n, _, err := g.Send(sent, 0); err != nil || n != sent {
		t.Fatalf("sent %d of %d: %v", n, sent, err)
	}
	r := w.await("every packet accounted for", func(r *export.Record) bool {
		k := r.Interfaces[0].Kernel
		return k.Delivered+k.Dropped == sent
	})
	r = w.end(r.Totals.Packets)
	k := r.Interfaces[0].Kernel
	if k.Received != sent || k.Dropped == 0 || k.Unread != 0 || k.Delivered != r.Totals.Packets {
		t.Errorf("got %+v and %d packets in all, want %d received, some of them dropped", k, r.Totals.Packets, sent)
	}
	if r.Totals.Bytes != 512*r.Totals.Packets || len(r.Flows) != 1000 {
		t.Errorf("got %d bytes in %d packets of %d flows want 512 each, 1000", r.Totals.Bytes, r.Totals.Packets, len(r.Flows))
	}
}

// TestLiveStalledReader: a reader that has stopped holds up the output, and
// nothing else.
func TestLiveStalledReader(t *testing.T) {
	t.Parallel()
	a, b, ifA, _ := testkit.Veth(t)
	cmd := a.Command(testkit.Binary(t), "--json", "-r", "50", "-i", ifA)
	w := &watch{t: t, cmd: cmd, read: make(chan struct{})}
	w.stdout = stall(t, cmd, &w.stderr)
	k := vethTalk(t, a, b, false)
	k.send(500, 100)
	time.Sleep(500 * time.Millisecond)
	go w.collect()
	r := w.awaitPackets(500)
	if r.Skipped == 0 {
		t.Errorf("got no skipped records after more than a second without a reader")
	}
	k.reply(100, 100)
	r = w.end(600)
	checkLossless(t, r)
	if r.Skipped == 0 || !r.Final {
		t.Errorf("got %d skipped, final %v want some, true", r.Skipped, r.Final)
	}
}

// TestLiveDeadReader: nobody ever reads on. The end waits a while, and says so.
func TestLiveDeadReader(t *testing.T) {
	t.Parallel()
	ns := testkit.NewNetns(t)
	cmd := ns.Command(testkit.Binary(t), "--json", "-r", "50", "-i", "lo")
	var stderr bytes.Buffer
	stall(t, cmd, &stderr)
	if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait() // the exit code says it
	if code := cmd.ProcessState.ExitCode(); code != 1 {
		t.Errorf("got exit code %d want 1", code)
	}
	want := "error: write output: the reader has stopped reading\nhint: the last record may be cut short\n"
	if !strings.HasSuffix(stderr.String(), want) { // notes may stand before it
		t.Errorf("got %q want %q", &stderr, want)
	}
}

// stall starts a command whose output nobody reads, and returns that as soon as
// the command cannot write on.
func stall(t *testing.T, cmd *exec.Cmd, stderr *bytes.Buffer) *os.File {
	t.Helper()
	read, write, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { read.Close() })
	if _, err := unix.FcntlInt(write.Fd(), unix.F_SETPIPE_SZ, 4096); err != nil {
		t.Fatal(os.NewSyscallError("fcntl F_SETPIPE_SZ", err))
	}
	cmd.Stdout, cmd.Stderr = write, stderr
	testkit.Start(t, cmd)
	write.Close()
	held, since := 0, time.Now()
	testkit.Eventually(t, patience, "a pipe that stays full", func() bool {
		n, err := unix.IoctlGetInt(int(read.Fd()), unix.TIOCINQ)
		if err != nil {
			t.Fatal(os.NewSyscallError("ioctl TIOCINQ", err))
		}
		if n != held {
			held, since = n, time.Now()
		}
		return n > 0 && time.Since(since) > time.Second
	})
	return read
}
