package dpi

import (
	"bytes"
	"encoding/binary"
)

// RDPDetail is what the start of a remote desktop's connection says ([MS-RDPBCGR]).
type RDPDetail struct {
	User     string   `json:"user,omitempty"`    // of the cookie mstshash, which clients cut to 9 letters
	Routing  bool     `json:"routing,omitempty"` // a load balancer's token was sent instead
	Offered  []string `json:"security_offered,omitempty"`
	Security string   `json:"security,omitempty"` // chosen: "rdp", "tls", "credssp", …
	Error    string   `json:"error,omitempty"`    // why the server refuses
	Client   string   `json:"client,omitempty"`   // the client's name for itself, where it is not encrypted
	Build    uint32   `json:"client_build,omitempty"`
	Keyboard uint32   `json:"keyboard,omitempty"` // layout: 0x409 is English (US)
	Screen   string   `json:"screen,omitempty"`   // "1920x1080"
	UDP      bool     `json:"udp,omitempty"`      // the side channel of [MS-RDPEUDP]
}

// Protocol returns RDP.
func (*RDPDetail) Protocol() Protocol { return RDP }

// Key returns "rdp".
func (*RDPDetail) Key() string { return "rdp" }

// Subject returns the user.
func (d *RDPDetail) Subject() string { return d.User }

func (d *RDPDetail) clone() Detail {
	c := *d
	return &c
}

var rdpSignature = signature{
	proto: RDP, ports: []uint16{3389}, stream: func(s *sample) match { return s.both(rdpMatch) }, packet: rdpPacketMatch,
	new: func() decoder { return &rdpDecoder{} },
}

const (
	tpktHead = 4 // RFC 1006: version 3, 0, length
	x224Head = 7 // length, kind, two references, class

	x224Request = 0xe0
	x224Confirm = 0xd0
)

// rdpMatch tells a connection request or its confirmation of X.224 that holds what
// only RDP puts there. Others that are carried by TPKT (S7, H.323, MMS) put
// parameters of X.224 there, or nothing.
func rdpMatch(b []byte) match {
	if m := begins(b[:min(len(b), 3)], "\x03\x00\x00"); m != sure {
		return m
	}
	if len(b) < tpktHead+x224Head {
		return more
	}
	size, kind := int(b[3]), b[5]
	if int(b[4])+5 != size || size < tpktHead+x224Head || kind != x224Request && kind != x224Confirm || b[10] != 0 {
		return no
	}
	switch rest := b[tpktHead+x224Head : min(len(b), size)]; {
	case size == tpktHead+x224Head:
		return no // a client of before Windows XP: nothing tells it from others
	case len(rest) < 8:
		return more
	case bytes.HasPrefix(rest, []byte("Cookie: ")):
		return sure
	case rest[0] >= 1 && rest[0] <= 3 && binary.LittleEndian.Uint16(rest[2:]) == 8 && (rest[0] == 1) == (kind == x224Request):
		return sure
	case kind == x224Request && bytes.Contains(rest, []byte("\r\n")) && printable(rest[:bytes.IndexByte(rest, '\r')]):
		return likely // a token without a name
	}
	return no
}

// rdpPacketMatch tells the first datagram of the side channel: it is padded to the
// largest, and acknowledges nothing ([MS-RDPEUDP] 3.1.5.1.1).
func rdpPacketMatch(s *sample) match {
	b := s.datagram()
	if s.wire != 1232 || len(b) < 24 {
		return no
	}
	flags := binary.BigEndian.Uint16(b[6:])
	if binary.BigEndian.Uint32(b) != 0xffffffff || flags&1 == 0 || flags&0xe000 != 0 {
		return no
	}
	if most := binary.BigEndian.Uint16(b[12:]); most > 1232 || most < 1000 {
		return no
	}
	return sure
}

var rdpFailures = [...]string{1: "SSL_REQUIRED_BY_SERVER", 2: "SSL_NOT_ALLOWED_BY_SERVER", 3: "SSL_CERT_NOT_ON_SERVER",
	4: "INCONSISTENT_FLAGS", 5: "HYBRID_REQUIRED_BY_SERVER", 6: "SSL_WITH_USER_AUTH_REQUIRED_BY_SERVER"}

type rdpDecoder struct {
	d     RDPDetail
	shown bool
}

