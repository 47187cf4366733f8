package term

import (
	"encoding/binary"
	"os"
	"path/filepath"
	"testing"
)

// compiled returns an entry of terminfo with this many colours. Its strings are all
// there but those that are named.
func compiled(magic uint16, colors int, absent ...int) []byte {
	const numbers, strs = 15, 413
	names := "test|an entry\x00"
	var b []byte
	for _, n := range []int{int(magic), len(names), 3, numbers, strs, 10} {
		b = binary.LittleEndian.AppendUint16(b, uint16(n))
	}
	b = append(append(b, names...), 0, 0, 0)
	if len(b)%2 != 0 {
		b = append(b, 0)
	}
	for i := range numbers {
		n := -1
		if i == colorsAt {
			n = colors
		}
		if magic == magic32 {
			b = binary.LittleEndian.AppendUint32(b, uint32(int32(n)))
		} else {
			b = binary.LittleEndian.AppendUint16(b, uint16(int16(n)))
		}
	}
	at := len(b)
	b = append(b, make([]byte, 2*strs+10)...)
	for _, n := range absent {
		binary.LittleEndian.PutUint16(b[at+2*n:], 0xffff)
	}
	return b
}

func TestTerminfo(t *testing.T) {
	for _, row := range []struct {
		name   string
		text   []byte
		ok     bool
		colors int
		sound  bool
	}{
		{"16 bits", compiled(magic16, 256), true, 256, true},
		{"32 bits", compiled(magic32, 1<<24), true, 1 << 24, true},
		{"no colours", compiled(magic16, -1), true, noColors, true},
		{"no italic", compiled(magic16, 8, 311), true, 8, false},
		{"what we don't use is absent", compiled(magic16, 8, 32, 26), true, 8, true},
		{"empty", nil, false, 0, false},
		{"another file", []byte("#!/bin/sh\necho hello\n"), false, 0, false},
		{"cut", compiled(magic16, 256)[:500], false, 0, false},
	} {
		e, ok := parseEntry(row.text)
		if ok != row.ok || ok && (e.maxColors() != row.colors || e.sound() != row.sound) {
			t.Errorf("%s: got %v, %d colours, sound %v, want %v, %d, %v",
				row.name, ok, e.maxColors(), e.sound(), row.ok, row.colors, row.sound)
		}
	}
}

func TestReadEntry(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string][]byte{
		"first/s/sockeye-1": compiled(magic16, 8), "second/s/sockeye-1": compiled(magic16, 256),
		"second/73/sockeye-2": compiled(magic16, 88), ".terminfo/s/sockeye-3": compiled(magic16, 16),
	} {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, text, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	env := map[string]string{
		"TERMINFO": filepath.Join(dir, "first"), "HOME": dir,
		"TERMINFO_DIRS": ":" + filepath.Join(dir, "second"),
	}
	for name, colors := range map[string]int{"sockeye-1": 8, "sockeye-2": 88, "sockeye-3": 16, "sockeye-4": 0, "": 0, "../first/s/sockeye-1": 0} {
		e, _, ok := readEntry(func(k string) string { return env[k] }, name)
		if ok != (colors != 0) || ok && e.maxColors() != colors {
			t.Errorf("%q: got %v, want %d colours", name, ok, colors)
		}
	}
}

func FuzzTerminfo(f *testing.F) {
	f.Add(compiled(magic16, 256))
	f.Add(compiled(magic32, 256, 311))
	f.Fuzz(func(t *testing.T, b []byte) {
		e, ok := parseEntry(b)
		if !ok && (e.numbers != nil || e.strings != nil) {
			t.Error("an entry that is none has contents")
		}
		e.maxColors()
		e.sound()
	})
}

func TestColorFGBG(t *testing.T) {
	for _, row := range []struct {
		text string
		want Color
		ok   bool
	}{
		{"15;0", Palette(0), true}, {"0;15", Palette(15), true}, {"0;default;7", Palette(7), true},
		{"", 0, false}, {"15", 0, false}, {"15;default", 0, false}, {"0;16", 0, false}, {"0;-1", 0, false},
	} {
		if got, ok := colorFGBG(row.text); got != row.want || ok != row.ok {
			t.Errorf("%q: got %v, %v, want %v, %v", row.text, got, ok, row.want, row.ok)
		}
	}
}

func TestCopySequence(t *testing.T) {
	const plain = "\x1b]52;c;YWJj\a"
	for _, row := range []struct {
		name string
		env  string
		want string
	}{
		{"plain", "", plain},
		{"in tmux", "TMUX", plain + "\x1bPtmux;\x1b" + plain + "\x1b\\"},
		{"in screen", "STY", "\x1bP" + plain + "\x1b\\"},
	} {
		env := func(k string) string {
			if k == row.env {
				return "set"
			}
			return ""
		}
		if got := copySequence(env, "abc"); got != row.want {
			t.Errorf("%s: got %q, want %q", row.name, got, row.want)
		}
	}
}
