package picture

import (
	"testing"

	"sockeye/ui/term"
)

// TestStyles reads each escape sequence that tmux writes, and some that it does not.
func TestStyles(t *testing.T) {
	plain := term.Plain
	red := term.Style{FG: term.Palette(1), BG: term.Default}
	for _, test := range []struct {
		name, text string
		want       term.Style // of the X
	}{
		{"nothing", "X", plain},
		{"basic foreground", "\x1b[31mX", red},
		{"basic background", "\x1b[44mX", term.Style{FG: term.Default, BG: term.Palette(4)}},
		{"bright colours", "\x1b[92;103mX", term.Style{FG: term.Palette(10), BG: term.Palette(11)}},
		{"256 colours", "\x1b[38;5;208;48;5;17mX", term.Style{FG: term.Palette(208), BG: term.Palette(17)}},
		{"true colours", "\x1b[38;2;1;2;3;48;2;4;5;6mX", term.Style{FG: term.RGB(1, 2, 3), BG: term.RGB(4, 5, 6)}},
		{"with colons", "\x1b[38:5:208;48:2:4:5:6mX", term.Style{FG: term.Palette(208), BG: term.RGB(4, 5, 6)}},
		{"with a colour space", "\x1b[38:2::1:2:3mX", term.Style{FG: term.RGB(1, 2, 3), BG: term.Default}},
		{"parts out of range", "\x1b[38;2;999;-1;?mX", term.Style{FG: term.RGB(255, 0, 0), BG: term.Default}},
		{"all attributes", "\x1b[1;2;3;4;7mX", plain.With(term.Bold | term.Dim | term.Italic | term.Underline | term.Reverse)},
		{"weight off", "\x1b[1;2;3m\x1b[22mX", plain.With(term.Italic)},
		{"others off", "\x1b[1;3;4;7m\x1b[23;24;27mX", plain.With(term.Bold)},
		{"curly underline", "\x1b[4:3mX", plain.With(term.Underline)},
		{"underline of style 0", "\x1b[4m\x1b[4:0mX", plain},
		{"double underline", "\x1b[21mX", plain.With(term.Underline)},
		{"colour of the underline", "\x1b[58;5;9;31mX", red},
		{"default colours", "\x1b[31;44m\x1b[39;49mX", plain},
		{"reset", "\x1b[1;31;44m\x1b[0mX", plain},
		{"reset without a number", "\x1b[1;31m\x1b[mX", plain},
		{"unknown parameter", "\x1b[31;77mX", red},
		{"colour cut short", "\x1b[31m\x1b[48;5mX", red},
		{"cursor movement", "\x1b[31m\x1b[2;3HX", red},
		{"private mode", "\x1b[?25l\x1b[31mX", red},
		{"link", "\x1b[31m\x1b]8;;https://example.org\x1b\\X", red},
		{"title", "\x1b]0;a title\aX", plain},
		{"character set", "\x1b(B\x0fX", plain},
		{"other escape", "\x1b=X", plain},
	} {
		t.Run(test.name, func(t *testing.T) {
			c := Parse(test.text, 3, 1)
			if got := c.At(0, 0); got.Rune != 'X' || got.Style != test.want {
				t.Errorf("got %q, %s; want 'X', %s", got.Rune, got.Style, test.want)
			}
		})
	}
}

// TestPlaces checks where characters come to stand.
func TestPlaces(t *testing.T) {
	for _, test := range []struct{ name, text, want string }{
		{"lines", "ab\ncd\n", "ab\ncd\n"},
		{"a line too long", "abcdefgh\nx", "abcd\nx\n"},
		{"lines too many", "a\nb\nc", "a\nb\n"},
		{"wide characters", "日本語x\ny", "日本\ny\n"},
		{"marks", "e\u0301a\u200bb", "eab\n\n"},
		{"no UTF-8", "a\xffb", "a\ufffdb\n\n"},
		{"nothing", "", "\n\n"},
		{"an escape at the end", "a\x1b", "a\n\n"},
		{"a sequence at the end", "a\x1b[3", "a\n\n"},
		{"a string at the end", "a\x1b]8;", "a\n\n"},
		{"a set at the end", "a\x1b(", "a\n\n"},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := Parse(test.text, 4, 2).String(); got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
	t.Run("style holds over lines", func(t *testing.T) {
		if got := Parse("\x1b[31ma\nb", 2, 2).At(0, 1).Style.FG; got != term.Palette(1) {
			t.Errorf("got %s, want 1", got)
		}
	})
}
