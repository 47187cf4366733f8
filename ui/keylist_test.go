package ui

import "testing"

// TestKeyChaptersHaveAllActions checks that no action is left out, and none is there twice.
func TestKeyChaptersHaveAllActions(t *testing.T) {
	seen := map[string]int{}
	for _, chapter := range KeyChapters() {
		if chapter.Title == "" || len(chapter.Keys) == 0 {
			t.Errorf("chapter %q has %d actions", chapter.Title, len(chapter.Keys))
		}
		for _, k := range chapter.Keys {
			seen[k.Name]++
			if k.Does == "" {
				t.Errorf("%s: nothing says what it does", k.Name)
			}
			for _, key := range k.Keys {
				for _, r := range key {
					if r > '~' {
						t.Errorf("%s: the key %q is not of ASCII", k.Name, key)
					}
				}
			}
		}
	}
	for _, row := range actions() {
		if seen[row.name] != 1 {
			t.Errorf("%s is there %d times", row.name, seen[row.name])
		}
	}
}
