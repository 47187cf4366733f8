package filter

import (
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"
)

// failAt ends the parse with a fault at a place of the text.
func (p *parser) failAt(where int, format string, args ...any) {
	if p.fail != nil {
		return
	}
	p.fail = &Error{Offset: where, Reason: fmt.Sprintf(format, args...)}
	if p.tok.kind == tokenBad {
		p.fail.Offset, p.fail.Reason = p.tok.at, p.tok.reason
	}
	p.tok = token{kind: tokenEnd, at: len(p.lex.text), end: len(p.lex.text)}
}

// unexpected says that the next token is not what the grammar wants.
func (p *parser) unexpected(want string) {
	if p.tok.kind == tokenEnd {
		p.failAt(p.tok.at, "%s is missing at the end", want)
		return
	}
	p.failAt(p.tok.at, "%s is expected here, not %s", want, quote(p.tok.text))
}

// unexpectedJoint says that a whole primitive is followed by something that cannot
// follow it.
func (p *parser) unexpectedJoint() {
	switch {
	case p.tok.is(")"):
		p.failAt(p.tok.at, `")" closes nothing`)
	case p.prev.kind == tokenName && isDisplayField(p.prev.text):
		p.foreign(p.prev.at, p.prev.text)
	case p.prev.isRole(roleProto) && p.tok.kind == tokenOperator && compares(p.tok.text):
		p.failAt(p.prev.at, "%s is no value: a field of it is, such as %s[0]", quote(p.prev.text), p.prev.text)
	case p.prev.isRole(roleProto) && p.tok.isIdentifier():
		p.failAt(p.tok.at, "%s needs a word such as host, net or port between it and %s", quote(p.tok.text), quote(p.prev.text))
	default:
		p.unexpected(`"and" or "or"`)
	}
}

// unqualified says that an id has no qualifiers to take over.
func (p *parser) unqualified(where int, text string) {
	if isDisplayField(text) {
		p.foreign(where, text)
	}
	p.failAt(where, "%s needs a word such as host, net or port in front of it", quote(text))
}

// foreign says that a word is of another language.
func (p *parser) foreign(where int, text string) {
	p.failAt(where, "%s is a field of Wireshark's display filters, which are another language", quote(text))
}

// uncompared says that a value is not compared with anything.
func (p *parser) uncompared(x arith) {
	if t := p.tok; t.kind != tokenEnd && !t.isJoint() && !t.is(")") {
		p.unexpected("an operator such as = or >")
		return
	}
	p.failAt(x.pos(), "a value must be compared with another, as in len > 100")
}

// missing says that an operand is missing, or cannot start like this.
func (p *parser) missing(s scope) {
	t := p.tok
	what := "an expression"
	if !s.terms {
		what = wanted(s.taken)
	}
	switch {
	case t.kind == tokenEnd && p.prev.end == 0:
		p.unexpected(what)
	case t.kind == tokenEnd:
		p.failAt(t.at, "%s is missing behind %s", what, quote(p.prev.text))
	case t.isRole(roleProtoKind) && s.taken.dir != dirNone:
		p.failAt(t.at, "%s cannot have %s in front of it", quote(t.text), quote(p.prev.text))
	case t.kind == tokenKeyword && !t.isJoint() && !s.terms:
		p.failAt(t.at, `%s is a keyword, not %s`, quote(t.text), what)
	case t.isJoint() && s.terms && s.taken == (qualifiers{}) && p.prev.end == 0:
		p.failAt(t.at, "%s is missing in front of %s", what, quote(t.text))
	default:
		p.unexpected(what)
	}
}

// wanted names what the qualifiers ask for.
func wanted(q qualifiers) string {
	switch q.kind {
	case kindNet:
		return "a network"
	case kindPort:
		return "a port"
	case kindPortRange:
		return "a range of ports"
	case kindProto, kindProtoChain:
		return "a protocol"
	}
	return "a host"
}

// longestQuote is how much of the text an error repeats.
const longestQuote = 40

// quote puts a piece of the text in quotes, cut where it is long. Text that would
// not print well is escaped.
func quote(s string) string {
	if len(s) > longestQuote {
		n := longestQuote
		for n > 0 && !utf8.RuneStart(s[n]) {
			n--
		}
		s = s[:n] + "…"
	}
	switch {
	case !isPlain(s):
		return strconv.Quote(s)
	case strings.Contains(s, `"`):
		return "'" + s + "'"
	}
	return `"` + s + `"`
}

// isPlain reports whether s can be printed as it is.
func isPlain(s string) bool {
	if !utf8.ValidString(s) {
		return false
	}
	for _, r := range s {
		if !strconv.IsPrint(r) {
			return false
		}
	}
	return true
}
