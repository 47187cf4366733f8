package capture

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sockeye/internal/testkit"
	"sockeye/parse"
)

// frame is one frame of a hand-built block; see layBlock.
type frame struct {
	data     string // captured bytes, from the link header on
	wire     uint32 // tp_len; 0 means len(data)
	link     uint16 // bytes of link header: tp_net - tp_mac
	status   uint32 // added to TP_STATUS_USER
	rejected bool   // without TP_STATUS_USER
	tci      uint16
	tpid     uint16
	hatype   uint16 // 0 means ARPHRD_ETHER
	pkttype  uint8
	ifindex  int32
	proto    uint16
	sec      uint32
	nsec     uint32
	vnet     []byte
}

// layBlock lays frames out as tpacket_rcv does: 16-byte aligned, each with its
// tpacket3_hdr, sockaddr_ll, room for a virtio_net_hdr, and packet.
func layBlock(size int, frames ...frame) []byte {
	b := make([]byte, size)
	ne := binary.NativeEndian
	ne.PutUint32(b[blockPackets:], uint32(len(frames)))
	ne.PutUint32(b[blockFirst:], blockHeader)
	off := blockHeader
	for i, f := range frames {
		net := (frameHeader+max(int(f.link), 16)+15)&^15 + vnetHeader
		mac := net - int(f.link)
		step := (mac + len(f.data) + 15) &^ 15
		h := b[off:]
		if i < len(frames)-1 {
			ne.PutUint32(h[frameNext:], uint32(step))
		}
		ne.PutUint32(h[frameSec:], f.sec)
		ne.PutUint32(h[frameNsec:], f.nsec)
		ne.PutUint32(h[frameSnaplen:], uint32(len(f.data)))
		ne.PutUint32(h[frameLen:], max(f.wire, uint32(len(f.data))))
		if !f.rejected {
			ne.PutUint32(h[frameStatus:], f.status|statusUser)
		}
		ne.PutUint16(h[frameMAC:], uint16(mac))
		ne.PutUint16(h[frameNet:], uint16(net))
		ne.PutUint32(h[frameTCI:], uint32(f.tci))
		ne.PutUint16(h[frameTPID:], f.tpid)
		binary.BigEndian.PutUint16(h[frameProtocol:], f.proto)
		ne.PutUint32(h[frameIfindex:], uint32(f.ifindex))
		ne.PutUint16(h[frameHatype:], max(f.hatype, arphrdEther))
		h[framePkttype] = f.pkttype
		copy(h[mac-vnetHeader:], f.vnet)
		copy(h[mac:], f.data)
		off += step
	}
	return b
}

// vnet builds a virtio_net_hdr.
func vnet(flags, kind uint8, size, csumStart uint16) []byte {
	v := make([]byte, vnetHeader)
	v[vnetFlags], v[vnetGSOType] = flags, kind
	binary.NativeEndian.PutUint16(v[vnetGSOSize:], size)
	binary.NativeEndian.PutUint16(v[vnetCsumStart:], csumStart)
	return v
}

// tcpFrame is an Ethernet, IPv4 and TCP header with dataOffset words of TCP,
// all else zero.
func tcpFrame(words byte) string {
	b := make([]byte, 14+20+4*int(words))
	b[14+20+12] = words << 4
	return string(b)
}

// slotOf gives interfaces 1 to 999 the slots 101 to 1099.
func slotOf(ifindex int) (uint16, bool) { return uint16(ifindex + 100), ifindex > 0 && ifindex < 1000 }

