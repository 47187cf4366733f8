package main

import (
	"slices"
	"sync"
	"time"

	"sockeye/track/proc"
)

const (
	// socketsEvery is how often the sockets are listed at most: to read the owners of
	// some thousands takes tens of milliseconds.
	socketsEvery = 2 * time.Second

	// maxListed bounds the list. Those that listen come first.
	maxListed = 20_000

	// firstList is how long the first list is waited for.
	firstList = 300 * time.Millisecond
)

// socketList lists sockets on a goroutine of its own, so that a picture need not wait
// for them.
type socketList struct {
	list func() ([]proc.Socket, error)

	mu      sync.Mutex
	all     []proc.Socket
	err     error
	at      time.Time     // when all was listed
	running chan struct{} // closed when the list under way is there; nil while there is none
	closed  bool
}

// get returns the last list. It begins another one if that is old, and waits only for
// the first.
func (l *socketList) get() ([]proc.Socket, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.running == nil && !l.closed && time.Since(l.at) >= socketsEvery {
		l.running = make(chan struct{})
		go l.run()
	}
	if l.at.IsZero() && l.running != nil {
		ready := l.running
		l.mu.Unlock()
		select {
		case <-ready:
		case <-time.After(firstList):
		}
		l.mu.Lock()
	}
	return l.all, l.err
}

// run makes a list.
func (l *socketList) run() {
	all, err := l.list()
	slices.SortStableFunc(all, compareSockets)
	all = all[:min(len(all), maxListed)]
	l.mu.Lock()
	defer l.mu.Unlock()
	l.all, l.err, l.at = all, err, time.Now()
	close(l.running)
	l.running = nil
}

// close waits for the list under way, and begins no other.
func (l *socketList) close() {
	l.mu.Lock()
	l.closed = true
	ready := l.running
	l.mu.Unlock()
	if ready != nil {
		<-ready
	}
}
