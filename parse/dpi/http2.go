package dpi

import (
	"encoding/binary"

	"golang.org/x/net/http2/hpack"
)

// http2Preface is what a client sends first (RFC 9113 3.4).
const http2Preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"

// Frame types and flags that matter here (RFC 9113 6).
const (
	frameData         = 0
	frameHeaders      = 1
	frameReset        = 3
	frameSettings     = 4
	framePushPromise  = 5
	frameGoAway       = 7
	frameContinuation = 9

	flagEndStream  = 0x1 // of DATA and HEADERS
	flagEndHeaders = 0x4
	flagPadded     = 0x8
	flagPriority   = 0x20

	frameHead       = 9        // bytes before a frame's payload
	settingTable    = 1        // SETTINGS_HEADER_TABLE_SIZE
	http2Streams    = 64       // that wait for a response
	http2Table      = 64 << 10 // bytes of a dynamic table at most
	http2String     = 16 << 10 // bytes of one header field's text at most
	http2Block      = 256 << 10
	http2Piece      = 2048 // bytes of a header block that are worth decoding when there are to be more
	http2MaxPayload = 1 << 20
)

// http2Decoder reads HTTP/2 in the clear (RFC 9113): the frames that open, answer
// and end streams. The tables of HPACK must see every header block: where bytes
// are missing there is nothing more to learn.
type http2Decoder struct {
	d    *HTTPDetail
	grpc *GRPCDetail
	half [2]http2Half
	open []http2Stream // oldest first
	over bool
}

func newHTTP2() decoder { return &http2Decoder{} }

// http2Stream is a request that waits for its response, or for its end.
type http2Stream struct {
	id       uint32
	answered bool
	m        *HTTPMessage
}

// http2Half is one direction.
type http2Half struct {
	begun bool // the preface was read
	block *hpack.Decoder
	room  int // bytes that its table may have, as RFC 7541 4.1 counts them
	fed   int // bytes of header blocks that went into it
	f     http2Fields

	// The header block that is being read.
	stream uint32 // 0 for none
	ends   bool   // its stream ends with it
	left   int    // bytes of it in this frame
	pad    int    // bytes behind them
	last   bool   // the block ends with this frame
	total  int
}

// upgradedHTTP2 goes on with a connection whose first request m was made by
// HTTP/1, and is stream 1 now (RFC 7540 3.2).
func upgradedHTTP2(c *conv, m *HTTPMessage) *http2Decoder {
	h := &http2Decoder{}
	h.begin(c)
	if m.Method == "" { // it was not captured
		return h
	}
	first := *m
	first.Version, first.Stream, first.proto = "2", 1, HTTP2
	first.Status, first.ContentType, first.ContentLength, first.LatencyMS, first.Server = 0, "", 0, 0, ""
	h.request(c, &first)
	return h
}

func (h *http2Decoder) begin(c *conv) {
	h.d = &HTTPDetail{proto: HTTP2, Version: "2"}
	c.detail(h.d)
	c.confirm()
}

func (h *http2Decoder) stream(c *conv, dir Dir, b []byte) int {
	pos := 0
	if dir == ToClient && !h.half[dir].begun && len(b) >= len(http2Preface) && string(b[:len(http2Preface)]) == http2Preface {
		c.swap()
		dir = ToServer
		h.half[0], h.half[1] = h.half[1], h.half[0]
	}
	for pos < len(b) && !h.over {
		n, ok := h.step(c, dir, b[pos:])
		pos += n
		if !ok {
			break
		}
	}
	return pos
}

// gap ends the inspection: what the tables of HPACK hold is unknown now.
func (h *http2Decoder) gap(c *conv, _ Dir, _ uint32) {
	if h.d != nil {
		h.d.Gaps++
		c.changed()
	}
	h.stop(c)
}

func (h *http2Decoder) stop(c *conv) {
	h.end(c)
	h.over = true
	c.done()
}

// end passes on the requests that nobody answered.
func (h *http2Decoder) end(c *conv) {
	for _, s := range h.open {
		c.event(s.m)
	}
	h.open = nil
}

// step reads a frame, or a piece of a header block. It returns how many bytes it
// is done with, and false when it has to wait.
func (h *http2Decoder) step(c *conv, dir Dir, b []byte) (int, bool) {
	f := &h.half[dir]
	if !f.begun {
		if dir == ToServer {
			return h.preface(c, f, b)
		}
		f.begun = true
	}
	if f.left > 0 {
		return h.fragment(c, dir, b)
	}
	if len(b) < frameHead {
		return 0, false
	}
	size := int(b[0])<<16 | int(b[1])<<8 | int(b[2])
	kind, flags := b[3], b[4]
	id := binary.BigEndian.Uint32(b[5:]) &^ (1 << 31)
	if f.stream != 0 && (kind != frameContinuation || id != f.stream) || !plausibleFrame(kind, size, id) {
		h.stop(c)
		return 0, false
	}
	if h.d == nil {
		h.begin(c)
	}
	switch kind {
	case frameHeaders, framePushPromise, frameContinuation:
		return h.headers(c, dir, kind, flags, id, size, b)
	case frameData:
		if flags&flagEndStream != 0 && dir == ToClient {
			h.endStream(c, id)
		}
		return frameHead + size, true
	}
	return h.control(c, dir, kind, flags, id, size, b)
}

func (h *http2Decoder) preface(c *conv, f *http2Half, b []byte) (int, bool) {
	if len(b) < len(http2Preface) {
		return 0, false
	}
	if string(b[:len(http2Preface)]) != http2Preface {
		h.stop(c)
		return 0, false
	}
	f.begun = true
	if h.d == nil {
		h.begin(c)
	}
	return len(http2Preface), true
}