func TestTPacket(t *testing.T) {
	const ip = 0x0800
	eth := func(f frame) frame { // fills in what every row has
		f.link, f.ifindex, f.proto = 14, 2, ip
		return f
	}
	for _, tt := range []struct {
		name string
		mtu  uint32 // not 0: no virtio_net_hdr
		in   frame
		want parse.Packet
	}{
		{"whole frame", 0, eth(frame{data: "0123456789abcdef", sec: 1700000000, nsec: 999999999}),
			parse.Packet{Data: []byte("0123456789abcdef"), WireLen: 16, Link: parse.LinkEthernet,
				Time: 1700000000999999999, Hint: parse.HintHost}},
		{"cut frame, outgoing", 0, eth(frame{data: "0123456789abcdef", wire: 1500, pkttype: 4}),
			parse.Packet{Data: []byte("0123456789abcdef"), WireLen: 1500, Link: parse.LinkEthernet, Hint: parse.HintOutgoing}},
		{"broadcast", 0, eth(frame{data: "0123456789abcdef", pkttype: 1}),
			parse.Packet{Data: []byte("0123456789abcdef"), WireLen: 16, Link: parse.LinkEthernet, Hint: parse.HintBroadcast}},
		{"unknown packet type", 0, eth(frame{data: "0123456789abcdef", pkttype: 6}),
			parse.Packet{Data: []byte("0123456789abcdef"), WireLen: 16, Link: parse.LinkEthernet}},
		{"time past 2038", 0, eth(frame{data: "0123456789abcdef", sec: 0xfffffff0}),
			parse.Packet{Data: []byte("0123456789abcdef"), WireLen: 16, Link: parse.LinkEthernet,
				Time: 0xfffffff0 * 1e9, Hint: parse.HintHost}},
		{"stripped service tag", 0, eth(frame{data: "0123456789abcdef", status: statusVLAN | statusVTPID, tci: 0x6007, tpid: 0x88a8}),
			parse.Packet{Data: []byte("0123456789abcdef"), WireLen: 20, Link: parse.LinkEthernet, Hint: parse.HintHost,
				TagTCI: 0x6007, TagTPID: 0x88a8}},
		{"stripped tag of an old kernel", 0, eth(frame{data: "0123456789abcdef", status: statusVLAN, tci: 7}),
			parse.Packet{Data: []byte("0123456789abcdef"), WireLen: 20, Link: parse.LinkEthernet, Hint: parse.HintHost,
				TagTCI: 7, TagTPID: 0x8100}},
		{"no tag in spite of a TCI", 0, eth(frame{data: "0123456789abcdef", tci: 7, tpid: 0x8100}),
			parse.Packet{Data: []byte("0123456789abcdef"), WireLen: 16, Link: parse.LinkEthernet, Hint: parse.HintHost}},
		{"loopback", 0, eth(frame{data: "0123456789abcdef", hatype: arphrdLoopback}),
			parse.Packet{Data: []byte("0123456789abcdef"), WireLen: 16, Link: parse.LinkEthernet, Hint: parse.HintHost}},
		{"TUN has no link header", 0, frame{data: "\x45IPv4", hatype: 65534, ifindex: 2, proto: ip},
			parse.Packet{Data: []byte("\x45IPv4"), WireLen: 5, Link: parse.LinkCooked, Hint: parse.HintHost}},
		{"GRE shows the outer header", 0, frame{data: "outer header 24 bytes...\x45IP", wire: 124, link: 24, hatype: 778, ifindex: 2, proto: ip},
			parse.Packet{Data: []byte("\x45IP"), WireLen: 100, Link: parse.LinkCooked, Hint: parse.HintHost}},
		{"link header longer than the capture", 0, frame{data: "outer", wire: 124, link: 24, hatype: 778, ifindex: 2, proto: ip},
			parse.Packet{Data: []byte{}, WireLen: 100, Link: parse.LinkCooked, Hint: parse.HintHost}},
		{"radiotap", 0, frame{data: "radio", hatype: arphrdRadiotap, ifindex: 2, proto: 4},
			parse.Packet{Data: []byte("radio"), WireLen: 5, Link: parse.LinkRadiotap, Hint: parse.HintHost}},
		{"super-frame", 0, eth(frame{data: tcpFrame(8), wire: 14 + 20 + 32 + 2*1448 + 1, vnet: vnet(1, 1, 1448, 34)}),
			parse.Packet{Data: []byte(tcpFrame(8)), WireLen: 2963, Link: parse.LinkEthernet, Hint: parse.HintHost, Segs: 3}},
		{"super-frame with ECN", 0, eth(frame{data: tcpFrame(5), wire: 14 + 20 + 20 + 2*1460, vnet: vnet(1, 0x81, 1460, 34)}),
			parse.Packet{Data: []byte(tcpFrame(5)), WireLen: 2974, Link: parse.LinkEthernet, Hint: parse.HintHost, Segs: 2}},
		{"super-frame cut before TCP's length", 0, eth(frame{data: "0123456789abcdef", wire: 14 + 20 + 20 + 2*1460, vnet: vnet(1, 1, 1460, 34)}),
			parse.Packet{Data: []byte("0123456789abcdef"), WireLen: 2974, Link: parse.LinkEthernet, Hint: parse.HintHost, Segs: 2}},
		{"super-frame without checksum offset", 0, eth(frame{data: tcpFrame(8), wire: 14 + 20 + 32 + 4*1448, vnet: vnet(0, 1, 1448, 0)}),
			parse.Packet{Data: []byte(tcpFrame(8)), WireLen: 5858, Link: parse.LinkEthernet, Hint: parse.HintHost, Segs: 4}},
		{"UDP super-frame", 0, eth(frame{data: tcpFrame(5), wire: 14 + 20 + 8 + 3*1200 + 10, vnet: vnet(1, 5, 1200, 34)}),
			parse.Packet{Data: []byte(tcpFrame(5)), WireLen: 3652, Link: parse.LinkEthernet, Hint: parse.HintHost, Segs: 4}},
		{"no super-frame", 0, eth(frame{data: "0123456789abcdef", wire: 1514, vnet: vnet(1, 0, 0, 34)}),
			parse.Packet{Data: []byte("0123456789abcdef"), WireLen: 1514, Link: parse.LinkEthernet, Hint: parse.HintHost}},
		{"hostile virtio_net_hdr", 0, eth(frame{data: "0123456789abcdef", vnet: vnet(1, 1, 1, 0xffff)}),
			parse.Packet{Data: []byte("0123456789abcdef"), WireLen: 16, Link: parse.LinkEthernet, Hint: parse.HintHost}},
		{"estimate: full segments", 1500, eth(frame{data: "0123456789abcdef", wire: 14 + 52 + 10*1448}),
			parse.Packet{Data: []byte("0123456789abcdef"), WireLen: 14546, Link: parse.LinkEthernet, Hint: parse.HintHost, Segs: 10}},
		{"estimate: a frame as long as the MTU", 1500, eth(frame{data: "0123456789abcdef", wire: 1514}),
			parse.Packet{Data: []byte("0123456789abcdef"), WireLen: 1514, Link: parse.LinkEthernet, Hint: parse.HintHost}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			tt.want.Iface, tt.want.Proto2 = 102, tt.in.proto
			w := TPacket{Slot: slotOf, VnetHdr: tt.mtu == 0, MTU: tt.mtu}
			w.Block(layBlock(4096, tt.in))
			// What an earlier packet left in the fields must not shine through.
			ps := []parse.Packet{{Segs: 9, TagTCI: 9, TagTPID: 9, WireLen: 9, Link: 9, Hint: 9, Decap: true}}
			if n := w.Next(ps); n != 1 || w.Left() != 0 || w.Damaged() != 0 || w.Skipped() != 0 {
				t.Fatalf("got %d packets, %d left, %d damaged, %d skipped, want 1, 0, 0, 0", n, w.Left(), w.Damaged(), w.Skipped())
			}
			if d := cmp.Diff(tt.want, ps[0], ignoreKey); d != "" {
				t.Errorf("packet (-want +got):\n%s", d)
			}
		})
	}
}

