package dpi

import (
	"encoding/binary"
	"encoding/hex"
)

// nbSessionMatch tells a request for a NetBIOS session, and the answers to it.
func nbSessionMatch(b []byte) match {
	if len(b) < nbHead {
		return more
	}
	size := binary.BigEndian.Uint32(b) & 0x1ffff
	switch {
	case b[1]&0xfe != 0:
		return no
	case b[0] == 0x81 && size == 68:
		if len(b) < nbHead+68 {
			return more
		}
		if b[4] == 32 && b[38] == 32 && nbLetters(b[5:37]) != nil && nbLetters(b[39:71]) != nil {
			return sure
		}
	case b[0] == 0x82 && size == 0 && len(b) == nbHead, b[0] == 0x83 && size == 1 && len(b) == nbHead+1 && b[4] >= 0x80 && b[4] < 0x90:
		return more
	}
	return no
}

// nbName decodes the 32 letters of a NetBIOS name (RFC 1001, section 14.1) without
// its last byte, which is a kind; "" for what is none.
func nbName(b []byte) string {
	var raw [16]byte
	if len(b) < 32 {
		return ""
	}
	for i := range raw {
		hi, lo := b[2*i]-'A', b[2*i+1]-'A'
		if hi > 15 || lo > 15 {
			return ""
		}
		raw[i] = hi<<4 | lo
	}
	name := raw[:0]
	for _, c := range raw[:15] {
		if c >= ' ' { // control characters mark the names of browsers
			name = append(name, c)
		}
	}
	return tidy(name)
}

// smbDialect names a revision: 0x0302 is "3.0.2". 0x02ff asks to negotiate again.
func smbDialect(v uint16) string {
	if v == 0x02ff {
		return "2.???"
	}
	name := itoa(uint32(v>>8)) + "." + itoa(uint32(v>>4&0xf))
	if v&0xf != 0 {
		name += "." + itoa(uint32(v&0xf))
	}
	return name
}

// guidText writes a GUID as Windows does: the first three fields little-endian.
func guidText(b []byte) string {
	g := [16]byte{b[3], b[2], b[1], b[0], b[5], b[4], b[7], b[6]}
	copy(g[8:], b[8:])
	h := hex.EncodeToString(g[:])
	return h[:8] + "-" + h[8:12] + "-" + h[12:16] + "-" + h[16:20] + "-" + h[20:]
}

// ntStatus names what refuses a log-in ([MS-ERREF] 2.3.1).
func ntStatus(v uint32) string {
	switch v {
	case 0xc000006d:
		return "LOGON_FAILURE"
	case 0xc0000022:
		return "ACCESS_DENIED"
	case 0xc00000cc:
		return "BAD_NETWORK_NAME"
	case 0xc0000064:
		return "NO_SUCH_USER"
	case 0xc000006a:
		return "WRONG_PASSWORD"
	case 0xc000006e:
		return "ACCOUNT_RESTRICTION"
	case 0xc0000072:
		return "ACCOUNT_DISABLED"
	case 0xc0000234:
		return "ACCOUNT_LOCKED_OUT"
	case 0xc00000bb:
		return "NOT_SUPPORTED"
	case 0xc000000d:
		return "INVALID_PARAMETER"
	case 0xc0000203:
		return "USER_SESSION_DELETED"
	case 0xc000035c:
		return "NETWORK_SESSION_EXPIRED"
	}
	return "0x" + hex.EncodeToString([]byte{byte(v >> 24), byte(v >> 16), byte(v >> 8), byte(v)})
}
