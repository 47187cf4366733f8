package dpi

import "sync"

// Content types of records (IANA, TLS ContentType). recordSSL2 is not one of
// them: it stands for a record of SSL 2.0, which has none.
const (
	recordCipher    = 20 // change_cipher_spec
	recordAlert     = 21
	recordHandshake = 22
	recordData      = 23
	recordHeartbeat = 24
	recordSSL2      = 0
)

const (
	recordHeader = 5
	// maxRecord is the longest record (RFC 5246 6.2.3; RFC 8446 5.2 allows less).
	maxRecord = 1<<14 + 2048
	// maxMessage is how much is kept of one handshake message. Of a longer one its
	// beginning is read: the names in a hello, the leaf of a chain, no fingerprint.
	maxMessage = 16 << 10
	// maxOpaque is how many records of data pass before the look-out for the end of
	// the handshake is given up: one direction alone may have been captured. Early
	// data comes before it, too.
	maxOpaque = 64
)

// newTLS returns the decoder of TLS over TCP, from SSL 2.0 to TLS 1.3.
func newTLS() decoder {
	t := new(tlsStream)
	t.reuse()
	return t
}

// tlsStream takes the handshake messages out of the records of a connection.
// Every byte is done with when it was shown once; messages that are not there
// whole are collected.
type tlsStream struct {
	hs     handshake
	ends   [2]tlsEnd // by Dir
	opaque int       // records of data that were seen
	over   bool      // nothing more is read
}

// reuse drops what was kept of the last connection.
func (t *tlsStream) reuse() {
	t.ends[0].message.release()
	t.ends[1].message.release()
	*t = tlsStream{hs: handshake{over: 't'}}
}

// tlsEnd is one direction of a connection.
type tlsEnd struct {
	kind    uint8 // of the current record
	length  int   // of the current record
	left    int   // of it, not come yet
	records int   // how many began
	level   uint8 // of an alert of which the rest is to come
	secret  bool  // ChangeCipherSpec was sent
	sealed  bool  // the current handshake record is encrypted
	blind   bool  // a gap tore the sequence of messages
	message tlsMessage
}

// tlsMessage is a handshake message that comes in pieces.
type tlsMessage struct {
	kept []byte // from its type on, as far as it is read
	have int    // how much of it came
	want int    // its length with the header; 0 while the header is not there
}

func (t *tlsStream) stream(c *conv, dir Dir, b []byte) int {
	all := len(b)
	for len(b) > 0 && !t.over {
		if t.ends[dir].left == 0 {
			n := t.header(c, &dir, b)
			if n == 0 {
				break
			}
			b = b[n:]
			continue
		}
		e := &t.ends[dir]
		n := min(len(b), e.left)
		e.left -= n
		t.content(c, dir, b[:n:n])
		b = b[n:]
	}
	if e := &t.ends[dir]; e.kind == recordData && !t.over {
		skip := e.left
		e.left = 0
		return all - len(b) + skip
	}
	return all - len(b)
}

// header reads the header of a record and returns its length, 0 if it is not all
// there or is none. It turns dir where the ends are the other way round.
func (t *tlsStream) header(c *conv, dir *Dir, b []byte) int {
	if t.ends[*dir].records == 0 && isSSL2(b) != no {
		return t.headerSSL2(c, dir, b)
	}
	if len(b) < recordHeader {
		c.need(*dir, recordHeader)
		return 0
	}
	length := length16(b[3:])
	if !isRecord(b) {
		t.giveUp(c)
		return 0
	}
	if b[0] == recordHandshake && t.ends[0].records+t.ends[1].records == 0 {
		if len(b) == recordHeader {
			c.need(*dir, recordHeader+1)
			return 0
		}
		t.turn(c, dir, b[recordHeader])
	}
	e := &t.ends[*dir]
	e.kind, e.length, e.left = b[0], length, length
	e.records++
	if e.kind == recordData {
		t.data(c, *dir, length)
	}
	return recordHeader
}

// turn swaps the ends if the first message says so.
func (t *tlsStream) turn(c *conv, dir *Dir, message byte) {
	if message == msgClientHello && *dir == ToClient || message == msgServerHello && *dir == ToServer {
		c.swap()
		*dir = dir.other()
		t.ends[0], t.ends[1] = t.ends[1], t.ends[0]
	}
}

// data takes note of a record of application data, which TLS 1.3 makes of its
// handshake, too.
func (t *tlsStream) data(c *conv, dir Dir, n int) {
	t.opaque++
	t.hs.encrypted(c, dir, n)
	t.finish(c)
	if !t.over && (t.opaque >= maxOpaque || t.opaque >= 2 && t.hs.d == nil) {
		t.giveUp(c)
	}
}

// content reads a piece of the current record, of which left bytes are to come.
func (t *tlsStream) content(c *conv, dir Dir, b []byte) {
	e := &t.ends[dir]
	switch e.kind {
	case recordHandshake:
		if e.left+len(b) == e.length && t.seal(e, b[0]) {
			t.hs.encrypted(c, dir, e.length)
		}
		if !e.blind && !e.sealed {
			t.handshake(c, dir, b)
		}
	case recordCipher:
		if e.left == 0 {
			e.secret = true
			t.hs.changedCipher(c, dir)
		}
	case recordAlert:
		t.alert(c, dir, b)
	case recordSSL2:
		if b = e.message.add(b, e.length); b != nil {
			t.ssl2(c, dir, b)
			e.message = tlsMessage{}
		}
	}
	t.finish(c)
}

