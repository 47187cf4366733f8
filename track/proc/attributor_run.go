package proc

import (
	"context"
	"runtime"
	"sync"
	"sync/atomic"
	"time"
)

const (
	// passAgain is how long there is between two passes over the open questions.
	passAgain = 4 * time.Millisecond
	// rest is how many times as long as a pass took there is until the next.
	rest = 2
	// maxOpen bounds the questions in hand.
	maxOpen = 1 << 13
	// maxSpare bounds the memory that is kept for more of them.
	maxSpare = 1 << 13
	// keepWeak is for how long a better answer may come, maxWeak how many flows wait
	// for one, and maxWeakAt how many at one socket.
	keepWeak  = 30 * time.Second
	maxWeak   = 1 << 13
	maxWeakAt = 64
)

// answerer answers the questions of one Attributor. Only Run's goroutine uses it, but
// for what is said to be shared.
type answerer struct {
	ladder *ladder
	queue  *queue        // shared
	tally  *tally        // shared
	weak   *weakAnswers  // shared
	inHand *atomic.Int64 // shared: how many are open
	send   Answers
	off    bool // every answer is Off

	open    []*attempt
	spare   []*attempt
	asked   []Question
	refused []refusal
	out     []Answer
}

// run answers until ctx is done.
func (a *answerer) run(ctx context.Context) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	due, again := time.NewTimer(time.Hour), time.NewTimer(time.Hour)
	defer due.Stop()
	defer again.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-a.queue.wake:
		case <-due.C:
		}
		began := spent()
		a.turn(time.Now())
		again.Reset(max(passAgain, rest*(spent()-began)))
		select {
		case <-ctx.Done():
			return
		case <-again.C:
		}
		due.Reset(a.wait(time.Now()))
	}
}

// wait is how long nothing is due.
func (a *answerer) wait(now time.Time) time.Duration {
	next := now.Add(time.Hour).UnixNano()
	for _, t := range a.open {
		next = min(next, t.due)
	}
	return max(time.Duration(next-now.UnixNano()), 0)
}

// turn takes the new questions, goes once over all that are open, and sends what is
// known then.
func (a *answerer) turn(now time.Time) {
	a.asked, a.refused = a.queue.take(a.asked, a.refused)
	for i := range a.refused {
		a.refuse(&a.refused[i])
	}
	for i := range a.asked {
		a.take(&a.asked[i], now)
	}
	a.ladder.pace.note(len(a.asked), now)
	a.open = a.weak.take(a.open, now)
	a.open = a.ladder.pass(a.open, now, func(t *attempt, over bool) { a.tell(t, over, now) })
	a.inHand.Store(int64(len(a.open)))
	if len(a.out) > 0 {
		a.send(a.out)
		a.out = a.out[:0]
	}
}

func (a *answerer) refuse(r *refusal) {
	answer := Answer{Flow: r.flow, Place: r.place}
	a.give(&answer, r.ends, Busy)
}

// give sends one reason for all ends that are asked for.
func (a *answerer) give(answer *Answer, ends uint8, reason Reason) {
	if ends == 0 {
		ends = 3
	}
	for e := range 2 {
		if ends&(1<<e) != 0 {
			answer.Ends[e] = Found{Reason: reason}
			a.tally.add(Found{}, answer.Ends[e])
		}
	}
	a.out = append(a.out, *answer)
}

// take opens an attempt for a question.
func (a *answerer) take(q *Question, now time.Time) {
	if a.off || len(a.open) >= maxOpen {
		reason := Busy
		if a.off {
			reason = Off
		}
		a.give(&Answer{Flow: q.Flow, Place: q.Place}, q.Ends, reason)
		return
	}
	t := a.room()
	if a.ladder.begin(t, q, now.UnixNano()) {
		a.open = append(a.open, t)
		return
	}
	a.tell(t, true, now)
}

func (a *answerer) room() *attempt {
	if n := len(a.spare); n > 0 {
		t := a.spare[n-1]
		a.spare = a.spare[:n-1]
		return t
	}
	return new(attempt)
}

// tell puts an answer among those to be sent, where it says more than what was sent
// before. Where the flow's owner may be known better later, it keeps that in mind.
// Found.Took is counted up to here: the tables were read before.
func (a *answerer) tell(t *attempt, over bool, now time.Time) {
	news := t.answer.Translated && !t.toldNAT
	for e := range 2 {
		f, old := t.answer.Ends[e], t.told[e]
		if f.rank() == 1 && !over { // only a reason yet
			continue
		}
		if f.Took = old.Took; f == old {
			continue
		}
		f.Took = tookSince(t.q.First)
		a.tally.add(old, f)
		t.told[e], news = f, true
		if f.Ref != 0 && f.Ref != old.Ref {
			a.ladder.people.show(f.Ref)
		}
	}
	if news {
		t.toldNAT = t.answer.Translated
		answer := t.answer
		answer.Ends = t.told
		for e, asked := 0, t.asked(a.ladder); e < 2 && !over; e++ {
			if asked&(1<<e) != 0 && answer.Ends[e] == (Found{}) {
				answer.Ends[e].Reason = Pending
			}
		}
		a.out = append(a.out, answer)
	}
	switch {
	case !over:
	case t.weak&^t.final != 0:
		a.weak.put(t, now)
		if a.ladder.watch(t) { // it was told of just now
			a.tell(t, true, now)
		}
	case !t.waited && len(a.spare) < maxSpare:
		a.spare = append(a.spare, t)
	}
}

// tookSince returns how long ago a packet came, as Found.Took has it.
func tookSince(first int64) uint16 {
	return uint16(min(max(time.Now().UnixNano()-first, 0)/int64(100*time.Microsecond), 65535))
}

// weakAnswers are flows of which only who listens is known, by the tuple at which more
// may be told.
type weakAnswers struct {
	mu    sync.Mutex
	by    map[tuple][]*attempt
	n     int
	ready []*attempt
}

func newWeakAnswers() *weakAnswers { return &weakAnswers{by: make(map[tuple][]*attempt)} }

// put keeps an attempt, as far as there is room.
func (w *weakAnswers) put(t *attempt, now time.Time) {
	w.mu.Lock()
	defer w.mu.Unlock()
	t.open, t.waited = false, true
	for e := range 2 {
		if t.weak&^t.final&(1<<e) == 0 || w.n >= maxWeak || len(w.by[t.at[e]]) >= maxWeakAt {
			continue
		}
		w.by[t.at[e]] = append(w.by[t.at[e]], t)
		w.n++
	}
	t.since = now.UnixNano()
}

// better takes the flows that wait at a tuple, about which more is known now.
func (w *weakAnswers) better(at tuple) (any bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	ts := w.by[at]
	if len(ts) == 0 {
		return false
	}
	delete(w.by, at)
	w.n -= len(ts)
	w.ready = append(w.ready, ts...)
	return true
}

// take moves the flows about which more is known to those that are open.
func (w *weakAnswers) take(open []*attempt, now time.Time) []*attempt {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, t := range w.ready {
		if !t.open { // it may wait at two tuples
			t.open, t.tries, t.due = true, uint8(len(tries)-1), now.UnixNano()
			open = append(open, t)
		}
	}
	clear(w.ready)
	w.ready = w.ready[:0]
	return open
}

// sweep drops what has waited for too long.
func (w *weakAnswers) sweep(now time.Time) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for at, ts := range w.by {
		if ts[len(ts)-1].since < now.UnixNano()-int64(keepWeak) {
			w.n -= len(ts)
			delete(w.by, at)
		}
	}
}
