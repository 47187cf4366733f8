package capture

import (
	"context"
	"errors"
	"sync"
	"time"

	"sockeye/capture/link"
)

// pollTime is how often the kernel's counters are read, and how often the
// default set looks for interfaces that began to carry traffic.
const pollTime = time.Second

// Links is what the engine asks of a link.Monitor.
type Links interface {
	// Interfaces returns the current view, in the order of Index. The slice is
	// shared and must not be changed.
	Interfaces() []link.Interface

	// ByIndex returns the interface with that index, looking again where the
	// view does not have it.
	ByIndex(index int) (link.Interface, bool)

	// Refresh reads states and counters again.
	Refresh() error

	// Subscribe has f called after every change of the view, until cancel.
	Subscribe(f func([]link.Change)) (cancel func())
}

// Config says what an Engine captures and where the packets go. Open and Links
// are needed by Run only.
type Config struct {
	Open    Opener
	Links   Links
	Options Options

	// Names are the interfaces to capture, in order. "any" among them stands
	// for all. Without names it is the default set: every interface that is up
	// and has a default route or carries traffic, also when it begins to later.
	Names []string

	// NoAny is for systems whose opener cannot open all interfaces at once
	// (macOS): however many the default set has, each is opened by itself.
	NoAny bool

	// Sink returns the sink of a queue index: queue i of every interface goes
	// to Sink(i), one block after the other. It is called once an index.
	Sink func(queue int) Sink

	// Count ends the capture after exactly so many packets were handed to
	// sinks; 0 means no end.
	Count uint64

	// Begun is called by Run once the first interfaces are captured: from then on it
	// fails no more. Nil for nobody.
	Begun func()

	// Notify is told what happens to interfaces; nil for nobody. It must not
	// block.
	Notify func(Notice)
}

// Engine owns the interfaces, sources and goroutines of a capture, and their
// counters. An Engine runs once.
type Engine struct {
	cfg    Config
	limit  *limit
	slots  *slotTable
	budget *budget
	queues int           // rings of each interface, chosen at the start
	wake   chan struct{} // something may have to be opened or closed
	ended  chan struct{} // closed when Run has ended
	lanes  []*lane       // by queue index; the run loop's

	refilters chan refilter // for the run loop
	reselects chan reselect // the same

	mu    sync.Mutex // over what Interfaces reads and the run loop changes
	ports []*port
	file  *worker // of RunSource

	anyPort *port // set while "any" is chosen
	begun   bool  // the first ports are open: what fails from here on is told
}

// NewEngine returns an engine that has not begun yet. It fails when the
// configuration contradicts itself.
func NewEngine(cfg Config) (*Engine, error) {
	if cfg.Options.RingBytes < 0 || cfg.Options.Queues < 0 || cfg.Options.Snaplen < 0 {
		return nil, errors.New("capture options: negative size")
	}
	return &Engine{
		cfg:    cfg,
		limit:  newLimit(cfg.Count),
		slots:  newSlotTable(),
		budget: newBudget(cfg.Options.RingBytes),
		wake:   make(chan struct{}, 1),
		ended:  make(chan struct{}),

		refilters: make(chan refilter),
		reselects: make(chan reselect),
	}, nil
}

// Run captures until ctx is done or Config.Count is reached, and returns nil
// then. Before it returns, what the kernel took until the end is read, for at
// most 200 ms, every sink has ended its block, the counters are final and the
// sources are closed.
//
// It returns an error when the capture cannot begin: *NoSuchInterfaceError,
// *InterfaceDownError, ErrNoInterface, or what the opener said (a lack of
// rights matches fs.ErrPermission). What fails later is tried again, with a
// Notice.
func (e *Engine) Run(ctx context.Context) error {
	defer close(e.ended)
	defer e.cfg.Links.Subscribe(func([]link.Change) { e.poke() })()
	if err := e.start(time.Now()); err != nil {
		e.finish((*worker).abandon)
		return err
	}
	e.serve(ctx)
	if e.limit.isReached() {
		e.finish((*worker).abandon)
	} else {
		e.finish((*worker).stop)
	}
	return nil
}

