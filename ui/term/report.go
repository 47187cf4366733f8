package term

import (
	"bytes"
	"strconv"
	"strings"
)

// What the terminal answers to us. Its events stay within the package.
const (
	attributesReport EventKind = 0xf0 + iota // to DA1, which every terminal answers
	textReport                               // its colour of text, in X
	groundReport                             // its colour of background, in X
)

// askColors asks for the colours of text and background (xterm's OSC 10 and 11), and
// then for what every terminal answers: after that no answer will come.
const askColors = "\x1b]10;?\x1b\\\x1b]11;?\x1b\\\x1b[c"

// report decodes a string that the terminal sent.
func (d *decoder) report(kind byte, body []byte) {
	if kind != ']' {
		return
	}
	code, value, _ := bytes.Cut(body, []byte{';'})
	c, ok := parseReported(string(value))
	if !ok {
		return
	}
	switch string(code) {
	case "10":
		d.out = append(d.out, Event{Kind: textReport, X: int(c)})
	case "11":
		d.out = append(d.out, Event{Kind: groundReport, X: int(c)})
	}
}

// parseReported reads a colour as XParseColor(3) has it: rgb:r/g/b, each of one to four
// hexadecimal digits. A fourth part of "rgba:" is passed over.
func parseReported(s string) (Color, bool) {
	name, values, _ := strings.Cut(s, ":")
	parts := strings.Split(values, "/")
	if !(name == "rgb" && len(parts) == 3 || name == "rgba" && len(parts) == 4) {
		return 0, false
	}
	var c [3]uint8
	for i := range c {
		digits := parts[i]
		v, err := strconv.ParseUint(digits, 16, 16)
		if err != nil || len(digits) > 4 {
			return 0, false
		}
		most := uint64(1)<<(4*len(digits)) - 1
		c[i] = uint8((v*255 + most/2) / most)
	}
	return RGB(c[0], c[1], c[2]), true
}

// colorFGBG reads the variable that rxvt and others set: "text;background" or
// "text;default;background", by numbers of the palette.
func colorFGBG(s string) (Color, bool) {
	n, err := strconv.ParseUint(s[strings.LastIndexByte(s, ';')+1:], 10, 8)
	if err != nil || n > 15 || !strings.Contains(s, ";") {
		return 0, false
	}
	return Palette(uint8(n)), true
}
