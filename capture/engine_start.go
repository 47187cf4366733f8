package capture

import (
	"errors"
	"io/fs"
	"slices"
	"time"

	"sockeye/capture/link"
)

// start makes the first ports and opens them. An error says all that there is to
// say of the ports that failed.
func (e *Engine) start(now time.Time) error {
	view := e.cfg.Links.Interfaces()
	if err := e.choose(view); err != nil {
		return err
	}
	var first error
	opened := 0
	for _, p := range e.ports {
		found, _ := p.look(view)
		err := e.open(p, found, now)
		switch {
		case err == nil:
			opened++
		case len(e.cfg.Names) > 0 || errors.Is(err, fs.ErrPermission):
			return err
		case first == nil:
			first = err
		}
	}
	if opened == 0 {
		return first
	}
	e.begun = true
	for _, p := range e.ports {
		if p.err != nil {
			e.tell(p)
		}
	}
	if e.cfg.Begun != nil {
		e.cfg.Begun()
	}
	return nil
}

// choose makes the ports of the interfaces that were named, or of the default
// set.
func (e *Engine) choose(view []link.Interface) error {
	switch names := e.cfg.Names; {
	case slices.Contains(names, AnyName):
		e.queues = queues(e.cfg.Options, e.budget.total)
		e.addAny()
		return nil
	case len(names) > 0:
		return e.chooseNamed(view)
	}
	set := firstSet(view)
	if len(set) == 0 {
		return ErrNoInterface
	}
	if len(set) > maxPorts && !e.cfg.NoAny {
		e.queues = queues(e.cfg.Options, e.budget.total)
		e.addAny()
		e.notify(Notice{Kind: NoticeMerged, Slot: e.anyPort.slot, Name: AnyName})
		return nil
	}
	// Half of the memory is for interfaces that carry little: those do with
	// shorter rings.
	e.queues = queues(e.cfg.Options, e.budget.total/2)
	sum := 0
	for i := range set {
		sum += weight(&set[i])
	}
	for i := range set {
		e.addPort(set[i], e.budget.first(&set[i], sum))
	}
	return nil
}

// chooseNamed makes a port of each name, once.
func (e *Engine) chooseNamed(view []link.Interface) error {
	found, err := findAll(e.cfg.Names, view)
	if err != nil {
		return err
	}
	share := e.budget.total / len(found)
	e.queues = queues(e.cfg.Options, share)
	for _, i := range found {
		e.addPort(i, e.budget.take(share))
	}
	return nil
}

// findAll returns the interfaces with these names, each once. All must be up.
func findAll(names []string, view []link.Interface) ([]link.Interface, error) {
	var found []link.Interface
	for _, name := range names {
		i, ok := link.ByName(view, name)
		if !ok {
			return nil, noSuchInterface(name, view)
		}
		if !i.Up {
			return nil, &InterfaceDownError{name}
		}
		if _, twice := link.ByName(found, name); !twice {
			found = append(found, i)
		}
	}
	return found, nil
}

func noSuchInterface(name string, view []link.Interface) error {
	all := make([]string, len(view))
	for i := range view {
		all[i] = view[i].Name
	}
	return &NoSuchInterfaceError{Name: name, Near: link.Near(name, all), All: all}
}

// addPort adds a port for an interface, or brings back the one that it had.
func (e *Engine) addPort(i link.Interface, share int) *port {
	if p := e.portOf(i.Name); p != nil {
		e.revive(p, i, share)
		return p
	}
	p := &port{name: i.Name, share: share, slot: e.slots.assign(i, ""), seen: i}
	e.set(func() { e.ports = append(e.ports, p) })
	return p
}

// addAny adds the port for all interfaces, with all the memory there is.
func (e *Engine) addAny() {
	share := e.budget.take(e.budget.free)
	if e.anyPort = e.portOf(AnyName); e.anyPort != nil {
		e.revive(e.anyPort, anyInterface(), share)
		return
	}
	e.anyPort = &port{name: AnyName, any: true, share: share, slot: e.slots.assign(anyInterface(), "")}
	e.set(func() { e.ports = append(e.ports, e.anyPort) })
}

// grow lets interfaces join the default set. When that makes too many, one
// socket for all takes over.
func (e *Engine) grow(view []link.Interface, now time.Time) {
	var fresh []link.Interface
	for _, i := range candidates(view) {
		if p := e.portOf(i.Name); p == nil || p.left() {
			fresh = append(fresh, i)
		}
	}
	if len(fresh) == 0 {
		return
	}
	there := 0
	for _, p := range e.ports {
		if p.state != StateGone && !p.left() {
			there++
		}
	}
	if there+len(fresh) > maxPorts && !e.cfg.NoAny {
		e.merge(now)
		return
	}
	for _, i := range fresh {
		// A failure is in the port's state, with the time of the next try.
		_ = e.open(e.addPort(i, e.budget.later(&i)), i, now)
	}
}

// merge closes the rings of the single interfaces and opens the socket for all.
// Between the two lie some milliseconds, a gap of each interface: both at once
// would count packets twice.
func (e *Engine) merge(now time.Time) {
	e.closeSingle(now)
	e.addAny()
	e.notify(Notice{Kind: NoticeMerged, Slot: e.anyPort.slot, Name: AnyName})
	// A failure is in the port's state, with the time of the next try.
	_ = e.open(e.anyPort, link.Interface{}, time.Now())
}

// closeSingle closes the rings of the single interfaces, since "any" takes over.
func (e *Engine) closeSingle(now time.Time) {
	merged := slices.DeleteFunc(slices.Clone(e.ports), (*port).left)
	for _, p := range merged {
		for _, w := range p.workers {
			w.stop()
		}
	}
	for _, p := range merged {
		e.reap(p)
		if !p.given {
			e.budget.give(p.share)
		}
	}
	e.set(func() {
		for _, p := range merged {
			p.merged = true
			if p.gapSince.IsZero() {
				p.gapSince = now
				p.gaps++
			}
		}
	})
	e.slots.merge()
}

// endMergedGaps ends the gaps of the interfaces that "any" has taken over. e.mu
// is held.
func (e *Engine) endMergedGaps(now time.Time) {
	for _, p := range e.ports {
		if p.merged {
			p.endGap(now)
		}
	}
}
