package term

import (
	"testing"

	tb "github.com/nsf/termbox-go"
)

// TestAttributes looks at what termbox is given: counting from 1 in its modes of
// palettes, and nothing but RGB in that of 2^24 colours.
func TestAttributes(t *testing.T) {
	orange := RGB(255, 200, 0)
	for _, row := range []struct {
		name   string
		colors Colors
		rgb    bool
		style  Style
		fg, bg tb.Attribute
	}{
		{"plain", Colors256, false, Plain, tb.ColorDefault, tb.ColorDefault},
		{"attributes only", Colors256, false, Plain.With(Bold | Dim | Underline | Reverse | Italic),
			tb.AttrBold | tb.AttrDim | tb.AttrUnderline | tb.AttrReverse | tb.AttrCursive, tb.ColorDefault},
		{"palette", Colors256, false, Style{Palette(0), Palette(255), 0}, 1, 256},
		{"palette without RGB in the picture", TrueColor, false, Style{Palette(7), Default, Bold}, 8 | tb.AttrBold, tb.ColorDefault},
		{"RGB", TrueColor, true, Style{orange, RGB(0, 0, 0), 0}, tb.RGBToAttribute(255, 200, 0), tb.RGBToAttribute(0, 0, 0)},
		{"palette beside RGB", TrueColor, true, Style{Palette(9), Default, 0}, tb.RGBToAttribute(255, 0, 0), tb.ColorDefault},
		{"own colour beside RGB", TrueColor, true, Plain, tb.ColorDefault, tb.ColorDefault},
		{"own colour, bold, beside RGB", TrueColor, true, Plain.With(Bold), tb.RGBToAttribute(1, 2, 3) | tb.AttrBold, tb.ColorDefault},
		{"256 of RGB", Colors256, false, Style{orange, Default, 0}, 221, tb.ColorDefault},
		{"16 of RGB", Colors16, false, Style{RGB(255, 0, 0), RGB(0, 0, 0), 0}, tb.ColorLightRed, tb.ColorBlack},
		{"none of RGB", NoColors, false, Style{orange, RGB(0, 0, 0), Reverse}, tb.AttrReverse, tb.ColorDefault},
	} {
		f := newFrame(row.colors, newAnswer())
		f.rgb, f.text = row.rgb, RGB(1, 2, 3)
		for range 2 { // once worked out, once known
			if fg, bg := f.attributes(row.style); fg != row.fg || bg != row.bg {
				t.Errorf("%s: got %#x on %#x, want %#x on %#x", row.name, fg, bg, row.fg, row.bg)
			}
		}
	}
}

func TestOwnText(t *testing.T) {
	for _, row := range []struct {
		name         string
		text, ground Color
		want         Color
	}{
		{"told", RGB(1, 2, 3), RGB(0, 0, 0), RGB(1, 2, 3)},
		{"on dark", Default, RGB(20, 20, 20), Palette(15)},
		{"on light", Default, RGB(250, 250, 240), Palette(0)},
		{"not known", Default, Default, Palette(7)},
	} {
		a := newAnswer()
		a.take(Event{Kind: groundReport, X: int(row.ground)})
		if row.text != Default {
			a.take(Event{Kind: textReport, X: int(row.text)})
		}
		if got := newFrame(TrueColor, a).ownText(); got != row.want {
			t.Errorf("%s: got %v, want %v", row.name, got, row.want)
		}
	}
}
