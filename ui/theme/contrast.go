package theme

import (
	"math"
	"slices"

	"sockeye/ui/term"
)

// What is read at a glance: WCAG 2.2 asks for 4.5 of text (1.4.3) and for 3 of lines and
// areas that mean something (1.4.11).
const (
	TextContrast = 4.5
	LineContrast = 3.0
)

// Contrast returns the contrast ratio of WCAG 2.2 between two colours, 1 to 21. A colour
// that is the terminal's own is not known, and neither is its contrast: ok is false.
func Contrast(a, b term.Color) (ratio float64, ok bool) {
	la, oka := luminance(a)
	lb, okb := luminance(b)
	if !oka || !okb {
		return 0, false
	}
	return ratioOf(la, lb), true
}

func ratioOf(a, b float64) float64 { return (max(a, b) + 0.05) / (min(a, b) + 0.05) }

// luminance returns the relative luminance of WCAG 2.2, 0 to 1.
func luminance(c term.Color) (l float64, ok bool) {
	r, g, b, ok := c.RGB()
	return 0.2126*linear(r) + 0.7152*linear(g) + 0.0722*linear(b), ok
}

// linear undoes the transfer function of sRGB (IEC 61966-2-1).
func linear(v uint8) float64 {
	x := float64(v) / 255
	if x <= 0.04045 {
		return x / 12.92
	}
	return math.Pow((x+0.055)/1.055, 2.4)
}

// seen is the luminance of a colour as it is, and as terminals of 256 colours show it.
type seen struct{ exact, coarse float64 }

func see(c term.Color) seen {
	exact, _ := luminance(c)
	coarse, _ := luminance(term.Style{FG: c, BG: term.Default}.Degrade(term.Colors256).FG)
	return seen{exact, coarse}
}

// legible reports whether a colour has that contrast on every one of these backgrounds,
// on either kind of terminal.
func legible(c term.Color, ratio float64, on ...seen) bool {
	exact, _ := luminance(c)
	for _, bg := range on {
		if ratioOf(exact, bg.exact) < ratio {
			return false // before the search for the nearest of 256, which takes long
		}
	}
	coarse := see(c).coarse
	return !slices.ContainsFunc(on, func(bg seen) bool { return ratioOf(coarse, bg.coarse) < ratio })
}

// steps is in how many steps a colour is changed until it fits.
const steps = 64

// towards returns the first colour on the way from c to another one that fits, and the
// other one where none does.
func towards(c, to term.Color, fits func(term.Color) bool) term.Color {
	for i := range steps {
		if m := mix(c, to, float64(i)/steps); fits(m) {
			return m
		}
	}
	return to
}

// raise returns the colour nearest to c, on the way to white or black, that has the
// contrast on every one of the backgrounds. They are all dark or all light.
func raise(c term.Color, ratio float64, on ...seen) term.Color {
	return towards(c, inkOn(on[0]), func(m term.Color) bool { return legible(m, ratio, on...) })
}

// tone returns c as loud as asked: with about that contrast on bg, brought down to it if
// it has more and up if it has less, and such that text can be read on it.
func tone(c term.Color, ratio float64, bg term.Color) term.Color {
	under := see(bg)
	fits := func(m term.Color) bool {
		return legible(m, ratio, under) && legible(ink(m), TextContrast, see(m))
	}
	if legible(c, ratio, under) {
		// Loud enough: the quietest that still is, if text can be read on any of them.
		if quiet := towards(bg, c, fits); fits(quiet) {
			return quiet
		}
	}
	return towards(c, inkOn(under), fits)
}

// ink returns black or white, whichever is read better on bg. One of them always has a
// contrast of 4.58 or more.
func ink(bg term.Color) term.Color {
	exact, _ := luminance(bg)
	return inkOn(seen{exact: exact})
}

func inkOn(bg seen) term.Color {
	if ratioOf(0, bg.exact) > ratioOf(1, bg.exact) {
		return term.RGB(0, 0, 0)
	}
	return term.RGB(255, 255, 255)
}

// mix returns the colour that lies the share, 0 to 1, of the way from a to b.
func mix(a, b term.Color, share float64) term.Color {
	ar, ag, ab, _ := a.RGB()
	br, bg, bb, _ := b.RGB()
	part := func(x, y uint8) uint8 { return uint8(math.Round(float64(x) + (float64(y)-float64(x))*share)) }
	return term.RGB(part(ar, br), part(ag, bg), part(ab, bb))
}

// apart returns how different two colours look: their distance in the OKLab space
// (Ottosson 2020), where 0.02 is just seen and 1 lies between black and white.
func apart(a, b term.Color) float64 {
	x, y := oklab(a), oklab(b)
	return math.Sqrt((x[0]-y[0])*(x[0]-y[0]) + (x[1]-y[1])*(x[1]-y[1]) + (x[2]-y[2])*(x[2]-y[2]))
}

// oklab returns lightness and the two axes of colour.
func oklab(c term.Color) [3]float64 {
	cr, cg, cb, _ := c.RGB()
	r, g, b := linear(cr), linear(cg), linear(cb)
	l := math.Cbrt(0.4122214708*r + 0.5363325363*g + 0.0514459929*b)
	m := math.Cbrt(0.2119034982*r + 0.6806995451*g + 0.1073969566*b)
	s := math.Cbrt(0.0883024619*r + 0.2817188376*g + 0.6299787005*b)
	return [3]float64{
		0.2104542553*l + 0.7936177850*m - 0.0040720468*s,
		1.9779984951*l - 2.4285922050*m + 0.4505937099*s,
		0.0259040371*l + 0.7827717662*m - 0.8086757660*s,
	}
}
