package capture

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"sockeye/capture/link"
	"sockeye/parse"
)

// fakeLinks is a view that a test sets.
type fakeLinks struct {
	mu          sync.Mutex
	view        []link.Interface
	subscribers []func([]link.Change)
	next        []link.Interface // what Refresh finds; nil for no change
}

func (f *fakeLinks) Interfaces() []link.Interface {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.view
}

func (f *fakeLinks) ByIndex(index int) (link.Interface, bool) {
	return link.ByIndex(f.Interfaces(), index)
}

func (f *fakeLinks) Refresh() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.next != nil {
		f.view, f.next = f.next, nil
	}
	return nil
}

func (f *fakeLinks) Subscribe(s func([]link.Change)) (cancel func()) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.subscribers = append(f.subscribers, s)
	return func() {}
}

// set changes the view and tells of it.
func (f *fakeLinks) set(view ...link.Interface) {
	f.mu.Lock()
	f.view = view
	subscribers := slices.Clone(f.subscribers)
	f.mu.Unlock()
	for _, s := range subscribers {
		s(nil)
	}
}

// later changes what the next Refresh finds, without an event.
func (f *fakeLinks) later(view ...link.Interface) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.next = view
}

// ether returns an interface that is up.
func ether(name string, index int) link.Interface {
	return link.Interface{Name: name, Index: index, Type: link.TypeEther, Kind: "ethernet", Link: parse.LinkEthernet, Up: true}
}

// carrying returns an interface that is up and has carried packets.
func carrying(name string, index int) link.Interface {
	i := ether(name, index)
	i.RxPackets = 1
	return i
}

// fakeSource delivers the blocks that a test gives it.
type fakeSource struct {
	slot   uint16
	blocks chan []parse.Packet
	errs   chan error
	woken  chan struct{}
	rest   []parse.Packet

	received, dropped atomic.Uint64
	polls             atomic.Uint64
	quiet             atomic.Bool // nothing more comes
	beside            *fakeSource // which would get what comes to this one, once it is closed
	passedOn          atomic.Bool // it did
	closed            chan struct{}
	released          atomic.Bool // read after Close: nothing is lent out any more
	closing           sync.Once
}

func newFakeSource(slot uint16) *fakeSource {
	return &fakeSource{
		slot: slot, blocks: make(chan []parse.Packet, 100), errs: make(chan error, 10),
		woken: make(chan struct{}, 1), closed: make(chan struct{}),
	}
}

// block returns n packets of 100 bytes.
func (f *fakeSource) block(n int, hints ...parse.Hint) []parse.Packet {
	ps := make([]parse.Packet, n)
	for i := range ps {
		ps[i] = parse.Packet{WireLen: 100, Iface: f.slot}
		if len(hints) > 0 {
			ps[i].Hint = hints[i%len(hints)]
		}
	}
	return ps
}

// push has the kernel receive and hand over a block.
func (f *fakeSource) push(ps []parse.Packet) {
	f.received.Add(uint64(len(ps)))
	f.blocks <- ps
}

func (f *fakeSource) Read(ps []parse.Packet) (n int, more bool, err error) {
	if f.isClosed() {
		f.released.Store(true)
		return 0, false, ErrClosed
	}
	if len(f.rest) == 0 {
		select {
		case f.rest = <-f.blocks: // before an error
		default:
			select {
			case f.rest = <-f.blocks:
			case err := <-f.errs:
				return 0, false, err
			case <-f.woken:
				return 0, false, nil
			case <-f.closed:
				return 0, false, ErrClosed
			case <-time.After(250 * time.Millisecond):
				return 0, false, nil
			}
		}
	}
	n = copy(ps, f.rest)
	f.rest = f.rest[n:]
	return n, len(f.rest) > 0, nil
}

func (f *fakeSource) Wake() {
	select {
	case f.woken <- struct{}{}:
	default:
	}
}

func (f *fakeSource) Quiet() error {
	f.quiet.Store(true)
	return nil
}

func (f *fakeSource) Stats() (Stats, error) {
	f.polls.Add(1)
	return Stats{Received: f.received.Load(), Dropped: f.dropped.Load()}, nil
}

func (f *fakeSource) Close() error {
	f.closing.Do(func() { close(f.closed) })
	f.passedOn.Store(f.beside != nil && !f.beside.quiet.Load())
	return nil
}

// isReleased reports whether the engine has closed the source and given its
// packets back.
func (f *fakeSource) isReleased() bool { return f.released.Load() }

// isClosed reports whether the engine has closed the source.
func (f *fakeSource) isClosed() bool {
	select {
	case <-f.closed:
		return true
	default:
		return false
	}
}

// fakeSink counts, and notices when two workers mix their blocks.
type fakeSink struct {
	mu      sync.Mutex
	packets uint64
	bytes   uint64
	blocks  int // that had packets
	inBlock bool
	iface   uint16
	mixed   bool
}

