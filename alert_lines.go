package main

import (
	"log/slog"
	"time"

	"sockeye/capture"
	"sockeye/export"
	"sockeye/track"
	"sockeye/track/alert"
)

// alertEvery is how often traffic is held against the rules, for --json-events.
const alertEvery = time.Second

// alertLines writes the alerts of the configuration's rules, for --json-events.
type alertLines struct {
	watch    *alert.Watch
	names    *shownNames
	snapshot *track.Snapshot
	due      time.Time
	told     map[time.Time]struct{} // those that hold, by when they began
}

// newAlertLines returns what writes them, nil where there are no rules.
func (a *app) newAlertLines(names *shownNames) (*alertLines, error) {
	rules, err := a.rules(names)
	if err != nil {
		return nil, err
	}
	if v := a.settings.AlertThreshold; v != nil && *v > 0 {
		rules = append(rules, alert.Threshold(float64(*v)))
	}
	if len(rules) == 0 {
		return nil, nil
	}
	return &alertLines{
		watch: alert.NewWatch(rules), names: names, told: map[time.Time]struct{}{},
		snapshot: track.NewSnapshot(track.NewGrouping(track.GroupProcess, nil)),
	}, nil
}

// lines appends the alerts that have begun or ended since the last call, if it is time to
// look.
func (l *alertLines) lines(b []byte, to *eventLines, from snapshooter, all []capture.InterfaceStatus, now time.Time) []byte {
	if l == nil || now.Before(l.due) && l.due.Sub(now) <= alertEvery {
		return b // a longer wait is of a clock that was set back
	}
	l.due = now.Add(alertEvery)
	l.names.interfaces(all)
	from.Snapshot(l.snapshot, track.Request{Now: now.UnixNano(), Lag: lag})
	found := l.watch.Look(&alert.Sight{
		Snapshot: l.snapshot, Now: now, Host: l.names.Host, Interface: l.names.Interface, Lost: lossesOf(l.snapshot, all),
	})
	for i := range found {
		a := &found[i]
		_, known := l.told[a.Began]
		if a.Over {
			delete(l.told, a.Began)
		} else if known {
			continue
		} else {
			l.told[a.Began] = struct{}{}
		}
		with, err := to.enc.AppendEvent(b, to.build.Alert(exported(a), export.Time(now.UnixNano())))
		if err != nil {
			slog.Error("alert left out", "error", err)
			continue
		}
		b = with
	}
	return b
}

// exported puts an alert into words.
func exported(a *alert.Alert) *export.Alert {
	out := &export.Alert{
		Rule: a.Rule.Name, On: a.Rule.On.String(), Metric: a.Rule.Metric.String(), State: "began", Subject: a.Subject,
		Value: a.Value, Above: a.Rule.Above, FlowID: a.Flow, Since: export.Time(a.Began.UnixNano()),
	}
	if a.Over {
		out.State = "ended"
	}
	return out
}

// lossesOf counts what was lost: in the kernel by interface, and on the way between
// queues.
func lossesOf(s *track.Snapshot, interfaces []capture.InterfaceStatus) []alert.Loss {
	all := []alert.Loss{{Packets: s.Losses.Handoff}}
	for i := range interfaces {
		if st := &interfaces[i]; st.Through == "" { // else the same losses are those of "any"
			all = append(all, alert.Loss{Name: st.Name, Packets: st.Stats.Dropped})
		}
	}
	return all
}
