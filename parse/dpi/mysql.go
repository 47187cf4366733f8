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
