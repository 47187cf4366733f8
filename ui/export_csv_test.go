package ui

import (
	"errors"
	"strings"
	"testing"

	"sockeye/ui/tab"
)

// A spreadsheet can add up what it is given, and takes no name for a formula.
func TestSheetCSV(t *testing.T) {
	for _, c := range []struct{ name, objects, want string }{
		{"none", "[]", "\n"},
		{"numbers of both ways", `[{"id": 1, "bytes": [10, 2.5]}]`, "id,bytes_sent,bytes_received\n1,10,2.5\n"},
		{
			"not all have all", `[{"a": "x"}, {"b": -1, "a": null}, {"c": true}]`,
			"a,b,c\nx,,\n,-1,\n,,true\n",
		},
		{"within others", `[{"a": {"b": 1, "c": {"d": "x"}}}]`, "a.b,a.c.d\n1,x\n"},
		{"lists", `[{"a": ["x", "y"], "b": [1, 2, 3], "c": []}]`, "a,b,c\nx y,1 2 3,\n"},
		{"an escape sequence", `[{"a": "x\u001b[31m"}]`, "a\nx·[31m\n"},
		{"a formula and quotes", `[{"a": "=1+1", "b": "x, \"y\"", "c": "-"}]`, "a,b,c\n'=1+1,\"x, \"\"y\"\"\",-\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := sheetCSV(&tab.Sheet{Columns: []string{"unused"}, Objects: func() ([]byte, error) { return []byte(c.objects), nil }})
			if err != nil || string(got) != c.want {
				t.Errorf("got %q, %v want %q", got, err, c.want)
			}
		})
	}
	shown := tab.Sheet{Columns: []string{"a", "b"}, Rows: [][]string{{"@x", "1"}}}
	if got, err := sheetCSV(&shown); err != nil || string(got) != "a,b\n'@x,1\n" || shown.Rows[0][0] != "@x" {
		t.Errorf("without objects: got %q, %v, and left %q", got, err, shown.Rows)
	}
	broken := errors.New("broken")
	if _, err := sheetCSV(&tab.Sheet{Objects: func() ([]byte, error) { return nil, broken }}); !errors.Is(err, broken) {
		t.Errorf("got %v want %v", err, broken)
	}
	if _, err := sheetCSV(&tab.Sheet{Objects: func() ([]byte, error) { return []byte(`[{"a": `), nil }}); err == nil || !strings.Contains(err.Error(), "read objects") {
		t.Errorf("cut off: got %v want an error", err)
	}
}
