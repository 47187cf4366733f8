// Hot path: no allocation in the steady state.

// Package stream puts the bytes of TCP connections back in order, with bounded
// memory: what comes in order and is read at once is never copied, what is to be
// skipped is never kept, and what is missing is reported with its size.
package stream

// Limit is how many bytes of one direction are kept at most, those that came
// early included.
const Limit = 16 << 10

// A Half is one direction of a connection. After each Add, Acked and Fin its
// reader takes what there is:
//
//	for {
//		for {
//			h.Read(use(h.Unread()))
//			if h.Missing() == 0 {
//				break
//			}
//			gap := h.Pass()
//		}
//		if !h.Keep() {
//			break
//		}
//	}
//
// Of bytes that come more than once the first copy counts, as it does for most
// receivers. Bytes that lie before what was read are ignored: retransmissions,
// keep-alives, window probes. Without a SYN, the first segment is the beginning.
type Half struct {
	// What every segment touches comes first.
	read  uint32 // sequence number of the first unread byte
	have  uint32 // unread bytes in order from there on: seg, or the start of buf
	lost  uint32 // bytes behind them that will not come
	acked uint32 // what the other end acknowledged last
	far   uint64 // bytes to skip that read has not moved across yet
	rest  rest
	at    uint32 // index in buf of the byte that read is the number of

	flags  uint8
	nEarly uint8
	fin    uint32         // sequence number of the FIN
	early  [maxEarly]span // in order, apart from each other and from what is in order

	seg []byte // the bytes in order, while they are those of the packet itself
	buf []byte // borrowed from mem; nil while nothing is kept
	mem *Memory
}

const (
	started uint8 = 1 << iota
	filled        // there was payload
	acking        // acked is valid
	ended         // fin is valid
)

// A span is a piece of the stream that came early. Its bytes are in buf.
type span struct {
	from, to uint32 // sequence numbers
	till     uint32 // where the segment ended of which not all was captured; else to
}

// maxEarly is how many such pieces there may be: of full-sized segments, fewer
// fit into Limit.
const maxEarly = 8

// rest is the part of the last segment that there was no room for.
type rest struct {
	wire uint32
	seq  uint32
	b    []byte // borrowed
}

const (
	// maxAhead is the largest window that TCP has (RFC 7323, 2.3). What lies
	// beyond it does not belong to the connection.
	maxAhead = 1 << 30

	// stride is how far a long skip moves at least. Sequence numbers compare
	// across less than 1<<31.
	stride = 1 << 29
)

// Reset makes a Half ready for another connection. Its buffer goes back.
func (h *Half) Reset(m *Memory) {
	h.release()
	*h = Half{mem: m}
}

// Syn tells the sequence number of a SYN.
func (h *Half) Syn(seq uint32) {
	if h.flags&filled == 0 {
		h.read, h.flags = seq+1, h.flags|started
	}
}

// Started reports whether the place of the stream's next byte is known.
func (h *Half) Started() bool { return h.flags&started != 0 }

// Fin tells the sequence number of a FIN: behind the payload of its segment,
// which is added first. One before anything else is ignored.
func (h *Half) Fin(seq uint32) {
	if h.flags&(started|ended) == started {
		h.fin, h.flags = seq, h.flags|ended
	}
}

// Ended reports whether the stream has been given out up to its FIN.
func (h *Half) Ended() bool { return h.flags&ended != 0 && int32(h.Edge()-h.fin) >= 0 && h.lost == 0 }

// Edge returns the sequence number behind what is in order.
func (h *Half) Edge() uint32 { return h.read + h.have }

// Unread returns the bytes that are there in order. They are valid until the
// next call of another method.
func (h *Half) Unread() []byte {
	switch {
	case h.have == 0:
		return nil
	case h.seg != nil:
		return h.seg
	}
	return h.buf[h.at : h.at+h.have]
}

// Quiet reports whether the last Add brought nothing to read: its bytes were
// skipped, or came early or late.
func (h *Half) Quiet() bool { return h.have == 0 && h.lost == 0 && h.rest.wire == 0 }

// Idle reports whether nothing is kept or skipped: the stream could as well begin
// with what comes next.
func (h *Half) Idle() bool { return h.Quiet() && h.nEarly == 0 && h.far == 0 }

// Missing returns how many bytes behind Unread will not come. They must be
// passed before the next Add.
func (h *Half) Missing() uint32 { return h.lost }

// Pass gives up what is unread and moves behind what is missing. It returns how
// many bytes that was, together.
func (h *Half) Pass() uint32 {
	n := h.have + h.lost
	h.advance(n)
	h.have, h.lost, h.seg = 0, 0, nil
	h.settle()
	return n
}

