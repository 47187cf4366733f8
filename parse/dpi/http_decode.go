package dpi

import "bytes"

// httpDecoder reads HTTP/1 (RFC 9112): the heads of all messages, of bodies
// nothing but the sizes of their chunks. What it cannot follow it leaves, and
// goes on with the next thing that looks like the first line of a message.
type httpDecoder struct {
	d       *HTTPDetail
	half    [2]httpHalf
	pending []*HTTPMessage // requests without response, oldest first
	unsure  bool           // a response may have been missed since the last one
	over    bool           // the connection is another decoder's
	h2      *http2Decoder  // what it was upgraded to
}

func newHTTP() decoder { return &httpDecoder{} }

// httpHalf is one direction.
type httpHalf struct {
	state httpState
	lines lineReader
	skip  uint64       // of a body: bytes to pass over
	lost  uint32       // bytes that were searched for a message
	found bool         // the message is one that a search found, and may be none
	part  *HTTPMessage // what is there of a request whose first line is not complete
	head  httpHead
}

type httpState uint8

const (
	atStart   httpState = iota // before the first line of a message
	inHead                     // in its header fields
	atChunk                    // before the size of a chunk
	inTrailer                  // in the fields behind the last chunk
	toClose                    // the body goes on until the connection ends
	held                       // nothing is read before the other end answered
	lost                       // somewhere in a message
)

const (
	maxSkip = 1 << 30 // what is passed over at once
	maxLost = 1 << 20 // bytes that are searched for the next message before it is given up
)

func (h *httpDecoder) stream(c *conv, dir Dir, b []byte) int {
	pos := 0
	for pos < len(b) && !h.over {
		if h.h2 != nil {
			return pos + h.h2.stream(c, dir, b[pos:])
		}
		if h.d == nil {
			dir = h.sort(c, dir, b[pos:])
		}
		n, ok := h.step(c, dir, b[pos:])
		pos += n
		if !ok {
			break
		}
	}
	return pos
}

// sort swaps the ends where the first message that is seen comes from the wrong
// one. It returns the direction of b after that.
func (h *httpDecoder) sort(c *conv, dir Dir, b []byte) Dir {
	m, response := httpStart(b)
	if m == no || m == more || response == (dir == ToClient) {
		return dir
	}
	c.swap()
	h.half[0], h.half[1] = h.half[1], h.half[0]
	return dir.other()
}

// step reads one line, or passes over what is known to be a body. It returns how
// many bytes it is done with, and false when it has to wait.
func (h *httpDecoder) step(c *conv, dir Dir, b []byte) (int, bool) {
	f := &h.half[dir]
	switch {
	case f.skip > 0:
		n := min(f.skip, maxSkip)
		f.skip -= n
		return int(n), true
	case f.state == toClose:
		return maxSkip, true
	case f.state == held:
		return 0, false
	case f.state == lost:
		return h.search(c, f, b), true
	}
	line, n := f.lines.next(b)
	if line == nil {
		if f.state == atStart && dir == ToServer && f.part == nil {
			f.part = partialRequest(b[n:])
		}
		return n, false
	}
	switch f.state {
	case atStart:
		h.start(c, dir, line)
	case inHead:
		h.field(c, dir, line)
	case atChunk:
		h.chunk(c, dir, line)
	case inTrailer:
		if len(line) == 0 {
			f.state = atStart
		}
	}
	return n, true
}

// search looks for the next message.
func (h *httpDecoder) search(c *conv, f *httpHalf, b []byte) int {
	n := httpFind(b)
	if n < len(b) {
		f.state, f.found = atStart, true
	}
	if f.lost += uint32(n); f.lost > maxLost {
		h.leave(c)
		c.done()
	}
	return n
}

