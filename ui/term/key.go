package term

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// codeNames are the keys' names in the configuration and in help.
var codeNames = [...]string{
	Enter: "enter", Escape: "esc", Tab: "tab", Backspace: "backspace", Delete: "delete", Insert: "insert",
	Up: "up", Down: "down", Left: "left", Right: "right", Home: "home", End: "end", PageUp: "pgup", PageDown: "pgdn",
	F1: "f1", F2: "f2", F3: "f3", F4: "f4", F5: "f5", F6: "f6", F7: "f7", F8: "f8", F9: "f9", F10: "f10", F11: "f11", F12: "f12",
}

var modNames = [...]struct {
	mod  Mod
	name string
}{{Ctrl, "ctrl-"}, {Alt, "alt-"}, {Shift, "shift-"}}

// String returns the key's name: "j", "G", "space", "ctrl-d", "alt-1", "shift-tab", "f1".
func (k Key) String() string {
	var b strings.Builder
	for _, m := range modNames {
		if k.Mod&m.mod != 0 {
			b.WriteString(m.name)
		}
	}
	switch {
	case k.Code != Char:
		b.WriteString(codeNames[k.Code])
	case k.Rune == ' ':
		b.WriteString("space")
	default:
		b.WriteRune(k.Rune)
	}
	return b.String()
}

// ParseKey returns the key of a name as String writes it.
func ParseKey(name string) (Key, error) {
	var k Key
	rest := name
	for _, m := range modNames {
		if after, ok := strings.CutPrefix(rest, m.name); ok && after != "" {
			k.Mod |= m.mod
			rest = after
		}
	}
	if rest == "space" && k.Mod&Shift == 0 {
		k.Rune = ' '
		return k, nil
	}
	if r, n := utf8.DecodeRuneInString(rest); n == len(rest) && n > 0 && r != utf8.RuneError && r > ' ' {
		k.Rune = r
		if k.Mod&Ctrl != 0 && (r < 'a' || r > 'z') || k.Mod&Shift != 0 {
			return Key{}, fmt.Errorf("no such key: %q", name)
		}
		return k, nil
	}
	for code, s := range codeNames {
		if s == rest && s != "" {
			k.Code = Code(code)
			return k, nil
		}
	}
	return Key{}, fmt.Errorf("no such key: %q", name)
}
