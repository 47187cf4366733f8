package dpi

import "encoding/binary"

func ntpControlMatch(b []byte, wire int) match {
	if len(b) < 12 || b[0]>>6 != 0 {
		return no
	}
	op, count := b[1]&0x1f, int(binary.BigEndian.Uint16(b[10:]))
	if op >= byte(len(ntpControlOps)) && op != 31 || ntpControlName(op) == "" {
		return no
	}
	// RFC 9327: the data is padded to a word, an authenticator may follow.
	if end := 12 + (count+3)&^3; end != wire && 12+count != wire && end+20 != wire && end+24 != wire {
		return no
	}
	request, offset := b[1]&0x80 == 0, binary.BigEndian.Uint16(b[8:])
	if request && (b[1]&0x60 != 0 || offset != 0) {
		return no
	}
	return likely
}

var ntpControlOps = [...]string{1: "read_status", "read_variables", "write_variables", "read_clock", "write_clock",
	"set_trap", "trap", "configure", "save_config", "read_mru", "read_list", "request_nonce"}

func ntpControlName(op byte) string {
	if op == 31 {
		return "unset_trap"
	}
	if int(op) < len(ntpControlOps) {
		return ntpControlOps[op]
	}
	return ""
}

// ntpPrivateMatch checks ntpd's own requests, which no RFC describes: a request
// code of one of its implementations, a count of items and their size.
func ntpPrivateMatch(b []byte, wire int) match {
	if len(b) < 8 || b[2] != 0 && b[2] != 2 && b[2] != 3 || b[3] > 45 || b[6]&0xf0 != 0 {
		return no
	}
	items, size := int(b[4]&0xf)<<8|int(b[5]), int(b[6]&0xf)<<8|int(b[7])
	if b[0]&0x80 == 0 && b[4]>>4 != 0 || 8+items*size > wire {
		return no
	}
	if b[0]&0x80 == 0 {
		if wire == 8 || wire == 48 || wire == 192 || wire == 8+items*size || wire >= 184 && zeros(b[8+items*size:min(len(b), 184)]) {
			return likely
		}
		return no
	}
	switch {
	case wire != 8+items*size:
		return no
	case items > 0 && size > 0:
		return sure
	}
	return likely
}

func ntpPrivateName(code byte) string {
	switch code {
	case 0:
		return "peer_list"
	case 1:
		return "peer_list_sum"
	case 4:
		return "sysinfo"
	case 20, 42:
		return "monlist"
	}
	return "private"
}
