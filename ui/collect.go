package ui

import (
	"context"
	"sync"
	"time"

	"sockeye/capture"
	"sockeye/track"
	"sockeye/track/proc"
	"sockeye/ui/tab"
)

// batch is what the source said at one time.
type batch struct {
	snap       *track.Snapshot
	events     []track.Event // since the batch before, also of those that nobody took
	past       []track.Row
	interfaces []capture.InterfaceStatus
	links      []tab.Link
	sockets    []proc.Socket
	socketsErr error
	owners     proc.Stats
	neighbors  []track.Neighbor
	notes      []string
	self       tab.Self
	facts      tab.Facts
	took       time.Time
	panicked   error
}

// wants is what is worth fetching now.
type wants struct {
	every   time.Duration
	past    bool
	sockets bool
	hosts   bool
	groups  bool // needed, whatever they cost
}

// collector fetches batches. It waits for nobody: a batch that the loop has not taken is
// replaced by the next one, which has its events, too.
type collector struct {
	source tab.Source
	clock  func() time.Time
	notify chan struct{} // there is a batch
	hurry  chan struct{} // fetch one now

	mu    sync.Mutex
	wants wants
	ready *batch   // nobody has taken it
	free  []*batch // their memory is used again

	groupings []*track.Grouping
	flows     int // of the last batch
	usage     usage
}

// maxEvents is how many events wait for the loop. Beyond that they are left to the
// engine, which counts those that it has to drop.
const maxEvents = 20_000

// manyFlows is from how many flows on they are added up only for the tabs that show that:
// each grouping takes some 30 ms with 100,000 flows (track's BenchmarkSnapshotGroups).
const manyFlows = 50_000

// share is the part of its time that the collector works at the most, a quarter: on a slow
// machine with many flows, the picture comes less often than was asked for.
const share = 4

// groupings are what flows are added up by for the tabs.
var groupings = []track.GroupBy{
	track.GroupHost, track.GroupProcess, track.GroupContainer, track.GroupUser, track.GroupUnit, track.GroupPackage,
}

func newCollector(s tab.Source, clock func() time.Time) *collector {
	c := &collector{source: s, clock: clock, notify: make(chan struct{}, 1), hurry: make(chan struct{}, 1)}
	for _, by := range groupings {
		c.groupings = append(c.groupings, track.NewGrouping(by, nil))
	}
	return c
}

// run fetches batches until ctx ends: at first more often, since the first flows shall
// be seen at once.
func (c *collector) run(ctx context.Context) {
	const first = 100 * time.Millisecond
	timer := time.NewTimer(0)
	defer timer.Stop()
	wait := first
	for {
		select {
		case <-ctx.Done():
			return
		case <-timer.C:
		case <-c.hurry:
		}
		begun := time.Now()
		c.fetch()
		c.mu.Lock()
		every := c.wants.every
		c.mu.Unlock()
		wait = min(2*wait, every)
		timer.Reset(max(wait, (share-1)*time.Since(begun)))
	}
}

// want changes what is fetched. Something new is fetched at once.
func (c *collector) want(w wants) {
	c.mu.Lock()
	old := c.wants
	c.wants = w
	c.mu.Unlock()
	if w != old {
		c.now()
	}
}

// now has a batch fetched without waiting for its time.
func (c *collector) now() {
	select {
	case c.hurry <- struct{}{}:
	default:
	}
}

// fetch fills a batch and leaves it for the loop.
func (c *collector) fetch() {
	c.mu.Lock()
	b, w, waiting := c.take(), c.wants, 0
	if c.ready != nil {
		waiting = len(c.ready.events)
	}
	c.mu.Unlock()
	b.panicked = guarded(func() error {
		c.fill(b, w, waiting < maxEvents)
		return nil
	})
	c.mu.Lock()
	defer c.mu.Unlock()
	if old := c.ready; old != nil {
		b.events = append(old.events, b.events...)
		old.events = nil
		c.free = append(c.free, old)
	}
	c.ready = b
	select {
	case c.notify <- struct{}{}:
	default:
	}
}

// fill asks the source. It is the only place that does.
func (c *collector) fill(b *batch, w wants, events bool) {
	s := c.source
	if groups := w.groups || c.flows < manyFlows; !groups {
		b.snap.Groups = nil
	} else if b.snap.Groups == nil {
		b.snap.Groups = track.NewSnapshot(c.groupings...).Groups
	}
	s.Snapshot(b.snap)
	c.flows = len(b.snap.Flows)
	b.took = c.clock()
	clear(b.events)
	b.events = b.events[:0]
	if events {
		b.events = s.Events(b.events)
	}
	clear(b.past)
	b.past = b.past[:0]
	if w.past {
		b.past = s.Closed(b.past)
	}
	b.interfaces, b.links = s.Interfaces(), s.Links()
	b.owners, b.notes, b.facts = s.Owners(), s.Notes(), s.Facts()
	b.sockets, b.socketsErr = nil, nil
	if w.sockets {
		b.sockets, b.socketsErr = s.Sockets()
	}
	b.neighbors = b.neighbors[:0]
	if w.hosts {
		b.neighbors = s.Neighbors(b.neighbors)
	}
	b.self = c.usage.read(b.took, b.facts.Started)
}

// take returns a batch to be filled. c.mu is held.
func (c *collector) take() *batch {
	if n := len(c.free); n > 0 {
		b := c.free[n-1]
		c.free = c.free[:n-1]
		return b
	}
	return &batch{snap: track.NewSnapshot(c.groupings...)}
}

// receive returns the batch that waits, nil for none.
func (c *collector) receive() *batch {
	c.mu.Lock()
	defer c.mu.Unlock()
	b := c.ready
	c.ready = nil
	return b
}

// give returns the memory of a batch that is shown no more.
func (c *collector) give(b *batch) {
	if b == nil {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.free = append(c.free, b)
}
