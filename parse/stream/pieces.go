package stream

import "bytes"

// Pieces puts together what the IP fragments of one datagram carry (RFC 791; RFC
// 8200, 4.5). Of a long datagram only the first Limit bytes are kept. Fragments that
// overlap and are not the same are a forgery or a mistake: then the datagram is given
// up (RFC 8200).
type Pieces struct {
	buf   []byte
	have  [maxPieces]extent // apart from each other
	n     int               // of them
	reach int               // where the farthest fragment ends
	end   int               // where the last one does, 0 while that is not known
	lost  bool              // it will never be whole
}

// extent is a range of bytes, `to` not included.
type extent struct{ from, to int }

// maxPieces bounds how many extents there may be. Most fragments come in order, or the
// last one first.
const maxPieces = 16

// Add adds what one fragment carries: wire bytes from an offset on, of which b were
// captured; more says that others follow. It copies b. It returns false when the
// datagram will never be whole.
func (p *Pieces) Add(offset, wire int, b []byte, more bool) bool {
	to := offset + wire
	ends := p.end == 0 && p.reach <= to || p.end == to
	if p.lost || wire <= 0 || p.end != 0 && to > p.end || !more && !ends {
		return p.lose()
	}
	p.reach = max(p.reach, to)
	if !more {
		p.end = to
	}
	e := extent{min(offset, Limit), min(to, Limit)}
	if e.from == e.to {
		return true
	}
	if n := e.to - e.from; len(b) < n || !p.keep(e, b[:n]) {
		return p.lose()
	}
	return true
}

func (p *Pieces) lose() bool {
	*p = Pieces{lost: true}
	return false
}

// keep copies an extent. It returns false where others contradict it, or are too many.
func (p *Pieces) keep(e extent, b []byte) bool {
	before, after := -1, -1
	for i, h := range p.have[:p.n] {
		switch {
		case h.from <= e.from && e.to <= h.to: // all of it again
			return bytes.Equal(p.buf[e.from:e.to], b)
		case e.from < h.to && h.from < e.to:
			return false
		case h.to == e.from:
			before = i
		case h.from == e.to:
			after = i
		}
	}
	switch {
	case before >= 0 && after >= 0:
		p.have[before].to = p.have[after].to
		p.n--
		p.have[after] = p.have[p.n]
	case before >= 0:
		p.have[before].to = e.to
	case after >= 0:
		p.have[after].from = e.from
	case p.n == maxPieces:
		return false
	default:
		p.have[p.n] = e
		p.n++
	}
	if missing := e.to - len(p.buf); missing > 0 {
		p.buf = append(p.buf, make([]byte, missing)...)
	}
	copy(p.buf[e.from:], b)
	return true
}

// Whole returns the datagram, as far as it is kept, and its length; nil while
// something of that is missing. The bytes are those of the Pieces.
func (p *Pieces) Whole() (b []byte, wire int) {
	if p.end == 0 || p.n != 1 || p.have[0] != (extent{0, min(p.end, Limit)}) {
		return nil, 0
	}
	return p.buf[:p.have[0].to], p.end
}

// Size returns the bytes of memory that it has taken for what it keeps.
func (p *Pieces) Size() int { return cap(p.buf) }
