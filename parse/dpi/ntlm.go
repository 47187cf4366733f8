package dpi

import (
	"bytes"
	"encoding/binary"
)

// ntlm is who logs in by NTLM, and to what ([MS-NLMP]). Challenges, responses and
// keys are not read.
type ntlm struct {
	User     string `json:"user,omitempty"`
	Domain   string `json:"domain,omitempty"`
	Host     string `json:"host,omitempty"`        // the client's name for itself
	Server   string `json:"server_name,omitempty"` // NetBIOS name
	ServerAt string `json:"server_dns,omitempty"`  // DNS name
	Target   string `json:"server_domain,omitempty"`
	OS       string `json:"server_os,omitempty"` // version of the server's Windows: "10.0.17763"
}

const ntlmMark = "NTLMSSP\x00"

// read reads the first NTLM message in b, whatever it is wrapped in, and reports
// whether it said something new.
func (n *ntlm) read(b []byte) bool {
	at := bytes.Index(b, []byte(ntlmMark))
	if at < 0 {
		return false
	}
	before := *n
	b = b[at:]
	r := cursor{b: b[len(ntlmMark):]}
	switch r.le32() {
	case 2:
		n.challenge(b)
	case 3:
		n.authenticate(b)
	}
	return *n != before
}

// part returns what a field (length, room, offset) of a message stands for.
func ntlmPart(b []byte, field int) []byte {
	if len(b) < field+8 {
		return nil
	}
	size, at := int(binary.LittleEndian.Uint16(b[field:])), int(binary.LittleEndian.Uint32(b[field+4:]))
	if at < field || at > len(b) || size > len(b)-at {
		return nil
	}
	return b[at : at+size]
}

// ntlmText returns a name in the message's character set.
func ntlmText(b []byte, unicode bool) string {
	if unicode {
		return utf16Text(b)
	}
	return tidy(b)
}

func (n *ntlm) challenge(b []byte) {
	r := cursor{b: b[12:]}
	r.skip(8)
	flags := r.le32()
	setText(&n.Target, ntlmText(ntlmPart(b, 12), flags&1 != 0))
	if flags&0x02000000 != 0 && len(b) >= 52 {
		setText(&n.OS, itoa(uint32(b[48]))+"."+itoa(uint32(b[49]))+"."+itoa(uint32(binary.LittleEndian.Uint16(b[50:]))))
	}
	for r := (cursor{b: ntlmPart(b, 40)}); len(r.b) >= 4; {
		kind, v := r.le16(), r.take(int(r.le16()))
		switch kind {
		case 0:
			return
		case 1:
			setText(&n.Server, utf16Text(v))
		case 3:
			setText(&n.ServerAt, utf16Text(v))
		}
	}
}

func (n *ntlm) authenticate(b []byte) {
	unicode := true
	if len(b) >= 64 {
		unicode = b[60]&1 != 0
	}
	setText(&n.Domain, ntlmText(ntlmPart(b, 28), unicode))
	setText(&n.User, ntlmText(ntlmPart(b, 36), unicode))
	setText(&n.Host, ntlmText(ntlmPart(b, 44), unicode))
}
