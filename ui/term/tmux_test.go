package term

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"sockeye/internal/testkit"
	"sockeye/internal/testkit/tmux"
)

func TestInTmux(t *testing.T) {
	m := tmux.New(t, tmux.Options{Env: []string{"COLORTERM=truecolor", childEnv + "=echo", "CHILD=" + os.Args[0]}})
	m.Enter("$CHILD")
	m.Await("80x24 colors 1")
	if got := strings.Split(m.Await("hostile"), "\n")[2]; got != "世界 ★ 👍· hostile ·[31m." {
		t.Errorf("the third line is %q", got)
	}
	if styled := m.Styled(); !strings.Contains(styled, "\x1b[38;2;255;200;0m") {
		t.Errorf("no true colors in %q", styled)
	}
	for key, name := range map[string]string{"S-Right": "shift-right", "M-1": "alt-1", "BTab": "shift-tab", "PPage": "pgup",
		"F5": "f5", "F12": "f12", "Escape": "esc", "C-a": "ctrl-a", "BSpace": "backspace", "ü": "ü"} {
		m.Keys(key)
		m.Await("last " + name + ".")
	}
	m.Press(tmux.Right, 7, 3)
	m.Await(fmt.Sprintf("last press %d at 7,3.", RightButton))
	m.Keys("c")
	testkit.Eventually(t, tmux.Patience, "what was copied", func() bool {
		return strings.Contains(m.Run("list-buffers"), "copied by sockeye")
	})

	m.Keys("C-z")
	shell := m.AwaitGone("hostile")
	if !strings.HasPrefix(shell, tmux.Prompt) {
		t.Errorf("the shell's screen is not restored:\n%s", shell)
	}
	m.Enter("stty size; fg")
	m.Await("last resize.", "hostile")

	m.Resize(41, 7)
	m.Await("41x7 colors", "hostile")
	m.Keys("q")
	m.AwaitGone("hostile")
	m.Enter("clear; stty -a")
	if modes := m.Await(" echo "); !strings.Contains(modes, " icanon") {
		t.Errorf("the terminal's modes are not restored:\n%s", modes)
	}
}
