// Package mixture makes a capture that looks like a busy router's: TCP, UDP and
// ICMP over both versions of IP, some of it tagged, a few heavy conversations
// among very many short ones. The same Options give the same bytes.
package mixture

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"net/netip"

	"sockeye/internal/testkit/packet"
)

// Options say how much is made. Every flow gets a packet, so Flows is at most
// Packets.
type Options struct {
	Packets int
	Flows   int // conversations: each is one record of a flow table
	Seed    uint64
}

// Bytes counts what was made.
type Bytes struct {
	Wire uint64 // of all packets
	File uint64 // headers of the file and of its records included
}

const (
	spacing  = 25_000 // mean ns between packets: 40 k packets/s
	heavy    = 200    // conversations that carry half of the packets
	snapLen  = 262144
	firstSec = 1_700_000_000
)

// flow is one conversation: a called b.
type flow struct {
	six      bool
	proto    uint8
	vlan     uint16
	packets  int
	seqA     uint32
	seqB     uint32
	addrA    netip.Addr
	addrB    netip.Addr
	fromPort uint16
	toPort   uint16
}

// Write writes a capture in the pcap format with microseconds to w.
func Write(w io.Writer, o Options) (Bytes, error) {
	if o.Flows < 1 || o.Packets < o.Flows {
		return Bytes{}, fmt.Errorf("make mixture: %d flows of %d packets", o.Flows, o.Packets)
	}
	out := bufio.NewWriterSize(w, 1<<20)
	m := maker{rand: rand.New(rand.NewPCG(o.Seed, 0))}
	for i := range m.noise {
		m.noise[i] = byte(m.rand.Uint32())
	}
	header := make([]byte, 24)
	binary.LittleEndian.PutUint32(header, 0xa1b2c3d4)
	binary.LittleEndian.PutUint16(header[4:], 2)
	binary.LittleEndian.PutUint16(header[6:], 4)
	binary.LittleEndian.PutUint32(header[16:], snapLen)
	binary.LittleEndian.PutUint32(header[20:], 1) // LINKTYPE_ETHERNET
	out.Write(header)

	n := Bytes{File: uint64(len(header))}
	var now uint64 // ns since the first second
	record := make([]byte, 16)
	for left := o.Packets; left > 0; left-- {
		now += uint64(m.rand.ExpFloat64() * spacing)
		frame := m.frame(m.pick(left, o.Flows))
		binary.LittleEndian.PutUint32(record, uint32(firstSec+now/1e9))
		binary.LittleEndian.PutUint32(record[4:], uint32(now%1e9/1000))
		binary.LittleEndian.PutUint32(record[8:], uint32(len(frame)))
		binary.LittleEndian.PutUint32(record[12:], uint32(len(frame)))
		out.Write(record)
		out.Write(frame)
		n.Wire += uint64(len(frame))
		n.File += uint64(len(record) + len(frame))
	}
	if err := out.Flush(); err != nil { // the first error of all the writes
		return Bytes{}, fmt.Errorf("write mixture: %w", err)
	}
	return n, nil
}

type maker struct {
	rand  *rand.Rand
	flows []flow
	noise [4096]byte // payload is cut from it
}

// pick returns the flow of the next packet, a new one as often as it takes to
// have them all when no packet is left.
func (m *maker) pick(left, flows int) *flow {
	known := len(m.flows)
	if known == 0 || m.rand.IntN(left) < flows-known {
		m.flows = append(m.flows, m.flow(known))
		return &m.flows[known]
	}
	if m.rand.IntN(2) == 0 {
		return &m.flows[m.rand.IntN(min(known, heavy))]
	}
	// The younger the likelier: the logarithm of the age is uniform.
	age := int(math.Exp(m.rand.Float64()*math.Log(float64(known)))) - 1
	return &m.flows[known-1-min(age, known-1)]
}

