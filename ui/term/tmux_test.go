package term

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"sockeye/internal/testkit"
)

// tmux is a real terminal: what it shows is what a person would see.
type tmux struct {
	t    *testing.T
	path string
	args []string
}

// newTmux starts one of 80x24 with a shell that has job control.
func newTmux(t *testing.T) *tmux {
	t.Helper()
	path, err := exec.LookPath("tmux")
	if err != nil {
		testkit.Skip(t, "tmux is not installed: install the package tmux")
	}
	dir, err := os.MkdirTemp("", "sk") // a socket's path is short, unlike t.TempDir's
	if err != nil {
		t.Fatal(err)
	}
	m := &tmux{t, path, []string{"-u", "-f", os.DevNull, "-S", filepath.Join(dir, "tmux")}}
	t.Cleanup(func() {
		_ = m.command("kill-server").Run()
		_ = os.RemoveAll(dir)
	})
	m.run("set", "-g", "set-clipboard", "on", ";", "set", "-g", "default-terminal", "screen-256color", ";",
		"new-session", "-d", "-x", "80", "-y", "24", "PS1='$ ' ENV= sh -i")
	return m
}

func (m *tmux) command(args ...string) *exec.Cmd {
	cmd := exec.Command(m.path, append(m.args, args...)...)
	cmd.Env = append(os.Environ(), "LC_ALL=C.UTF-8", "TMUX=")
	return cmd
}

func (m *tmux) run(args ...string) string {
	m.t.Helper()
	r := testkit.Run(m.t, m.command(args...))
	if r.Code != 0 {
		m.t.Fatalf("tmux %q: %s", args, r.Stderr)
	}
	return r.Stdout
}

// shows waits for what a command of tmux prints: text somewhere.
func (m *tmux) shows(text string, args ...string) string {
	m.t.Helper()
	var out string
	ok := false
	defer func() {
		if !ok {
			m.t.Logf("tmux %q showed\n%s", args, out)
		}
	}()
	testkit.Eventually(m.t, 10*time.Second, fmt.Sprintf("%q", text), func() bool {
		out = m.run(args...)
		ok = strings.Contains(out, text)
		return ok
	})
	return out
}

func (m *tmux) screen(text string) string {
	m.t.Helper()
	return m.shows(text, "capture-pane", "-p")
}

func (m *tmux) keys(keys ...string) {
	m.t.Helper()
	m.run(append([]string{"send-keys"}, keys...)...)
}

func TestInTmux(t *testing.T) {
	m := newTmux(t)
	m.screen("$")
	m.keys(fmt.Sprintf("COLORTERM=truecolor %s=echo %q", childEnv, os.Args[0]), "Enter")
	m.screen("80x24 colors 1")
	if got := strings.Split(m.screen("hostile"), "\n")[2]; got != "世界 ★ 👍· hostile ·[31m." {
		t.Errorf("the third line is %q", got)
	}
	m.shows("\x1b[38;2;255;200;0m", "capture-pane", "-p", "-e")
	for key, name := range map[string]string{"S-Right": "shift-right", "M-1": "alt-1", "BTab": "shift-tab", "PPage": "pgup",
		"F5": "f5", "F12": "f12", "Escape": "esc", "C-a": "ctrl-a", "BSpace": "backspace", "ü": "ü"} {
		m.keys(key)
		m.screen("last " + name + ".")
	}
	m.keys("c")
	m.shows("copied by sockeye", "list-buffers")

	m.keys("C-z")
	shell := m.screen("[1]")
	if strings.Contains(shell, "hostile") {
		t.Errorf("the shell's screen is not restored:\n%s", shell)
	}
	m.keys("stty size; fg", "Enter")
	m.screen("last resize.")
	m.screen("hostile")

	m.run("resize-window", "-x", "41", "-y", "7")
	m.screen("41x7 colors")
	m.screen("hostile")
	m.keys("q")
	m.screen("$")
	m.keys("stty -a", "Enter")
	if modes := m.screen(" echo "); !strings.Contains(modes, " icanon") {
		t.Errorf("the terminal's modes are not restored:\n%s", modes)
	}
}
