package main

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/netip"
	"os"

	"sockeye/internal/testkit/packet"
)

// A segment is one packet of a conversation, before its headers.
type segment struct {
	back  bool
	flags uint8
	b     []byte
}

// A conversation is a talk between two ends, as far as it is.
type conversation struct {
	udp      bool
	from, to netip.AddrPort
	seq      [2]uint32 // of the client, of the server
	left     []segment
}

// begin makes the conversation number n of a talk.
func (k *talk) begin(n int) *conversation {
	host := binary.BigEndian.AppendUint32(nil, uint32(n/16)|10<<24)
	c := &conversation{
		udp: k.udp, from: netip.AddrPortFrom(netip.AddrFrom4([4]byte(host)), uint16(32768+n%16)),
		to: netip.AddrPortFrom(netip.AddrFrom4([4]byte{198, 18, byte(n % 7), byte(n % 251)}), k.port),
	}
	if k.udp {
		for _, t := range k.turns {
			for range max(t.times, 1) {
				c.left = append(c.left, segment{t.back, 0, t.b})
			}
		}
		return c
	}
	c.left = []segment{{false, packet.SYN, nil}, {true, packet.SYN | packet.ACK, nil}, {false, packet.ACK, nil}}
	for _, t := range k.turns {
		c.say(t)
	}
	c.left = append(c.left, segment{false, packet.FIN | packet.ACK, nil}, segment{true, packet.FIN | packet.ACK, nil}, segment{false, packet.ACK, nil})
	return c
}

// say adds the segments of a turn, with an acknowledgement of every other one.
func (c *conversation) say(t turn) {
	for i := range max(t.times, 1) {
		for b := t.b; len(b) > 0; {
			n := min(len(b), segmentSize)
			c.left = append(c.left, segment{t.back, packet.ACK | packet.PSH, b[:n]})
			b = b[n:]
		}
		if i%2 == 0 {
			c.left = append(c.left, segment{!t.back, packet.ACK, nil})
		}
	}
}

// frame takes the next packet.
func (c *conversation) frame() []byte {
	s := c.left[0]
	c.left = c.left[1:]
	from, to, own, other := c.from, c.to, &c.seq[0], c.seq[1]
	if s.back {
		from, to, own, other = c.to, c.from, &c.seq[1], c.seq[0]
	}
	ip := packet.IPv4{Src: from.Addr(), Dst: to.Addr()}
	if c.udp {
		return packet.Build(packet.Ethernet{}, ip, packet.UDP{Src: from.Port(), Dst: to.Port()}, packet.Bytes(s.b))
	}
	tcp := packet.TCP{Src: from.Port(), Dst: to.Port(), Seq: *own, Ack: other, Flags: s.flags}
	*own += uint32(len(s.b))
	if s.flags&(packet.SYN|packet.FIN) != 0 {
		*own++
	}
	return packet.Build(packet.Ethernet{}, ip, tcp, packet.Bytes(s.b))
}

// capture writes conversations to a file, many at a time.
type capture struct {
	out  *bufio.Writer
	rand *rand.Rand
	now  uint64 // microseconds
	open []*conversation
}

// atOnce is how many conversations are under way.
const atOnce = 500

// writeTalks writes a capture to which next gives conversations until it returns
// nil.
func writeTalks(path string, next func() *conversation) (packets int, err error) {
	f, err := os.Create(path)
	if err != nil {
		return 0, fmt.Errorf("make capture: %w", err)
	}
	c := &capture{out: bufio.NewWriterSize(f, 1<<20), rand: rand.New(rand.NewPCG(1, 4))}
	header := make([]byte, 24)
	binary.LittleEndian.PutUint32(header, 0xa1b2c3d4)
	binary.LittleEndian.PutUint16(header[4:], 2)
	binary.LittleEndian.PutUint16(header[6:], 4)
	binary.LittleEndian.PutUint32(header[16:], 1<<18)
	binary.LittleEndian.PutUint32(header[20:], 1) // LINKTYPE_ETHERNET
	c.out.Write(header)
	for range atOnce {
		c.open = append(c.open, next())
	}
	for len(c.open) > 0 {
		i := c.rand.IntN(len(c.open))
		c.record(c.open[i].frame())
		packets++
		if len(c.open[i].left) > 0 {
			continue
		}
		if c.open[i] = next(); c.open[i] == nil {
			c.open[i] = c.open[len(c.open)-1]
			c.open = c.open[:len(c.open)-1]
		}
	}
	if err := errors.Join(c.out.Flush(), f.Close()); err != nil {
		return 0, fmt.Errorf("write capture: %w", err)
	}
	return packets, warm(path)
}

// record writes one packet. The error of a write comes back from Flush.
func (c *capture) record(frame []byte) {
	const spacing = 25
	c.now += spacing
	b := make([]byte, 0, 16)
	b = binary.LittleEndian.AppendUint32(b, uint32(1_700_000_000+c.now/1e6))
	b = binary.LittleEndian.AppendUint32(b, uint32(c.now%1e6))
	b = binary.LittleEndian.AppendUint32(b, uint32(len(frame)))
	b = binary.LittleEndian.AppendUint32(b, uint32(len(frame)))
	c.out.Write(b)
	c.out.Write(frame)
}

// warm reads a file, so that it is in the page cache.
func warm(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("warm page cache: %w", err)
	}
	defer f.Close()
	if _, err := io.Copy(io.Discard, f); err != nil {
		return fmt.Errorf("warm page cache: %w", err)
	}
	return nil
}
