package main

import (
	"encoding/xml"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"sockeye/internal/testkit"
)

// mostBytes is how large a picture may be: pages with all of them have to load at once.
const mostBytes = 200_000

// TestPicturesAreThere checks that the documents have every picture that is taken and no
// other, and that each of them is whole.
func TestPicturesAreThere(t *testing.T) {
	root := testkit.ModuleRoot(t)
	folder := filepath.Join(root, "docs", "pictures")
	readme, err := os.ReadFile(filepath.Join(root, "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	known := map[string]bool{}
	for _, s := range shots {
		known[s.name+".svg"] = true
		if link := "(docs/pictures/" + s.name + ".svg)"; !strings.Contains(string(readme), link) {
			t.Errorf("README.md does not show %s", link)
		}
		t.Run(s.name, func(t *testing.T) { checkPicture(t, filepath.Join(folder, s.name+".svg"), s.title) })
	}
	files, err := os.ReadDir(folder)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		if !known[f.Name()] {
			t.Errorf("docs/pictures/%s is taken by nobody", f.Name())
		}
	}
}

// checkPicture reads a picture: it is XML of the size of the terminal, and has the
// names of the tabs.
func checkPicture(t *testing.T, path, title string) {
	svg, err := os.ReadFile(path)
	if err != nil {
		t.Fatalf("%v: scripts/pictures takes it", err)
	}
	if len(svg) > mostBytes {
		t.Errorf("it has %d bytes, more than %d", len(svg), mostBytes)
	}
	var picture struct {
		Title   string   `xml:"title"`
		ViewBox string   `xml:"viewBox,attr"`
		Texts   []string `xml:"g>g>text"`
	}
	if err := xml.Unmarshal(svg, &picture); err != nil {
		t.Fatalf("no XML: %v", err)
	}
	if picture.Title != title {
		t.Errorf("its title is %q, want %q: scripts/pictures takes it anew", picture.Title, title)
	}
	if want := fmt.Sprintf("0 0 %d %d", width*84/10+16, height*18+16); picture.ViewBox != want {
		t.Errorf("its size is %s, want %s", picture.ViewBox, want)
	}
	text := strings.Join(picture.Texts, " ")
	if !strings.Contains(text, "1 Flows") || !strings.Contains(text, "8 System") {
		t.Errorf("it does not show the names of the tabs: %s", text)
	}
}
