package config

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "rewrite the table of keys in docs/config.md")

// TestDefaultFile checks that the file of defaults names every key, that it is taken as
// it is, and that the examples in its comments are, too.
func TestDefaultFile(t *testing.T) {
	text := string(DefaultFile())
	if _, err := Parse("defaults", []byte(text)); err != nil {
		t.Fatal(err)
	}
	for _, k := range keys {
		if (k.def == "") == (k.example == "") || k.what == "" || k.form == "" || k.def == "" && k.without == "" {
			t.Errorf("%s: want what it does, its form, and either its default or an example", k.name)
		}
		if k.def == "" {
			if _, err := Parse("example", []byte(k.name+": "+k.example+"\n")); err != nil {
				t.Errorf("%s: the example is not taken: %v", k.name, err)
			}
		}
		if !strings.Contains(text, "\n"+k.name+": ") && !strings.Contains(text, "\n#"+k.name+": ") {
			t.Errorf("the file of defaults does not name %s", k.name)
		}
	}
}

func TestDefaults(t *testing.T) {
	c := Default()
	if c.Names == nil || !*c.Names || c.BarStyle == nil || *c.BarStyle != "gradient" || c.Interface != nil || c.Theme != nil {
		t.Errorf("got %+v, want names and gradient, and no interface and no theme", c)
	}
}

// TestReference checks that docs/config.md has the table of keys as it is.
func TestReference(t *testing.T) {
	path := filepath.Join("..", "docs", "config.md")
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	doc, want := string(b), Reference()
	from := strings.Index(doc, "| key |")
	if from < 0 {
		t.Fatal("docs/config.md has no table that begins with | key |")
	}
	to := from + strings.Index(doc[from:]+"\n\n", "\n\n") + 1
	if *update {
		doc = doc[:from] + want + doc[min(to, len(doc)):]
		if err := os.WriteFile(path, []byte(doc), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if diff := cmp.Diff(want, doc[from:min(to, len(doc))]); diff != "" {
		t.Errorf("docs/config.md: want (-) got (+), -update rewrites it:\n%s", diff)
	}
}