// Read tells that n bytes are done with. That may be more than there are: those
// that lie between are skipped when they come, or if they never do.
func (h *Half) Read(n int) {
	if n <= 0 {
		return
	}
	if n < int(h.have) {
		h.advance(uint32(n))
		h.have -= uint32(n)
		if h.seg != nil {
			h.seg = h.seg[n:]
		}
		return
	}
	skip := uint64(n) - uint64(h.have)
	step := uint32(min(skip, maxAhead))
	h.far += skip - uint64(step)
	h.advance(h.have + step)
	h.have, h.seg = 0, nil
	h.lost -= min(h.lost, step)
	h.settle()
}

func (h *Half) advance(n uint32) {
	h.read += n
	h.at += n
}

// settle drops what lies before the first unread byte, takes what follows it,
// and gives the buffer back when nothing is left in it. Nothing is in order when
// it is called.
func (h *Half) settle() {
	drop := uint8(0)
	for drop < h.nEarly && int32(h.early[drop].to-h.read) <= 0 {
		drop++
	}
	if drop < h.nEarly && int32(h.early[drop].from-h.read) <= 0 {
		s := &h.early[drop]
		h.have = s.to - h.read
		till := s.till
		drop++
		h.cutEarly(drop)
		h.miss(till)
	} else {
		h.cutEarly(drop)
	}
	if h.have == 0 && h.nEarly == 0 {
		h.release()
	}
}

// cutEarly removes the first n early pieces.
func (h *Half) cutEarly(n uint8) {
	copy(h.early[:], h.early[n:h.nEarly])
	h.nEarly -= n
}

// miss notes that nothing will come up to a sequence number, unless it is there.
func (h *Half) miss(till uint32) {
	if h.nEarly > 0 && int32(till-h.early[0].from) > 0 {
		till = h.early[0].from
	}
	if n := till - h.Edge(); int32(n) > 0 {
		h.lost = n
	}
}

// Acked tells what the other end acknowledged. It has got what lies before that:
// if it is not here, it was not captured.
func (h *Half) Acked(ack uint32) {
	if h.flags&started == 0 {
		return
	}
	if h.flags&acking == 0 || int32(ack-h.acked) > 0 {
		h.acked, h.flags = ack, h.flags|acking
	}
	if h.nEarly > 0 {
		h.missAcked()
	}
}

// missAcked gives up what the other end has got of the hole before the early
// pieces. Without an early piece there is none: the acknowledgement may have
// overtaken the segment.
func (h *Half) missAcked() {
	if h.nEarly > 0 && h.flags&acking != 0 && int32(h.acked-h.Edge()) > 0 {
		h.miss(h.acked)
	}
}

// GiveUp gives up the hole before what came early, when nothing more will come. It
// returns false if nothing came early.
func (h *Half) GiveUp() bool {
	if h.nEarly == 0 {
		return false
	}
	h.miss(h.early[0].from)
	return true
}

// Add takes a segment's payload: b as far as it was captured, wire bytes in all.
// b is borrowed until Keep.
func (h *Half) Add(seq uint32, b []byte, wire uint32) {
	if wire == 0 {
		return
	}
	if h.flags&started == 0 {
		h.read = seq
	}
	h.flags |= started | filled
	if h.lost != 0 {
		h.Pass()
	}
	if h.far != 0 {
		h.skipOn(seq + wire)
	}
	b = b[:min(len(b), int(wire))]
	ahead := int32(seq - h.Edge())
	if ahead < 0 {
		old := -uint32(ahead)
		if old >= wire {
			return
		}
		b = b[min(uint32(len(b)), old):]
		seq, wire, ahead = seq+old, wire-old, 0
	}
	if ahead == 0 && h.have == 0 && h.nEarly == 0 {
		if n := uint32(len(b)); n > 0 {
			h.seg, h.have = b, n
		}
		h.lost = wire - h.have
		return
	}
	if ahead < maxAhead {
		h.place(seq, b, wire)
	}
}

// skipOn moves a long skip on, when the stream has come up to a sequence number.
func (h *Half) skipOn(to uint32) {
	if d := int64(int32(to - h.read)); d > -stride {
		step := min(h.far, uint64(d+maxAhead))
		h.far -= step
		h.advance(uint32(step))
	}
}

// Keep ends what Add began: unread bytes of the packet are copied, since it is
// only borrowed. It returns true if there is more to read: what there was no room
// for before.
func (h *Half) Keep() bool {
	if h.seg != nil {
		h.keep()
	}
	if h.rest.wire == 0 {
		return false
	}
	r := h.rest
	h.rest = rest{}
	before := h.have
	h.Add(r.seq, r.b, r.wire)
	return h.have != before || h.lost != 0
}

// keep copies the packet's unread bytes, as many as fit. What does not is
// missing.
func (h *Half) keep() {
	b := h.seg[:min(len(h.seg), Limit)]
	h.seg, h.have = nil, 0
	if h.room(len(b)) {
		copy(h.buf, b)
		h.have = uint32(len(b))
	}
}

func (h *Half) release() {
	if h.buf != nil {
		h.mem.put(h.buf)
		h.buf = nil
	}
	h.at = 0
}
