package tmux

import (
	"cmp"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"sockeye/internal/testkit"
)

// Patience bounds every wait. It is long: machines are slow, and who waits in vain has
// failed anyway.
const Patience = 20 * time.Second

// Prompt is what the shell shows when it waits for a command.
const Prompt = "$"

// Terminal is a server of tmux with one window, in which a shell with job control runs.
type Terminal struct {
	tb   testing.TB
	args []string // that name the server
	env  []string
}

// Options say how a Terminal begins. The zero value is one of 80x24.
type Options struct {
	W, H int
	// Dir is the folder in which the shell begins; "" for that of the test.
	Dir string
	// Env is the whole environment of the shell but for PATH, TERM, the locale and what
	// makes it a plain one.
	Env []string
	// Command makes the command that starts the server; nil for exec.Command. A network
	// namespace's has all that is typed run there.
	Command func(name string, args ...string) *exec.Cmd
}

// New starts a terminal, whose shell waits for a command when it returns. The test's end
// hangs it up. Where tmux is not installed, the test is skipped.
func New(tb testing.TB, o Options) *Terminal {
	tb.Helper()
	if _, err := exec.LookPath("tmux"); err != nil {
		testkit.Skip(tb, "tmux is not installed: apt-get install tmux")
	}
	dir, err := os.MkdirTemp("", "sk") // a socket's path is short, unlike TempDir's
	if err != nil {
		tb.Fatal(err)
	}
	t := &Terminal{
		tb:   tb,
		args: []string{"-u", "-f", os.DevNull, "-S", filepath.Join(dir, "tmux")},
		env:  append([]string{"PATH=" + os.Getenv("PATH"), "SHELL=/bin/sh", "LC_ALL=C.UTF-8", "ENV="}, o.Env...),
	}
	tb.Cleanup(func() {
		_ = t.command(nil, "kill-server").Run() // it may have ended with its last window
		_ = os.RemoveAll(dir)
	})
	if o.W == 0 {
		o.W, o.H = 80, 24
	}
	start := t.command(o.Command, "set", "-g", "set-clipboard", "on", ";", "set", "-g", "status", "off", ";",
		"set", "-g", "default-terminal", "screen-256color", ";", "set", "-g", "escape-time", "0", ";",
		"new-session", "-d", "-x", fmt.Sprint(o.W), "-y", fmt.Sprint(o.H), "-c", cmp.Or(o.Dir, "."), "PS1='"+Prompt+" ' exec sh -i") // a shell of root's makes one of its own otherwise
	if r := testkit.Run(tb, start); r.Code != 0 {
		tb.Fatalf("start tmux: %s", r.Stderr)
	}
	t.Await(Prompt)
	return t
}

// command returns a command of tmux for the server.
func (t *Terminal) command(start func(string, ...string) *exec.Cmd, args ...string) *exec.Cmd {
	if start == nil {
		start = exec.Command
	}
	cmd := start("tmux", append(t.args[:len(t.args):len(t.args)], args...)...)
	cmd.Env = t.env
	return cmd
}

// Run runs one of tmux's commands, and returns what it prints.
func (t *Terminal) Run(args ...string) string {
	t.tb.Helper()
	r := testkit.Run(t.tb, t.command(nil, args...))
	if r.Code != 0 {
		t.tb.Fatalf("tmux %q: %s", args, r.Stderr)
	}
	return r.Stdout
}

// Keys presses keys by tmux's names: C-z, Enter, F5, BTab, x.
func (t *Terminal) Keys(keys ...string) {
	t.tb.Helper()
	t.Run(append([]string{"send-keys"}, keys...)...)
}

// Type types text as it is, in one piece.
func (t *Terminal) Type(text string) {
	t.tb.Helper()
	t.Run("send-keys", "-l", text)
}

// Enter types a line for the shell.
func (t *Terminal) Enter(line string) {
	t.tb.Helper()
	t.Run("send-keys", "-l", line, ";", "send-keys", "Enter")
}

// Resize makes the terminal another size.
func (t *Terminal) Resize(w, h int) {
	t.tb.Helper()
	t.Run("resize-window", "-x", fmt.Sprint(w), "-y", fmt.Sprint(h))
}

// Screen returns the lines of the screen, without the spaces at their ends.
func (t *Terminal) Screen() string {
	t.tb.Helper()
	return t.Run("capture-pane", "-p")
}

// Styled returns the screen with the escape sequences of its styles, and all spaces.
func (t *Terminal) Styled() string {
	t.tb.Helper()
	return t.Run("capture-pane", "-peN")
}

// Ask returns what one of tmux's formats gives for the window, such as
// #{alternate_on}.
func (t *Terminal) Ask(format string) string {
	t.tb.Helper()
	return strings.TrimSuffix(t.Run("display-message", "-p", format), "\n")
}

// Await waits until the screen shows all of the texts, and returns it.
func (t *Terminal) Await(texts ...string) string {
	t.tb.Helper()
	return t.Until(fmt.Sprintf("%q", texts), func(screen string) bool {
		for _, text := range texts {
			if !strings.Contains(screen, text) {
				return false
			}
		}
		return true
	})
}

// AwaitGone waits until the screen does not show text, and returns it.
func (t *Terminal) AwaitGone(text string) string {
	t.tb.Helper()
	return t.Until(fmt.Sprintf("no %q", text), func(screen string) bool { return !strings.Contains(screen, text) })
}

// Until waits for a screen that ok accepts, and returns it. what completes the sentence
// "timed out waiting for".
func (t *Terminal) Until(what string, ok func(screen string) bool) string {
	t.tb.Helper()
	var screen string
	found := false
	defer func() {
		if !found {
			t.tb.Logf("the screen shows\n%s", screen)
		}
	}()
	testkit.Eventually(t.tb, Patience, what, func() bool {
		screen = t.Screen()
		found = ok(screen)
		return found
	})
	return screen
}
