package dpi

import (
	"bytes"
	"encoding/binary"
)

// mysqlDecoder reads a session up to the server's answer to the log-in.
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
	for len(b)-read >= 4 {
		p := b[read:]
		size := 4 + (int(p[0]) | int(p[1])<<8 | int(p[2])<<16)
		if len(p) < size {
			if size > 8<<10 {
				c.done()
			}
			return read
		}
		read += size
		if m.packet(c, dir, p[4:size]) {
			return read
		}
	}
	return read
}

// packet reads one packet, and reports whether it was the last that is of use.
func (m *mysqlDecoder) packet(c *conv, dir Dir, body []byte) (last bool) {
	if m.seen++; m.seen > 16 {
		c.done()
		return true
	}
	switch {
	case len(body) == 0: // an answer to a plugin that says nothing
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
