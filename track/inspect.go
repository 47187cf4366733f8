// Hot path: no allocation in the steady state.

package track

import (
	"sockeye/parse"
	"sockeye/parse/dpi"
)

// apps holds what is known of the applications of a shard's flows. A flow takes a
// place with its first payload and gives it back when nothing came out of that, or
// when it leaves the table.
type apps struct {
	places []appPlace
	free   []uint32
	pool   dpi.Pool
	now    uint32 // slot of the flow that is being inspected, for the Sink
}

// An appPlace has an Inspector as long as there is something to learn; then the
// App remains.
type appPlace struct {
	inspector *dpi.Inspector
	app       *dpi.App
}

// inspect shows a packet to the flow's Inspector.
func (sh *Shard) inspect(f *flow, slot uint32, p *parse.Packet) {
	first := f.app == 0
	if !f.placed() && (p.PayLen == 0 || !sh.startInspecting(f, slot, p)) {
		return
	}
	place := &sh.apps.places[f.app-1]
	i := place.inspector
	dir := dpi.Dir(wayOf(p.Swapped != (f.flags&startedFrom != 0)))
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
		f.tag &^= inspected
		place.inspector, place.app = nil, i.App()
		sh.apps.pool.Put(i)
		if place.app == nil {
			sh.forgetApp(f)
		} else if place.app.Protocol == dpi.QUIC {
			sh.knowConnection(f, slot, place.app)
		}
	}
}

// blank marks a flow.app that is no place: the flow's Inspector has found nothing so
// far and is lent to others until the next payload. The other bits are a dpi.Blank.
const blank = 1 << 31

// placed reports whether the flow has a place in apps.
func (f *flow) placed() bool { return f.app != 0 && f.app&blank == 0 }

// startInspecting gives a flow an Inspector. It returns false where there may be
// no more of them: then the flow goes without.
func (sh *Shard) startInspecting(f *flow, slot uint32, p *parse.Packet) bool {
	a := &sh.apps
	if len(a.places)-len(a.free) >= max(minApps, sh.t.cfg.MaxFlows/4) {
		f.tag &^= inspected
		sh.losses.Uninspected++
		return false
	}
	from, to := f.key.A(), f.key.B()
	began := wayOf(f.flags&startedFrom != 0)
	if began == 1 {
		from, to = to, from
	}
	i := a.pool.Get(from, to, (*appSink)(sh))
	if f.app&blank != 0 {
		i.Resume(dpi.Blank(f.app &^ blank))
	} else if f.tag&isTCP != 0 {
		c := sh.conns.at(slot)
		for way := range 2 {
			if seq, ok := c.start(way); ok {
				i.Start(dpi.Dir(way^began), seq)
			}
		}
	}
	if n := len(a.free); n > 0 {
		f.app = a.free[n-1] + 1
		a.free = a.free[:n-1]
	} else {
		a.places = append(a.places, appPlace{})
		f.app = uint32(len(a.places))
	}
	a.places[f.app-1] = appPlace{inspector: i}
	return true
}

// minApps is how many flows of a shard may be inspected, or have an App, however
// small the table is. Above that it is a quarter of the table: only a flood of
// made-up requests has as many.
const minApps = 1024

// appOf returns what is known of a flow's application, nil for nothing.
func (sh *Shard) appOf(f *flow) *dpi.App {
	if !f.placed() {
		return nil
	}
	place := &sh.apps.places[f.app-1]
	if place.inspector != nil {
		return place.inspector.App()
	}
	return place.app
}

// takeApp ends the inspection of a flow and returns what is known by then.
func (sh *Shard) takeApp(f *flow) *dpi.App {
	app := sh.appOf(f)
	sh.forgetApp(f)
	return app
}

// giveApp gives a flow an App from elsewhere, if it has none.
func (sh *Shard) giveApp(f *flow, app *dpi.App) {
	if app == nil || f.placed() {
		return
	}
	f.tag &^= inspected
	sh.apps.places = append(sh.apps.places, appPlace{app: app})
	f.app = uint32(len(sh.apps.places))
}

// forgetApp gives the flow's place back.
func (sh *Shard) forgetApp(f *flow) {
	if !f.placed() {
		f.app = 0
		return
	}
	place := &sh.apps.places[f.app-1]
	if place.inspector != nil {
		sh.apps.pool.Put(place.inspector)
	}
	*place = appPlace{}
	sh.apps.free = append(sh.apps.free, f.app-1)
	f.app = 0
	f.tag &^= inspected
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