// ignoreKey keeps cmp off the unexported padding of the key, which is Decode's.
var ignoreKey = cmp.Comparer(func(a, b parse.Key) bool { return a == b })

func TestTPacketBatches(t *testing.T) {
	var frames []frame
	for i := range 10 {
		frames = append(frames, frame{data: fmt.Sprintf("frame %d and so on", i), link: 14, ifindex: int32(i + 1)})
	}
	w := TPacket{Slot: slotOf, VnetHdr: true, Decap: true}
	for _, size := range []int{1, 3, 10, 64} {
		w.Block(layBlock(4096, frames...))
		ps := make([]parse.Packet, size)
		got := 0
		for w.Left() > 0 {
			n := w.Next(ps)
			for _, p := range ps[:n] {
				if string(p.Data) != frames[got].data || p.Iface != uint16(101+got) || !p.Decap {
					t.Errorf("batches of %d, packet %d: got %q of slot %d, decap %v", size, got, p.Data, p.Iface, p.Decap)
				}
				got++
			}
		}
		if got != len(frames) {
			t.Errorf("batches of %d: got %d packets, want %d", size, got, len(frames))
		}
	}
	w.Block(layBlock(4096, frames...))
	block := w.block
	ps := make([]parse.Packet, 16)
	testkit.ZeroAllocs(t, "TPacket.Next", func() {
		w.Block(block)
		w.Next(ps)
	})
}

