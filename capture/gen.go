// Hot path: no allocation.

package capture

import (
	"encoding/binary"
	"io"
	"sync/atomic"
	"time"

	"sockeye/parse"
)

// Traffic describes what a Generator makes: Ethernet, IPv4 and UDP between
// 10.0.0.0/8 and 192.0.2.1:443, the flows in turn, each flow's packets by turns
// from and to its 10.0.0.0/8 end.
type Traffic struct {
	Packets uint64        // packets until io.EOF; 0 never ends
	Flows   int           // 0 means 1; at most 1<<24
	Sizes   []int         // wire lengths in turn, 60 to 65535; none means 60
	Block   int           // packets a block; 0 means 64
	Start   time.Time     // of the first packet
	Step    time.Duration // from one packet to the next
	Iface   uint16        // slot

	// Drops, if not 0, loses every so manieth packet before it is read: it is
	// counted as received and dropped, and not part of Packets.
	Drops uint64
}

// frameRoom is the captured part of a generated frame: all headers and the
// padding of the shortest frame.
const frameRoom = 60

// Generator is a Source of synthetic traffic, the same for the same Traffic,
// whatever the sizes of the batches.
type Generator struct {
	t      Traffic
	time   int64
	made   uint64 // packets read or dropped
	left   uint64 // packets until the end
	block  int    // packets until the end of the block
	frames [batch][frameRoom]byte

	received, dropped atomic.Uint64
	closed            atomic.Bool
}

// NewGenerator returns a source of that traffic.
func NewGenerator(t Traffic) *Generator {
	t.Flows = max(t.Flows, 1)
	if len(t.Sizes) == 0 {
		t.Sizes = []int{frameRoom}
	}
	if t.Block == 0 {
		t.Block = batch
	}
	g := &Generator{t: t, time: t.Start.UnixNano(), left: t.Packets, block: t.Block}
	for i := range g.frames {
		copy(g.frames[i][:], frameTemplate[:])
	}
	return g
}

// frameTemplate is a frame from 10.0.0.0:1024 to 192.0.2.1:443 without lengths
// and checksums (0 means none in UDP, and nobody checks IPv4's in a capture).
var frameTemplate = [frameRoom]byte{
	0x02, 0, 0, 0, 0, 2, 0x02, 0, 0, 0, 0, 1, 0x08, 0x00, // Ethernet: IPv4
	0x45, 0, 0, 0, 0, 0, 0x40, 0, 64, 17, 0, 0, // IPv4: do not fragment, TTL 64, UDP
	10, 0, 0, 0, 192, 0, 2, 1,
	0x04, 0x00, 0x01, 0xbb, 0, 0, 0, 0, // UDP
}

// Read implements Source. It never waits.
func (g *Generator) Read(ps []parse.Packet) (n int, more bool, err error) {
	if g.closed.Load() {
		return 0, false, ErrClosed
	}
	for n < min(len(ps), batch) && g.block > 0 {
		if g.t.Packets > 0 && g.left == 0 {
			g.received.Add(uint64(n))
			return n, false, io.EOF
		}
		g.made++
		if g.t.Drops > 0 && g.made%g.t.Drops == 0 {
			g.received.Add(1)
			g.dropped.Add(1)
			continue
		}
		g.left--
		g.block--
		g.fill(&ps[n], &g.frames[n])
		n++
	}
	g.received.Add(uint64(n))
	if g.block > 0 {
		return n, true, nil
	}
	g.block = g.t.Block
	return n, false, nil
}

// fill makes packet number g.made.
func (g *Generator) fill(p *parse.Packet, frame *[frameRoom]byte) {
	number := g.made - 1
	flow := uint32(number % uint64(g.t.Flows))
	size := g.t.Sizes[number%uint64(len(g.t.Sizes))]
	own, peer, hint := frame[26:30], frame[30:34], parse.HintOutgoing
	ownPort, peerPort := frame[34:36], frame[36:38]
	if number/uint64(g.t.Flows)%2 == 1 {
		own, peer, hint = peer, own, parse.HintHost
		ownPort, peerPort = peerPort, ownPort
	}
	binary.BigEndian.PutUint32(own, 10<<24|flow)
	binary.BigEndian.PutUint32(peer, 192<<24|2<<8|1)
	binary.BigEndian.PutUint16(ownPort, 1024)
	binary.BigEndian.PutUint16(peerPort, 443)
	binary.BigEndian.PutUint16(frame[16:], uint16(size-14))
	binary.BigEndian.PutUint16(frame[38:], uint16(size-34))
	p.Data = frame[:]
	p.Time = g.time
	p.WireLen = uint32(size)
	p.Link = parse.LinkEthernet
	p.Iface = g.t.Iface
	p.Segs, p.TagTCI, p.TagTPID, p.Proto2 = 0, 0, 0, 0
	p.Hint = hint
	g.time += int64(g.t.Step)
}

// Stats implements Source.
func (g *Generator) Stats() (Stats, error) {
	dropped := g.dropped.Load() // first: what is dropped later is received later too
	return Stats{Received: g.received.Load(), Dropped: dropped}, nil
}

// Close implements Source.
func (g *Generator) Close() error {
	g.closed.Store(true)
	return nil
}