// lose gives up the message that is being read.
func (h *httpDecoder) lose(c *conv, dir Dir) {
	f := &h.half[dir]
	known := f.state != lost && !f.found
	f.state, f.lines, f.skip = lost, lineReader{}, 0
	if h.d != nil && known {
		h.d.Gaps++
		c.changed()
	}
	if dir == ToClient {
		h.unsure = true
		h.release()
	}
}

// release lets the client's direction be read again.
func (h *httpDecoder) release() {
	if f := &h.half[ToServer]; f.state == held {
		f.state = atStart
	}
}

// gap ends a head as it is; nothing is made up of what is missing.
func (h *httpDecoder) gap(c *conv, dir Dir, n uint32) {
	if h.h2 != nil {
		h.h2.gap(c, dir, n)
		return
	}
	h.endHead(c, dir)
	if h.half[dir].state != toClose {
		h.lose(c, dir)
	}
}

// endHead takes a message whose head is cut as far as it was read.
func (h *httpDecoder) endHead(c *conv, dir Dir) {
	f := &h.half[dir]
	switch {
	case f.state == atStart && f.part != nil && h.d != nil:
		h.request(c, f.part)
		f.part = nil
	case f.state != inHead:
		return
	case dir == ToServer:
		h.request(c, f.head.m)
	case f.head.status >= 200:
		h.response(c, &f.head)
	}
	f.state = atStart
}

// end passes on what is not complete.
func (h *httpDecoder) end(c *conv) {
	if h.h2 != nil {
		h.h2.end(c)
		return
	}
	h.endHead(c, ToServer)
	h.endHead(c, ToClient)
	h.leave(c)
}

// leave passes the requests on that nobody answered, and reads no further.
func (h *httpDecoder) leave(c *conv) {
	for _, m := range h.pending {
		c.event(m)
	}
	h.pending, h.over = nil, true
}

// start reads the first line of a message.
func (h *httpDecoder) start(c *conv, dir Dir, line []byte) {
	f := &h.half[dir]
	// RFC 9112 2.2: the end of a line before a request is ignored. Zeros are what
	// keeps a connection alive, or pads a frame.
	if line = bytes.TrimLeft(line, "\x00"); len(line) == 0 {
		return
	}
	f.head, f.part = httpHead{length: -1, at: c.time}, nil
	ok := false
	if dir == ToServer {
		ok = h.startRequest(&f.head, line)
	} else {
		var version []byte
		version, f.head.status, ok = statusLine(line)
		f.head.version = versionText(version)
	}
	if !ok {
		if dir == ToClient && h.d != nil && h.d.Responses == 0 && isSSHBanner(line) {
			h.over = true // a client at the wrong door
			c.wrong()
			return
		}
		if dir == ToClient && h.simple(c) {
			f.state = toClose
			return
		}
		h.lose(c, dir)
		return
	}
	f.state, f.found = inHead, false
	if h.d == nil {
		h.d = &HTTPDetail{proto: HTTP}
		c.detail(h.d)
	}
	if dir == ToClient || f.head.m.Version != "" { // a line without a version may be of anything
		c.confirm()
	}
}

// simple takes what a server sends without a head for the answer to a request of
// HTTP/0.9, if that is what was asked last.
func (h *httpDecoder) simple(c *conv) bool {
	f := &h.half[ToServer]
	if f.state != inHead || f.head.m.Version != "" {
		return false
	}
	f.head.m.Version = "0.9"
	h.request(c, f.head.m)
	f.state = toClose
	return true
}

func (h *httpDecoder) startRequest(head *httpHead, line []byte) bool {
	verb, target, version, ok := requestLine(line)
	switch {
	case ok:
	case len(line) == maxLine: // cut: its version is missing
		verb, target = word(line)
		ok = method(verb) != "" && len(target) > 0
	default:
		verb, target, ok = simpleRequest(line)
	}
	if !ok {
		return false
	}
	name := method(verb)
	if name == "" {
		name = string(verb)
	}
	head.m = &HTTPMessage{Version: versionText(version), Method: name, proto: HTTP}
	head.m.target(target)
	return true
}
