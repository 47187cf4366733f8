package dpi

import "bytes"

// endRequest takes a request whose head is complete, and decides how long its
// body is (RFC 9112 6.3).
func (h *httpDecoder) endRequest(c *conv, head *httpHead) {
	f := &h.half[ToServer]
	m := head.m
	m.RequestLength = max(head.length, 0)
	h.request(c, m)
	f.state = atStart
	switch {
	case m.Method == "CONNECT" || head.upgrade != "" && !head.chunked && head.length <= 0:
		f.state = held
	case head.chunked:
		f.state = atChunk
	case head.coded:
		f.state = toClose
	case head.length > 0:
		f.skip = uint64(head.length)
	}
}

// request has a request wait for its response.
func (h *httpDecoder) request(c *conv, m *HTTPMessage) {
	m.began = c.time
	h.d.request(c, m)
	if len(h.pending) >= maxPending {
		c.event(h.pending[0])
		h.pending = append(h.pending[:0], h.pending[1:]...)
	}
	h.pending = append(h.pending, m)
}

// endResponse takes a response whose head is complete.
func (h *httpDecoder) endResponse(c *conv, head *httpHead) {
	f := &h.half[ToClient]
	f.state = atStart
	if head.status < 200 && head.status != 101 {
		return // an interim one: the response is still to come (RFC 9110 15.2)
	}
	m := h.response(c, head)
	switch {
	case head.status == 101:
		h.upgrade(c, head, m)
		return
	case m.Method == "CONNECT" && head.status < 300:
		h.d.Upgrade = "connect"
		h.leave(c)
		c.again()
		return
	}
	h.release()
	switch {
	case m.Method == "HEAD" || head.status == 204 || head.status == 304:
	case head.chunked:
		f.state = atChunk
	case head.coded || head.length < 0:
		f.state = toClose
	default:
		f.skip = uint64(head.length)
	}
}

// response joins a response with its request, and passes both on.
func (h *httpDecoder) response(c *conv, head *httpHead) *HTTPMessage {
	m := h.answered(c)
	if m.Version == "" {
		m.Version = head.version
	}
	m.Status, m.ContentType, m.Server = head.status, head.mediaType, head.server
	m.ContentLength = max(head.length, 0)
	h.d.respond(c, m, head.at)
	c.event(m)
	return m
}

// answered returns the request that the next response is for.
func (h *httpDecoder) answered(c *conv) *HTTPMessage {
	n := len(h.pending)
	if n == 0 {
		h.unsure = false
		return &HTTPMessage{proto: HTTP}
	}
	i := 0
	if h.unsure {
		// Few clients send a request before the last one was answered: those before
		// the newest had a response that was not captured.
		for i = range n - 1 {
			c.event(h.pending[i])
		}
		i, h.unsure = n-1, false
	}
	m := h.pending[i]
	h.pending = append(h.pending[:0], h.pending[i+1:]...)
	return m
}

// upgrade hands the connection on to what the server agreed to (RFC 9110 7.8).
func (h *httpDecoder) upgrade(c *conv, head *httpHead, m *HTTPMessage) {
	to := head.upgrade
	if to == "" {
		to = h.half[ToServer].head.upgrade
	}
	h.d.Upgrade = to
	switch {
	case to == "h2c":
		h.h2 = upgradedHTTP2(c, m)
		return
	case to == "websocket":
		c.detail(&WebSocketDetail{Host: m.Host, Path: m.Path, Subprotocol: head.protocol, Extensions: head.extension})
		c.done()
	case hasFold([]byte(to), "TLS/"):
		c.become(TLS)
	default:
		c.again()
	}
	h.leave(c)
}

// chunk reads the line with the size of a chunk (RFC 9112 7.1).
func (h *httpDecoder) chunk(c *conv, dir Dir, line []byte) {
	f := &h.half[dir]
	digits, _, _ := bytes.Cut(line, []byte{';'})
	n, ok := hexNumber(bytes.TrimSpace(digits))
	switch {
	case !ok:
		h.lose(c, dir)
	case n == 0:
		f.state = inTrailer
	default:
		f.skip = n + 2 // with the line's end behind it
	}
}

// hexNumber reads b as a hexadecimal number of at most 15 digits behind leading
// zeros.
func hexNumber(b []byte) (uint64, bool) {
	if len(b) == 0 {
		return 0, false
	}
	if b = bytes.TrimLeft(b, "0"); len(b) > 15 {
		return 0, false
	}
	var n uint64
	for _, c := range b {
		switch u := upper(c); {
		case digit(u):
			n = n<<4 | uint64(u-'0')
		case 'A' <= u && u <= 'F':
			n = n<<4 | uint64(u-'A'+10)
		default:
			return 0, false
		}
	}
	return n, true
}
