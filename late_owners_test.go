package main

import (
	"context"
	"errors"
	"testing"
	"time"

	"sockeye/parse"
	"sockeye/track/proc"
)

// TestLateOwners asks before there is anybody to answer, and after.
func TestLateOwners(t *testing.T) {
	l := &lateOwners{opened: make(chan struct{})}
	l.Ask([]proc.Question{{Flow: 1}, {Flow: 2}})
	if got := l.Stats().Waiting; got != 2 {
		t.Errorf("got %d that wait, want 2", got)
	}
	var k parse.Key
	if o := l.Owner(proc.Found{}); !l.Wants(&k) || o.Reason != proc.Pending {
		t.Errorf("got a flow unwanted, or %q, before anybody can know", o.Reason)
	}
	ctx, cancel := context.WithCancel(t.Context())
	answers, ran := make(chan uint64, 3), make(chan error)
	go func() {
		ran <- l.Run(ctx, func(as []proc.Answer) {
			for i := range as {
				answers <- as[i].Flow
			}
		})
	}()
	l.open(func() (*owners, error) {
		found, err := proc.New(proc.Config{Mode: proc.NoneAtAll})
		return &owners{Attributor: found}, err
	})
	l.Ask([]proc.Question{{Flow: 3}})
	for want := uint64(1); want <= 3; want++ {
		if got := <-answers; got != want {
			t.Errorf("got an answer about flow %d, want %d", got, want)
		}
	}
	if l.Wants(&k) {
		t.Error("got a flow of others wanted, though nobody looks for owners")
	}
	cancel()
	if err := errors.Join(<-ran, l.Close()); err != nil {
		t.Error(err)
	}
}

// TestLateOwnersFail says why there are none.
func TestLateOwnersFail(t *testing.T) {
	l := &lateOwners{opened: make(chan struct{})}
	want := errors.New("no")
	l.open(func() (*owners, error) { return nil, want })
	if err := l.Run(t.Context(), nil); err != want {
		t.Errorf("got %v want %v", err, want)
	}
	if err := l.Close(); err != nil {
		t.Error(err)
	}
}

// TestLateOwnersNever ends before there is anybody.
func TestLateOwnersNever(t *testing.T) {
	l := &lateOwners{opened: make(chan struct{})}
	ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
	defer cancel()
	if err := l.Run(ctx, nil); err != nil {
		t.Errorf("got %v want none: nobody waits for the answers any more", err)
	}
}

// TestLateOwnersBound keeps no more questions than it says.
func TestLateOwnersBound(t *testing.T) {
	l := &lateOwners{opened: make(chan struct{})}
	l.Ask(make([]proc.Question, maxEarly-1))
	l.Ask(make([]proc.Question, 3))
	if got := l.Stats().Waiting; got != maxEarly {
		t.Errorf("got %d that wait, want %d", got, maxEarly)
	}
}
