// Hot path: no allocation.

package capture

import (
	"errors"
	"sync"
	"sync/atomic"

	"sockeye/parse"
)

// batch is how many packets are decoded before the sink gets them: enough to
// make a call cheap, few enough that their headers stay in the L1 cache.
const batch = 64

// errLimit ends a worker when Config.Count is reached.
var errLimit = errors.New("capture: packet limit reached")

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
		failed := w.process(ps[:n])
		w.taken.Add(uint64(n)) // once the sink has them: SetFilter waits for that
		if failed != nil {
			return failed
		}
		if err != nil || !more {
			return err
		}
		n, more, err = w.src.Read(ps)
	}
}

// process decodes a batch and hands over the packets that are wanted. It returns
// errLimit when the limit is reached, or the matcher's error.
func (w *worker) process(ps []parse.Packet) error {
	start := 0
	for i := range ps {
		p := &ps[i]
		if w.picky && !w.wants(p) {
			if !w.hand(ps[start:i]) {
				return errLimit
			}
			start = i + 1
			w.tallies.at(p.Iface).excluded.Add(1)
			continue
		}
		p.Decap = w.decap
		p.Decode()
	}
	if !w.hand(ps[start:]) {
		return errLimit
	}
	return w.match.err
}

// wants reports whether a packet runs in the wanted direction and matches. A
// worker that is not picky wants every packet.
func (w *worker) wants(p *parse.Packet) bool {
	if w.direction != DirInOut && !w.direction.admits(p.Hint) && !w.bothWays(p.Iface) {
		return false
	}
	return w.match.takes(p)
}

// hand counts packets and gives them to the sink. It returns false when the
// limit is reached.
func (w *worker) hand(ps []parse.Packet) bool {
	granted := w.limit.take(len(ps))
	full := granted < len(ps) || w.limit.on && w.limit.isReached()
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
