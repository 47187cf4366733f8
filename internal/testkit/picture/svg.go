package picture

import (
	"bytes"
	"encoding/xml"
	"fmt"

	"sockeye/ui/term"
)

// The measures of a picture in pixels. Nearly all fonts of fixed width are 0.6 of their
// height wide.
const (
	fontSize   = 14.0
	cellWidth  = fontSize * 0.6
	cellHeight = 18.0
	baseline   = 13.5 // below the top of a cell
	margin     = 8.0
)

// fonts are named and not brought along: which of them is there makes no difference to
// where things stand.
const fonts = "ui-monospace,'DejaVu Sans Mono','Cascadia Mono',Menlo,Consolas,'Liberation Mono',monospace"

// SVG returns a picture of a canvas. title says what it shows to those who cannot see it.
func SVG(c *term.Canvas, title string) []byte {
	p := painter{canvas: c, ground: groundOf(c)}
	for y := range c.H {
		p.backgrounds(y)
	}
	for y := range c.H {
		p.shapes(y)
		p.words(y)
	}
	w, h := float64(c.W)*cellWidth+2*margin, float64(c.H)*cellHeight+2*margin
	var b bytes.Buffer
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" width="%s" height="%s" viewBox="0 0 %[1]s %[2]s" role="img">`+"\n", px(w), px(h))
	fmt.Fprintf(&b, "<title>%s</title>\n", escaped(title))
	fmt.Fprintf(&b, `<rect width="%s" height="%s" rx="6" fill="%s"/>`+"\n", px(w), px(h), p.ground)
	fmt.Fprintf(&b, `<g transform="translate(%s %[1]s)">`+"\n", px(margin))
	for _, s := range p.paths {
		fmt.Fprintf(&b, `<path %s d="%s"/>`+"\n", s.look, s.data.Bytes())
	}
	fmt.Fprintf(&b, `<g font-family="%s" font-size="%s" xml:space="preserve">`+"\n", fonts, px(fontSize))
	b.Write(p.text.Bytes())
	b.WriteString("</g>\n</g>\n</svg>\n")
	return b.Bytes()
}

// painter collects a picture: what lies below first, and shapes of one look in one path.
type painter struct {
	canvas *term.Canvas
	ground string // the colour of what has no other
	paths  []*path
	text   bytes.Buffer
}

// path is all shapes of one look.
type path struct {
	look string // its attributes
	data bytes.Buffer
}

// path returns the path of a look.
func (p *painter) path(look string) *bytes.Buffer {
	for _, s := range p.paths {
		if s.look == look {
			return &s.data
		}
	}
	s := &path{look: look}
	p.paths = append(p.paths, s)
	return &s.data
}

// backgrounds draws what lies behind a line, in one piece where the colour is the same.
func (p *painter) backgrounds(y int) {
	for x := 0; x < p.canvas.W; {
		_, bg := colorsOf(p.canvas.At(x, y).Style)
		n := 1
		for x+n < p.canvas.W && sameGround(p.canvas.At(x+n, y).Style, bg) {
			n++
		}
		if bg != p.ground {
			// The class keeps backgrounds apart from shapes of the same colour, which lie
			// above them.
			p.fill(`class="bg" fill="`+bg+`"`, x, y, rect{0, 0, float64(n), 1})
		}
		x += n
	}
}

func sameGround(s term.Style, bg string) bool {
	_, is := colorsOf(s)
	return is == bg
}

// shapes draws the blocks and lines of a line, and what underlines it.
func (p *painter) shapes(y int) {
	for x := range p.canvas.W {
		cell := p.canvas.At(x, y)
		fg, _ := colorsOf(cell.Style)
		parts, density := blocks(cell.Rune)
		if cell.Style.Attr&term.Dim != 0 {
			density *= dimmed
		}
		for _, part := range parts {
			p.fill(filled(fg, density), x, y, part)
		}
		if a, ok := lines[cell.Rune]; ok {
			p.lines(x, y, a, round(cell.Rune), fg)
		}
		if isUnderlined(cell.Style) && (x == 0 || p.canvas.At(x-1, y).Style != cell.Style) {
			n := 1
			for x+n < p.canvas.W && p.canvas.At(x+n, y).Style == cell.Style {
				n++
			}
			p.fill(filled(fg, 1), x, y, rect{0, (baseline + 1.5) / cellHeight, float64(n), 1 / cellHeight})
		}
	}
}

