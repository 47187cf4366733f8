package term

import (
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"sockeye/internal/testkit"
)

// restored is what must have been written at the end: the mouse's and paste's modes off,
// the cursor on, the first screen.
func restored(t *testing.T, out string) {
	t.Helper()
	for _, s := range []string{"\x1b[?1000l", "\x1b[?1002l", "\x1b[?1003l", "\x1b[?1006l", "\x1b[?2004l", "\x1b[?25h", "\x1b[?1049l"} {
		if last := strings.LastIndex(out, s); last < strings.LastIndex(out, s[:len(s)-1]+string(s[len(s)-1]^'h'^'l')) {
			t.Errorf("%q is not the last of its kind", s)
		}
	}
	if strings.Count(out, frameBegin) > strings.Count(out, frameEnd) {
		t.Error("the last frame has no end")
	}
}

func TestTerminal(t *testing.T) {
	p := newPTY(t, "echo", true)
	p.wrote(askColors, 0)
	p.write("\x1b]11;rgb:2828/2828/2828\x1b\\\x1b[?62c")
	at := p.wrote("80x24 colors 2 ground #282828.", 0)
	at = p.wrote("hostile ·[31m.", at)

	p.write("\x1b[1;5A")
	at = p.wrote("ctrl-up.", at)
	p.write("\x1b[200~q\x1b[201~")
	at = p.wrote("paste q.", at)
	p.write("\x1b[<0;300;2M")
	at = p.wrote("press 1 at 299,1.", at)
	p.write("\x1b")
	at = p.wrote("esc.", at)

	p.resize(1, 1)
	at = p.wrote("\x1b[1;1H1"+frameEnd, at)
	p.resize(0, 0)
	p.resize(100, 30)
	at = p.wrote("00x30 colors", at)                           // a "1" may be there already
	if err := p.cmd.Process.Signal(unix.SIGSTOP); err != nil { // nobody can catch it
		t.Fatal(err)
	}
	if err := p.cmd.Process.Signal(unix.SIGCONT); err != nil {
		t.Fatal(err)
	}
	at = p.wrote(occupation, at)
	at = p.wrote("100x30 colors", at)
	p.write("b")
	at = p.wrote("\a", at)
	p.write("c")
	at = p.wrote("\x1b]52;c;Y29waWVkIGJ5IHNvY2tleWU=\a", at)
	p.write("m")
	at = p.wrote(mouseOff, at)
	p.write("cq") // in one piece: the copy must not be lost
	p.wrote("\x1b]52;c;Y29waWVkIGJ5IHNvY2tleWU=\a", at)
	if errs, code := p.end(); errs != "" || code != 0 {
		t.Errorf("it said %q and ended with %d", errs, code)
	}
	restored(t, p.finish())
}

// TestTerminalWritesWhatChanged draws the same picture a hundred times, then another.
func TestTerminalWritesWhatChanged(t *testing.T) {
	p := newPTY(t, "echo", true, "COLORTERM=truecolor")
	at := p.wrote("hostile", 0)
	p.write("n")
	at = p.wrote("keys 1 ", at-len("hostile"))
	p.write("x")
	end := p.wrote("x.", at)
	end = p.wrote(frameEnd, end)
	out := p.out.String()[at:end]
	if got := strings.Count(out, frameBegin); got > 1 {
		t.Errorf("a hundred times the same picture and a key: got %d frames, want 1", got)
	}
	if len(out) > 200 {
		t.Errorf("one key changed %d bytes: %q", len(out), out)
	}
	p.write("q")
	p.end()
}

// TestTerminalMotionBurst moves the mouse faster than anyone draws.
func TestTerminalMotionBurst(t *testing.T) {
	p := newPTY(t, "echo", true)
	p.wrote("hostile", 0)
	var burst strings.Builder
	for i := range 400 {
		fmt.Fprintf(&burst, "\x1b[<35;%d;%dM", i%80+1, i%24+1)
	}
	p.write(burst.String() + "j")
	p.wrote("keys 1 moves 400 last j.", 0)
	p.write("q")
	if errs, code := p.end(); errs != "" || code != 0 {
		t.Errorf("it said %q and ended with %d", errs, code)
	}
}