func (t *rdpDecoder) datagram(c *conv, dir Dir, b []byte, wire int) {
	t.d.UDP = true
	c.detail(&t.d)
	c.done()
}

func (t *rdpDecoder) stream(c *conv, dir Dir, b []byte) int {
	read := 0
	for len(b)-read > tpktHead+2 {
		p := b[read:]
		size := int(binary.BigEndian.Uint16(p[2:]))
		if p[0] != 3 || size < tpktHead+3 {
			c.done()
			return read
		}
		if len(p) < size {
			c.need(dir, len(b)-len(p)+size)
			return read
		}
		read += size
		if p = p[:size]; t.packet(c, dir, p[5], p[tpktHead:]) {
			return read
		}
	}
	return read
}

// packet reads one packet of X.224, and reports whether another decoder, or none,
// goes on.
func (t *rdpDecoder) packet(c *conv, dir Dir, kind byte, b []byte) (last bool) {
	switch {
	case kind == x224Request && len(b) >= x224Head:
		t.request(b[x224Head:])
		t.show(c)
	case kind == x224Confirm && len(b) >= x224Head:
		t.show(c)
		if t.confirmed(c, b[x224Head:]) {
			c.become(TLS)
			return true
		}
	case kind == 0xf0 && t.shown && dir == ToServer: // data: MCS connect-initial
		if t.settings(b) {
			c.changed()
		}
		c.done()
		return true
	}
	return false
}

func (t *rdpDecoder) show(c *conv) {
	if !t.shown {
		t.shown = true
		c.detail(&t.d)
		return
	}
	c.changed()
}

func (t *rdpDecoder) request(b []byte) {
	const hash = "Cookie: mstshash="
	if end := bytes.Index(b, []byte("\r\n")); end >= 0 {
		line := b[:end]
		switch {
		case bytes.HasPrefix(line, []byte(hash)):
			if user := line[len(hash):]; plain(user) {
				t.d.User = tidy(user)
			}
		case len(line) > 0:
			t.d.Routing = true
		}
		b = b[end+2:]
	}
	if len(b) < 8 || b[0] != 1 {
		return
	}
	flags := binary.LittleEndian.Uint32(b[4:])
	if flags == 0 {
		addOnce(&t.d.Offered, "rdp")
	}
	for bit := range 5 {
		if flags>>bit&1 != 0 {
			addOnce(&t.d.Offered, rdpSecurity(1<<bit))
		}
	}
}

func rdpSecurity(v uint32) string {
	switch v {
	case 0:
		return "rdp"
	case 1:
		return "tls"
	case 2:
		return "credssp"
	case 4:
		return "rdstls"
	case 8:
		return "credssp_early_auth"
	case 16:
		return "aad"
	}
	return "unknown"
}

// confirmed reads the server's choice, and reports whether TLS comes next.
func (t *rdpDecoder) confirmed(c *conv, b []byte) bool {
	if len(b) < 8 {
		t.d.Security = "rdp"
		return false
	}
	c.confirm()
	v := binary.LittleEndian.Uint32(b[4:])
	if b[0] == 3 {
		t.d.Error = "unknown"
		if v < uint32(len(rdpFailures)) && rdpFailures[v] != "" {
			t.d.Error = rdpFailures[v]
		}
		return false
	}
	t.d.Security = rdpSecurity(v)
	return v != 0
}

// settings reads the client's core data ([MS-RDPBCGR] 2.2.1.3.2), which stands
// within what MCS and GCC put round it, and reports whether it was there.
func (t *rdpDecoder) settings(b []byte) bool {
	at := bytes.Index(b, []byte("Duca")) // H.221 key of the client: what follows is RDP's
	if at < 0 {
		return false
	}
	core := bytes.Index(b[at:], []byte("\x01\xc0"))
	if core < 0 {
		return false
	}
	r := cursor{b: b[at+core+2:]}
	r.skip(2 + 4)
	width, height := r.le16(), r.le16()
	r.skip(4)
	keyboard, build := r.le32(), r.le32()
	name := r.take(32)
	if r.short {
		return false
	}
	t.d.Screen = itoa(uint32(width)) + "x" + itoa(uint32(height))
	t.d.Keyboard, t.d.Build = keyboard, build
	if s := utf16Text(name); plain([]byte(s)) {
		t.d.Client = s
	}
	return true
}
