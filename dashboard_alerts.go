package main

import (
	"fmt"
	"math"
	"time"

	"sockeye/track"
	"sockeye/track/alert"
	"sockeye/track/query"
	"sockeye/ui/tab"
)

// never is a limit that nothing passes.
const never = math.MaxFloat64

// shownAlerts holds what a source says against the rules, for the screen.
type shownAlerts struct {
	source    tab.Source
	watch     *alert.Watch
	threshold int // the number of the rule that can be set on the screen
}

// newShownAlerts returns the rules of the configuration, after them that of the
// threshold. With the error, which says what is wrong with a rule, come the others.
func (a *app) newShownAlerts(s tab.Source) (*shownAlerts, error) {
	rules, err := a.rules(s.Naming())
	return &shownAlerts{
		source: s, threshold: len(rules), watch: alert.NewWatch(append(rules, alert.Threshold(never))),
	}, err
}

// rules returns the rules of the configuration that are right, and what is wrong with
// one that is not.
func (a *app) rules(n tab.Naming) ([]alert.Rule, error) {
	fields := track.QueryFields(queryNames(n))
	compile := func(text string) (*query.Query[track.Row], error) {
		return query.Compile(text, fields, query.Options{Saved: a.settings.Queries})
	}
	var all []alert.Rule
	var wrong error
	for i := range a.settings.Alerts {
		r, err := alert.Parse(&a.settings.Alerts[i], compile)
		if err != nil {
			wrong = &usageError{err: fmt.Errorf("%s: key alerts, rule %d: %w", a.config, i+1, err)}
			continue
		}
		all = append(all, r)
	}
	return all, wrong
}

// SetThreshold implements ui.Alerts.
func (w *shownAlerts) SetThreshold(rate float64) {
	if rate <= 0 {
		rate = never
	}
	w.watch.SetRule(w.threshold, alert.Threshold(rate))
}

// Observe implements ui.Alerts.
func (w *shownAlerts) Observe(s *track.Snapshot, naming tab.Naming, now time.Time) []tab.Alarm {
	all := w.watch.Look(&alert.Sight{
		Snapshot: s, Now: now, Host: naming.Host, Interface: naming.Interface, Lost: lossesOf(s, w.source.Interfaces()),
	})
	alarms := make([]tab.Alarm, len(all))
	for i := range all {
		a := &all[i]
		alarms[i] = tab.Alarm{Text: a.Text(), Flow: a.Flow, Time: a.Began, Over: a.Over, Bell: a.Rule.Bell, Flash: a.Rule.Flash}
	}
	return alarms
}
