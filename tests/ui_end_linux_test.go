package tests

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"sockeye/internal/testkit"
)

// TestDashboardSuspend hands the terminal to the shell and takes it back: what was sent
// meanwhile is counted. A signal ends the program, and the terminal is as before.
func TestDashboardSuspend(t *testing.T) {
	t.Parallel()
	s := newBooth(t, 120, 40)
	s.live()
	s.sends(5)
	s.Await("1 flow", "5.00kB")
	s.Keys("C-z")
	s.AwaitGone("1 Flows")
	if got := s.Ask("#{alternate_on} #{mouse_any_flag} #{cursor_flag}"); got != "0 0 1" {
		t.Errorf("while suspended, the terminal's alternate screen, mouse and cursor: got %q want off, off and shown", got)
	}
	s.Enter("stty -a")
	s.Await(" icanon", " echo ")
	s.sends(5)
	s.Enter("fg; echo exit=$?; stty -g >after")
	s.Await("1 Flows", "1 flow", "10.0kB")
	s.Resize(100, 30)
	s.Await("h help")
	if err := syscall.Kill(s.pid(), syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if screen := s.left(0); !strings.Contains(screen, " 10 packets, 10.0 kB") {
		t.Errorf("the end says\n%s\nwant 10 packets", screen)
	}
}

// pid returns the process of the dashboard: the last one that the shell's began.
func (p *person) pid() (pid int) {
	p.t.Helper()
	at := p.Ask("#{pane_pid}")
	for {
		b, err := os.ReadFile(filepath.Join("/proc", at, "task", at, "children")) // proc_tid_children(5)
		if err != nil {
			p.t.Fatal(err)
		}
		if child := strings.TrimSpace(string(b)); child != "" {
			at = child
			continue
		}
		if pid, err = strconv.Atoi(at); err != nil {
			p.t.Fatalf("the shell has the children %q", at)
		}
		return pid
	}
}

// TestDashboardHangUp closes the terminal's window: the program ends by itself.
func TestDashboardHangUp(t *testing.T) {
	t.Parallel()
	p := sit(t, nil, 120, 40)
	p.Enter(`sh -c 'trap : HUP; $SOCKEYE --demo; echo $? >code'`) // a shell that stays to tell how it ended
	p.Await("firefox")
	pid := p.pid()
	p.Run("kill-window")
	testkit.Eventually(t, patience, "the program's end", func() bool { return syscall.Kill(pid, 0) != nil })
	testkit.Eventually(t, patience, "the exit code", func() bool { return p.file("code") != "" })
	if code := p.file("code"); code != "0\n" && code != "1\n" { // the signal came first, or the terminal's error
		t.Errorf("got exit code %q want 0 or 1", code)
	}
}

// TestDashboardStalled stops the terminal, so that what is written to it waits. Nothing
// that comes meanwhile is lost.
func TestDashboardStalled(t *testing.T) {
	t.Parallel()
	s := newBooth(t, 200, 60)
	s.live()
	s.sends(1, 2, 3, 4)
	s.Await("4 flows")
	pid := s.pid()
	server, err := strconv.Atoi(s.Ask("#{pid}"))
	if err != nil {
		t.Fatal(err)
	}
	if err := syscall.Kill(server, syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = syscall.Kill(server, syscall.SIGCONT) }) // else it cannot be told to end
	s.stalls(pid)

	lasts := 3 * time.Second
	if testkit.Full() {
		lasts = 30 * time.Second
	}
	sent := 10 // before
	for end := time.Now().Add(lasts); time.Now().Before(end); time.Sleep(10 * time.Millisecond) {
		s.sends(10, 10, 10, 10)
		sent += 40
	}
	if err := syscall.Kill(server, syscall.SIGCONT); err != nil {
		t.Fatal(err)
	}
	s.Keys("F8")
	s.Await("nothing was lost", "Kernel drops 0")
	s.Keys("q")
	if screen, want := s.left(0), fmt.Sprintf(" %d packets, ", sent); !strings.Contains(screen, want) {
		t.Errorf("the end says\n%s\nwant%s", screen, want)
	}
}

// stalls waits until the program cannot write on, though it has to draw all anew.
func (s *booth) stalls(pid int) {
	s.t.Helper()
	const little = 4096 // bytes; a picture is more
	testkit.Eventually(s.t, patience, "a terminal that takes no more", func() bool {
		before := s.wrote(pid)
		for range 10 {
			if err := syscall.Kill(pid, syscall.SIGWINCH); err != nil {
				s.t.Fatal(err)
			}
			time.Sleep(50 * time.Millisecond)
		}
		return s.wrote(pid)-before < little
	})
}

// wrote returns how many bytes a process has written by now, proc_pid_io(5).
func (s *booth) wrote(pid int) (n int) {
	s.t.Helper()
	io, err := os.ReadFile(fmt.Sprintf("/proc/%d/io", pid))
	if err != nil {
		s.t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(io), "wchar: ")
	if _, err := fmt.Sscan(rest, &n); err != nil {
		s.t.Fatalf("%s: %v", io, err)
	}
	return n
}