// TestTerminalNobodyReads floods a terminal whose other end reads nothing: drawing must
// not wait, and the terminal must be given back.
func TestTerminalNobodyReads(t *testing.T) {
	p := newPTY(t, "flood", false)
	testkit.Eventually(t, 10*time.Second, "four frames", func() bool { return strings.Contains(p.errs.String(), "flooding") })
	begin := time.Now()
	if err := p.cmd.Process.Signal(unix.SIGTERM); err != nil {
		t.Fatal(err)
	}
	errs, code := p.end()
	if took := time.Since(begin); code != 0 || took > 5*time.Second {
		t.Errorf("it ended with %d after %v", code, took)
	}
	var frames, slowest, closed int
	if _, err := fmt.Sscanf(errs, "flooding\nframes %d\nslowest %d ms\nclosed in %d ms: <nil>", &frames, &slowest, &closed); err != nil {
		t.Fatalf("it said %q: %v", errs, err)
	}
	if slowest > 1000 || closed > 3000 {
		t.Errorf("drawing took up to %d ms, closing %d ms", slowest, closed)
	}
	_ = p.slave.Close() // the last one: reading ends then
	out, _ := io.ReadAll(p.master)
	restored(t, string(out))
}

// TestTerminalStopped floods a terminal whose output is stopped for good: what it shows
// cannot be restored, its modes can.
func TestTerminalStopped(t *testing.T) {
	p := newPTY(t, "flood", true)
	testkit.Eventually(t, 10*time.Second, "four frames", func() bool { return strings.Contains(p.errs.String(), "flooding") })
	p.ioctl(p.slave, func(fd int) error { return unix.IoctlSetInt(fd, unix.TCXONC, unix.TCOOFF) })
	if err := p.cmd.Process.Signal(unix.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if errs, code := p.end(); code != 0 || !strings.Contains(errs, errNotRestored.Error()) {
		t.Errorf("it ended with %d and said %q, want %q", code, errs, errNotRestored)
	}
}

// TestTerminalHangsUp closes the other end.
func TestTerminalHangsUp(t *testing.T) {
	p := newPTY(t, "echo", true)
	p.wrote("hostile", 0)
	if err := p.master.Close(); err != nil {
		t.Fatal(err)
	}
	testkit.Eventually(t, 10*time.Second, "the program's end", func() bool { return p.errs.String() != "" })
	if err := p.cmd.Wait(); err != nil && p.cmd.ProcessState.ExitCode() != 1 {
		t.Error(err)
	}
	if got := p.errs.String(); !strings.Contains(got, ErrHangup.Error()) {
		t.Errorf("it said %q, want %q", got, ErrHangup)
	}
}

// TestTerminalPanics holds that a trace is printed on a terminal that was given back.
func TestTerminalPanics(t *testing.T) {
	for key, want := range map[string]string{"p": "panic: the loop's panic", "P": "panic: a goroutine's panic"} {
		p := newPTY(t, "echo", true)
		p.wrote("hostile", 0)
		p.write(key)
		errs, code := p.end()
		if !strings.Contains(errs, want) || code != 2 {
			t.Errorf("%s: it ended with %d and said %q", key, code, errs)
		}
		restored(t, p.finish())
	}
}

// TestTerminalQuits holds the same of signals that print one.
func TestTerminalQuits(t *testing.T) {
	for _, s := range []unix.Signal{unix.SIGQUIT, unix.SIGABRT} {
		p := newPTY(t, "echo", true)
		p.wrote("hostile", 0)
		if err := p.cmd.Process.Signal(s); err != nil {
			t.Fatal(err)
		}
		errs, code := p.end()
		if !strings.Contains(errs, "goroutine ") || code != 2 {
			t.Errorf("%v: it ended with %d and said %q", s, code, errs)
		}
		restored(t, p.finish())
	}
}

// TestTerminalNames runs on terminals of many names: what termbox knows of them must
// not matter.
func TestTerminalNames(t *testing.T) {
	for name, colors := range map[string]Colors{
		"xterm": Colors16, "linux": Colors16, "foot": TrueColor, "tmux-256color": Colors256, "rxvt-256color": Colors256, "mystery": Colors16,
	} {
		p := newPTY(t, "echo", true, "TERM="+name)
		at := p.wrote(fmt.Sprintf("80x24 colors %d", colors), 0)
		p.wrote("hostile ·[31m.", at)
		p.write("q")
		if errs, code := p.end(); errs != "" || code != 0 {
			t.Errorf("%s: it ended with %d and said %q", name, code, errs)
		}
		if out := p.finish(); strings.Contains(out, "\a") {
			t.Errorf("%s: the bell rang", name)
		} else if name != "linux" {
			restored(t, out)
		}
	}
}

func TestOpenRefuses(t *testing.T) {
	for _, name := range []string{"dumb", ""} {
		p := newPTY(t, "echo", true, "TERM="+name)
		errs, code := p.end()
		if !strings.Contains(errs, ErrDumb.Error()) || code != 1 {
			t.Errorf("TERM=%q: it ended with %d and said %q", name, code, errs)
		}
		if out := p.finish(); out != "" {
			t.Errorf("TERM=%q: it wrote %q", name, out)
		}
	}
}
