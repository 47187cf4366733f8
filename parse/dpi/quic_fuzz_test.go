package dpi

import (
	"encoding/json"
	"testing"
)

// FuzzQUIC gives the decoder packets that it can decrypt: what is fuzzed is what
// is inside of them, and datagrams as they are.
func FuzzQUIC(f *testing.F) {
	hello := hexBytes(quicHelloFrame)
	answer := hexBytes(quicServerFrames)
	f.Add(byte(0), hello, answer)
	f.Add(byte(1), hello[:100], answer[:50])
	f.Add(byte(16), append([]byte{googlePing, googleCRYPTO}, hello[1:]...), answer)
	f.Add(byte(0x20), quicHello(hello), quicAnswer(1, answer))
	f.Add(byte(0x20), googleHello("Q043", "SNI\x00", "a"), append(quicLongHeader(0x80, 0, nil, nil), 0, 0, 0, 1))
	f.Add(byte(0), []byte{quicClosed, 1, 0, 3, 'b', 'y', 'e'}, []byte{quicACKECN, 1, 2, 3, 4, 5, 6, 7, 8, 9})
	f.Fuzz(func(t *testing.T, how byte, client, server []byte) {
		if len(client) > 4000 || len(server) > 4000 || len(client) < 2 || len(server) == 0 {
			return // the Inspector shows no empty datagrams
		}
		v := quicVersions[int(how&0x1f)%len(quicVersions)].number
		p := newQUICPlay()
		if how&0x20 == 0 {
			client = (&quicPacket{version: v, origin: quicDCID, dcid: quicDCID, scid: quicSCID, text: client}).seal()
			server = (&quicPacket{version: v, origin: quicDCID, from: ToClient, dcid: quicSCID, scid: quicServer, text: server}).seal()
		}
		wire := len(client)
		if how&0x40 != 0 {
			client = client[:len(client)/2]
		}
		for range 3 {
			matchQUIC(&sample{head: [2][]byte{client}, wire: wire})
			p.q.datagram(&p.c, ToServer, client, wire)
			p.send(ToClient, server)
			p.send(ToServer, quicShort(quicServer))
		}
		for dir, s := range p.q.crypto {
			if len(s.buf) > quicMaxCrypto || len(s.spans) > quicMaxSpans || s.read > quicMaxCrypto {
				t.Errorf("handshake of %d: got %d bytes, %d pieces", dir, len(s.buf), len(s.spans))
			}
		}
		d := p.q.d
		if d == nil {
			return // it is not QUIC
		}
		if len(d.Offered) > maxList || len(d.SNI) > maxText || len(d.UserAgent) > maxText || d.IdleLimit() < 0 {
			t.Errorf("detail is not bounded: %+v", d)
		}
		if _, err := json.Marshal(d); err != nil {
			t.Errorf("marshal: %v", err)
		}
		if len(p.events) > 1 {
			t.Errorf("events: got %d, want at most one of a handshake", len(p.events))
		}
	})
}
