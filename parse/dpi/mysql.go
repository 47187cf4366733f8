package dpi

import (
	"bytes"
	"encoding/binary"
)

// MySQLDetail is what the start of a session of MySQL or MariaDB says. Statements
// and passwords are not kept.
type MySQLDetail struct {
	Product  string `json:"product,omitempty"` // "mysql", "mariadb"
	Server   string `json:"server_version,omitempty"`
	XDevAPI  bool   `json:"x_protocol,omitempty"` // the protocol of port 33060
	Auth     string `json:"auth,omitempty"`       // plugin: "caching_sha2_password"
	User     string `json:"user,omitempty"`
	Database string `json:"database,omitempty"`
	Client   string `json:"client,omitempty"` // name and version of the client's library
	Program  string `json:"program,omitempty"`
	TLS      bool   `json:"tls,omitempty"`   // the client went on to TLS
	Error    int    `json:"error,omitempty"` // of the log-in: 1045
	Ready    bool   `json:"ready,omitempty"` // the server took the client in
}

// Protocol returns MySQL.
func (*MySQLDetail) Protocol() Protocol { return MySQL }

// Key returns "mysql".
func (*MySQLDetail) Key() string { return "mysql" }

// Subject returns the database.
func (d *MySQLDetail) Subject() string { return d.Database }

func (d *MySQLDetail) clone() Detail {
	c := *d
	return &c
}

var mysqlSignature = signature{
	proto: MySQL, ports: []uint16{3306, 33060}, stream: func(s *sample) match { return s.both(mysqlMatch) },
	new: func() decoder { return &mysqlDecoder{} },
}

// Capability flags of a log-in.
const (
	mysqlWithDB     = 1 << 3
	mysql41         = 1 << 9
	mysqlSSL        = 1 << 11
	mysqlSecure     = 1 << 15
	mysqlPluginAuth = 1 << 19
	mysqlAttributes = 1 << 20
	mysqlLenAuth    = 1 << 21
)

// mysqlMatch tells the server's greeting, the client's answer, and the hello of
// the X protocol.
func mysqlMatch(b []byte) match {
	if m := begins(b, mysqlXNotice); m != no {
		return m
	}
	if len(b) < 5 {
		if len(b) >= 3 && b[2] != 0 || len(b) >= 4 && b[3] > 1 {
			return no
		}
		return more
	}
	size := int(b[0]) | int(b[1])<<8 | int(b[2])<<16
	if b[3] == 1 {
		return mysqlLoginMatch(b, size)
	}
	if b[3] != 0 || size < 10 || size > 512 {
		return no
	}
	switch body := b[4:min(4+size, len(b))]; {
	case body[0] == 10 || body[0] == 9:
		end := bytes.IndexByte(body, 0)
		if end < 0 {
			if len(body) < min(size, 64) && printable(body[1:]) {
				return more
			}
			return no
		}
		if end < 3 || !printable(body[1:end]) || body[1] < '0' || body[1] > '9' || !bytes.Contains(body[:end], []byte(".")) {
			return no
		}
		if body[0] == 9 || len(b) < 4+size {
			return likely
		}
		return mysqlGreetingMatch(body[end+1:])
	case body[0] == 0xff && len(body) < 3:
		return more
	case body[0] == 0xff && printable(body[3:]):
		// Refused before a greeting: "Host … is not allowed to connect".
		switch code := binary.LittleEndian.Uint16(body[1:]); {
		case code < 1000 || code >= 4200 || size < len(b)-4:
			return no
		case size > len(b)-4:
			return more
		}
		return likely
	}
	return no
}

// mysqlGreetingMatch checks what follows the server's version.
func mysqlGreetingMatch(rest []byte) match {
	// Thread, 8 bytes and a zero, capabilities, character set, status, capabilities,
	// a length, and zeros, of which MariaDB took the last four.
	switch {
	case len(rest) < 15 || rest[12] != 0:
		return no
	case len(rest) < 31:
		return likely
	case !zeros(rest[21:27]):
		return no
	}
	return sure
}

// mysqlLoginMatch checks the client's answer: a character set, 23 zero bytes
// (MariaDB: 19), and a user's name, or nothing where TLS is asked for.
func mysqlLoginMatch(b []byte, size int) match {
	const head = 4 + 32
	switch {
	case size < head-4 || size > 8<<10:
		return no
	case len(b) < head:
		return more
	}
	flags := binary.LittleEndian.Uint16(b[4:])
	if flags&mysql41 == 0 || b[12] == 0 || !zeros(b[13:32]) {
		return no
	}
	if size == head-4 {
		return sureIf(flags&mysqlSSL != 0)
	}
	name, _, whole := bytes.Cut(b[head:min(len(b), 4+size)], []byte{0})
	switch {
	case !plain(name) || len(name) > maxText:
		return no
	case !whole:
		return more
	}
	return sure
}

type mysqlDecoder struct {
	d       MySQLDetail
	shown   bool
	x       bool
	server  Dir // who greets
	greeted bool
	logged  bool // the client's answer was read
	upgrade bool // X protocol: the client asked for TLS
	seen    int
}

