package tests

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"sockeye/internal/testkit"
	"sockeye/ui/tab"
)

// TestColumnsAreDocumented compares the table of columns in docs/dashboard.md with those
// that the tabs have; -update rewrites it.
func TestColumnsAreDocumented(t *testing.T) {
	const begin, end = "<!-- columns: made by go test ./tests -update -->\n", "<!-- end of columns -->"
	name := filepath.Join(testkit.ModuleRoot(t), "docs", "dashboard.md")
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, found := strings.Cut(string(b), begin)
	table, after, closed := strings.Cut(rest, end)
	if !found || !closed {
		t.Fatalf("%s has no table of columns", name)
	}
	want := columnTable()
	if table == want {
		return
	}
	if !*updateScripts {
		t.Fatalf("%s: the columns are not those of the tabs; -update rewrites them", name)
	}
	if err := os.WriteFile(name, []byte(before+begin+want+end+after), 0o644); err != nil {
		t.Fatal(err)
	}
}

// columnTable returns the columns of all tabs that have some, as V lists them. Those that
// are not shown by themselves are in parentheses.
func columnTable() string {
	var b strings.Builder
	b.WriteString("| tab | columns from left to right |\n|---|---|\n")
	for _, shown := range []tab.Tab{tab.NewFlows(), tab.NewProcesses(), tab.NewHosts(), tab.NewSockets(), tab.NewEvents()} {
		var titles []string
		for _, c := range shown.(tab.WithColumns).Columns(&tab.Model{Prefs: tab.DefaultPrefs()}) {
			title := c.Title
			if !c.Shown {
				title = "(" + title + ")"
			}
			titles = append(titles, title)
		}
		fmt.Fprintf(&b, "| %s | %s |\n", shown.Name(), strings.Join(titles, " · "))
	}
	return b.String()
}
