package dpi

import (
	"bytes"
	"encoding/binary"
)

// mysqlXNotice is the server's first message of the X protocol: Mysqlx.Notice.Frame
// of type SERVER_HELLO.
const mysqlXNotice = "\x05\x00\x00\x00\x0b\x08\x05\x1a\x00"

// streamX reads messages of the X protocol until it is encrypted, or the client
// is taken in. What they hold is not looked at but for the name of the capability
// that asks for TLS.
func (m *mysqlDecoder) streamX(c *conv, dir Dir, b []byte) int {
	if !m.d.XDevAPI {
		m.d.XDevAPI, m.d.Product = true, "mysql"
		c.changed()
	}
	read := 0
	for len(b)-read >= 5 {
		size := 4 + int(binary.LittleEndian.Uint32(b[read:]))
		if size < 5 || size > 1<<20 {
			c.done()
			return read
		}
		if len(b)-read < size {
			return read
		}
		kind, body := b[read+4], b[read+5:read+size]
		read += size
		switch {
		case dir == ToServer && kind == 2 && bytes.Contains(body, []byte("tls")):
			m.upgrade = true
		case dir == ToClient && kind == 0 && m.upgrade:
			m.d.TLS = true
			c.changed()
			c.become(TLS)
			return read
		case dir == ToClient && kind == 4: // AUTHENTICATE_OK
			m.d.Ready = true
			c.changed()
			c.done()
			return read
		case kind > 34 || m.seen > 32:
			c.done()
			return read
		}
		m.seen++
	}
	return read
}
