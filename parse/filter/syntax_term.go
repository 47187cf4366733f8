package filter

// term parses what starts with a keyword.
func (p *parser) term() operand {
	t := p.tok
	switch t.word.role {
	case roleProto:
		p.advance()
		if p.tok.is("[") {
			return p.relation(operand{form: operandValue, value: p.accessor(t)})
		}
		return p.qualified(t, t.word.proto)
	case roleSide, roleAddr, roleKind, roleProtoKind, roleCast, roleType, roleSubtype, roleWLANDir:
		return p.qualified(t, protoNone)
	}
	return operand{tree: p.special()}
}

// qualified parses the rest of a primitive that starts at first, behind its
// protocol if it has one.
func (p *parser) qualified(first token, of proto) operand {
	q := qualifiers{proto: of}
	switch p.tok.word.role {
	case roleSide, roleAddr:
		q.dir = p.direction()
		if p.tok.isRole(roleKind) {
			q.kind = p.tok.word.kind
			p.advance()
		}
		return p.asked(first, q)
	case roleKind, roleProtoKind:
		q.kind = p.tok.word.kind
		p.advance()
		return p.asked(first, q)
	case roleCast:
		s := &special{at: p.node(first.at), what: p.tok.word.what, proto: of}
		p.advance()
		return operand{tree: s}
	case roleType, roleSubtype, roleWLANDir:
		return operand{tree: p.wlan(first, of)}
	}
	return operand{tree: &primitive{at: p.node(first.at), q: q}}
}

// direction parses "src", "dst", both with "or" or "and" between them, or an
// address of 802.11.
func (p *parser) direction() dir {
	first := p.tok
	p.advance()
	if !first.isRole(roleSide) || !p.tok.isJoint() {
		return first.word.dir
	}
	both := dirSrcOrDst
	if p.tok.isRole(roleAnd) {
		both = dirSrcAndDst
	}
	p.advance()
	if !p.tok.isRole(roleSide) || p.tok.word.dir == first.word.dir {
		other := "dst"
		if first.word.dir == dirDst {
			other = "src"
		}
		p.unexpected(quote(other))
		return dirNone
	}
	p.advance()
	return both
}

// asked parses the id that the qualifiers ask for.
func (p *parser) asked(first token, q qualifiers) operand {
	x := p.operand(scope{taken: q, ids: true})
	if x.form == operandNumber {
		x.tree = &primitive{p.node(first.at), q, *x.num}
	}
	if n, ok := x.tree.(*primitive); ok && x.form == operandID {
		n.at = at(first.at)
	}
	return operand{tree: x.tree, taken: q}
}

// identifier reads a name, a number or an address.
func (p *parser) identifier(q qualifiers) identifier {
	t := p.tok
	id := identifier{at: t.at, text: t.text, bits: -1}
	p.advance()
	switch t.kind {
	case tokenNumber:
		return numberID(t)
	case tokenName:
		id.form = formName
		if q.kind == kindPortRange {
			p.readRange(&id)
		}
	case tokenDotted:
		p.readDotted(&id, q)
	case tokenIPv6:
		p.readIPv6(&id)
	case tokenMAC:
		id.form = formMAC
		id.mac = readMAC(t.text)
	case tokenAID:
		id.form = formAID
		id.mac[0] = readMAC(t.text[1:])[0]
	}
	return id
}

func numberID(t token) identifier {
	return identifier{at: t.at, form: formNumber, text: t.text, num: t.num, bits: -1}
}
