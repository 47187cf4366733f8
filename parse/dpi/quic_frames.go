package dpi

import "encoding/binary"

// Frames of Initial packets: RFC 9000, sections 12.4 and 19. Google's versions
// number some otherwise.
const (
	quicPadding  = 0x00
	quicPing     = 0x01
	quicACK      = 0x02
	quicACKECN   = 0x03
	quicCRYPTO   = 0x06
	quicClosed   = 0x1c
	quicAppClose = 0x1d

	googlePing   = 0x07
	googleCRYPTO = 0x08
	googleACK    = 0x40 // and the lengths of its fields
)

// quicFrame is one frame, as far as it is used. Its slices are borrowed.
type quicFrame struct {
	kind   byte   // one of the first group, whatever the version
	offset uint64 // of CRYPTO; of ACK the largest number
	data   []byte // of CRYPTO; of CONNECTION_CLOSE the reason
	code   uint64 // of CONNECTION_CLOSE
	cut    bool   // data is not all there
}

// next takes the first frame off b. ok is false at the end, and where b holds
// something that an Initial packet does not.
func (f *quicFrame) next(b []byte, google bool) (rest []byte, ok bool) {
	const eight = 8 // at once: most Initial packets are filled up
	for len(b) >= eight && binary.LittleEndian.Uint64(b) == quicPadding {
		b = b[eight:]
	}
	for len(b) > 0 && b[0] == quicPadding {
		b = b[1:]
	}
	if len(b) == 0 {
		return nil, false
	}
	*f = quicFrame{kind: b[0]}
	b = b[1:]
	if google {
		switch {
		case f.kind == googlePing:
			f.kind = quicPing
		case f.kind == googleCRYPTO:
			f.kind = quicCRYPTO
		case f.kind&0xc0 == googleACK:
			return f.googleACK(b)
		default:
			return nil, false
		}
	}
	switch f.kind {
	case quicPing:
		return b, true
	case quicACK, quicACKECN:
		return f.ack(b)
	case quicCRYPTO:
		return f.crypto(b)
	case quicClosed, quicAppClose:
		return f.closing(b)
	}
	return nil, false
}

func (f *quicFrame) crypto(b []byte) (rest []byte, ok bool) {
	offset, size := quicInt(b)
	n, more := quicInt(b[size:])
	if size == 0 || more == 0 {
		return nil, false
	}
	b = b[size+more:]
	f.cut = n > uint64(len(b))
	n = min(n, uint64(len(b)))
	f.offset, f.data = offset, b[:n]
	return b[n:], true
}

// ack passes over an ACK frame: RFC 9000, section 19.3.
func (f *quicFrame) ack(b []byte) (rest []byte, ok bool) {
	var v [4]uint64 // largest, delay, ranges, first range
	for i := range v {
		n, size := quicInt(b)
		if size == 0 {
			return nil, false
		}
		v[i], b = n, b[size:]
	}
	f.offset = v[0]
	left := v[2] // of pairs of gap and range
	if left > uint64(len(b)) {
		return nil, false
	}
	left *= 2
	if f.kind == quicACKECN {
		left += 3
	}
	for ; left > 0; left-- {
		_, size := quicInt(b)
		if size == 0 {
			return nil, false
		}
		b = b[size:]
	}
	return b, true
}

// googleACK passes over an ACK frame of Google's versions ("QUIC Wire Layout
// Specification"): the type says how long its fields are.
func (f *quicFrame) googleACK(b []byte) (rest []byte, ok bool) {
	lengths := [4]int{1, 2, 4, 6}
	largest, block := lengths[f.kind>>2&3], lengths[f.kind&3]
	n := largest + 2 // and the delay
	blocks := 0
	if f.kind&0x20 != 0 {
		if len(b) <= n {
			return nil, false
		}
		blocks = int(b[n])
		n++
	}
	n += block + blocks*(1+block)
	if len(b) <= n {
		return nil, false
	}
	if stamps := int(b[n]); stamps > 0 {
		n += 5 + 3*(stamps-1)
	}
	if n++; len(b) < n {
		return nil, false
	}
	for _, c := range b[:largest] {
		f.offset = f.offset<<8 | uint64(c)
	}
	f.kind = quicACK
	return b[n:], true
}

