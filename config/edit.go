package config

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"
)

// edit returns the text of a configuration file with other values for some keys; nil
// takes a key out. Only the lines of these keys are written anew: the others stay as they
// are, to the byte. path is for messages.
func edit(path string, text []byte, changes map[string]any) ([]byte, error) {
	root, err := mapping(path, text)
	if err != nil {
		return nil, err
	}
	if root != nil && (root.Style&yaml.FlowStyle != 0 || root.Column != 1) {
		return nil, &Error{Path: path, Line: root.Line, Reason: "keys that do not begin their line cannot be changed"}
	}
	if strings.ContainsAny(strings.ReplaceAll(string(text), "\r\n", ""), "\r\u0085\u2028\u2029") {
		return nil, &Error{Path: path, Reason: "lines end in other characters than line feeds"} // as YAML counts them
	}
	entries, end := divide(root, strings.SplitAfter(string(text), "\n"))
	for _, name := range slices.Sorted(maps.Keys(changes)) {
		if !slices.Contains(Keys(), name) {
			return nil, fmt.Errorf("write key %s: no such key", name)
		}
		i := slices.IndexFunc(entries, func(e entry) bool { return e.name == name })
		switch value := changes[name]; {
		case value == nil && i >= 0:
			entries[i].text = ""
		case value == nil:
		case i >= 0:
			entries[i].text, err = replaced(entries[i].text, name, value)
		default:
			var added string
			added, err = encoded(name, value, nil)
			entries = append(entries, entry{name, added})
		}
		if err != nil {
			return nil, fmt.Errorf("write key %s: %w", name, err)
		}
	}
	edited := join(append(entries, end))
	return edited, check(path, text, edited, changes)
}

// entry is the lines of one key, or those between two keys, which have no name.
type entry struct{ name, text string }

// divide cuts a file into entries, and what comes after the last one: comments and empty
// lines after a value are between the keys, unless more of the value follows.
func divide(root *yaml.Node, lines []string) (entries []entry, end entry) {
	if root == nil {
		return []entry{{"", strings.Join(lines, "")}}, entry{}
	}
	done, last := 0, len(lines)
	for i := 0; i < len(root.Content); i += 2 {
		from, to := root.Content[i].Line-1, last
		if i+2 < len(root.Content) {
			to = root.Content[i+2].Line - 1
		} else if n := slices.IndexFunc(lines[from:], ends); n >= 0 {
			to = from + n
		}
		for to > from+1 && between(lines[to-1]) {
			to--
		}
		entries = append(entries, entry{"", strings.Join(lines[done:from], "")},
			entry{root.Content[i].Value, strings.Join(lines[from:to], "")})
		done = to
	}
	return entries, entry{"", strings.Join(lines[done:], "")}
}

// ends reports whether a line ends the document (YAML 1.2, 9.1.2).
func ends(line string) bool {
	return strings.HasPrefix(line, "...") || strings.HasPrefix(line, "---")
}

// between reports whether a line at the end of a value does not belong to it.
func between(line string) bool {
	line = strings.TrimSpace(line)
	return line == "" || line[0] == '#'
}

// join puts entries together. Every one of them ends its last line.
func join(entries []entry) []byte {
	var b bytes.Buffer
	for _, e := range entries {
		if n := b.Len(); n > 0 && e.text != "" && b.Bytes()[n-1] != '\n' {
			b.WriteByte('\n')
		}
		b.WriteString(e.text)
	}
	return b.Bytes()
}

// replaced returns the lines of a key with another value. Comments within it stay with
// what they are about.
func replaced(text, name string, value any) (string, error) {
	var doc yaml.Node
	if err := yaml.Unmarshal([]byte(text), &doc); err != nil || len(doc.Content) == 0 {
		return encoded(name, value, nil) // refers to other lines: nothing of it can be kept
	}
	return encoded(name, value, doc.Content[0])
}