// serve is the run loop.
func (e *Engine) serve(ctx context.Context) {
	tick := time.NewTicker(pollTime)
	defer tick.Stop()
	for {
		retry := e.retryTimer(time.Now())
		select {
		case <-ctx.Done():
			return
		case <-e.limit.reached:
			return
		case <-e.wake:
		case r := <-e.refilters:
			r.done <- e.setFilter(r.filter, time.Now())
		case r := <-e.reselects:
			r.done <- e.setInterfaces(r.names, time.Now())
		case <-retry:
		case <-tick.C:
			e.poll()
		}
		e.tend(time.Now())
	}
}

// poke wakes the run loop. It never blocks.
func (e *Engine) poke() {
	select {
	case e.wake <- struct{}{}:
	default: // it will look anyway
	}
}

// retryTimer returns a channel that delivers when the next port may be opened
// again, nil when none waits for that.
func (e *Engine) retryTimer(now time.Time) <-chan time.Time {
	var next time.Time
	for _, p := range e.ports {
		if p.retryAt.After(now) && !p.left() && !p.unfit && (next.IsZero() || p.retryAt.Before(next)) {
			next = p.retryAt
		}
	}
	if next.IsZero() {
		return nil
	}
	return time.After(next.Sub(now))
}

// poll reads the counters of every source, and lets the default set see the
// interfaces' counters.
func (e *Engine) poll() {
	for _, p := range e.ports {
		for _, w := range p.workers {
			w.poll()
		}
	}
	if e.growing() {
		// A failure leaves the old counters: the next tick tries again.
		_ = e.cfg.Links.Refresh()
	}
}

// growing reports whether interfaces may join.
func (e *Engine) growing() bool { return len(e.cfg.Names) == 0 && e.anyPort == nil }

// tend looks after every port: closes what has failed or is not there any more,
// opens what can be opened, and lets new interfaces join the default set.
func (e *Engine) tend(now time.Time) {
	for _, p := range e.ports {
		if p.failure() != nil {
			// The view may not show yet why it failed. If it cannot be read,
			// the port is taken for failed and tried again.
			_ = e.cfg.Links.Refresh()
			break
		}
	}
	view := e.cfg.Links.Interfaces()
	for _, p := range e.ports {
		if !p.left() {
			e.tendPort(p, view, now)
		}
	}
	if e.growing() {
		e.grow(view, now)
	}
	if e.anyPort != nil {
		e.slots.follow(view)
	}
}

// tendPort brings one port to the state that its interface allows.
func (e *Engine) tendPort(p *port, view []link.Interface, now time.Time) {
	found, can := p.look(view)
	if len(p.workers) > 0 {
		err := p.failure()
		switch {
		case can != StateCapturing:
			e.shut(p, can, nil, now)
		case found.Index != p.index: // deleted and made again between two looks
			e.shut(p, StateGone, nil, now)
		case err != nil:
			p.delay(now)
			e.shut(p, failureState(err), err, now)
		default:
			return
		}
	}
	switch {
	case can != StateCapturing:
		if p.state != can {
			e.set(func() { p.state, p.err = can, nil })
			e.tell(p)
		}
	case !p.unfit && !now.Before(p.retryAt):
		// The failure is in the port's state, with the time of the next try.
		_ = e.open(p, found, now)
	}
}

// finish ends all workers, the way that end says, and flushes every sink.
func (e *Engine) finish(end func(*worker)) {
	for _, p := range e.ports {
		p.quiet()
	}
	for _, p := range e.ports {
		for _, w := range p.workers {
			end(w)
		}
	}
	for _, p := range e.ports {
		e.reap(p)
		e.set(func() { p.endGap(time.Now()) })
	}
	for _, l := range e.lanes {
		l.mu.Lock()
		l.sink.EndBlock()
		l.mu.Unlock()
	}
}
