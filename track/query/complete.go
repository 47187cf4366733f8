package query

import (
	"maps"
	"slices"
	"strings"
)

// Candidate is a way to go on with a query that is being written.
type Candidate struct {
	Text     string // stands in place of what is between From and To
	From, To int    // in the query, in bytes
	Help     string // a few words; "" for none
}

// Complete returns what may follow the text before a cursor, the likeliest first: names
// of fields, their values, atoms, saved queries. The cursor is in bytes.
func Complete[T any](text string, cursor int, f *Fields[T], o Options) []Candidate {
	before := text[:min(max(cursor, 0), len(text))]
	if inQuotes(before) {
		return nil
	}
	from := strings.LastIndexAny(before, " \t\r\n()!&|") + 1
	word := before[from:]
	if name, ok := strings.CutPrefix(word, ":"); ok {
		return completeSaved(name, from, len(before), o)
	}
	if at := strings.IndexAny(word, ":=<>"); at > 0 {
		field, ok := f.table.find(strings.TrimSuffix(word[:at], "!"))
		if !ok {
			return nil
		}
		return completeValue(f.table.infos[field], before, from+at)
	}
	if word == "" && from > 1 && before[from-1] == '!' && !strings.ContainsAny(before[from-2:from-1], " \t(!") {
		return nil // "port!", where "=" is to follow
	}
	var all []Candidate
	for _, info := range f.table.infos {
		if name := info.begins(word); name != "" {
			all = append(all, Candidate{name + ":", from, len(before), info.Help})
		}
	}
	for i := range f.atoms {
		if a := &f.atoms[i]; hasPrefixFold(a.Name, word) {
			all = append(all, Candidate{a.Name, from, len(before), a.Help})
		}
	}
	return all
}

// begins returns the name of a field that begins with a word, its own before another of
// its names; "" where none does.
func (i *Info) begins(word string) string {
	for _, name := range append([]string{i.Name}, i.Aliases...) {
		if hasPrefixFold(name, word) {
			return name
		}
	}
	return ""
}

func completeSaved(name string, from, to int, o Options) []Candidate {
	var all []Candidate
	for _, saved := range slices.Sorted(maps.Keys(o.Saved)) {
		if hasPrefixFold(saved, name) {
			all = append(all, Candidate{":" + saved, from, to, o.Saved[saved]})
		}
	}
	return all
}

// completeValue completes a value whose operator begins at a place of the text.
func completeValue(info *Info, before string, operator int) []Candidate {
	rest := before[operator:]
	value := rest[strings.LastIndexAny(rest, ":=<>~,{")+1:]
	from := len(before) - len(value)
	var all []Candidate
	for _, v := range info.Values {
		if hasPrefixFold(v, value) && !strings.EqualFold(v, value) {
			all = append(all, Candidate{quoteIfNeeded(v), from, len(before), ""})
		}
	}
	if rest == ":"+value && info.Kind == Number && value != "" && strings.Trim(value, "0123456789") == "" {
		all = append(all, Candidate{"~" + value, from, len(before), "also those that have " + value + " in them"})
	}
	return all
}

// quoteIfNeeded puts a value in quotes that would be read as more than one word.
func quoteIfNeeded(v string) string {
	if strings.ContainsAny(v, " ,()") {
		return `"` + v + `"`
	}
	return v
}

func hasPrefixFold(s, prefix string) bool {
	return len(s) >= len(prefix) && strings.EqualFold(s[:len(prefix)], prefix)
}

// inQuotes reports whether a text ends within quotes.
func inQuotes(text string) bool {
	var quote rune
	for i, r := range text {
		switch {
		case quote == 0 && (r == '"' || r == '\'') && (i == 0 || strings.ContainsRune(" \t(:=<>,{!~", rune(text[i-1]))):
			quote = r
		case r == quote:
			quote = 0
		}
	}
	return quote != 0
}
