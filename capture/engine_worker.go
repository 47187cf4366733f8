// Hot path: no allocation.

package capture

import (
	"errors"
	"io"
	"sync"
	"sync/atomic"
	"time"

	"sockeye/parse"
)

const (
	// batch is how many packets are decoded before the sink gets them: enough
	// to make a call cheap, few enough that their headers stay in the L1 cache.
	batch = 64

	// drainTime bounds how long a stopping worker reads what the kernel took
	// before the stop. A TPACKET_V3 block is handed over after 60 ms at the
	// latest.
	drainTime = 200 * time.Millisecond
)

// errLimit ends a worker when Config.Count is reached.
var errLimit = errors.New("capture: packet limit reached")

// A Waker is a Source whose Read can be cut short: Wake makes a waiting Read,
// or the next one, return with no packet and no error. Without it a stop takes
// up to the 250 ms of an idle Read.
type Waker interface{ Wake() }

// lane is the way into one sink. Workers of several interfaces share it; each
// holds the lock for a block, so that the sink sees one block after the other.
type lane struct {
	mu   sync.Mutex
	sink Sink
}

// limit hands out the packets of Config.Count.
type limit struct {
	on      bool
	left    atomic.Int64
	reached chan struct{} // closed when nothing is left
}

func newLimit(count uint64) *limit {
	l := &limit{on: count > 0, reached: make(chan struct{})}
	l.left.Store(int64(count))
	return l
}

// take returns how many of n packets may still be handed over.
func (l *limit) take(n int) int {
	if !l.on {
		return n
	}
	for {
		left := l.left.Load()
		granted := min(int64(n), left)
		if granted <= 0 {
			return 0
		}
		if !l.left.CompareAndSwap(left, left-granted) {
			continue
		}
		if granted == left {
			close(l.reached)
		}
		return int(granted)
	}
}

// isReached reports whether all packets were handed over.
func (l *limit) isReached() bool {
	select {
	case <-l.reached:
		return true
	default:
		return false
	}
}

// worker reads one source until it ends or is told to stop. It alone closes
// the source, so that no packet is unmapped while a sink looks at it.
type worker struct {
	src       Source
	lane      *lane
	limit     *limit
	decap     bool
	direction Direction
	bothWays  func(slot uint16) bool // the interface's packets run in and out at once (loopback)

	taken    uint64        // packets read, by this goroutine
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
		case errors.Is(err, io.EOF) || errors.Is(err, ErrClosed) || errors.Is(err, errLimit):
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
			if w.taken >= w.want.Load() || !now.Before(deadline) {
				return failed
			}
		}
	}
}

// block reads one block and hands it to the sink. The lane is locked from its
// first packets to its end, and nothing is waited for in between.
func (w *worker) block(ps []parse.Packet) error {
	n, more, err := w.src.Read(ps)
	if n == 0 && !more {
		// A sink that another worker is using ends a block soon anyway.
		if w.lane.mu.TryLock() {
			w.lane.sink.EndBlock()
			w.lane.mu.Unlock()
		}
		return err
	}
	w.lane.mu.Lock()
	defer w.lane.mu.Unlock()
	defer w.lane.sink.EndBlock()
	for {
		w.taken += uint64(n)
		if !w.process(ps[:n]) {
			return errLimit
		}
		if err != nil || !more {
			return err
		}
		n, more, err = w.src.Read(ps)
	}
}

// process decodes a batch and hands over the packets that run in the wanted
// direction. It returns false when the limit is reached.
func (w *worker) process(ps []parse.Packet) bool {
	start := 0
	for i := range ps {
		p := &ps[i]
		if w.direction != DirInOut && !w.direction.admits(p.Hint) && !w.bothWays(p.Iface) {
			if !w.hand(ps[start:i]) {
				return false
			}
			start = i + 1
			w.tallies.at(p.Iface).excluded.Add(1)
			continue
		}
		p.Decap = w.decap
		p.Decode()
	}
	return w.hand(ps[start:])
}

// hand counts packets and gives them to the sink. It returns false when the
// limit is reached.
func (w *worker) hand(ps []parse.Packet) bool {
	granted := w.limit.take(len(ps))
	full := granted < len(ps)
	if ps = ps[:granted]; granted == 0 {
		return !full
	}
	w.count(ps)
	w.lane.sink.Packets(ps)
	return !full
}

// count adds packets to the tallies of their interfaces, a run of the same
// interface at once.
func (w *worker) count(ps []parse.Packet) {
	start, bytes := 0, uint64(0)
	for i := range ps {
		bytes += uint64(ps[i].WireLen)
		if i+1 == len(ps) || ps[i+1].Iface != ps[i].Iface {
			t := w.tallies.at(ps[i].Iface)
			t.packets.Add(uint64(i + 1 - start))
			t.bytes.Add(bytes)
			start, bytes = i+1, 0
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
