package track

import (
	"sockeye/parse"
	"sockeye/parse/dpi"
)

// succeeded reports whether a packet begins another connection between the ends
// of this one, and if so takes this one out of the way.
func (sh *Shard) succeeded(f *flow, slot uint32, p *parse.Packet) bool {
	switch {
	case p.Status&parse.Fragment != 0:
		return false
	case f.isTCP():
		if p.TCPFlags&parse.FlagSYN == 0 || !sh.conns.wire(slot).renews(p, wayOf(p.Swapped)) {
			return false
		}
	case !maybeInitial(p) || !sh.renewsQUIC(f, p):
		return false
	}
	sh.archive(slot, BySuccessor, p.Time)
	return true
}

// maybeInitial reports whether a packet looks like one with which a client of QUIC
// begins: in a large datagram (RFC 9000, 14.1), a long header of one of the types
// that are Initial in some version (RFC 9000, 17.2.2; RFC 9369, 3.2).
func maybeInitial(p *parse.Packet) bool {
	const least = 1200
	return p.PayLen >= least && p.Proto == parse.ProtoUDP && int(p.Payload) < len(p.Data) && p.Payload != 0 &&
		p.Data[p.Payload]&0xe0 == 0xc0
}

// renewsQUIC reports whether a packet begins another connection than the flow's,
// which had come to its data or to its end.
func (sh *Shard) renewsQUIC(f *flow, p *parse.Packet) bool {
	app := sh.viewApp(f)
	if state := appState(app); state < QUICConnected || state > QUICClosed {
		return false
	}
	d, ok := app.Find("quic").(*dpi.QUICDetail)
	return ok && d.Renewed(p.PayloadBytes(), int(p.PayLen))
}
