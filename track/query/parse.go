package query

import (
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// What bounds a query, with the saved ones in it: it may come from a file.
const (
	maxText  = 16 << 10 // bytes
	maxDepth = 100      // of parentheses, negations and saved queries
	maxNodes = 4096
)

// parser reads one text. What it has not read yet begins at pos.
type parser struct {
	text  string
	pos   int
	table *table
	o     Options
	open  []string // the saved queries that this one is within, from the outside in
	depth int
	nodes *int // read so far, in saved queries too
}

func parse(text string, t *table, o Options) (*node, error) {
	p := &parser{text: text, table: t, o: o, nodes: new(int)}
	return p.all()
}

// all reads the whole text.
func (p *parser) all() (*node, error) {
	if len(p.text) > maxText {
		return nil, p.fail(maxText, len(p.text)-maxText, "", "the query is too long")
	}
	if !utf8.ValidString(p.text) {
		return nil, p.fail(0, len(p.text), "", "the query is no valid UTF-8")
	}
	n, err := p.or()
	if err == nil && p.pos < len(p.text) {
		err = p.fail(p.pos, 1, "", "this ) closes nothing")
	}
	return n, err
}

// fail words a mistake at a place in the text.
func (p *parser) fail(at, length int, suggestion, format string, args ...any) error {
	return &Error{Text: p.text, Offset: at, Length: length, Suggestion: suggestion, Reason: fmt.Sprintf(format, args...)}
}

// or reads terms up to the end or a closing parenthesis.
func (p *parser) or() (*node, error) {
	return p.series(isOr, p.and, func() bool { return p.take("||") || p.keyword("or") })
}

func (p *parser) and() (*node, error) {
	return p.series(isAnd, p.not, func() bool {
		if p.take("&&") || p.keyword("and") {
			return true
		}
		return !p.atEnd() && !p.ahead("||") && p.word("or") == 0
	})
}

// series reads what stands between operators of one sort, of which more says whether one
// follows.
func (p *parser) series(o op, one func() (*node, error), more func() bool) (*node, error) {
	n, err := one()
	if err != nil {
		return nil, err
	}
	all := &node{op: o, kids: []*node{n}}
	for p.skip(); more(); p.skip() {
		if n, err = one(); err != nil {
			return nil, err
		}
		all.kids = append(all.kids, n)
	}
	if len(all.kids) == 1 {
		return n, nil
	}
	return all, nil
}

func (p *parser) not() (*node, error) {
	if *p.nodes++; *p.nodes > maxNodes {
		return nil, p.fail(p.pos, 0, "", "the query has too many terms")
	}
	if p.depth++; p.depth > maxDepth {
		return nil, p.fail(p.pos, 1, "", "the query is nested too deep")
	}
	defer func() { p.depth-- }()
	p.skip()
	if p.take("!") || p.keyword("not") {
		inner, err := p.not()
		return &node{op: isNot, kids: []*node{inner}}, err
	}
	return p.primary()
}

// primary reads a term.
func (p *parser) primary() (*node, error) {
	if p.atEnd() || p.ahead("&&") || p.ahead("||") || p.word("and")+p.word("or") > 0 {
		return nil, p.fail(p.pos, 0, "", "want a term here")
	}
	switch begin := p.pos; p.text[p.pos] {
	case '(':
		p.pos++
		n, err := p.or()
		if err == nil && !p.take(")") {
			err = p.fail(begin, 1, "", "this ( is not closed")
		}
		return n, err
	case '"', '\'', '/':
		it, err := p.item("")
		if err != nil {
			return nil, err
		}
		return p.bare(it)
	case ':':
		return p.saved()
	case '=', '<', '>':
		return nil, p.fail(begin, 1, "", "want a field before %c", p.text[begin])
	}
	return p.term()
}

// saved reads ":name" and the query that it stands for.
func (p *parser) saved() (*node, error) {
	begin := p.pos
	end := p.endOfWord()
	name := p.text[begin+1 : end]
	if strings.HasPrefix(name, ":") {
		return p.wordOf(begin, end) // "::1"
	}
	p.pos = end
	text, ok := p.o.Saved[name]
	if !ok {
		names := make([]string, 0, len(p.o.Saved))
		for n := range p.o.Saved {
			names = append(names, n)
		}
		slices.Sort(names)
		near := nearest(name, names)
		if near != "" {
			near = ":" + near
		}
		return nil, p.fail(begin, end-begin, near, "no saved query is named %q", name)
	}
	if slices.Contains(p.open, name) {
		return nil, p.fail(begin, end-begin, "", "the saved query :%s refers to itself", name)
	}
	inner := &parser{text: text, table: p.table, o: p.o, open: append(slices.Clone(p.open), name), depth: p.depth, nodes: p.nodes}
	n, err := inner.all()
	if wrong, ok := err.(*Error); ok {
		return nil, p.fail(begin, end-begin, "", "in :%s: %s", name, wrong.Reason)
	}
	return n, nil
}

// term reads a test of a field, an atom or a bare word.
func (p *parser) term() (*node, error) {
	begin := p.pos
	name := p.identifier()
	end := p.pos
	if name == "" {
		return p.wordOf(begin, p.endOfWord())
	}
	field, known := p.table.find(name)
	if p.take(":") {
		switch whole := p.text[begin:p.endOfWord()]; {
		case known:
			return p.test(field, p.relationAfterColon())
		case isAddressLike(whole), p.isHostAndPort(name, whole):
			return p.wordOf(begin, begin+len(whole))
		}
		return nil, p.unknown(begin, name)
	}
	if r, ok := p.relation(known || p.isNear(name)); ok {
		if !known {
			return nil, p.unknown(begin, name)
		}
		return p.test(field, r)
	}
	p.pos = end
	if stop := p.endOfWord(); stop > end {
		return p.wordOf(begin, stop)
	}
	if atom, ok := p.table.atoms[strings.ToLower(name)]; ok {
		return &node{op: isAtom, atom: atom, word: name}, nil
	}
	if known && strings.Contains(name, ".") {
		return &node{op: isField, field: field, test: present}, nil
	}
	return p.wordOf(begin, end)
}

// unknown is the error for a field that there is none of.
func (p *parser) unknown(at int, name string) error {
	return p.fail(at, len(name), nearest(strings.ToLower(name), p.table.names), "no field is named %q", name)
}

// isNear reports whether a name could be a field's that is not written right: only then
// "contains" behind it is no word like others.
func (p *parser) isNear(name string) bool {
	return strings.Contains(name, ".") && nearest(strings.ToLower(name), p.table.names) != ""
}

// wordOf makes a bare word of a part of the text, and goes behind it. A network is
// sought in addresses, and so is an address that is written in another form than theirs:
// "2001:DB8:0::1".
func (p *parser) wordOf(begin, end int) (*node, error) {
	p.pos = end
	word := p.text[begin:end]
	net, isNet, err := addresses(word)
	if isNet && (err != nil || net.from != net.to) {
		if err != nil {
			return nil, p.fail(begin, end-begin, "", "%s", err)
		}
		return &node{op: isBare, test: &Test{nets: []addrSpan{net}}}, nil
	}
	n, err := p.bare(item{text: word, at: begin, length: end - begin})
	if err != nil {
		return nil, err
	}
	if isNet {
		n.test.nets = []addrSpan{net}
	}
	if n.test.texts[0].how == contains {
		n.word = word
	}
	return n, nil
}

// bare makes a node of something that is sought in all that is on the screen.
func (p *parser) bare(it item) (*node, error) {
	pat, err := p.pattern(contains, it)
	return &node{op: isBare, test: new(Test).seek(pat)}, err
}

// skip goes over blanks.
func (p *parser) skip() {
	rest := strings.TrimLeftFunc(p.text[p.pos:], unicode.IsSpace)
	p.pos = len(p.text) - len(rest)
}

// atEnd reports whether nothing follows, or what closes a parenthesis.
func (p *parser) atEnd() bool { return p.pos == len(p.text) || p.text[p.pos] == ')' }

func (p *parser) ahead(symbol string) bool { return strings.HasPrefix(p.text[p.pos:], symbol) }

// take goes over a symbol and reports whether it was there.
func (p *parser) take(symbol string) bool {
	if !p.ahead(symbol) {
		return false
	}
	p.pos += len(symbol)
	return true
}

// word returns the length of a word of the language that follows, 0 if it does not.
func (p *parser) word(word string) int {
	rest := p.text[p.pos:]
	if len(rest) < len(word) || !strings.EqualFold(rest[:len(word)], word) {
		return 0
	}
	if rest = rest[len(word):]; rest != "" && !strings.ContainsAny(rest[:1], " \t\r\n()!\"'/{") {
		return 0
	}
	return len(word)
}

// keyword goes over a word of the language and reports whether it was there.
func (p *parser) keyword(word string) bool {
	n := p.word(word)
	p.pos += n
	return n > 0
}

// identifier goes over what may be the name of a field, and returns it.
func (p *parser) identifier() string {
	begin := p.pos
	for ; p.pos < len(p.text); p.pos++ {
		c := lower[p.text[p.pos]]
		letter := 'a' <= c && c <= 'z' || c == '_'
		if !letter && (p.pos == begin || (c < '0' || c > '9') && c != '.' && c != '-') {
			break
		}
	}
	return p.text[begin:p.pos]
}

// endOfWord returns where the word that pos is in ends.
func (p *parser) endOfWord() int { return p.endBefore("") }

// endBefore is endOfWord for words that these characters end, too.
func (p *parser) endBefore(stops string) int {
	for i, r := range p.text[p.pos:] {
		at := p.pos + i
		if unicode.IsSpace(r) || r == '(' || r == ')' || strings.ContainsRune(stops, r) ||
			strings.HasPrefix(p.text[at:], "&&") || strings.HasPrefix(p.text[at:], "||") {
			return at
		}
	}
	return len(p.text)
}

// isAddressLike reports whether a word with a colon is (part of) an address of IPv6, a
// network or a MAC address, and no field with its value.
func isAddressLike(word string) bool {
	return strings.Count(word, ":") > 1 && strings.Trim(word, "0123456789abcdefABCDEF:./") == ""
}

// isHostAndPort reports whether a word is "example.com:443" rather than a field with its
// value.
func (p *parser) isHostAndPort(name, word string) bool {
	port := word[len(name)+1:]
	return strings.Contains(name, ".") && port != "" && strings.Trim(port, "0123456789") == "" && !p.isNear(name)
}
