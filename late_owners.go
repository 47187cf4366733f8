package main

import (
	"context"
	"net/netip"
	"runtime/debug"
	"sync"
	"sync/atomic"

	"sockeye/parse"
	"sockeye/track/proc"
)

// maxEarly bounds the questions that wait for the owners to be there. Flows beyond it
// are not asked about: more than so many in some 50 ms are a flood.
const maxEarly = 1 << 14

// lateOwners are owners that may come later than the capture begins: to load eBPF takes
// some 50 ms, sometimes twice that, for which the first packets need not wait. They
// have the methods of owners.
type lateOwners struct {
	found  atomic.Pointer[owners] // nil until they are there
	opened chan struct{}          // closed then, or when they could not be opened
	failed error                  // why not; for those who saw opened closed

	mu    sync.Mutex
	early []proc.Question
}

// openLate returns what finds owners, nil where none shall be found, as open does. It
// returns before it is ready unless the user named one way to find them: then an error
// has to come before anything else does.
func (f *ownerFlags) openLate(local func(netip.Addr) bool, told *parse.Processes, notify func(proc.Notice)) (*lateOwners, error) {
	l := &lateOwners{opened: make(chan struct{})}
	if f.Attribution == proc.Auto.String() {
		go l.open(func() (*owners, error) { return f.open(local, told, notify) })
		return l, nil
	}
	found, err := f.open(local, told, notify)
	if found == nil {
		return nil, err
	}
	l.ready(found)
	return l, nil
}

// open waits for what open returns.
func (l *lateOwners) open(open func() (*owners, error)) {
	found, err := open()
	if err != nil {
		l.failed = err
		close(l.opened)
		return
	}
	l.ready(found)
	// The types of the kernel are not needed any more.
	debug.FreeOSMemory()
}

// ready takes the owners, and asks them what was asked so far.
func (l *lateOwners) ready(found *owners) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.early) > 0 {
		found.Ask(l.early)
		l.early = nil
	}
	l.found.Store(found)
	close(l.opened)
}

// Ask takes questions, as proc.Attributor does.
func (l *lateOwners) Ask(qs []proc.Question) {
	found := l.found.Load()
	if found == nil {
		l.mu.Lock()
		defer l.mu.Unlock()
		if found = l.found.Load(); found == nil {
			l.early = append(l.early, qs[:min(len(qs), maxEarly-len(l.early))]...)
			return
		}
	}
	found.Ask(qs)
}

// Wants reports whether a flow between others may have an owner here. As long as
// nobody knows that it may.
func (l *lateOwners) Wants(k *parse.Key) bool {
	found := l.found.Load()
	return found == nil || found.Wants(k)
}

// Owner puts an answer into words.
func (l *lateOwners) Owner(f proc.Found) proc.Owner {
	if found := l.found.Load(); found != nil {
		return found.Owner(f)
	}
	return proc.Owner{Reason: proc.Pending} // there are no answers yet
}

// Stats returns counts since the start.
func (l *lateOwners) Stats() proc.Stats {
	if found := l.found.Load(); found != nil {
		return found.Stats()
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	return proc.Stats{Waiting: uint64(len(l.early))}
}

// Sockets lists the sockets of this machine, none as long as nobody can.
func (l *lateOwners) Sockets() ([]proc.Socket, error) {
	if found := l.found.Load(); found != nil {
		return found.Sockets()
	}
	return nil, nil
}

// Run answers questions until ctx is done.
func (l *lateOwners) Run(ctx context.Context, answers proc.Answers) error {
	select {
	case <-ctx.Done():
		return nil
	case <-l.opened:
	}
	if found := l.found.Load(); found != nil {
		return found.Run(ctx, answers)
	}
	return l.failed
}

// Close waits until all is open, and lets go of it.
func (l *lateOwners) Close() error {
	<-l.opened
	if found := l.found.Load(); found != nil {
		return found.Close()
	}
	return nil
}
