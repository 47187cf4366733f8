package dpi

import "bytes"

// quicTalk is a conversation and what must come of it.
type quicTalk struct {
	name string
	said []said
	want QUICDetail // but for what follows from the hello
	sni  string
	tls  string // how the handshake ended: "established", "alert", ""
}

func (t *quicTalk) conversation() conversation {
	return conversation{name: t.name, proto: QUIC, udp: true, said: t.said}
}

var quicTalks = makeQUICTalks()

var _ = func() []conversation {
	var all []conversation
	for i := range quicTalks {
		all = append(all, quicTalks[i].conversation())
	}
	return register(all...)
}()

// makeQUICTalks builds the conversations, with a few packets that they share.
func makeQUICTalks() []quicTalk {
	hello := hexBytes(quicHelloFrame)
	answer := hexBytes(quicServerFrames)
	message := hello[4:] // the hello without its frame
	closing := func(code uint16, reason string) []byte {
		return append([]byte{quicClosed, 0x40 | byte(code>>8), byte(code), 0, byte(len(reason))}, reason...)
	}
	reserved := append(quicLongHeader(0xc0, 0x1a2a3a4a, quicDCID, quicSCID), make([]byte, 1200)...)
	negotiation := append(quicLongHeader(0x80, 0, quicSCID, quicDCID), 0, 0, 0, 1, 0x6b, 0x33, 0x43, 0xcf)
	goodRetry := quicRetryPacket(1, quicDCID, quicSCID, quicServer)
	badRetry := bytes.Clone(goodRetry)
	badRetry[len(badRetry)-1] ^= 1
	afterRetry := (&quicPacket{
		version: 1, origin: quicServer, dcid: quicServer, scid: quicSCID, token: []byte("token"), text: hello, least: 1200,
	}).seal()

	c := func(b ...[]byte) said { return quicSaid(ToServer, b) }
	s := func(b ...[]byte) said { return quicSaid(ToClient, b) }
	return []quicTalk{
		{
			name: "a whole handshake",
			said: []said{
				c(quicHello(hello)),
				s(quicAnswer(1, answer), quicOther(0xe0, 1, quicSCID, quicServer), quicShort(quicSCID)),
				c(quicOther(0xe0, 1, quicServer, quicSCID), quicShort(quicServer)),
			},
			want: QUICDetail{Version: "1", Phase: "QUIC_CONNECTED", Server: "f067a5502a4262b5", RTTMS: 1},
			sni:  "example.com", tls: "established",
		},
		{
			name: "the server's 1-RTT packets come before the handshake is complete",
			said: []said{
				c(quicHello(hello)), s(quicAnswer(1, answer)), s(quicShort(quicSCID)), s(quicShort(quicSCID)),
			},
			want: QUICDetail{Version: "1", Phase: "QUIC_HANDSHAKE", Server: "f067a5502a4262b5", RTTMS: 1},
			sni:  "example.com",
		},
		{
			name: "a short header for somebody else",
			said: []said{c(quicHello(hello)), s(quicAnswer(1, answer)), c(quicShort(quicDCID))},
			want: QUICDetail{Version: "1", Phase: "QUIC_HANDSHAKE", Server: "f067a5502a4262b5", RTTMS: 1},
			sni:  "example.com",
		},
		{
			name: "a hello in pieces out of order, over three datagrams",
			said: []said{
				c(quicHello(quicCryptoFrame(100, message[100:180]))),
				c(quicHello(append([]byte{quicPing, quicPing}, quicCryptoFrame(150, message[150:])...))),
				c(quicHello(append(quicCryptoFrame(60, message[60:120]), quicCryptoFrame(0, message[:70])...))),
			},
			want: QUICDetail{Version: "1", Phase: "QUIC_INITIAL"},
			sni:  "example.com",
		},
		{
			name: "two Initial packets in one datagram, and 0-RTT behind them",
			said: []said{c(
				(&quicPacket{version: 1, origin: quicDCID, dcid: quicDCID, scid: quicSCID, text: quicCryptoFrame(100, message[100:])}).seal(),
				(&quicPacket{version: 1, origin: quicDCID, dcid: quicDCID, scid: quicSCID, pn: 1, text: quicCryptoFrame(0, message[:100])}).seal(),
				quicOther(0xd0, 1, quicDCID, quicSCID),
			)},
			want: QUICDetail{Version: "1", Phase: "QUIC_INITIAL", ZeroRTT: true},
			sni:  "example.com",
		},
		{
			name: "the client answers to the server's connection ID with the keys of the first",
			said: []said{
				c(quicHello(quicCryptoFrame(0, message[:100]))),
				s(quicAnswer(1, []byte{quicACK, 0, 0, 0, 0})),
				c((&quicPacket{
					version: 1, origin: quicDCID, dcid: quicServer, scid: quicSCID, pn: 1, text: quicCryptoFrame(100, message[100:]), least: 1200,
				}).seal()),
			},
			want: QUICDetail{Version: "1", Phase: "QUIC_INITIAL", Server: "f067a5502a4262b5", RTTMS: 1},
			sni:  "example.com",
		},
		{
			name: "Retry",
			said: []said{c(quicHello(hello)), s(goodRetry), c(afterRetry)},
			want: QUICDetail{Version: "1", Phase: "QUIC_INITIAL", Server: "f067a5502a4262b5", Retry: true},
			sni:  "example.com",
		},
		{
			name: "a Retry with a wrong tag",
			said: []said{c(quicHello(hello)), s(badRetry)},
			want: QUICDetail{Version: "1", Phase: "QUIC_INITIAL"},
			sni:  "example.com",
		},
		{
			name: "a Retry that was not captured",
			said: []said{c(quicHello(quicCryptoFrame(0, message[:100]))), c(afterRetry)},
			want: QUICDetail{Version: "1", Phase: "QUIC_INITIAL"},
			sni:  "example.com",
		},
		{
			name: "version negotiation",
			said: []said{c(reserved), s(negotiation), c(quicHello(hello))},
			want: QUICDetail{Version: "1", Offered: []string{"1", "2"}, Phase: "QUIC_INITIAL"},
			sni:  "example.com",
		},
		{
			name: "version negotiation that does not know the client's connection IDs",
			said: []said{
				c(reserved), s(append(quicLongHeader(0x80, 0, quicServer, quicDCID), 0, 0, 0, 1)),
			},
			want: QUICDetail{Version: "0x1a2a3a4a", Phase: "QUIC_INITIAL"},
		},
		{
			name: "the server takes another version, and the client follows",
			said: []said{
				c(quicHello(hello)), s(quicAnswer(0x6b3343cf, answer)),
				c((&quicPacket{
					version: 0x6b3343cf, origin: quicDCID, dcid: quicServer, scid: quicSCID, pn: 1, text: []byte{quicACK, 1, 0, 0, 0}, least: 1200,
				}).seal()),
			},
			want: QUICDetail{Version: "2", Phase: "QUIC_HANDSHAKE", Server: "f067a5502a4262b5", RTTMS: 1},
			sni:  "example.com",
		},
		{
			name: "the server leaves the fixed bit out",
			said: []said{
				c(quicHello(hello)),
				s((&quicPacket{
					version: 1, origin: quicDCID, from: ToClient, dcid: quicSCID, scid: quicServer, text: answer, greased: true,
				}).seal()),
			},
			want: QUICDetail{Version: "1", Phase: "QUIC_HANDSHAKE", Server: "f067a5502a4262b5", RTTMS: 1},
			sni:  "example.com",
		},
		{
			name: "Google's frames around TLS",
			said: []said{
				c((&quicPacket{
					version: 0x54303530, origin: quicDCID, dcid: quicDCID, scid: quicSCID, text: append([]byte{googleCRYPTO}, hello[1:]...), least: 1200,
				}).seal()),
				// The server acknowledges 0 to 2, but for 1, with one time stamp.
				s(quicAnswer(0x54303530, append([]byte{googleACK | 0x20, 2, 0, 0, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, googlePing, googleCRYPTO}, answer[6:]...))),
			},
			want: QUICDetail{Version: "T050", Phase: "QUIC_HANDSHAKE", Server: "f067a5502a4262b5"},
			sni:  "example.com",
		},
		{
			name: "the server refuses",
			said: []said{c(quicHello(hello)), s(quicAnswer(1, closing(2, "busy")))},
			want: QUICDetail{
				Version: "1", Phase: "QUIC_CLOSED", Server: "f067a5502a4262b5",
				Close: &QUICClose{Code: 2, Name: "CONNECTION_REFUSED", Reason: "busy", From: "server"},
			},
			sni: "example.com",
		},
		{
			name: "the server's TLS refuses",
			said: []said{c(quicHello(hello)), s(quicAnswer(1, closing(0x178, "")))},
			want: QUICDetail{
				Version: "1", Phase: "QUIC_CLOSED", Server: "f067a5502a4262b5",
				Close: &QUICClose{Code: 0x178, Name: "CRYPTO_ERROR", From: "server"},
			},
			sni: "example.com", tls: "alert",
		},
		{
			name: "the client gives up",
			said: []said{c(quicHello(hello)), c(quicHello(closing(0, "")))},
			want: QUICDetail{
				Version: "1", Phase: "QUIC_DRAINING", Close: &QUICClose{Name: "NO_ERROR", From: "client"},
			},
			sni: "example.com",
		},
		{
			name: "the capture has only the server's packets",
			said: []said{
				s(quicAnswer(1, answer), quicOther(0xe0, 1, quicSCID, quicServer)), s(quicShort(quicSCID)),
			},
			want: QUICDetail{Version: "1", Phase: "QUIC_CONNECTED", Server: "f067a5502a4262b5"},
		},
	}
}

func quicSaid(dir Dir, packets [][]byte) said {
	b := bytes.Join(packets, nil)
	return said{dir: dir, b: b, wire: len(b)}
}
