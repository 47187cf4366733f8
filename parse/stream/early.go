// Hot path: no allocation in the steady state.

package stream

// place copies a segment into the buffer, next to what is there. It does not
// begin before the edge. What there is no room for becomes the rest.
func (h *Half) place(seq uint32, b []byte, wire uint32) {
	room := int(int32(h.read + Limit - seq))
	n := min(len(b), max(room, 0))
	if len(b) == 0 {
		if seq == h.Edge() {
			h.miss(seq + wire)
		}
		return
	}
	if n == 0 || !h.listed(seq, seq+uint32(n)) {
		h.rest = rest{wire, seq, b}
		h.full(seq)
		return
	}
	if !h.room(int(seq-h.read) + n) {
		return // it is lost
	}
	s := span{from: seq, to: seq + uint32(n), till: seq + wire}
	if n < len(b) {
		h.rest = rest{wire - uint32(n), s.to, b[n:]}
		s.till = s.to
	}
	had := h.nEarly
	h.write(seq, b[:n])
	if h.join(s); had > 0 {
		h.missAcked()
	}
}

// full decides what gives way to the rest, of which nothing fits. While the hole is
// not acknowledged, the missing segment is still under way, and may say more than
// what comes later; where acknowledgements are not seen, nothing tells.
func (h *Half) full(seq uint32) {
	switch {
	case seq == h.Edge() || h.flags&acking != 0 && int32(h.acked-h.Edge()) <= 0:
		h.rest = rest{}
	case h.nEarly > 0:
		h.miss(h.early[0].from)
	default:
		h.miss(seq)
	}
}

// listed reports whether the list of early pieces has room for this one.
func (h *Half) listed(from, to uint32) bool {
	if h.nEarly < maxEarly || from == h.Edge() {
		return true
	}
	for i := range h.early[:h.nEarly] {
		if e := &h.early[i]; int32(to-e.from) >= 0 && int32(e.to-from) >= 0 {
			return true
		}
	}
	return false
}

// write copies the bytes that are not there yet.
func (h *Half) write(seq uint32, b []byte) {
	for i := range h.early[:h.nEarly] {
		e := &h.early[i]
		before := int(int32(e.from - seq))
		if before >= len(b) {
			break
		}
		if before > 0 {
			copy(h.buf[h.at+seq-h.read:], b[:before])
		}
		if behind := int(int32(e.to - seq)); behind > 0 {
			behind = min(behind, len(b))
			seq, b = seq+uint32(behind), b[behind:]
		}
	}
	if len(b) > 0 {
		copy(h.buf[h.at+seq-h.read:], b)
	}
}

// join adds a piece to what is in order, or to the early pieces. Those that it
// touches become one with it.
func (h *Half) join(s span) {
	first := uint8(0)
	for first < h.nEarly && int32(h.early[first].to-s.from) < 0 {
		first++
	}
	last := first
	for last < h.nEarly && int32(h.early[last].from-s.to) <= 0 {
		e := &h.early[last]
		s.from = lower(s.from, e.from)
		s.to, s.till = higher(s.to, e.to), higher(s.till, e.till)
		last++
	}
	if s.from == h.Edge() {
		h.have = s.to - h.read
		h.cutEarly(last)
		h.miss(s.till)
		return
	}
	switch last {
	case first: // none is touched
		copy(h.early[first+1:], h.early[first:h.nEarly])
		h.nEarly++
	default:
		copy(h.early[first+1:], h.early[last:h.nEarly])
		h.nEarly -= last - first - 1
	}
	h.early[first] = s
}

func lower(a, b uint32) uint32 {
	if int32(a-b) < 0 {
		return a
	}
	return b
}

func higher(a, b uint32) uint32 {
	if int32(a-b) > 0 {
		return a
	}
	return b
}

// room makes the buffer reach n bytes behind the first unread one, at most Limit.
// It returns false if there is no memory for that.
func (h *Half) room(n int) bool {
	if int(h.at)+n <= len(h.buf) {
		return true
	}
	kept := h.buf[min(int(h.at), len(h.buf)):]
	if n <= len(h.buf) {
		copy(h.buf, kept)
		h.at = 0
		return true
	}
	larger := h.mem.get(n)
	if larger == nil {
		return false
	}
	copy(larger, kept)
	h.release()
	h.buf = larger
	return true
}
