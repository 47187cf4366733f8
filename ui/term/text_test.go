package term

import (
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/mattn/go-runewidth"
)

func TestCut(t *testing.T) {
	for _, row := range []struct {
		text  string
		width int
		want  string
	}{
		{"", 0, ""},
		{"abc", 3, "abc"},
		{"abcdef", 4, "abc…"},
		{"abcdef", 1, "…"},
		{"abcdef", 0, ""},
		{"abcdef", -1, ""},
		{"世界人大", 5, "世界…"},
		{"世界人大", 4, "世…"},
		{"a\x1b\xff世", 3, "a\x1b…"},
	} {
		got := Cut(row.text, row.width)
		if got != row.want {
			t.Errorf("Cut(%q, %d): got %q, want %q", row.text, row.width, got, row.want)
		}
		if Width(got) > max(0, row.width) {
			t.Errorf("Cut(%q, %d): %q is wider", row.text, row.width, got)
		}
	}
}

// TestWidthIsTermboxs compares with what termbox makes of every character: were they of
// two opinions, lines would be torn.
func TestWidthIsTermboxs(t *testing.T) {
	for r := rune(' '); r <= unicode.MaxRune; r++ {
		if !utf8.ValidRune(r) || shown(r) != r {
			continue
		}
		w := runewidth.RuneWidth(r)
		if w == 0 || w == 2 && runewidth.IsAmbiguousWidth(r) {
			w = 1
		}
		if got := runeWidth(r); got != w {
			t.Errorf("%U %c: got %d columns, termbox takes %d", r, r, got, w)
		}
		if runewidth.RuneWidth(r) == 0 || !unicode.IsPrint(r) {
			t.Errorf("%U is shown and has no width, or cannot be printed", r)
		}
	}
}

func FuzzPrintable(f *testing.F) {
	f.Add("abc世\x1b\xff\u202e\u200d", 3)
	f.Fuzz(func(t *testing.T, s string, width int) {
		p := Printable(s)
		if Width(p) != Width(s) || Printable(p) != p || !utf8.ValidString(p) {
			t.Errorf("Printable(%q) = %q", s, p)
		}
		if cut := Cut(s, width); Width(cut) > max(0, width) {
			t.Errorf("%q cut to %d columns: %q has %d", s, width, cut, Width(cut))
		}
	})
}

func TestKeyNames(t *testing.T) {
	for _, row := range []struct {
		name string
		key  Key
	}{
		{"j", Key{Rune: 'j'}}, {"G", Key{Rune: 'G'}}, {"|", Key{Rune: '|'}}, {"-", Key{Rune: '-'}}, {"ü", Key{Rune: 'ü'}},
		{"space", Key{Rune: ' '}}, {"ctrl-space", Key{Rune: ' ', Mod: Ctrl}}, {"ctrl-d", Key{Rune: 'd', Mod: Ctrl}},
		{"alt-1", Key{Rune: '1', Mod: Alt}}, {"alt--", Key{Rune: '-', Mod: Alt}}, {"ctrl-alt-x", Key{Rune: 'x', Mod: Ctrl | Alt}},
		{"shift-tab", Key{Code: Tab, Mod: Shift}}, {"enter", Key{Code: Enter}}, {"esc", Key{Code: Escape}},
		{"f1", Key{Code: F1}}, {"f12", Key{Code: F12}}, {"ctrl-pgup", Key{Code: PageUp, Mod: Ctrl}},
	} {
		if got := row.key.String(); got != row.name {
			t.Errorf("%+v: got %q, want %q", row.key, got, row.name)
		}
		if got, err := ParseKey(row.name); err != nil || got != row.key {
			t.Errorf("ParseKey(%q): got %+v, %v, want %+v", row.name, got, err, row.key)
		}
	}
	for _, name := range []string{"", "ctrl-", "ctrl-1", "ctrl-D", "shift-a", "shift-space", "f13", "jk", "Enter", "\x1b", "\xff", "spaces"} {
		if k, err := ParseKey(name); err == nil {
			t.Errorf("ParseKey(%q): got %+v, want an error", name, k)
		}
	}
}

func FuzzParseKey(f *testing.F) {
	for _, name := range []string{"j", "ctrl-d", "alt-shift-f5", "space"} {
		f.Add(name)
	}
	f.Fuzz(func(t *testing.T, name string) {
		k, err := ParseKey(name)
		if err == nil && k.String() != name {
			t.Errorf("ParseKey(%q) is called %q", name, k)
		}
	})
}
