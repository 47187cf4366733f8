package filter

import "strings"

// special parses a primitive with a grammar of its own.
func (p *parser) special() expr {
	t := p.tok
	s := &special{at: p.node(t.at), what: t.word.what}
	p.advance()
	switch t.word.role {
	case rolePlain:
	case roleLabel:
		if p.tok.kind == tokenNumber || p.tok.is("(") {
			s.args = append(s.args, p.label())
		}
	case roleIfindex, roleSize, rolePFNumber:
		s.args = append(s.args, p.count())
	case roleByte:
		s.args = p.byteTest()
	case roleLLC:
		if p.tok.kind == tokenName || p.tok.kind == tokenKeyword && p.tok.word.what == specialPFRnr {
			s.args = append(s.args, p.llcType())
		}
	case rolePFName, rolePFAction:
		s.args = append(s.args, p.name("a name"))
	case rolePFReason:
		s.args = append(s.args, p.nameOrCount("a reason"))
	case roleFieldless:
		s.args = append(s.args, identifier{at: t.at, form: formName, text: t.word.canon, bits: -1})
	case roleField:
		s.args = append(s.args, identifier{at: t.at, form: formName, text: t.word.canon, bits: -1})
		s.args = append(s.args, p.fieldTest()...)
	default:
		p.failAt(t.at, "%s cannot stand here", quote(t.text))
	}
	return s
}

// count parses a number that cannot be in parentheses.
func (p *parser) count() identifier {
	t := p.tok
	if t.kind != tokenNumber {
		p.unexpected("a number")
		return identifier{}
	}
	p.advance()
	return numberID(t)
}

// label parses a number, in parentheses or not.
func (p *parser) label() identifier {
	if !p.tok.is("(") {
		return p.count()
	}
	p.enter()
	defer p.leave()
	open := p.tok
	p.advance()
	n := p.label()
	p.close(open)
	return n
}

// name parses a name; what says which one is missing where there is none.
func (p *parser) name(what string) identifier {
	t := p.tok
	if t.kind != tokenName {
		p.unexpected(what)
		return identifier{}
	}
	p.advance()
	return identifier{at: t.at, form: formName, text: t.text, bits: -1}
}

func (p *parser) nameOrCount(what string) identifier {
	if p.tok.kind == tokenNumber {
		return p.count()
	}
	return p.name(what)
}

// operator returns the next token as an argument if it is among those.
func (p *parser) operator(among ...string) identifier {
	t := p.tok
	for _, text := range among {
		if p.accept(text) {
			return identifier{at: t.at, form: formName, text: text, bits: -1}
		}
	}
	p.unexpected("one of " + strings.Join(among, " "))
	return identifier{}
}

// byteTest parses what follows "byte": an offset, an operator, a value.
func (p *parser) byteTest() []identifier {
	return []identifier{p.count(), p.operator("=", "<", ">", "&", "|"), p.count()}
}

// llcType parses the kind of a frame of 802.2. The name rnr is that of a field of
// pf logs as well.
func (p *parser) llcType() identifier {
	t := p.tok
	p.advance()
	id := identifier{at: t.at, form: formName, text: strings.ToLower(t.text), bits: -1}
	if t.kind == tokenKeyword {
		id.text = "rnr"
	}
	return id
}

// fieldTest parses what follows a field of ATM or MTP: a number, an operator and a
// number, or several numbers in parentheses with "or" between them.
func (p *parser) fieldTest() []identifier {
	equal := identifier{at: p.tok.at, form: formName, text: "=", bits: -1}
	if p.tok.kind == tokenNumber {
		return []identifier{equal, p.count()}
	}
	if !p.tok.is("(") {
		return []identifier{p.operator("=", "!=", ">", ">=", "<", "<="), p.count()}
	}
	open := p.tok
	p.advance()
	args := []identifier{equal, p.count()}
	for p.tok.isRole(roleOr) {
		p.advance()
		p.node(p.tok.at)
		args = append(args, p.count())
	}
	p.close(open)
	return args
}

// wlan parses "type", "subtype" and "dir", which may have a protocol in front.
func (p *parser) wlan(first token, of proto) expr {
	t := p.tok
	s := &special{at: p.node(first.at), what: t.word.what, proto: of}
	p.advance()
	switch t.word.role {
	case roleType:
		s.args = append(s.args, p.nameOrCount("a frame type"))
		if p.tok.isRole(roleSubtype) {
			p.advance()
			s.args = append(s.args, p.nameOrCount("a frame subtype"))
		}
	case roleSubtype:
		s.args = append(s.args, p.name("a frame subtype"))
	default:
		s.args = append(s.args, p.nameOrCount("a direction"))
	}
	return s
}
