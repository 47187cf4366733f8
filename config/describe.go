package config

import (
	"fmt"
	"slices"
	"strings"
)

// OfScreen reports whether a key is for the dashboard alone.
func OfScreen(name string) bool {
	return slices.ContainsFunc(screenKeys, func(k key) bool { return k.name == name })
}

// Keys returns the names of all keys.
func Keys() []string {
	names := make([]string, len(keys))
	for i, k := range keys {
		names[i] = k.name
	}
	return names
}

// Default returns the Config in which every key has its default that has one.
func Default() *Config {
	c, err := Parse("defaults", DefaultFile())
	if err != nil {
		panic(err) // a default that its own key does not take: keys.go is wrong
	}
	return c
}

// DefaultFile returns a configuration file that changes nothing: every key with what it
// does and with its default. Keys without a default of their own are comments.
func DefaultFile() []byte {
	var b strings.Builder
	b.WriteString("# Configuration of sockeye. Everything here is the default: keep what you change.\n")
	for _, part := range []struct {
		title string
		keys  []key
	}{{"Capture and output", captureKeys}, {"The dashboard", screenKeys}} {
		fmt.Fprintf(&b, "\n# ---- %s ----\n", part.title)
		for _, k := range part.keys {
			b.WriteString(k.lines())
		}
	}
	return []byte(b.String())
}

// lines returns a key as it stands in a file of defaults.
func (k *key) lines() string {
	what, form := withoutMarkup(k.what), withoutMarkup(k.form)
	switch {
	case k.def == "":
		return fmt.Sprintf("\n# %s\n# Value: %s. Default: %s.\n#%s: %s\n", what, form, withoutMarkup(k.without), k.name, k.example)
	case k.def == "true" || k.def == "false": // which says what else there is
		return fmt.Sprintf("\n# %s\n%s: %s\n", what, k.name, k.def)
	}
	return fmt.Sprintf("\n# %s\n# Value: %s.\n%s: %s\n", what, form, k.name, k.def)
}

// withoutMarkup returns Markdown as plain text: of links it keeps what they say.
func withoutMarkup(s string) string {
	s = strings.ReplaceAll(s, "`", "")
	for {
		from, to := strings.Index(s, "["), strings.Index(s, "](")
		if from < 0 || to < from {
			return s
		}
		end := to + strings.Index(s[to:], ")")
		s = s[:from] + s[from+1:to] + s[end+1:]
	}
}

// Reference returns the table of all keys in Markdown.
func Reference() string {
	var b strings.Builder
	b.WriteString("| key | value | default | option | what it does |\n|---|---|---|---|---|\n")
	for _, k := range keys {
		def, option := k.without, ""
		if k.def != "" {
			def = "`" + k.def + "`"
		}
		if k.option != "" {
			option = "`" + k.option + "`"
		}
		fmt.Fprintf(&b, "| `%s` | %s | %s | %s | %s |\n", k.name, k.form, def, option, k.what)
	}
	return b.String()
}
