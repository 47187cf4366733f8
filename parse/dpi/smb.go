package dpi

import (
	"bytes"
	"encoding/binary"
)

// SMBDetail is what a session of SMB says of its ends and of what is shared.
// Names of files are not kept.
type SMBDetail struct {
	Version    string   `json:"version,omitempty"`          // family: "1", "2", "3"
	Dialect    string   `json:"dialect,omitempty"`          // that the server chose: "3.1.1", "NT LM 0.12"
	Offered    []string `json:"dialects_offered,omitempty"` // by the client
	ServerGUID string   `json:"server_guid,omitempty"`
	Signing    bool     `json:"signing_required,omitempty"` // by the server
	Encrypted  bool     `json:"encrypted,omitempty"`
	Auth       string   `json:"auth,omitempty"` // "ntlm", "kerberos"
	ntlm
	Shares  []string `json:"shares,omitempty"` // `\\server\share`
	Error   string   `json:"error,omitempty"`  // of the last log-in or tree connect that failed
	Called  string   `json:"called_name,omitempty"`
	Calling string   `json:"calling_name,omitempty"` // NetBIOS names of a session on port 139
	OS      string   `json:"os,omitempty"`           // SMB1: what the server says that it runs
}

// Protocol returns SMB.
func (*SMBDetail) Protocol() Protocol { return SMB }

// Key returns "smb".
func (*SMBDetail) Key() string { return "smb" }

// Subject returns the last share, else the server's name.
func (d *SMBDetail) Subject() string {
	switch {
	case len(d.Shares) > 0:
		return d.Shares[len(d.Shares)-1]
	case d.ServerAt != "":
		return d.ServerAt
	case d.Server != "":
		return d.Server
	}
	return d.Called
}

func (d *SMBDetail) clone() Detail {
	c := *d
	return &c
}

var smbSignature = signature{
	proto: SMB, ports: []uint16{445, 139}, stream: func(s *sample) match { return s.both(smbMatch) },
	new: func() decoder { return &smbDecoder{} },
}

// Marks of the four kinds of message behind a NetBIOS session header (RFC 1002,
// section 4.3).
const (
	smb1Mark      = "\xffSMB"
	smb2Mark      = "\xfeSMB"
	smbCryptMark  = "\xfdSMB"
	smbPackedMark = "\xfcSMB"

	smb2Head = 64
	nbHead   = 4
)

func smbMatch(b []byte) match {
	if b[0] == 0x81 || b[0] == 0x82 || b[0] == 0x83 {
		return nbSessionMatch(b)
	}
	if b[0] != 0 {
		return no
	}
	if len(b) < nbHead+4 {
		if len(b) > 5 && string(b[5:]) != "SMB"[:len(b)-5] {
			return no
		}
		return more
	}
	if string(b[5:8]) == "SMB" && b[4] >= 0xfc {
		return sure
	}
	return no
}

type smbDecoder struct {
	d     SMBDetail
	shown bool
	seen  int
}

// smbEnough is how many messages are read: a session may connect to further shares
// at any time, but seldom late.
const smbEnough = 256

func (m *smbDecoder) stream(c *conv, dir Dir, b []byte) int {
	read := 0
	for len(b)-read >= nbHead {
		p := b[read:]
		size := nbHead + int(binary.BigEndian.Uint32(p)&0xffffff)
		if p[0]>>4 != 0 && p[0]>>4 != 8 {
			c.done()
			return read
		}
		// A message that does not fit the buffer has nothing of use behind its head.
		if whole := min(size, 4<<10); len(p) < whole {
			return read
		}
		read += size
		m.packet(c, dir, p[0], p[nbHead:min(size, len(p))])
		if m.seen++; m.seen > smbEnough || m.d.Encrypted {
			c.done()
			return read
		}
	}
	return read
}

