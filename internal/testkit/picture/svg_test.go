package picture

import (
	"bytes"
	"encoding/xml"
	"errors"
	"flag"
	"io"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "rewrite the picture of testdata")

// everything has each kind of thing that a cell can show.
const everything = "\x1b[1mbold\x1b[0m \x1b[2mdim\x1b[0m \x1b[3mslant\x1b[0m \x1b[4mline\x1b[0m \x1b[7mback\x1b[0m\n" +
	"\x1b[48;2;20;60;90mon blue  two blanks\x1b[0m <&\"'>\n" +
	"┌─┬┐╭─╮┏━┓╶╴ ▁▂▃▄▅▆▇█▉▊▋▌▍▎▏▐▀ ░▒▓▔▕\n" +
	"└─┴┘╰─╯┗━┛│┃ \x1b[2m▖▗▘▙▚▛▜▝▞▟\x1b[0m ⠁⠂⠄⡀⠈⠐⠠⢀⣿⠀\n" +
	"日本 → ▼ …"

// TestPicture compares a picture of everything with the one that was looked at.
func TestPicture(t *testing.T) {
	got := SVG(Parse(everything, 40, 5), "Everything & more")
	wellFormed(t, got)
	path := filepath.Join("testdata", "everything.svg")
	if *update {
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("want (-) got (+), -update rewrites it:\n%s", diff)
	}
}

// TestTextCanBeRead checks that what is text on the screen is text in the picture.
func TestTextCanBeRead(t *testing.T) {
	got := texts(t, SVG(Parse("tcp  \x1b[31mfirefox 4711\x1b[0m → example.org<b>", 40, 1), ""))
	if diff := cmp.Diff([]string{"tcp", "firefox 4711", "→", "example.org<b>"}, got); diff != "" {
		t.Errorf("want (-) got (+):\n%s", diff)
	}
}

// TestBlocksFillTheirCells adds up what blocks cover.
func TestBlocksFillTheirCells(t *testing.T) {
	for r, want := range map[rune]float64{
		'▀': 0.5, '▁': 0.125, '▄': 0.5, '▇': 0.875, '█': 1, '▉': 0.875, '▌': 0.5, '▏': 0.125, '▐': 0.5, '░': 1, '▔': 0.125,
		'▕': 0.125, '▖': 0.25, '▙': 0.75, '▚': 0.5, '▟': 0.75, '⠁': 0.045, '⣿': 0.36, '⠀': 0, 'x': 0, '─': 0,
	} {
		parts, _ := blocks(r)
		var area float64
		for _, p := range parts {
			area += p.w * p.h
			if p.x < 0 || p.y < 0 || p.x+p.w > 1+1e-9 || p.y+p.h > 1+1e-9 {
				t.Errorf("%q: %v is outside of its cell", r, p)
			}
		}
		if math.Abs(area-want) > 1e-9 {
			t.Errorf("%q covers %v of its cell, want %v", r, area, want)
		}
	}
	for i, r := range []rune("░▒▓") {
		if _, density := blocks(r); density != float64(i+1)/4 {
			t.Errorf("%q has the density %v", r, density)
		}
	}
}

// wellFormed reads a picture as XML.
func wellFormed(t *testing.T, svg []byte) {
	t.Helper()
	for d := xml.NewDecoder(bytes.NewReader(svg)); ; {
		_, err := d.Token()
		if errors.Is(err, io.EOF) {
			return
		}
		if err != nil {
			t.Fatalf("no XML: %v\n%s", err, svg)
		}
	}
}

// texts returns the texts of a picture.
func texts(t *testing.T, svg []byte) (all []string) {
	t.Helper()
	wellFormed(t, svg)
	var picture struct {
		Texts []string `xml:"g>g>text"`
	}
	if err := xml.Unmarshal(svg, &picture); err != nil {
		t.Fatal(err)
	}
	return picture.Texts
}

// FuzzSVG draws what no terminal would write: the picture is XML, has the size that was
// asked for, and all of the text that can be seen.
func FuzzSVG(f *testing.F) {
	f.Add(everything, "title")
	f.Add("\x1b[38;2;1;2mX\x1b[48:5m\x1b]8;;\x1b", "<\x00>")
	f.Add("\ufffe\u009b\x7f", "]]>")
	f.Fuzz(func(t *testing.T, text, title string) {
		c := Parse(text, 20, 4)
		if c.W != 20 || c.H != 4 {
			t.Fatalf("got %dx%d", c.W, c.H)
		}
		var drawn strings.Builder
		for _, s := range texts(t, SVG(c, title)) {
			drawn.WriteString(strings.ReplaceAll(s, " ", ""))
		}
		var seen strings.Builder
		for _, cell := range c.Cells {
			if cell.Rune > ' ' && !isShape(cell.Rune) {
				seen.WriteRune(cell.Rune)
			}
		}
		if drawn.String() != seen.String() {
			t.Fatalf("the picture has %q, the screen %q", &drawn, &seen)
		}
	})
}
