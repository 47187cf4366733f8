package dpi

import (
	"encoding/hex"
	"strings"
	"testing"

	"sockeye/internal/testkit"
)

func TestQUICConversations(t *testing.T) {
	for _, v := range quicTalks {
		t.Run(v.name, func(t *testing.T) {
			out := play(t, v.conversation())
			got := *detail[*QUICDetail](t, out.App, "quic")
			v.check(t, &got)
			tls, _ := out.App.Find("tls").(*TLSDetail)
			if tls == nil {
				tls = &TLSDetail{}
			}
			if tls.SNI != v.sni {
				t.Errorf("server name: got %q, want %q", tls.SNI, v.sni)
			}
			if tls.Established != (v.tls == "established") || strings.HasPrefix(tls.Alert, "fatal") != (v.tls == "alert") {
				t.Errorf("handshake: got %+v, want %q", tls, v.tls)
			}
			if want := min(1, len(tls.Transport)); len(out.Events) != want {
				t.Errorf("events: got %d, want %d", len(out.Events), want)
			}
		})
	}
}

// check compares a detail with what is wanted.
func (v *quicTalk) check(t *testing.T, got *QUICDetail) {
	t.Helper()
	want := &v.want
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
	if v.sni != "" && (got.IdleTimeoutMS != 30000 || got.IdleLimit().Seconds() != 30 || got.MaxData == 0) {
		t.Errorf("transport parameters: got %+v", got)
	}
}

// TestQUICDone wants no packet of a connection once nothing more can be read.
func TestQUICDone(t *testing.T) {
	for _, v := range quicTalks {
		ends := v.conversation().ends(true)
		w := wire{now: startTime, i: New(ends[0], ends[1], nil)}
		for _, s := range v.said {
			w.datagram(s)
		}
		over := v.want.Phase == quicStateConnected || v.want.Phase == quicStateDraining || v.want.Phase == quicStateClosed
		if got := w.i.Done(); got != over {
			t.Errorf("%s: done: got %v, want %v", v.name, got, over)
		}
	}
}

// TestQUICSwapped begins with what was taken for the client's answer.
func TestQUICSwapped(t *testing.T) {
	p := newQUICPlay()
	p.send(ToClient, quicHello(hexBytes(quicHelloFrame)))
	if d := p.q.d; d.DCID != hex.EncodeToString(quicDCID) || d.SCID != "c1c2c3" || p.q.hello.d == nil || p.q.hello.d.SNI != "example.com" {
		t.Errorf("got %+v", d)
	}
}

// TestQUICCut reads a hello whose datagram the capture cut.
func TestQUICCut(t *testing.T) {
	whole := quicHello(hexBytes(quicHelloFrame))
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
	b := (&quicPacket{version: 1, origin: quicServer, dcid: quicDCID, text: hexBytes(quicHelloFrame), least: 1200}).seal()
	p.q.datagram(&p.c, ToServer, b[:600], len(b))
	if p.q.d.Unverified || p.q.hello.d != nil {
		t.Errorf("keys of another connection: got %+v, %+v", p.q.d, p.q.hello.d)
	}
}

func TestQUICSteadyAllocs(t *testing.T) {
	p := newQUICPlay()
	hello := quicHello(hexBytes(quicHelloFrame)[:150]) // a frame that is cut: not the whole hello
	half := quicHello(quicCryptoFrame(0, hexBytes(quicHelloFrame)[4:100]))
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
	half := quicHello(quicCryptoFrame(0, hexBytes(quicHelloFrame)[4:100]))
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
	hello := quicHello(hexBytes(quicHelloFrame))
	answer := append(quicAnswer(1, hexBytes(quicServerFrames)), quicOther(0xe0, 1, quicSCID, quicServer)...)
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
