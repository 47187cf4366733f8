package main

import (
	"math"
	"time"

	"sockeye/track"
	"sockeye/track/alert"
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
		Snapshot: s, Now: now, Host: naming.Host, Interface: naming.Interface, Lost: w.lost(s),
	})
	alarms := make([]tab.Alarm, len(all))
	for i := range all {
		a := &all[i]
		alarms[i] = tab.Alarm{Text: a.Text(), Flow: a.Flow, Time: a.Began, Over: a.Over, Bell: a.Rule.Bell, Flash: a.Rule.Flash}
	}
	return alarms
}

// lost counts what was lost: in the kernel by interface, and on the way between queues.
func (w *shownAlerts) lost(s *track.Snapshot) []alert.Loss {
	all := []alert.Loss{{Packets: s.Losses.Handoff}}
	for _, st := range w.source.Interfaces() {
		if st.Through == "" { // else the same losses are those of "any"
			all = append(all, alert.Loss{Name: st.Name, Packets: st.Stats.Dropped})
		}
	}
	return all
}
