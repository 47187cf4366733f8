// Hot path: no allocation in the steady state.

package track

import (
	"unsafe"

	"sockeye/internal/prefetch"
	"sockeye/parse"
)

// conns keeps the connections of a shard, under the slots of their flows. What every
// connection has lies apart from what only some have: the wire takes 64 bytes, the
// pace (with a handshake, or segments both ways) 24, and the trouble (a
// retransmission, a gap, a closed window) 112, of which there are no more than needed.
type conns struct {
	wires    *slab[wire]
	rests    *slab[rest]
	troubles *slab[trouble]
}

// A rest is what is kept of a connection besides its wire, which has the flag
// inParts then. Else it is zero, and takes no memory.
type rest struct {
	pace
	trouble uint32 // place+1 of its trouble, 0 for none
}

func newConns(capacity uint32) (*conns, error) {
	wires, err := newSlab[wire](capacity)
	if err != nil {
		return nil, err
	}
	rests, err := newSlab[rest](capacity)
	if err != nil {
		wires.release()
		return nil, err
	}
	troubles, err := newSlab[trouble](capacity)
	if err != nil {
		wires.release()
		rests.release()
		return nil, err
	}
	return &conns{wires, rests, troubles}, nil
}

func (s *conns) release() {
	s.wires.release()
	s.rests.release()
	s.troubles.release()
}

// wire returns the part of a connection that says where it stands.
func (s *conns) wire(slot uint32) *wire { return s.wires.at(slot) }

// fetch asks for what an ordinary segment touches.
func (s *conns) fetch(slot uint32) { prefetch.Line(unsafe.Pointer(s.wires.at(slot))) }

// segment takes note of one TCP packet, sent by A (way 0) or B. It must see each
// packet once (BenchmarkTCPSegment/download: 5.5 ns a packet).
func (s *conns) segment(slot uint32, p *parse.Packet, way int) {
	w := s.wires.at(slot)
	ok, took := w.segment(p, way)
	switch {
	case !ok:
		var c conn
		s.load(&c, slot)
		c.examine(p, way&1)
		s.store(&c, slot)
	case took != 0:
		w.flags |= inParts
		s.rests.at(slot).roundTrip(^way&1, took)
	}
}

// load copies a connection out.
func (s *conns) load(c *conn, slot uint32) {
	c.wire = *s.wires.at(slot)
	if c.flags&inParts == 0 {
		return
	}
	r := s.rests.at(slot)
	c.pace = r.pace
	if r.trouble != 0 {
		c.trouble = *s.troubles.at(r.trouble - 1)
	}
}

// store puts back a connection that load has copied out.
func (s *conns) store(c *conn, slot uint32) {
	if c.flags&inParts != 0 || c.pace != (pace{}) || c.trouble != (trouble{}) {
		c.flags |= inParts
		s.rests.at(slot).pace = c.pace
		s.storeTrouble(c, slot)
	}
	*s.wires.at(slot) = c.wire
}

func (s *conns) storeTrouble(c *conn, slot uint32) {
	r := s.rests.at(slot)
	if r.trouble == 0 {
		if c.trouble == (trouble{}) {
			return
		}
		place, _ := s.troubles.get() // there is one for each flow
		r.trouble = place + 1
	}
	*s.troubles.at(r.trouble - 1) = c.trouble
}

// setBack follows a clock that was set back, see Table.setBack.
func (s *conns) setBack(slot uint32, ahead, back int64) {
	if s.wires.at(slot).overAt() > ahead {
		var c conn
		s.load(&c, slot)
		c.setBack(ahead, back)
		s.store(&c, slot)
	}
}

// drop forgets a connection.
func (s *conns) drop(slot uint32) {
	w := s.wires.at(slot)
	if w.flags&inParts != 0 {
		r := s.rests.at(slot)
		if r.trouble != 0 {
			*s.troubles.at(r.trouble - 1) = trouble{}
			s.troubles.put(r.trouble - 1)
		}
		*r = rest{}
	}
	*w = wire{}
}
