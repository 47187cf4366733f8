package track

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"sockeye/parse"
	"sockeye/parse/dpi"
)

// quicInitial is a client's Initial packet of QUIC (RFC 9000, section 17.2.2), as
// far as it can be read without its keys.
func quicInitial(dcid, scid, token string) string {
	b := "\xc0\x00\x00\x00\x01" + string(rune(len(dcid))) + dcid + string(rune(len(scid))) + scid + string(rune(len(token))) + token
	rest := 1200 - len(b) - 2
	return b + string([]byte{0x40 | byte(rest>>8), byte(rest)}) + strings.Repeat("x", rest)
}

// A new connection of QUIC between the same ports is a new flow; what is sent again
// is none.
func TestQUICSuccession(t *testing.T) {
	const client, server, first = "192.0.2.1:50000", "10.0.0.1:443", "\x01\x02\x03\x04\x05\x06\x07\x08"
	closed := &dpi.QUICClose{Code: 2}
	for _, c := range []struct {
		name    string
		detail  dpi.QUICDetail
		payload string
		flows   int
		closed  Reason
	}{
		{"connected", dpi.QUICDetail{Phase: "QUIC_CONNECTED"}, quicInitial("another1", "them", ""), 2, BySuccessor},
		{"closed", dpi.QUICDetail{Phase: "QUIC_CLOSED", Close: closed}, quicInitial("another1", "them", ""), 2, ByClose},
		{"draining", dpi.QUICDetail{Phase: "QUIC_DRAINING"}, quicInitial("another1", "them", ""), 2, ByClose},
		{"client without an ID", dpi.QUICDetail{Phase: "QUIC_CONNECTED"}, quicInitial("another1", "", ""), 2, BySuccessor},
		{"still in its handshake", dpi.QUICDetail{Phase: "QUIC_HANDSHAKE"}, quicInitial("another1", "them", ""), 1, Open},
		{"sent again", dpi.QUICDetail{Phase: "QUIC_CONNECTED"}, quicInitial(first, quicClient, ""), 1, Open},
		{"to the server's ID", dpi.QUICDetail{Phase: "QUIC_CONNECTED"}, quicInitial(quicServer, quicClient, ""), 1, Open},
		{"the client's ID again", dpi.QUICDetail{Phase: "QUIC_CONNECTED"}, quicInitial("another1", quicClient, ""), 1, Open},
		{"after a Retry", dpi.QUICDetail{Phase: "QUIC_CONNECTED", Retry: true}, quicInitial("another1", "", "token"), 1, Open},
		{"too small", dpi.QUICDetail{Phase: "QUIC_CONNECTED"}, quicInitial("another1", "them", "")[:1199], 1, Open},
		{"short header", dpi.QUICDetail{Phase: "QUIC_CONNECTED"}, quicShort(quicServer) + strings.Repeat("x", 1200), 1, Open},
	} {
		t.Run(c.name, func(t *testing.T) {
			tab := newTable(t, Config{Limits: new(Limits), Inspect: true, Events: true})
			count(tab, 0, said(pkt{src: client, dst: server}, "hello"))
			d := c.detail
			d.DCID, d.SCID, d.Server = fmt.Sprintf("%x", first), fmt.Sprintf("%x", quicClient), fmt.Sprintf("%x", quicServer)
			sh := tab.shards[0]
			f, slot := flowOf(t, sh, said(pkt{src: client, dst: server}, "hello"))
			sh.forgetApp(f)
			sh.giveApp(f, slot, &dpi.App{Protocol: dpi.QUIC, Details: []dpi.Detail{&d}})
			id := f.id
			again := said(pkt{src: client, dst: server, at: 10 * ms}, c.payload)
			count(tab, 0, again, said(pkt{src: server, dst: client, at: 20 * ms}, "hello"))
			s := snapshot(tab, 100*ms)
			addsUp(t, s)
			if len(s.Flows) != c.flows {
				t.Fatalf("got %d flows, want %d", len(s.Flows), c.flows)
			}
			if c.flows == 1 {
				return
			}
			old, next := s.Flows[0], s.Flows[1]
			if old.ID != id {
				old, next = next, old
			}
			if old.Closed != c.closed || old.Count[Sent].Packets+old.Count[Received].Packets != 1 || old.App == nil {
				t.Errorf("the old one: got %+v, want closed by %v, with one packet", old, c.closed)
			}
			if next.Count[Sent].Packets != 1 || next.Count[Received].Packets != 1 || next.App == nil || next.App.Protocol != dpi.QUIC || next.State[0] != QUICInitial {
				t.Errorf("the new one: got %+v, want QUIC's first packet and an answer", next)
			}
			if f := sh.flows.at(slot); f.current() || f.isTCP() {
				t.Error("the old record is still current, or is taken for one of TCP")
			}
			s = snapshot(tab, int64(12*time.Second))
			addsUp(t, s)
			if len(s.Flows) != 1 || s.Flows[0].ID != next.ID {
				t.Errorf("later there are %d flows, want the new one", len(s.Flows))
			}
			for _, h := range tab.History(nil) {
				if h.ID != id || h.Closed != c.closed {
					t.Errorf("the history has %+v, want the old one", h)
				}
			}
		})
	}
}

// A bulk of data does not ask for it.
func TestMaybeInitial(t *testing.T) {
	p := said(pkt{src: "192.0.2.1:50000", dst: "10.0.0.1:443"}, quicInitial("12345678", "", ""))
	if !maybeInitial(&p) {
		t.Error("an Initial packet is not seen")
	}
	p.Data = nil // a message between shards
	if maybeInitial(&p) || maybeInitial(&parse.Packet{Proto: parse.ProtoUDP, PayLen: 1300}) {
		t.Error("a packet without its bytes is taken for one")
	}
}
