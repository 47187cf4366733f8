package config

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode"

	"gopkg.in/yaml.v3"
)

// Sort is the order of a tab's rows.
type Sort struct {
	Column     string
	Descending bool
}

// MarshalYAML returns "column" or "-column".
func (s Sort) MarshalYAML() (any, error) {
	if s.Descending {
		return "-" + s.Column, nil
	}
	return s.Column, nil
}

// Pin is what is on top: all flows of this process with this host. One of the two may be
// empty.
type Pin struct {
	Process string `yaml:"process,omitempty"`
	Remote  string `yaml:"remote,omitempty"`
}

// lineError is what is wrong within a value that has lines of its own.
type lineError struct {
	line int
	err  error
}

func (e *lineError) Error() string { return e.err.Error() }
func (e *lineError) Unwrap() error { return e.err }

// at says where an error is; nil stays nil, and what has a line already keeps it.
func at(n *yaml.Node, err error) error {
	var placed *lineError
	if err == nil || errors.As(err, &placed) {
		return err
	}
	return &lineError{n.Line, err}
}

// pairs calls each for every line of a mapping, and turns down one that comes twice.
func pairs(n *yaml.Node, of string, each func(name, value *yaml.Node) error) error {
	if n.Kind != yaml.MappingNode {
		return at(n, fmt.Errorf("want a mapping of %s, got %s", of, shown(n)))
	}
	seen := map[string]bool{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		name, value := n.Content[i], n.Content[i+1]
		if name.Kind != yaml.ScalarNode || name.Value == "" || name.Tag == "!!merge" {
			return at(name, fmt.Errorf("want a mapping of %s, got %s for a name", of, shown(name)))
		}
		if seen[name.Value] {
			return at(name, fmt.Errorf("%q is given twice", name.Value))
		}
		seen[name.Value] = true
		if err := each(name, value); err != nil {
			return at(value, err)
		}
	}
	return nil
}

// read takes a value that YAML knows by itself.
func read(n *yaml.Node, to any, want string) error {
	if n.Kind != yaml.ScalarNode || n.Decode(to) != nil {
		return at(n, fmt.Errorf("want %s, got %s", want, shown(n)))
	}
	return nil
}

// text takes a text that is not empty.
func text(n *yaml.Node, to *string) error {
	if n.Kind != yaml.ScalarNode || n.Value == "" {
		return at(n, fmt.Errorf("want a text, got %s", shown(n)))
	}
	*to = n.Value
	return nil
}

func oneOf(n *yaml.Node, to *string, values []string) error {
	if n.Kind != yaml.ScalarNode || !slices.Contains(values, n.Value) {
		return at(n, fmt.Errorf("want one of %s, got %s", strings.Join(values, ", "), shown(n)))
	}
	*to = n.Value
	return nil
}

// maxName is the longest name of a theme, in bytes: it has to fit in a list.
const maxName = 40

// named takes the name of a theme.
func named(s string) (string, error) {
	if s == "" || len(s) > maxName || strings.ContainsFunc(s, func(r rune) bool { return !unicode.IsPrint(r) }) {
		return "", fmt.Errorf("want a name of %d bytes at most, got %q", maxName, s)
	}
	return s, nil
}

func readSort(c *Config, n *yaml.Node) error {
	c.Sort = map[string]Sort{}
	return pairs(n, "tabs to columns", func(name, value *yaml.Node) error {
		var tab, by string
		if err := oneOf(name, &tab, Tabs); err != nil {
			return err
		}
		if err := text(value, &by); err != nil {
			return err
		}
		column, descending := strings.CutPrefix(by, "-")
		if column == "" {
			return fmt.Errorf("want a column, got %q", by)
		}
		c.Sort[tab] = Sort{column, descending}
		return nil
	})
}

// columnName checks the form "tab.column".
func columnName(n *yaml.Node) (string, error) {
	tab, column, ok := strings.Cut(n.Value, ".")
	if !ok || column == "" || !slices.Contains(Tabs, tab) {
		return "", at(n, fmt.Errorf("want a tab and a column such as flows.rtt, got %q", n.Value))
	}
	return n.Value, nil
}

func readColumns(c *Config, n *yaml.Node) error {
	c.Columns = map[string]bool{}
	return pairs(n, "columns to true or false", func(name, value *yaml.Node) error {
		column, err := columnName(name)
		if err != nil {
			return err
		}
		var shown bool
		err = read(value, &shown, "true or false")
		c.Columns[column] = shown
		return err
	})
}

// maxWidth is wider than any terminal.
const maxWidth = 1000

func readWidths(c *Config, n *yaml.Node) error {
	c.Widths = map[string]int{}
	return pairs(n, "columns to widths", func(name, value *yaml.Node) error {
		column, err := columnName(name)
		if err != nil {
			return err
		}
		var width int
		if value.Tag != "!!int" || value.Decode(&width) != nil || width < 1 || width > maxWidth {
			return fmt.Errorf("want a whole number from 1 to %d, got %s", maxWidth, shown(value))
		}
		c.Widths[column] = width
		return nil
	})
}

func readPins(c *Config, n *yaml.Node) error {
	if n.Kind != yaml.SequenceNode {
		return fmt.Errorf("want a list of pins, got %s", shown(n))
	}
	for _, item := range n.Content {
		var p Pin
		err := pairs(item, "process and remote to names", func(name, value *yaml.Node) error {
			switch name.Value {
			case "process":
				return text(value, &p.Process)
			case "remote":
				return text(value, &p.Remote)
			}
			return at(name, fmt.Errorf("want process or remote, got %q", name.Value))
		})
		if err == nil && p == (Pin{}) {
			err = at(item, errors.New("want process, remote or both"))
		}
		if err != nil {
			return err
		}
		c.Pins = append(c.Pins, p)
	}
	return nil
}

func readQueries(c *Config, n *yaml.Node) error {
	c.Queries = map[string]string{}
	return pairs(n, "names to queries", func(name, value *yaml.Node) error {
		if strings.ContainsFunc(name.Value, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) && r != '-' && r != '_' }) {
			return at(name, fmt.Errorf("want a name of letters, digits, - and _, got %q", name.Value))
		}
		var query string
		err := text(value, &query)
		c.Queries[name.Value] = query
		return err
	})
}

func readKeys(c *Config, n *yaml.Node) error {
	c.Keys = map[string][]string{}
	return pairs(n, "actions to keys", func(name, value *yaml.Node) error {
		all, err := list(value)
		if err != nil {
			return fmt.Errorf("want a key or a list of keys, got %s", shown(value))
		}
		c.Keys[name.Value] = all
		return nil
	})
}
