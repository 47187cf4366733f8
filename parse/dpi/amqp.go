package dpi

import (
	"encoding/binary"
	"strings"
)

// AMQPDetail is what the ends of an AMQP connection say of themselves: version
// 0-9-1 as RabbitMQ speaks it, and 1.0. Passwords and messages are not read.
type AMQPDetail struct {
	Version    string `json:"version,omitempty"`          // "0-9-1", "1.0"
	Server     string `json:"server,omitempty"`           // product and version
	Client     string `json:"client,omitempty"`           // product and version; of 1.0 the container's name
	VHost      string `json:"vhost,omitempty"`            // of 1.0 the host that the client asks for
	User       string `json:"user,omitempty"`             // where it is plain
	Mechanisms string `json:"mechanisms,omitempty"`       // that the server offers
	Auth       string `json:"auth,omitempty"`             // mechanism that the client chose
	Close      int    `json:"close_code,omitempty"`       // of version 0-9-1: 403, 530
	Container  string `json:"server_container,omitempty"` // of 1.0
	TLS        bool   `json:"tls,omitempty"`              // of 1.0: TLS was asked for by the header
}

// Protocol returns AMQP.
func (*AMQPDetail) Protocol() Protocol { return AMQP }

// Key returns "amqp".
func (*AMQPDetail) Key() string { return "amqp" }

// Subject returns the virtual host.
func (d *AMQPDetail) Subject() string { return d.VHost }

func (d *AMQPDetail) clone() Detail {
	c := *d
	return &c
}

var amqpSignature = signature{
	proto: AMQP, ports: []uint16{5672}, stream: func(s *sample) match { return s.both(amqpMatch) },
	new: func() decoder { return &amqpDecoder{} },
}

const amqpHead = 8 // of a connection: "AMQP" and four bytes that say which

func amqpMatch(b []byte) match {
	if m := begins(b[:min(len(b), 4)], "AMQP"); m != sure {
		return m
	}
	if len(b) < amqpHead {
		return more
	}
	if amqpVersion(b) == "" {
		return no
	}
	return sure
}

// amqpVersion reads a connection's header.
func amqpVersion(b []byte) string {
	switch [4]byte(b[4:8]) {
	case [4]byte{0, 0, 9, 1}:
		return "0-9-1"
	case [4]byte{1, 1, 0, 9}:
		return "0-9"
	case [4]byte{1, 1, 8, 0}:
		return "0-8"
	case [4]byte{1, 1, 0, 10}:
		return "0-10"
	case [4]byte{0, 1, 0, 0}, [4]byte{2, 1, 0, 0}, [4]byte{3, 1, 0, 0}:
		return "1.0"
	}
	return ""
}

type amqpDecoder struct {
	d     AMQPDetail
	shown bool
	head  [2]bool // read, by direction
	seen  int
}

// amqpEnough is how many frames are read where none says that all is known.
const amqpEnough = 32

func (a *amqpDecoder) stream(c *conv, dir Dir, b []byte) int {
	read := 0
	for len(b)-read >= amqpHead {
		p := b[read:]
		if string(p[:4]) == "AMQP" && amqpVersion(p) != "" {
			read += amqpHead
			if a.header(c, dir, p) {
				return read
			}
			continue
		}
		var size int
		if a.d.Version == "1.0" {
			size = int(binary.BigEndian.Uint32(p))
		} else {
			size = 8 + int(binary.BigEndian.Uint32(p[3:]))
		}
		if size < 8 || size > 1<<24 || !a.shown {
			c.done()
			return read
		}
		if len(p) < min(size, 8<<10) {
			return read
		}
		read += size
		if a.frame(c, dir, p[:min(len(p), size)]) {
			c.done()
			return read
		}
		if a.seen++; a.seen > amqpEnough {
			c.done()
			return read
		}
	}
	return read
}

// header reads a connection's header, and reports whether TLS comes next. A server
// of 1.0 answers with the same, one of 0-9-1 only where it refuses.
func (a *amqpDecoder) header(c *conv, dir Dir, p []byte) (tls bool) {
	a.d.Version = amqpVersion(p)
	a.head[dir] = true
	if !a.shown {
		a.shown = true
		c.detail(&a.d)
	}
	c.changed()
	if p[4] == 2 && a.head[0] && a.head[1] {
		a.d.TLS = true
		c.become(TLS)
		return true
	}
	return false
}

// frame reads one frame, and reports whether it was the last that is of use.
func (a *amqpDecoder) frame(c *conv, dir Dir, p []byte) (last bool) {
	c.changed()
	if a.d.Version == "1.0" {
		return a.performative(c, dir, p)
	}
	if p[0] != 1 || len(p) < 12 { // a method of class connection
		return p[0] != 8 && p[0] != 1
	}
	r := cursor{b: p[7:]}
	if r.be16() != 10 {
		return true
	}
	switch r.be16() {
	case 10: // start
		r.skip(2)
		a.d.Server = amqpProduct(r.long32())
		if names := r.long32(); printable(names) {
			a.d.Mechanisms = text(names)
		}
		c.confirm()
	case 11: // start-ok
		a.d.Client = amqpProduct(r.long32())
		name, response := r.short8(), r.long32()
		a.d.Auth = saslName(name)
		a.d.User = saslUser(a.d.Auth, response)
	case 40: // open
		if host := r.short8(); plain(host) {
			a.d.VHost = text(host)
		}
	case 41: // open-ok
		return true
	case 50: // close
		a.d.Close = int(r.be16())
		return true
	}
	return false
}

// amqpProduct reads product and version from a table of properties.
func amqpProduct(b []byte) string {
	product, version := "", ""
	for r := (cursor{b: b}); len(r.b) > 0 && !r.short; {
		name := r.short8()
		kind := r.u8()
		var value []byte
		switch kind {
		case 'S', 'F', 'x', 'A':
			value = r.long32()
		case 's':
			value = r.short8()
		case 't', 'b', 'B':
			r.skip(1)
		case 'u', 'U':
			r.skip(2)
		case 'I', 'i', 'f':
			r.skip(4)
		case 'l', 'L', 'd', 'T':
			r.skip(8)
		case 'V':
		default:
			r.short = true
		}
		switch {
		case kind != 'S' || r.short || !plain(value):
		case string(name) == "product":
			product = text(value)
		case string(name) == "version":
			version = text(value)
		}
	}
	return strings.TrimSpace(product + " " + version)
}
