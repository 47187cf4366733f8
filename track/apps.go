package track

import "sockeye/parse/dpi"

// apps holds what is known of the applications of a shard's flows. A flow takes a
// place with its first payload and gives it back when nothing came out of that, or
// when it leaves the table.
//
// What is known is bounded by memory, and not by the number of flows: of a handshake
// that nobody answers, which is what floods are made of, more is kept than of a
// connection that was made.
type apps struct {
	places []appPlace
	free   []uint32
	pool   dpi.Pool
	now    uint32  // slot of the flow that is being inspected, for the Sink
	hand   uint32  // where closeSilent goes on
	view   dpi.App // of the flow that was looked at last
	bytes  int     // of all places
	most   int
}

// An appPlace has an Inspector as long as there is something to learn; then the
// App remains. The App of a flow that is still inspected rests: see dpi.Inspector.Rest.
type appPlace struct {
	inspector *dpi.Inspector
	app       *dpi.App
	bytes     int32
	slot      uint32 // of the flow
	packets   uint8  // that were inspected, for weighing
}

const (
	placeBytes = 40
	weighEvery = 64 // packets of a flow

	// silentFor is how long a flow has to be silent to lose its Inspector, where
	// there is no memory for another one. Whoever is asked answers sooner.
	silentFor  = 3_000_000_000 // ns
	silentLook = 16            // places that are looked at for that
)

// DefaultAppBytes is the memory for what is known of applications where none is
// given: a 32nd of the machine's, 16 MiB at least and 256 MiB at most.
func DefaultAppBytes() int {
	const most, least = 256 << 20, 16 << 20
	mem := memoryBytes()
	if mem == 0 {
		return most
	}
	return int(max(least, min(most, mem/32)))
}

// begin sets how many bytes there may be: a half of it at most is what Inspectors keep
// of streams.
func (a *apps) begin(most int, events bool) {
	a.most, a.pool.Limit, a.pool.NoEvents = most, most/2, !events
}

func (a *apps) full() bool { return a.bytes+a.pool.Lent() >= a.most }

// take finds room for a place and returns its number.
func (a *apps) take(place appPlace) uint32 {
	var n uint32
	if k := len(a.free); k > 0 {
		n = a.free[k-1]
		a.free = a.free[:k-1]
	} else {
		n = uint32(len(a.places))
		a.places = append(a.places, appPlace{})
	}
	a.places[n] = place
	a.weigh(&a.places[n])
	return n
}

// weigh finds out how much memory a place takes.
func (a *apps) weigh(place *appPlace) {
	n := int32(placeBytes)
	if place.inspector != nil {
		n += int32(place.inspector.Size())
	} else {
		n += int32(place.app.Size())
	}
	a.bytes += int(n - place.bytes)
	place.bytes = n
}

// closeSilent ends the inspection of a few flows that have been silent, and reports
// whether there is room now.
func (sh *Shard) closeSilent(now int64) bool {
	a := &sh.apps
	for range min(silentLook, len(a.places)) {
		if a.hand++; a.hand >= uint32(len(a.places)) {
			a.hand = 0
		}
		place := &a.places[a.hand]
		if place.inspector == nil {
			continue
		}
		if f := sh.flows.at(place.slot); now-f.last > silentFor {
			sh.closeApp(f, place.slot, now)
		}
	}
	return !a.full()
}

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

// viewApp is appOf for a moment: what it returns is not kept, and valid until its
// next call.
func (sh *Shard) viewApp(f *flow) *dpi.App {
	if !f.placed() {
		return nil
	}
	place := &sh.apps.places[f.app-1]
	if place.inspector != nil {
		return place.inspector.View(&sh.apps.view)
	}
	return place.app
}

// shownApp returns what a row says of a flow's application: what is known, or of a
// flow whose payload nobody has looked at what its port says.
func (sh *Shard) shownApp(f *flow) *dpi.App {
	app := sh.appOf(f)
	if app == nil && hasPorts(&f.key) && (!sh.t.cfg.Inspect || f.count[0].Payload|f.count[1].Payload == 0) {
		app = dpi.GuessApp(uint8(f.key.Proto), f.key.APort, f.key.BPort)
	}
	return app
}

// takeApp ends the inspection of a flow and returns what is known by then.
func (sh *Shard) takeApp(f *flow) *dpi.App {
	app := sh.appOf(f)
	sh.forgetApp(f)
	return app
}

// giveApp gives a flow an App from elsewhere, if it has none.
func (sh *Shard) giveApp(f *flow, slot uint32, app *dpi.App) {
	if app == nil || f.placed() {
		return
	}
	f.tag &^= inspected
	f.app = sh.apps.take(appPlace{app: app, slot: slot}) + 1
}

// settleApp takes the Inspector of a flow that needs none any more. What it found
// stays with the flow.
func (sh *Shard) settleApp(f *flow) {
	f.tag &^= inspected
	place := &sh.apps.places[f.app-1]
	i := place.inspector
	place.inspector, place.app = nil, i.App()
	sh.apps.pool.Put(i)
	if place.app == nil {
		sh.forgetApp(f)
		return
	}
	sh.apps.weigh(place)
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
	sh.apps.bytes -= int(place.bytes)
	*place = appPlace{}
	sh.apps.free = append(sh.apps.free, f.app-1)
	f.app = 0
	f.tag &^= inspected
}
