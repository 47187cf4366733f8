package dpi

import (
	"bytes"
	"strings"
)

// LDAPDetail is what a client asks a directory for (RFC 4511). Passwords and the
// values of filters and attributes are not kept.
type LDAPDetail struct {
	Version    int      `json:"version,omitempty"`
	Operations []string `json:"operations,omitempty"` // kinds of request that were seen
	BindName   string   `json:"bind_name,omitempty"`
	Auth       string   `json:"auth,omitempty"` // of the bind: "anonymous", "simple", "sasl", or the mechanism
	ntlm
	Base     string `json:"base,omitempty"`  // of the last search, or the entry that was changed last
	Scope    string `json:"scope,omitempty"` // of the last search
	Result   string `json:"result,omitempty"`
	StartTLS bool   `json:"starttls,omitempty"`
	Extended string `json:"extended,omitempty"` // OID of the last extended request
	UDP      bool   `json:"udp,omitempty"`      // CLDAP: how domain controllers are found
}

// Protocol returns LDAP.
func (*LDAPDetail) Protocol() Protocol { return LDAP }

// Key returns "ldap".
func (*LDAPDetail) Key() string { return "ldap" }

// Subject returns where the last request pointed, else who asks.
func (d *LDAPDetail) Subject() string {
	if d.Base != "" {
		return d.Base
	}
	return d.BindName
}

func (d *LDAPDetail) clone() Detail {
	c := *d
	return &c
}

var ldapSignature = signature{
	proto: LDAP, ports: []uint16{389, 3268}, stream: func(s *sample) match { return s.both(func(b []byte) match { return ldapMatch(b, 0) }) },
	packet: func(s *sample) match { return ldapMatch(s.datagram(), s.wire) },
	new:    func() decoder { return &ldapDecoder{} },
}

// Tags of operations: RFC 4511, appendix B.
const (
	ldapBind       = 0x60
	ldapBound      = 0x61
	ldapUnbind     = 0x42
	ldapSearch     = 0x63
	ldapEntry      = 0x64
	ldapSearchDone = 0x65
	ldapModify     = 0x66
	ldapAdd        = 0x68
	ldapDelete     = 0x4a
	ldapModifyDN   = 0x6c
	ldapCompare    = 0x6e
	ldapAbandon    = 0x50
	ldapReference  = 0x73
	ldapExtended   = 0x77
	ldapExtendedOK = 0x78
	ldapBetween    = 0x79

	ldapStartTLS = "1.3.6.1.4.1.1466.20037"
)

// ldapHead reads the head of a message: its whole size, and its operation with
// what is there of its body. ok is false for what is no message; left is what
// follows the operation: controls.
func ldapHead(b []byte) (size int, op byte, body []byte, left int, ok bool) {
	tag, head, length, ok := berHead(b)
	if !ok || tag != berSequence || length < 5 {
		return 0, 0, nil, 0, false
	}
	size = head + length
	r := cursor{b: b[head:]}
	if id := r.integer(); r.short || id < 0 || id > 1<<31-1 {
		return size, 0, nil, 0, false
	}
	op, opHead, opLen, ok := berHead(r.b)
	if !ok || ldapOperation(op) == "" && !ldapAnswer(op) {
		return size, op, nil, 0, false
	}
	left = size - (len(b) - len(r.b)) - opHead - opLen
	body = r.b[opHead:min(len(r.b), opHead+opLen)]
	return size, op, body, left, left >= 0
}

// ldapMatch checks that a message's lengths add up. Wire is 0 for a stream.
func ldapMatch(b []byte, wire int) match {
	if len(b) == 0 || b[0] != berSequence {
		return no
	}
	size, op, body, left, ok := ldapHead(b)
	if !ok {
		if wire == 0 && ldapPart(b) {
			return more
		}
		return no
	}
	if wire != 0 && size > wire || wire == 0 && len(b) > size && b[size] != berSequence {
		return no
	}
	if left != 0 && left < 4 {
		return no
	}
	if whole := size - left; wire == 0 && len(body) < 8 && len(b) < whole {
		return more
	}
	r := cursor{b: body}
	switch {
	case op == ldapBind:
		if v := r.integer(); v != 2 && v != 3 || r.want(berOctets) == nil && r.short {
			return no
		}
	case op == ldapSearch || op == ldapModify || op == ldapAdd || op == ldapModifyDN || op == ldapCompare || op == ldapEntry:
		if len(body) == 0 || body[0] != berOctets {
			return no
		}
	case op == ldapExtended:
		if len(body) == 0 || body[0] != 0x80 {
			return no
		}
	case op == ldapReference:
		return likely
	case ldapAnswer(op):
		if len(body) == 0 || body[0] != berEnumerated && body[0] != 0x80 {
			return no
		}
	default: // unbind, delete, abandon: nothing to check
		return likely
	}
	return sure
}