func (m *mysqlDecoder) stream(c *conv, dir Dir, b []byte) int {
	if !m.shown {
		switch {
		case begins(b, mysqlXNotice) == sure:
			m.x, m.server = true, dir
		case len(b) >= 4 && b[3] == 0:
			m.server = dir
		default:
			m.server = dir.other()
		}
		if len(b) < 5 {
			return 0
		}
		m.shown = true
		c.detail(&m.d)
		if m.server == ToServer {
			m.server = ToClient
			c.swap()
			dir = dir.other()
		}
	}
	if m.x {
		return m.streamX(c, dir, b)
	}
	if dir == ToServer && !m.greeted && !m.logged && len(b) >= 4 && b[3] != 1 {
		c.done()
		return 0
	}
	read := 0
	for len(b)-read >= 5 {
		p := b[read:]
		size := 4 + (int(p[0]) | int(p[1])<<8 | int(p[2])<<16)
		if len(p) < size {
			if size > 8<<10 {
				c.done()
			}
			return read
		}
		read += size
		if size == 4 || m.packet(c, dir, p[3], p[4:size]) {
			return read
		}
	}
	return read
}

// packet reads one packet, and reports whether it was the last that is of use.
func (m *mysqlDecoder) packet(c *conv, dir Dir, seq byte, body []byte) (last bool) {
	if m.seen++; m.seen > 16 {
		c.done()
		return true
	}
	switch {
	case dir == ToClient && !m.greeted:
		m.greeted = true
		m.greeting(c, body)
	case dir == ToServer && !m.logged:
		return m.login(c, body)
	case dir == ToClient && m.logged:
		return m.verdict(c, body)
	}
	return false
}

func (m *mysqlDecoder) greeting(c *conv, body []byte) {
	defer c.changed()
	if body[0] == 0xff {
		m.failure(body)
		return
	}
	r := cursor{b: body[1:]}
	version := tidy(r.cstring())
	m.d.Server, m.d.Product = version, "mysql"
	if bytes.Contains([]byte(version), []byte("MariaDB")) {
		m.d.Product = "mariadb"
		// "5.5.5-" before the version is for replicas that know no version above 9.
		m.d.Server = string(bytes.TrimPrefix([]byte(version), []byte("5.5.5-")))
	}
	r.skip(4 + 8 + 1)
	low := uint32(r.le16())
	r.skip(1 + 2)
	flags := low | uint32(r.le16())<<16
	secret := int(r.u8())
	r.skip(10)
	if flags&mysqlPluginAuth != 0 {
		r.skip(max(13, secret-8))
		m.plugin(tidy(r.b))
	}
}

func (m *mysqlDecoder) plugin(name string) {
	if printable([]byte(name)) {
		setText(&m.d.Auth, name)
	}
}

// login reads the client's answer: up to the change to TLS, or to its attributes.
func (m *mysqlDecoder) login(c *conv, body []byte) (last bool) {
	m.logged = true
	c.changed()
	r := cursor{b: body}
	flags := uint32(r.le16())
	if flags&mysql41 == 0 { // of before 4.1
		r.skip(3)
		m.d.User = tidy(r.cstring())
		return false
	}
	flags |= uint32(r.le16()) << 16
	if r.skip(4 + 1 + 23); flags&mysqlSSL != 0 && len(r.b) == 0 && !r.short {
		m.d.TLS = true
		c.confirm()
		c.become(TLS)
		return true
	}
	m.d.User = tidy(r.cstring())
	switch {
	case flags&mysqlLenAuth != 0:
		r.skip(r.lenenc())
	case flags&mysqlSecure != 0:
		r.short8()
	default:
		r.cstring()
	}
	if flags&mysqlWithDB != 0 {
		m.d.Database = tidy(r.cstring())
	}
	if flags&mysqlPluginAuth != 0 {
		m.plugin(tidy(r.cstring()))
	}
	if flags&mysqlAttributes != 0 {
		m.attributes(r.take(r.lenenc()))
	}
	return false
}

// attributes reads what the client says of itself.
func (m *mysqlDecoder) attributes(b []byte) {
	version := ""
	for r := (cursor{b: b}); len(r.b) > 0; {
		name, value := r.take(r.lenenc()), r.take(r.lenenc())
		switch {
		case r.short || !plain(value):
			return
		case string(name) == "_client_name":
			m.d.Client = text(value)
		case string(name) == "_client_version":
			version = text(value)
		case string(name) == "program_name":
			m.d.Program = text(value)
		}
	}
	if m.d.Client != "" && version != "" {
		m.d.Client += " " + version
	}
}

// lenenc reads a length-encoded integer; what does not fit a message is short.
func (r *cursor) lenenc() int {
	switch n := r.u8(); n {
	case 0xfc:
		return int(r.le16())
	case 0xfd:
		v := int(r.le16())
		return v | int(r.u8())<<16
	case 0xfe, 0xfb, 0xff:
		r.b, r.short = nil, true
		return 0
	default:
		return int(n)
	}
}

// verdict reads the server's answer to the log-in.
func (m *mysqlDecoder) verdict(c *conv, body []byte) (last bool) {
	switch body[0] {
	case 0x00:
		m.d.Ready = true
	case 0xff:
		m.failure(body)
	case 0xfe: // another plugin
		r := cursor{b: body[1:]}
		m.plugin(tidy(r.cstring()))
		c.changed()
		return false
	default:
		return false // a step of the plugin
	}
	c.changed()
	c.confirm()
	c.done()
	return true
}

func (m *mysqlDecoder) failure(body []byte) {
	if len(body) >= 3 {
		m.d.Error = int(binary.LittleEndian.Uint16(body[1:]))
	}
}
