package main

import (
	"sync"
	"sync/atomic"

	"sockeye/track/names"
)

// reverser asks the network for names of addresses while it is switched on. The zero
// value is off. Its methods may be called from any goroutine.
type reverser struct {
	mu  sync.Mutex // one switch at a time
	now atomic.Pointer[names.Reverse]
}

// Set switches it on or off; what was found is forgotten with that.
func (r *reverser) Set(on bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	old := r.now.Load()
	switch {
	case on && old == nil:
		r.now.Store(names.NewReverse(names.ReverseOptions{}))
	case !on && old != nil:
		r.now.Store(nil)
		old.Close()
	}
}

// Now returns what answers at the moment, nil while it is off: that knows no names.
func (r *reverser) Now() *names.Reverse { return r.now.Load() }

// Own reports whether a local port is one of which it asks.
func (r *reverser) Own(port uint16) bool { return r.now.Load().Own(port) }
