package query

import "math"

// add adds a value to those of a test.
func (p *parser) add(t *Test, info *Info, r relation, it item) error {
	numeric := info.Kind.ordered()
	switch {
	case r >= less:
		return p.addComparison(t, info, r, it)
	case r == part || r == fit || it.regexp:
		if numeric && !info.Kind.worded() {
			return p.fail(it.at, it.length, "", "%s is compared, not searched: want %s", info.Name, wanted[info.Kind])
		}
		it.regexp = it.regexp || r == fit
		return p.addPattern(t, contains, it)
	case it.text == "*" && !it.quoted:
		t.known = true
		return nil
	case numeric:
		return p.addNumbers(t, info, r, it)
	}
	return p.addText(t, info, r, it)
}

// addComparison adds what is less or greater than a number.
func (p *parser) addComparison(t *Test, info *Info, r relation, it item) error {
	if !info.Kind.ordered() {
		return p.fail(it.at, it.length, "", "%s is a %s: nothing is less or greater", info.Name, info.Kind)
	}
	v, err := number(it.text, info.Kind)
	if err != nil {
		return p.fail(it.at, it.length, "", "%s: %s", info.Name, err)
	}
	s := span{from: math.Inf(-1), to: math.Inf(1)}
	switch r {
	case less:
		s.to, s.untoOpen = v, true
	case lessOrSame:
		s.to = v
	case more:
		s.from, s.fromOpen = v, true
	default:
		s.from = v
	}
	t.spans = append(t.spans, s)
	return nil
}

func (p *parser) addNumbers(t *Test, info *Info, r relation, it item) error {
	if info.Kind == Label {
		s, ok := labelled(it.text)
		if !ok || it.quoted {
			return p.addPattern(t, wayOf(r, contains), it)
		}
		t.spans = append(t.spans, s)
		return nil
	}
	s, err := numbers(it.text, info.Kind)
	if err != nil {
		return p.fail(it.at, it.length, "", "%s: %s", info.Name, err)
	}
	t.spans = append(t.spans, s)
	return nil
}

func (p *parser) addText(t *Test, info *Info, r relation, it item) error {
	switch info.Kind {
	case Word:
		return p.addWord(t, info, r, it)
	case Name:
		return p.addPattern(t, equals, it)
	case Domain:
		return p.addPattern(t, wayOf(r, below), it)
	case Code:
		const letters = 2
		if len(it.text) <= letters {
			r = same
		}
	case Host:
		if it.quoted {
			break
		}
		if net, ok, err := addresses(it.text); err != nil {
			return p.fail(it.at, it.length, "", "%s: %s", info.Name, err)
		} else if ok {
			t.nets = append(t.nets, net)
			return nil
		}
	}
	return p.addPattern(t, wayOf(r, contains), it)
}

// addWord adds a known word, or all that have a part.
func (p *parser) addWord(t *Test, info *Info, r relation, it item) error {
	if value, ok := info.canonical(it.text); ok {
		t.seek(newPattern(equals, value))
		return nil
	}
	if r == has && !it.quoted {
		for _, value := range info.containing(it.text) {
			t.seek(newPattern(equals, value))
		}
	}
	return p.addPattern(t, wayOf(r, contains), it)
}

// wayOf is how a text fits: as its kind has it, or whole.
func wayOf(r relation, otherwise how) how {
	if r == has {
		return otherwise
	}
	return equals
}

func (p *parser) addPattern(t *Test, h how, it item) error {
	made, err := p.pattern(h, it)
	if err != nil {
		return err
	}
	t.seek(made)
	return nil
}
