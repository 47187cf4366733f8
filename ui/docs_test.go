package ui

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"sockeye/internal/testkit"
)

var update = flag.Bool("update", false, "rewrite what is generated from the table of actions")

// TestKeysAreDocumented compares the documents with the table of actions.
func TestKeysAreDocumented(t *testing.T) {
	root := testkit.ModuleRoot(t)
	for name, want := range map[string]string{"docs/keys.md": KeyDocument(), "README.md": KeySummary()} {
		path := filepath.Join(root, name)
		text, err := os.ReadFile(path)
		if err != nil && !*update {
			t.Fatal(err)
		}
		is := string(text)
		if name == "docs/keys.md" {
			if *update {
				is = want
			}
			if is != want {
				t.Errorf("%s is not what the table of actions says: go test ./ui -run %s -update", name, t.Name())
			}
		} else {
			const begin, end = "<!-- keys: made by go test ./ui -update -->\n", "<!-- end of keys -->"
			before, rest, ok := strings.Cut(is, begin)
			_, after, ok2 := strings.Cut(rest, end)
			if !ok || !ok2 {
				t.Fatalf("%s has no place for the keys", name)
			}
			made := before + begin + want + end + after
			if *update {
				is = made
			}
			if is != made {
				t.Errorf("%s: the keys are not what the table of actions says: go test ./ui -run %s -update", name, t.Name())
			}
		}
		if *update {
			if err := os.WriteFile(path, []byte(is), 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
}
