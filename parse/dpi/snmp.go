package dpi

import (
	"encoding/hex"
	"strconv"
)

// SNMPDetail is what SNMP messages say of themselves (RFC 1157, 3416, 3412). The
// community of versions 1 and 2c is a password, and is not kept.
type SNMPDetail struct {
	Version string `json:"version"`          // "1", "2c", "3"
	PDU     string `json:"pdu,omitempty"`    // of the last message that shows it: "get", "response", "trap"
	Error   string `json:"error,omitempty"`  // status of the last response, unless it is none
	Object  string `json:"object,omitempty"` // the first variable of the last request: "1.3.6.1.2.1.1.1.0"
	Agent   string `json:"agent,omitempty"`  // description of the agent's system, if it was asked for
	Name    string `json:"name,omitempty"`   // name of the agent's system, likewise
	User    string `json:"user,omitempty"`   // of version 3
	Engine  string `json:"engine,omitempty"` // of version 3: the authority, in hexadecimal
	Level   string `json:"level,omitempty"`  // of version 3: "noAuthNoPriv", "authNoPriv", "authPriv"
}

// Protocol returns SNMP.
func (*SNMPDetail) Protocol() Protocol { return SNMP }

// Key returns "snmp".
func (*SNMPDetail) Key() string { return "snmp" }

// Subject returns the agent's name.
func (d *SNMPDetail) Subject() string { return d.Name }

func (d *SNMPDetail) clone() Detail {
	c := *d
	return &c
}

var snmpSignature = signature{
	proto: SNMP, ports: []uint16{161, 162}, packet: func(s *sample) match {
		var m snmpMessage
		if m.read(s.datagram(), s.wire) {
			return sure
		}
		return no
	},
	new: func() decoder { return &snmpDecoder{} },
}

var snmpVersions = [4]string{0: "1", 1: "2c", 3: "3"}

// snmpPDUs names the kinds of PDU by the low bits of their tags.
var snmpPDUs = [...]string{"get", "get_next", "response", "set", "trap", "get_bulk", "inform", "trap2", "report"}

var snmpErrors = [...]string{"", "tooBig", "noSuchName", "badValue", "readOnly", "genErr", "noAccess", "wrongType", "wrongLength",
	"wrongEncoding", "wrongValue", "noCreation", "inconsistentValue", "resourceUnavailable", "commitFailed", "undoFailed",
	"authorizationError", "notWritable", "inconsistentName"}

// snmpMessage is one message. Its slices are borrowed.
type snmpMessage struct {
	version int64
	pdu     byte   // tag, 0 where it is encrypted
	body    []byte // of the PDU
	flags   byte   // of version 3
	engine  []byte
	user    []byte
}

// read reads a message, and reports whether it is one: its lengths must agree with
// each other and with the datagram.
func (m *snmpMessage) read(b []byte, wire int) bool {
	tag, head, size, ok := berHead(b)
	if !ok || tag != berSequence || head+size != wire {
		return false
	}
	r := cursor{b: b[head:]}
	if m.version = r.integer(); r.short || m.version < 0 || m.version == 2 || m.version > 3 {
		return false
	}
	if m.version == 3 {
		return m.read3(&r)
	}
	if r.want(berOctets); r.short {
		return false
	}
	return m.readPDU(&r)
}

// read3 reads what version 3 has before the PDU (RFC 3412, section 6, and RFC
// 3414, section 2.4).
func (m *snmpMessage) read3(r *cursor) bool {
	g := cursor{b: r.want(berSequence)}
	g.integer()
	most := g.integer()
	flags := g.want(berOctets)
	model := g.integer()
	if r.short || g.short || len(flags) != 1 || most < 484 || model < 1 || len(g.b) != 0 {
		return false
	}
	m.flags = flags[0]
	if s := (cursor{b: r.want(berOctets)}); model == 3 {
		s = cursor{b: s.want(berSequence)}
		m.engine = s.want(berOctets)
		s.integer()
		s.integer()
		m.user = s.want(berOctets)
		if s.short || len(m.user) > 32 || len(m.engine) > 32 {
			return false
		}
	}
	if r.short {
		return false
	}
	if m.flags&2 != 0 {
		return len(r.b) > 0 && r.b[0] == berOctets
	}
	p := cursor{b: r.want(berSequence)}
	p.want(berOctets)
	p.want(berOctets)
	return !p.short && m.readPDU(&p)
}

func (m *snmpMessage) readPDU(r *cursor) bool {
	if m.pdu, m.body = r.element(); m.pdu < 0xa0 || int(m.pdu-0xa0) >= len(snmpPDUs) {
		return false
	}
	p := cursor{b: m.body}
	if m.pdu == 0xa4 { // version 1's trap begins with who sends it
		return len(p.want(berOID)) > 0
	}
	p.integer()
	p.integer()
	p.integer()
	return !p.short && (len(p.b) == 0 || p.b[0] == berSequence)
}

type snmpDecoder struct {
	d     SNMPDetail
	shown bool
	seen  int
}

// snmpEnough is how many messages of a flow are read: managers ask for ever.
const snmpEnough = 64

func (s *snmpDecoder) datagram(c *conv, dir Dir, b []byte, wire int) {
	var m snmpMessage
	if !m.read(b, wire) {
		return
	}
	before := s.d
	d := &s.d
	d.Version = snmpVersions[m.version]
	if m.version == 3 {
		d.Level = [4]string{"noAuthNoPriv", "authNoPriv", "privNoAuth", "authPriv"}[m.flags&3]
		setText(&d.Engine, hex.EncodeToString(m.engine))
		if plain(m.user) {
			setText(&d.User, text(m.user))
		}
	}
	if m.pdu != 0 {
		d.PDU = snmpPDUs[m.pdu-0xa0]
		s.variables(&m)
	}
	if !s.shown {
		s.shown = true
		c.detail(d)
		if (m.pdu == 0xa2 || m.pdu == 0xa8) && dir == ToServer {
			c.swap()
		}
	}
	if *d != before {
		c.changed()
	}
	if s.seen++; s.seen >= snmpEnough {
		c.done()
	}
}

// variables reads a PDU's first variable, and what the agent says of itself in the
// others: sysDescr and sysName (RFC 3418).
func (s *snmpDecoder) variables(m *snmpMessage) {
	if m.pdu == 0xa4 {
		r := cursor{b: m.body}
		setText(&s.d.Object, berOIDText(r.want(berOID)))
		return
	}
	r := cursor{b: m.body}
	r.integer()
	status := r.integer()
	r.integer()
	response := m.pdu == 0xa2 || m.pdu == 0xa8
	if response {
		s.d.Error = snmpError(status)
	}
	list := cursor{b: r.want(berSequence)}
	for n := 0; n < maxList && len(list.b) > 0; n++ {
		v := cursor{b: list.want(berSequence)}
		name := v.want(berOID)
		if v.short || len(name) == 0 {
			return
		}
		oid := berOIDText(name)
		if n == 0 && !response {
			setText(&s.d.Object, oid)
		}
		if tag, value := v.element(); tag == berOctets && !v.short && plain(value) {
			switch oid {
			case "1.3.6.1.2.1.1.1.0":
				setText(&s.d.Agent, tidy(value))
			case "1.3.6.1.2.1.1.5.0":
				setText(&s.d.Name, tidy(value))
			}
		}
	}
}

func snmpError(status int64) string {
	if status >= 0 && status < int64(len(snmpErrors)) {
		return snmpErrors[status]
	}
	return strconv.FormatInt(status, 10)
}
