package dpi

import "bytes"

// httpHead is what a head says, of a message that is not complete yet.
type httpHead struct {
	m         *HTTPMessage // of a request
	at        int64        // capture time of the first line
	version   string
	status    int
	mediaType string
	server    string
	length    int64 // of the body, -1 if not said
	chunked   bool
	coded     bool // another transfer coding: the body ends with the connection
	upgrade   string
	protocol  string   // Sec-WebSocket-Protocol
	extension []string // Sec-WebSocket-Extensions
}

// field reads a header field, or the end of the head.
func (h *httpDecoder) field(c *conv, dir Dir, line []byte) {
	head := &h.half[dir].head
	if len(line) == 0 {
		if dir == ToServer {
			h.endRequest(c, head)
		} else {
			h.endResponse(c, head)
		}
		return
	}
	name, value, ok := bytes.Cut(line, []byte{':'})
	if !ok {
		return
	}
	value = bytes.TrimSpace(value)
	if dir == ToServer {
		h.requestField(head.m, name, value)
	} else {
		head.responseField(h.d, name, value)
	}
	head.bodyField(name, value)
}

// reuse returns b as it is kept: last, where that is the same text.
func reuse(last string, b []byte) string {
	if b = b[:min(len(b), maxText)]; last == string(b) {
		return last
	}
	return string(b)
}

func (h *httpDecoder) requestField(m *HTTPMessage, name, value []byte) {
	switch {
	case is(name, "HOST"):
		if m.Host == "" {
			host, port := splitHost(value)
			m.Host, m.Port = reuse(h.d.Host, host), port
		}
	case is(name, "USER-AGENT"):
		m.UserAgent = reuse(h.d.UserAgent, value)
	case is(name, "REFERER"):
		m.Referer = reuse(h.d.Host, refererHost(value))
	case is(name, "CONTENT-TYPE"):
		m.RequestType = text(mediaType(value))
	}
}

func (head *httpHead) responseField(d *HTTPDetail, name, value []byte) {
	switch {
	case is(name, "CONTENT-TYPE"):
		head.mediaType = reuse(d.ContentType, mediaType(value))
	case is(name, "SERVER"):
		head.server = reuse(d.Server, value)
	case is(name, "SEC-WEBSOCKET-PROTOCOL"):
		head.protocol = subprotocol(value)
	case is(name, "SEC-WEBSOCKET-EXTENSIONS"):
		for len(value) > 0 {
			var one []byte
			one, value, _ = bytes.Cut(value, []byte{','})
			head.extension = addText(head.extension, mediaType(one))
		}
	}
}

// bodyField reads what tells how long the body is and what follows it.
func (head *httpHead) bodyField(name, value []byte) {
	switch {
	case is(name, "CONTENT-LENGTH"):
		// "5, 5" of a sender that was told to repeat itself (RFC 9112 6.3).
		first, _, _ := bytes.Cut(value, []byte{','})
		if n, ok := number(bytes.TrimSpace(first)); ok {
			head.length = n
		}
	case is(name, "TRANSFER-ENCODING"):
		_, last, several := cutLast(value, ',')
		if !several {
			last = value
		}
		last = bytes.TrimSpace(last)
		head.chunked = is(last, "CHUNKED")
		head.coded = !head.chunked && !is(last, "IDENTITY")
	case is(name, "UPGRADE"):
		first, _, _ := bytes.Cut(value, []byte{','})
		head.upgrade = text(bytes.ToLower(bytes.TrimSpace(first)))
	}
}

func cutLast(b []byte, sep byte) (before, after []byte, found bool) {
	if i := bytes.LastIndexByte(b, sep); i >= 0 {
		return b[:i], b[i+1:], true
	}
	return b, nil, false
}
