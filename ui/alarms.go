package ui

import (
	"strings"
	"time"
)

// alarms is how the screen warns.
type alarms struct {
	threshold float64          // that Alerts was given last
	known     map[alarmID]bool // those that hold, which were told of
	flash     time.Time        // until when the border flashes
	drawn     bool             // whether it is lit in the picture
}

// alarmID tells an alarm from others while its text follows the traffic.
type alarmID struct {
	flow uint64
	time time.Time
}

// How the border flashes.
const (
	flashFor   = 2 * time.Second
	flashEvery = 300 * time.Millisecond
)

// watch looks for alarms in what was fetched. One that is new flashes and rings, as its
// rule wants it.
func (a *App) watch(b *batch) {
	if a.o.Alerts == nil {
		return
	}
	w := &a.alarms
	if v := a.model.Prefs.AlertThreshold; v != w.threshold {
		w.threshold = v
		a.o.Alerts.SetThreshold(v)
	}
	a.model.Alarms = a.o.Alerts.Observe(b.snap, a.model.Naming, b.took)
	holding, bell := map[alarmID]bool{}, false
	for _, alarm := range a.model.Alarms {
		id := alarmID{alarm.Flow, alarm.Time}
		if w.known[id] != alarm.Over { // it still holds, or was over before
			holding[id] = !alarm.Over
			continue
		}
		if alarm.Over {
			alarm.Time = b.took // in the log it stands where it ended
		}
		a.log().AddAlarm(alarm)
		if alarm.Over {
			continue
		}
		holding[id] = true
		bell = bell || alarm.Bell
		if alarm.Flash {
			w.flash = a.now.Add(flashFor)
		}
	}
	w.known = holding
	if bell {
		a.screen.Bell()
	}
}

// flashing reports whether the border is lit.
func (w *alarms) flashing(now time.Time) bool {
	left := w.flash.Sub(now)
	return left > 0 && (left/flashEvery)%2 == 0
}

// pass has the picture drawn when the border goes on or off.
func (w *alarms) pass(a *App) {
	if lit := w.flashing(a.now); lit != w.drawn {
		w.drawn = lit
		a.dirty = true
	}
}

// due returns when the border changes next; zero for never.
func (w *alarms) due(now time.Time) time.Time {
	left := w.flash.Sub(now)
	if left <= 0 {
		return time.Time{}
	}
	return now.Add(left%flashEvery + time.Millisecond)
}

// alarmText says what there is to warn of now; "" for nothing.
func (a *App) alarmText() string {
	var all []string
	for _, alarm := range a.model.Alarms {
		if !alarm.Over {
			all = append(all, alarm.Text)
		}
	}
	if len(all) == 0 {
		return ""
	}
	sign := "⚠ "
	if a.model.Theme.ASCII {
		sign = "! "
	}
	return sign + "ALERT: " + strings.Join(all, ", ")
}
