package term

import (
	"strings"
	"testing"
	"unicode/utf8"

	"sockeye/internal/testkit"
)

var bold = Plain.With(Bold)

func TestText(t *testing.T) {
	for _, row := range []struct {
		name, text string
		x, w       int // of the pane
		want       string
		took       int
	}{
		{"fits", "abc", 0, 5, "abc", 3},
		{"cut at the pane's edge", "abcdef", 0, 5, "abcde", 5},
		{"begins left of the pane", "abcdef", -2, 3, "cde", 5},
		{"begins right of the pane", "abc", 5, 5, "", 0},
		{"wide", "世界", 1, 5, " 世界", 4},
		{"wide does not fit", "世界", 0, 3, "世", 2},
		{"half of a wide one left of the pane", "世界", -1, 5, " 界", 4},
		{"control characters", "a\x1b[2J\x07\x9b\u009b\x7fb", 0, 20, "a·[2J·\ufffd··b", 10},
		{"tab and newline", "a\tb\nc", 0, 9, "a b·c", 5},
		{"marks that turn text round", "a\u202ecba\u2066", 0, 9, "a·cba·", 6},
		{"no width", "a\u200bb\u0301c\u00ad", 0, 9, "a·b·c·", 6},
		{"joined emoji", "👍🏽👨\u200d👩", 0, 9, "👍·👨·👩", 8},
		{"not UTF-8", "a\xffb\xe4\xb8", 0, 9, "a\ufffdb\ufffd\ufffd", 5},
		{"ambiguous width is narrow", "★…→█", 0, 9, "★…→█", 4},
		{"other spaces", "a\u00a0b\u3000c\u2028d", 0, 9, "a b c d", 7},
	} {
		c := NewCanvas(20, 1)
		p := c.Pane().Sub(Rect{0, 0, row.w, 1})
		if took := p.Text(row.x, 0, row.text, bold); took != row.took {
			t.Errorf("%s: took %d columns, want %d", row.name, took, row.took)
		}
		if got := strings.TrimRight(c.String(), "\n"); got != row.want {
			t.Errorf("%s: got %q, want %q", row.name, got, row.want)
		}
		checkCanvas(t, c)
	}
}

func TestTextOutsideDrawsNothing(t *testing.T) {
	c := NewCanvas(4, 2)
	p := c.Pane()
	for _, y := range []int{-1, 2} {
		if n := p.Text(0, y, "abc", bold); n != 0 {
			t.Errorf("in line %d got %d columns, want 0", y, n)
		}
	}
	p.Set(4, 0, 'x', bold)
	p.Set(0, 2, 'x', bold)
	p.Sub(Rect{2, 0, 9, 9}).Set(-1, 0, 'x', bold)
	if got := c.String(); got != "\n\n" {
		t.Errorf("got %q, want nothing", got)
	}
}

// TestWideIsNotTorn covers halves of wide characters in every way.
func TestWideIsNotTorn(t *testing.T) {
	for _, row := range []struct {
		name string
		draw func(p Pane)
		want string
	}{
		{"over the first half", func(p Pane) { p.Set(2, 0, 'x', bold) }, "世x 人"},
		{"over the second half", func(p Pane) { p.Set(3, 0, 'x', bold) }, "世 x人"},
		{"over two halves", func(p Pane) { p.Set(1, 0, '大', bold) }, " 大 人"},
		{"by a pane that begins in it", func(p Pane) { p.Sub(Rect{3, 0, 2, 1}).Fill(Rect{0, 0, 2, 1}, '#', bold) }, "世 ##"},
		{"at a pane's edge", func(p Pane) { p.Sub(Rect{0, 0, 1, 1}).Set(0, 0, '大', bold) }, "  界人"},
		{"filled with wide ones", func(p Pane) { p.Fill(Rect{0, 0, 5, 1}, '大', bold) }, "大大"},
	} {
		c := NewCanvas(6, 1)
		c.Pane().Text(0, 0, "世界人", Plain)
		row.draw(c.Pane())
		if got := strings.TrimRight(c.String(), "\n"); got != row.want {
			t.Errorf("%s: got %q, want %q", row.name, got, row.want)
		}
		checkCanvas(t, c)
	}
}

