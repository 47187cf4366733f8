package capture

import (
	"errors"
	"io"
	"sync"
	"sync/atomic"
	"time"

	"sockeye/parse"
)

// drainTime bounds how long a stopping worker reads what the kernel took before
// the stop. A TPACKET_V3 block is handed over after 60 ms at the latest.
const drainTime = 200 * time.Millisecond

// A Waker is a Source whose Read can be cut short: Wake makes a waiting Read,
// or the next one, return with no packet and no error. Without it a stop takes
// up to the 250 ms of an idle Read.
type Waker interface{ Wake() }

// A Quieter is a Source that can be told to take no more packets, while those that it
// has taken stay to be read. Sources that share out the flows of an interface need it:
// once one of them is closed, the others get its flows, where they are new.
type Quieter interface{ Quiet() error }

// worker reads one source until it ends or is told to stop. It alone closes
// the source, so that no packet is unmapped while a sink looks at it.
type worker struct {
	src       Source
	lane      *lane
	limit     *limit
	decap     bool
	direction Direction
	bothWays  func(slot uint16) bool // the interface's packets run in and out at once (loopback)

	picky    bool          // not every packet is wanted
	match    matcher       // for a source without a kernel that filters
	taken    atomic.Uint64 // packets read
	stopping atomic.Bool   // finish what is there
	want     atomic.Uint64 // stop early once that many packets were read
	done     chan struct{} // closed at the end; err is valid then
	err      error

	mu     sync.Mutex // over Stats and Close
	stats  Stats
	closed bool

	tallies tallies
}

// run is the worker's goroutine.
func (w *worker) run() {
	defer close(w.done)
	ps := make([]parse.Packet, batch)
	w.err = w.loop(ps)
	w.mu.Lock()
	defer w.mu.Unlock()
	if s, err := w.src.Stats(); err == nil {
		w.stats = s
	}
	w.closed = true
	if err := w.src.Close(); err != nil && w.err == nil {
		w.err = err
	}
	// The packets of the last Read are lent out until the next one, and with
	// them the ring's memory. It returns ErrClosed.
	_, _, _ = w.src.Read(ps)
}

// loop reads until the source fails, the limit is reached (errLimit), or the
// worker was stopped and has drained the source (nil).
func (w *worker) loop(ps []parse.Packet) error {
	var failed error
	var deadline time.Time
	for {
		switch err := w.block(ps); {
		case err == nil:
		case failed != nil:
			return failed
		case errors.Is(err, io.EOF) || errors.Is(err, ErrClosed) || errors.Is(err, errLimit) || err == w.match.err:
			return err
		default:
			// The interface went down or away, but the ring may still hold what
			// came before that.
			failed = err
			w.stop()
		}
		if w.stopping.Load() {
			// The clock is read only while stopping.
			now := time.Now()
			if deadline.IsZero() {
				deadline = now.Add(drainTime)
			}
			if w.taken.Load() >= w.want.Load() || !now.Before(deadline) {
				return failed
			}
		}
	}
}

// stop tells the worker to read what the kernel had taken by now, then to end.
func (w *worker) stop() {
	s := w.poll()
	w.want.Store(s.Received - s.Dropped)
	w.stopping.Store(true)
	if wk, ok := w.src.(Waker); ok {
		wk.Wake()
	}
}

// abandon tells the worker to end after the block it reads.
func (w *worker) abandon() {
	w.want.Store(0)
	w.stopping.Store(true)
	if wk, ok := w.src.(Waker); ok {
		wk.Wake()
	}
}

// poll returns the source's counters, or the last ones when they cannot be
// read any more.
func (w *worker) poll() Stats {
	w.mu.Lock()
	defer w.mu.Unlock()
	if !w.closed {
		if s, err := w.src.Stats(); err == nil {
			w.stats = s
		}
	}
	return w.stats
}
