package config

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"
)

// reader reads the value of one key into a Config. An error says what was wanted.
type reader func(*Config, *yaml.Node) error

func boolean(field func(*Config) **bool) reader {
	return func(c *Config, n *yaml.Node) error {
		var v bool
		if n.Decode(&v) != nil {
			return fmt.Errorf("want true or false, got %s", shown(n))
		}
		*field(c) = &v
		return nil
	}
}

func number(field func(*Config) **int, least, most int) reader {
	return func(c *Config, n *yaml.Node) error {
		var v int
		// The tag is asked because Decode would cut 1.5 to 1.
		if n.Tag != "!!int" || n.Decode(&v) != nil || v < least {
			return fmt.Errorf("want a whole number, %d or more, got %s", least, shown(n))
		}
		if v > most {
			return fmt.Errorf("want %d at most, got %d", most, v)
		}
		*field(c) = &v
		return nil
	}
}

func choice(field func(*Config) **string, values ...string) reader {
	return func(c *Config, n *yaml.Node) error {
		// Compared as written: YAML 1.1 would read a bare off as false.
		for _, v := range values {
			if n.Kind == yaml.ScalarNode && n.Value == v {
				*field(c) = &v
				return nil
			}
		}
		return fmt.Errorf("want one of %s, got %s", strings.Join(values, ", "), shown(n))
	}
}

// choices reads one of the values or a list of them.
func choices(field func(*Config) *[]string, values ...string) reader {
	read := texts(field)
	return func(c *Config, n *yaml.Node) error {
		if err := read(c, n); err != nil {
			return err
		}
		for _, v := range *field(c) {
			if !slices.Contains(values, v) {
				return fmt.Errorf("want some of %s, got %q", strings.Join(values, ", "), v)
			}
		}
		return nil
	}
}

// parsed reads a scalar, of whatever YAML type, by its text.
func parsed[T any](field func(*Config) **T, parse func(string) (T, error)) reader {
	return func(c *Config, n *yaml.Node) error {
		if n.Kind != yaml.ScalarNode {
			return fmt.Errorf("want one value, got %s", shown(n))
		}
		v, err := parse(n.Value)
		if err != nil {
			return err
		}
		*field(c) = &v
		return nil
	}
}

// verbatim takes a text as it is written.
func verbatim(s string) (string, error) { return s, nil }

// texts reads one text or a list of them.
func texts(field func(*Config) *[]string) reader {
	return func(c *Config, n *yaml.Node) error {
		all, err := list(n)
		*field(c) = all
		return err
	}
}

func list(n *yaml.Node) ([]string, error) {
	items := []*yaml.Node{n}
	if n.Kind == yaml.SequenceNode {
		items = n.Content
	}
	var all []string
	for _, item := range items {
		if item.Kind != yaml.ScalarNode || item.Value == "" {
			return nil, errors.New("want a text or a list of texts")
		}
		all = append(all, item.Value)
	}
	return all, nil
}

// shown words a value for a message.
func shown(n *yaml.Node) string {
	switch n.Kind {
	case yaml.SequenceNode:
		return "a list"
	case yaml.MappingNode:
		return "a mapping"
	default:
		return fmt.Sprintf("%q", n.Value)
	}
}
