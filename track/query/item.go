package query

import (
	"errors"
	"regexp/syntax"
	"strings"
)

// relation is how a value of a row shall stand to those of the query.
type relation uint8

const (
	has    relation = iota // what ":" means for the field's kind
	part                   // contains
	same                   // equals
	differ                 // has one, and none that equals
	fit                    // matches a regular expression
	less
	lessOrSame
	more
	moreOrSame
)

// item is one value as it is written.
type item struct {
	text       string
	at, length int  // in the query
	quoted     bool // it is text whatever is in it
	regexp     bool
}

// relations are the operators of comparisons; those that begin others come behind them.
var relations = []struct {
	symbol string
	relation
}{
	{"==", same}, {"=~", fit}, {"!=", differ}, {">=", moreOrSame}, {"<=", lessOrSame}, {"=", same}, {">", more}, {"<", less},
}

// relationAfterColon reads what may stand between a colon and the value: "port:~44",
// "rate:>1M".
func (p *parser) relationAfterColon() relation {
	if p.take("~") {
		return part
	}
	for _, r := range relations {
		if p.take(r.symbol) {
			return r.relation
		}
	}
	return has
}

// relation reads an operator with blanks around it. Those that are words count only
// where words is set.
func (p *parser) relation(words bool) (r relation, ok bool) {
	begin := p.pos
	p.skip()
	for _, r := range relations {
		if p.take(r.symbol) {
			p.skip()
			return r.relation, true
		}
	}
	if words && p.pos > begin {
		for word, r := range map[string]relation{"contains": part, "matches": fit, "in": same} {
			if p.keyword(word) {
				p.skip()
				return r, true
			}
		}
	}
	p.pos = begin
	return 0, false
}

// test reads the values behind an operator.
func (p *parser) test(field int, r relation) (*node, error) {
	info := p.table.infos[field]
	items, err := p.items()
	if err != nil {
		return nil, err
	}
	n := &node{op: isField, field: field, test: new(Test)}
	for _, it := range items {
		if err := p.add(n.test, info, r, it); err != nil {
			return nil, err
		}
	}
	if r != differ {
		return n, nil
	}
	has := &node{op: isField, field: field, test: present}
	return &node{op: isAnd, kids: []*node{has, {op: isNot, kids: []*node{n}}}}, nil
}

// items reads a value, several between commas, or a set in braces.
func (p *parser) items() ([]item, error) {
	begin := p.pos
	inSet := p.take("{")
	var all []item
	for {
		stops := ","
		if inSet {
			p.skip()
			stops = ",}"
		}
		it, err := p.item(stops)
		if err != nil {
			return nil, err
		}
		all = append(all, it)
		if !inSet {
			if !p.take(",") {
				return all, nil
			}
			continue
		}
		p.skip()
		p.take(",")
		p.skip()
		switch {
		case p.take("}"):
			return all, nil
		case p.atEnd():
			return nil, p.fail(begin, 1, "", "this { is not closed")
		}
	}
}

// item reads one value, which the characters of stops end.
func (p *parser) item(stops string) (item, error) {
	begin := p.pos
	if begin < len(p.text) {
		switch c := p.text[begin]; c {
		case '"', '\'':
			return p.quoted(c)
		case '/':
			if end := p.endOfRegexp(); end > 0 {
				p.pos = end
				text := strings.ReplaceAll(p.text[begin+1:end-1], `\/`, "/")
				return item{text: text, at: begin, length: end - begin, regexp: true}, nil
			}
		}
	}
	p.pos = p.endBefore(stops)
	if p.pos == begin {
		return item{}, p.fail(begin, 0, "", "want a value here")
	}
	return item{text: p.text[begin:p.pos], at: begin, length: p.pos - begin}, nil
}

// quoted reads a text in quotes, in which a backslash takes the next character as it is.
func (p *parser) quoted(quote byte) (item, error) {
	begin := p.pos
	var b strings.Builder
	for i := begin + 1; i < len(p.text); i++ {
		switch c := p.text[i]; {
		case c == quote && b.Len() == 0:
			return item{}, p.fail(begin, i+1-begin, "", "nothing stands between the quotes")
		case c == quote:
			p.pos = i + 1
			return item{text: b.String(), at: begin, length: p.pos - begin, quoted: true}, nil
		case c == '\\' && i+1 < len(p.text):
			i++
			b.WriteByte(p.text[i])
		default:
			b.WriteByte(c)
		}
	}
	return item{}, p.fail(begin, len(p.text)-begin, "", "this %c has no second one", quote)
}

// endOfRegexp returns where a regular expression that begins at pos ends: behind the
// first slash that ends a word. It returns 0 where there is none, as in a path.
func (p *parser) endOfRegexp() int {
	for i := p.pos + 1; i < len(p.text); i++ {
		switch {
		case p.text[i] == '\\':
			i++
		case p.text[i] == '/' && i > p.pos+1:
			rest := p.text[i+1:]
			if rest == "" || strings.ContainsAny(rest[:1], " \t\r\n),}") || strings.HasPrefix(rest, "&&") || strings.HasPrefix(rest, "||") {
				return i + 1
			}
		}
	}
	return 0
}

// pattern makes a pattern of an item: a regular expression if it is written as one, with
// * for any characters if that is in it without quotes.
func (p *parser) pattern(h how, it item) (pattern, error) {
	var (
		made pattern
		err  error
	)
	switch {
	case it.regexp:
		made, err = newRegexp(it.text)
	case !it.quoted && strings.Contains(it.text, "*"):
		if h == contains {
			made, err = newRegexp(globbed(it.text)) // a part of a text needs no ends
		} else {
			made, err = newRegexp("^" + globbed(it.text) + "$")
		}
	default:
		return newPattern(h, it.text), nil
	}
	if bad := (*syntax.Error)(nil); errors.As(err, &bad) {
		return made, p.fail(it.at, it.length, "", "the regular expression is wrong: %s: %s", bad.Code, bad.Expr)
	}
	return made, err
}