// plausibleFrame checks what RFC 9113 6 demands of a frame's length and stream.
func plausibleFrame(kind byte, size int, id uint32) bool {
	if size > http2MaxPayload && kind != frameData {
		return false
	}
	switch kind {
	case frameData, frameContinuation:
		return id != 0
	case frameHeaders:
		return id != 0
	case 2: // PRIORITY
		return id != 0 && size == 5
	case frameReset:
		return id != 0 && size == 4
	case frameSettings:
		return id == 0 && size%6 == 0
	case framePushPromise:
		return id != 0 && size >= 4
	case 6: // PING
		return id == 0 && size == 8
	case frameGoAway:
		return id == 0 && size >= 8
	case 8: // WINDOW_UPDATE
		return size == 4
	}
	return true
}

// control reads the frames that hold no header block; what they hold is short.
func (h *http2Decoder) control(c *conv, dir Dir, kind, flags byte, id uint32, size int, b []byte) (int, bool) {
	want := 0
	switch kind {
	case frameSettings:
		want = min(size, 1024)
	case frameReset:
		want = 4
	case frameGoAway:
		want = 8
	}
	if len(b) < frameHead+want {
		return 0, false
	}
	body := b[frameHead : frameHead+want]
	switch kind {
	case frameSettings:
		h.settings(c, dir, body)
	case frameReset:
		h.reset(c, id, binary.BigEndian.Uint32(body))
	case frameGoAway:
		h.d.GoAway = http2Error(binary.BigEndian.Uint32(body[4:]))
		c.changed()
	}
	return frameHead + size, true
}

// settings reads what one end asks of the other: here, how large the table of
// HPACK may be by which the other one encodes.
func (h *http2Decoder) settings(c *conv, dir Dir, b []byte) {
	for ; len(b) >= 6; b = b[6:] {
		if binary.BigEndian.Uint16(b) == settingTable {
			size := min(binary.BigEndian.Uint32(b[2:]), http2Table)
			h.table(dir.other()).SetAllowedMaxDynamicTableSize(size)
			h.half[dir.other()].room = max(h.half[dir.other()].room, int(size))
		}
	}
}

// size returns the bytes of the tables. An entry takes up to eight times what RFC
// 7541 counts, since there are indices of it, and little on the wire.
func (h *http2Decoder) size() int {
	const decoder, growth, overhead = 1 << 10, 32, 8
	n := 0
	for d := range h.half {
		if f := &h.half[d]; f.block != nil {
			n += decoder + min(f.fed*growth, f.room*overhead)
		}
	}
	return n
}

// table returns the decoder of a direction's header blocks.
func (h *http2Decoder) table(dir Dir) *hpack.Decoder {
	f := &h.half[dir]
	if f.block == nil {
		f.room = 4096 // RFC 9113 6.5.2: the size that is not negotiated
		f.block = hpack.NewDecoder(uint32(f.room), nil)
		f.block.SetMaxStringLength(http2String)
		f.block.SetEmitFunc(func(field hpack.HeaderField) { h.half[dir].f.add(field) })
	}
	return f.block
}

// headers reads the beginning of a frame that holds a header block.
func (h *http2Decoder) headers(c *conv, dir Dir, kind, flags byte, id uint32, size int, b []byte) (int, bool) {
	f := &h.half[dir]
	extra := 0
	if kind != frameContinuation {
		if flags&flagPadded != 0 {
			extra++
		}
		if kind == frameHeaders && flags&flagPriority != 0 {
			extra += 5
		}
		if kind == framePushPromise {
			extra += 4
		}
	}
	if len(b) < frameHead+extra {
		return 0, false
	}
	pad := 0
	if kind != frameContinuation && flags&flagPadded != 0 {
		pad = int(b[frameHead])
	}
	if extra+pad > size || kind == frameContinuation && f.stream == 0 {
		h.stop(c)
		return 0, false
	}
	if kind != frameContinuation {
		f.stream, f.total, f.f = id, 0, http2Fields{}
		f.ends = kind == frameHeaders && flags&flagEndStream != 0
		if kind == framePushPromise {
			f.stream = id
			f.f.promised = binary.BigEndian.Uint32(b[frameHead+extra-4:]) &^ (1 << 31)
		}
	}
	f.left, f.pad = size-extra-pad, pad
	f.last = flags&flagEndHeaders != 0
	if f.total += f.left; f.total > http2Block {
		h.stop(c)
		return 0, false
	}
	if f.left > 0 {
		return frameHead + extra, true
	}
	return frameHead + extra + h.endFrame(c, dir), true
}

// fragment decodes what there is of a header block.
func (h *http2Decoder) fragment(c *conv, dir Dir, b []byte) (int, bool) {
	f := &h.half[dir]
	if len(b) < min(f.left, http2Piece) {
		c.need(dir, min(f.left, http2Piece))
		return 0, false
	}
	n := min(f.left, len(b))
	f.fed += n
	if _, err := h.table(dir).Write(b[:n]); err != nil {
		h.stop(c)
		return 0, false
	}
	if f.left -= n; f.left > 0 {
		return n, true
	}
	return n + h.endFrame(c, dir), true
}

// endFrame ends a frame with a header block, and the block with its last frame. It
// returns the length of the padding.
func (h *http2Decoder) endFrame(c *conv, dir Dir) int {
	f := &h.half[dir]
	pad := f.pad
	f.pad = 0
	if !f.last {
		return pad
	}
	if h.table(dir).Close() != nil {
		h.stop(c)
		return 0
	}
	id := f.stream
	f.stream = 0
	h.endBlock(c, dir, id, &f.f)
	if f.ends && dir == ToClient {
		h.endStream(c, id)
	}
	return pad
}
