package proc

import (
	"context"
	"errors"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"sockeye/parse"
)

// Config is how an Attributor is set up.
type Config struct {
	Mode    Mode
	Watcher Watcher                    // nil where there is none; the Attributor closes it
	Told    *parse.Processes           // what packets tell, by Question.Process; nil for nothing; only Auto uses it
	Root    string                     // where the system's /proc is mounted: "/proc", in containers perhaps "/host/proc"; "" looks for it
	Local   func(addr netip.Addr) bool // whether an address is this machine's, as the capture sees it; nil is never
	Hash    bool                       // SHA-256 of executables
	Sockets int                        // how many sockets of the Watcher are kept that are open, and as many that are closed; 0 is 65,536
	Notify  func(Notice)               // what people should know, each once; nil drops it
}

// Notice tells that a source cannot be used, and what helps.
type Notice struct {
	Text string // "owners by sock_diag: eBPF is not permitted"
	Hint string // the command that mends it; empty for none
}

// Attributor finds the owners of flows.
type Attributor struct {
	cfg     Config
	people  *people
	watched *watched // what a Watcher or the sampler tell; nil where there is neither
	sampler *sampler // nil where there is a Watcher
	reach   *reach
	rung    *tableRung // nil where no tables may be asked
	nat     translator // nil where it is not to be had
	queue   *queue
	tally   *tally
	weak    *weakAnswers
	open    atomic.Int64  // questions in hand
	blind   atomic.Bool   // the Watcher has failed
	lost    uint64        // events, when missClosed looked last
	relist  chan struct{} // somebody waits for the namespaces to be listed
	notes   notes

	unwatch, closing  sync.Once
	unwatched, closed error
}

// New makes an Attributor. It falls back from source to source; it fails only where
// the Mode names one source and that cannot be used.
func New(cfg Config) (*Attributor, error) {
	found, err := openSources(&cfg)
	if err != nil {
		return nil, err
	}
	return assemble(cfg, found), nil
}

// Run answers questions until ctx is done.
func (a *Attributor) Run(ctx context.Context, answers Answers) error {
	var wg sync.WaitGroup
	wg.Go(func() { a.people.run(ctx) })
	wg.Go(func() { a.keepHouse(ctx) })
	if a.sampler != nil {
		wg.Go(func() { a.sampler.run(ctx) })
	}
	if a.watches() {
		wg.Go(func() { a.watch(ctx) })
		wg.Go(func() {
			<-ctx.Done()
			a.closeWatcher()
		})
	}
	a.answerer(answers).run(ctx)
	wg.Wait()
	return nil
}

// Ask takes questions. It copies them, never waits, and may be called by several
// goroutines; questions for which there is no room are answered with Busy.
func (a *Attributor) Ask(qs []Question) { a.queue.put(qs) }

// Process returns the newest that is known of a process, nil where it was forgotten:
// of 65,536 processes the one that ended first is forgotten first.
func (a *Attributor) Process(ref Ref) *Process { return a.people.process(ref) }

// Owner puts a Found into words.
func (a *Attributor) Owner(f Found) Owner {
	o := Owner{Source: f.Source, Reason: f.Reason, Took: time.Duration(f.Took) * 100 * time.Microsecond}
	if f.Ref == 0 {
		return o
	}
	if o.Process = a.people.process(f.Ref); o.Process == nil {
		o.Source, o.Reason = NoSource, Exited // long ago: it was forgotten
	}
	return o
}

// Wants reports whether a flow between two addresses that are not this machine's may
// have an owner here all the same: one of them is a container's. It is quick and may
// be called by several goroutines.
//
// Some flows a second are wanted without that, since a container may be new.
func (a *Attributor) Wants(k *parse.Key) bool {
	return a.cfg.Mode != NoneAtAll && a.reach.wants(k)
}

// Stats returns counts since the start. It may be called at any time.
func (a *Attributor) Stats() Stats {
	var s Stats
	a.tally.stats(&s)
	a.queue.stats(&s)
	if a.watches() {
		s.Watcher = a.cfg.Watcher.Stats()
		a.watched.mu.Lock()
		s.Watcher.Full += a.watched.full
		a.watched.mu.Unlock()
	}
	s.Waiting += uint64(a.open.Load())
	s.Sources = a.notes.sources()
	return s
}

// Close lets go of what the Attributor holds. Run must have returned.
func (a *Attributor) Close() error {
	a.closing.Do(func() {
		errs := []error{a.closeWatcher()}
		if a.rung != nil {
			own, _ := a.rung.current()
			errs = append(errs, own.close())
		}
		if a.nat != nil {
			errs = append(errs, a.nat.close())
		}
		a.reach.close()
		a.closed = errors.Join(errs...)
	})
	return a.closed
}

// Stats are counts of an Attributor.
type Stats struct {
	Waiting  uint64               // flows that were asked about and are looked for
	Asked    uint64               // ends of flows, once there is a first answer
	Answered [Listener + 1]uint64 // ends with a process, by Source
	Unknown  [reasons]uint64      // ends without one, by Reason
	Median   time.Duration        // of Owner.Took over the last answers with a process
	Watcher  WatcherStats
	Sources  []SourceState
}

// SourceState says whether a source can be used.
type SourceState struct {
	Source Source
	Usable bool
	Why    string // not; or what it lacks
	Hint   string // the command that mends it
}
