package parse

import (
	"bytes"
	"testing"

	"sockeye/internal/testkit/packet"
)

// linkSamples are frames of other link types than Ethernet.
var linkSamples = []struct {
	link  LinkType
	frame []byte
}{
	{LinkRaw, packet.Build(packet.IPv4{}, packet.TCP{Src: 1, Dst: 2})},
	{LinkRaw, packet.Build(packet.IPv6{}, packet.Fragment{}, packet.UDP{Src: 1, Dst: 2}, packet.Zeros(9))},
	{LinkSLL, packet.Build(packet.SLL{}, packet.VLAN{}, packet.IPv4{}, packet.UDP{Src: 1, Dst: 2})},
	{LinkSLL2, packet.Build(packet.SLL2{}, packet.ARP{})},
	{LinkNull, packet.Build(packet.Null{Family: 30, LittleEndian: true}, packet.IPv6{}, packet.ICMPv6{Type: 128, ID: 4})},
	{LinkPPP, packet.Build(packet.PPP{}, packet.IPv4{}, packet.SCTP{Src: 1, Dst: 2})},
	{LinkCHDLC, append([]byte{0x0f, 0, 8, 0}, packet.Build(packet.IPv4{}, packet.UDP{})...)},
	{LinkFrameRelay, append([]byte{0x18, 0x41, 3, 0xcc}, packet.Build(packet.IPv4{}, packet.UDP{})...)},
	{LinkFrameRelay, append([]byte{0x18, 0x41, 3, 0, 0x80, 0, 0, 0, 8, 6}, packet.Build(packet.ARP{})...)},
	{LinkMPLS, packet.Build(packet.MPLS{}, packet.Bytes{0, 0, 0, 0}, packet.Ethernet{}, packet.IPv4{}, packet.UDP{})},
	{Link80211, wlanFrame},
	{LinkRadiotap, append([]byte{0, 0, 9, 0, 2, 0, 0, 0, 0}, wlanFrame...)},
	{LinkNFLog, append([]byte{2, 0, 0, 0, 8, 0, 1, 0, 8, 0, 1, 0, 44, 0, 9, 0}, packet.Build(packet.IPv4{}, packet.TCP{Src: 1, Dst: 2})...)},
	{LinkPPI, append([]byte{0, 0, 8, 0, 101, 0, 0, 0}, packet.Build(packet.IPv4{}, packet.UDP{})...)},
	{LinkTokenRing, append(make([]byte, 14), packet.Build(packet.IPv4{}, packet.UDP{})...)},
	{LinkSunATM, append([]byte{2, 0, 0, 0, 0xaa, 0xaa, 3, 0, 0, 0, 8, 0}, packet.Build(packet.IPv4{}, packet.UDP{})...)},
}

var wlanFrame = append([]byte{
	0x88, 0x01, 0, 0, // QoS data, to DS
	2, 0, 0, 0, 0, 3, 2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 0, 0, // BSSID, source, destination, sequence
	0, 0, // QoS
	0xaa, 0xaa, 3, 0, 0, 0, 8, 0,
}, packet.Build(packet.IPv4{}, packet.TCP{Src: 1, Dst: 2})...)

func FuzzDecode(f *testing.F) {
	for _, s := range shapes {
		f.Add(s.frame, uint16(LinkEthernet), uint32(len(s.frame)), uint16(0), uint16(40), s.decap)
	}
	for _, s := range linkSamples {
		f.Add(s.frame, uint16(s.link), uint32(len(s.frame)), uint16(5), uint16(50), true)
	}
	for l := range linkNames {
		f.Add(wlanFrame, uint16(l), uint32(len(wlanFrame)), uint16(0), uint16(20), false)
	}
	for _, s := range tunnelSamples {
		f.Add(s.frame, uint16(LinkEthernet), uint32(0), uint16(0), uint16(90), true)
	}
	f.Fuzz(func(t *testing.T, data []byte, link uint16, wire uint32, tag, cut uint16, decap bool) {
		in := Packet{
			Data: data, WireLen: wire, Link: LinkType(link), Proto2: EtherTypeIPv4, Decap: decap,
		}
		if tag != 0 {
			in.TagTPID, in.TagTCI = EtherTypeVLAN, tag
		}
		before := bytes.Clone(data)
		p := in
		p.Decode()
		if !bytes.Equal(data, before) {
			t.Fatal("Decode wrote to its input")
		}
		checkBounds(t, &p)
		checkStale(t, in, p)
		checkPrefix(t, in, p, int(cut))
		if !decap {
			checkMirror(t, in, p)
		}
		_, _, _ = p.Quoted()
		_ = p.PayloadBytes()
	})
}

