package theme

import "sockeye/ui/term"

// Fixed makes a theme of styles as they are given. Roles that have none are drawn as
// Text is, and that as the terminal does by itself. Nothing is asked of their contrast.
func Fixed(name, label string, background term.Color, styles map[Role]term.Style) *Theme {
	t := &Theme{Name: name, Label: label, From: ours, Background: background}
	text, ok := styles[Text]
	if !ok {
		text = term.Style{FG: term.Default, BG: background}
	}
	for r := range t.styles {
		t.styles[r] = text
		if s, ok := styles[Role(r)]; ok {
			t.styles[r] = s
		}
	}
	return t
}

// mono is for terminals without colour, and for NO_COLOR: roles differ by weight, slant,
// lines and reversal alone.
func mono() *Theme {
	a := func(a term.Attr) term.Style { return term.Plain.With(a) }
	return Fixed("mono", "Mono", term.Default, map[Role]term.Style{
		Text: a(0), Muted: a(0), Faint: a(term.Dim), Label: a(0), Border: a(0),
		Heading: a(term.Bold), Title: a(term.Bold), Accent: a(term.Bold),
		Warn: a(term.Italic), Bad: a(term.Bold | term.Italic),
		Sent: a(term.Bold), Received: a(0), Both: a(term.Bold), Process: a(term.Bold), Key: a(term.Bold),
		Rate2: a(term.Bold), Alert: a(term.Reverse | term.Bold),
		Selected: a(term.Reverse), Hover: a(term.Italic | term.Underline),
		Bar: a(term.Underline), BarSent: a(term.Underline | term.Bold), BarReceived: a(term.Underline), Bar2: a(term.Underline | term.Dim),
		Header: a(term.Bold), Status: a(term.Bold), Input: a(term.Underline), Cursor: a(term.Reverse),
		Popup: a(0), Match: a(term.Reverse | term.Underline),
	})
}

// ansi16 uses the 16 colours that every terminal has had since 1990, as far as they are
// legible on black in xterm's mixture: its two blues and the dark red are not. Boxes and
// the bars of the screen lie on black, too, since few of the sixteen are read on another.
func ansi16() *Theme {
	on := func(fg, bg uint8, a term.Attr) term.Style {
		return term.Style{FG: term.Palette(fg), BG: term.Palette(bg), Attr: a}
	}
	c := func(fg uint8) term.Style { return on(fg, 0, 0) }
	b := func(fg uint8) term.Style { return on(fg, 0, term.Bold) }
	return Fixed("ansi16", "16 colors", term.Palette(0), map[Role]term.Style{
		Text: c(7), Muted: c(8), Faint: c(8), Label: c(6), Heading: b(6), Title: b(14), Accent: b(15),
		Good: c(10), Warn: c(11), Bad: c(9), Sent: c(11), Received: c(14), Both: c(15),
		Rate2: c(15), Rate10: c(7), Rate40: c(8), Local: c(7), Remote: c(14), Process: c(10), Service: c(13),
		Border: c(8), Key: b(11), Alert: on(0, 9, term.Bold),
		Selected: on(0, 7, term.Bold), Hover: on(15, 4, 0), Popup: c(7),
		Bar: on(0, 6, 0), Bar2: on(0, 8, 0), BarSent: on(0, 3, 0), BarReceived: on(0, 6, 0),
		Status: b(15), Header: b(15), Input: on(0, 15, 0), Cursor: on(15, 5, 0), Match: on(0, 11, term.Bold),
	})
}
