package widget

import (
	"slices"
	"strings"
	"testing"

	"sockeye/ui/term"
)

func TestLines(t *testing.T) {
	tests := []struct {
		name string
		line line
		s    string
		want string
	}{
		{"has room", line{}, "www.example", "www.example |"},
		{"right", line{right: true}, "1.23Mb", "      1.23Mb|"},
		{"cut at the end", line{}, "www.example.org", "www.example…|"},
		{"cut in the middle", line{middle: true}, "www.example.org:443", "www.ex…g:443|"},
		{"wide characters are not halved", line{}, "例えテスト例え", "例えテスト… |"},
		{"wide characters on both sides", line{middle: true}, "例えテスト例え", "例えテ…例え |"},
		{"what is no text", line{}, "a\x1b[2J\xff\u202eb", "a·[2J�·b    |"},
	}
	for _, tt := range tests {
		c := term.NewCanvas(12, 1)
		tt.line.t = fixture()
		tt.line.draw(c.Pane(), 0, 0, 12, tt.s)
		if got := textOf(c, 0) + "|"; got != tt.want {
			t.Errorf("%s: got %q, want %q", tt.name, got, tt.want)
		}
	}
}

// TestFoundPartsAreMarked also marks the ellipsis where it stands for what was found.
func TestFoundPartsAreMarked(t *testing.T) {
	const s = "www.example.org:443"
	tests := []struct{ found, want string }{
		{"www", "match 0-2, text 3-11"},
		{"443", "text 0-8, match 9-11"},
		{"mple", "text 0-5, match 6-6, text 7-11"},
		{"exam", "text 0-3, match 4-6, text 7-11"},
		{"", "text 0-11"},
	}
	for _, tt := range tests {
		look := fixture()
		from := strings.Index(s, tt.found)
		c := term.NewCanvas(12, 1)
		l := line{t: look, style: look.Style(0), match: [2]int{from, from + len(tt.found)}, middle: true}
		l.draw(c.Pane(), 0, 0, 12, s)
		if got := runsOf(c, 0); got != tt.want {
			t.Errorf("%q found: got %q, want %q", tt.found, got, tt.want)
		}
	}
}

func TestWrap(t *testing.T) {
	tests := []struct {
		s     string
		width int
		want  []string
	}{
		{"", 5, []string{""}},
		{"one two three", 7, []string{"one two", "three"}},
		{"one two three", 8, []string{"one two", "three"}},
		{"a verylongword", 5, []string{"a", "veryl", "ongwo", "rd"}},
		{"first\nsecond line", 20, []string{"first", "second line"}},
		{"例えテスト", 5, []string{"例え", "テス", "ト"}},
		{"例え", 1, []string{"例", "え"}},
		{"anything", 0, nil},
	}
	for _, tt := range tests {
		if got := Wrap(tt.s, tt.width); !slices.Equal(got, tt.want) {
			t.Errorf("Wrap(%q, %d): got %q, want %q", tt.s, tt.width, got, tt.want)
		}
	}
}
