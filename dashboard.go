package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"runtime/debug"
	"strings"
	"time"

	"sockeye/config"
	"sockeye/track"
	"sockeye/track/geo"
	"sockeye/ui"
	"sockeye/ui/tab"
	"sockeye/ui/term"
)

// wantsDashboard reports whether what a command shows is the dashboard: on a terminal
// that has a screen, unless another form was asked for.
func (a *app) wantsDashboard(o *outputFlags) bool {
	if o.JSON || o.JSONEvents || o.Text || o.Once || o.Lines != nil || o.processes || len(o.groupings()) > 0 && !o.groupsConfigured {
		return false
	}
	_, _, isTerminal := terminalSize(a.stdout)
	name := os.Getenv("TERM")
	return isTerminal && name != "" && name != "dumb"
}

// dashboard shows a source until a person quits, or ctx ends.
func (a *app) dashboard(ctx context.Context, s tab.Source, o *outputFlags) error {
	conf := a.settings
	prefs := a.prefs(conf, o)
	alerts, err := a.newShownAlerts(s)
	notice := a.wrong()
	if err != nil && notice == "" {
		notice = oneLine(err.Error()) // without that rule
	}
	screen, err := term.Open(term.Options{Mouse: prefs.Mouse, Hover: prefs.Tooltips})
	if err != nil {
		return fmt.Errorf("open terminal: %w", err)
	}
	a.screen.Store(screen)
	defer screen.Close()
	defer screen.Rescue()
	options := ui.Options{
		Screen: screen, Source: s, Prefs: prefs, Notice: notice, License: "Apache-2.0",
		Query: o.Query, Queries: conf.Queries, Keys: conf.Keys, Themes: conf.Themes,
		Colors: screen.Colors(), ASCII: !showsUnicode(os.Getenv),
		Alerts: alerts, Export: a.newExport,
	}
	if a.misconfigured == nil || isUnknownKey(a.misconfigured) {
		options.Save = a.saveSettings
	}
	if prefs.Theme == "" {
		options.Background, options.BackgroundKnown = screen.Background()
	}
	return ui.Run(ctx, options)
}

// rescue gives the dashboard's terminal back, from any goroutine: for an end that waits
// for nobody.
func (a *app) rescue() {
	if screen := a.screen.Load(); screen != nil {
		_ = screen.Close()
	}
}

// prefs returns how the user wants to see things: by the configuration, and by the
// options where they say it.
func (a *app) prefs(conf *config.Config, o *outputFlags) *tab.Prefs {
	p := ui.PrefsFrom(conf)
	p.Bytes, p.Resolve, p.ServiceNames, p.Ports = o.Bytes, !o.NoNames, !o.NoPortNames, !o.HidePorts
	p.ProcessColumn = !o.HideOwners
	p.Refresh = time.Duration(o.Interval)
	if o.NoBars {
		p.BarStyle = tab.NoBars
	}
	if column := map[string]string{"10s": "rate10", "40s": "rate40", "total": "total"}[o.Order]; column != "" {
		p.Sort[tab.FlowsTab] = tab.Sort{Column: column, Descending: true}
	}
	return p
}

// saveSettings writes what was changed on the screen into the configuration.
func (a *app) saveSettings(changes map[string]any) error {
	return config.Update(a.config, config.Invoker(), changes)
}

// showsUnicode reports whether the locale says that the terminal shows more than ASCII
// (locale(7)). Where it says nothing, terminals of today do.
func showsUnicode(env func(string) string) bool {
	for _, name := range []string{"LC_ALL", "LC_CTYPE", "LANG"} {
		if value := strings.ToUpper(env(name)); value != "" {
			return strings.Contains(value, "UTF-8") || strings.Contains(value, "UTF8")
		}
	}
	return true
}

// newExport makes a new file in the working folder for the user who called. It never
// opens one that is there.
func (a *app) newExport(name string) (ui.File, error) {
	f, err := os.OpenFile(name, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, err
	}
	if user := config.Invoker(); user.Sudo {
		if err := f.Chown(user.UID, user.GID); err != nil {
			return nil, errors.Join(err, f.Close(), os.Remove(name))
		}
	}
	return f, nil
}

// wrong says what is wrong with the configuration as a line for the screen, "" for
// nothing.
func (a *app) wrong() string {
	switch err := a.misconfigured; {
	case err == nil:
		return ""
	case isUnknownKey(err):
		return oneLine(err.Error())
	default:
		return "running with defaults: " + oneLine(err.Error())
	}
}

// queryNames are the names that queries of alerts ask for.
func queryNames(n tab.Naming) track.QueryNames {
	return track.QueryNames{
		Now: func() int64 { return time.Now().UnixNano() }, Host: n.Host, Service: n.Service, Interface: n.Interface, Vendor: n.Vendor,
		Place: func(e *track.Endpoint) geo.Place {
			p := n.Place(e)
			return geo.Place{CountryCode: p.Country, Country: p.CountryName, City: p.City, ASN: p.ASN, Org: p.Network}
		},
	}
}

// isUnknownKey reports whether nothing is wrong with the configuration but that it has a
// key that nobody knows: all others hold.
func isUnknownKey(err error) bool {
	bad, ok := errors.AsType[*config.Error](err)
	return ok && bad.Unknown
}

// versionOf returns the version that the Go tool left in the binary; info may be nil.
func versionOf(info *debug.BuildInfo) string {
	if info == nil || info.Main.Version == "" {
		return "unknown"
	}
	return info.Main.Version
}

// buildOf says what was built when, and with what.
func buildOf(info *debug.BuildInfo) string {
	if info == nil {
		return "unknown"
	}
	var parts []string
	for _, s := range info.Settings {
		switch s.Key {
		case "vcs.revision":
			parts = append(parts, s.Value[:min(len(s.Value), 12)])
		case "vcs.time":
			parts = append(parts, s.Value)
		case "vcs.modified":
			if s.Value == "true" {
				parts = append(parts, "with changes")
			}
		}
	}
	return strings.Join(append(parts, info.GoVersion), ", ")
}
