package main

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"sockeye/capture"
	"sockeye/export"
	"sockeye/track"
)

// eventEvery is how often events are asked for on a live capture; on a file it is
// in its own time, or after so many packets.
const (
	eventEvery     = 100 * time.Millisecond
	fileEventEvery = time.Second
	eventPackets   = 4096
)

// teller tells of flows: the table of a file, or of a live capture.
type teller interface {
	Events(to []track.Event, now int64, final bool) []track.Event
}

// eventLines writes what a table tells of its flows, for --json-events.
type eventLines struct {
	table  teller
	build  export.Events
	enc    *export.Encoder
	choice *choice
	events []track.Event // memory for the next ones
}

func newEventLines(t teller, n export.Names, c *choice) *eventLines {
	return &eventLines{table: t, build: export.Events{Names: n}, enc: export.NewEncoder(), choice: c}
}

// lines appends what has happened up to a time. At the end it appends a part of
// the flows that are left with each call, and nothing when all are told of.
func (l *eventLines) lines(b []byte, all []capture.InterfaceStatus, now int64, final bool) []byte {
	l.build.Interfaces(all)
	l.events = l.table.Events(l.events[:0], now, final)
	for i := range l.events {
		if !l.choice.tell(&l.events[i], all) {
			continue
		}
		with, err := l.enc.AppendEvent(b, l.build.Event(&l.events[i]))
		if err != nil {
			slog.Error("event left out", "error", err)
			continue
		}
		b = with
	}
	clear(l.events)
	return b
}

// end returns the last line, from the final record.
func (l *eventLines) end(r *export.Record) *export.Event {
	e := l.build.End(r)
	e.Unmatched = l.choice.left
	return e
}

// events writes events until ctx is done, the engine has ended, time is up, or
// the reader is gone. While a reader is behind they wait in the table, which
// counts what it has no room for.
func (r *liveRun) events(ctx context.Context, ended <-chan struct{}) {
	ticker := time.NewTicker(eventEvery)
	defer ticker.Stop()
	var timeUp <-chan time.Time
	if limit := time.Duration(r.cmd.Seconds); limit > 0 {
		timeUp = time.After(limit)
	}
	for r.ticks(ctx, ended, timeUp, ticker.C) {
		if b, ok := r.out.room(); ok {
			all, now := r.engine.Interfaces(), time.Now()
			b = r.lines.lines(b, all, now.Add(-lag).UnixNano(), false)
			r.out.send(r.alerts.lines(b, r.lines, r.table, all, now))
		}
	}
}

// lastEvents tells the end of all flows and of the run, once the engine has
// ended. It waits for a reader who is behind until ctx is done.
func (r *liveRun) lastEvents(ctx context.Context, stopped time.Time) error {
	now := stopped.UnixNano()
	r.table.Snapshot(r.snapshot, track.Request{Now: now, Top: 1, Final: true})
	all := r.engine.Interfaces()
	for {
		b, ok := r.out.wait(ctx)
		if !ok {
			return errStalled
		}
		n := len(b)
		if b = r.lines.lines(b, all, now, true); len(b) > n {
			r.out.send(b)
			continue
		}
		from := export.Capture{Source: export.Source{Kind: "live"}, Interfaces: all, Owners: r.ownerStats()}
		b, err := r.lines.enc.AppendEvent(b, r.lines.end(r.builder.Build(r.snapshot, from, true)))
		r.out.send(b)
		return err
	}
}

// fileEvents writes the events of a file.
type fileEvents struct {
	*eventLines
	run  *fileRun
	stop context.CancelFunc // ends the reading after a failure
	line []byte             // memory for the next lines
	err  error              // the first failure
}

// cut writes what has happened up to a time in the file.
func (e *fileEvents) cut(now int64) { e.write(now, false) }

// write writes the next events and reports whether there were any.
func (e *fileEvents) write(now int64, final bool) bool {
	e.line = e.lines(e.line[:0], e.run.engine.Interfaces(), now, final)
	return len(e.line) > 0 && e.out()
}

// out writes what is in line and reports whether that worked.
func (e *fileEvents) out() bool {
	if e.err == nil {
		if _, e.err = e.run.app.stdout.Write(e.line); e.err != nil {
			e.stop()
		}
	}
	return e.err == nil
}

// finish tells the end of all flows and of the file.
func (e *fileEvents) finish(now int64) error {
	s := track.NewSnapshot()
	e.run.table.Snapshot(s, track.Request{Now: now, Top: 1, Final: true})
	for e.write(now, true) {
	}
	var b export.Builder
	from := export.Capture{Source: export.Source{Kind: "file", File: e.run.cmd.File}, Interfaces: e.run.engine.Interfaces()}
	line, err := e.enc.AppendEvent(e.line[:0], e.end(b.Build(s, from, true)))
	if err == nil {
		e.line = line
		e.out()
	}
	return errors.Join(err, writeError(e.err))
}
