package tab

import (
	"fmt"
	"strings"

	"sockeye/track/proc"
	"sockeye/ui/theme"
	"sockeye/ui/widget"
)

// ownersCard is about whose flows are: how many of their ends have a process, by what
// that is known, and why others have none.
func ownersCard(m *Model) widget.Card {
	var f facts
	o := &m.Owners
	found := uint64(0)
	for _, n := range o.Answered {
		found += n
	}
	if able := ownable(o); able > 0 {
		f.add("With a process", fmt.Sprintf("%s of %s, %.1f%%", widget.Count(found), widget.Count(able),
			100*float64(found)/float64(able)), theme.Text)
	} else {
		f.add("Ends", "none that a process could have yet", theme.Muted)
	}
	f.add("Being sought", countIf(o.Waiting, "flows"), theme.Muted)
	if found > 0 {
		f.add("Took", widget.Duration(o.Median)+" from the first packet (median)", theme.Text)
	}
	for source, n := range o.Answered {
		if n > 0 {
			f.add("by "+proc.Source(source).String(), widget.Count(n), theme.Text)
		}
	}
	for reason, n := range o.Unknown {
		if n > 0 {
			f.add(proc.Reason(reason).String(), widget.Count(n), reasonRole(proc.Reason(reason)))
		}
	}
	return widget.Card{Title: "Owners", Facts: f}
}

// ownable is how many of the ends that were asked for a process can have: neither another
// host's nor the kernel's own.
func ownable(o *proc.Stats) uint64 {
	return o.Asked - min(o.Asked, o.Unknown[proc.OtherHost]+o.Unknown[proc.Kernel])
}

// reasonRole is how many ends have no process for a reason is to be seen: as a fault
// where something can be done about it.
func reasonRole(why proc.Reason) theme.Role {
	switch why {
	case proc.NoRights, proc.OtherNS, proc.Busy, proc.Failed:
		return theme.Warn
	}
	return theme.Muted
}

// sourcesCard is about the ways by which owners are found, and what mends those that do
// not work.
func sourcesCard(m *Model) widget.Card {
	var f facts
	for i := range m.Owners.Sources {
		s := &m.Owners.Sources[i]
		text, role := "works", theme.Good
		switch {
		case !s.Usable:
			text, role = "does not work: "+s.Why, theme.Warn
		case s.Why != "":
			text, role = "works, but "+s.Why, theme.Warn
		}
		f.add(s.Source.String(), text, role)
		f.add("  remedy", s.Hint, theme.Key)
	}
	if len(f) == 0 {
		f.add("Attribution", "is off", theme.Muted)
	}
	w := &m.Owners.Watcher
	f.add("Kernel events", countIf(w.Events, ""), theme.Text)
	if w.Events > 0 || w.Lost > 0 {
		f.loss("Events lost", w.Lost, theme.Bad, "no room in the ring: owners may be missed")
	}
	f.add("Not kept", countIf(w.Full, "owners: no room in their sockets"), theme.Warn)
	f.hooks(w.Hooks)
	return widget.Card{Title: "Attribution", Facts: f}
}

// hooks adds how many of the places in the kernel are watched, and why others are not.
func (f *facts) hooks(all []proc.Hook) {
	if len(all) == 0 {
		return
	}
	missing := map[string][]string{}
	var errs []string // in their order
	attached := 0
	for _, h := range all {
		if h.Err == nil {
			attached++
			continue
		}
		why := h.Err.Error()
		if missing[why] == nil {
			errs = append(errs, why)
		}
		missing[why] = append(missing[why], h.Name)
	}
	f.add("Hooks", fmt.Sprintf("%d of %d attached", attached, len(all)), theme.Text)
	for _, why := range errs {
		f.add("  missing", strings.Join(missing[why], " ")+": "+why, theme.Warn)
	}
}
