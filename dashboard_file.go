package main

import (
	"context"
	"errors"
	"runtime/debug"
	"strings"
	"time"

	"sockeye/capture"
	"sockeye/export"
	"sockeye/track"
	"sockeye/track/proc"
	"sockeye/ui/tab"
)

// fileSource is a capture file as the dashboard's source.
type fileSource struct {
	*filePlayer
	names *shownNames
	facts tab.Facts
}

// play shows a file in the dashboard. It is read to its end at first, as fast as can be.
func (c *readCmd) play(a *app, file *capture.File, wanted *capture.Filter, tables export.Names) error {
	recorded := proc.NewRecorded(file.Processes())
	table, err := newCounting(track.Config{
		Owners: recorded, Told: recorded.Told, MaxFlows: int(c.MaxFlows), Boundary: c.boundary(),
		ShowLoopback: c.ShowLocalhost, Inspect: !c.NoDPI, Events: true,
	})
	if err != nil {
		return errors.Join(err, file.Close())
	}
	defer table.Close()
	s := &fileSource{names: newShownNames(tables, nil), filePlayer: &filePlayer{
		open: func() (*capture.File, error) { return capture.OpenFile(c.File) },
		conf: capture.Config{
			Count:   uint64(c.Count),
			Options: capture.Options{Decap: c.Decap, Direction: capture.Direction(c.Direction), Filter: wanted},
		},
		table: table, sink: table.Sink(0), on: true, changed: make(chan struct{}),
	}}
	info, _ := debug.ReadBuildInfo()
	s.facts = tab.Facts{
		Kind: tab.File, Name: c.File, Version: versionOf(info), Build: buildOf(info), Started: time.Now(),
		Filter: strings.TrimSpace(c.Filter), Rights: rightsText(), ConfigAt: a.config,
	}
	for _, p := range c.boundary() {
		s.facts.Boundary = append(s.facts.Boundary, p.String())
	}
	return s.show(a, file, &c.outputFlags)
}

// show opens the screen once there is something to see, or a moment has passed: of what
// cannot be read at all it is told without one.
func (s *fileSource) show(a *app, file *capture.File, o *outputFlags) error {
	ctx, release := interrupts(a.rescue)
	defer release()
	reading, stop := context.WithCancel(ctx)
	done := make(chan struct{})
	go func() {
		defer close(done)
		s.run(reading, file)
	}()
	defer func() {
		stop()
		<-done
	}()
	const patience = 500 * time.Millisecond
	if err := s.awaitFirst(patience); isFilterError(err) {
		return err
	}
	if err := a.dashboard(ctx, s, o); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.err
}

// awaitFirst waits for the first packet, or the end, and returns what is wrong by then.
func (s *fileSource) awaitFirst(patience time.Duration) error {
	late := time.After(patience)
	for {
		s.mu.Lock()
		there, err, changed := s.begun || s.ended, s.err, s.changed
		s.mu.Unlock()
		if there {
			return err
		}
		select {
		case <-late:
			return nil
		case <-changed:
		}
	}
}

// request asks for all flows up to where the player is.
func (s *fileSource) request() track.Request {
	s.mu.Lock()
	defer s.mu.Unlock()
	return track.Request{Now: s.at(time.Now()), Final: s.ended && !s.again}
}

// Facts implements tab.Source.
func (s *fileSource) Facts() tab.Facts { return s.facts }

// Snapshot implements tab.Source.
func (s *fileSource) Snapshot(to *track.Snapshot) { s.table.Snapshot(to, s.request()) }

// Interfaces implements tab.Source.
func (s *fileSource) Interfaces() []capture.InterfaceStatus {
	s.mu.Lock()
	engine := s.engine
	s.mu.Unlock()
	if engine == nil {
		return nil
	}
	all := engine.Interfaces()
	s.names.interfaces(all)
	return all
}

// Recent implements tab.Source.
func (s *fileSource) Recent(to []tab.Spark, ids []uint64) []tab.Spark {
	return s.table.Recent(to, ids, s.request())
}

// Closed implements tab.Source.
func (s *fileSource) Closed(to []track.Row) []track.Row { return s.table.History(to) }

// Events implements tab.Source.
func (s *fileSource) Events(to []track.Event) []track.Event {
	return s.table.Events(to, s.request().Now, false)
}

// Sockets implements tab.Source: a file has none.
func (s *fileSource) Sockets() ([]proc.Socket, error) { return nil, nil }

// Owners implements tab.Source: nobody looks for them.
func (s *fileSource) Owners() proc.Stats { return proc.Stats{} }

// Neighbors implements tab.Source.
func (s *fileSource) Neighbors(to []track.Neighbor) []track.Neighbor { return s.table.Neighbors(to) }

// Links implements tab.Source: they were another machine's.
func (s *fileSource) Links() []tab.Link { return nil }

// Notes implements tab.Source.
func (s *fileSource) Notes() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.err != nil {
		return []string{oneLine(s.err.Error())}
	}
	return nil
}

// Naming implements tab.Source.
func (s *fileSource) Naming() tab.Naming { return s.names }