// seal decides whether a handshake record, of which first is the first byte, is
// encrypted: after ChangeCipherSpec. That proves nothing in TLS 1.3, which sends it
// for show (RFC 8446 D.4), so where no answer was seen a second hello may follow.
func (t *tlsStream) seal(e *tlsEnd, first byte) bool {
	e.sealed = e.secret && !t.hs.is13() && (t.hs.version != 0 || first != msgClientHello)
	return e.sealed
}

// handshake reads a piece of the sequence of handshake messages.
func (t *tlsStream) handshake(c *conv, dir Dir, b []byte) {
	m := &t.ends[dir].message
	for len(b) > 0 && !t.over {
		if m.have == 0 && len(b) >= 4 { // whole: no copy
			if n := messageLength(b); n <= len(b) {
				t.hs.message(c, dir, b[:n:n])
				b = b[n:]
				continue
			}
		}
		n := m.next(b)
		m.take(b[:n])
		b = b[n:]
		if m.want != 0 && m.have == m.want {
			t.hs.message(c, dir, m.kept)
			m.release()
		}
	}
}

// messageLength returns the length of a message, header included.
func messageLength(b []byte) int { return 4 + int(b[1])<<16 + int(b[2])<<8 + int(b[3]) }

// next returns how much of b belongs to the message: up to its header's end, then
// up to its own.
func (m *tlsMessage) next(b []byte) int {
	if m.want == 0 {
		return min(len(b), 4-m.have)
	}
	return min(len(b), m.want-m.have)
}

func (m *tlsMessage) take(b []byte) {
	m.have += len(b)
	if m.kept == nil {
		m.kept = messageSpace.Get().(*[keptMessage]byte)[:0]
	}
	if m.want == 0 {
		if m.kept = append(m.kept, b...); m.have == 4 {
			m.want = messageLength(m.kept)
		}
		return
	}
	limit := min(m.want, maxMessage)
	if !isReadMessage(m.kept[0]) {
		limit = 4
	}
	if room := limit - len(m.kept); room > 0 {
		m.kept = append(m.kept, b[:min(len(b), room)]...)
	}
}

// keptMessage is the size of most hellos that come in several segments: those with a
// key for after quantum computers.
const keptMessage = 2048

// messageSpace is memory for messages that are not whole yet. As each connection
// needs it for the time between two segments, it is used again.
var messageSpace = sync.Pool{New: func() any { return new([keptMessage]byte) }}

// release begins a new message.
func (m *tlsMessage) release() {
	if cap(m.kept) == keptMessage {
		messageSpace.Put((*[keptMessage]byte)(m.kept[:keptMessage]))
	}
	*m = tlsMessage{}
}

// add collects what has no header of its own, n bytes in all, and returns it when
// it is whole.
func (m *tlsMessage) add(b []byte, n int) []byte {
	if m.have == 0 && len(b) == n {
		return b
	}
	m.have += len(b)
	if m.kept = append(m.kept, b...); m.have < n {
		return nil
	}
	return m.kept
}

// alert reads a piece of an alert. One that is not two bytes long is encrypted.
func (t *tlsStream) alert(c *conv, dir Dir, b []byte) {
	e := &t.ends[dir]
	if e.length != 2 || e.secret && t.hs.version != 0 && !t.hs.is13() {
		return
	}
	switch {
	case len(b) == 2:
		t.hs.alert(c, b[0], b[1], dir)
	case e.left == 0:
		t.hs.alert(c, e.level, b[0], dir)
	default:
		e.level = b[0]
	}
}

// gap passes over what was not captured if the record says how far it goes.
func (t *tlsStream) gap(c *conv, dir Dir, n uint32) {
	e := &t.ends[dir]
	if m := &e.message; len(m.kept) > 4 && e.kind == recordHandshake {
		t.hs.message(c, dir, m.kept)
	}
	e.message, e.blind = tlsMessage{}, true
	if int64(n) > int64(e.left) || e.kind == recordSSL2 {
		t.giveUp(c)
		return
	}
	e.left -= int(n)
}

// end is called when no more is coming.
func (t *tlsStream) end(c *conv) {
	if t.ends[0].records+t.ends[1].records > 0 {
		t.hs.missed(c)
	}
	t.hs.end(c)
}

// finish ends the inspection once the handshake was told of.
func (t *tlsStream) finish(c *conv) {
	if t.hs.told && !t.over {
		t.over = true
		c.done()
	}
}

// giveUp ends it where there is nothing to learn: on bytes that are no TLS, behind
// a gap, in the midst of a connection.
func (t *tlsStream) giveUp(c *conv) {
	t.over = true
	if t.hs.d == nil && t.ends[0].records+t.ends[1].records == 0 {
		c.wrong()
		return
	}
	t.hs.missed(c)
	t.hs.end(c)
	c.done()
}
