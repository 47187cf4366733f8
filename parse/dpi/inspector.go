package dpi

import (
	"net/netip"

	"sockeye/parse"
)

// An Inspector follows one flow. It is used under its owner's lock.
type Inspector struct {
	sink   Sink
	stale  bool // the App that was handed out is older than the details
	halves [2]half
}

type half struct {
	need int
}

// New returns an Inspector for a flow whose ends are from (which began it, as far
// as is known) and to. sink may be nil.
func New(from, to netip.AddrPort, sink Sink) *Inspector { return &Inspector{sink: sink} }

// Segment reads a TCP packet. SYNs and FINs are wanted, too.
func (i *Inspector) Segment(p *parse.Packet, dir Dir) {}

// Datagram reads a UDP packet.
func (i *Inspector) Datagram(p *parse.Packet, dir Dir) {}

// Done reports whether no further packet is wanted. The App stays.
func (i *Inspector) Done() bool { return true }

// App returns what is known, nil while that is nothing. It is not changed later.
func (i *Inspector) App() *App { return nil }

func (i *Inspector) addDetail(Detail) {}
func (i *Inspector) confirm()         {}
func (i *Inspector) rename(Protocol)  {}
func (i *Inspector) finish()          {}
func (i *Inspector) retry()           {}
func (i *Inspector) become(Protocol)  {}
func (i *Inspector) again()           {}
func (i *Inspector) swap()            {}
