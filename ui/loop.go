package ui

import (
	"time"

	"sockeye/ui/tab"
	"sockeye/ui/term"
)

// behind is what goes on behind a picture that is paused, which has copies.
type behind struct {
	series *tab.Series
	log    *tab.Log
}

// take takes one event of the terminal.
func (a *App) take(e term.Event) {
	switch e.Kind {
	case term.KeyPress:
		a.key(e.Key)
	case term.Paste:
		if n := len(a.windows); n > 0 {
			if in, ok := a.windows[n-1].(paster); ok {
				in.paste(a, e.Text)
			}
		}
		a.dirty = true
	case term.Resize:
		a.tip, a.dirty = nil, true
	case term.Failed:
		a.end(e.Err)
	default:
		a.mouse(e)
	}
}

// key gives a key to the window on top, or else does what it is for.
func (a *App) key(k term.Key) {
	id := a.keys.action(k)
	if id == tab.DoQuitNow || id == tab.DoSuspend { // also while something is typed
		a.act(id)
		return
	}
	a.dirty = true
	if n := len(a.windows); n > 0 {
		a.windows[n-1].key(a, k, id)
		return
	}
	a.act(id)
}

// receive shows the batch that the collector has, if the picture is not paused.
func (a *App) receive() {
	b := a.collect.receive()
	if b == nil {
		return
	}
	panicAgain(b.panicked)
	m := &a.model
	a.series().Observe(b.snap, b.interfaces)
	a.log().Add(b.events)
	a.watch(b)
	a.matched.follow(b)
	m.Facts = b.facts // also while the picture is paused: people change the filter then, too
	if !m.Paused.IsZero() {
		a.collect.give(b)
		a.dirty = true // its age, and alarms
		return
	}
	m.Now, m.Snap, m.Past = b.took, b.snap, b.past
	m.Interfaces, m.Links, m.Owners, m.Neighbors = b.interfaces, b.links, b.owners, b.neighbors
	m.Sockets, m.SocketsErr, m.Notes = b.sockets, b.socketsErr, b.notes
	frames, drawn := m.Self.Frames, m.Self.Draw
	m.Self = b.self
	m.Self.Frames, m.Self.Draw = frames, drawn
	m.Frame++
	a.collect.give(a.shown)
	a.shown = b
	a.dirty = true
}

// tellCollector says what is worth fetching.
func (a *App) tellCollector() {
	m := &a.model
	a.collect.want(wants{
		every:   m.Prefs.Refresh,
		past:    m.Prefs.Closed || m.Frozen,
		sockets: m.Tab == tab.SocketsTab || m.Tab == tab.DetailsTab,
		hosts:   m.Tab == tab.HostsTab || m.Tab == tab.DetailsTab,
		groups:  m.Tab == tab.ProcessesTab || m.Tab == tab.HostsTab,
	})
}

// pass does what is due by now.
func (a *App) pass() {
	a.status.pass(a)
	a.alarms.pass(a)
	a.hover()
	a.tellCollector()
	if second := a.now.Unix(); a.model.Prefs.HeaderBar && second != a.places.second {
		a.dirty = true // its clock
	}
}

// rest returns how long nothing is due.
func (a *App) rest() time.Duration {
	d := time.Hour
	if a.model.Prefs.HeaderBar {
		d = time.Second - time.Duration(a.now.Nanosecond())
	}
	for _, at := range []time.Time{a.status.until, a.pointer.due(a), a.alarms.due(a.now)} {
		if !at.IsZero() {
			d = min(d, at.Sub(a.now))
		}
	}
	return max(d, time.Millisecond)
}

// redraw draws a frame.
func (a *App) redraw() {
	a.dirty = false
	a.places.second = a.now.Unix()
	w, h := a.screen.Size()
	if w < 1 || h < 1 { // the terminal does not know
		w, h = 80, 24
	}
	begun := a.o.Clock()
	if a.canvas.W != w || a.canvas.H != h {
		a.canvas.Resize(w, h)
	}
	a.draw(a.canvas.Pane())
	if err := a.screen.Draw(a.canvas); err != nil {
		a.end(err)
	}
	a.model.Self.Frames++
	a.model.Self.Draw = a.o.Clock().Sub(begun)
}

// goTo shows a tab that a person chose.
func (a *App) goTo(place int) {
	a.trail.leave(a)
	a.turnTo(place)
}

// turnTo shows a tab.
func (a *App) turnTo(place int) {
	a.model.Tab = place
	a.model.HoverX, a.model.HoverY = -1, -1
}

// back takes back a step of the drill-down, or deselects. Windows close themselves.
func (a *App) back() {
	m := &a.model
	switch {
	case a.trail.back(a):
	case a.active().Act(m, tab.DoBack):
	default:
		m.Selected = 0
	}
}

// request does what a tab asks for.
func (a *App) request(r tab.Request) {
	m := &a.model
	if r.Flow != 0 {
		m.Selected = r.Flow
	}
	a.trail.open(a, r)
	if r.Copy != "" {
		a.copyText(r.Copy, r.What)
	}
	if r.Status != "" {
		a.say(r.Status)
	}
	a.dirty = true
}

// reset takes back what was chosen: the order, the groups, the drill-down, the query.
func (a *App) reset() {
	m := &a.model
	m.Drill, a.trail, m.Frozen = nil, nil, false
	m.Prefs.Sort = tab.DefaultPrefs().Sort
	m.Prefs.Group, m.Prefs.AggregateBy = tab.Ungrouped, tab.OfProcess
	a.setQuery("")
	a.active().Act(m, tab.DoReset)
	a.say("sort, grouping and query are reset")
}

// freeze keeps the rows and their order, or lets them go.
func (a *App) freeze() {
	a.model.Frozen = !a.model.Frozen
	if a.model.Frozen {
		a.say("order is frozen")
		return
	}
	a.say("order follows the traffic")
}

// pause keeps the picture, or lets it go on.
func (a *App) pause() {
	m := &a.model
	if m.Paused.IsZero() {
		m.Paused = a.now
		a.behind = behind{m.Series, m.Log}
		m.Series, m.Log = m.Series.Clone(), m.Log.Clone()
		a.say("picture is paused; counting goes on")
		return
	}
	m.Paused = time.Time{}
	m.Series, m.Log = a.behind.series, a.behind.log
	a.behind = behind{}
	a.collect.now()
	a.say("picture goes on")
}

// forget drops what was seen of the past, with what is on its way.
func (a *App) forget() {
	a.collect.give(a.collect.receive())
	a.series().Reset()
	a.log().Reset()
}

// series returns the points that go on, also while the picture is paused.
func (a *App) series() *tab.Series {
	if a.behind.series != nil {
		return a.behind.series
	}
	return a.model.Series
}

// log returns the events that go on, also while the picture is paused.
func (a *App) log() *tab.Log {
	if a.behind.log != nil {
		return a.behind.log
	}
	return a.model.Log
}
