package dpi

import "bytes"

// methods are those that begin a request where it is not known yet that HTTP is
// spoken: IANA's registry of HTTP methods, and what is used without being there.
var methods = []string{
	"GET", "POST", "HEAD", "PUT", "DELETE", "OPTIONS", "CONNECT", "TRACE", "PATCH", "QUERY",
	"PROPFIND", "PROPPATCH", "MKCOL", "COPY", "MOVE", "LOCK", "UNLOCK", "REPORT", "SEARCH", "ACL",
	"BASELINE-CONTROL", "BIND", "CHECKIN", "CHECKOUT", "LABEL", "LINK", "MERGE", "MKACTIVITY", "MKCALENDAR",
	"MKREDIRECTREF", "MKWORKSPACE", "ORDERPATCH", "REBIND", "UNBIND", "UNCHECKOUT", "UNLINK", "UPDATE",
	"UPDATEREDIRECTREF", "VERSION-CONTROL",
	"NOTIFY", "SUBSCRIBE", "UNSUBSCRIBE", "POLL", "BCOPY", "BDELETE", "BMOVE", "BPROPFIND", "BPROPPATCH",
	"X-MS-ENUMATTS", "M-SEARCH", "M-POST", "PURGE", "TRACK", "DEBUG", "VIEW",
	"RPC_IN_DATA", "RPC_OUT_DATA", "RDG_IN_DATA", "RDG_OUT_DATA", "BITS_POST", "CCM_POST", "SSTP_DUPLEX_POST",
	"SOURCE", "ANNOUNCE",
}

// method returns the name of a method that is in the list; matched as written,
// since methods are case-sensitive (RFC 9110 9.1). "" for others.
func method(b []byte) string {
	for _, m := range methods {
		if string(b) == m {
			return m
		}
	}
	return ""
}

// maxMethod is the length of the longest token that is taken for a method.
const maxMethod = 32

// token reports whether b may be a method that is in no list.
func token(b []byte) bool {
	if len(b) == 0 || len(b) > maxMethod {
		return false
	}
	for _, c := range b {
		if (c < 'A' || c > 'Z') && !digit(c) && c != '-' && c != '_' {
			return false
		}
	}
	return true
}

// requestLine takes a request's first line apart (RFC 9112 3). A target that
// holds blanks is let through, as servers do.
func requestLine(line []byte) (method, target, version []byte, ok bool) {
	i := bytes.IndexByte(line, ' ')
	j := bytes.LastIndexByte(line, ' ')
	if i <= 0 || j <= i || !token(line[:i]) {
		return nil, nil, nil, false
	}
	version = httpVersion(line[j+1:])
	target = bytes.TrimSpace(line[i:j])
	return line[:i], target, version, version != nil && len(target) > 0
}

// partialRequest returns what is there of a request whose first line is cut; nil
// if b begins none. The rest may not have been captured.
func partialRequest(b []byte) *HTTPMessage {
	verb, target := word(b)
	name := method(verb)
	if name == "" || len(target) == 0 {
		return nil
	}
	m := &HTTPMessage{Method: name, proto: HTTP}
	if target[0] == '/' && bytes.IndexByte(target, ' ') < 0 {
		m.Path = redactPath(target) + redacted
	}
	return m
}

// simpleRequest takes the first line of a request of HTTP/0.9 apart, which names no
// version. Some clients forget it, too.
func simpleRequest(line []byte) (method, target []byte, ok bool) {
	method, target = word(line)
	if len(method) == 0 || oneOf(method, methods[:4]) != string(method) || !plainText(target) {
		return nil, nil, false
	}
	target = bytes.TrimRight(target, " \t")
	return method, target, len(target) > 0 && target[0] == '/' && bytes.IndexByte(target, ' ') < 0
}

// httpVersion returns the number in "HTTP/1.1", also where a sender took the case
// for free; nil if b is not that, or is of HTTP/2, which has no such lines.
func httpVersion(b []byte) []byte {
	if len(b) != 8 || !hasFold(b, "HTTP/") || b[5] > '1' || !digit(b[5]) || b[6] != '.' || !digit(b[7]) {
		return nil
	}
	return b[5:]
}

// versionText returns a version without allocating.
func versionText(b []byte) string {
	switch string(b) {
	case "1.1":
		return "1.1"
	case "1.0":
		return "1.0"
	}
	return string(b)
}

// statusLine takes a response's first line apart (RFC 9112 4).
func statusLine(line []byte) (version []byte, status int, ok bool) {
	if len(line) < 12 || line[8] != ' ' || len(line) > 12 && line[12] != ' ' {
		return nil, 0, false
	}
	version = httpVersion(line[:8])
	n, ok := number(line[9:12])
	return version, int(n), ok && version != nil && n >= 100
}

