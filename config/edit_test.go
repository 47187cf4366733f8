package config

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestEdit(t *testing.T) {
	type changes = map[string]any
	tests := []struct {
		name, text string
		changes    changes
		want       string
	}{
		{"new file", "", changes{"theme": "nord", "bytes": true}, "bytes: true\ntheme: nord\n"},
		{"only comments", "# mine\n", changes{"theme": "nord"}, "# mine\ntheme: nord\n"},
		{"no line feed at the end", "top: 5", changes{"theme": "nord"}, "top: 5\ntheme: nord\n"},
		{"a value in its place",
			"# first\n\ninterface:   eth0   # the one\ntheme: muted # for now\n\n# later\ntop:   5\n", changes{"theme": "nord"},
			"# first\n\ninterface:   eth0   # the one\ntheme: nord # for now\n\n# later\ntop:   5\n"},
		{"the same value", "theme:   'muted'\ntop:   5\n", changes{"theme": "muted"}, "theme: 'muted'\ntop:   5\n"},
		{"unknown keys stay", "colour:   red # of an older version\ntop: 5\n", changes{"top": 6}, "colour:   red # of an older version\ntop: 6\n"},
		{"a key is taken out", "theme: nord\n# about top\ntop: 5\n", changes{"theme": nil}, "# about top\ntop: 5\n"},
		{"one that is not there is taken out", "top: 5\n", changes{"theme": nil}, "top: 5\n"},
		{"a list becomes a mapping's sibling", "pins:\n  - process: curl # mine\n    remote: a.example\n\ntop: 5\n",
			changes{"pins": []Pin{{"curl", "a.example"}, {"", "b.example"}}},
			"pins:\n  - process: curl # mine\n    remote: a.example\n  - remote: b.example\n\ntop: 5\n"},
		{"within a mapping", "sort:\n  # the busiest\n  flows: -total\n  hosts: name # abc\ntop: 5\n",
			changes{"sort": map[string]Sort{"flows": {"age", false}, "hosts": {"name", false}, "sockets": {"port", true}}},
			"sort:\n  # the busiest\n  flows: age\n  hosts: name # abc\n  sockets: -port\ntop: 5\n"},
		{"flow style stays", "widths: {flows.process: 20}\n", changes{"widths": map[string]int{"flows.process": 24}}, "widths: {flows.process: 24}\n"},
		{"nothing left of a list", "pins: [{process: a}]\n", changes{"pins": []Pin{}}, "pins: []\n"},
		{"folded value", "filter: >\n  tcp\n  port 443\n\ntop: 5\n", changes{"filter": "udp"}, "filter: udp\n\ntop: 5\n"},
		{"texts that look like something else", "", changes{"bar_style": "off", "theme": "123"}, "bar_style: \"off\"\ntheme: \"123\"\n"},
		{"before the end of the document", "---\ntop: 5\n# end\n...\n", changes{"theme": "nord"}, "---\ntop: 5\ntheme: nord\n# end\n...\n"},
		{"lines of another system", "top: 5\r\nbytes: true\r\n", changes{"top": 6}, "top: 6\nbytes: true\r\n"},
		{"times and amounts", "", changes{"refresh_interval": Interval(2 * time.Second), "alert_threshold": Amount(10e6)},
			"alert_threshold: 10MB\nrefresh_interval: 2s\n"},
		{"themes", "themes:\n  b: {c1: 1, c2: 2, c3: 3, c4: 4, c5: 5, c6: 6} # was first\n", changes{"themes": Palettes{
			{Name: "b", Colors: [6]Color{{Index: 1}, {Index: 2}, {Index: 3}, {Index: 4}, {Index: 5}, {Index: 7}}},
			{Name: "a b", Colors: [6]Color{{Index: 9}, {ByParts: true, R: 1, G: 2, B: 255}}, Light: true}}},
			"themes:\n  b: {c1: 1, c2: 2, c3: 3, c4: 4, c5: 5, c6: 7} # was first\n" +
				"  a b: {c1: 9, c2: '#0102ff', c3: 0, c4: 0, c5: 0, c6: 0, light: true}\n"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := edit("f.yaml", []byte(tt.text), tt.changes)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, string(got)); diff != "" {
				t.Errorf("want (-) got (+):\n%s", diff)
			}
		})
	}
}

// TestEditRefuses checks that what cannot be changed safely is left alone.
func TestEditRefuses(t *testing.T) {
	for _, tt := range []struct {
		name, text string
		changes    map[string]any
		want       string
	}{
		{"all in braces", "{top: 5}\n", map[string]any{"theme": "nord"}, "do not begin their line"},
		{"moved in", "  top: 5\n  bytes: true\n", map[string]any{"top": 6}, "do not begin their line"},
		{"used elsewhere", "widths: &w {flows.a: 1}\nother: *w\n", map[string]any{"widths": map[string]int{"flows.a": 2}}, "other keys would change"},
		{"taken out though used elsewhere", "widths: &w {flows.a: 1}\nother: *w\n", map[string]any{"widths": nil}, "unknown anchor"},
		{"a value that the key does not take", "top: 5\n", map[string]any{"top": "many"}, "want a whole number"},
		{"a key that no reader knows", "top: 5\n", map[string]any{"tip": 5}, "no such key"},
		{"lines that end in something else", "# a\rtop: 5\n", map[string]any{"top": 6}, "line feeds"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, err := edit("f.yaml", []byte(tt.text), tt.changes)
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %q, %v, want an error with %q", got, err, tt.want)
			}
		})
	}
}

// FuzzEdit checks that whatever a file holds, a change of one key leaves all that stands
// above it, or is refused.
func FuzzEdit(f *testing.F) {
	for _, seed := range []string{"", "top: 5\n# c\nbytes: true\n", "theme: &a x\ntop: 5\nx: *a", "? theme\n: nord\n",
		"theme: |\n  a\n  # b\n\ntop: 1", "\ufefftheme: a\n", "--- \ntheme: x\n...\n---\ntop: 1\n", "  theme: a\n  top: 1\n", "theme: 0\n ?", "theme: 'a\n\n  b'\n", "a: b\u2028theme: c\n"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if _, err := Parse("f", []byte(text)); err != nil {
			if e := (*Error)(nil); !errors.As(err, &e) || !e.Unknown {
				return
			}
		}
		got, err := edit("f", []byte(text), map[string]any{"theme": "nord"})
		if err != nil {
			return
		}
		c, err := Parse("f", got)
		if c.Theme == nil || *c.Theme != "nord" {
			t.Errorf("%q became %q: got theme %v, %v, want nord", text, got, c.Theme, err)
		}
		if above := before(t, text, "theme"); !strings.HasPrefix(string(got), above) {
			t.Errorf("%q became %q: what stands above changed", text, got)
		}
	})
}

// before returns the lines that stand above a key, nothing where it is not there.
func before(t *testing.T, text, key string) string {
	root, err := mapping("f", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; root != nil && i < len(root.Content); i += 2 {
		if root.Content[i].Value == key {
			return strings.Join(strings.SplitAfter(text, "\n")[:root.Content[i].Line-1], "")
		}
	}
	return ""
}