func TestTPacketLeavesOut(t *testing.T) {
	good := frame{data: "good frame of this", link: 14, ifindex: 2}
	unwanted := frame{data: "unwanted interface", link: 14, ifindex: 5000}
	netlink := frame{data: "netlink message", hatype: arphrdNetlink, ifindex: 2}
	rejected := frame{data: "never written", rejected: true, link: 14, ifindex: 2}
	w := TPacket{Slot: slotOf, VnetHdr: true}
	w.Block(layBlock(4096, unwanted, good, netlink, rejected, unwanted, good))
	ps := make([]parse.Packet, 8)
	n := w.Next(ps)
	if n != 2 || string(ps[0].Data) != good.data || string(ps[1].Data) != good.data {
		t.Errorf("got %d packets, want the 2 good ones", n)
	}
	// The kernel counted the rejected one as dropped, and the others as received.
	if w.Skipped() != 3 || w.Damaged() != 0 {
		t.Errorf("got %d skipped, %d damaged, want 3, 0", w.Skipped(), w.Damaged())
	}
}

// TestTPacketSlots sees to it that interfaces that share a place in the cache
// are kept apart, and that an unwanted interface is asked for again.
func TestTPacketSlots(t *testing.T) {
	wanted := false
	calls := 0
	w := TPacket{VnetHdr: true, Slot: func(i int) (uint16, bool) { calls++; return uint16(i), wanted || i < 100 }}
	ps := make([]parse.Packet, 4)
	in := []frame{{data: "a", ifindex: 1}, {data: "b", ifindex: 1 + slotCache}, {data: "c", ifindex: 1}, {data: "d", ifindex: 1 + 2*slotCache}}
	walk := func() (slots []uint16) {
		w.Block(layBlock(4096, in...))
		for _, p := range ps[:w.Next(ps)] {
			slots = append(slots, p.Iface)
		}
		return slots
	}
	if d := cmp.Diff([]uint16{1, 65, 1}, walk()); d != "" {
		t.Errorf("slots (-want +got):\n%s", d)
	}
	wanted = true
	if d := cmp.Diff([]uint16{1, 65, 1, 129}, walk()); d != "" {
		t.Errorf("slots (-want +got):\n%s", d)
	}
	in = in[:1]
	walk()
	calls = 0
	if walk(); calls != 0 {
		t.Errorf("Slot was called %d times for an interface that it knew", calls)
	}
}

func TestTPacketHostile(t *testing.T) {
	two := func(change func(b []byte)) []byte {
		f := frame{data: "0123456789abcdef", link: 14, ifindex: 2}
		b := layBlock(512, f, f)
		change(b)
		return b
	}
	first := func(off int, v uint32) func([]byte) {
		return func(b []byte) { binary.NativeEndian.PutUint32(b[blockHeader+off:], v) }
	}
	for _, tt := range []struct {
		name    string
		block   []byte
		packets int
		damaged uint64
	}{
		{"untouched", two(func([]byte) {}), 2, 0},
		{"empty", nil, 0, 1},
		{"shorter than its header", make([]byte, blockHeader-1), 0, 1},
		{"first frame behind the end", two(func(b []byte) { binary.NativeEndian.PutUint32(b[blockFirst:], 513) }), 0, 2},
		{"first frame at the top of memory", two(func(b []byte) { binary.NativeEndian.PutUint32(b[blockFirst:], 0xffffffff) }), 0, 2},
		{"more frames than there are", two(func(b []byte) { binary.NativeEndian.PutUint32(b[blockPackets:], 1e9) }), 1, 1e9 - 1},
		{"next frame is this one", two(first(frameNext, 0)), 0, 2},
		{"next frame inside this one", two(first(frameNext, 16)), 0, 2},
		{"next frame behind the end", two(first(frameNext, 0xfffffff0)), 1, 1},
		{"length behind the end", two(first(frameSnaplen, 512)), 1, 1},
		{"length at the top of memory", two(first(frameSnaplen, 0xffffffff)), 1, 1},
		{"packet inside the header", two(func(b []byte) { binary.NativeEndian.PutUint16(b[blockHeader+frameMAC:], 4) }), 1, 1},
		{"packet behind the end", two(func(b []byte) { binary.NativeEndian.PutUint16(b[blockHeader+frameMAC:], 0xffff) }), 1, 1},
		{"network header before the link header", two(func(b []byte) { binary.NativeEndian.PutUint16(b[blockHeader+frameNet:], 0) }), 2, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := TPacket{Slot: slotOf, VnetHdr: true}
			w.Block(tt.block)
			ps := make([]parse.Packet, 4)
			if n := w.Next(ps); n != tt.packets || w.Damaged() != tt.damaged || w.Left() != 0 {
				t.Errorf("got %d packets, %d damaged, %d left, want %d, %d, 0", n, w.Damaged(), w.Left(), tt.packets, tt.damaged)
			}
		})
	}
}