// packet reads one message behind its NetBIOS header.
func (m *smbDecoder) packet(c *conv, dir Dir, kind byte, b []byte) {
	if kind == 0x81 && len(b) >= 68 {
		setText(&m.d.Called, nbName(b[1:33]))
		setText(&m.d.Calling, nbName(b[35:67]))
		m.show(c, true)
		return
	}
	if kind != 0 || len(b) < 4 {
		return
	}
	changed := false
	switch string(b[:4]) {
	case smbCryptMark:
		m.d.Encrypted, changed = true, true
		setText(&m.d.Version, "3")
	case smbPackedMark:
		changed = setText(&m.d.Version, "3")
	case smb1Mark:
		changed = m.smb1(c, dir, b)
	case smb2Mark:
		changed = m.smb2(c, dir, b)
	default:
		c.done()
		return
	}
	m.show(c, changed)
}

func (m *smbDecoder) show(c *conv, changed bool) {
	switch {
	case !m.shown:
		m.shown = true
		c.detail(&m.d)
	case changed:
		c.changed()
	}
}

// Commands of SMB 2 that are read ([MS-SMB2] 2.2.1).
const (
	smb2Negotiate   = 0
	smb2Session     = 1
	smb2TreeConnect = 3
)

// smb2 reads a message and those that are compounded with it.
func (m *smbDecoder) smb2(c *conv, dir Dir, b []byte) (changed bool) {
	if m.d.Version == "" || m.d.Version == "1" {
		m.d.Version, changed = "2", true
	}
	for n := 0; n < maxList && len(b) >= smb2Head && string(b[:4]) == smb2Mark; n++ {
		flags, next := binary.LittleEndian.Uint32(b[16:]), int(binary.LittleEndian.Uint32(b[20:]))
		answer := flags&1 != 0
		if !m.shown && n == 0 && answer == (dir == ToServer) {
			c.swap()
		}
		one := b
		if next >= smb2Head && next <= len(b) {
			one = b[:next]
		}
		if m.smb2One(answer, one) {
			changed = true
		}
		if next < smb2Head || next > len(b) {
			break
		}
		b = b[next:]
	}
	return changed
}

// smb2One reads one message. Its offsets count from its head.
func (m *smbDecoder) smb2One(answer bool, b []byte) (changed bool) {
	status := binary.LittleEndian.Uint32(b[8:])
	command, body := binary.LittleEndian.Uint16(b[12:]), cursor{b: b[smb2Head:]}
	if answer && status>>30 == 3 && command <= smb2TreeConnect && status != 0xc0000016 { // more processing required
		return setText(&m.d.Error, ntStatus(status))
	}
	switch {
	case command == smb2Negotiate && !answer:
		return m.offers(&body)
	case command == smb2Negotiate:
		return m.chosen(&body)
	case command == smb2Session:
		if !answer {
			body.skip(12)
		} else {
			body.skip(4)
		}
		return m.blob(smb2Part(b, body.le16(), body.le16()))
	case command == smb2TreeConnect && !answer:
		body.skip(4)
		return addOnce(&m.d.Shares, utf16Text(smb2Part(b, body.le16(), body.le16())))
	}
	return false
}

func smb2Part(b []byte, at, size uint16) []byte {
	if int(at) < smb2Head || int(at) > len(b) {
		return nil
	}
	return b[at:min(int(at)+int(size), len(b))]
}

func (m *smbDecoder) offers(r *cursor) (changed bool) {
	r.skip(2)
	n := r.le16()
	for r.skip(32); n > 0 && !r.short; n-- {
		if v := r.le16(); !r.short && addOnce(&m.d.Offered, smbDialect(v)) {
			changed = true
		}
	}
	return changed
}

func (m *smbDecoder) chosen(r *cursor) bool {
	r.skip(2)
	mode, dialect := r.le16(), r.le16()
	r.skip(2)
	guid := r.take(16)
	if r.short {
		return false
	}
	m.d.Signing, m.d.Dialect = mode&2 != 0, smbDialect(dialect)
	m.d.ServerGUID = guidText(guid)
	if dialect>>8 == 3 {
		m.d.Version = "3"
	}
	return true
}

// blob looks at a log-in's token for who it is.
func (m *smbDecoder) blob(b []byte) (changed bool) {
	switch {
	case bytes.Contains(b, []byte(ntlmMark)):
		changed = setText(&m.d.Auth, "ntlm")
		return m.d.read(b) || changed
	case bytes.Contains(b, []byte("\x6e\x82")) && len(b) > 200: // AP-REQ
		return setText(&m.d.Auth, "kerberos")
	}
	return false
}
