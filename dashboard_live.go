package main

import (
	"context"
	"errors"
	"runtime/debug"
	"strings"
	"sync"
	"time"

	"sockeye/capture"
	"sockeye/capture/link"
	"sockeye/track"
	"sockeye/track/proc"
	"sockeye/ui/tab"
)

// liveSource is a live capture as the dashboard's source and control.
type liveSource struct {
	run     *liveRun
	names   *shownNames
	sockets socketList

	mu    sync.Mutex
	facts tab.Facts
	// refreshed is when the machine's interfaces were looked at last.
	refreshed time.Time
}

// engineTime bounds how long a change of the capture may take.
const engineTime = 5 * time.Second

func newLiveSource(r *liveRun) *liveSource {
	s := &liveSource{run: r, names: newShownNames(r.builder.Names, &r.reverse)}
	s.sockets.list = r.listSockets
	info, _ := debug.ReadBuildInfo()
	s.facts = tab.Facts{
		Kind: r.kind(), Version: versionOf(info), Build: buildOf(info), Started: r.started,
		Filter: strings.TrimSpace(r.cmd.Filter), Rights: rightsText(), ConfigAt: r.app.config,
		Reverse: r.reverse.Now() != nil, Resolving: true,
	}
	for _, p := range r.cmd.boundary() {
		s.facts.Boundary = append(s.facts.Boundary, p.String())
	}
	return s
}

// close waits for what is under way.
func (s *liveSource) close() { s.sockets.close() }

// Facts implements tab.Source.
func (s *liveSource) Facts() tab.Facts {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.facts
}

// set changes the facts.
func (s *liveSource) set(change func(*tab.Facts)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	change(&s.facts)
}

// Snapshot implements tab.Source.
func (s *liveSource) Snapshot(to *track.Snapshot) {
	s.run.garbage.adapt()
	s.run.table.Snapshot(to, liveRequest())
}

// liveRequest asks for all flows up to now.
func liveRequest() track.Request { return track.Request{Now: time.Now().UnixNano(), Lag: lag} }

// Interfaces implements tab.Source.
func (s *liveSource) Interfaces() []capture.InterfaceStatus {
	all := s.run.engine.Interfaces()
	s.names.interfaces(all)
	return all
}

// Recent implements tab.Source.
func (s *liveSource) Recent(to []tab.Spark, ids []uint64) []tab.Spark {
	return s.run.table.Recent(to, ids, liveRequest())
}

// Closed implements tab.Source.
func (s *liveSource) Closed(to []track.Row) []track.Row { return s.run.table.History(to) }

// Events implements tab.Source.
func (s *liveSource) Events(to []track.Event) []track.Event {
	return s.run.table.Events(to, time.Now().Add(-lag).UnixNano(), false)
}

// Sockets implements tab.Source.
func (s *liveSource) Sockets() ([]proc.Socket, error) { return s.sockets.get() }

// Owners implements tab.Source.
func (s *liveSource) Owners() proc.Stats {
	if s.run.owners == nil {
		return proc.Stats{}
	}
	return s.run.owners.Stats()
}

// Neighbors implements tab.Source.
func (s *liveSource) Neighbors(to []track.Neighbor) []track.Neighbor {
	return s.run.table.Neighbors(to)
}

// Links implements tab.Source.
func (s *liveSource) Links() []tab.Link {
	s.mu.Lock()
	if now := time.Now(); now.Sub(s.refreshed) >= time.Second {
		s.refreshed = now
		_ = s.run.monitor.Refresh() // the old counters do until the next time
	}
	s.mu.Unlock()
	return linksOf(s.run.monitor.Interfaces())
}

// linksOf returns interfaces with their counters.
func linksOf(all []link.Interface) []tab.Link {
	links := make([]tab.Link, len(all))
	for i, l := range all {
		links[i] = tab.Link{
			Interface: l, Known: true,
			Received: tab.LinkCount{Bytes: l.RxBytes, Packets: l.RxPackets, Errors: l.RxErrors, Dropped: l.RxDropped},
			Sent:     tab.LinkCount{Bytes: l.TxBytes, Packets: l.TxPackets, Errors: l.TxErrors, Dropped: l.TxDropped},
		}
	}
	return links
}

// Notes implements tab.Source.
func (s *liveSource) Notes() []string { return s.run.notes.texts() }

// Naming implements tab.Source.
func (s *liveSource) Naming() tab.Naming { return s.names }

// CheckFilter implements tab.Control.
func (s *liveSource) CheckFilter(expr string) error {
	_, err := liveFilter(expr)
	return err
}

// liveFilter reads an expression; nil stands for none.
func liveFilter(expr string) (*capture.Filter, error) {
	if strings.TrimSpace(expr) == "" {
		return nil, nil
	}
	return capture.NewFilter(expr)
}

// SetFilter implements tab.Control.
func (s *liveSource) SetFilter(expr string) error {
	f, err := liveFilter(expr)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.Background(), engineTime)
	defer cancel()
	if err := s.run.engine.SetFilter(ctx, f); err != nil {
		return err
	}
	s.set(func(to *tab.Facts) { to.Filter = strings.TrimSpace(expr) })
	return nil
}

// SetInterfaces implements tab.Control. Who chooses a loopback interface wants rows of
// its traffic: where there were none, counting begins anew.
func (s *liveSource) SetInterfaces(names []string) error {
	ctx, cancel := context.WithTimeout(context.Background(), engineTime)
	defer cancel()
	if err := s.run.engine.SetInterfaces(ctx, names); err != nil {
		return err
	}
	for _, name := range names {
		if i, ok := link.ByName(s.run.monitor.Interfaces(), name); ok && i.Loopback && !s.run.table.showsLoopback() {
			return s.run.table.showLoopback(time.Now().UnixNano())
		}
	}
	return nil
}

// SetResolve implements tab.Control.
func (s *liveSource) SetResolve(on bool) {
	s.run.reverse.Set(on)
	s.set(func(to *tab.Facts) { to.Reverse = on })
}

// Clear implements tab.Control.
func (s *liveSource) Clear() error { return s.run.table.Clear(time.Now().UnixNano()) }

// errNoOwners says that sockets cannot be listed.
var errNoOwners = errors.New("list sockets: attribution is off")

// listSockets returns the sockets of this machine in the order of sockeye sockets.
func (r *liveRun) listSockets() ([]proc.Socket, error) {
	if r.owners == nil {
		return nil, errNoOwners
	}
	return r.owners.Sockets()
}
