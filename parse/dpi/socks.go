package dpi

import (
	"bytes"
	"net/netip"
	"strconv"
)

// SOCKSDetail is what a client told a SOCKS proxy (RFC 1928, RFC 1929; SOCKS4 and
// 4A have no standard). What it says through the proxy is looked at as if the
// connection began there.
type SOCKSDetail struct {
	Version string `json:"version"`           // "4", "4a", "5"
	Auth    string `json:"auth,omitempty"`    // the method that a proxy of version 5 chose: "none", "gssapi", "password"
	User    string `json:"user,omitempty"`    // never the password
	Command string `json:"command,omitempty"` // "connect", "bind", "udp"
	Host    string `json:"host,omitempty"`    // where the client wants to go: a name or an address
	Port    uint16 `json:"port,omitempty"`
	Refused bool   `json:"refused,omitempty"` // by the proxy
}

// Protocol returns SOCKS.
func (d *SOCKSDetail) Protocol() Protocol { return SOCKS }

// Key returns "socks".
func (d *SOCKSDetail) Key() string { return "socks" }

// Subject returns where the client wants to go.
func (d *SOCKSDetail) Subject() string { return d.Host }

func (d *SOCKSDetail) clone() Detail { c := *d; return &c }

var socksSignature = signature{
	proto:  SOCKS,
	ports:  []uint16{1080},
	stream: matchSOCKS,
	new:    func() decoder { return new(socks) },
}

// matchSOCKS waits for the proxy's answer: what the client says first has too few
// fixed bits.
func matchSOCKS(s *sample) match {
	c, p := s.head[ToServer], s.head[ToClient]
	switch {
	case !s.begun || len(c) == 0:
		return no
	case c[0] == 5:
		return matchSOCKS5(c, p)
	case c[0] == 4:
		request, n := readSOCKS4(c)
		switch {
		case n < 0 || len(p) > 0 && p[0] != 0:
			return no
		case n == 0 || len(p) < 2:
			return more
		}
		return sureIf(request.Port != 0 && p[1] >= socks4Granted && p[1] <= socks4Granted+3)
	}
	return no
}

func matchSOCKS5(c, p []byte) match {
	if len(c) > 1 && (c[1] == 0 || c[1] > 10) || len(p) > 0 && p[0] != 5 {
		return no
	}
	if len(c) < 2 || len(c) < 2+int(c[1]) {
		return more
	}
	methods := c[2 : 2+int(c[1])]
	if len(p) < 2 {
		if len(c) > 2+len(methods) {
			return no // a client waits for the method
		}
		return more
	}
	return sureIf(p[1] == 0xff || bytes.IndexByte(methods, p[1]) >= 0)
}

const (
	socks4Granted = 90
	maxSOCKS4     = 600 // bytes of a request: a user, a name, the rest
)

// readSOCKS4 reads a request: version, command, port, address, user and, for an
// address of 0.0.0.x, a name (SOCKS4A). It returns its length; 0 if it is not all
// there, -1 if it is none.
func readSOCKS4(b []byte) (d SOCKSDetail, n int) {
	if len(b) > 1 && b[1] != 1 && b[1] != 2 || len(b) > maxSOCKS4 {
		return d, -1
	}
	if len(b) < 9 {
		return d, 0
	}
	d.Version, d.Command, d.Port = "4", socksCommand(b[1]), uint16(length16(b[2:]))
	address := [4]byte(b[4:8])
	d.Host = netip.AddrFrom4(address).String()
	end := bytes.IndexByte(b[8:], 0)
	if end < 0 {
		return d, 0
	}
	d.User = text(b[8 : 8+end])
	n = 8 + end + 1
	if address[0]|address[1]|address[2] == 0 && address[3] != 0 {
		if end = bytes.IndexByte(b[n:], 0); end < 0 {
			return d, 0
		}
		d.Version, d.Host = "4a", text(b[n:n+end])
		n += end + 1
	}
	return d, n
}

func socksCommand(c byte) string {
	switch c {
	case 1:
		return "connect"
	case 2:
		return "bind"
	case 3:
		return "udp"
	}
	return strconv.Itoa(int(c))
}