// FuzzTPacket walks arbitrary blocks. Whatever they hold, all data is inside
// the block and before it nothing, every frame is accounted for once, and the
// size of the batches makes no difference.
func FuzzTPacket(f *testing.F) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 8 {
		var frames []frame
		for range r.IntN(5) {
			frames = append(frames, frame{
				data: string(bytes.Repeat([]byte{'x'}, r.IntN(100))), wire: r.Uint32N(70000), link: uint16(r.IntN(30)),
				hatype: []uint16{1, 772, 65534, 824}[r.IntN(4)], ifindex: r.Int32N(2000), status: r.Uint32() & 0x50,
				vnet: vnet(uint8(r.IntN(2)), uint8(r.IntN(6)), uint16(r.IntN(1500)), uint16(r.IntN(100))),
			})
		}
		f.Add(layBlock(1024, frames...), true)
	}
	f.Fuzz(func(t *testing.T, b []byte, vnet bool) {
		block := append(b, "beyond the end"...)[:len(b):len(b)]
		var claimed uint64
		if len(b) >= blockHeader {
			claimed = uint64(binary.NativeEndian.Uint32(b[blockPackets:]))
		}
		var seen [2][]parse.Packet
		for i, size := range []int{1, 7} {
			w := TPacket{Slot: slotOf, VnetHdr: vnet, MTU: 1500}
			w.Block(block)
			ps := make([]parse.Packet, size)
			for w.Left() > 0 {
				n := w.Next(ps)
				seen[i] = append(seen[i], ps[:n]...)
			}
			told := uint64(len(seen[i])) + w.Damaged() + w.Skipped()
			if len(b) >= blockHeader && told > claimed {
				t.Fatalf("%d frames came out of %d", told, claimed)
			}
			if again := w.Next(ps); again != 0 {
				t.Fatalf("a block that was used up gave %d packets", again)
			}
		}
		for _, p := range seen[0] {
			if cap(p.Data) != len(p.Data) || len(p.Data) > len(block) {
				t.Fatalf("data of %d bytes, capacity %d, in a block of %d", len(p.Data), cap(p.Data), len(block))
			}
		}
		if d := cmp.Diff(seen[0], seen[1], ignoreKey); d != "" {
			t.Fatalf("batches of 1 and of 7 differ:\n%s", d)
		}
	})
}

func BenchmarkTPacket(b *testing.B) {
	f := frame{data: string(make([]byte, 128)), wire: 1514, link: 14, ifindex: 2, proto: 0x0800, sec: 1700000000}
	frames := make([]frame, 256)
	for i := range frames {
		frames[i] = f
	}
	block := layBlock(256*256+blockHeader, frames...)
	ps := make([]parse.Packet, 256)
	w := TPacket{Slot: slotOf, VnetHdr: true}
	b.ReportAllocs()
	b.SetBytes(128)
	for i := 0; i < b.N; i += len(frames) {
		w.Block(block)
		if n := w.Next(ps); n != len(frames) {
			b.Fatalf("got %d packets", n)
		}
	}
}
