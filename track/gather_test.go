package track

import (
	"net/netip"
	"slices"
	"strings"
	"testing"

	"sockeye/internal/testkit/packet"
	"sockeye/parse"
	"sockeye/parse/dpi"
)

// longQuestion is a query of DNS for a name of 230 bytes.
var longQuestion = func() []byte {
	b := []byte{0x12, 0x34, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0}
	for range 4 {
		b = append(append(b, 56), strings.Repeat("a", 56)...)
	}
	return append(b, 0, 0, 1, 0, 1)
}()

// fragmentsOf returns a datagram in fragments of 100 bytes.
func fragmentsOf(v6 bool, inner ...packet.Layer) [][]byte {
	if v6 {
		ip := packet.IPv6{Src: netip.MustParseAddr("2001:db8::1"), Dst: netip.MustParseAddr("2001:db8::2")}
		return packet.Fragments6([]packet.Layer{packet.Ethernet{}}, ip, 77, 100, inner...)
	}
	ip := packet.IPv4{Src: netip.MustParseAddr("10.0.0.1"), Dst: netip.MustParseAddr("10.0.0.2"), ID: 77}
	return packet.Fragments([]packet.Layer{packet.Ethernet{}}, ip, 100, inner...)
}

// decoded decodes frames, one a millisecond.
func decoded(frames [][]byte) []parse.Packet {
	ps := make([]parse.Packet, len(frames))
	for i, b := range frames {
		ps[i] = parse.Packet{Time: t0 + int64(i)*ms, Data: b, WireLen: uint32(len(b)), Link: parse.LinkEthernet}
		ps[i].Decode()
	}
	return ps
}

// TestGather looks into datagrams that come in fragments, in whatever order, and
// whichever shard has their flow.
func TestGather(t *testing.T) {
	request := "GET /gathered HTTP/1.1\r\nHost: a.example\r\nCookie: " + strings.Repeat("x", 150) + "\r\n\r\n"
	for _, tt := range []struct {
		name  string
		v6    bool
		inner []packet.Layer
		want  dpi.Protocol
	}{
		{"UDP over IPv4", false, []packet.Layer{packet.UDP{Src: 5000, Dst: 4053}, packet.Bytes(longQuestion)}, dpi.DNS},
		{"UDP over IPv6", true, []packet.Layer{packet.UDP{Src: 5000, Dst: 4053}, packet.Bytes(longQuestion)}, dpi.DNS},
		{"TCP", false, []packet.Layer{packet.TCP{Src: 5000, Dst: 4080, Flags: parse.FlagACK | parse.FlagPSH, Seq: 1}, packet.Bytes(request)}, dpi.HTTP},
	} {
		orders := map[string]func([]parse.Packet){
			"in order": func([]parse.Packet) {},
			"reversed": func(ps []parse.Packet) { slices.Reverse(ps) },
		}
		for order, arrange := range orders {
			for _, shards := range []int{1, 2, 3} {
				ps := decoded(fragmentsOf(tt.v6, tt.inner...))
				arrange(ps)
				tab := newTable(t, Config{Shards: shards, Inspect: true})
				w := tab.Shard(shards - 1)
				w.Packets(append(ps, ps[0])) // one twice
				w.EndBlock()
				for range 2 * shards { // the messages go their round
					for i := range shards {
						tab.Shard(i).EndBlock()
					}
				}
				s := snapshot(tab, 1000*ms)
				addsUp(t, s)
				if r := only(t, s); r.App == nil || r.App.Protocol != tt.want || r.Count[Sent].Packets != uint64(len(ps))+1 {
					t.Errorf("%s, %s, %d shards: got %+v of %d packets, want %v", tt.name, order, shards, r.App, r.Count[Sent].Packets, tt.want)
				}
			}
		}
	}
}

// TestGatherNot leaves alone what is not whole, forged, or too much.
func TestGatherNot(t *testing.T) {
	whole := func() []parse.Packet {
		return decoded(fragmentsOf(false, packet.UDP{Src: 5000, Dst: 4053}, packet.Bytes(longQuestion)))
	}
	for _, tt := range []struct {
		name   string
		change func([]parse.Packet) []parse.Packet
		config Config
	}{
		{"one is missing", func(ps []parse.Packet) []parse.Packet { return slices.Delete(ps, 1, 2) }, Config{Inspect: true}},
		{"one was cut", func(ps []parse.Packet) []parse.Packet {
			ps[1].Data = ps[1].Data[:len(ps[1].Data)-1]
			return ps
		}, Config{Inspect: true}},
		{"one is forged", func(ps []parse.Packet) []parse.Packet {
			forged := ps[1]
			forged.Data = slices.Clone(forged.Data)
			forged.Data[len(forged.Data)-1] ^= 1
			return slices.Insert(ps, 1, forged)
		}, Config{Inspect: true}},
		{"nobody looks", func(ps []parse.Packet) []parse.Packet { return ps }, Config{}},
	} {
		tab := newTable(t, tt.config)
		w := tab.Shard(0)
		w.Packets(tt.change(whole()))
		w.EndBlock()
		if r := only(t, snapshot(tab, 1000*ms)); r.App != nil && r.App.Confidence != dpi.ByPort {
			t.Errorf("%s: got %+v, want nothing", tt.name, r.App)
		}
	}
}

// TestGatherIsBounded sends the beginnings of many datagrams: what is kept of them
// stays within its bound, and is given back.
func TestGatherIsBounded(t *testing.T) {
	tab := newTable(t, Config{Inspect: true})
	w := tab.Shard(0)
	frame := fragmentsOf(false, packet.UDP{Src: 5000, Dst: 4053}, packet.Zeros(3000))[0]
	frame = append(frame, make([]byte, 4000)...)
	most := 0
	for id := range uint32(5000) {
		p := decoded([][]byte{frame})[0]
		p.FragID, p.IPLen = id, uint32(len(frame)-14)
		w.Packets([]parse.Packet{p})
		most = max(most, tab.shards[0].frags.bytes)
	}
	w.EndBlock()
	if most > gatherBytes+2*len(frame) || most < gatherBytes/2 {
		t.Errorf("got %d bytes, want about %d", most, gatherBytes)
	}
	tab.shards[0].abandonAll()
	if n := tab.shards[0].frags.bytes; n != 0 {
		t.Errorf("at the end %d bytes are kept", n)
	}
}