// ldapPart reports whether b may be the beginning of a message's head: a sequence
// that begins with a number.
func ldapPart(b []byte) bool {
	const longest = 6 + 6 + 6 // lengths may be written with four bytes, as Windows does
	_, head, length, ok := berHead(b)
	if !ok {
		return len(b) < 6
	}
	return len(b) < longest && length >= 5 && (len(b) == head || b[head] == berInteger)
}

type ldapDecoder struct {
	d     LDAPDetail
	shown bool
	tls   bool // StartTLS was asked for
	seen  int
}

// ldapEnough is how many messages are read.
const ldapEnough = 64

func (t *ldapDecoder) datagram(c *conv, dir Dir, b []byte, wire int) {
	if _, op, body, _, ok := ldapHead(b); ok {
		t.d.UDP = true
		t.message(c, dir, op, body)
	}
	if t.seen >= 8 {
		c.done()
	}
}

func (t *ldapDecoder) stream(c *conv, dir Dir, b []byte) int {
	read := 0
	for len(b)-read >= 7 {
		p := b[read:]
		size, op, body, _, ok := ldapHead(p)
		switch {
		case !ok && p[0] == berSequence && len(p) < 24:
			return read // perhaps only short
		case !ok && !t.shown:
			c.wrong()
			return read
		case !ok: // protected by SASL from here on
			c.done()
			return read
		case len(p) < min(size, 4<<10):
			return read
		}
		read += size
		if t.message(c, dir, op, body) {
			return read
		}
		if t.seen >= ldapEnough {
			c.done()
			return read
		}
	}
	return read
}

// message reads one operation, and reports whether TLS comes next.
func (t *ldapDecoder) message(c *conv, dir Dir, op byte, body []byte) (tls bool) {
	t.seen++
	answer := ldapAnswer(op)
	changed := addOnce(&t.d.Operations, ldapOperation(op))
	r := cursor{b: body}
	switch op {
	case ldapBind:
		t.bind(&r)
		changed = true
	case ldapSearch:
		base, scope := r.want(berOctets), r.integer()
		changed = t.base(base) || changed
		if scope >= 0 && scope <= 2 {
			changed = setText(&t.d.Scope, [3]string{"base", "one", "subtree"}[scope]) || changed
		}
	case ldapModify, ldapAdd, ldapModifyDN, ldapCompare:
		changed = t.base(r.want(berOctets)) || changed
	case ldapDelete:
		changed = t.base(body) || changed
	case ldapExtended:
		if oid := r.want(0x80); printable(oid) {
			changed = setText(&t.d.Extended, text(oid)) || changed
			t.tls = string(oid) == ldapStartTLS
		}
	case ldapExtendedOK:
		if result := r.integer(); t.tls && result == 0 {
			t.d.StartTLS, changed, tls = true, true, true
		}
		t.tls = false
	case ldapBound, ldapSearchDone, 0x67, 0x69, 0x6b, 0x6d, 0x6f:
		changed = t.result(op, &r) || changed
	}
	switch {
	case !t.shown:
		t.shown = true
		c.detail(&t.d)
		if answer == (dir == ToServer) {
			c.swap()
		}
	case changed:
		c.changed()
	}
	if answer && dir == ToClient {
		c.confirm()
	}
	if tls {
		c.become(TLS)
	}
	return tls
}

func (t *ldapDecoder) base(b []byte) bool {
	return plain(b) && setText(&t.d.Base, text(b))
}

func (t *ldapDecoder) bind(r *cursor) {
	t.d.Version = int(r.integer())
	if name := r.want(berOctets); plain(name) {
		setText(&t.d.BindName, text(name))
	}
	switch tag, body := r.element(); tag {
	case 0x80:
		t.d.Auth = "simple"
		if len(body) == 0 {
			t.d.Auth = "anonymous"
		}
	case 0xa3:
		t.d.Auth = "sasl"
		s := cursor{b: body}
		setText(&t.d.Auth, strings.ToLower(saslName(s.want(berOctets))))
		t.d.read(s.b)
	case 0x89, 0x8a, 0x8b: // [MS-ADTS] 5.1.1.1.3: NTLM without SASL
		t.d.Auth = "sicily"
		t.d.read(body)
	}
}

// result keeps a response's code. A step of a log-in is followed by another.
func (t *ldapDecoder) result(op byte, r *cursor) (changed bool) {
	code := r.integer()
	if r.short || code < 0 || code > 255 {
		return false
	}
	if op == ldapBound && bytes.Contains(r.b, []byte(ntlmMark)) {
		changed = t.d.read(r.b)
	}
	name := itoa(uint32(code))
	if int(code) < len(ldapResults) && ldapResults[code] != "" {
		name = ldapResults[code]
	}
	return setText(&t.d.Result, name) || changed
}
