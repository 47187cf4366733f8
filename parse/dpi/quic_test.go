package dpi

import (
	"bytes"
	"encoding/hex"
	"strings"
	"testing"

	"sockeye/internal/testkit"
)

var (
	quicDCID   = []byte{0x83, 0x94, 0xc8, 0xf0, 0x3e, 0x51, 0x57, 0x08}
	quicSCID   = []byte{0xc1, 0xc2, 0xc3}
	quicServer = []byte{0xf0, 0x67, 0xa5, 0x50, 0x2a, 0x42, 0x62, 0xb5}
)

// quicHello returns a client's Initial, with its hello or other frames.
func quicHello(tb testing.TB, frames []byte) []byte {
	return (&quicPacket{version: 1, origin: quicDCID, dcid: quicDCID, scid: quicSCID, text: frames, least: 1200}).seal(tb)
}

// quicAnswer returns a server's Initial, of a connection that began with origin.
func quicAnswer(tb testing.TB, version uint32, origin, frames []byte) []byte {
	return (&quicPacket{
		version: version, origin: origin, from: ToClient, dcid: quicSCID, scid: quicServer, text: frames,
	}).seal(tb)
}

func TestQUICConversations(t *testing.T) {
	hello := hexBytes(t, quicHelloFrame)
	answer := hexBytes(t, quicServerFrames)
	message := hello[4:] // the hello without its frame
	closing := func(code uint16, reason string) []byte {
		return append([]byte{quicClosed, 0x40 | byte(code>>8), byte(code), 0, byte(len(reason))}, reason...)
	}
	reserved := append(quicLongHeader(0xc0, 0x1a2a3a4a, quicDCID, quicSCID), make([]byte, 1200)...)
	negotiation := append(quicLongHeader(0x80, 0, quicSCID, quicDCID), 0, 0, 0, 1, 0x6b, 0x33, 0x43, 0xcf)
	goodRetry := quicRetryPacket(t, 1, quicDCID, quicSCID, quicServer)
	badRetry := bytes.Clone(goodRetry)
	badRetry[len(badRetry)-1] ^= 1
	afterRetry := (&quicPacket{
		version: 1, origin: quicServer, dcid: quicServer, scid: quicSCID, token: []byte("token"), text: hello, least: 1200,
	}).seal(t)

	type packet struct {
		from Dir
		b    []byte
	}
	c := func(b ...[]byte) packet { return packet{ToServer, bytes.Join(b, nil)} }
	s := func(b ...[]byte) packet { return packet{ToClient, bytes.Join(b, nil)} }
	for _, v := range []struct {
		name    string
		packets []packet
		want    QUICDetail
		sni     string
		done    string // what the TLS event says: "established", "alert", ""
	}{
		{
			name: "a whole handshake",
			packets: []packet{
				c(quicHello(t, hello)),
				s(quicAnswer(t, 1, quicDCID, answer), quicOther(0xe0, 1, quicSCID, quicServer), quicShort(quicSCID)),
				c(quicOther(0xe0, 1, quicServer, quicSCID), quicShort(quicServer)),
			},
			want: QUICDetail{Version: "1", Phase: "QUIC_CONNECTED", Server: "f067a5502a4262b5", RTTMS: 10},
			sni:  "example.com", done: "established",
		},
		{
			name: "the server's 1-RTT packets come before the handshake is complete",
			packets: []packet{
				c(quicHello(t, hello)), s(quicAnswer(t, 1, quicDCID, answer)), s(quicShort(quicSCID)), s(quicShort(quicSCID)),
			},
			want: QUICDetail{Version: "1", Phase: "QUIC_HANDSHAKE", Server: "f067a5502a4262b5", RTTMS: 10},
			sni:  "example.com",
		},
		{
			name:    "a short header for somebody else",
			packets: []packet{c(quicHello(t, hello)), s(quicAnswer(t, 1, quicDCID, answer)), c(quicShort(quicDCID))},
			want:    QUICDetail{Version: "1", Phase: "QUIC_HANDSHAKE", Server: "f067a5502a4262b5", RTTMS: 10},
			sni:     "example.com",
		},
		{
			name: "a hello in pieces out of order, over three datagrams",
			packets: []packet{
				c(quicHello(t, quicCryptoFrame(100, message[100:180]))),
				c(quicHello(t, append([]byte{quicPing, quicPing}, quicCryptoFrame(150, message[150:])...))),
				c(quicHello(t, append(quicCryptoFrame(60, message[60:120]), quicCryptoFrame(0, message[:70])...))),
			},
			want: QUICDetail{Version: "1", Phase: "QUIC_INITIAL"},
			sni:  "example.com",
		},
		{
			name: "two Initial packets in one datagram, and 0-RTT behind them",
			packets: []packet{c(
				(&quicPacket{version: 1, origin: quicDCID, dcid: quicDCID, scid: quicSCID, text: quicCryptoFrame(100, message[100:])}).seal(t),
				(&quicPacket{version: 1, origin: quicDCID, dcid: quicDCID, scid: quicSCID, pn: 1, text: quicCryptoFrame(0, message[:100])}).seal(t),
				quicOther(0xd0, 1, quicDCID, quicSCID),
			)},
			want: QUICDetail{Version: "1", Phase: "QUIC_INITIAL", ZeroRTT: true},
			sni:  "example.com",
		},
		{
			name: "the client answers to the server's connection ID with the keys of the first",
			packets: []packet{
				c(quicHello(t, quicCryptoFrame(0, message[:100]))),
				s(quicAnswer(t, 1, quicDCID, []byte{quicACK, 0, 0, 0, 0})),
				c((&quicPacket{
					version: 1, origin: quicDCID, dcid: quicServer, scid: quicSCID, pn: 1, text: quicCryptoFrame(100, message[100:]), least: 1200,
				}).seal(t)),
			},
			want: QUICDetail{Version: "1", Phase: "QUIC_INITIAL", Server: "f067a5502a4262b5", RTTMS: 10},
			sni:  "example.com",
		},
		{
			name:    "Retry",
			packets: []packet{c(quicHello(t, hello)), s(goodRetry), c(afterRetry)},
			want:    QUICDetail{Version: "1", Phase: "QUIC_INITIAL", Server: "f067a5502a4262b5", Retry: true},
			sni:     "example.com",
		},
		{
			name:    "a Retry with a wrong tag",
			packets: []packet{c(quicHello(t, hello)), s(badRetry)},
			want:    QUICDetail{Version: "1", Phase: "QUIC_INITIAL"},
			sni:     "example.com",
		},
		{
			name:    "a Retry that was not captured",
			packets: []packet{c(quicHello(t, quicCryptoFrame(0, message[:100]))), c(afterRetry)},
			want:    QUICDetail{Version: "1", Phase: "QUIC_INITIAL"},
			sni:     "example.com",
		},
		{
			name:    "version negotiation",
			packets: []packet{c(reserved), s(negotiation), c(quicHello(t, hello))},
			want:    QUICDetail{Version: "1", Offered: []string{"1", "2"}, Phase: "QUIC_INITIAL"},
			sni:     "example.com",
		},
		{
			name: "version negotiation that does not know the client's connection IDs",
			packets: []packet{
				c(reserved), s(append(quicLongHeader(0x80, 0, quicServer, quicDCID), 0, 0, 0, 1)),
			},
			want: QUICDetail{Version: "0x1a2a3a4a", Phase: "QUIC_INITIAL"},
		},
		{
			name: "the server takes another version, and the client follows",
			packets: []packet{
				c(quicHello(t, hello)), s(quicAnswer(t, 0x6b3343cf, quicDCID, answer)),
				c((&quicPacket{
					version: 0x6b3343cf, origin: quicDCID, dcid: quicServer, scid: quicSCID, pn: 1, text: []byte{quicACK, 1, 0, 0, 0}, least: 1200,
				}).seal(t)),
			},
			want: QUICDetail{Version: "2", Phase: "QUIC_HANDSHAKE", Server: "f067a5502a4262b5", RTTMS: 10},
			sni:  "example.com",
		},
		{
			name:    "the server refuses",
			packets: []packet{c(quicHello(t, hello)), s(quicAnswer(t, 1, quicDCID, closing(2, "busy")))},
			want: QUICDetail{
				Version: "1", Phase: "QUIC_CLOSED", Server: "f067a5502a4262b5",
				Close: &QUICClose{Code: 2, Name: "CONNECTION_REFUSED", Reason: "busy", From: "server"},
			},
			sni: "example.com", done: "",
		},
		{
			name:    "the server's TLS refuses",
			packets: []packet{c(quicHello(t, hello)), s(quicAnswer(t, 1, quicDCID, closing(0x178, "")))},
			want: QUICDetail{
				Version: "1", Phase: "QUIC_CLOSED", Server: "f067a5502a4262b5",
				Close: &QUICClose{Code: 0x178, Name: "CRYPTO_ERROR", From: "server"},
			},
			sni: "example.com", done: "alert",
		},
		{
			name:    "the client gives up",
			packets: []packet{c(quicHello(t, hello)), c(quicHello(t, closing(0, "")))},
			want: QUICDetail{
				Version: "1", Phase: "QUIC_DRAINING", Close: &QUICClose{Name: "NO_ERROR", From: "client"},
			},
			sni: "example.com",
		},
		{
			name: "the capture has only the server's packets",
			packets: []packet{
				s(quicAnswer(t, 1, quicDCID, answer), quicOther(0xe0, 1, quicSCID, quicServer)), s(quicShort(quicSCID)),
			},
			want: QUICDetail{Version: "1", Phase: "QUIC_CONNECTED", Server: "f067a5502a4262b5"},
		},
	} {
		t.Run(v.name, func(t *testing.T) {
			p := newQUICPlay()
			for _, pkt := range v.packets {
				p.send(pkt.from, pkt.b)
			}
			p.check(t, v.want, v.sni)
			if d := p.q.hello.d; v.done == "established" && !d.Established || v.done == "alert" && !strings.HasPrefix(d.Alert, "fatal") {
				t.Errorf("handshake: got %+v, want %s", d, v.done)
			}
		})
	}
}

