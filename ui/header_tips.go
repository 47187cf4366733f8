package ui

import (
	"cmp"
	"fmt"
	"runtime"
	"strconv"
	"strings"
	"time"

	"sockeye/config"
	"sockeye/ui/tab"
	"sockeye/ui/theme"
	"sockeye/ui/widget"
)

// facts makes lines of labels and values in turn. Those without a value are left out.
func facts(all ...string) []widget.Fact {
	var lines []widget.Fact
	for i := 0; i+1 < len(all); i += 2 {
		if all[i+1] != "" {
			lines = append(lines, widget.Fact{Label: all[i], Value: all[i+1]})
		}
	}
	return lines
}

func (a *App) tipProgram() []widget.Fact {
	f := &a.model.Facts
	return facts("version", f.Version, "build", f.Build, "system", runtime.GOOS+"/"+runtime.GOARCH, "repository", a.o.Repository,
		"licence", a.o.License, "rights", f.Rights, "configuration", f.ConfigAt)
}

func (a *App) tipInterface() []widget.Fact {
	if a.model.Facts.Kind == tab.File {
		return facts("file", a.model.Facts.Name)
	}
	var lines []widget.Fact
	for i := range a.model.Interfaces {
		s := &a.model.Interfaces[i]
		if len(lines) > 0 {
			lines = append(lines, widget.Fact{})
		}
		lines = append(lines, facts("name", s.Name, "kind", s.Kind, "status", s.State.String())...)
		if s.Err != nil {
			lines = append(lines, facts("error", s.Err.Error())...)
		}
		for j := range a.model.Links {
			if l := &a.model.Links[j]; l.Name == s.Name {
				lines = append(lines, linkFacts(l)...)
			}
		}
		if len(lines) > 24 { // the rest is on the tab System
			return append(lines, facts("more", "on System")...)
		}
	}
	if lines == nil {
		return facts("status", "nothing is captured")
	}
	return append(lines, facts("change", a.keys.first(tab.DoInterfaces))...)
}

func linkFacts(l *tab.Link) []widget.Fact {
	var addresses []string
	for _, p := range l.Addrs {
		addresses = append(addresses, p.String())
	}
	speed := ""
	if l.Speed > 0 {
		speed = fmt.Sprintf("%d Mbit/s", l.Speed)
	}
	return facts("MAC", l.MAC.String(), "addresses", strings.Join(addresses, " "), "MTU", positive(l.MTU), "speed", speed, "link", l.OperState)
}

// positive returns a number, "" for one that is not known.
func positive(n int) string {
	if n <= 0 {
		return ""
	}
	return strconv.Itoa(n)
}

func (a *App) tipFlows() []widget.Fact {
	m, all := &a.model, a.rows()
	active := 0
	for i := range all {
		if r := &all[i].Rate[0]; r[0].Bytes+r[1].Bytes > 0 {
			active++
		}
	}
	lines := facts("flows", strconv.Itoa(len(all)), "active in 2 s", strconv.Itoa(active), "pins", strconv.Itoa(len(m.Prefs.Pins)))
	if m.Tab == tab.FlowsTab { // which counts what it shows
		lines = append(lines, facts("hidden", strconv.Itoa(max(0, len(all)-m.Hits)))...)
	}
	if m.Snap != nil {
		lines = append(lines, facts("filtered", strconv.FormatUint(m.Snap.Totals.Filtered.Flows, 10),
			"gone from the table", strconv.FormatUint(m.Snap.Totals.Other.Flows, 10))...)
	}
	return append(lines, facts("ended, shown", positive(len(m.Past)))...)
}

func (a *App) tipClock() []widget.Fact {
	const form = "2006-01-02 15:04:05 MST"
	lines := facts("local time", a.now.Format(form), "Sockeye since", a.model.Facts.Started.Format(form))
	if s := a.model.Snap; s != nil && s.Start > 0 {
		begun := time.Unix(0, s.Start)
		lines = append(lines, facts("capture start", begun.Format(form), "elapsed", widget.Duration(time.Duration(s.Time-s.Start)))...)
	}
	return lines
}

func (a *App) tipSort() []widget.Fact {
	if a.model.SortText == "" {
		return facts("key", "none: this tab has nothing to sort")
	}
	by := a.model.Prefs.Sort[a.model.Tab]
	direction := "smallest first"
	if by.Descending {
		direction = "largest first"
	}
	return facts("key", a.model.SortText, "direction", direction, "frozen", yes(a.model.Frozen),
		"rows move", "when their rates differ by 5 %",
		"next column", a.keys.first(tab.DoSortNext), "flip", a.keys.names(tab.DoSortFlip), "freeze", a.keys.first(tab.DoFreeze))
}