func TestRestyle(t *testing.T) {
	c := NewCanvas(5, 2)
	c.Pane().Text(0, 0, "abcde", Plain)
	c.Pane().Restyle(Rect{1, 0, 2, 9}, func(s Style) Style { return s.With(Reverse) })
	const want = "1. 2a\n1. 2a\na default on default reverse\n"
	if got := c.Styles(); got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if got := c.String(); got != "abcde\n\n" {
		t.Errorf("the text became %q", got)
	}
}

func TestTextAllocatesNothing(t *testing.T) {
	c := NewCanvas(80, 2)
	p := c.Pane()
	testkit.ZeroAllocs(t, "Text", func() {
		p.Text(0, 0, "203.0.113.7:443 ► curl 世界 ⚠ \x1b", bold)
		p.Fill(Rect{0, 1, 80, 1}, '█', bold)
	})
	testkit.ZeroAllocs(t, "Resize", func() { c.Resize(80, 2) })
}

// checkCanvas checks that every character is printable, and every wide one whole.
func checkCanvas(t *testing.T, c *Canvas) {
	t.Helper()
	for y := range c.H {
		line := c.line(y)
		for x := 0; x < len(line); x++ {
			r := line[x].Rune
			if r == 0 {
				t.Fatalf("at %d,%d is half of a wide character: %q", x, y, c)
			}
			if shown(r) != r {
				t.Fatalf("at %d,%d is %U, which is not printable", x, y, r)
			}
			if runeWidth(r) == 2 {
				if x++; x == len(line) || line[x].Rune != 0 {
					t.Fatalf("at %d,%d is half of %c: %q", x, y, r, c)
				}
			}
		}
	}
}

func FuzzCanvas(f *testing.F) {
	f.Add(uint8(80), uint8(24), "abc 世界 \x1b[2J", []byte{1, 2, 3, 4, 5, 6, 7, 8, 9})
	f.Add(uint8(1), uint8(1), "世", []byte{0, 0, 0, 0, 0, 0})
	f.Add(uint8(0), uint8(0), "x", []byte{0xff, 0xfe, 3, 4, 0x80, 0x7f})
	f.Add(uint8(4), uint8('@'), "0", []byte("00000\xff"))
	f.Fuzz(func(t *testing.T, w, h uint8, text string, ops []byte) {
		c := NewCanvas(int(w), int(h))
		at := func(i int) int { return int(int8(ops[i])) }
		for ; len(ops) >= 6; ops = ops[6:] {
			r := Rect{at(0), at(1), at(2), at(3)}
			p := c.Pane().Sub(r)
			x, y := at(4), at(5)
			char, _ := utf8.DecodeRuneInString(text)
			switch ops[0] % 5 {
			case 0:
				if n := p.Text(x, y, text, bold); n > Width(text) {
					t.Fatalf("Text took %d columns, want at most %d", n, Width(text))
				}
			case 1:
				p.Set(x, y, char, bold)
			case 2:
				p.Fill(Rect{x, y, at(2), at(3)}, char, bold)
			case 3:
				p.Restyle(Rect{x, y, at(2), at(3)}, func(s Style) Style { return s.With(Dim) })
			case 4:
				p.Text(x, y, Cut(text, at(3)), bold)
			}
			checkCanvas(t, c)
		}
		_ = c.Styles()
	})
}

func BenchmarkText(b *testing.B) {
	c := NewCanvas(200, 60)
	line := strings.Repeat("203.0.113.7:443 curl 4711 tcp established 1.2 MB/s ", 4)
	b.ReportAllocs()
	for b.Loop() {
		for y := range c.H {
			c.Pane().Text(0, y, line, bold)
		}
	}
}
