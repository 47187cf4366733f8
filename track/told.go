// Hot path: no allocation.

package track

import (
	"sockeye/parse"
	"sockeye/track/proc"
)

// told takes what a packet's source says of the process that sent it, or that it came
// to. The newest word counts: sockets change hands. Within a tunnel the packet is not
// that process's, but the tunnel.
func (sh *Shard) told(f *flow, slot uint32, p *parse.Packet) {
	if sh.owned == nil || f.flags&filtered != 0 || p.Status&parse.Inner != 0 ||
		p.Family != parse.FamilyIPv4 && p.Family != parse.FamilyIPv6 {
		return
	}
	e, ok := toldEnd(p)
	if !ok || sh.t.ends(f)&(1<<e) == 0 {
		return
	}
	listens := f.byListener(e, p)
	if sh.t.cfg.Told == nil {
		if !listens {
			sh.askTold(f, slot, p.Process, e)
		}
		return
	}
	found := sh.t.cfg.Told(p.Process)
	if listens && found.Ref != 0 {
		found.Source = proc.Listener
	}
	sh.owned.tell(slot, found, e == f.localEnd())
}

// toldEnd returns the end of the key whose process a packet tells. Of what comes to
// many, the process is one of several. In the middle between two others it is nobody's.
func toldEnd(p *parse.Packet) (e int, ok bool) {
	switch p.Hint {
	case parse.HintNone, parse.HintOutgoing:
		return wayOf(p.Swapped), true
	case parse.HintHost:
		e = wayOf(!p.Swapped)
		dst := endA(&p.Key)
		if e == 1 {
			dst = endB(&p.Key)
		}
		return e, !dst.group()
	}
	return 0, false
}

// byListener reports whether a packet tells no more of an end's process than that its
// socket listens: until somebody takes a connection and sends on it, the socket is
// still the one's who was called.
func (f *flow) byListener(e int, p *parse.Packet) bool {
	called := (f.flags&startedFrom != 0) != (e == 1)
	return called && p.Proto == parse.ProtoTCP && (wayOf(p.Swapped) != e || p.PayLen == 0)
}

// tell keeps what a source said of an end, unless it knew more before.
func (o *owned) tell(slot uint32, found proc.Found, own bool) {
	have := o.peers[slot]
	if own {
		have = *o.local.at(slot)
	}
	if found == have || found.Source == proc.Listener && have.Source == proc.FromPKTAP {
		return
	}
	w := whose{own: found}
	if !own {
		w = whose{own: *o.local.at(slot), peer: found}
	}
	o.set(slot, w)
}

// askTold asks about a flow with what its packet's source said of an end, once.
func (sh *Shard) askTold(f *flow, slot uint32, process uint32, e int) {
	if f.life&toldAsked != 0 {
		return
	}
	f.life |= toldAsked
	o := sh.owned
	if n := len(o.asking); n == 0 || o.asking[n-1].Flow != f.id {
		sh.ask(f, slot)
	}
	if n := len(o.asking); n > 0 && o.asking[n-1].Flow == f.id {
		q := &o.asking[n-1]
		q.Process, q.ProcessB = process, e == 1
	}
}
