package link

import (
	"context"
	"net/netip"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// quietTime is how long a Monitor waits between two lists, so that a storm of
// events (a thousand containers starting) costs 20 lists a second and no more.
const quietTime = 50 * time.Millisecond

// A Monitor keeps the current view of all interfaces. Its methods may be
// called from any goroutine.
type Monitor struct {
	sys  system
	view atomic.Pointer[[]Interface]

	mu          sync.Mutex // over a list, its publication and the calls to subscribers
	subscribers map[int]func([]Change)
	lastID      int
}

// NewMonitor lists the interfaces of the network namespace of the calling
// thread. The view follows their changes while Run runs. Close releases it.
func NewMonitor() (*Monitor, error) {
	sys, err := openSystem()
	if err != nil {
		return nil, err
	}
	m, err := newMonitor(sys)
	if err != nil {
		sys.close()
		return nil, err
	}
	return m, nil
}

func newMonitor(sys system) (*Monitor, error) {
	all, err := sys.list(true)
	if err != nil {
		return nil, err
	}
	m := &Monitor{sys: sys, subscribers: make(map[int]func([]Change))}
	m.view.Store(&all)
	return m, nil
}

// Close releases the sockets. Run must have returned; the last view stays.
func (m *Monitor) Close() error {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.sys.close()
}

// Interfaces returns the current view in the order of Index. The slice is
// shared and must not be changed.
func (m *Monitor) Interfaces() []Interface { return *m.view.Load() }

// Addrs returns the addresses of all interfaces, each once, in order: this
// machine's own.
func (m *Monitor) Addrs() []netip.Addr {
	var own []netip.Addr
	for _, i := range m.Interfaces() {
		for _, p := range i.Addrs {
			own = append(own, p.Addr())
		}
	}
	slices.SortFunc(own, netip.Addr.Compare)
	return slices.Compact(own)
}

// Subscribe has f called with every set of changes, once the view shows them,
// until cancel is called. f must not block and must not call Subscribe,
// Refresh or cancel.
func (m *Monitor) Subscribe(f func([]Change)) (cancel func()) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.lastID++
	id := m.lastID
	m.subscribers[id] = f
	return func() {
		m.mu.Lock()
		defer m.mu.Unlock()
		delete(m.subscribers, id)
	}
}

// Run keeps the view fresh until ctx is done; it may be called once. It returns
// nil then, and an error when the system stops telling of changes; the view then
// changes only by Refresh.
func (m *Monitor) Run(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	signal := make(chan struct{}, 1)
	changed := func() {
		select {
		case signal <- struct{}{}:
		default: // a list is due anyway
		}
	}
	ended := make(chan error, 1)
	go func() { ended <- m.sys.watch(ctx, changed) }()
	changed() // what happened between the first list and the watch

	for {
		select {
		case err := <-ended:
			return err
		case <-signal:
		}
		if m.refresh(true) != nil {
			changed() // an interrupted list: try again after the pause
		}
		select {
		case err := <-ended:
			return err
		case <-time.After(quietTime):
		}
	}
}

// Refresh reads the interfaces' states and counters again, which no event
// tells. Where it finds a change it reads all the rest too.
func (m *Monitor) Refresh() error { return m.refresh(false) }

func (m *Monitor) refresh(full bool) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	before := m.Interfaces()
	after, err := m.sys.list(full)
	if err != nil {
		return err
	}
	if !full {
		carryOver(before, after)
		if len(diff(before, after)) > 0 {
			if after, err = m.sys.list(true); err != nil {
				return err
			}
		}
	}
	changes := diff(before, after)
	m.view.Store(&after)
	if len(changes) == 0 {
		return nil
	}
	for _, f := range m.subscribers {
		f(changes)
	}
	return nil
}

// carryOver copies what a short list leaves out from the view before it.
func carryOver(before, after []Interface) {
	for i := range after {
		now := &after[i]
		was := find(before, now)
		if was == nil {
			continue
		}
		now.Kind, now.Addrs, now.DefaultRoute = was.Kind, was.Addrs, was.DefaultRoute
		now.Speed, now.Duplex = was.Speed, was.Duplex
	}
}

// ByIndex returns the interface with that index. One that is not in the view
// may be so new that its event is still on the way: then the system is asked.
func (m *Monitor) ByIndex(index int) (Interface, bool) {
	if i, ok := ByIndex(m.Interfaces(), index); ok {
		return i, true
	}
	if m.Refresh() != nil {
		return Interface{}, false
	}
	return ByIndex(m.Interfaces(), index)
}
