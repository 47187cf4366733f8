package dpi

import (
	"bytes"
	"math/rand/v2"
	"testing"
)

func TestMatchQUIC(t *testing.T) {
	hello := quicHello(hexBytes(quicHelloFrame))
	for _, v := range []struct {
		name string
		b    []byte
		wire int // when it is not len(b)
		want match
	}{
		{"client's Initial", hello, 0, sure},
		{"cut by the capture", hello[:100], 1200, sure},
		{"server's Initial and more", append(quicAnswer(1, hexBytes(quicServerFrames)), quicShort(quicSCID)...), 0, sure},
		{"Handshake", quicOther(0xe0, 1, quicSCID, quicServer), 0, sure},
		{"padding behind the packet", append(bytes.Clone(hello), make([]byte, 100)...), 0, sure},
		{"another version behind the packet", append(bytes.Clone(hello), 0xc0, 9, 9, 9, 9), 0, no},
		{"length beyond the datagram", hello[:1100], 1100, no},
		{"no fixed bit in the first packet", append([]byte{hello[0] &^ 0x40}, hello[1:]...), 0, no},
		{"long connection ID", append(quicLongHeader(0xc0, 1, make([]byte, 21), nil), make([]byte, 200)...), 0, no},
		{"version that is to be refused", append(quicLongHeader(0xc0, 0xfa1a2a3a, quicDCID, nil), make([]byte, 1200)...), 0, likely},
		{"the same in a small datagram", append(quicLongHeader(0xc0, 0xfa1a2a3a, quicDCID, nil), make([]byte, 100)...), 0, no},
		{"unknown version", append(quicLongHeader(0xc0, 0x12345678, quicDCID, nil), make([]byte, 1200)...), 0, no},
		{"version negotiation", append(quicLongHeader(0xa7, 0, quicSCID, quicDCID), 0xff, 0, 0, 29, 0x1a, 0x2a, 0x3a, 0x4a), 0, sure},
		{"list of versions nobody knows", append(quicLongHeader(0xa7, 0, quicSCID, quicDCID), 1, 2, 3, 4), 0, no},
		{"list that is no list", append(quicLongHeader(0xa7, 0, quicSCID, quicDCID), 0, 0, 0, 1, 0), 0, no},
		{"Retry", quicRetryPacket(1, quicDCID, quicSCID, quicServer), 0, likely},
		{"short header", quicShort(quicServer), 0, more},
		{"RTP of payload type 96", append([]byte{0x80, 0x60, 0x12, 0x34, 0x56, 0x78}, make([]byte, 160)...), 0, no},
		{"nothing", nil, 0, no},
	} {
		for _, dir := range []Dir{ToServer, ToClient} {
			s := sample{wire: len(v.b)}
			if v.wire != 0 {
				s.wire = v.wire
			}
			s.head[dir] = v.b
			if got := matchQUIC(&s); got != v.want {
				t.Errorf("%s: got %d, want %d", v.name, got, v.want)
			}
		}
	}
	rng := rand.New(rand.NewPCG(3, 4))
	b := make([]byte, 1400)
	for range 200000 {
		for i := range 64 {
			b[i] = byte(rng.Uint32())
		}
		b[0] |= 0xc0
		n := 20 + rng.IntN(1380)
		if got := matchQUIC(&sample{head: [2][]byte{b[:n]}, wire: n}); got != no {
			t.Fatalf("random bytes: got %d for %x", got, b[:n])
		}
	}
}
