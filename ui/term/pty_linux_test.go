package term

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"sockeye/internal/testkit"
)

// pty is a terminal that a test holds the other end of.
type pty struct {
	t      *testing.T
	master *os.File
	slave  *os.File
	before unix.Termios
	cmd    *exec.Cmd
	errs   locked

	out    locked // what was written to it, when it is read
	silent chan struct{}
}

// locked is a buffer that goroutines may share.
type locked struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *locked) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *locked) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// newPTY opens a terminal of 80x24 and runs the child on it, with env besides TERM. Only
// one that is read takes more than the kernel's buffer.
func newPTY(t *testing.T, mode string, read bool, env ...string) *pty {
	t.Helper()
	master, err := os.OpenFile("/dev/ptmx", os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	p := &pty{t: t, master: master, silent: make(chan struct{})}
	number := 0
	p.ioctl(master, func(fd int) (err error) {
		if err := unix.IoctlSetPointerInt(fd, unix.TIOCSPTLCK, 0); err != nil {
			return err
		}
		number, err = unix.IoctlGetInt(fd, unix.TIOCGPTN)
		return err
	})
	if p.slave, err = os.OpenFile(fmt.Sprintf("/dev/pts/%d", number), os.O_RDWR|unix.O_NOCTTY, 0); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _, _ = p.master.Close(), p.slave.Close() })
	p.resize(80, 24)
	p.before = p.modes()

	p.cmd = exec.Command(os.Args[0])
	p.cmd.Env = append([]string{childEnv + "=" + mode, "TERM=xterm-256color", "HOME=" + t.TempDir()}, env...)
	p.cmd.Stdin, p.cmd.Stderr = p.slave, &p.errs
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	testkit.Start(t, p.cmd)
	if read {
		go func() {
			defer close(p.silent)
			var buf [4096]byte
			for {
				n, err := master.Read(buf[:])
				_, _ = p.out.Write(buf[:n])
				if err != nil {
					return
				}
			}
		}()
	}
	return p
}

func (p *pty) ioctl(f *os.File, do func(fd int) error) {
	p.t.Helper()
	raw, err := f.SyscallConn()
	if err != nil {
		p.t.Fatal(err)
	}
	if cerr := raw.Control(func(fd uintptr) { err = do(int(fd)) }); cerr != nil || err != nil {
		p.t.Fatal(cerr, err)
	}
}

func (p *pty) modes() (m unix.Termios) {
	p.t.Helper()
	p.ioctl(p.slave, func(fd int) error {
		got, err := unix.IoctlGetTermios(fd, unix.TCGETS)
		if err == nil {
			m = *got
		}
		return err
	})
	return m
}

func (p *pty) resize(w, h int) {
	p.t.Helper()
	p.ioctl(p.master, func(fd int) error {
		return unix.IoctlSetWinsize(fd, unix.TIOCSWINSZ, &unix.Winsize{Col: uint16(w), Row: uint16(h)})
	})
}

func (p *pty) write(s string) {
	p.t.Helper()
	if _, err := p.master.WriteString(s); err != nil {
		p.t.Fatal(err)
	}
}

// wrote waits until the child has written s after the first from bytes, and returns the
// place after it. What is searched for must be written in one run of cells.
func (p *pty) wrote(s string, from int) int {
	p.t.Helper()
	at := -1
	defer func() {
		if out := p.out.String(); at < 0 {
			p.t.Logf("the last that was written: %q", out[max(0, len(out)-2000):])
		}
	}()
	testkit.Eventually(p.t, 10*time.Second, fmt.Sprintf("%q on the screen", s), func() bool {
		at = strings.Index(p.out.String()[from:], s)
		return at >= 0
	})
	return from + at + len(s)
}

// end waits for the child's end, and returns what it said and its exit code. The
// terminal must be as it was.
func (p *pty) end() (errs string, code int) {
	p.t.Helper()
	result := make(chan error, 1)
	go func() { result <- p.cmd.Wait() }()
	select {
	case <-result:
	case <-time.After(20 * time.Second):
		_ = p.cmd.Process.Kill()
		<-result
		p.t.Fatalf("the program did not end\nsaid: %s", p.errs.String())
	}
	if now := p.modes(); now != p.before {
		p.t.Errorf("the terminal's modes were not restored:\ngot  %+v\nwant %+v", now, p.before)
	}
	return p.errs.String(), p.cmd.ProcessState.ExitCode()
}

// finish ends the reading, and returns all that was written.
func (p *pty) finish() string {
	_ = p.slave.Close() // the last one: reading fails then
	<-p.silent
	return p.out.String()
}
