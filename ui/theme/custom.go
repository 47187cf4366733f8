package theme

import (
	"sockeye/config"
	"sockeye/ui/term"
)

// Custom makes a theme of colours that people chose themselves.
func Custom(p config.Palette) *Theme {
	made := Palette{Name: p.Name, Label: p.Name, From: "yours", Light: p.Light, Background: term.Default}
	for i, c := range p.Colors {
		made.Colors[i] = colorOf(c)
	}
	return New(made)
}

func colorOf(c config.Color) term.Color {
	if c.ByParts {
		return term.RGB(c.R, c.G, c.B)
	}
	return term.Palette(c.Index)
}