// httpStart says whether b begins with the first line of a message, and of which
// kind.
func httpStart(b []byte) (m match, response bool) {
	const status = "HTTP/1.1 200"
	if len(b) == 0 {
		return no, false
	}
	if n := min(len(b), 5); hasFold(b, status[:n]) {
		return startsResponse(b), true
	}
	return startsRequest(b), false
}

func startsResponse(b []byte) match {
	b = b[:min(len(b), 16)] // what follows the status is for people
	line, whole := firstLine(b)
	if !whole {
		line = b
	}
	if _, _, ok := statusLine(line); ok && (whole || len(b) > 12) {
		return sure
	}
	if whole || len(b) > 12 {
		return no
	}
	// What is there must fit, digit by digit.
	const shape = "HTTP/d.d ddd\r"
	for i, c := range b {
		if shape[i] == 'd' && !digit(c) || shape[i] != 'd' && shape[i] != upper(c) {
			return no
		}
	}
	return more
}

func startsRequest(b []byte) match {
	if b[0] < 'A' || b[0] > 'Z' {
		return no
	}
	if line, whole := firstLine(b[:min(len(b), maxLine)]); whole {
		if _, _, _, ok := requestLine(line); ok {
			return sure
		}
		if _, _, ok := simpleRequest(line); ok {
			return likely
		}
		return no
	}
	i := bytes.IndexByte(b[:min(len(b), maxMethod)], ' ')
	if i < 0 {
		for _, m := range methods {
			if len(b) <= len(m) && string(b) == m[:len(b)] {
				return more
			}
		}
		return no
	}
	if method(b[:i]) == "" || !plainText(b[i:min(len(b), maxLine)]) && b[len(b)-1] != '\r' {
		return no
	}
	// A long line: the head of a request with much in its target. It is taken for
	// what it seems before its end is there, which may never be captured.
	if target := b[i+1:]; len(b) > 600 && (target[0] == '/' || hasFold(target, "http")) {
		return sure
	}
	return more
}

// httpFind returns where in b the first line of a message begins, as far as can
// be told; len(b) if nowhere. Messages mostly begin with a segment, and so with b.
func httpFind(b []byte) int {
	for at := 0; at < len(b); {
		if m, _ := httpStart(b[at:]); m == more || m == sure {
			return at
		}
		i := bytes.IndexByte(b[at:], '\n')
		if i < 0 {
			break
		}
		at += i + 1
	}
	// A response behind the body of another has no line's end before it.
	for at := 0; ; at++ {
		i := bytes.Index(b[at:], []byte("HTTP/1."))
		if i < 0 {
			return len(b)
		}
		at += i
		if m, _ := httpStart(b[at:]); m == sure {
			return at
		}
	}
}

// target reads a request's target (RFC 9112 3.2) into m. What an absolute one
// says of the host is stronger than the Host field.
func (m *HTTPMessage) target(b []byte) {
	if m.Method == "CONNECT" {
		m.authority(b)
		return
	}
	if i := bytes.Index(b, []byte("://")); i > 0 && b[0] != '/' {
		b = b[i+3:]
		end := bytes.IndexAny(b, "/?#")
		if end < 0 {
			end = len(b)
		}
		m.authority(b[:end])
		b = b[end:]
		if len(b) == 0 {
			m.Path = "/"
			return
		}
	}
	m.Path = redactPath(b)
}

// authority reads the host and port of a Host field or :authority.
func (m *HTTPMessage) authority(b []byte) {
	host, port := splitHost(b)
	m.Host, m.Port = text(host), port
}

// splitHost takes "user:password@host:port" apart, and leaves the user out.
func splitHost(b []byte) (host []byte, port uint16) {
	b = bytes.TrimSpace(b)
	if i := bytes.LastIndexByte(b, '@'); i >= 0 {
		b = b[i+1:]
	}
	i := bytes.LastIndexByte(b, ':')
	if i < 0 || bytes.IndexByte(b[i:], ']') >= 0 {
		return bytes.Trim(b, "[]"), 0
	}
	if bytes.IndexByte(b, ':') != i && b[0] != '[' {
		return b, 0 // an IPv6 address without brackets
	}
	n, ok := number(b[i+1:])
	if !ok || n > 0xffff {
		n = 0
	}
	return bytes.Trim(b[:i], "[]"), uint16(n)
}

// refererHost returns the host of a URL.
func refererHost(b []byte) []byte {
	i := bytes.Index(b, []byte("://"))
	if i < 0 {
		return nil
	}
	b = b[i+3:]
	if end := bytes.IndexAny(b, "/?#"); end >= 0 {
		b = b[:end]
	}
	host, _ := splitHost(b)
	return host
}

// mediaType returns a media type without its parameters.
func mediaType(b []byte) []byte {
	if i := bytes.IndexByte(b, ';'); i >= 0 {
		b = b[:i]
	}
	return bytes.TrimSpace(b)
}
