package capture

import (
	"errors"
	"time"

	"sockeye/capture/link"
)

// Back-off between attempts to open what could not be opened or read.
const (
	firstBackoff = 250 * time.Millisecond
	maxBackoff   = 5 * time.Second
)

// port is one thing that the engine captures: an interface by its name, or
// every interface. Only the engine's run loop changes it, under Engine.mu;
// the run loop itself reads it without.
type port struct {
	name  string
	any   bool
	slot  uint16
	share int  // ring memory
	given bool // the share went back to the budget, until the interface returns

	merged  bool // "any" has taken over: only its counters are left
	retired bool // it is not wanted any more: the same

	state   State
	index   int // of the interface whose sources are open
	workers []*worker
	queues  int // rings, when last opened
	bytes   int // their memory

	opened  time.Time
	retryAt time.Time
	backoff time.Duration
	unfit   bool           // the filter cannot apply: not tried again before something changes
	seen    link.Interface // as at the last look

	gapSince time.Time // when capture was interrupted; zero while it is not
	gaps     int
	gapTime  time.Duration

	past        Stats // of sources that are closed
	pastTallies tallies
	err         error
}

// failure returns the error of a worker that has ended, nil while all work.
// The packet limit is none.
func (p *port) failure() error {
	for _, w := range p.workers {
		select {
		case <-w.done:
			if !errors.Is(w.err, errLimit) {
				return w.err
			}
		default:
		}
	}
	return nil
}

// look returns the interface behind the port and whether it could be captured:
// StateCapturing, StateDown or StateGone. A change since the last look ends the
// back-off: it may have been what was waited for.
func (p *port) look(view []link.Interface) (link.Interface, State) {
	if p.any {
		return link.Interface{Name: AnyName}, StateCapturing
	}
	now, ok := link.ByName(view, p.name)
	if now.Index != p.seen.Index || now.Up != p.seen.Up {
		p.retryAt, p.backoff, p.unfit = time.Time{}, 0, false
	}
	p.seen = now
	if !ok {
		return now, StateGone
	}
	return now, stateOf(&now)
}

// delay sets the time of the next attempt. A port that had worked for a while
// begins with a short one again.
func (p *port) delay(now time.Time) {
	if p.backoff == 0 || (!p.opened.IsZero() && now.Sub(p.opened) > maxBackoff) {
		p.backoff = firstBackoff
	} else {
		p.backoff = min(2*p.backoff, maxBackoff)
	}
	p.opened = time.Time{}
	p.retryAt = now.Add(p.backoff)
}

// endGap ends the gap in which the port is, and returns how long it was.
func (p *port) endGap(now time.Time) (gap time.Duration, ok bool) {
	if p.gapSince.IsZero() {
		return 0, false
	}
	gap = now.Sub(p.gapSince)
	p.gapTime += gap
	p.gapSince = time.Time{}
	return gap, true
}

// stats returns the counters of the port's sources, past and present.
func (p *port) stats() Stats {
	s := p.past
	for _, w := range p.workers {
		w.mu.Lock()
		s.Add(w.stats)
		w.mu.Unlock()
	}
	return s
}

// describe fills in what the port knows of its slot, and what went through it
// of all slots.
func (p *port) describe(out []InterfaceStatus, now time.Time) {
	s := &out[p.slot]
	s.Stats = p.stats()
	s.Gaps, s.GapTime = p.gaps, p.gapTime
	if !p.gapSince.IsZero() {
		s.GapTime += now.Sub(p.gapSince)
	}
	if !p.merged {
		s.State, s.Err = p.state, p.err
		if p.state == StateCapturing {
			s.Queues, s.RingBytes = p.queues, p.bytes
		}
	}
	p.addTallies(&p.pastTallies, out)
	for _, w := range p.workers {
		p.addTallies(&w.tallies, out)
	}
}

// addTallies adds what one worker counted.
func (p *port) addTallies(t *tallies, out []InterfaceStatus) {
	if !p.any {
		t.addSlot(p.slot, &out[p.slot])
		return
	}
	for i := range out {
		t.addSlot(uint16(i), &out[i])
	}
	t.addAll(&out[p.slot])
}
