package main

import (
	"fmt"
	"strings"
)

// roff writes a page of the manual in the macros of man(7), those alone that groff and
// mandoc both know. Text has one mark: what stands between backquotes is to be typed as
// it is.
type roff struct {
	b     strings.Builder
	below bool // a paragraph is not the first below its title
}

// title begins a page. date is "" where it is not known.
func (r *roff) title(name, date, source string) {
	fmt.Fprintf(&r.b, ".TH %s 1 \"%s\" \"%s\" \"User Commands\"\n", strings.ToUpper(name), date, escapeRoff(source))
	// No hyphenation and no justified lines: options must not be torn.
	r.b.WriteString(".nh\n.ad l\n")
}

func (r *roff) section(title string) {
	fmt.Fprintf(&r.b, ".SH %s\n", escapeRoff(strings.ToUpper(title)))
	r.below = false
}

func (r *roff) subsection(title string) {
	fmt.Fprintf(&r.b, ".SS %s\n", escapeRoff(title))
	r.below = false
}

// paragraph begins one, which a title has done already for what follows it.
func (r *roff) paragraph() {
	if r.below {
		r.b.WriteString(".PP\n")
	}
	r.below = true
}

// text writes paragraphs.
func (r *roff) text(paragraphs ...string) {
	for _, p := range paragraphs {
		r.paragraph()
		r.b.WriteString(markedRoff(p) + "\n")
	}
}

// item writes what tag stands for, below it.
func (r *roff) item(tag, text string) {
	fmt.Fprintf(&r.b, ".TP\n%s\n%s\n", markedRoff(tag), markedRoff(text))
	r.below = true
}

// example writes lines as they are.
func (r *roff) example(lines ...string) {
	r.paragraph()
	r.b.WriteString(".RS 4\n.nf\n")
	for _, line := range lines {
		r.b.WriteString(lineStart(escapeRoff(line)) + "\n")
	}
	r.b.WriteString(".fi\n.RE\n")
}

// markedRoff returns a text with what is between backquotes in bold.
func markedRoff(s string) string {
	var b strings.Builder
	for i, part := range strings.Split(s, "`") {
		switch {
		case part == "":
		case i%2 == 1:
			b.WriteString(`\fB` + escapeRoff(part) + `\fR`)
		default:
			b.WriteString(escapeRoff(part))
		}
	}
	return lineStart(b.String())
}

// lineStart keeps a line from being taken for a request.
func lineStart(s string) string {
	if s == "" || s[0] == '.' || s[0] == '\'' {
		return `\&` + s
	}
	return s
}

// roffNames are the characters that roff would change, or take for its own: a bare hyphen
// is no minus, and quotes and accents come out curled (groff_char(7)).
var roffNames = map[rune]string{
	'\\': `\(rs`, '-': `\-`, '\'': `\(aq`, '`': `\(ga`, '^': `\(ha`, '~': `\(ti`, '"': `\(dq`, '\n': " ",
}

// escapeRoff returns a text that comes out as it is. Characters beyond ASCII are named by
// their numbers, since pages are read in any locale.
func escapeRoff(s string) string {
	var b strings.Builder
	for _, c := range s {
		name, named := roffNames[c]
		switch {
		case named:
			b.WriteString(name)
		case c < ' ' || c == 0x7f:
			b.WriteByte(' ')
		case c > '~':
			fmt.Fprintf(&b, `\[u%04X]`, c)
		default:
			b.WriteRune(c)
		}
	}
	return b.String()
}
