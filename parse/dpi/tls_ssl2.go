package dpi

import "encoding/binary"

// SSL 2.0 (draft-hickman-netscape-ssl-00; RFC 5246 E.2): records have a length of
// 15 bits below a set bit and no type; the first byte of a message says what it is.
const (
	ssl2Header      = 2
	ssl2ClientHello = 1
	ssl2ServerHello = 4
)

// isSSL2 reports whether a direction begins with a hello of SSL 2.0, which clients
// also used for later versions.
func isSSL2(b []byte) match {
	if len(b) > 0 && b[0]&0x80 == 0 || len(b) > 2 && b[2] != ssl2ClientHello && b[2] != ssl2ServerHello {
		return no
	}
	if len(b) < 5 {
		return more
	}
	length := int(b[0]&0x7f)<<8 | int(b[1])
	if b[2] == ssl2ServerHello {
		return isServerHelloSSL2(b, length)
	}
	if v := binary.BigEndian.Uint16(b[3:]); v != versionSSL2 && (v < versionSSL3 || v > version13) {
		return no
	}
	if len(b) < 11 {
		return more
	}
	ciphers, session, challenge := length16(b[5:]), length16(b[7:]), length16(b[9:])
	if ciphers == 0 || ciphers%3 != 0 || session != 0 && session != 16 || challenge < 16 || challenge > 32 ||
		length != 9+ciphers+session+challenge {
		return no
	}
	return sure
}

func isServerHelloSSL2(b []byte, length int) match {
	if b[3] > 1 || b[4] > 1 {
		return no
	}
	if len(b) < 13 {
		return more
	}
	certificate, ciphers, id := length16(b[7:]), length16(b[9:]), length16(b[11:])
	if binary.BigEndian.Uint16(b[5:]) != versionSSL2 || ciphers%3 != 0 || id < 16 || id > 32 ||
		length != 11+certificate+ciphers+id {
		return no
	}
	return sure
}

func length16(b []byte) int { return int(b[0])<<8 | int(b[1]) }

// headerSSL2 is header for a direction that begins in SSL 2.0.
func (t *tlsStream) headerSSL2(c *conv, dir *Dir, b []byte) int {
	if isSSL2(b) != sure {
		c.need(*dir, 13)
		return 0
	}
	if hello := b[ssl2Header]; hello == ssl2ClientHello {
		t.turn(c, dir, msgClientHello)
	} else {
		t.turn(c, dir, msgServerHello)
	}
	e := &t.ends[*dir]
	e.kind, e.length = recordSSL2, int(b[0]&0x7f)<<8|int(b[1])
	e.left = e.length
	e.records++
	return ssl2Header
}

// ssl2 reads a hello of SSL 2.0. JA3 is not defined for it; FoxIO's own program
// takes it for one without ciphers and extensions, and so does the JA4 here.
func (t *tlsStream) ssl2(c *conv, dir Dir, b []byte) {
	h := &t.hs
	d := h.begin(c)
	r := tlsBytes{b: b[1:]}
	if b[0] == ssl2ClientHello {
		h.hello, d.began = true, c.time
		m := clientHello{version: r.u16()}
		d.VersionsOffered, d.JA4 = offeredVersions(&m), c.i.pool.shared.ja4(&m, h.over)
	} else {
		h.helloSSL2(d, r)
		h.end(c) // what follows has no content types
	}
	c.changed()
}

// helloSSL2 reads a SERVER-HELLO: whether the session was found, the kind of the
// certificate, version, three lengths, the certificate.
func (h *handshake) helloSSL2(d *TLSDetail, r tlsBytes) {
	d.Resumed = r.u8() == 1
	r.u8()
	h.version = r.u16()
	d.Version = versionName(h.version)
	n := r.number(2)
	r.take(4)
	if der := r.take(n); len(der) > 0 && !r.cut {
		if d.Certificate = readCertificate(der); d.Certificate != nil {
			d.Certificate.Chain = 1
		}
	}
}
