package dpi

// quicMaxCrypto bounds what is kept of the handshake of one side: larger ones are
// not read to their end.
const quicMaxCrypto = 16 << 10

// quicMaxSpans bounds the pieces that are there with holes between them. Chrome
// cuts its hello into about twenty.
const quicMaxSpans = 64

// quicCrypto puts the handshake of one side together from its CRYPTO frames, which
// come in any order, repeat and overlap: RFC 9000, section 19.6. Of bytes that come
// twice the first are kept.
type quicCrypto struct {
	buf   []byte     // from the stream's first byte on; holes are zero
	spans []quicSpan // what is there of buf: in order, apart from one another
	read  int        // where the next message begins
}

type quicSpan struct{ from, to int }

// reset begins with another handshake. Memory of usual size is kept for it.
func (q *quicCrypto) reset() {
	const usual = 2 << 10
	if cap(q.buf) > usual {
		q.buf = nil
	}
	*q = quicCrypto{buf: q.buf[:0], spans: q.spans[:0]}
}

// add takes a frame. It returns false when the stream is longer, or in more
// pieces, than is kept; what was there before stays.
func (q *quicCrypto) add(offset uint64, b []byte) bool {
	if offset > quicMaxCrypto || len(b) > quicMaxCrypto-int(offset) {
		return false
	}
	from, to := int(offset), int(offset)+len(b)
	if from == to {
		return true
	}
	// Those that [from, to) touches are spans[i:j].
	i := 0
	for i < len(q.spans) && q.spans[i].to < from {
		i++
	}
	j := i
	for j < len(q.spans) && q.spans[j].from <= to {
		j++
	}
	if i == j && len(q.spans) == quicMaxSpans {
		return false
	}
	q.fill(i, j, from, b)
	merged := quicSpan{from, to}
	if i < j {
		merged = quicSpan{min(from, q.spans[i].from), max(to, q.spans[j-1].to)}
		q.spans[i] = merged
		q.spans = append(q.spans[:i+1], q.spans[j:]...)
		return true
	}
	q.spans = append(q.spans, quicSpan{})
	copy(q.spans[i+1:], q.spans[i:])
	q.spans[i] = merged
	return true
}

// fill copies b into the holes between spans[i:j].
func (q *quicCrypto) fill(i, j, from int, b []byte) {
	to := from + len(b)
	if len(q.buf) < to {
		q.buf = append(q.buf, make([]byte, to-len(q.buf))...)
	}
	at := from
	for _, s := range q.spans[i:j] {
		if at < s.from {
			copy(q.buf[at:s.from], b[at-from:])
		}
		at = max(at, s.to)
	}
	if at < to {
		copy(q.buf[at:to], b[at-from:])
	}
}

// first takes the frame that a stream begins with, and returns the message in it if
// that is whole: it is not copied, as most hellos come in one piece.
func (q *quicCrypto) first(offset uint64, b []byte) []byte {
	if offset != 0 || len(q.spans) != 0 {
		return nil
	}
	n, ok := quicMessage(b)
	if !ok || n > quicMaxCrypto {
		return nil
	}
	q.spans, q.read = append(q.spans, quicSpan{0, n}), n
	return b[:n:n]
}

// next returns the next handshake message that is there whole, or nil. It is valid
// until add.
func (q *quicCrypto) next() []byte {
	if len(q.spans) == 0 || q.spans[0].from != 0 {
		return nil
	}
	to := min(q.spans[0].to, len(q.buf)) // buf lacks what first did not copy
	b := q.buf[min(q.read, to):to]
	n, ok := quicMessage(b)
	if !ok {
		return nil
	}
	q.read += n
	return b[:n:n]
}

// cut returns what is there without a hole of messages that were not read.
func (q *quicCrypto) cut() []byte {
	if len(q.spans) == 0 || q.spans[0].from != 0 {
		return nil
	}
	to := min(q.spans[0].to, len(q.buf))
	return q.buf[min(q.read, to):to]
}

// quicMessage returns the length of the handshake message that b begins with, if
// it is there whole: RFC 8446, section 4.
func quicMessage(b []byte) (n int, ok bool) {
	if len(b) < 4 {
		return 0, false
	}
	n = 4 + int(b[1])<<16 + int(b[2])<<8 + int(b[3])
	return n, n <= len(b)
}
