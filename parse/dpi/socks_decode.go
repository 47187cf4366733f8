package dpi

import (
	"net/netip"
	"strconv"
)

// socksStep is what a connection to a SOCKS proxy is at.
type socksStep uint8

const (
	socksHello    socksStep = iota // the client's first message
	socksMethod                    // of version 5: the proxy's choice
	socksLogin                     // the client's user and password
	socksVerdict                   // the proxy's word on them
	socksRequest                   // of version 5: where to
	socksResponse                  // the proxy's answer
)

// socks reads the talk with a proxy, in which both ends take turns.
type socks struct {
	d    *SOCKSDetail
	step socksStep
	bind bool // of BIND, a second answer comes when someone calls
}

func (s *socks) stream(c *conv, dir Dir, b []byte) int {
	turn := ToServer
	switch s.step {
	case socksMethod, socksVerdict, socksResponse:
		turn = ToClient
	}
	if dir != turn {
		return 0 // a client that does not wait: it is read later
	}
	switch s.step {
	case socksHello:
		return s.hello(c, b)
	case socksMethod:
		return s.method(c, b)
	case socksLogin:
		return s.login(c, b)
	case socksVerdict:
		if len(b) < 2 {
			return 0
		}
		s.step = socksRequest
		s.refuse(c, b[1] != 0)
		return 2
	case socksRequest:
		return s.request(c, b)
	}
	return s.response(c, b)
}

func (s *socks) hello(c *conv, b []byte) int {
	if b[0] == 4 {
		d, n := readSOCKS4(b)
		if n <= 0 {
			return s.wait(c, n)
		}
		s.d, s.step = &d, socksResponse
		c.detail(s.d)
		return n
	}
	if len(b) < 2 || len(b) < 2+int(b[1]) {
		return 0
	}
	s.d, s.step = &SOCKSDetail{Version: "5"}, socksMethod
	c.detail(s.d)
	return 2 + int(b[1])
}

// wait waits for more, or gives up where n says that there is nothing to read.
func (s *socks) wait(c *conv, n int) int {
	if n < 0 {
		c.done()
	}
	return 0
}

func (s *socks) method(c *conv, b []byte) int {
	if len(b) < 2 {
		return 0
	}
	s.step = socksRequest
	switch b[1] {
	case 0:
		s.d.Auth = "none"
	case 1:
		s.d.Auth = "gssapi" // what follows is wrapped
		c.done()
	case 2:
		s.d.Auth, s.step = "password", socksLogin
	case 0xff:
		s.refuse(c, true)
	default:
		s.d.Auth = strconv.Itoa(int(b[1]))
		c.done()
	}
	c.changed()
	return 2
}

// login reads the user (RFC 1929); the password is passed over.
func (s *socks) login(c *conv, b []byte) int {
	r := tlsBytes{b: b}
	if r.u8() != 1 {
		c.done() // no log-in of this kind
		return 0
	}
	user := r.vector(1)
	r.vector(1)
	if r.cut {
		return 0
	}
	s.d.User, s.step = text(user), socksVerdict
	c.changed()
	return len(b) - len(r.b)
}

func (s *socks) request(c *conv, b []byte) int {
	host, port, n := socksAddress(b)
	if n <= 0 {
		return s.wait(c, n)
	}
	s.d.Command, s.d.Host, s.d.Port = socksCommand(b[1]), host, port
	s.step = socksResponse
	c.changed()
	return n
}

// response ends the talk: what follows is what the client says to the other host.
func (s *socks) response(c *conv, b []byte) int {
	n := 8
	if s.d.Version == "5" {
		if _, _, n = socksAddress(b); n <= 0 {
			return s.wait(c, n)
		}
		s.refuse(c, b[1] != 0)
	} else if len(b) < n {
		return 0
	} else {
		s.refuse(c, b[1] != socks4Granted)
	}
	switch {
	case s.d.Refused:
	case s.d.Command == "bind" && !s.bind:
		s.bind = true
	case s.d.Command == "udp":
		c.done()
	default:
		c.again()
	}
	return n
}

// refuse keeps that the proxy said no; then there is nothing more to come.
func (s *socks) refuse(c *conv, refused bool) {
	if refused {
		s.d.Refused = true
		c.changed()
		c.done()
	}
}

// socksAddress reads the address of a request or a reply: version, command or
// status, a zero, kind, address, port (RFC 1928 4). n is as of readSOCKS4.
func socksAddress(b []byte) (host string, port uint16, n int) {
	if len(b) < 5 {
		return "", 0, 0
	}
	if b[0] != 5 {
		return "", 0, -1
	}
	r := tlsBytes{b: b[4:]}
	var address []byte
	switch b[3] {
	case 1:
		address = r.take(4)
	case 3:
		host = text(r.vector(1))
	case 4:
		address = r.take(16)
	default:
		return "", 0, -1
	}
	if a, ok := netip.AddrFromSlice(address); ok {
		host = a.String()
	}
	port = r.u16()
	if r.cut {
		return "", 0, 0
	}
	return host, port, len(b) - len(r.b)
}
