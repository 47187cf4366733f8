package theme

import "sockeye/ui/term"

// ours says whose palette it is where nobody else made it.
const ours = "sockeye"

// ourPalettes were made for this program.
var ourPalettes = []Palette{
	hex("light", "Light", ours, 0xffffff, 0x3b4a9c, 0x005f87, 0x6f42a1, 0x9a3b00, 0x2d6a4f, 0x7c9ccf).onLight(),
	// The colours of Okabe and Ito (2008), which are told apart with any sight: of their
	// eight the signals are bluish green, orange and vermilion.
	hex("colorblind", "Color-blind safe", ours, 0x0c0c10, 0x56b4e9, 0x56b4e9, 0xcc79a7, 0xe69f00, 0xf0e442, 0x0072b2).
		signals(0x009e73, 0xe69f00, 0xd55e00),
}

// rustnetPalettes have the names of RustNet's themes. The first two are colours of our
// own; the others are the published palettes of these names.
var rustnetPalettes = []Palette{
	hex("muted", "Muted", "rustnet", 0x14171c, 0x7a9cc6, 0x86c1b9, 0xb7a5d3, 0xd8b076, 0x9aa7b5, 0x4f6a8f).
		signals(0x8fbf8f, 0xd8b076, 0xdb7f7f),
	hex("vivid", "Vivid", "rustnet", 0x0a0a0a, 0x00afff, 0x00ffd7, 0xff5fff, 0xffd700, 0x5fff5f, 0x5f5fff).
		signals(0x00ff5f, 0xffd700, 0xff5f5f),
	hex("catppuccin-mocha", "Catppuccin Mocha", "rustnet", 0x1e1e2e, 0xcba6f7, 0x89dceb, 0xf5c2e7, 0xfab387, 0x94e2d5, 0x89b4fa).
		signals(0xa6e3a1, 0xf9e2af, 0xf38ba8),
	hex("tokyo-night", "Tokyo Night", "rustnet", 0x1a1b26, 0x7aa2f7, 0x7dcfff, 0xbb9af7, 0xff9e64, 0x73daca, 0x3d59a1).
		signals(0x9ece6a, 0xe0af68, 0xf7768e),
	hex("gruvbox", "Gruvbox", "rustnet", 0x282828, 0xfabd2f, 0x83a598, 0xd3869b, 0xfe8019, 0x8ec07c, 0x458588).
		signals(0xb8bb26, 0xfabd2f, 0xfb4934),
	hex("nord", "Nord", "rustnet", 0x2e3440, 0x81a1c1, 0x88c0d0, 0xb48ead, 0xd08770, 0x8fbcbb, 0x5e81ac).
		signals(0xa3be8c, 0xebcb8b, 0xbf616a),
}

// hex makes a palette of colours as they are written on the Web.
func hex(name, label, from string, background uint32, colors ...uint32) Palette {
	p := Palette{Name: name, Label: label, From: from, Background: rgb(background)}
	for i, c := range colors {
		p.Colors[i] = rgb(c)
	}
	return p
}

func (p Palette) onLight() Palette { p.Light = true; return p }

func (p Palette) signals(good, warn, bad uint32) Palette {
	p.Signals = &[3]term.Color{rgb(good), rgb(warn), rgb(bad)}
	return p
}

func rgb(c uint32) term.Color { return term.RGB(uint8(c>>16), uint8(c>>8), uint8(c)) }
