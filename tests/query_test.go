package tests

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"sockeye/internal/testkit"
	"sockeye/track"
	"sockeye/track/query"
)

// TestQueryFieldsAreDocumented compares the table of fields in docs/query.md with what
// queries can ask for; -update rewrites it.
func TestQueryFieldsAreDocumented(t *testing.T) {
	const begin, end = "| field | kind | is |\n|---|---|---|\n", "\n\n`src`, `sport`"
	name := filepath.Join(testkit.ModuleRoot(t), "docs", "query.md")
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, found := strings.Cut(string(b), begin)
	table, after, closed := strings.Cut(rest, end)
	if !found || !closed {
		t.Fatalf("%s has no table of fields", name)
	}
	want := fieldTable()
	if table == want {
		return
	}
	if !*updateScripts {
		t.Fatalf("%s: the table of fields is not what queries can ask for; -update rewrites it", name)
	}
	if err := os.WriteFile(name, []byte(before+begin+want+end+after), 0o644); err != nil {
		t.Fatal(err)
	}
}

// fieldTable returns the rows of the table, without the last line end.
func fieldTable() string {
	const listed = 20 // words of a field that fit a row
	var rows []string
	for _, f := range track.QueryFields(track.QueryNames{}).List() {
		help := f.Help
		if f.Kind == query.Word && len(f.Values) < listed {
			help += ": `" + strings.Join(f.Values, "` `") + "`"
		}
		names := strings.Join(append([]string{f.Name}, f.Aliases...), "`, `")
		rows = append(rows, fmt.Sprintf("| `%s` | %s | %s |", names, f.Kind, help))
	}
	return strings.Join(rows, "\n")
}