// encoded returns the lines of a key. Where old is a mapping of that key alone, what did
// not change is taken from there.
func encoded(name string, value any, old *yaml.Node) (string, error) {
	fresh := new(yaml.Node)
	if err := fresh.Encode(value); err != nil {
		return "", err
	}
	if old == nil || len(old.Content) != 2 {
		old = &yaml.Node{Kind: yaml.MappingNode, Content: []*yaml.Node{scalar(name), fresh}}
	} else {
		old.Content[1] = merged(old.Content[1], fresh)
	}
	var b bytes.Buffer
	e := yaml.NewEncoder(&b)
	e.SetIndent(2)
	err := errors.Join(e.Encode(old), e.Close())
	return b.String(), err
}

// merged returns fresh with the comments and the form of what old has of it.
func merged(old, fresh *yaml.Node) *yaml.Node {
	if old.Kind != fresh.Kind {
		fresh.HeadComment, fresh.LineComment, fresh.FootComment = old.HeadComment, old.LineComment, old.FootComment
		return fresh
	}
	switch old.Kind {
	case yaml.ScalarNode:
		if old.Value != fresh.Value || old.ShortTag() != fresh.ShortTag() {
			old.Value, old.Tag, old.Style = fresh.Value, fresh.Tag, fresh.Style
		}
	case yaml.SequenceNode:
		old.Content = mergedItems(old.Content, fresh.Content)
	case yaml.MappingNode:
		old.Content = mergedPairs(old.Content, fresh.Content)
	}
	return old
}

// mergedItems returns the items of fresh, those that were there before as they were.
func mergedItems(old, fresh []*yaml.Node) []*yaml.Node {
	for i, f := range fresh {
		j := slices.IndexFunc(old, func(o *yaml.Node) bool { return same(o, f) })
		if j >= 0 {
			fresh[i] = old[j]
		}
	}
	return fresh
}

// mergedPairs returns the lines of old that fresh has, and then what is new.
func mergedPairs(old, fresh []*yaml.Node) []*yaml.Node {
	place := func(in []*yaml.Node, name string) int {
		for i := 0; i+1 < len(in); i += 2 {
			if in[i].Value == name {
				return i
			}
		}
		return -1
	}
	var all []*yaml.Node
	for i := 0; i+1 < len(old); i += 2 {
		if j := place(fresh, old[i].Value); j >= 0 {
			all = append(all, old[i], merged(old[i+1], fresh[j+1]))
		}
	}
	for i := 0; i+1 < len(fresh); i += 2 {
		if place(old, fresh[i].Value) < 0 {
			all = append(all, fresh[i], fresh[i+1])
		}
	}
	return all
}

// same reports whether two nodes say the same.
func same(a, b *yaml.Node) bool {
	var x, y any
	return a.Decode(&x) == nil && b.Decode(&y) == nil && reflect.DeepEqual(x, y)
}

// check holds an edited file against what was wanted: the changed keys have their values,
// all others theirs, and the program takes it.
func check(path string, before, after []byte, changes map[string]any) error {
	var was, is map[string]any
	if err := yaml.Unmarshal(before, &was); err != nil {
		return syntaxError(path, err)
	}
	if err := yaml.Unmarshal(after, &is); err != nil {
		return fmt.Errorf("change %s: %w", path, syntaxError(path, err))
	}
	for name, value := range changes {
		if got, there := is[name]; there != (value != nil) || there && !reflect.DeepEqual(got, plain(value)) {
			return fmt.Errorf("change %s: key %s cannot be changed where it stands", path, name)
		}
		delete(was, name)
		delete(is, name)
	}
	if len(was) != len(is) || len(was) > 0 && !reflect.DeepEqual(was, is) {
		return fmt.Errorf("change %s: other keys would change", path)
	}
	_, err := Parse(path, after)
	var e *Error
	if errors.As(err, &e) && e.Unknown {
		return nil
	}
	return err
}

// plain returns a value as it is read from YAML.
func plain(value any) (as any) {
	n := new(yaml.Node)
	if n.Encode(value) == nil {
		_ = n.Decode(&as) // what was just encoded; nil is no value
	}
	return as
}
