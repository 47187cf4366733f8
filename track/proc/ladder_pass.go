package proc

import "time"

// Looking into the kernel's tables, and looking who holds their sockets, may each take
// shareLeast of a processor and sharePerQuestion more for each question a second, or that
// waits, up to shareMost. What was not used is saved up to saved.
const (
	shareLeast       = 0.005
	sharePerQuestion = 0.0001
	shareMost        = 0.15
	saved            = 100 * time.Millisecond

	// patience is how many questions may be open that a source was not asked about for
	// lack of time, and are tried again for patienceFor, before they are given up.
	patience    = 1 << 12
	patienceFor = 3 * time.Second
)

// budget is time that may be spent.
type budget struct {
	left time.Duration
	at   time.Time
}

// open reports whether there is time left, of which there is share more each second.
func (b *budget) open(now time.Time, share float64) bool {
	if b.at.IsZero() {
		b.left = saved
	} else if d := now.Sub(b.at); d > 0 {
		b.left = min(b.left+time.Duration(float64(d)*share), saved)
	}
	b.at = now
	return b.left > 0
}

func (b *budget) spend(d time.Duration) { b.left -= d }

// pace measures how fast questions come.
type pace struct {
	n    int
	from time.Time
	rate float64 // a second
}

// note counts n more.
func (p *pace) note(n int, now time.Time) {
	p.n += n
	if d := now.Sub(p.from); d >= 250*time.Millisecond {
		p.rate = float64(p.n) / d.Seconds()
		p.n, p.from = 0, now
	}
}

// share is the part of a processor that may be taken at this pace, and while so many
// questions are open.
func (p *pace) share(open int) float64 {
	return min(shareLeast+sharePerQuestion*max(p.rate, float64(open)), shareMost)
}

// pass goes on with the attempts, and returns those that are not over, in the same
// memory. Tell is given what is to be told of one.
func (l *ladder) pass(ts []*attempt, now time.Time, tell func(t *attempt, over bool)) []*attempt {
	l.told(ts)
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
			over = l.next(t, now.UnixNano(), len(ts))
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

// next sets when an attempt is due next, or gives it up and reports that. Where few are
// open it waits for the time that a source was not asked for lack of.
func (l *ladder) next(t *attempt, now int64, open int) (over bool) {
	if int(t.tries) == len(tries)-1 {
		if t.busy && open <= patience && now-t.from < int64(patienceFor) {
			t.due = now + int64(tries[1])
			return false
		}
		t.tries++
		l.conclude(t)
		return true
	}
	t.tries++
	t.due = t.from + int64(tries[t.tries])
	return false
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
	open := l.left.open(now, l.pace.share(len(ts)))
	for _, t := range ts {
		if now.UnixNano() < t.due || t.tries < from || t.isFinal(l) {
			continue
		}
		if t.busy = !open; t.busy {
			continue
		}
		l.askFor(t, t.tries == from, now.UnixNano())
		at := spent()
		l.left.spend(at - began)
		began = at
		// Text is read as a whole: after the first question the others cost nothing.
		open = l.left.left > 0 || l.tables != nil && l.tables.reads()
	}
	if l.tables != nil {
		l.settle(ts, now)
	}
}

// askFor asks the tables about one flow, and how it is translated: that is known from
// its first packet on.
func (l *ladder) askFor(t *attempt, first bool, now int64) {
	if l.tables != nil && l.tables.find(l, t, now) {
		return
	}
	if first || int(t.tries) == len(tries)-1 {
		l.translate(t)
	}
	l.behind(t, now)
}

// settle finds out who holds the sockets that were found.
func (l *ladder) settle(ts []*attempt, now time.Time) {
	began := spent()
	if l.holding.open(now, l.pace.share(len(ts))) {
		l.tables.settle(now)
	} else {
		l.tables.putOff()
	}
	l.holding.spend(spent() - began)
	for _, t := range ts {
		if t.inner != nil {
			t.busy = t.busy || t.inner.busy
			t.takeOver(t.inner)
			t.inner = nil
		}
	}
}

// isFinal reports whether every end that is asked for is answered for good.
func (t *attempt) isFinal(l *ladder) bool {
	asked := t.asked(l)
	return asked != 0 && t.final&asked == asked
}
