package query

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/sahilm/fuzzy"
)

// how is the way in which a pattern fits a text.
type how uint8

const (
	contains how = iota
	equals
	below // equals, or ends in it after a dot
	matches
	similar // by its letters in their order, see likes
)

// pattern is what is sought in texts. Case counts in none of its ways, unless a regular
// expression says so.
type pattern struct {
	how    how
	text   string // in lower case
	wide   bool   // text has more than ASCII
	inNum  bool   // it may be found in the digits of a number
	inAddr bool   // it may be found in the text of an address
	colon  bool   // it may be found across a name and its port
	regexp *regexp.Regexp
}

func newPattern(h how, text string) pattern {
	p := pattern{how: h, text: strings.ToLower(text), colon: strings.Contains(text, ":")}
	p.wide = strings.IndexFunc(p.text, func(r rune) bool { return r >= utf8.RuneSelf }) >= 0
	p.inNum = strings.Trim(p.text, "0123456789") == ""
	p.inAddr = strings.Trim(p.text, "0123456789abcdef:.[]") == "" || strings.Contains(p.text, "%")
	return p
}

// newRegexp reads a regular expression in the syntax of RE2. It fits in any case; (?-i)
// makes case count.
func newRegexp(text string) (pattern, error) {
	re, err := regexp.Compile("(?i)" + text)
	if err != nil {
		// The error names the part with the prefix that is not the user's.
		if _, plain := regexp.Compile(text); plain != nil {
			err = plain
		}
		return pattern{}, err
	}
	return pattern{how: matches, regexp: re, inNum: true, inAddr: true, colon: true}, nil
}

// globbed returns the regular expression of a text in which * stands for any characters.
func globbed(text string) string {
	return strings.ReplaceAll(regexp.QuoteMeta(text), `\*`, `.*`)
}

// fits reports whether the pattern is found in a text.
func fits[S string | []byte](p *pattern, s S) bool {
	switch p.how {
	case contains:
		from, _ := index(s, p)
		return from >= 0
	case equals:
		n := prefix(s, p)
		return n == len(s) && len(s) > 0
	case below:
		return isBelow(s, p)
	case matches:
		return p.regexp.MatchString(string(s)) // a copy, which keeps the caller's memory on its stack
	default:
		from, _ := index(s, p)
		return from >= 0 || likes(string(s), p.text)
	}
}

// isBelow reports whether a name is the domain that is sought, or one below it.
func isBelow[S string | []byte](s S, p *pattern) bool {
	for i := range len(s) {
		if (i == 0 || s[i-1] == '.') && prefix(s[i:], p) == len(s)-i {
			return true
		}
	}
	return false
}

// index returns where the pattern's text begins and ends in s, -1 where it is not in it.
func index[S string | []byte](s S, p *pattern) (from, to int) {
	n := len(p.text)
	if n == 0 {
		return 0, 0
	}
	if p.wide {
		for i := 0; i < len(s); {
			if l := prefix(s[i:], p); l >= 0 {
				return i, i + l
			}
			_, size := decode(s[i:])
			i += size
		}
		return -1, -1
	}
	first := p.text[0]
	for i := 0; i+n <= len(s); i++ {
		if lower[s[i]] == first && prefix(s[i:], p) == n {
			return i, i + n
		}
	}
	return -1, -1
}

// isIn is index of a pattern without characters beyond ASCII, for the many texts that
// bare words are sought in: its loop has no calls.
func isIn(s, text string) bool {
	if text == "" {
		return true
	}
	first := text[0]
	for i := 0; i+len(text) <= len(s); i++ {
		if lower[s[i]] != first {
			continue
		}
		n := 1
		for n < len(text) && lower[s[i+n]] == text[n] {
			n++
		}
		if n == len(text) {
			return true
		}
	}
	return false
}

// prefix returns how many bytes at the beginning of s are the pattern's text, -1 if s
// does not begin with it.
func prefix[S string | []byte](s S, p *pattern) int {
	if !p.wide {
		if len(s) < len(p.text) {
			return -1
		}
		for i := range len(p.text) {
			if lower[s[i]] != p.text[i] {
				return -1
			}
		}
		return len(p.text)
	}
	n := 0
	for _, want := range p.text {
		if n >= len(s) {
			return -1
		}
		r, size := decode(s[n:])
		if unicode.ToLower(r) != want {
			return -1
		}
		n += size
	}
	return n
}

// decode returns the first character of s, as utf8.DecodeRune does.
func decode[S string | []byte](s S) (rune, int) {
	if s[0] < utf8.RuneSelf {
		return rune(s[0]), 1
	}
	var room [utf8.UTFMax]byte
	n := copy(room[:], s[:min(len(s), utf8.UTFMax)])
	return utf8.DecodeRune(room[:n])
}

// lower maps ASCII letters to lower case, and every other byte to itself.
var lower = func() (t [256]byte) {
	for i := range t {
		t[i] = byte(i)
		if 'A' <= i && i <= 'Z' {
			t[i] += 'a' - 'A'
		}
	}
	return t
}()

// likes reports whether a word is a text's in short, or nearly: its letters are in the
// text in their order, and close enough to each other for the score of package fuzzy to
// be above 0.
func likes(text, word string) bool {
	rest := word
	for i := 0; i < len(text) && rest != ""; i++ {
		if lower[text[i]] == rest[0] || text[i] >= utf8.RuneSelf && rest[0] >= utf8.RuneSelf {
			rest = rest[1:]
		}
	}
	if rest != "" {
		return false // most texts: package fuzzy takes memory for each
	}
	found := fuzzy.FindNoSort(word, []string{text})
	return len(found) > 0 && found[0].Score > 0
}
