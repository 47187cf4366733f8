package dpi

import "encoding/binary"

// PostgreSQLDetail is what the start of a session says. Statements and passwords
// are not kept.
type PostgreSQLDetail struct {
	Wire        string `json:"wire_version,omitempty"` // of the protocol: "3.0"
	Server      string `json:"server_version,omitempty"`
	User        string `json:"user,omitempty"`
	Database    string `json:"database,omitempty"`
	Application string `json:"application,omitempty"`
	Auth        string `json:"auth,omitempty"`       // what the server asks for: "none", "password", "md5", "scram-sha-256", …
	Encryption  string `json:"encryption,omitempty"` // what the client asked for last: "tls", "gssapi"
	Refused     bool   `json:"encryption_refused,omitempty"`
	Error       string `json:"error,omitempty"` // SQLSTATE of the last error: "28P01"
	Severity    string `json:"severity,omitempty"`
	Cancel      bool   `json:"cancel,omitempty"` // the connection only cancels another's query
	Ready       bool   `json:"ready,omitempty"`  // the server took the client in
}

// Protocol returns PostgreSQL.
func (*PostgreSQLDetail) Protocol() Protocol { return PostgreSQL }

// Key returns "postgresql".
func (*PostgreSQLDetail) Key() string { return "postgresql" }

// Subject returns the database.
func (d *PostgreSQLDetail) Subject() string { return d.Database }

func (d *PostgreSQLDetail) clone() Detail {
	c := *d
	return &c
}

var postgresqlSignature = signature{
	proto: PostgreSQL, ports: []uint16{5432}, stream: func(s *sample) match { return s.both(postgresqlMatch) },
	new: func() decoder { return &postgresqlDecoder{} },
}

// Requests that stand where a start-up message has its protocol version.
const (
	pgCancel = 80877102
	pgTLS    = 80877103
	pgGSS    = 80877104

	pgMaxStart = 10000 // MAX_STARTUP_PACKET_LENGTH of the server
)

// postgresqlMatch tells the client's first message: a length and a version.
func postgresqlMatch(b []byte) match {
	if len(b) < 8 {
		if b[0] != 0 || len(b) >= 2 && b[1] != 0 {
			return no
		}
		return more
	}
	size, version := binary.BigEndian.Uint32(b), binary.BigEndian.Uint32(b[4:])
	switch {
	case version == pgTLS || version == pgGSS:
		if size == 8 {
			return sure
		}
	case version == pgCancel:
		if size >= 16 && size <= 16+256 {
			return sure
		}
	case version>>16 == 3 && version&0xffff <= 9999 && size > 9 && size <= pgMaxStart:
		// Names and values, all but the last text of at least a byte.
		if len(b) > 8 && b[8] >= 'A' && b[8] <= 'z' {
			if r := (cursor{b: b[8:]}); printable(r.cstring()) && !r.short {
				return sure
			}
		}
		if len(b) < 40 {
			return more
		}
	}
	return no
}

type postgresqlDecoder struct {
	d       PostgreSQLDetail
	shown   bool
	client  Dir  // who sent the start-up message
	started bool // it was sent
	asked   bool // the client asked for encryption, and the answer is one byte
}

func (p *postgresqlDecoder) stream(c *conv, dir Dir, b []byte) int {
	if !p.shown && postgresqlMatch(b) == sure {
		p.client = dir
	}
	if dir == p.client {
		return p.fromClient(c, dir, b)
	}
	if !p.shown { // the client speaks first
		c.done()
		return 0
	}
	return p.fromServer(c, b)
}

// fromClient reads up to the start-up message, and nothing behind it: passwords
// and statements.
func (p *postgresqlDecoder) fromClient(c *conv, dir Dir, b []byte) int {
	if p.started || p.asked {
		if p.asked {
			return 0 // what follows may be TLS: the server's byte tells
		}
		return len(b)
	}
	if len(b) < 8 {
		return 0
	}
	size, version := int(binary.BigEndian.Uint32(b)), binary.BigEndian.Uint32(b[4:])
	if size < 8 || size > pgMaxStart {
		c.done()
		return 0
	}
	if len(b) < size {
		c.need(dir, size)
		return 0
	}
	switch version {
	case pgTLS:
		p.asked, p.d.Encryption, p.d.Refused = true, "tls", false
	case pgGSS:
		p.asked, p.d.Encryption, p.d.Refused = true, "gssapi", false
	case pgCancel:
		p.d.Cancel, p.started = true, true
	default:
		p.started = true
		p.d.Wire = itoa(version>>16) + "." + itoa(version&0xffff)
		p.parameters(b[8:size])
	}
	p.show(c)
	return size
}

