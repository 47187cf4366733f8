package dpi

import (
	"bytes"
	"encoding/binary"
)

// Commands of SMB 1 that are read ([MS-CIFS] 2.2.2.1).
const (
	smb1Negotiate   = 0x72
	smb1Session     = 0x73
	smb1TreeConnect = 0x75

	smb1Head = 32
	smb1Wide = 0x8000 // text is UTF-16
)

// smb1 reads a message of SMB 1: what is negotiated, who logs in, and which share
// is used.
func (m *smbDecoder) smb1(c *conv, dir Dir, b []byte) (changed bool) {
	if len(b) < smb1Head+3 {
		return setText(&m.d.Version, "1")
	}
	if m.d.Version == "" {
		m.d.Version, changed = "1", true
	}
	command, flags2 := b[4], binary.LittleEndian.Uint16(b[10:])
	answer := b[9]&0x80 != 0
	if !m.shown && answer == (dir == ToServer) {
		c.swap()
	}
	if status := binary.LittleEndian.Uint32(b[5:]); answer && status>>30 == 3 && status != 0xc0000016 && flags2&0x4000 != 0 {
		if command == smb1Session || command == smb1TreeConnect {
			return setText(&m.d.Error, ntStatus(status)) || changed
		}
		return changed
	}
	words := int(b[smb1Head]) * 2
	if len(b) < smb1Head+1+words+2 {
		return changed
	}
	params := b[smb1Head+1 : smb1Head+1+words]
	at := smb1Head + 1 + words + 2 // where the data begins
	data := b[at:min(len(b), at+int(binary.LittleEndian.Uint16(b[at-2:])))]
	return m.smb1Command(command, answer, flags2&smb1Wide != 0, params, data, at) || changed
}

func (m *smbDecoder) smb1Command(command byte, answer, wide bool, params, data []byte, at int) (changed bool) {
	switch {
	case command == smb1Negotiate && !answer:
		for len(data) > 1 && data[0] == 2 {
			end := bytes.IndexByte(data, 0)
			if end < 0 {
				break
			}
			if name := data[1:end]; printable(name) && addOnce(&m.d.Offered, text(name)) {
				changed = true
			}
			data = data[end+1:]
		}
	case command == smb1Negotiate && len(params) >= 2:
		if n := int(binary.LittleEndian.Uint16(params)); n < len(m.d.Offered) {
			changed = setText(&m.d.Dialect, m.d.Offered[n])
		}
	case command == smb1Session:
		changed = m.smb1Login(answer, wide, params, data, at)
	case command == smb1TreeConnect && !answer && len(params) >= 8:
		if pw := int(binary.LittleEndian.Uint16(params[6:])); pw <= len(data) {
			return addOnce(&m.d.Shares, smb1Text(data[pw:], wide, at+pw))
		}
	}
	return changed
}

// smb1Login reads a log-in: with a token, or by name with passwords before it.
func (m *smbDecoder) smb1Login(answer, wide bool, params, data []byte, at int) (changed bool) {
	if bytes.Contains(data, []byte(ntlmMark)) {
		return m.blob(data)
	}
	switch {
	case answer && len(params) == 6 && len(data) > 0: // [MS-CIFS] 2.2.4.53.2
		return setText(&m.d.OS, smb1Text(data, wide, at))
	case !answer && len(params) == 26: // 13 words: [MS-CIFS] 2.2.4.53.1
		skip := int(binary.LittleEndian.Uint16(params[14:])) + int(binary.LittleEndian.Uint16(params[16:]))
		if skip > len(data) {
			return false
		}
		user, used := smb1TextEnd(data[skip:], wide, at+skip)
		changed = setText(&m.d.User, user)
		if skip += used; skip <= len(data) {
			changed = setText(&m.d.Domain, smb1Text(data[skip:], wide, at+skip)) || changed
		}
	}
	return changed
}

func smb1Text(b []byte, wide bool, at int) string {
	s, _ := smb1TextEnd(b, wide, at)
	return s
}

// smb1TextEnd reads a text that ends with a zero, and says how much that takes. At
// is where b begins in the message: wide text begins at an even place.
func smb1TextEnd(b []byte, wide bool, at int) (s string, used int) {
	if !wide {
		end := bytes.IndexByte(b, 0)
		if end < 0 {
			end = len(b)
		}
		return tidy(b[:end]), end + 1
	}
	if at%2 != 0 && len(b) > 0 {
		b, used = b[1:], 1
	}
	n := 0
	for n+1 < len(b) && (b[n] != 0 || b[n+1] != 0) {
		n += 2
	}
	return utf16Text(b[:min(n, len(b))]), used + n + 2
}