func isUnderlined(s term.Style) bool { return s.Attr&term.Underline != 0 }

// lines draws a box-drawing character, from each edge that it touches to the middle.
func (p *painter) lines(x, y int, a arms, round bool, fg string) {
	midX, midY := (float64(x)+0.5)*cellWidth, (float64(y)+0.5)*cellHeight
	if round {
		side, end := float64(x)*cellWidth, float64(y)*cellHeight
		if a.right != 0 {
			side += cellWidth
		}
		if a.down != 0 {
			end += cellHeight
		}
		fmt.Fprintf(p.path(stroked(fg, 1)), "M%s %sQ%s %[2]s %[3]s %s", px(side), px(midY), px(midX), px(end))
		return
	}
	for _, e := range [...]struct {
		weight uint8
		x, y   float64
	}{
		{a.left, float64(x) * cellWidth, midY}, {a.up, midX, float64(y) * cellHeight},
		{a.right, float64(x+1) * cellWidth, midY}, {a.down, midX, float64(y+1) * cellHeight},
	} {
		if e.weight != 0 {
			fmt.Fprintf(p.path(stroked(fg, e.weight)), "M%s %sL%s %s", px(midX), px(midY), px(e.x), px(e.y))
		}
	}
}

// words writes the text of a line. What is not of ASCII stands by itself: fonts may lack
// it, and that of another font may have another width.
func (p *painter) words(y int) {
	for x := 0; x < p.canvas.W; {
		first := p.canvas.At(x, y)
		n := 1
		if r := first.Rune; r == ' ' || r == 0 || isShape(r) {
			x++
			continue
		}
		runes := []rune{first.Rune}
		for first.Rune < 0x80 && x+n < p.canvas.W {
			next := p.canvas.At(x+n, y)
			if next.Rune < ' ' || next.Rune >= 0x80 || next.Style != first.Style || next.Rune == ' ' && runes[n-1] == ' ' {
				break
			}
			runes = append(runes, next.Rune)
			n++
		}
		text := string(bytes.TrimRight([]byte(string(runes)), " "))
		p.word(x, y, text, first.Style)
		x += n
	}
}

// word writes one run of text, as wide as its cells are.
func (p *painter) word(x, y int, text string, s term.Style) {
	fg, _ := colorsOf(s)
	fmt.Fprintf(&p.text, `<text x="%s" y="%s"`, px(float64(x)*cellWidth), px(float64(y)*cellHeight+baseline))
	if n := len(text); n > 1 && text[0] < 0x80 {
		fmt.Fprintf(&p.text, ` textLength="%s"`, px(float64(n)*cellWidth))
	}
	fmt.Fprintf(&p.text, ` fill="%s"`, fg)
	for _, a := range []struct {
		attr term.Attr
		text string
	}{{term.Bold, ` font-weight="bold"`}, {term.Italic, ` font-style="italic"`}, {term.Dim, fmt.Sprintf(` fill-opacity="%v"`, dimmed)}} {
		if s.Attr&a.attr != 0 {
			p.text.WriteString(a.text)
		}
	}
	fmt.Fprintf(&p.text, ">%s</text>\n", escaped(text))
}

// fill adds a part of a cell to the path of a look.
func (p *painter) fill(look string, x, y int, r rect) {
	fmt.Fprintf(p.path(look), "M%s %sh%sv%sh-%[3]sz",
		px((float64(x)+r.x)*cellWidth), px((float64(y)+r.y)*cellHeight), px(r.w*cellWidth), px(r.h*cellHeight))
}

func isShape(r rune) bool {
	parts, _ := blocks(r)
	return parts != nil || lines[r] != arms{}
}

func escaped(text string) string {
	var b bytes.Buffer
	_ = xml.EscapeText(&b, []byte(text)) // a buffer takes everything
	return b.String()
}
