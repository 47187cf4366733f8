package term

import (
	"math"
	"strings"
	"sync"
)

// Colors is how many colours a terminal shows.
type Colors uint8

// What terminals can show. AutoColors asks the environment: see Options.
const (
	AutoColors Colors = iota
	TrueColor         // 2^24
	Colors256         // xterm's palette
	Colors16          // its first sixteen, which the terminal's user chooses
	NoColors          // attributes only
)

// trueColorTerms are parts of TERM's value that only terminals with 2^24 colours have.
var trueColorTerms = []string{"alacritty", "contour", "foot", "ghostty", "kitty", "wezterm", "-direct"}

// detectColors returns what the terminal of an environment can show. database is the
// number of colours by terminfo, 0 where it has no entry.
func detectColors(env func(string) string, database int) Colors {
	name := env("TERM")
	switch colorterm := env("COLORTERM"); {
	case env("NO_COLOR") != "":
		return NoColors
	case colorterm == "truecolor" || colorterm == "24bit":
		return TrueColor
	}
	for _, part := range trueColorTerms {
		if strings.Contains(name, part) {
			return TrueColor
		}
	}
	switch {
	case database >= 256 || strings.Contains(name, "256color"):
		return Colors256
	case database == noColors:
		return NoColors
	}
	return Colors16
}

// Degrade returns the style as a terminal of so many colours shows it: by the nearest
// colours that it has. What was legible is not made invisible: where text and background
// would become the same, the text is black or white.
func (s Style) Degrade(to Colors) Style {
	if to == TrueColor || to == AutoColors {
		return s
	}
	d := Style{s.FG.nearest(to), s.BG.nearest(to), s.Attr}
	if d.FG == d.BG && s.FG != s.BG && d.FG != Default {
		d.FG = opposite(d.BG)
	}
	return d
}

// opposite returns black or white, whichever is better read on bg.
func opposite(bg Color) Color {
	if r, g, b, _ := bg.RGB(); toLab(r, g, b).l > 50 {
		return Palette(0)
	}
	return Palette(15)
}

// nearest returns the colour that a terminal of so many colours has for c.
func (c Color) nearest(to Colors) Color {
	i, indexed := c.Index()
	switch {
	case c == Default || to == NoColors:
		return Default
	case to == Colors16 && !(indexed && i < 16):
		return Palette(nearestOf(c, 0, 16))
	case to == Colors256 && !indexed:
		return Palette(nearestOf(c, 16, 256)) // not of the sixteen: users change those
	}
	return c
}

// nearestOf returns the colour of the palette from first to before end that is the
// closest to c by the eye: by their distance in CIE L*a*b*.
func nearestOf(c Color, first, end int) uint8 {
	r, g, b, _ := c.RGB()
	want := toLab(r, g, b)
	best, least := first, math.Inf(1)
	for n, have := range labPalette()[first:end] {
		if d := want.distance(have); d < least {
			best, least = first+n, d
		}
	}
	return uint8(best)
}

// lab is a colour of CIE L*a*b* under D65, L* from 0 to 100.
type lab struct{ l, a, b float64 }

// distance returns the square of CIE76's difference.
func (c lab) distance(d lab) float64 {
	return (c.l-d.l)*(c.l-d.l) + (c.a-d.a)*(c.a-d.a) + (c.b-d.b)*(c.b-d.b)
}

// labPalette returns xterm's palette.
var labPalette = sync.OnceValue(func() *[256]lab {
	var all [256]lab
	for n := range all {
		all[n] = toLab(paletteRGB(uint8(n)))
	}
	return &all
})

// toLab converts from sRGB (IEC 61966-2-1) by way of XYZ.
func toLab(r, g, b uint8) lab {
	lr, lg, lb := linear(r), linear(g), linear(b)
	x := (0.4124*lr + 0.3576*lg + 0.1805*lb) / 0.95047
	y := 0.2126*lr + 0.7152*lg + 0.0722*lb
	z := (0.0193*lr + 0.1192*lg + 0.9505*lb) / 1.08883
	fx, fy, fz := labCurve(x), labCurve(y), labCurve(z)
	return lab{116*fy - 16, 500 * (fx - fy), 200 * (fy - fz)}
}

func linear(part uint8) float64 {
	v := float64(part) / 255
	if v <= 0.04045 {
		return v / 12.92
	}
	return math.Pow((v+0.055)/1.055, 2.4)
}

func labCurve(v float64) float64 {
	const bend = 216.0 / 24389
	if v > bend {
		return math.Cbrt(v)
	}
	return (24389.0/27*v + 16) / 116
}
