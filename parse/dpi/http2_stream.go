package dpi

import (
	"strconv"
	"strings"

	"golang.org/x/net/http2/hpack"
)

// http2Fields is what matters of a header block.
type http2Fields struct {
	promised uint32 // the stream that a PUSH_PROMISE opens

	method, authority, path, protocol string
	host, userAgent, referer          string
	contentType, length, server       string
	status, grpcStatus                string
}

// add takes a field that HPACK has decoded, cut: those that may begin with a user
// and a password have more room, so that their end is there to tell.
func (f *http2Fields) add(h hpack.HeaderField) {
	switch h.Name {
	case ":method":
		f.method = cutString(h.Value)
	case ":authority":
		f.authority = cutTo(h.Value, maxLine)
	case ":path":
		f.path = cutTo(h.Value, maxLine)
	case ":protocol":
		f.protocol = cutString(h.Value)
	case ":status":
		f.status = cutString(h.Value)
	case "host":
		f.host = cutTo(h.Value, maxLine)
	case "user-agent":
		f.userAgent = cutString(h.Value)
	case "referer":
		f.referer = cutTo(h.Value, maxLine)
	case "content-type":
		f.contentType = cutString(h.Value)
	case "content-length":
		f.length = cutString(h.Value)
	case "server":
		f.server = cutString(h.Value)
	case "grpc-status":
		f.grpcStatus = cutString(h.Value)
	}
}

// endBlock takes a header block that is complete: a request, a response, or the
// trailer of either.
func (h *http2Decoder) endBlock(c *conv, dir Dir, id uint32, f *http2Fields) {
	switch {
	case f.method != "" && (dir == ToServer || f.promised != 0):
		m := f.request()
		m.Stream = id
		if f.promised != 0 {
			m.Stream = f.promised
		}
		h.request(c, m)
		if f.protocol == "websocket" && h.d.Upgrade == "" { // RFC 8441
			h.d.Upgrade = "websocket"
		}
	case dir == ToServer: // a trailer
	case f.status != "":
		h.response(c, id, f)
	case f.grpcStatus != "":
		if s := h.find(id); s != nil {
			s.m.GRPCStatus = grpcCode(f.grpcStatus)
		}
	}
}

func (f *http2Fields) request() *HTTPMessage {
	m := &HTTPMessage{Version: "2", Method: cutString(f.method), proto: HTTP2}
	if name := method([]byte(f.method)); name != "" {
		m.Method = name
	}
	authority := f.authority
	if authority == "" {
		authority = f.host
	}
	m.authority([]byte(authority))
	if m.Method != "CONNECT" || f.protocol != "" {
		m.Path = redactPath([]byte(f.path))
	}
	m.UserAgent = cutString(f.userAgent)
	m.Referer = text(refererHost([]byte(f.referer)))
	m.RequestType = text(mediaType([]byte(f.contentType)))
	m.RequestLength, _ = number([]byte(f.length))
	return m
}

// cutString cuts s to what is kept of a text, and lets go of the rest.
func cutString(s string) string { return cutTo(s, maxText) }

func cutTo(s string, n int) string {
	if len(s) > n {
		return strings.Clone(s[:n])
	}
	return s
}

// request has a request wait for its response.
func (h *http2Decoder) request(c *conv, m *HTTPMessage) {
	if m.began == 0 {
		m.began = c.time
	}
	h.d.request(c, m)
	if isGRPC(m.RequestType) {
		h.call(c, m)
	}
	if len(h.open) >= http2Streams {
		c.event(h.open[0].m)
		h.open = append(h.open[:0], h.open[1:]...)
	}
	h.open = append(h.open, http2Stream{id: m.Stream, m: m})
}

func (h *http2Decoder) find(id uint32) *http2Stream {
	for i := range h.open {
		if h.open[i].id == id {
			return &h.open[i]
		}
	}
	return nil
}

// response joins a response with its request. The outcome of a gRPC call stands
// in the trailer (or in the only block there is), so that it waits for the end.
func (h *http2Decoder) response(c *conv, id uint32, f *http2Fields) {
	status, ok := number([]byte(f.status))
	if !ok || status < 200 || status > 999 {
		return // an interim response, or none
	}
	s := h.find(id)
	if s == nil {
		if len(h.open) >= http2Streams {
			return
		}
		h.open = append(h.open, http2Stream{id: id, m: &HTTPMessage{Version: "2", Stream: id, proto: HTTP2}})
		s = &h.open[len(h.open)-1]
	}
	m := s.m
	s.answered = true
	m.Status, m.Server = int(status), cutString(f.server)
	m.ContentType = text(mediaType([]byte(f.contentType)))
	m.ContentLength, _ = number([]byte(f.length))
	if f.grpcStatus != "" {
		m.GRPCStatus = grpcCode(f.grpcStatus)
	}
	h.d.respond(c, m, c.time)
	if !isGRPC(m.ContentType) {
		h.close(c, id)
	}
}

// endStream ends a stream, with or without an answer.
func (h *http2Decoder) endStream(c *conv, id uint32) {
	if s := h.find(id); s != nil && s.answered {
		h.close(c, id)
	}
}

// reset notes a stream that was given up.
func (h *http2Decoder) reset(c *conv, id, code uint32) {
	h.d.Resets++
	c.changed()
	if s := h.find(id); s != nil {
		s.m.Reset = http2Error(code)
		h.close(c, id)
	}
}

// close passes an exchange on, and forgets its stream.
func (h *http2Decoder) close(c *conv, id uint32) {
	for i, s := range h.open {
		if s.id != id {
			continue
		}
		h.open = append(h.open[:i], h.open[i+1:]...)
		h.outcome(c, s.m)
		c.event(s.m)
		return
	}
}

var http2Errors = [...]string{"NO_ERROR", "PROTOCOL_ERROR", "INTERNAL_ERROR", "FLOW_CONTROL_ERROR",
	"SETTINGS_TIMEOUT", "STREAM_CLOSED", "FRAME_SIZE_ERROR", "REFUSED_STREAM", "CANCEL",
	"COMPRESSION_ERROR", "CONNECT_ERROR", "ENHANCE_YOUR_CALM", "INADEQUATE_SECURITY", "HTTP_1_1_REQUIRED"}

// http2Error returns the name of an error code (RFC 9113 7), or its number.
func http2Error(code uint32) string {
	if code < uint32(len(http2Errors)) {
		return http2Errors[code]
	}
	return strconv.FormatUint(uint64(code), 10)
}
