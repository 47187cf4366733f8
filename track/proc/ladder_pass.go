package proc

import "time"

// share is the part of a processor that looking into the kernel's tables and /proc may
// take while questions come in faster than they can be answered; burst is how much
// may be saved up.
const (
	share = 0.25
	burst = 100 * time.Millisecond
)

// budget is time that may be spent.
type budget struct {
	left time.Duration
	at   time.Time
}

// open reports whether there is time left.
func (b *budget) open(now time.Time) bool {
	if b.at.IsZero() {
		b.left = burst
	} else if d := now.Sub(b.at); d > 0 {
		b.left = min(b.left+time.Duration(float64(d)*share), burst)
	}
	b.at = now
	return b.left > 0
}

func (b *budget) spend(d time.Duration) { b.left -= d }

// pass goes on with the attempts, and returns those that are not over, in the same
// memory. Tell is given what is to be told of one.
func (l *ladder) pass(ts []*attempt, now time.Time, tell func(t *attempt, over bool)) []*attempt {
	version := l.version()
	l.events(ts, now, version)
	l.ask(ts, now)
	open := ts[:0]
	for _, t := range ts {
		over := t.isFinal(l)
		if due := now.UnixNano() >= t.due; due && !over {
			if t.tries == 0 && t.asked(l) == 0 {
				l.listAnew()
			}
			if t.tries++; int(t.tries) == len(tries) {
				l.conclude(t)
				over = true
			} else {
				t.due = t.from + int64(tries[t.tries])
			}
		}
		if over || t.better {
			tell(t, over)
			t.better = false
		}
		if !over {
			open = append(open, t)
		}
	}
	clear(ts[len(open):])
	return open
}

// listAnew asks for the namespaces to be listed: a flow may be of a new one.
func (l *ladder) listAnew() {
	select {
	case l.relist <- struct{}{}:
	default:
	}
}

// version rises whenever the Watcher told of a socket.
func (l *ladder) version() uint64 {
	if l.watched == nil {
		return 0
	}
	l.watched.mu.Lock()
	defer l.watched.mu.Unlock()
	return l.watched.version
}

// events holds the attempts against what the Watcher told, where that is new.
func (l *ladder) events(ts []*attempt, now time.Time, version uint64) {
	for _, t := range ts {
		if now.UnixNano() >= t.due || t.tries > 0 && t.seen != version {
			t.seen = version
			l.watch(t)
		}
	}
}

// ask asks the tables of the kernel for what is still open: with a Watcher only on the
// second try, since events may be on their way.
func (l *ladder) ask(ts []*attempt, now time.Time) {
	from := uint8(0)
	if l.sees == FromEBPF && !l.blind.Load() {
		from = 1
	}
	began := spent()
	open := l.left.open(now)
	for _, t := range ts {
		if now.UnixNano() < t.due || t.tries < from || t.isFinal(l) {
			continue
		}
		if t.busy = !open; t.busy {
			continue
		}
		if l.tables == nil || !l.tables.find(l, t, now.UnixNano()) {
			l.translate(t)
			l.behind(t, now.UnixNano())
		}
		at := spent()
		l.left.spend(at - began)
		open, began = l.left.left > 0, at
	}
	if l.tables == nil {
		return
	}
	l.tables.settle(now)
	for _, t := range ts {
		if t.inner != nil {
			t.takeOver(t.inner)
			t.inner = nil
		}
	}
	l.left.spend(spent() - began)
}

// isFinal reports whether every end that is asked for is answered for good.
func (t *attempt) isFinal(l *ladder) bool {
	asked := t.asked(l)
	return asked != 0 && t.final&asked == asked
}