func (s *fakeSink) Packets(ps []parse.Packet) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.packets += uint64(len(ps))
	for i := range ps {
		s.bytes += uint64(ps[i].WireLen)
		if s.inBlock && s.iface != ps[i].Iface {
			s.mixed = true
		}
		s.inBlock, s.iface = true, ps[i].Iface
	}
}

func (s *fakeSink) EndBlock() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.inBlock {
		s.blocks++
	}
	s.inBlock = false
}

func (s *fakeSink) count() uint64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.packets
}

// rig is an engine with everything around it faked, inside a synctest bubble.
type rig struct {
	t     *testing.T
	links *fakeLinks
	e     *Engine
	sinks []*fakeSink

	mu      sync.Mutex
	fail    error // what the opener returns
	opened  []Target
	sources map[string][]*fakeSource // of the last opening, by name
	tries   []time.Duration          // when the opener was called, since the start
	notices []string

	begun  time.Time
	cancel context.CancelFunc
	ended  chan error
}

func newRig(t *testing.T, cfg Config, view ...link.Interface) *rig {
	t.Helper()
	r := &rig{
		t: t, links: &fakeLinks{view: view}, sources: make(map[string][]*fakeSource),
		begun: time.Now(), ended: make(chan error, 1),
	}
	if cfg.Options.Queues == 0 {
		cfg.Options.Queues = 1
	}
	cfg.Links, cfg.Open = r.links, r.open
	cfg.Sink = func(queue int) Sink {
		if queue != len(r.sinks) {
			t.Errorf("Sink(%d): want each index once, in order", queue)
		}
		r.sinks = append(r.sinks, new(fakeSink))
		return r.sinks[queue]
	}
	cfg.Notify = func(n Notice) {
		r.mu.Lock()
		defer r.mu.Unlock()
		r.notices = append(r.notices, n.String())
	}
	var err error
	if r.e, err = NewEngine(cfg); err != nil {
		t.Fatal(err)
	}
	return r
}

func (r *rig) open(t Target, o Options) ([]Source, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.tries = append(r.tries, time.Since(r.begun))
	if r.fail != nil {
		return nil, r.fail
	}
	r.opened = append(r.opened, t)
	slot := uint16(0)
	if !t.Any {
		slot, _ = t.Slot(t.Index)
	}
	r.sources[t.Name] = nil
	var out []Source
	for range t.Queues {
		s := newFakeSource(slot)
		r.sources[t.Name] = append(r.sources[t.Name], s)
		out = append(out, s)
	}
	return out, nil
}

// start runs the engine and waits until it has nothing more to do.
func (r *rig) start() {
	ctx, cancel := context.WithCancel(r.t.Context())
	r.cancel = cancel
	go func() { r.ended <- r.e.Run(ctx) }()
	synctest.Wait()
}

// stop ends the run and returns how long that took.
func (r *rig) stop() time.Duration {
	r.t.Helper()
	before := time.Now()
	r.cancel()
	if err := <-r.ended; err != nil {
		r.t.Errorf("Run: %v", err)
	}
	return time.Since(before)
}

func (r *rig) setFail(err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.fail = err
}

// source returns the first source of the last opening of an interface.
func (r *rig) source(name string) *fakeSource {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.sources[name][0]
}

// told returns the notices since the last call.
func (r *rig) told() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	n := r.notices
	r.notices = nil
	return n
}

// attempts returns when the opener was called since the last call of attempts.
func (r *rig) attempts() []time.Duration {
	r.mu.Lock()
	defer r.mu.Unlock()
	t := r.tries
	r.tries = nil
	return t
}

// status returns what the engine says of an interface.
func (r *rig) status(name string) InterfaceStatus {
	r.t.Helper()
	for _, s := range r.e.Interfaces() {
		if s.Name == name {
			return s
		}
	}
	r.t.Fatalf("no status of %s", name)
	return InterfaceStatus{}
}

// names returns "slot name state" of every interface.
func (r *rig) names() []string {
	var out []string
	for _, s := range r.e.Interfaces() {
		out = append(out, fmt.Sprintf("%d %s %s", s.Slot, s.Name, s.State))
	}
	return out
}

// addsUp checks the sum that InterfaceStatus promises.
func (r *rig) addsUp() {
	r.t.Helper()
	for _, s := range r.e.Interfaces() {
		if sum := s.Stats.Dropped + s.Packets + s.Excluded + s.Unread; s.Through == "" && sum != s.Stats.Received {
			r.t.Errorf("%s: received %d, but dropped %d + packets %d + excluded %d + unread %d = %d", s.Name,
				s.Stats.Received, s.Stats.Dropped, s.Packets, s.Excluded, s.Unread, sum)
		}
	}
}
