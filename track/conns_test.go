package track

import (
	"math/rand/v2"
	"testing"

	"sockeye/internal/testkit"
	"sockeye/parse"
)

// TestConns keeps connections of every sort, forgets some, and checks that each one
// that comes out is the one that went in, and that a forgotten place is as new.
func TestConns(t *testing.T) {
	const slots = 64
	s, err := newConns(slots)
	if err != nil {
		t.Fatal(err)
	}
	defer s.release()
	sorts := []conn{
		{},
		{wire: wire{isn: [2]uint32{1, 2}}},
		{pace: pace{handshake: 7}},
		{trouble: trouble{retransmits: [2]uint32{0, 3}}},
		{wire: wire{mss: [2]uint16{1460, 0}}, pace: pace{srtt: [2]uint32{8, 9}}, trouble: trouble{missedBytes: [2]uint64{1, 0}}},
	}
	rng := rand.New(rand.NewPCG(3, 4))
	var want [slots]conn
	for range 20_000 {
		slot := rng.Uint32N(slots)
		if rng.IntN(3) == 0 {
			s.drop(slot)
			want[slot] = conn{}
			if *s.wire(slot) != (wire{}) || *s.rests.at(slot) != (rest{}) {
				t.Fatal("a forgotten connection has left something behind")
			}
			continue
		}
		var c conn
		s.load(&c, slot)
		c.flags &^= inParts
		if c != want[slot] {
			t.Fatalf("slot %d: got %+v, want %+v", slot, c, want[slot])
		}
		s.load(&c, slot)
		inUse := c.flags & inParts
		c = sorts[rng.IntN(len(sorts))]
		want[slot] = c
		c.flags |= inUse
		s.store(&c, slot)
	}
	for slot := range uint32(slots) {
		s.drop(slot)
	}
	if n := int(s.troubles.n); len(s.troubles.free) != n || n > slots {
		t.Errorf("%d of %d troubles are free, want all, and no more than %d", len(s.troubles.free), n, slots)
	}
}

// TestConnsSegmentAllocs plays segments that take each way through the parts.
func TestConnsSegmentAllocs(t *testing.T) {
	s, err := newConns(1)
	if err != nil {
		t.Fatal(err)
	}
	defer s.release()
	p := parse.Packet{Time: t0, TCPFlags: parse.FlagACK, Window: 1000, L4: 34, Payload: 54, PayLen: 100}
	testkit.ZeroAllocs(t, "conns.segment", func() {
		for _, seq := range []uint32{100, 200, 200, 500, 300} { // new, new, again, a gap, its filling
			p.Seq = seq
			s.segment(0, &p, 0)
		}
		s.drop(0)
	})
}
