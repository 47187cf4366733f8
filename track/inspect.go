// Hot path: no allocation in the steady state.

package track

import (
	"sockeye/parse"
	"sockeye/parse/dpi"
)

// inspect shows a packet to the flow's Inspector.
func (sh *Shard) inspect(f *flow, slot uint32, p *parse.Packet) {
	first := f.app == 0
	dir := dpi.Dir(wayOf(p.Swapped != (f.flags&startedFrom != 0)))
	if !f.placed() && (p.PayLen == 0 || f.passes(p, dir) || !sh.startInspecting(f, slot, p)) {
		return
	}
	place := &sh.apps.places[f.app-1]
	i := place.inspector
	if i == nil {
		i = sh.wakeInspector(f, place)
	}
	sh.apps.now = slot
	if f.tag&isTCP != 0 {
		i.Segment(p, dir)
	} else {
		i.Datagram(p, dir)
	}
	if first && maybeMigrated(p) && i.App() == nil {
		sh.noteStranger(f, slot, p)
	}
	if sh.t.cfg.Events && f.life&announced == 0 {
		if app := i.App(); app != nil && app.Protocol != dpi.Unknown {
			sh.opened(f, slot, p.Time)
		}
	}
	if b, ok := i.Blank(); ok {
		sh.forgetApp(f)
		f.app, f.tag = blank|uint32(b), f.tag|inspected
	} else if i.Done() {
		sh.settleApp(f)
		if app := sh.appOf(f); app != nil && app.Protocol == dpi.QUIC {
			sh.knowConnection(f, slot, app)
		}
	} else if app := i.Rest(); app != nil {
		place.inspector, place.app = nil, app
		sh.apps.pool.Put(i)
		sh.apps.weigh(place)
	} else if place.packets++; place.packets%weighEvery == 1 {
		sh.apps.weigh(place)
	}
}

// blank marks a flow.app that is no place: the flow's Inspector has found nothing so
// far and is lent to others until the next payload. The other bits are a dpi.Blank.
const blank = 1 << 31

// passes counts a segment that says no more than those before it, for which no
// Inspector is needed. It returns false where one is.
func (f *flow) passes(p *parse.Packet, dir dpi.Dir) bool {
	if f.app&blank == 0 || f.tag&isTCP == 0 {
		return false
	}
	b, done, ok := dpi.Blank(f.app&^blank).Count(p, dir)
	switch {
	case done:
		f.app, f.tag = 0, f.tag&^inspected
	case ok:
		f.app = blank | uint32(b)
	}
	return ok
}

// placed reports whether the flow has a place in apps.
func (f *flow) placed() bool { return f.app != 0 && f.app&blank == 0 }

// startInspecting gives a flow an Inspector. It returns false where there is no
// memory for more: then the flow goes without.
func (sh *Shard) startInspecting(f *flow, slot uint32, p *parse.Packet) bool {
	if sh.apps.full() && !sh.closeSilent(p.Time) {
		f.tag &^= inspected
		sh.losses.Uninspected++
		return false
	}
	began := wayOf(f.flags&startedFrom != 0)
	i := sh.inspector(f)
	if f.app&blank != 0 {
		i.Resume(dpi.Blank(f.app &^ blank))
	} else if f.tag&isTCP != 0 {
		c := sh.conns.wire(slot)
		for way := range 2 {
			if seq, ok := c.start(way); ok {
				i.Start(dpi.Dir(way^began), seq)
			}
		}
	}
	f.app = sh.apps.take(appPlace{inspector: i, slot: slot}) + 1
	return true
}

// wakeInspector gives a flow an Inspector again that had said all.
func (sh *Shard) wakeInspector(f *flow, place *appPlace) *dpi.Inspector {
	i := sh.inspector(f)
	i.Wake(place.app)
	place.inspector, place.app = i, nil
	sh.apps.weigh(place)
	return i
}

// inspector returns a new Inspector for a flow.
func (sh *Shard) inspector(f *flow) *dpi.Inspector {
	from, to := f.key.A(), f.key.B()
	if f.flags&startedFrom != 0 {
		from, to = to, from
	}
	return sh.apps.pool.Get(from, to, (*appSink)(sh))
}

// appSink is the Shard as its Inspectors see it.
type appSink Shard

// Event passes on a message of the flow that is being inspected.
func (s *appSink) Event(e dpi.Event) {
	sh := (*Shard)(s)
	if sh.t.cfg.Events {
		sh.message(sh.flows.at(sh.apps.now), sh.apps.now, e)
	}
}

// Naming keeps a name.
func (s *appSink) Naming(n dpi.Naming) { s.t.naming.learn(s.n, n) }
