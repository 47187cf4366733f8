package filter

import (
	"math"
	"strings"
	"unicode/utf8"
)

// A token is a piece of the text that the grammar takes as one.
type token struct {
	kind    tokenKind
	at, end int     // where it starts and ends in the text
	text    string  // as written, but a name without its backslash; an operator in one spelling
	num     uint32  // tokenNumber
	word    keyword // tokenKeyword
	reason  string  // tokenBad: what is wrong with it
}

type tokenKind uint8

const (
	tokenEnd tokenKind = iota
	tokenKeyword
	tokenOperator // + - * / % & | ^ << >> = != > >= < <= ( ) [ ] :
	tokenNumber
	tokenName   // any other word, and whatever has a backslash in front
	tokenDotted // 10.1, 10.1.2, 10.1.2.3
	tokenIPv6
	tokenMAC
	tokenAID
	tokenBad
)

// is reports whether t is the operator.
func (t token) is(operator string) bool { return t.kind == tokenOperator && t.text == operator }

// isRole reports whether t is a keyword of the role.
func (t token) isRole(r role) bool { return t.kind == tokenKeyword && t.word.role == r }

// isJoint reports whether t is "and" or "or".
func (t token) isJoint() bool { return t.isRole(roleAnd) || t.isRole(roleOr) }

// isIdentifier reports whether t can be what qualifiers ask for.
func (t token) isIdentifier() bool {
	switch t.kind {
	case tokenNumber, tokenName, tokenDotted, tokenIPv6, tokenMAC, tokenAID:
		return true
	}
	return false
}

// A lexer cuts a text into tokens as libpcap's does: of all the forms that fit,
// the longest is taken, so that "1.2.3.4.5" is a name and "1:2" three tokens.
type lexer struct {
	text string
	at   int
}

// next returns the next token; behind the last one, tokenEnd forever.
func (l *lexer) next() token {
	for l.at < len(l.text) && isBlank(l.text[l.at]) {
		l.at++
	}
	t := scan(l.text[l.at:])
	t.at = l.at
	l.at += t.end
	t.end = l.at
	return t
}

func isBlank(c byte) bool { return c == ' ' || c == '\t' || c == '\r' || c == '\n' }

// scan returns the token that s starts with; end is its length.
func scan(s string) token {
	if s == "" {
		return token{}
	}
	if isWordByte(s[0]) || strings.HasPrefix(s, "::") {
		return scanWord(s)
	}
	switch s[0] {
	case '\\':
		return scanEscaped(s)
	case '$':
		return scanAID(s)
	}
	return scanOperator(s)
}

// scanOperator reads what is made of signs. The signs for "and", "or" and "not"
// become those keywords.
func scanOperator(s string) token {
	if len(s) > 1 {
		switch s[:2] {
		case "&&":
			return token{kind: tokenKeyword, end: 2, text: s[:2], word: keyword{role: roleAnd}}
		case "||":
			return token{kind: tokenKeyword, end: 2, text: s[:2], word: keyword{role: roleOr}}
		case ">=", "<=", "!=", "<<", ">>":
			return token{kind: tokenOperator, end: 2, text: s[:2]}
		case "==":
			return token{kind: tokenOperator, end: 2, text: "="}
		}
	}
	switch s[0] {
	case '!':
		return token{kind: tokenKeyword, end: 1, text: s[:1], word: keyword{role: roleNot}}
	case '+', '-', '*', '/', '%', '&', '|', '^', '=', '<', '>', '(', ')', '[', ']', ':':
		return token{kind: tokenOperator, end: 1, text: s[:1]}
	}
	_, n := utf8.DecodeRuneInString(s)
	return token{kind: tokenBad, end: n, text: s[:n], reason: quote(s[:n]) + " has no meaning here"}
}

// scanEscaped reads a name with a backslash in front, which may be one that is a
// keyword.
func scanEscaped(s string) token {
	n := strings.IndexAny(s, " !()\n\t")
	if n < 0 {
		n = len(s)
	}
	if n == 1 {
		return token{kind: tokenBad, end: 1, text: s[:1], reason: `a name is missing behind "\"`}
	}
	return token{kind: tokenName, end: n, text: s[1:n]}
}

// scanAID reads an ARCnet address: $ and one or two hexadecimal digits.
func scanAID(s string) token {
	n := 1 + spanHex(s[1:], 2)
	if n == 1 {
		return token{kind: tokenBad, end: 1, text: s[:1], reason: `an ARCnet address is missing behind "$"`}
	}
	return token{kind: tokenAID, end: n, text: s[:n]}
}

// scanWord reads a keyword, a number, an address or a name: whichever is
// longest, and the first in this order of those of the same length.
func scanWord(s string) token {
	name := spanName(s)
	if name > 0 {
		if w, ok := keywords[s[:name]]; ok {
			return token{kind: tokenKeyword, end: name, text: s[:name], word: w}
		}
	}
	best := token{kind: tokenBad}
	offer := func(kind tokenKind, n int) {
		if n > best.end {
			best = token{kind: kind, end: n, text: s[:n]}
		}
	}
	offer(tokenMAC, spanMAC(s))
	offer(tokenNumber, spanNumber(s))
	offer(tokenDotted, spanDotted(s))
	offer(tokenIPv6, spanIPv6(s))
	offer(tokenBad, spanColons(s))
	offer(tokenName, name)

	switch best.kind {
	case tokenBad:
		best.reason = quote(best.text) + " is no Ethernet address: six bytes make one"
	case tokenNumber:
		return readNumber(best)
	case tokenName:
		if n, ok := numbers[best.text]; ok {
			best.kind, best.num = tokenNumber, n
		}
	}
	return best
}

// readNumber gives a number token its value: hexadecimal behind 0x, octal behind
// 0, else decimal.
func readNumber(t token) token {
	base, digits := uint64(10), t.text
	switch {
	case len(digits) > 2 && digits[0] == '0' && digits[1]|0x20 == 'x':
		base, digits = 16, digits[2:]
	case len(digits) > 1 && digits[0] == '0':
		base, digits = 8, digits[1:]
	}
	var n uint64
	for i := range len(digits) {
		d := uint64(hexDigit(digits[i]))
		if d >= base {
			t.kind = tokenBad
			t.reason = "number " + quote(t.text) + " starts with 0, so it is octal and has no digit 8 or 9"
			return t
		}
		if n = n*base + d; n > math.MaxUint32 {
			t.kind = tokenBad
			t.reason = "number " + quote(t.text) + " does not fit in 32 bits"
			return t
		}
	}
	t.num = uint32(n)
	return t
}

// hexDigit returns the value of a hexadecimal digit.
func hexDigit(c byte) byte {
	if c <= '9' {
		return c - '0'
	}
	return c | 0x20 - 'a' + 10
}
