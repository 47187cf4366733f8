package proc

import (
	"slices"
	"sync"
	"time"
)

// lastTaken is over how many answers the median is taken.
const lastTaken = 1024

// tally counts answers.
type tally struct {
	mu       sync.Mutex
	asked    uint64
	answered [Listener + 1]uint64
	unknown  [reasons]uint64
	took     [lastTaken]uint16
	n        uint64 // answers that were entered into took
}

// counted reports whether an answer counts as one with a process.
func (f *Found) counted() bool { return f.Ref != 0 && f.Reason == None }

// add counts the answer for one end; old is the one that was told before.
func (c *tally) add(old, f Found) {
	if old == f || f == (Found{}) {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case old == Found{}:
		c.asked++
	case old.counted():
		c.answered[old.Source]--
	default:
		c.unknown[old.Reason]--
	}
	if !f.counted() {
		c.unknown[f.Reason]++
		return
	}
	c.answered[f.Source]++
	c.took[c.n%lastTaken] = f.Took
	c.n++
}

// missed counts ends of flows that no socket was found for.
func (c *tally) missed() uint64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.unknown[NoSocket] + c.unknown[Exited]
}

// stats fills in what it counts.
func (c *tally) stats(s *Stats) {
	c.mu.Lock()
	s.Asked, s.Answered, s.Unknown = c.asked, c.answered, c.unknown
	took := slices.Clone(c.took[:min(c.n, lastTaken)])
	c.mu.Unlock()
	if len(took) > 0 {
		slices.Sort(took)
		s.Median = time.Duration(took[len(took)/2]) * 100 * time.Microsecond
	}
}
