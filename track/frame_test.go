package track

import (
	"testing"

	"sockeye/internal/testkit/packet"
	"sockeye/parse"
)

// frame is what the layers make, captured on Ethernet ns after t0.
func frame(ns int64, layers ...packet.Layer) parse.Packet {
	if _, ok := layers[0].(packet.Ethernet); !ok {
		layers = append([]packet.Layer{packet.Ethernet{}}, layers...)
	}
	p := parse.Packet{Data: packet.Build(layers...), Time: t0 + ns, Link: parse.LinkEthernet}
	p.WireLen = uint32(len(p.Data))
	p.Decode()
	return p
}

// count counts packets in one block of shard i.
func count(t *Table, i int, ps ...parse.Packet) {
	w := t.Shard(i)
	w.Packets(ps)
	w.EndBlock()
}

// udp is a datagram from 192.0.2.1 to 192.0.2.2.
func udp(ns int64, from, to uint16) parse.Packet {
	return frame(ns, packet.IPv4{}, packet.UDP{Src: from, Dst: to}, packet.Zeros(10))
}

// ports returns the two ports of every row.
func ports(s *Snapshot) (all [][2]uint16) {
	for i := range s.Flows {
		all = append(all, [2]uint16{s.Flows[i].Local.Port, s.Flows[i].Remote.Port})
	}
	return all
}

// flowOf returns the flow of a packet, which must be in the shard.
func flowOf(tb testing.TB, sh *Shard, p parse.Packet) (*flow, uint32) {
	tb.Helper()
	f, slot := sh.find(&p.Key, p.Key.Hash(sh.t.seed))
	if f == nil {
		tb.Fatal("the flow is not there")
	}
	return f, slot
}
