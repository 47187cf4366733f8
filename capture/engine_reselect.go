package capture

import (
	"context"
	"slices"
	"time"

	"sockeye/capture/link"
	"sockeye/parse"
)

// reselect asks the run loop for other interfaces.
type reselect struct {
	names []string
	done  chan error
}

// SetInterfaces changes which interfaces are captured while Run runs, as Config.Names
// says it: none stands for the default set. Those that were captured before go on
// without a gap; those that are not wanted any more keep their slot and their counters,
// and are StateEnded. Between single interfaces and "any" lie some milliseconds in which
// nothing is captured: both at once would count packets twice.
//
// The errors are those of Run. After any of them it is captured from what it was
// before. Without a run the error is ErrClosed, or ctx's own once that is done.
func (e *Engine) SetInterfaces(ctx context.Context, names []string) error {
	r := reselect{slices.Clone(names), make(chan error, 1)}
	select {
	case e.reselects <- r:
	case <-e.ended:
		return ErrClosed
	case <-ctx.Done():
		return ctx.Err()
	}
	return <-r.done // the run loop has it: it comes soon
}

// setInterfaces is the run loop's part of SetInterfaces.
func (e *Engine) setInterfaces(names []string, now time.Time) error {
	// A failure leaves the view as it was, which may do.
	_ = e.cfg.Links.Refresh()
	view := e.cfg.Links.Interfaces()
	set, err := e.wanted(names, view)
	if err != nil {
		return err
	}
	if slices.Contains(names, AnyName) || len(names) == 0 && len(set) > maxPorts && !e.cfg.NoAny {
		return e.selectAny(names, now)
	}
	return e.selectSingle(names, set, now)
}

// wanted returns the interfaces that names stand for, none for "any".
func (e *Engine) wanted(names []string, view []link.Interface) ([]link.Interface, error) {
	switch {
	case slices.Contains(names, AnyName):
		return nil, nil
	case len(names) > 0:
		return findAll(names, view)
	}
	set := firstSet(view)
	if len(set) == 0 {
		return nil, ErrNoInterface
	}
	return set, nil
}

// selectAny turns from single interfaces to the socket for all.
func (e *Engine) selectAny(names []string, now time.Time) error {
	if e.anyPort != nil {
		e.cfg.Names = names
		return nil
	}
	former := e.current()
	e.closeSingle(now)
	e.addAny()
	if err := e.open(e.anyPort, link.Interface{}, time.Now()); err != nil {
		e.retireAny(now)
		share := e.budget.free / max(1, len(former))
		for _, i := range former {
			// A failure is in the port's state, with the time of the next try.
			_ = e.open(e.addPort(i, e.budget.take(share)), i, time.Now())
		}
		return err
	}
	e.cfg.Names = names
	return nil
}

// current returns the interfaces that have a port now.
func (e *Engine) current() []link.Interface {
	var all []link.Interface
	for _, p := range e.ports {
		if !p.any && !p.left() {
			all = append(all, p.seen)
		}
	}
	return all
}

// selectSingle turns to the interfaces of a set, each with rings of its own. Those that
// are new are opened before others are closed: for a moment both have their memory.
func (e *Engine) selectSingle(names []string, set []link.Interface, now time.Time) error {
	hadAny := e.anyPort != nil
	if hadAny {
		e.retireAny(now)
	}
	var retiring []*port
	free := e.budget.free
	for _, p := range e.ports {
		if _, wanted := link.ByName(set, p.name); !wanted && !p.any && !p.left() {
			retiring = append(retiring, p)
			if !p.given {
				free += p.share
			}
		}
	}
	opened, err := e.openNew(set, free, len(names) > 0, now)
	if err != nil {
		for _, p := range opened {
			e.retire(p, now)
		}
		if hadAny {
			e.closeSingle(now)
			e.addAny()
			_ = e.open(e.anyPort, link.Interface{}, time.Now()) // tried again
		}
		return err
	}
	for _, p := range retiring {
		e.retire(p, now)
	}
	e.cfg.Names = names
	return nil
}

// openNew opens the interfaces of a set that have no port yet, with as much memory as
// is free, and returns their ports. Of those that were asked for by name none may fail;
// of others one has to be captured.
func (e *Engine) openNew(set []link.Interface, free int, named bool, now time.Time) ([]*port, error) {
	var fresh []link.Interface
	sum := 0
	for i := range set {
		if p := e.portOf(set[i].Name); p == nil || p.left() {
			fresh = append(fresh, set[i])
			sum += weight(&set[i])
		}
	}
	var opened []*port
	var first error
	failed := 0
	for _, i := range fresh {
		share := free / len(fresh)
		if !named {
			share = free / 4 * 3 / sum * weight(&i) // the rest is for those that join
		}
		p := e.addPort(i, e.budget.take(share))
		opened = append(opened, p)
		if err := e.open(p, i, now); err != nil {
			if failed++; first == nil {
				first = err
			}
		}
	}
	if first != nil && (named || failed == len(set)) {
		return opened, first
	}
	return opened, nil
}

// portOf returns the port of an interface, nil where it never had one.
func (e *Engine) portOf(name string) *port {
	i := slices.IndexFunc(e.ports, func(p *port) bool { return p.name == name })
	if i < 0 {
		return nil
	}
	return e.ports[i]
}

// revive makes a port of which only the counters were left one that is captured.
func (e *Engine) revive(p *port, i link.Interface, share int) {
	e.set(func() {
		p.merged, p.retired, p.unfit, p.given = false, false, false, false
		p.share, p.seen, p.state, p.err = share, i, StateWaiting, nil
		p.retryAt, p.opened, p.backoff = time.Time{}, time.Time{}, 0
	})
}

// retire ends the capture of a port that is not wanted any more.
func (e *Engine) retire(p *port, now time.Time) {
	p.quiet()
	for _, w := range p.workers {
		w.stop()
	}
	e.reap(p)
	if !p.given {
		e.budget.give(p.share)
		p.given = true
	}
	e.set(func() {
		p.endGap(now)
		p.retired, p.state, p.err = true, StateEnded, nil
	})
}

// retireAny ends the capture through the socket for all interfaces.
func (e *Engine) retireAny(now time.Time) {
	e.retire(e.anyPort, now)
	e.anyPort = nil
	e.slots.unmerge()
}

// left reports whether only the port's counters are left.
func (p *port) left() bool { return p.merged || p.retired }

// unmerge marks what was captured through "any" as not captured any more.
func (t *slotTable) unmerge() {
	t.mu.Lock()
	defer t.mu.Unlock()
	for i := range t.all {
		if t.all[i].through == AnyName {
			t.all[i].state = StateEnded
		}
	}
}

// anyInterface stands for all of them in the table of slots.
func anyInterface() link.Interface {
	return link.Interface{Name: AnyName, Kind: AnyName, Link: parse.LinkCooked, Up: true}
}