// TestFastPath compares the fast path with the slow one on every frame that
// differs from the commonest in one byte or in a length.
func TestFastPath(t *testing.T) {
	taken := 0
	compare := func(p Packet) {
		slow := p
		slow.decode()
		if p.decodeTCP4() {
			taken++
			if got, want := describe(&p), describe(&slow); got != want {
				t.Errorf("frame %x, %d on the wire: got %s, want %s", p.Data, p.WireLen, got, want)
			}
		}
	}
	frame := packet.Build(packet.Ethernet{Pad: true}, packet.IPv4{ID: 1}, packet.TCP{Src: 9, Dst: 8, Flags: packet.ACK}, packet.Bytes("abc"))
	p := Packet{Link: LinkEthernet, Data: bytes.Clone(frame), WireLen: uint32(len(frame))}
	for i := range frame {
		for v := range 256 {
			p.Data[i] = byte(v)
			compare(p)
		}
		p.Data[i] = frame[i]
	}
	for n := range len(frame) + 1 {
		for wire := range len(frame) + 100 {
			p.Data, p.WireLen = frame[:n], uint32(wire)
			compare(p)
		}
	}
	if taken == 0 {
		t.Error("the fast path was never taken")
	}
}

// checkBounds checks that offsets lie in the input and in order, and that no
// length is beyond the wire.
func checkBounds(t *testing.T, p *Packet) {
	t.Helper()
	ip := p.Family == FamilyIPv4 || p.Family == FamilyIPv6
	if n := len(p.Data); int(p.L3) > n || int(p.L4) > n || int(p.Payload) > n {
		t.Errorf("offsets %d, %d, %d are outside %d bytes", p.L3, p.L4, p.Payload, n)
	}
	if p.L4 != 0 && p.L3 >= p.L4 || p.Payload != 0 && p.Payload < p.L4 {
		t.Errorf("offsets %d, %d, %d are out of order", p.L3, p.L4, p.Payload)
	}
	if p.PayLen > p.IPLen {
		t.Errorf("payload of %d bytes in an IP packet of %d", p.PayLen, p.IPLen)
	}
	if p.WireLen != 0 && uint64(p.IPLen) > uint64(p.WireLen) {
		t.Errorf("IP packet of %d bytes in %d on the wire", p.IPLen, p.WireLen)
	}
	if len(p.PayloadBytes()) > int(p.PayLen) {
		t.Errorf("got %d bytes of a payload of %d", len(p.PayloadBytes()), p.PayLen)
	}
	if !ip && (p.IPLen != 0 || p.PayLen != 0 || p.L4 != 0 || p.Proto != 0) {
		t.Errorf("family %d has IP fields: %+v", p.Family, *p)
	}
	k := p.Key
	if k.Family != p.Family || ip && k.Proto != uint16(p.Proto) {
		t.Errorf("family %d and protocol %d have the key %+v", p.Family, p.Proto, k)
	}
	if k.AHi > k.BHi || k.AHi == k.BHi && k.ALo > k.BLo ||
		k.AHi == k.BHi && k.ALo == k.BLo && k.APort > k.BPort {
		t.Errorf("the ends of %+v are out of order", k)
	}
}

// checkStale checks that nothing of an earlier packet is left, and that the
// fast path and the slow one agree.
func checkStale(t *testing.T, in, want Packet) {
	t.Helper()
	in.Family, in.Proto, in.TCPFlags, in.Swapped, in.Status = 9, 9, 9, true, 0x7fff
	in.EtherType, in.VLAN, in.L3, in.L4, in.Payload, in.FragOff = 9, 9, 9, 9, 9, 9
	in.ICMPType, in.ICMPCode, in.Window = 9, 9, 9
	in.IPLen, in.PayLen, in.FragID, in.Seq, in.Ack = 9, 9, 9, 9, 9
	in.Key = Key{AHi: 9, ALo: 9, BHi: 9, BLo: 9, APort: 9, BPort: 9, Proto: 9, Family: 9}
	fast, slow := in, in
	fast.Decode()
	slow.decode()
	want.Data, fast.Data, slow.Data = nil, nil, nil
	if got := describe(&fast); got != describe(&want) {
		t.Errorf("into a used packet: got %s, want %s", got, describe(&want))
	}
	if got := describe(&slow); got != describe(&want) {
		t.Errorf("without the fast path: got %s, want %s", got, describe(&want))
	}
}

