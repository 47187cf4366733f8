package main

import (
	"context"
	"log/slog"
	"time"

	"sockeye/track/proc"
)

// answer has the questions of the table answered until stop is called.
func (r *liveRun) answer() (stop func()) {
	if r.owners == nil {
		return func() {}
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		if err := r.owners.Run(ctx, r.table.Answer); err != nil {
			slog.Warn("owners are not found any more", "error", err)
			r.ownerNotice(proc.Notice{Text: "owners are not found any more: " + err.Error()})
		}
	}()
	return func() {
		cancel()
		<-done
	}
}

// settle waits a little for the owners of flows that came last. It looks twice: flows
// that have just been taken out of the queue are in no count.
func (r *liveRun) settle() {
	if r.owners == nil {
		return
	}
	const patience, pause = time.Second, 10 * time.Millisecond
	calm := 0
	for end := time.Now().Add(patience); calm < 2 && time.Now().Before(end); time.Sleep(pause) {
		if calm++; r.owners.Stats().Waiting > 0 {
			calm = 0
		}
	}
}

// ownerStats returns what the search for owners has come to, nil where there is none.
func (r *liveRun) ownerStats() *proc.Stats {
	if r.owners == nil {
		return nil
	}
	return new(r.owners.Stats())
}

// ownerNotice tells of a source of owners that cannot be used.
func (r *liveRun) ownerNotice(n proc.Notice) {
	slog.Info(n.Text, "hint", n.Hint)
	r.notes.add(n)
}

// tellNotes tells of notices from now on. A screen shows them below its table.
func (r *liveRun) tellNotes() {
	if !r.onScreen() {
		r.notes.begin(r.app.notice)
	}
}

// closeOwners ends the search. Nothing is asked any more.
func (r *liveRun) closeOwners() {
	if r.owners != nil {
		_ = r.owners.Close() // nothing was written
	}
}
