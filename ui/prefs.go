package ui

import (
	"cmp"
	"maps"
	"reflect"
	"slices"
	"time"

	"sockeye/config"
	"sockeye/ui/tab"
)

// PrefsFrom returns how a person wants to see things, by the configuration.
func PrefsFrom(c *config.Config) *tab.Prefs {
	p := tab.DefaultPrefs()
	for _, s := range []struct {
		to   *bool
		from *bool
	}{
		{&p.Bytes, c.Bytes}, {&p.Resolve, c.Names}, {&p.ServiceNames, c.PortNames}, {&p.Ports, c.Ports},
		{&p.LogScale, c.LogScale}, {&p.Cumulative, c.Cumulative}, {&p.ProcessColumn, c.Processes},
		{&p.HeaderBar, c.HeaderBar}, {&p.Borders, c.Borders}, {&p.SidePanel, c.SidePanel}, {&p.InlineSpark, c.InlineSpark},
		{&p.Tooltips, c.Tooltips}, {&p.Mouse, c.Mouse}, {&p.Closed, c.Closed}, {&p.ConfirmQuit, c.ConfirmQuit},
	} {
		if s.from != nil {
			*s.to = *s.from
		}
	}
	p.BarStyle = chosen(c.BarStyle, config.BarStyles, p.BarStyle)
	p.LineMode = chosen(c.LineMode, config.LineModes, p.LineMode)
	p.Group = chosen(c.FlowsBy, config.FlowGroups, p.Group)
	p.AggregateBy = chosen(c.ProcessesBy, config.ProcessGroups, p.AggregateBy)
	if c.Theme != nil {
		p.Theme = *c.Theme
	}
	if c.ScaleMax != nil {
		p.ScaleMax = float64(*c.ScaleMax)
	}
	if c.AlertThreshold != nil {
		p.AlertThreshold = float64(*c.AlertThreshold)
	}
	if c.RefreshInterval != nil {
		p.Refresh = time.Duration(*c.RefreshInterval)
	}
	for i, name := range config.Tabs {
		if s, ok := c.Sort[name]; ok {
			p.Sort[i] = tab.Sort(s)
			if s.Column == created {
				p.Sort[i].Column = ""
			}
		}
	}
	maps.Copy(p.Columns, c.Columns)
	maps.Copy(p.Widths, c.Widths)
	p.History = append(p.History, c.QueryHistory...)
	for _, pin := range c.Pins {
		p.Pins = append(p.Pins, tab.PinnedPair(pin))
	}
	return p
}

// created is what the configuration calls the order in which rows came.
const created = "created"

// chosen returns the place of a name among its alternatives.
func chosen[T ~uint8](name *string, among []string, otherwise T) T {
	if name == nil {
		return otherwise
	}
	if i := slices.Index(among, *name); i >= 0 {
		return T(i)
	}
	return otherwise
}

// changesOf returns the settings by their keys in the configuration.
func changesOf(p *tab.Prefs) map[string]any {
	sorts, own := map[string]config.Sort{}, tab.DefaultPrefs().Sort
	for i, name := range config.Tabs {
		if p.Sort[i] != own[i] {
			s := config.Sort(p.Sort[i])
			s.Column = cmp.Or(s.Column, created)
			sorts[name] = s
		}
	}
	var pins []config.Pin
	for _, pin := range p.Pins {
		pins = append(pins, config.Pin(pin))
	}
	all := map[string]any{
		"bytes": p.Bytes, "names": p.Resolve, "port_names": p.ServiceNames, "ports": p.Ports, "log_scale": p.LogScale,
		"cumulative": p.Cumulative, "processes": p.ProcessColumn, "header_bar": p.HeaderBar, "borders": p.Borders,
		"side_panel": p.SidePanel, "inline_spark": p.InlineSpark, "tooltips": p.Tooltips, "mouse": p.Mouse, "closed": p.Closed,
		"bar_style": config.BarStyles[p.BarStyle], "line_mode": config.LineModes[p.LineMode],
		"flows_by": config.FlowGroups[p.Group], "processes_by": config.ProcessGroups[p.AggregateBy],
		"alert_threshold": config.Amount(p.AlertThreshold), "scale_max": config.Amount(p.ScaleMax), "refresh_interval": config.Interval(p.Refresh),
		"sort": sorts, "columns": maps.Clone(p.Columns), "widths": maps.Clone(p.Widths), "pins": pins, "theme": nil,
		"query_history": slices.Clone(p.History),
	}
	if p.Theme != "" {
		all["theme"] = p.Theme
	}
	for key, empty := range map[string]bool{
		"sort": len(sorts) == 0, "columns": len(p.Columns) == 0, "widths": len(p.Widths) == 0, "pins": len(pins) == 0,
		"query_history": len(p.History) == 0,
	} {
		if empty {
			all[key] = nil // takes the key out of the file
		}
	}
	return all
}

// writer saves settings, one batch after the other: what changes meanwhile waits.
type writer struct {
	saved   map[string]any // what the file has, or is being given
	waiting map[string]any
	busy    bool
	failed  bool
	done    chan struct{} // closed when the batch that is written is
}

// savePrefs writes the settings that have changed.
func (a *App) savePrefs() {
	if a.choosing() {
		return // a preview is no choice
	}
	now, changes := changesOf(a.model.Prefs), map[string]any{}
	for key, v := range now {
		if !reflect.DeepEqual(v, a.writer.saved[key]) {
			changes[key] = v
		}
	}
	if len(changes) > 0 {
		a.writer.saved = now
		a.save(changes)
	}
}

// choosing reports whether a window shows settings that may yet be taken back.
func (a *App) choosing() bool {
	return slices.ContainsFunc(a.windows, func(w window) bool {
		c, ok := w.(*chooser)
		return ok && c.undo != nil
	})
}

// save writes settings into the configuration. Where that fails, they hold for this run,
// which is said once.
func (a *App) save(changes map[string]any) {
	w := &a.writer
	if a.o.Save == nil {
		return
	}
	if w.busy {
		if w.waiting == nil {
			w.waiting = map[string]any{}
		}
		maps.Copy(w.waiting, changes)
		return
	}
	w.busy = true
	done := make(chan struct{})
	w.done = done
	a.background(func() error {
		defer close(done)
		return a.o.Save(changes)
	}, func(err error) {
		w.busy = false
		if err != nil && !w.failed {
			w.failed = true
			a.complain(err)
		}
		if next := w.waiting; next != nil {
			w.waiting = nil
			a.save(next)
		}
	})
}

// lastWrite is how long the end of the program waits for the disk.
const lastWrite = 2 * time.Second

// finishWriting waits until what was chosen last is written. The loop is over by then, so
// that nobody can be told of an error.
func (a *App) finishWriting() {
	w := &a.writer
	done := make(chan struct{})
	go func() {
		defer close(done)
		if w.done != nil {
			<-w.done
		}
		if w.waiting != nil {
			_ = guarded(func() error { return a.o.Save(w.waiting) })
		}
	}()
	select {
	case <-done:
	case <-time.After(lastWrite):
	}
}
