package ui

import "sockeye/ui/tab"

// action is one row of the table that everything about actions is made from: what keys
// do, the help, the tooltips, docs/keys.md and the names in the configuration.
type action struct {
	id    tab.Action
	name  string   // in the configuration, below keys
	keys  []string // as term.Key.String writes them
	group group
	help  string // a few words for the help overlay
	tip   string // a sentence
	// saves is the key of the configuration that the action changes, "" where nothing is
	// kept.
	saves string
	// do carries it out. Where it is nil, only the tab knows.
	do func(*App)
	// first lets the tab that is shown have it before do.
	first bool
}

// group is a chapter of the help.
type group uint8

const (
	moving group = iota
	choosing
	ordering
	showing
	doing
	timing
	groups
)

var groupNames = [groups]string{
	moving: "Moving", choosing: "Choosing", ordering: "Order and grouping", showing: "Display",
	doing: "Doing", timing: "Graphs and files",
}

// actions returns the table. Its order is that of the help.
func actions() []action {
	var all []action
	for _, part := range [][]action{movingActions, choosingActions, orderingActions, showingActions, doingActions, timingActions} {
		all = append(all, part...)
	}
	return all
}

// act carries an action out.
func (a *App) act(id tab.Action) {
	a.dirty = true
	a.tip = nil
	row := a.keys.byAction[id]
	if row == nil {
		return
	}
	if (row.do == nil || row.first) && a.active().Act(&a.model, id) {
		return
	}
	if row.do != nil {
		row.do(a)
		return
	}
	a.say(row.help + ": not on " + a.active().Name())
}

// toggle returns what flips a setting and says so.
func toggle(field func(*tab.Prefs) *bool, on, off string) func(*App) {
	return func(a *App) {
		v := field(a.model.Prefs)
		*v = !*v
		if *v {
			a.say(on)
		} else {
			a.say(off)
		}
	}
}
