package dpi

import "slices"

// dtlsPart is a fragment of a handshake message. Its bytes are borrowed.
type dtlsPart struct {
	kind       uint8
	seq        int // number of the message
	whole, off int // length of the message; where the fragment lies in it
	body       []byte
	cut        bool // by the capture
}

// dtlsMessage is a message whose fragments come in any order.
type dtlsMessage struct {
	kind  uint8
	seq   int
	whole int
	kept  []byte // the first maxMessage bytes of it
	have  []span // what of kept has come, sorted, not touching; maxList of them
}

// span is a range of bytes.
type span struct{ from, to int }

// message returns where the message of a part is collected; nil if its kind is
// not read. A newer message takes the place of the oldest.
func (e *dtlsEnd) message(p dtlsPart) *dtlsMessage {
	if !isReadMessage(p.kind) {
		return nil
	}
	oldest := &e.messages[0]
	for i := range e.messages {
		m := &e.messages[i]
		if m.kept != nil && m.seq == p.seq {
			if m.kind != p.kind || m.whole != p.whole {
				return nil
			}
			return m
		}
		if m.kept == nil || oldest.kept != nil && m.seq < oldest.seq {
			oldest = m
		}
	}
	*oldest = dtlsMessage{kind: p.kind, seq: p.seq, whole: p.whole, kept: make([]byte, min(p.whole, maxMessage))}
	return oldest
}

// add puts a part in its place and reports whether the message is there, as far
// as it is kept.
func (m *dtlsMessage) add(p dtlsPart) bool {
	if p.off < len(m.kept) && len(m.have) < maxList {
		n := copy(m.kept[p.off:], p.body)
		m.cover(span{p.off, p.off + n})
	}
	return len(m.have) == 1 && m.have[0] == span{0, len(m.kept)}
}

// cover joins a range to those that have come.
func (m *dtlsMessage) cover(s span) {
	i := 0
	for i < len(m.have) && m.have[i].to < s.from {
		i++
	}
	k := i
	for ; k < len(m.have) && m.have[k].from <= s.to; k++ {
		s.from, s.to = min(s.from, m.have[k].from), max(s.to, m.have[k].to)
	}
	m.have = slices.Replace(m.have, i, k, s)
}
