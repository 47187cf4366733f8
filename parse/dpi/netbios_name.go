package dpi

import "strconv"

// netbiosName is a name as first-level encoding carries it: 15 characters and a
// suffix (RFC 1001 §14.1, RFC 1002 §4.1).
type netbiosName [16]byte

// readNetBIOSName decodes the first label of the name at off; next is the offset
// of the labels of its scope.
func readNetBIOSName(b []byte, off int) (name netbiosName, next int, ok bool) {
	used := 0
	text, next, ok := dnsLabel(b, off, &used)
	if !ok || len(text) != 32 {
		return name, 0, false
	}
	for i := range name {
		high, low := text[2*i]-'A', text[2*i+1]-'A'
		if high > 15 || low > 15 {
			return name, 0, false
		}
		name[i] = high<<4 | low
	}
	return name, next, true
}

func (n *netbiosName) suffix() byte { return n[15] }

// appendTo appends the name without its suffix and the padding before that:
// spaces, or zeros behind "*".
func (n *netbiosName) appendTo(out []byte) []byte {
	end := 15
	for end > 0 && (n[end-1] == ' ' || n[end-1] == 0) {
		end--
	}
	for _, c := range n[:end] {
		if c >= ' ' && c < 0x7f && c != '\\' {
			out = append(out, c)
		} else {
			out = append(out, '\\', '0'+c/100, '0'+c/10%10, '0'+c%10)
		}
	}
	return out
}

// netbiosRole returns what a suffix stands for, of a unique name or a group's
// (Microsoft, "NetBIOS suffixes"); "" where that is not known.
func netbiosRole(suffix byte, group bool) string {
	switch suffix {
	case 0x00:
		if group {
			return "workgroup"
		}
		return "workstation"
	case 0x01:
		if group {
			return "browser"
		}
		return "messenger"
	case 0x03:
		return "messenger"
	case 0x06:
		return "remote access server"
	case 0x1b:
		return "domain master browser"
	case 0x1c:
		return "domain controllers"
	case 0x1d:
		return "master browser"
	case 0x1e:
		return "browser elections"
	case 0x1f:
		return "network DDE"
	case 0x20:
		return "file server"
	case 0x21:
		return "remote access client"
	}
	return ""
}

// netbiosOperation names what a message is about (RFC 1002 §4.2.1.1).
func (m *dnsMessage) netbiosOperation() string {
	switch m.opcode() {
	case 5, 15:
		if m.response() && m.flags&dnsRCode == 7 {
			return "conflict"
		}
		return "registration"
	case 6:
		return "release"
	case 7:
		return "wait"
	case 8, 9:
		return "refresh"
	}
	if m.question.typ == typeNBSTAT || m.n > 0 && m.records[0].typ == typeNBSTAT {
		return "status"
	}
	return "query"
}

// netbiosResult names a result code (RFC 1002 §4.2.6, §4.2.14).
func netbiosResult(code int) string {
	switch code {
	case 0:
		return "ok"
	case 1:
		return "format error"
	case 2:
		return "server failure"
	case 3:
		return "no such name"
	case 4:
		return "unsupported request"
	case 5:
		return "refused"
	case 6:
		return "active"
	case 7:
		return "conflict"
	}
	return "code " + strconv.Itoa(code)
}

// hexByte are all bytes in hexadecimal.
var hexByte = func() (all [256]string) {
	const digits = "0123456789abcdef"
	for i := range all {
		all[i] = digits[i>>4:i>>4+1] + digits[i&15:i&15+1]
	}
	return all
}()

// macText returns a hardware address of any length as text.
func macText(b []byte) string {
	out := make([]byte, 0, 3*len(b))
	for i, c := range b {
		if i > 0 {
			out = append(out, ':')
		}
		out = append(out, hexByte[c]...)
	}
	return string(out)
}
