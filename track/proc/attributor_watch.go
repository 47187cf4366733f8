package proc

import (
	"context"
	"fmt"
	"time"
)

// keepHouseEvery is how often what is no longer needed is dropped.
const keepHouseEvery = time.Second

// assemble makes an Attributor of its sources.
func assemble(cfg Config, from sources) *Attributor {
	a := &Attributor{
		cfg: cfg, queue: newQueue(), tally: new(tally), weak: newWeakAnswers(),
		relist: make(chan struct{}, 1), nat: from.nat,
		reach: newReach(from.ownSpace, from.spaces),
	}
	if cfg.Mode != Auto {
		cfg.Told = nil
	} else if cfg.Told != nil {
		from.states = append(from.states, SourceState{Source: FromPKTAP, Usable: true})
	}
	a.notes.begin(cfg.Notify, from.states)
	watches := a.watches()
	a.people = newPeople(from.facts, from.files, watches)
	a.people.packets = cfg.Told
	if watches || from.own != nil {
		a.watched = newWatched(cfg.Sockets, a.people.registry)
	}
	if from.own != nil {
		a.rung = newTableRung(&from, a.reach, a.people, &a.notes)
		if watches {
			a.rung.watcher = cfg.Watcher
		} else if from.facts != nil {
			a.sampler = newSampler(a)
			a.rung.sampler = a.sampler
		}
	}
	return a
}

// watches reports whether a Watcher is to be listened to.
func (a *Attributor) watches() bool {
	return a.cfg.Watcher != nil && (a.cfg.Mode == Auto || a.cfg.Mode == OnlyEBPF)
}

// answerer makes what Run answers with.
func (a *Attributor) answerer(send Answers) *answerer {
	return &answerer{
		ladder: &ladder{
			people: a.people, watched: a.watched, reach: a.reach, tables: a.rung, nat: a.nat,
			local: a.cfg.Local, blind: &a.blind, relist: a.relist, notes: &a.notes, sees: a.sees(),
		},
		queue: a.queue, tally: a.tally, weak: a.weak, send: send,
		inHand: &a.open, off: a.cfg.Mode == NoneAtAll,
	}
}

// sees is the source that what is watched comes from.
func (a *Attributor) sees() Source {
	if a.watches() {
		return FromEBPF
	}
	return a.socketSource()
}

// watch takes the Watcher's events until it is closed. Where it fails, its place is
// taken by the socket tables.
func (a *Attributor) watch(ctx context.Context) {
	var refs []Ref
	err := a.cfg.Watcher.Run(func(es []Event) { refs = a.take(es, refs[:0]) })
	if ctx.Err() != nil {
		return
	}
	a.blind.Store(true)
	a.people.events.Store(false)
	a.watched.closeAll(time.Now().UnixNano(), nil)
	text := "owners without eBPF from now on: its events ended"
	if err != nil {
		text = fmt.Sprintf("owners without eBPF from now on: %v", err)
	}
	a.notes.lost(FromEBPF, text, hintOf(err))
}

// take takes a batch of events; refs is room for the processes of them.
func (a *Attributor) take(es []Event, refs []Ref) []Ref {
	for i := range es {
		e := &es[i]
		var ref Ref
		switch e.Kind {
		case ProcessBegan:
			a.people.began(e)
		case ProcessEnded:
			a.people.end(e.Process)
		default:
			ref = a.people.meet(e)
			a.reach.learn(e)
		}
		refs = append(refs, ref)
	}
	better := false
	a.watched.mu.Lock()
	for i := range es {
		if at, ok := a.watched.apply(&es[i], refs[i]); ok {
			better = a.weak.better(at) || better
		}
	}
	a.watched.mu.Unlock()
	if better || a.open.Load() > 0 {
		a.queue.rouse()
	}
	return refs
}

// keepHouse drops what is no longer needed, and lists the network namespaces when
// somebody asks for it.
func (a *Attributor) keepHouse(ctx context.Context) {
	a.reach.refresh(time.Now())
	tick := time.NewTicker(keepHouseEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case now := <-tick.C:
			if a.watched != nil {
				a.watched.sweep(now.UnixNano())
			}
			a.weak.sweep(now)
			a.tellLosses()
			a.missClosed()
			if a.reach.stale(now) {
				a.reach.refresh(now)
			}
		case <-a.relist:
			a.reach.refresh(time.Now())
		}
	}
}

// closeWatcher ends the Watcher's Run.
func (a *Attributor) closeWatcher() error {
	a.unwatch.Do(func() {
		if a.cfg.Watcher != nil {
			a.unwatched = a.cfg.Watcher.Close()
		}
	})
	return a.unwatched
}
