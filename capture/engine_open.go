package capture

import (
	"errors"
	"time"

	"sockeye/capture/link"
)

// open opens the sources of a port and starts a worker for each. On an error
// the port is failed and has the time of its next try.
func (e *Engine) open(p *port, i link.Interface, now time.Time) error {
	if p.given {
		p.share, p.given = e.budget.again(p.share), false
	}
	t := e.anyTarget(p.share)
	if !p.any {
		e.slots.assign(i, "")
		t = target(i, p.slot, e.queues, p.share)
	}
	sources, err := e.cfg.Open(t, e.cfg.Options)
	if err != nil {
		p.delay(now)
		p.unfit = isUnfit(err)
		state := failureState(err)
		known := p.state == state && (state != StateFailed || p.err != nil && p.err.Error() == err.Error())
		e.set(func() { p.state, p.err = state, err })
		if e.begun && !known {
			e.tell(p)
		}
		return err
	}
	workers := make([]*worker, len(sources))
	for i, src := range sources {
		workers[i] = e.newWorker(src, e.lane(i))
	}
	notice := Notice{Kind: NoticeOpened, Slot: p.slot, Name: p.name}
	e.set(func() {
		p.workers, p.queues, p.bytes, p.index = workers, len(workers), t.RingBytes, i.Index
		p.state, p.err, p.opened = StateCapturing, nil, now
		if gap, ok := p.endGap(now); ok {
			notice.Kind, notice.Gap = NoticeResumed, gap
		}
		if p.any {
			e.endMergedGaps(now)
		}
	})
	for _, w := range workers {
		go func() {
			w.run()
			e.poke()
		}()
	}
	e.notify(notice)
	return nil
}

func (e *Engine) newWorker(src Source, l *lane) *worker {
	return &worker{
		src: src, lane: l, limit: e.limit,
		decap: e.cfg.Options.Decap, direction: e.cfg.Options.Direction, bothWays: e.slots.loopback,
		picky: e.cfg.Options.Direction != DirInOut,
		done:  make(chan struct{}),
	}
}

// lane returns the lane of a queue index.
func (e *Engine) lane(queue int) *lane {
	for len(e.lanes) <= queue {
		e.lanes = append(e.lanes, &lane{sink: e.cfg.Sink(len(e.lanes))})
	}
	return e.lanes[queue]
}

// shut ends the capture of a port, for the reason that state gives: a gap
// begins.
func (e *Engine) shut(p *port, state State, err error, now time.Time) {
	p.quiet()
	for _, w := range p.workers {
		w.stop()
	}
	e.reap(p)
	if state == StateGone && e.growing() {
		e.budget.give(p.share)
		p.given = true
	}
	e.set(func() {
		p.state, p.err = state, err
		p.gapSince = now
		p.gaps++
	})
	e.tell(p)
}

// quiet ends the taking of packets, in all queues before one of them is closed. Where
// that fails a few flows are met anew by another queue.
func (p *port) quiet() {
	for _, w := range p.workers {
		if q, ok := w.src.(Quieter); ok {
			_ = q.Quiet()
		}
	}
}

// reap waits for the workers of a port to end, and keeps their counters.
func (e *Engine) reap(p *port) {
	for _, w := range p.workers {
		<-w.done
	}
	e.set(func() {
		for _, w := range p.workers {
			p.past.Add(w.stats)
			w.tallies.fold(&p.pastTallies)
		}
		p.workers = nil
	})
}

// failureState returns the state of a port that could not be opened or read for
// that reason. The source may know of the interface's end before its event is
// here.
func failureState(err error) State {
	switch {
	case errors.Is(err, ErrInterfaceDown):
		return StateDown
	case errors.Is(err, ErrInterfaceGone):
		return StateGone
	default:
		return StateFailed
	}
}

// tell notifies of the state in which a port waits.
func (e *Engine) tell(p *port) {
	n := Notice{Slot: p.slot, Name: p.name, Err: p.err}
	switch {
	case p.state == StateDown:
		n.Kind = NoticeDown
	case p.state == StateGone:
		n.Kind = NoticeGone
	case p.unfit:
		n.Kind, n.Err = NoticeUnfit, unfitness(p.err)
	default:
		n.Kind = NoticeFailed
	}
	e.notify(n)
}

func (e *Engine) notify(n Notice) {
	if e.cfg.Notify != nil {
		e.cfg.Notify(n)
	}
}

// set changes what Interfaces reads.
func (e *Engine) set(change func()) {
	e.mu.Lock()
	defer e.mu.Unlock()
	change()
}
