package term

import (
	"math"
	"testing"
)

func TestDetectColors(t *testing.T) {
	for _, row := range []struct {
		name     string
		env      map[string]string
		database int
		want     Colors
	}{
		{"asked for none", map[string]string{"NO_COLOR": "1", "COLORTERM": "truecolor", "TERM": "xterm-256color"}, 256, NoColors},
		{"an empty NO_COLOR asks for nothing", map[string]string{"NO_COLOR": "", "TERM": "xterm-256color"}, 256, Colors256},
		{"says so itself", map[string]string{"COLORTERM": "truecolor", "TERM": "xterm"}, 8, TrueColor},
		{"says so otherwise", map[string]string{"COLORTERM": "24bit", "TERM": "screen"}, 8, TrueColor},
		{"known by name", map[string]string{"TERM": "xterm-kitty"}, 256, TrueColor},
		{"known by name, without an entry", map[string]string{"TERM": "foot"}, 0, TrueColor},
		{"entry of direct colours", map[string]string{"TERM": "xterm-direct"}, 1 << 24, TrueColor},
		{"tmux", map[string]string{"TERM": "tmux-256color"}, 0, Colors256},
		{"by the database", map[string]string{"TERM": "st"}, 256, Colors256},
		{"xterm", map[string]string{"TERM": "xterm"}, 8, Colors16},
		{"Linux console", map[string]string{"TERM": "linux"}, 8, Colors16},
		{"VT100", map[string]string{"TERM": "vt100"}, noColors, NoColors},
		{"unknown", map[string]string{"TERM": "mystery"}, 0, Colors16},
	} {
		if got := detectColors(func(k string) string { return row.env[k] }, row.database); got != row.want {
			t.Errorf("%s: got %d, want %d", row.name, got, row.want)
		}
	}
}

// TestPaletteIsItsOwnNearest holds that a colour which the terminal has is not changed.
func TestPaletteIsItsOwnNearest(t *testing.T) {
	for n := range 256 {
		c := Palette(uint8(n))
		r, g, b, _ := c.RGB()
		if got := c.nearest(Colors256); got != c {
			t.Errorf("colour %d of 256 became %v", n, got)
		}
		got := RGB(r, g, b).nearest(Colors256)
		gr, gg, gb, _ := got.RGB()
		if i, ok := got.Index(); !ok || i < 16 || n >= 16 && (gr != r || gg != g || gb != b) {
			t.Errorf("the parts of colour %d became %v", n, got)
		}
		if i, ok := c.nearest(Colors16).Index(); !ok || i > 15 || n < 16 && int(i) != n {
			t.Errorf("colour %d became %d of 16", n, i)
		}
		if got := c.nearest(NoColors); got != Default {
			t.Errorf("colour %d became %v of none", n, got)
		}
	}
	for _, to := range []Colors{TrueColor, Colors256, Colors16, NoColors} {
		if got := Plain.Degrade(to); got != Plain {
			t.Errorf("Plain became %v", got)
		}
	}
}

func TestNearest(t *testing.T) {
	for _, row := range []struct {
		c       Color
		of256   uint8
		of16    uint8
		comment string
	}{
		{RGB(0, 0, 0), 16, 0, "black"},
		{RGB(255, 255, 255), 231, 15, "white"},
		{RGB(255, 0, 0), 196, 9, "red"},
		{RGB(128, 128, 128), 244, 8, "grey"},
		{RGB(190, 20, 20), 124, 1, "dark red"},
		{RGB(0x28, 0x28, 0x28), 235, 0, "a dark background"},
	} {
		if got := row.c.nearest(Colors256); got != Palette(row.of256) {
			t.Errorf("%s: got %v of 256, want %d", row.comment, got, row.of256)
		}
		if got := row.c.nearest(Colors16); got != Palette(row.of16) {
			t.Errorf("%s: got %v of 16, want %d", row.comment, got, row.of16)
		}
	}
}

// TestDegradeStaysLegible takes text that is little lighter than its background: it
// must not become the same colour.
func TestDegradeStaysLegible(t *testing.T) {
	for v := range 250 {
		s := Style{RGB(uint8(v+5), uint8(v+5), uint8(v+5)), RGB(uint8(v), uint8(v), uint8(v)), Bold}
		for _, to := range []Colors{Colors256, Colors16} {
			if d := s.Degrade(to); d.FG == d.BG || d.Attr != Bold {
				t.Errorf("%v became %v", s, d)
			}
		}
	}
}

// TestLab compares with values of the CIE's definition for sRGB under D65.
func TestLab(t *testing.T) {
	for _, row := range []struct {
		r, g, b uint8
		want    lab
	}{
		{0, 0, 0, lab{0, 0, 0}},
		{255, 255, 255, lab{100, 0, 0}},
		{255, 0, 0, lab{53.24, 80.09, 67.20}},
		{0, 255, 0, lab{87.73, -86.18, 83.18}},
		{0, 0, 255, lab{32.30, 79.19, -107.86}},
	} {
		if got := toLab(row.r, row.g, row.b); math.Sqrt(got.distance(row.want)) > 0.05 {
			t.Errorf("#%02x%02x%02x: got %.2f, want %.2f", row.r, row.g, row.b, got, row.want)
		}
	}
}

func TestColorNames(t *testing.T) {
	s := Style{RGB(255, 200, 0), Palette(7), Bold | Italic}
	if got, want := s.String(), "#ffc800 on 7 bold italic"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if r, g, b, ok := s.FG.RGB(); !ok || r != 255 || g != 200 || b != 0 {
		t.Errorf("got %d %d %d %v, want 255 200 0 true", r, g, b, ok)
	}
	if _, _, _, ok := Default.RGB(); ok {
		t.Error("the parts of the terminal's own colour are known")
	}
}
