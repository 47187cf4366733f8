package config

import (
	"strings"
	"testing"
)

// TestDescribe checks that there is something to read about every key, and that it is
// free of Markdown.
func TestDescribe(t *testing.T) {
	all := Describe()
	if len(all) != len(Keys()) {
		t.Fatalf("%d keys are described of %d", len(all), len(Keys()))
	}
	for _, d := range all {
		for _, text := range []string{d.Name, d.What, d.Value, d.Default} {
			if text == "" || strings.ContainsAny(text, "`[]") && d.Name != "keys" {
				t.Errorf("%s: got %+v, want plain text in every field", d.Name, d)
			}
		}
	}
}