// check compares what does not follow from the hello.
func (p *quicPlay) check(t *testing.T, want QUICDetail, sni string) {
	t.Helper()
	got := *p.q.d
	if (got.Close == nil) != (want.Close == nil) || got.Close != nil && *got.Close != *want.Close {
		t.Errorf("close: got %+v, want %+v", got.Close, want.Close)
	}
	if a, b := strings.Join(got.Offered, " "), strings.Join(want.Offered, " "); a != b {
		t.Errorf("offered versions: got %s, want %s", a, b)
	}
	if got.Version != want.Version || got.Phase != want.Phase || got.Retry != want.Retry || got.ZeroRTT != want.ZeroRTT ||
		got.Server != want.Server || got.RTTMS != want.RTTMS || got.Unverified != want.Unverified {
		t.Errorf("detail: got %+v, want %+v", got, want)
	}
	name := ""
	if p.q.hello.d != nil {
		name = p.q.hello.d.SNI
	}
	if name != sni {
		t.Errorf("server name: got %q, want %q", name, sni)
	}
	if sni != "" && (got.IdleTimeoutMS != 30000 || got.IdleLimit().Seconds() != 30 || got.MaxUDPPayload != 0 || got.MaxData == 0) {
		t.Errorf("transport parameters: got %+v", got)
	}
}

