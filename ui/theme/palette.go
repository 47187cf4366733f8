package theme

import (
	"cmp"
	"slices"

	"sockeye/ui/term"
)

// Palette is what a theme is made of: six colours and what they stand on. The six have
// the places that iftoprs gave them: the first leads and frames, the second is for names
// and what is new, the third for processes, the fourth and the fifth for what is older,
// the sixth for bars.
type Palette struct {
	Name, Label, From string
	Light             bool
	Background        term.Color // Default for nearly black, or white where Light
	Colors            [6]term.Color

	Signals *[3]term.Color // good, warn and bad; nil for green, amber and red
}

// New makes a theme of a palette. Text has at least TextContrast on the background and
// on every surface that lies over it, lines and bars have LineContrast, however dark the
// colours are: they are made lighter, or darker on a light background, as far as needed.
func New(p Palette) *Theme {
	d := newDyes(p)
	t := &Theme{Name: p.Name, Label: p.Label, From: p.From, Light: p.Light, Background: d.background}
	for r := range t.styles {
		t.styles[r] = term.Style{FG: d.text, BG: d.background}
	}
	d.words(t)
	d.numbers(t)
	d.surfacesOf(t)
	d.bars(t)
	return t
}

// dyes is a palette made ready: everything that may be text is legible on every surface.
type dyes struct {
	Palette
	background term.Color
	surfaces   []term.Color // that text of any role may lie on, the background first
	under      []seen       // the same
	text       term.Color   // of no hue
	c          [6]term.Color
	sent       term.Color
	received   term.Color
}

// The backgrounds of those that have none: nearly black, so that what is black by its
// palette is not lost, and white. Xterm has both in its 256.
var (
	night = term.Palette(232)
	paper = term.Palette(231)
)

// How far surfaces lie from the background, towards what is written on them.
const (
	hoverShare  = 0.09
	popupShare  = 0.05
	headerShare = 0.07
	statusShare = 0.03
)

func newDyes(p Palette) *dyes {
	d := &dyes{Palette: p, background: p.Background}
	if d.background == term.Default {
		d.background = night
		if p.Light {
			d.background = paper
		}
	}
	far := ink(d.background)
	for _, share := range []float64{0, hoverShare, popupShare, headerShare, statusShare} {
		surface := mix(d.background, far, share)
		d.surfaces, d.under = append(d.surfaces, surface), append(d.under, see(surface))
	}
	d.text = mix(far, d.background, 0.1)
	for i, c := range p.Colors {
		d.c[i] = d.raised(c)
	}
	d.received = d.c[1]
	d.sent = d.unlike(d.received)
	return d
}

// raised makes a colour legible on every surface.
func (d *dyes) raised(c term.Color) term.Color { return raise(c, TextContrast, d.under...) }

// minApart is how different what is sent and what is received have to look, as text and
// as bars.
const minApart = 0.1

// unlike returns the colour of the palette that differs most from c. A palette of one hue
// has none that differs enough: it is given one of ours, warm or cool.
func (d *dyes) unlike(c term.Color) term.Color {
	best := d.farthest(c, d.c[:])
	if d.apart(best, c) < minApart {
		best = d.farthest(c, []term.Color{d.raised(term.RGB(255, 175, 95)), d.raised(term.RGB(95, 175, 255))})
	}
	return best
}

// farthest returns which of the colours differs most from c.
func (d *dyes) farthest(c term.Color, from []term.Color) term.Color {
	return slices.MaxFunc(from, func(a, b term.Color) int { return cmp.Compare(d.apart(a, c), d.apart(b, c)) })
}

// apart returns how different two colours look as text or as bars, whichever is less:
// bars are equally light, so that colours of one hue become one.
func (d *dyes) apart(a, b term.Color) float64 {
	return min(apart(a, b), apart(d.toned(a), d.toned(b)))
}

// toned returns the background of a bar of that colour.
func (d *dyes) toned(c term.Color) term.Color { return tone(c, barContrast, d.background) }

// words sets the roles of names and labels.
func (d *dyes) words(t *Theme) {
	set := func(r Role, fg term.Color, a term.Attr) {
		t.styles[r] = term.Style{FG: fg, BG: d.background, Attr: a}
	}
	faint := d.raised(mix(d.text, d.background, 0.6))
	set(Muted, d.raised(mix(faint, d.text, 0.45)), 0)
	set(Faint, faint, 0)
	set(Label, d.raised(mix(d.c[2], d.text, 0.5)), 0)
	set(Heading, d.c[0], term.Bold)
	set(Title, d.c[1], term.Bold)
	set(Accent, d.c[3], term.Bold)
	set(Local, d.text, 0)
	set(Remote, d.c[1], 0)
	set(Process, d.c[2], 0)
	set(Service, d.c[4], 0)
	set(Key, d.c[1], term.Bold)
	signals := [...]term.Color{term.RGB(95, 215, 135), term.RGB(255, 175, 0), term.RGB(255, 95, 95)}
	if d.Signals != nil {
		signals = *d.Signals
	}
	for i, c := range signals {
		set(Good+Role(i), d.raised(c), 0)
	}
}

// numbers sets the roles of figures, curves and lines.
func (d *dyes) numbers(t *Theme) {
	for r, fg := range map[Role]term.Color{
		Sent: d.sent, Received: d.received, Both: d.c[0],
		Rate2: d.c[1], Rate10: d.c[3], Rate40: d.c[4],
		Border: raise(tone(d.Colors[5], LineContrast, d.background), LineContrast, d.under...),
	} {
		t.styles[r].FG = fg
	}
}

// surfacesOf sets the roles that have a background of their own.
func (d *dyes) surfacesOf(t *Theme) {
	on := func(r Role, fg, bg term.Color, a term.Attr) {
		t.styles[r] = term.Style{FG: raise(fg, TextContrast, see(bg)), BG: bg, Attr: a}
	}
	on(Hover, d.text, d.surfaces[1], 0)
	on(Popup, d.text, d.surfaces[2], 0)
	on(Header, d.text, d.surfaces[3], 0)
	on(Status, d.text, d.surfaces[4], 0)
	loud := mix(d.background, d.c[0], 0.36)
	on(Selected, ink(d.background), towards(loud, d.background, func(bg term.Color) bool {
		return legible(ink(d.background), TextContrast, see(bg))
	}), term.Bold)
	on(Input, ink(d.background), mix(d.background, ink(d.background), 0.2), 0)
	on(Cursor, d.background, d.text, 0)
	on(Match, ink(d.c[3]), d.c[3], term.Bold)
	bad := t.styles[Bad].FG
	on(Alert, ink(bad), bad, term.Bold)
}

// Bars are no louder than they have to be: what matters is written on them.
const (
	barContrast  = 3.7
	bar2Contrast = LineContrast
)

// bars sets the roles of bars, with the text on them.
func (d *dyes) bars(t *Theme) {
	for r, c := range map[Role]term.Color{
		Bar:         d.toned(d.Colors[5]),
		Bar2:        tone(d.Colors[5], bar2Contrast, d.background),
		BarSent:     d.toned(d.sent),
		BarReceived: d.toned(d.received),
	} {
		t.styles[r] = term.Style{FG: ink(c), BG: c}
	}
}