// checkPrefix checks that the first bytes of a packet claim nothing that the
// whole does not.
func checkPrefix(t *testing.T, in, full Packet, cut int) {
	t.Helper()
	if in.WireLen == 0 {
		return // without it a cut frame cannot be told from a whole one
	}
	p := in
	p.Data = in.Data[:min(cut, len(in.Data))]
	p.Decode()
	if p.Status&Inner != full.Status&Inner {
		return // the tunnel is cut: the key is the outer one
	}
	sameOrNone := func(what string, got, want uint64) {
		if got != 0 && got != want {
			t.Errorf("first %d bytes: %s: got %d, want 0 or %d", len(p.Data), what, got, want)
		}
	}
	sameOrNone("family", uint64(p.Family), uint64(full.Family))
	if p.Family != FamilyNone { // else they name the tag or label in which the packet is cut
		sameOrNone("protocol", uint64(p.Key.Proto), uint64(full.Key.Proto))
		sameOrNone("EtherType", uint64(p.EtherType), uint64(full.EtherType))
	}
	sameOrNone("VLAN", uint64(p.VLAN), uint64(full.VLAN))
	sameOrNone("L4", uint64(p.L4), uint64(full.L4))
	sameOrNone("payload offset", uint64(p.Payload), uint64(full.Payload))
	if p.Key.APort != 0 || p.Key.BPort != 0 {
		sameOrNone("port A", uint64(p.Key.APort), uint64(full.Key.APort))
		sameOrNone("port B", uint64(p.Key.BPort), uint64(full.Key.BPort))
	}
	for _, end := range []uint64{p.Key.ALo, p.Key.BLo} { // ends are in order, so one that is cut off may exchange them
		if end != 0 && end != full.Key.ALo && end != full.Key.BLo {
			t.Errorf("first %d bytes: address %x is none of the whole's %x and %x", len(p.Data), end, full.Key.ALo, full.Key.BLo)
		}
	}
	if p.PayLen > full.PayLen {
		t.Errorf("first %d bytes: payload: got %d, want at most %d", len(p.Data), p.PayLen, full.PayLen)
	}
	if p.Status&Malformed > full.Status&Malformed {
		t.Errorf("first %d bytes: is malformed, and the whole is not", len(p.Data))
	}
	if whole := full.Status&Truncated == 0; whole && p.Status&Truncated == 0 && p.Key != full.Key {
		t.Errorf("first %d bytes: got key %+v and no mark, want %+v", len(p.Data), p.Key, full.Key)
	}
}

// checkMirror checks that the packet with its ends exchanged has the same key
// the other way round.
func checkMirror(t *testing.T, in, p Packet) {
	t.Helper()
	m := in
	m.Data = bytes.Clone(in.Data)
	switch p.Family {
	case FamilyIPv4:
		exchange(m.Data[p.L3+12:], 4)
	case FamilyIPv6:
		exchange(m.Data[p.L3+8:], 16)
	default:
		return
	}
	if p.Key.APort != p.Key.BPort {
		exchange(m.Data[p.L4:], 2)
	}
	m.Decode()
	symmetric := p.Key.AHi == p.Key.BHi && p.Key.ALo == p.Key.BLo && p.Key.APort == p.Key.BPort
	if m.Key != p.Key || !symmetric && m.Swapped == p.Swapped {
		t.Errorf("the other way: got %s, want the key of %s", describe(&m), describe(&p))
	}
}

// exchange swaps the first n bytes of b with the n that follow.
func exchange(b []byte, n int) {
	first := bytes.Clone(b[:n])
	copy(b, b[n:2*n])
	copy(b[n:], first)
}
