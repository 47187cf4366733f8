package term

import (
	"image"
	"sync"

	ui "github.com/gizak/termui/v3"
	tb "github.com/nsf/termbox-go"
)

// frame is the root of what termui draws. Its rectangle is empty, so that termui copies
// nothing: it sets termbox's cells itself. Of a screen of 200x60 this costs 59 µs
// instead of 2.4 ms.
type frame struct {
	sync.Mutex // termui's, which locks what it draws
	canvas     Canvas
	colors     Colors
	answer     *answer
	rgb        bool // termbox is in its mode of 2^24 colours
	text       Color
	degraded   map[Style]Style // of what is not in the terminal's colours
}

func newFrame(colors Colors, a *answer) *frame {
	return &frame{colors: colors, answer: a, degraded: map[Style]Style{}}
}

// GetRect is the area that termui would copy.
func (f *frame) GetRect() image.Rectangle { return image.Rectangle{} }

// SetRect does nothing: the canvas has its size.
func (f *frame) SetRect(_, _, _, _ int) {}

// Draw sets termbox's cells.
func (f *frame) Draw(*ui.Buffer) {
	var style Style
	var fg, bg tb.Attribute
	for y := range f.canvas.H {
		line := f.canvas.Cells[y*f.canvas.W:][:f.canvas.W]
		for x := range line {
			if c := &line[x]; c.Style != style || x == 0 {
				style = c.Style
				fg, bg = f.attributes(style)
			}
			tb.SetCell(x, y, line[x].Rune, fg, bg)
		}
	}
}

// show writes the canvas: what changed, or everything.
func (f *frame) show(whole bool) {
	if rgb := f.colors == TrueColor && f.canvas.hasRGB(); rgb != f.rgb || whole {
		f.setMode(rgb)
		whole = true
	}
	if !whole {
		ui.Render(f)
		return
	}
	_ = tb.Clear(tb.ColorDefault, tb.ColorDefault) // takes the terminal's size over
	f.Draw(nil)
	_ = tb.Sync()
}

// setMode tells termbox how to write colours. In its mode of 2^24 it knows no others:
// of the palette and of text in the terminal's own colour that is bold or the like, it
// would make black. So a picture without such colours is drawn in the other mode.
func (f *frame) setMode(rgb bool) {
	f.rgb = rgb
	switch {
	case rgb:
		tb.SetOutputMode(tb.OutputRGB)
		f.text = f.ownText()
	case f.colors == TrueColor || f.colors == Colors256:
		tb.SetOutputMode(tb.Output256)
	default:
		tb.SetOutputMode(tb.OutputNormal)
	}
}

// ownText returns the terminal's own colour of text. Where the terminal doesn't tell, it
// is the one that can be read on its background.
func (f *frame) ownText() Color {
	text, ground := f.answer.colors()
	switch {
	case text != Default:
		return text
	case ground != Default:
		return opposite(ground)
	}
	return Palette(7)
}

// attributes returns a style as termbox has it.
func (f *frame) attributes(s Style) (fg, bg tb.Attribute) {
	s = f.degrade(s)
	fg, bg = f.color(s.FG), f.color(s.BG)
	if f.rgb && s.FG == Default && s.Attr != 0 {
		fg = f.color(f.text)
	}
	for i, a := range [...]tb.Attribute{tb.AttrBold, tb.AttrDim, tb.AttrUnderline, tb.AttrReverse, tb.AttrCursive} {
		if s.Attr&(1<<i) != 0 {
			fg |= a
		}
	}
	return fg, bg
}

// maxDegraded bounds the styles that are kept: gradients have many.
const maxDegraded = 4096

func (f *frame) degrade(s Style) Style {
	if f.colors == TrueColor {
		return s
	}
	d, known := f.degraded[s]
	if !known {
		if len(f.degraded) == maxDegraded {
			clear(f.degraded)
		}
		d = s.Degrade(f.colors)
		f.degraded[s] = d
	}
	return d
}

// color returns a colour as termbox has it in its present mode: palettes count from 1.
func (f *frame) color(c Color) tb.Attribute {
	switch i, indexed := c.Index(); {
	case c == Default:
		return tb.ColorDefault
	case f.rgb:
		r, g, b, _ := c.RGB()
		return tb.RGBToAttribute(r, g, b)
	case indexed:
		return tb.Attribute(i) + 1
	}
	return tb.ColorDefault
}

// hasRGB reports whether a cell has a colour that is not of the palette.
func (c *Canvas) hasRGB() bool {
	for i := range c.Cells {
		if s := &c.Cells[i].Style; s.FG > 255 || s.BG > 255 {
			return true
		}
	}
	return false
}
