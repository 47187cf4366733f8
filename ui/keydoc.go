package ui

import (
	"fmt"
	"strings"
)

// KeyDocument returns docs/keys.md.
func KeyDocument() string {
	var b strings.Builder
	b.WriteString(`# Keys of the dashboard

<!-- Made from the table of actions by go test ./ui -run TestKeysAreDocumented -update -->

The key ` + "`h`" + ` shows these on the screen. Each has one meaning on all tabs; where it has none on a tab, the status line says so. In the [configuration](config.md), ` + "`keys`" + ` gives actions other keys by the names below:

` + "```yaml" + `
keys:
  pause: f9
  row_down: [j, down, ctrl-n]
` + "```" + `

A key is a character, or ` + "`space`, `enter`, `esc`, `tab`, `backspace`, `delete`, `insert`, `up`, `down`, `left`, `right`, `home`, `end`, `pgup`, `pgdn`, `f1` to `f12`" + `, with ` + "`ctrl-`, `alt-` or `shift-`" + ` before it. An action loses its own keys to those that it is given, and no key is for two actions. What an action changes is kept in the configuration under the name in the last column.

`)
	all := actions()
	for g := range groups {
		fmt.Fprintf(&b, "## %s\n\n| keys | name | what it does | kept as |\n|---|---|---|---|\n", groupNames[g])
		for i := range all {
			if row := &all[i]; row.group == g {
				fmt.Fprintf(&b, "| %s | `%s` | %s | %s |\n", codes(row.keys), row.name, row.tip, code(row.saves))
			}
		}
		b.WriteByte('\n')
	}
	b.WriteString(mouseDocument)
	return b.String()
}

const mouseDocument = `## Mouse

| what | does | key |
|---|---|---|
| click | selects a row, sorts by a column, shows a tab | ` + "`j` `k`, `s`, `Tab`" + ` |
| double click | opens the row | ` + "`Enter`" + ` |
| right click | opens the tooltip of a row or of a part of the header bar | ` + "`m`, `l`" + ` |
| middle click | pins the row | ` + "`F`" + ` |
| wheel | scrolls | ` + "`j` `k`" + ` |
| resting for a second | opens a tooltip for three | ` + "`m`, `l`" + ` |
| dragging the edge of a head | changes the width of a column | ` + "`V`, then `←` `→`" + ` |
`

// KeySummary returns the table of keys for the README: each action in a few words.
func KeySummary() string {
	var b strings.Builder
	for g := range groups {
		var words []string
		for _, row := range actions() {
			if row.group == g && len(row.keys) > 0 {
				words = append(words, codes(row.keys)+" "+row.help)
			}
		}
		if g == 0 {
			b.WriteString("| | |\n|---|---|\n")
		}
		fmt.Fprintf(&b, "| **%s** | %s |\n", groupNames[g], strings.Join(words, " · "))
	}
	return b.String()
}

// codes returns keys in the form of code.
func codes(keys []string) string {
	all := make([]string, len(keys))
	for i, k := range keys {
		all[i] = code(keyLabel(k))
	}
	return strings.Join(all, " ")
}

// code puts a text into the form of code; a bar would end the cell of a table.
func code(s string) string {
	if s == "" {
		return ""
	}
	return "`" + strings.ReplaceAll(s, "|", `\|`) + "`"
}
