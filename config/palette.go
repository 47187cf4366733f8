package config

import (
	"fmt"
	"strconv"
	"strings"

	"gopkg.in/yaml.v3"
)

// Palette is a theme of one's own.
type Palette struct {
	Name   string
	Colors [6]Color // c1 to c6
	Light  bool     // for a light background
}

// Palettes are themes in the order in which they are listed.
type Palettes []Palette

// MarshalYAML returns a mapping of names to colors, in their order.
func (all Palettes) MarshalYAML() (any, error) {
	n := &yaml.Node{Kind: yaml.MappingNode}
	for _, p := range all {
		colors := &yaml.Node{Kind: yaml.MappingNode, Style: yaml.FlowStyle}
		for i, c := range p.Colors {
			value := scalar(c.String())
			if !c.ByParts {
				value = &yaml.Node{Kind: yaml.ScalarNode, Value: c.String()}
			}
			colors.Content = append(colors.Content, scalar(fmt.Sprintf("c%d", i+1)), value)
		}
		if p.Light {
			colors.Content = append(colors.Content, scalar("light"), &yaml.Node{Kind: yaml.ScalarNode, Value: "true"})
		}
		n.Content = append(n.Content, scalar(p.Name), colors)
	}
	return n, nil
}

// scalar returns a text that is quoted where YAML would take it for something else.
func scalar(s string) *yaml.Node {
	n := new(yaml.Node)
	n.SetString(s)
	return n
}

// Color is one of xterm's 256 colours, or one by its parts in sRGB.
type Color struct {
	Index   uint8 // unless ByParts
	ByParts bool
	R, G, B uint8
}

// ParseColor reads "39" or "#87d7af".
func ParseColor(s string) (Color, error) {
	if digits, ok := strings.CutPrefix(s, "#"); ok && len(digits) == 6 {
		if n, err := strconv.ParseUint(digits, 16, 32); err == nil {
			return Color{ByParts: true, R: uint8(n >> 16), G: uint8(n >> 8), B: uint8(n)}, nil
		}
	} else if n, err := strconv.ParseUint(s, 10, 8); err == nil {
		return Color{Index: uint8(n)}, nil
	}
	return Color{}, fmt.Errorf("want a color, 0 to 255 or such as '#87d7af', got %q", s)
}

// String returns what ParseColor reads.
func (c Color) String() string {
	if c.ByParts {
		return fmt.Sprintf("#%02x%02x%02x", c.R, c.G, c.B)
	}
	return strconv.Itoa(int(c.Index))
}

// readThemes reads themes in the order in which they are written.
func readThemes(c *Config, n *yaml.Node) error {
	return pairs(n, "names to colors", func(name, value *yaml.Node) error {
		p, missing := Palette{Name: name.Value}, 0
		if _, err := named(p.Name); err != nil {
			return at(name, err)
		}
		seen := [6]bool{}
		err := pairs(value, "c1 to c6 to colors", func(slot, value *yaml.Node) error {
			if slot.Value == "light" {
				return read(value, &p.Light, "true or false")
			}
			i, ok := slotOf(slot.Value)
			if !ok {
				return at(slot, fmt.Errorf("want c1 to c6 and perhaps light, got %q", slot.Value))
			}
			color, err := ParseColor(value.Value)
			p.Colors[i], seen[i] = color, true
			return at(value, err)
		})
		for _, ok := range seen {
			if !ok {
				missing++
			}
		}
		if err == nil && missing > 0 {
			err = at(value, fmt.Errorf("theme %s has %d of 6 colors", p.Name, 6-missing))
		}
		c.Themes = append(c.Themes, p)
		return err
	})
}

// slotOf returns the place of "c1" to "c6".
func slotOf(s string) (int, bool) {
	if len(s) != 2 || s[0] != 'c' || s[1] < '1' || s[1] > '6' {
		return 0, false
	}
	return int(s[1] - '1'), true
}