func yes(on bool) string {
	if on {
		return "yes"
	}
	return "no"
}

func (a *App) tipRefresh() []widget.Fact {
	m := &a.model
	next := time.Duration(0)
	if !m.Now.IsZero() {
		next = max(0, m.Prefs.Refresh-a.now.Sub(m.Now))
	}
	return facts("interval", m.Prefs.Refresh.String(), "next", "in "+widget.Duration(next.Round(100*time.Millisecond)),
		"pictures", strconv.FormatUint(m.Self.Frames, 10), "last one took", widget.Duration(m.Self.Draw), "change", a.keys.first(tab.DoRefresh))
}

func (a *App) tipTheme() []widget.Fact {
	t := a.model.Theme
	lines := facts("theme", t.Label, "name", t.Name, "from", t.From, "themes", strconv.Itoa(len(a.allThemes())),
		"change", a.keys.first(tab.DoThemes))
	swatch := "██████"
	if t.ASCII {
		swatch = "######"
	}
	for _, r := range []theme.Role{theme.Sent, theme.Received, theme.Process, theme.Remote, theme.Good, theme.Warn, theme.Bad} {
		lines = append(lines, widget.Fact{Label: strings.ToLower(r.String()), Value: swatch, Role: r})
	}
	return lines
}

func (a *App) tipQuery() []widget.Fact {
	m := &a.model
	wrong := ""
	if m.QueryErr != nil {
		wrong = m.QueryErr.Error()
	}
	hits := ""
	if m.QueryText != "" {
		hits = fmt.Sprintf("%d of %d", m.Hits, len(a.rows()))
	}
	return facts("query", cmp.Or(m.QueryText, "none"), "hits", hits, "wrong", wrong, "saved queries", positive(len(a.o.Queries)),
		"edit", a.keys.first(tab.DoQuery), "clear", a.keys.first(tab.DoClearQuery))
}

func (a *App) tipPause() []widget.Fact {
	m := &a.model
	state := "running"
	if !m.Paused.IsZero() {
		state = "paused since " + m.Paused.Format("15:04:05")
	}
	return facts("state", state, "age of the picture", widget.Duration(max(0, a.now.Sub(m.Now))), "change", a.keys.first(tab.DoPause))
}

func (a *App) tipNet() []widget.Fact {
	if b := a.model.Facts.Boundary; len(b) > 0 {
		return facts("own addresses", strings.Join(b, " "), "from", "given (-F)")
	}
	return facts("own addresses", "those of the interfaces", "from", "automatic")
}

func (a *App) tipScale() []widget.Fact {
	p := a.model.Prefs
	scale, most, limit := "linear", "the fastest row", "none"
	if p.LogScale {
		scale = "logarithmic"
	}
	if p.ScaleMax > 0 {
		most = widget.Rate(p.ScaleMax, p.Bytes) + "/s"
	}
	if p.AlertThreshold > 0 {
		limit = widget.Rate(p.AlertThreshold, true) + "/s of one flow"
	}
	holds := 0
	for _, alarm := range a.model.Alarms {
		if !alarm.Over {
			holds++
		}
	}
	return facts("scale", scale, "end", most, "bars", config.BarStyles[p.BarStyle], "alert above", limit,
		"alerts now", strconv.Itoa(holds), "change", strings.Join([]string{a.keys.first(tab.DoLogScale), a.keys.first(tab.DoScaleEnd), a.keys.first(tab.DoAlerts)}, " "))
}

func (a *App) tipView() []widget.Fact {
	var chain []string
	for _, s := range a.model.Drill {
		chain = append(chain, s.By+" "+s.Label)
	}
	return facts("tab", a.active().Name(), "drilled down to", cmp.Or(strings.Join(chain, ", "), "nothing"),
		"tabs", a.keys.names(tab.DoNextTab), "back", a.keys.first(tab.DoBack))
}

func (a *App) tipHelp() []widget.Fact {
	lines := facts("all keys", a.keys.names(tab.DoHelp))
	for _, id := range []tab.Action{tab.DoQuery, tab.DoSortNext, tab.DoGroupNext, tab.DoOpen, tab.DoPause, tab.DoThemes, tab.DoQuit} {
		lines = append(lines, facts(a.keys.byAction[id].help, a.keys.first(id))...)
	}
	return lines
}
