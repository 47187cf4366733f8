package proc

import (
	"context"
	"net/netip"
	"time"

	"sockeye/parse"
)

// Config is how an Attributor is set up.
type Config struct {
	Mode    Mode
	Watcher Watcher                    // nil where there is none
	Root    string                     // where the system's /proc is mounted: "/proc", in containers perhaps "/host/proc"; "" looks for it
	Local   func(addr netip.Addr) bool // whether an address is this machine's, as the capture sees it; nil is never
	Hash    bool                       // SHA-256 of executables
	Sockets int                        // how many sockets of the Watcher are kept; 0 is 65,536
	Notify  func(Notice)               // what people should know, each once; nil drops it
}

// Notice tells that a source cannot be used, and what helps.
type Notice struct {
	Text string // "owners by sock_diag: eBPF is not permitted"
	Hint string // the command that mends it; empty for none
}

// Attributor finds the owners of flows.
type Attributor struct {
	cfg Config
}

// New makes an Attributor. It falls back from source to source; it fails only where
// the Mode names one source and that cannot be used.
func New(cfg Config) (*Attributor, error) { return &Attributor{cfg: cfg}, nil }

// Run answers questions until ctx is done.
func (a *Attributor) Run(ctx context.Context, answers Answers) error { <-ctx.Done(); return nil }

// Ask takes questions. It copies them, never waits, and may be called by several
// goroutines; questions for which there is no room are answered with Busy.
func (a *Attributor) Ask(qs []Question) {}

// Process returns the newest that is known of a process, nil where it was forgotten:
// of 65,536 processes the one that ended first is forgotten first.
func (a *Attributor) Process(ref Ref) *Process { return nil }

// Owner puts a Found into words.
func (a *Attributor) Owner(f Found) Owner {
	return Owner{Process: a.Process(f.Ref), Source: f.Source, Reason: f.Reason, Took: time.Duration(f.Took) * 100 * time.Microsecond}
}

// Sockets lists the sockets of every network namespace that can be reached, with
// their owners.
func (a *Attributor) Sockets() ([]Socket, error) { return nil, nil }

// Wants reports whether a flow between two addresses that are not this machine's may
// have an owner here all the same: one of them is a container's, or the flow may be
// translated. It is quick and may be called by several goroutines.
func (a *Attributor) Wants(k *parse.Key) bool { return false }

// Stats returns counts since the start. It may be called at any time.
func (a *Attributor) Stats() Stats { return Stats{} }

// Close lets go of what the Attributor holds. Run must have returned.
func (a *Attributor) Close() error { return nil }

// Stats are counts of an Attributor.
type Stats struct {
	Asked    uint64               // ends of flows
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
