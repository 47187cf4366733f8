package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// terminal is a pseudoterminal that is read as fast as it is written, with a program on
// its other end.
type terminal struct {
	master *os.File
	cmd    *exec.Cmd
	begin  time.Time
	ended  chan struct{}

	mu   sync.Mutex
	news []byte // what was written since the last look
	all  int    // bytes written so far
	came chan struct{}
}

// openTerminal starts a program on a terminal of that size.
func openTerminal(columns, rows uint16, env []string, name string, args ...string) (*terminal, error) {
	master, err := os.OpenFile("/dev/ptmx", os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		return nil, err
	}
	fd := int(master.Fd())
	number, err := unix.IoctlGetInt(fd, unix.TIOCGPTN)
	if err == nil {
		err = unix.IoctlSetPointerInt(fd, unix.TIOCSPTLCK, 0)
	}
	if err == nil {
		err = unix.IoctlSetWinsize(fd, unix.TIOCSWINSZ, &unix.Winsize{Row: rows, Col: columns})
	}
	if err != nil {
		return nil, fmt.Errorf("open terminal: %w", err)
	}
	slave, err := os.OpenFile(fmt.Sprintf("/dev/pts/%d", number), os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		return nil, err
	}
	defer slave.Close()
	t := &terminal{master: master, cmd: exec.Command(name, args...), ended: make(chan struct{}), came: make(chan struct{}, 1)}
	t.cmd.Stdin, t.cmd.Stdout, t.cmd.Stderr = slave, slave, slave
	t.cmd.Env = append(os.Environ(), append([]string{"TERM=xterm-256color", "LC_ALL=C.UTF-8"}, env...)...)
	t.cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true, Pdeathsig: syscall.SIGKILL}
	t.begin = time.Now()
	if err := t.cmd.Start(); err != nil {
		return nil, fmt.Errorf("start %s: %w", name, err)
	}
	go t.read()
	return t, nil
}

// Of terminals: what their kind is, asked as DA1 (ECMA-48), and the answers of a dark one
// to that and to the questions for its colors before it (xterm's OSC 10 and 11).
const (
	asksKind = "\x1b[c"
	answers  = "\x1b]10;rgb:cccc/cccc/cccc\x1b\\\x1b]11;rgb:0000/0000/0000\x1b\\\x1b[?62;22c"
)

// read takes what is written until the program has ended.
func (t *terminal) read() {
	defer close(t.ended)
	buffer := make([]byte, 1<<16)
	for {
		n, err := t.master.Read(buffer)
		if bytes.Contains(buffer[:n], []byte(asksKind)) {
			_, _ = t.master.WriteString(answers) // who asked goes on without
		}
		if n > 0 {
			t.mu.Lock()
			t.news = append(t.news, buffer[:n]...)
			t.all += n
			t.mu.Unlock()
			select {
			case t.came <- struct{}{}:
			default:
			}
		}
		if err != nil {
			return // EIO: nobody has the other end any more
		}
	}
}

// await waits until a text is written, and returns when that was. What was written before
// the last press of a key, or the last await, does not count.
func (t *terminal) await(text string) (time.Time, error) {
	late := time.After(20 * time.Second)
	for {
		t.mu.Lock()
		at := bytes.Index(t.news, []byte(text))
		if at >= 0 {
			t.news = t.news[at+len(text):]
		}
		t.mu.Unlock()
		if at >= 0 {
			return time.Now(), nil
		}
		select {
		case <-t.came:
		case <-t.ended:
			return time.Time{}, fmt.Errorf("the program ended before it wrote %q", text)
		case <-late:
			return time.Time{}, fmt.Errorf("%q was not written within 20 s", text)
		}
	}
}

// press presses keys and returns when.
func (t *terminal) press(keys string) (time.Time, error) {
	t.mu.Lock()
	t.news = t.news[:0]
	t.mu.Unlock()
	at := time.Now()
	_, err := t.master.WriteString(keys)
	return at, err
}

// written returns how many bytes were written so far.
func (t *terminal) written() int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.all
}

// close ends the program.
func (t *terminal) close() {
	_ = t.cmd.Process.Signal(syscall.SIGTERM)
	select {
	case <-t.ended:
	case <-time.After(5 * time.Second):
		_ = t.cmd.Process.Kill()
	}
	_ = t.cmd.Wait() // killed or not
	_ = t.master.Close()
}