// flow makes conversation i; client address and port tell it from all others.
func (m *maker) flow(i int) flow {
	f := flow{seqA: m.rand.Uint32(), seqB: m.rand.Uint32(),
		fromPort: uint16(32768 + i&15), toPort: []uint16{443, 443, 80, 22, 8080}[m.rand.IntN(5)]}
	switch k := m.rand.IntN(100); {
	case k < 75:
		f.proto = 6
	case k < 97:
		f.proto = 17
		f.toPort = []uint16{53, 443, 123}[m.rand.IntN(3)]
	default:
		f.proto = 1
	}
	if m.rand.IntN(10) == 0 {
		f.vlan = uint16(100 + m.rand.IntN(4))
	}
	f.six = f.proto != 1 && m.rand.IntN(4) == 0
	host, server := uint32(i>>4), uint32(m.rand.IntN(5000))
	if f.proto == 1 {
		host = uint32(i) // there are no ports
	}
	f.addrA, f.addrB = address(f.six, 10, host), address(f.six, 198, server)
	return f
}

func address(six bool, net byte, host uint32) netip.Addr {
	if six {
		a := [16]byte{0xfd, net}
		binary.BigEndian.PutUint32(a[12:], host)
		return netip.AddrFrom16(a)
	}
	a := binary.BigEndian.AppendUint32(nil, host)
	return netip.AddrFrom4([4]byte{net, a[1], a[2], a[3]})
}

// frame makes the next packet of a conversation.
func (m *maker) frame(f *flow) []byte {
	back := f.packets%2 == 1 // the opening packets take turns
	size := 0
	if f.packets > 2 {
		back = m.rand.IntN(3) > 0
		size = m.size(back)
	}
	f.packets++
	layers := append(make([]packet.Layer, 0, 5), packet.Ethernet{Pad: true})
	if f.vlan != 0 {
		layers = append(layers, packet.VLAN{ID: f.vlan})
	}
	from, to := f.addrA, f.addrB
	if back {
		from, to = to, from
	}
	if f.six {
		layers = append(layers, packet.IPv6{Src: from, Dst: to})
	} else {
		layers = append(layers, packet.IPv4{Src: from, Dst: to, ID: uint16(m.rand.Uint32())})
	}
	payload := packet.Bytes(m.noise[:size])
	switch f.proto {
	case 6:
		layers = append(layers, f.tcp(back, size), payload)
	case 17:
		from, to := f.fromPort, f.toPort
		if back {
			from, to = to, from
		}
		layers = append(layers, packet.UDP{Src: from, Dst: to}, payload)
	default:
		typ := uint8(8) // echo
		if back {
			typ = 0 // echo reply
		}
		layers = append(layers, packet.ICMP{Type: typ, ID: f.fromPort, Seq: uint16(f.packets)}, payload)
	}
	return packet.Build(layers...)
}

// size draws the length of a payload: half of the packets are acknowledgements
// or nearly so, and bulk data comes back rather than goes out.
func (m *maker) size(back bool) int {
	switch k := m.rand.IntN(100); {
	case k < 50:
		return 0
	case k < 75:
		return 20 + m.rand.IntN(180)
	case k < 88 || !back:
		return 200 + m.rand.IntN(500)
	default:
		return 1400
	}
}

func (f *flow) tcp(back bool, size int) packet.TCP {
	t := packet.TCP{Src: f.fromPort, Dst: f.toPort, Seq: f.seqA, Ack: f.seqB, Flags: packet.ACK}
	if back {
		t = packet.TCP{Src: f.toPort, Dst: f.fromPort, Seq: f.seqB, Ack: f.seqA, Flags: packet.ACK}
	}
	advance := uint32(size)
	switch {
	case f.packets == 1:
		t.Flags, t.Ack, advance = packet.SYN, 0, 1
	case f.packets == 2:
		t.Flags, advance = packet.SYN|packet.ACK, 1
	case size > 0:
		t.Flags |= packet.PSH
	}
	if back {
		f.seqB += advance
	} else {
		f.seqA += advance
	}
	return t
}
