package alert

import (
	"cmp"
	"slices"
	"time"

	"sockeye/track"
)

const (
	// mostAlerts bounds what one rule may have pending or holding. Beyond it the rule
	// tells of no more subjects until there is room.
	mostAlerts = 1024

	// onceFor is how long an alert lasts that is about something that happened; and
	// how long nothing must be lost until one about losses ends.
	onceFor = 10 * time.Second
)

// Sight is what a Watch looks at.
type Sight struct {
	Snapshot *track.Snapshot // with all flows
	Now      time.Time       // the clock of the snapshot
	Lost     []Loss          // packets that were lost since the start
	// Host returns the name of a row's remote end, "" for none; nil names nobody.
	Host func(*track.Row) string
	// Interface returns the name of a slot; nil names them by number.
	Interface func(slot uint16) string
}

// Loss counts packets that were lost of one interface; Name is "" for those that were
// lost behind all of them.
type Loss struct {
	Name    string
	Packets uint64
}

// Alert is something that a rule warns of.
type Alert struct {
	Rule    *Rule
	Subject string    // "curl to example.org"; from outside: to be made printable
	Flow    uint64    // ID of the flow that it is about; 0 for none
	Value   float64   // bytes/s or bytes as last measured, or packets since it began; 0 of what happened once
	Began   time.Time // no two alerts of a Watch have the same
	Over    bool      // it has ended, at Ended
	Ended   time.Time
}

// A Watch holds what is seen against rules. It is for one goroutine.
type Watch struct {
	rules []*ruleState
	last  time.Time // when the newest alert began
}

// ruleState is what is known by one rule.
type ruleState struct {
	rule   Rule
	watch  *Watch
	alerts map[key]*pending
	sums   map[key]int // of the look that goes on: where a subject's reading is
	read   []reading
	keys   []key // of read
	seen   seen
	looked bool
	lost   map[string]uint64 // by interface, as of the last look
}

// pending is a subject above its limit, or one that was until lately.
type pending struct {
	Alert
	holds bool      // it is an alert, not only about to be one
	since time.Time // since when it has been above, or, of an alert, below
	below bool
}

// NewWatch returns a Watch by these rules.
func NewWatch(rules []Rule) *Watch {
	w := &Watch{}
	for _, r := range rules {
		w.rules = append(w.rules, newRuleState(w, r))
	}
	return w
}

func newRuleState(w *Watch, r Rule) *ruleState {
	return &ruleState{rule: r, watch: w, alerts: map[key]*pending{}, sums: map[key]int{}, lost: map[string]uint64{}}
}

// SetRule puts a rule in the place of the one with this number, and ends its alerts
// without a word.
func (w *Watch) SetRule(n int, r Rule) { w.rules[n] = newRuleState(w, r) }

// Look holds a snapshot against the rules. It returns the alerts that hold, and those
// that have ended since the last look, by the time at which they began.
//
// Volumes are those of the flows that the snapshot has, but for processes, where a rule
// has no query and the snapshot was grouped by them: then those of flows that have left
// count, too. What is there at the first look is known: only what comes later is new.
func (w *Watch) Look(s *Sight) []Alert {
	var all []Alert
	for _, r := range w.rules {
		all = r.look(all, s)
	}
	slices.SortStableFunc(all, func(a, b Alert) int {
		return cmp.Or(a.Began.Compare(b.Began), cmp.Compare(a.Subject, b.Subject))
	})
	return all
}

// look is the part of one rule. It appends to all.
func (r *ruleState) look(all []Alert, s *Sight) []Alert {
	clear(r.sums)
	clear(r.read)
	r.read, r.keys = r.read[:0], r.keys[:0]
	r.measure(s)
	r.looked = true
	for at, k := range r.keys {
		r.take(k, &r.read[at], s)
	}
	for k, p := range r.alerts {
		at, measured := r.sums[k]
		value := 0.0
		if measured {
			value = r.read[at].value
		}
		if p.step(&r.rule, value, measured, s.Now) {
			if p.holds {
				all = append(all, p.Alert)
			}
			delete(r.alerts, k)
		} else if p.holds {
			all = append(all, p.Alert)
		}
	}
	return all
}

// take begins to watch a subject that is above the limit.
func (r *ruleState) take(k key, m *reading, s *Sight) {
	if m.value <= r.rule.Above || len(r.alerts) >= mostAlerts {
		return
	}
	if r.alerts[k] != nil {
		return
	}
	flow := k.flow
	if m.once {
		flow = m.row.ID // by which it was met
	}
	r.alerts[k] = &pending{since: s.Now, Alert: Alert{Rule: &r.rule, Subject: m.name(s), Flow: flow, Began: r.watch.stamp(s.Now)}}
}

// stamp returns a time for an alert that begins now: later than that of any other, if
// only by a nanosecond.
func (w *Watch) stamp(now time.Time) time.Time {
	if d := w.last.Sub(now); d >= 0 && d < time.Second {
		now = w.last.Add(1)
	}
	w.last = now
	return now
}

// step brings a subject up to date. It returns true when it is done with: an alert has
// ended, or what was about to be one has not become one.
func (p *pending) step(r *Rule, value float64, measured bool, now time.Time) (done bool) {
	if now.Before(p.since) {
		p.since = now // the clock was set back
	}
	if r.Metric.once() {
		p.holds = true
		if p.Over = now.Sub(p.Began) >= onceFor || p.Began.Sub(now) > time.Second; p.Over {
			p.Ended = now
		}
		return p.Over
	}
	switch {
	case r.Metric == Drops:
		p.Value += value // all that were lost since it began
	case measured || r.Metric != Volume: // a volume stays what it was when its flows are gone
		p.Value = value
	}
	if !p.holds {
		p.holds = value > r.Above && now.Sub(p.since) >= r.For
		return value <= r.Above
	}
	switch below := value <= r.Below || !measured; {
	case !below:
		p.below = false
	case !p.below:
		p.below, p.since = true, now
	}
	if p.Over = p.below && now.Sub(p.since) >= r.quiet(); p.Over {
		p.Ended = now
	}
	return p.Over
}
