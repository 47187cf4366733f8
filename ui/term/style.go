package term

// Color is a colour of a cell: Default, one of the terminal's palette (Palette), or one
// by its parts (RGB). What the terminal cannot show is shown by the nearest that it can.
type Color int32

// Default is the terminal's own colour of text or background.
const Default Color = -1

const rgbFlag = 1 << 24

// Palette returns colour n of xterm's 256.
func Palette(n uint8) Color { return Color(n) }

// RGB returns a colour by its parts in sRGB.
func RGB(r, g, b uint8) Color { return rgbFlag | Color(r)<<16 | Color(g)<<8 | Color(b) }

// Index returns the number of a colour of the palette, false for another one.
func (c Color) Index() (uint8, bool) { return uint8(c), c >= 0 && c < 256 }

// RGB returns the parts of a colour in sRGB: of the palette's those of xterm. They are
// not known of Default.
func (c Color) RGB() (r, g, b uint8, ok bool) {
	switch {
	case c&rgbFlag != 0 && c > 0:
		return uint8(c >> 16), uint8(c >> 8), uint8(c), true
	case c < 0:
		return 0, 0, 0, false
	}
	r, g, b = paletteRGB(uint8(c))
	return r, g, b, true
}

// base16 are xterm's first colours.
var base16 = [16][3]uint8{
	{0, 0, 0}, {205, 0, 0}, {0, 205, 0}, {205, 205, 0}, {0, 0, 238}, {205, 0, 205}, {0, 205, 205}, {229, 229, 229},
	{127, 127, 127}, {255, 0, 0}, {0, 255, 0}, {255, 255, 0}, {92, 92, 255}, {255, 0, 255}, {0, 255, 255}, {255, 255, 255},
}

// cubeSteps are the six values of a part in xterm's cube of colours.
var cubeSteps = [6]uint8{0, 95, 135, 175, 215, 255}

// paletteRGB returns the parts of xterm's colour n: 16 base colours, a cube of 6x6x6,
// 24 greys.
func paletteRGB(n uint8) (r, g, b uint8) {
	switch {
	case n < 16:
		c := base16[n]
		return c[0], c[1], c[2]
	case n < 232:
		n -= 16
		return cubeSteps[n/36], cubeSteps[n/6%6], cubeSteps[n%6]
	}
	v := 8 + 10*(n-232)
	return v, v, v
}

// Attr is a set of what a cell's text is besides its colour.
type Attr uint8

// The attributes.
const (
	Bold Attr = 1 << iota
	Dim
	Underline
	Reverse
	Italic
)

// Style is how a cell looks. The zero value is black on black: begin with Plain.
type Style struct {
	FG, BG Color
	Attr   Attr
}

// Plain is text as the terminal shows it by itself.
var Plain = Style{FG: Default, BG: Default}

// On returns s on another background.
func (s Style) On(bg Color) Style { s.BG = bg; return s }

// With returns s with more attributes.
func (s Style) With(a Attr) Style { s.Attr |= a; return s }