// quicRetryPacket is a Retry, with a token "token".
func quicRetryPacket(tb testing.TB, version uint32, origin, dcid, scid []byte) []byte {
	tb.Helper()
	v := quicVersionOf(version)
	b := append(quicLongHeader(0xf0, version, dcid, scid), "token"...)
	return append(b, v.retry.tag(tb, b, origin)...)
}

// TestQUICSwapped begins with what was taken for the client's answer.
func TestQUICSwapped(t *testing.T) {
	p := newQUICPlay()
	p.send(ToClient, quicHello(t, hexBytes(t, quicHelloFrame)))
	if d := p.q.d; d.DCID != hex.EncodeToString(quicDCID) || d.SCID != "c1c2c3" || p.q.hello.d == nil || p.q.hello.d.SNI != "example.com" {
		t.Errorf("got %+v", d)
	}
}

// TestQUICCut reads a hello whose datagram the capture cut.
func TestQUICCut(t *testing.T) {
	whole := quicHello(t, hexBytes(t, quicHelloFrame))
	for _, v := range []struct {
		name       string
		kept       int
		sni, ja4   bool
		unverified bool
	}{
		{"all but the tag", len(whole) - 1, true, true, true},
		{"the hello", 400, true, true, true},
		{"half of the hello", 160, true, false, true},
		{"less than a sample", 30, false, false, false},
		{"header", 12, false, false, false},
	} {
		t.Run(v.name, func(t *testing.T) {
			p := newQUICPlay()
			p.q.datagram(&p.c, ToServer, whole[:v.kept:v.kept], len(whole))
			d := p.q.hello.d
			if p.q.d.Unverified != v.unverified || (d != nil && d.SNI == "example.com") != v.sni || (d != nil && d.JA4 != "") != v.ja4 {
				t.Errorf("got %+v, %+v", p.q.d, d)
			}
		})
	}
	// What is not the beginning of a handshake is not taken from a cut packet: it
	// may be noise, read with keys that are not the packet's.
	p := newQUICPlay()
	b := (&quicPacket{version: 1, origin: quicServer, dcid: quicDCID, text: hexBytes(t, quicHelloFrame), least: 1200}).seal(t)
	p.q.datagram(&p.c, ToServer, b[:600], len(b))
	if p.q.d.Unverified || p.q.hello.d != nil {
		t.Errorf("keys of another connection: got %+v, %+v", p.q.d, p.q.hello.d)
	}
}

