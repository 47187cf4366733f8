package capture

import (
	"testing"

	"sockeye/internal/testkit"
	"sockeye/parse"
)

// collect is a sink that remembers the order of what it got.
type collect struct {
	times  []int64
	blocks []int // packets at each EndBlock
}

func (c *collect) Packets(ps []parse.Packet) {
	for i := range ps {
		c.times = append(c.times, ps[i].Time)
	}
}

func (c *collect) EndBlock() { c.blocks = append(c.blocks, len(c.times)) }

func TestRelayKeepsOrderAndBlocks(t *testing.T) {
	var got collect
	r := NewRelay(&got)
	var blocks []int
	n := int64(0)
	for _, block := range []int{0, 1, 63, 64, 511, 512, 513, 5000, 2} {
		for block > 0 {
			ps := make([]parse.Packet, min(block, 64))
			for i := range ps {
				ps[i].Time = n
				n++
			}
			r.Packets(ps)
			clear(ps) // the batch is the caller's again
			block -= len(ps)
		}
		r.EndBlock()
		if len(got.times) != int(n) {
			t.Fatalf("after a block the sink has %d packets, want %d", len(got.times), n)
		}
		blocks = append(blocks, int(n))
	}
	r.Close()
	for i, at := range got.times {
		if at != int64(i) {
			t.Fatalf("packet %d came as number %d", at, i)
		}
	}
	for i := range blocks {
		if got.blocks[i] != blocks[i] {
			t.Fatalf("block %d ended after %d packets, want %d", i, got.blocks[i], blocks[i])
		}
	}
}

// idleSink takes everything and keeps nothing.
type idleSink struct{}

func (idleSink) Packets([]parse.Packet) {}
func (idleSink) EndBlock()              {}

func TestRelayAllocatesNothing(t *testing.T) {
	r := NewRelay(idleSink{})
	defer r.Close()
	ps := make([]parse.Packet, 64)
	testkit.ZeroAllocs(t, "relay", func() {
		for range 20 {
			r.Packets(ps)
		}
		r.EndBlock()
	})
}