func (p *postgresqlDecoder) show(c *conv) {
	if !p.shown {
		p.shown = true
		c.detail(&p.d)
		return
	}
	c.changed()
}

// parameters reads the names and values of a start-up message. A database that is
// not named has the user's name.
func (p *postgresqlDecoder) parameters(b []byte) {
	for r := (cursor{b: b}); len(r.b) > 1; {
		name, value := r.cstring(), r.cstring()
		switch {
		case r.short || !plain(value):
			return
		case string(name) == "user":
			p.d.User = text(value)
		case string(name) == "database":
			p.d.Database = text(value)
		case string(name) == "application_name":
			p.d.Application = text(value)
		}
	}
	if p.d.Database == "" {
		p.d.Database = p.d.User
	}
}

// fromServer reads messages until the server is ready for queries.
func (p *postgresqlDecoder) fromServer(c *conv, b []byte) int {
	if p.asked {
		return p.answered(c, b)
	}
	read := 0
	for len(b)-read >= 5 {
		m := b[read:]
		size := int(binary.BigEndian.Uint32(m[1:])) + 1
		if size < 5 || size > 1<<24 {
			c.done()
			return read
		}
		if len(m) < size {
			if size > 8<<10 { // nothing that is of use is as long
				return read + size
			}
			return read
		}
		read += size
		if p.message(c, m[0], m[5:size]) {
			return read
		}
	}
	return read
}

// answered reads the byte by which the server takes or refuses encryption. An old
// one answers with an error.
func (p *postgresqlDecoder) answered(c *conv, b []byte) int {
	p.asked = false
	c.confirm()
	switch {
	case b[0] == 'S' && p.d.Encryption == "tls":
		c.become(TLS)
		return 1
	case b[0] == 'G' && p.d.Encryption == "gssapi":
		c.done()
		return 1
	case b[0] == 'N':
		p.d.Refused = true
		c.changed()
		return 1
	case b[0] == 'E':
		return 0
	}
	c.done()
	return 0
}

// message reads one message of the server, and reports whether it was the last
// that is of use.
func (p *postgresqlDecoder) message(c *conv, kind byte, body []byte) (last bool) {
	switch kind {
	case 'R':
		c.confirm()
		name := pgAuth(body)
		if p.d.Auth == "" && name == "" {
			name = "none"
		}
		if setText(&p.d.Auth, name) {
			c.changed()
		}
	case 'S':
		r := cursor{b: body}
		name, value := r.cstring(), r.cstring()
		if string(name) == "server_version" && plain(value) {
			p.d.Server = text(value)
			c.changed()
		}
	case 'E':
		p.failure(body)
		c.changed()
	case 'Z':
		p.d.Ready = true
		c.changed()
		c.done()
		return true
	}
	return false
}

// pgAuth names what an authentication message asks for; "" for the steps between
// and for success behind a request, which say nothing new.
func pgAuth(body []byte) string {
	r := cursor{b: body}
	switch r.be32() {
	case 2:
		return "kerberos"
	case 3:
		return "password"
	case 5:
		return "md5"
	case 6:
		return "scm"
	case 7:
		return "gssapi"
	case 9:
		return "sspi"
	case 10: // SASL: the mechanisms; the first is the one that the server would rather have
		if name := r.cstring(); printable(name) {
			return lowerText(name)
		}
	}
	return ""
}

// failure keeps an error's code, not its text, which may quote the statement.
func (p *postgresqlDecoder) failure(body []byte) {
	for r := (cursor{b: body}); len(r.b) > 1; {
		switch field, value := r.u8(), r.cstring(); {
		case r.short || !printable(value):
			return
		case field == 'C':
			p.d.Error = text(value)
		case field == 'V' || field == 'S' && p.d.Severity == "":
			p.d.Severity = text(value)
		}
	}
}