func TestQUICSteadyAllocs(t *testing.T) {
	p := newQUICPlay()
	hello := quicHello(t, hexBytes(t, quicHelloFrame)[:150]) // a frame that is cut: not the whole hello
	half := quicHello(t, quicCryptoFrame(0, hexBytes(t, quicHelloFrame)[4:100]))
	late := quicShort(quicSCID)
	other := quicOther(0xe0, 1, quicSCID, quicServer)
	p.send(ToServer, half)
	p.send(ToServer, hello)
	p.send(ToClient, other)
	testkit.ZeroAllocs(t, "repeated packets", func() {
		p.q.datagrams = 0
		p.send(ToServer, half)
		p.send(ToClient, other)
		p.send(ToClient, late)
	})
}

func BenchmarkQUICKeys(b *testing.B) {
	b.ReportAllocs()
	v := quicVersionOf(1)
	for b.Loop() {
		newQUICKeys(v, quicDCID, ToServer)
	}
}

// BenchmarkQUICInitial reads an Initial packet whose keys are there.
func BenchmarkQUICInitial(b *testing.B) {
	p := newQUICPlay()
	half := quicHello(b, quicCryptoFrame(0, hexBytes(b, quicHelloFrame)[4:100]))
	b.ReportAllocs()
	b.SetBytes(int64(len(half)))
	for b.Loop() {
		p.q.datagrams = 0
		p.send(ToServer, half)
	}
}

// BenchmarkQUICConnection follows a connection from its first packet until
// nothing more can be read.
func BenchmarkQUICConnection(b *testing.B) {
	hello := quicHello(b, hexBytes(b, quicHelloFrame))
	answer := append(quicAnswer(b, 1, quicDCID, hexBytes(b, quicServerFrames)), quicOther(0xe0, 1, quicSCID, quicServer)...)
	data := quicShort(quicServer)
	p := newQUICPlay()
	b.ReportAllocs()
	for b.Loop() {
		p.q = newQUICFlow()
		p.events = p.events[:0]
		p.send(ToServer, hello)
		p.send(ToClient, answer)
		p.send(ToServer, data)
	}
	if p.q.d.Phase != quicStateConnected {
		b.Fatalf("state: got %s, want %s", p.q.d.Phase, quicStateConnected)
	}
}