// closing reads a CONNECTION_CLOSE frame: RFC 9000, section 19.19.
func (f *quicFrame) closing(b []byte) (rest []byte, ok bool) {
	code, size := quicInt(b)
	if size == 0 {
		return nil, false
	}
	f.code, b = code, b[size:]
	if f.kind == quicClosed { // which frame was wrong
		if _, size = quicInt(b); size == 0 {
			return nil, false
		}
		b = b[size:]
	}
	n, size := quicInt(b)
	if size == 0 {
		return nil, false
	}
	b = b[size:]
	n = min(n, uint64(len(b)))
	f.data = b[:n]
	return b[n:], true
}

// quicBegins reports whether a text that could not be authenticated is the
// beginning of a handshake: after acknowledgements the first bytes of a hello.
func quicBegins(b []byte, dir Dir, v *quicVersion) bool {
	if v.crypto {
		return false
	}
	var f quicFrame
	for {
		rest, ok := f.next(b, v.google)
		if !ok {
			return false
		}
		if f.kind == quicCRYPTO {
			return f.offset == 0 && len(f.data) >= 4 && f.data[0] == 1+byte(dir) && f.data[1] == 0 &&
				int(f.data[2])<<8+int(f.data[3]) < quicMaxCrypto
		}
		b = rest
	}
}

// frames reads the frames of an Initial packet.
func (q *quicFlow) frames(c *conv, dir Dir, b []byte, exact bool) {
	var f quicFrame
	v := q.version
	for {
		rest, ok := f.next(b, v.google)
		if !ok {
			break
		}
		b = rest
		switch f.kind {
		case quicACK, quicACKECN:
			if dir == ToClient && q.asked != 0 && f.offset == q.askedPN {
				q.answered(c)
			}
		case quicCRYPTO:
			q.handshake(c, dir, &f)
		case quicClosed, quicAppClose:
			q.closed(c, dir, &f)
			return
		}
	}
	if !exact {
		if m := q.crypto[dir].cut(); len(m) > 0 {
			q.message(c, dir, m)
		}
	}
}

// answered takes the time from the client's Initial to the acknowledgement of it.
func (q *quicFlow) answered(c *conv) {
	if q.d.RTTMS == 0 && c.time > q.asked {
		q.d.RTTMS = float64(c.time-q.asked) / 1e6
		c.changed()
	}
}

// handshake reads the messages that a CRYPTO frame completes.
func (q *quicFlow) handshake(c *conv, dir Dir, f *quicFrame) {
	s := &q.crypto[dir]
	data, offset := f.data, f.offset
	if q.version.crypto {
		if s.add(offset, data) && dir == ToServer {
			q.chlo(c, s.cut())
		}
		return
	}
	if m := s.first(offset, data); m != nil {
		q.message(c, dir, m)
		data, offset = data[len(m):], uint64(len(m))
	}
	if !s.add(offset, data) {
		return
	}
	for m := s.next(); m != nil; m = s.next() {
		q.message(c, dir, m)
	}
}

// message reads a handshake message.
func (q *quicFlow) message(c *conv, dir Dir, m []byte) {
	q.hello.message(c, dir, m)
	if p := q.hello.transport; p != nil && dir == ToServer {
		q.params(p, q.version.fixedParams)
		c.changed()
	}
	if dir == ToClient {
		q.advance(c, quicStateHandshake)
	}
}

// closed reads the end of a connection before it was made.
func (q *quicFlow) closed(c *conv, dir Dir, f *quicFrame) {
	from := [2]string{"client", "server"}[dir]
	q.d.Close = &QUICClose{Code: f.code, Reason: text(f.data), From: from}
	state := quicStateClosed
	if f.kind == quicClosed {
		q.d.Close.Name = quicError(f.code)
	}
	if f.code == 0 {
		state = quicStateDraining
	}
	q.advance(c, state)
	c.changed()
	if f.kind == quicClosed && f.code >= 0x100 && f.code < 0x200 {
		q.hello.fail(c, byte(f.code), dir)
	}
	q.end(c)
	c.done()
}
